"""A real WordPress of Debian's package: MariaDB with a folder of its own, and PHP's own server."""

from __future__ import annotations

import base64
import json
import subprocess
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from rig.daemon import Daemon, StartError, as_nobody, free_ports, give, needed, program, write

CODE = Path("/usr/share/wordpress")

_CONFIG = """<?php
define('DB_NAME', 'wp'); define('DB_USER', 'root'); define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:{socket}'); define('DB_CHARSET', 'utf8mb4'); define('DB_COLLATE', '');
define('WP_HOME', 'http://127.0.0.1:{port}'); define('WP_SITEURL', WP_HOME);
define('WP_ENVIRONMENT_TYPE', 'local'); define('WP_HTTP_BLOCK_EXTERNAL', true);
define('DISABLE_WP_CRON', true); define('AUTOMATIC_UPDATER_DISABLED', true);
foreach (['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'] as $name) {{
    define($name . '_KEY', 'rig'); define($name . '_SALT', 'rig');
}}
$table_prefix = 'wp_';
foreach (glob(__DIR__ . '/more/*.php') as $more) {{ require $more; }}
if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
"""
_INSTALL = """<?php
define('WP_INSTALLING', true);
$_SERVER['HTTP_HOST'] = '127.0.0.1:{port}'; $_SERVER['REQUEST_URI'] = '/';
$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';
$link = new mysqli('localhost', 'root', '', '', 0, '{socket}');
$link->query('CREATE DATABASE wp');
function wp_mail() {{ return true; }}
require ABSPATH . 'wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install('Rig', 'admin', 'admin@rig.example', false, '', 'swordfish-4711');
wp_delete_post(1, true);
switch_theme('rig');
$made = [];
foreach (['ilbot' => 'author', 'carol' => 'editor', 'sub' => 'subscriber'] as $name => $role) {{
    $id = wp_insert_user(['user_login' => $name, 'user_pass' => $name . '-4711', 'role' => $role,
        'user_email' => "$name@rig.example"]);
    $made[$name] = WP_Application_Passwords::create_new_application_password(
        $id, ['name' => 'rig'])[0];
}}
echo json_encode($made);
"""
_THEME = """<?php
while (have_posts()) { the_post(); the_title('<h1>', '</h1>'); the_content(); }
"""


@dataclass
class WordPress:
    """One running site. `ilbot` is an author, `carol` an editor, `sub` may only read; `passwords`
    are their application passwords."""

    daemons: tuple[Daemon, ...]
    folder: Path
    port: int
    passwords: Mapping[str, str] = field(repr=False)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def ask(self, method: str, path: str, by: str = "carol", **given: Any) -> Any:
        """What the REST interface answers to one of its users."""
        query = given if method == "GET" else {}
        url = f"{self.url}/?{urlencode({'rest_route': f'/wp/v2/{path}', **query})}"
        login = base64.b64encode(f"{by}:{self.passwords[by]}".encode()).decode()
        headers = {"Authorization": f"Basic {login}", "Content-Type": "application/json"}
        body = None if method == "GET" else json.dumps(given).encode()
        request = urllib.request.Request(url, body, headers, method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def posts(self) -> list[dict[str, Any]]:
        """All posts but those in the trash, the oldest first."""
        found: list[dict[str, Any]] = self.ask(
            "GET", "posts", context="edit", status="publish,draft,private,pending", per_page=100,
            orderby="id", order="asc",
        )  # fmt: skip
        return found

    def set(self, name: str, php: str = "") -> None:
        """Have the site set differently from now on; as before, without anything."""
        path = self.folder / "site" / "more" / f"{name}.php"
        if php:
            write(path, f"<?php\n{php}\n")
        else:
            path.unlink(missing_ok=True)

    def reset(self) -> None:
        """Without posts, and set as it was."""
        for path in (self.folder / "site" / "more").iterdir():
            path.unlink()
        for status in ("publish,draft,private,pending", "trash"):
            for post in self.ask("GET", "posts", context="edit", status=status, per_page=100):
                self.ask("DELETE", f"posts/{post['id']}", force=True)

    def stop(self) -> None:
        """End it."""
        for daemon in reversed(self.daemons):
            daemon.stop()


def start_wordpress(folder: Path) -> WordPress:
    """Install one, and start it on a free port."""
    php, mariadbd, install = program("php"), program("mariadbd"), program("mariadb-install-db")
    needed(CODE / "wp-load.php", "wordpress")
    (port,) = free_ports(1)
    data, site, socket = folder / "db", folder / "site", folder / "db.sock"
    data.mkdir()
    give(data)
    plain = ["--no-defaults", f"--datadir={data}", "--innodb-log-file-size=4M"]

    def run(command: list[str]) -> str:
        done = subprocess.run(
            as_nobody(command), cwd=folder, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise StartError(f"{command[0]} failed: {(done.stdout + done.stderr)[-2000:]}")
        return done.stdout

    run([install, *plain, "--auth-root-authentication-method=normal", "--skip-test-db"])
    write_all(site, port, socket)
    database = Daemon(
        "mariadb",
        [mariadbd, *plain, f"--socket={socket}", "--skip-networking", "--skip-grant-tables",
         "--innodb-flush-log-at-trx-commit=0"],
        folder,
        socket=socket,
    )  # fmt: skip
    database.start()
    serve = [php, "-d", f"auto_prepend_file={site}/before.php", "-d", "opcache.revalidate_freq=0"]
    try:
        passwords = json.loads(run([*serve, str(site / "rig-install.php")]).splitlines()[-1])
        daemon = Daemon(
            "wordpress", [*serve, "-S", f"127.0.0.1:{port}", "-t", str(site)], folder, port
        )
        daemon.start()
    except BaseException:
        database.stop()
        raise
    return WordPress((database, daemon), folder, port, passwords)


def write_all(site: Path, port: int, socket: Path) -> None:
    """The site's files: Debian's, by links, and ours."""
    for made in (site, site / "more", site / "wp-content", site / "wp-content/themes/rig"):
        made.mkdir(parents=True)
        give(made)
    for part in CODE.iterdir():
        if part.name not in ("wp-config.php", "wp-content", ".htaccess"):
            (site / part.name).symlink_to(part)
    # The code finds its own place through the links, and would take that for the site's.
    write(site / "before.php", f"<?php define('ABSPATH', '{site}/');\n")
    write(site / "wp-config.php", _CONFIG.format(socket=socket, port=port))
    write(site / "rig-install.php", _INSTALL.format(port=port, socket=socket))
    write(site / "wp-content/themes/rig/index.php", _THEME)
    write(site / "wp-content/themes/rig/style.css", "/* Theme Name: Rig */\n")
