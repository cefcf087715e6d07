"""What is installed beside the program: the service, and what `make` does before there is one."""

import configparser
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from ircbot.config import load_config
from ircbot.config.journal import journal_of
from ircbot.service_settings import service_settings

TOP = Path(__file__).parent.parent
REQUIRED = bool(os.environ.get("IRCBOT_REQUIRE_REAL"))
needs_systemd = pytest.mark.skipif(
    not shutil.which("systemd-analyze") and not REQUIRED, reason="systemd-analyze is not installed"
)


def see_that_systemd_takes(unit: str, folder: Path) -> None:
    """It finds nothing wrong with a unit, and has no warning."""
    # The program itself is not installed here, and systemd looks whether it is.
    (folder / "ircbot.service").write_text(unit.replace("/opt/ircbot/bin/ircbot", "/bin/true"))
    done = subprocess.run(
        ["systemd-analyze", "verify", folder / "ircbot.service"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@needs_systemd
def test_systemd_finds_nothing_wrong_with_the_service(tmp_path):
    unit = (TOP / "packaging" / "ircbot.service").read_text()
    see_that_systemd_takes(unit, tmp_path)


@pytest.mark.skipif(not shutil.which("promtool") and not REQUIRED, reason="promtool is missing")
def test_the_rules_for_prometheus_fire_when_they_should_and_only_then():
    done = subprocess.run(
        ["promtool", "test", "rules", TOP / "packaging" / "prometheus" / "ircbot.test.yml"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_vendored_in_the_debian_package_is_pinned_and_is_what_ircbot_asks_for():
    pinned = dict(
        re.fullmatch(r"(\S+)==(\S+) --hash=sha256:[0-9a-f]{64}", line).groups()
        for line in (TOP / "packaging/debian/vendored.txt").read_text().splitlines()
        if not line.startswith("#")
    )
    setup = configparser.ConfigParser()
    setup.read(TOP / "setup.cfg")
    asked = [
        *setup["options"]["install_requires"].split(),
        *(setup["options.extras_require"][extra].strip() for extra in ("calendar", "socks")),
    ]
    for one in map(Requirement, asked):
        version = next(v for name, v in pinned.items() if name.lower() == one.name.lower())
        assert one.specifier.contains(version), one


def test_a_python_that_is_too_old_is_told_in_one_sentence(tmp_path):
    old = tmp_path / "python"
    old.write_text("#!/bin/sh\n[ $1 = --version ] && echo Python 3.9.2 && exit\nexit 1\n")
    old.chmod(0o755)
    done = make_venv(tmp_path, PYTHON=str(old))
    assert done.returncode == 1
    assert done.stderr.startswith(
        "ircbot needs Python 3.11 or later, and here is Python 3.9.2; install it"
    )
    assert not (tmp_path / ".venv").exists()


def test_a_machine_without_python_is_told_in_one_sentence(tmp_path):
    done = make_venv(tmp_path, PYTHON=str(tmp_path / "nothing"))
    assert done.returncode == 1
    assert "and here is no Python; install it" in done.stderr


def test_a_python_without_venv_is_told_the_package(tmp_path):
    bare = tmp_path / "python"
    bare.write_text(
        f'#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; esac\nexec {sys.executable} "$@"\n'
    )
    bare.chmod(0o755)
    done = make_venv(tmp_path, PYTHON=str(bare))
    assert done.returncode == 1
    assert re.search(r"has no venv module; install it \(.*python3\.\d+-venv\)", done.stderr)


def test_a_half_made_environment_is_made_anew(tmp_path):
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").write_text("broken")
    assert make_venv(tmp_path, PYTHON=sys.executable).returncode == 0
    done = subprocess.run([tmp_path / ".venv" / "bin" / "python", "-c", "pass"], timeout=60)
    assert done.returncode == 0


def make_venv(folder, **variables):
    return subprocess.run(
        [TOP / "packaging" / "make-venv"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **variables},
    )


def test_setup_cfg_holds_the_metadata_and_pyproject_only_what_pip_needs():
    assert re.findall(r"(?m)^\[(.*)\]", (TOP / "pyproject.toml").read_text()) == ["build-system"]
    setup = configparser.ConfigParser()
    setup.read(TOP / "setup.cfg")
    assert {"test", "dev"} <= set(setup["options.extras_require"])
    assert setup["options.entry_points"]["console_scripts"].split("=")[0].strip() == "ircbot"
    assert setup["options"]["python_requires"] == ">=3.11"


@pytest.mark.parametrize(
    ("version", "changelog", "refusal"),
    [
        ("", "", "name the version"),
        ("1..2", "", "name the version"),
        ("1.2.3-rc1", "", "name the version"),
        ("1.2.0", "## 1.1.0\n\n- old\n", "no section '## 1.2.0'"),
        ("1.2.0", "## 1.2.0\n\n## 1.1.0\n\n- old\n", "says nothing about 1.2.0"),
        ("1.2.0", "## 1.3.0\n\n- new\n\n## 1.2.0\n\n- old\n", "another version above"),
        ("1.1.0", "## 1.1.0\n\n- old\n", "v1.1.0 is there already"),
    ],
)
def test_a_release_is_refused_before_anything_changes(tmp_path, version, changelog, refusal):
    git = released(tmp_path, changelog)
    done = subprocess.run(
        [tmp_path / "packaging" / "release", version], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert refusal in done.stderr
    assert git("status", "--porcelain") == ""
    assert git("tag") == "v1.1.0\n"


def test_a_release_of_what_is_not_committed_is_refused(tmp_path):
    released(tmp_path, "## 1.2.0\n\n- new\n")
    (tmp_path / "left.txt").write_text("lies about")
    done = subprocess.run(
        [tmp_path / "packaging" / "release", "1.2.0"], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (
        1,
        "release: there are changes that are not committed\n",
    )


def released(folder, changelog):
    """A repository whose last release is 1.1.0; gives what runs git there."""

    def git(*arguments):
        names = ("-c", "user.name=a", "-c", "user.email=a@example.org")
        return subprocess.run(
            ["git", *names, *arguments], cwd=folder, check=True, capture_output=True, text=True
        ).stdout

    (folder / "packaging").mkdir()
    shutil.copy(TOP / "packaging" / "release", folder / "packaging")
    (folder / "CHANGELOG.md").write_text(f"# Changelog\n\n{changelog}")
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "all")
    git("tag", "v1.1.0")
    return git


# --- several machines -----------------------------------------------------------------------------

CLUSTER = TOP / "packaging" / "cluster"


def test_the_containers_have_what_their_configuration_names():
    compose = yaml.safe_load((CLUSTER / "compose.yaml").read_text())
    container = (TOP / "packaging" / "Containerfile").read_text()
    services, machines = compose["services"], []
    for name, service in services.items():
        mounts = dict(reversed(volume.split(":")[:2]) for volume in service["volumes"])
        for source in mounts.values():
            assert (
                (CLUSTER / source).is_file() if source[0] == "." else source in compose["volumes"]
            )
        assert {*service["secrets"]} <= compose["secrets"].keys()
        assert {*service.get("depends_on", ())} <= services.keys()
        secrets = {f"/run/secrets/{secret}" for secret in service["secrets"]}
        if name.startswith("db-"):
            told = service["environment"]
            assert {told["DATA"], told["TLS"], "/database"} <= mounts.keys()
            assert told["PASSWORD"] in secrets
            *_, primary, standby = [
                "",
                *service["entrypoint"][-1].rpartition("/database ")[2].split(),
            ]
            assert name in (primary, standby)
            assert {primary, standby} - {""} <= services.keys()
            continue
        assert service["image"] in re.findall(r"--tag (\S+)", container)
        assert json.loads(re.search(r"^CMD (.*)$", container, re.MULTILINE)[1])[-1] in mounts
        given = tomllib.loads((CLUSTER / mounts["/etc/ircbot/config.toml"]).read_text())
        assert given["store"]["dsn_file"] in secrets
        for path in (given["store"]["path"], given["report"]["directory"]):
            assert Path(path).parent.as_posix() in mounts
        machines.append(given.pop("cluster")["machine"])
    assert machines == [name.removeprefix("bot-") for name in services if name.startswith("bot-")]
    first, second = (
        tomllib.loads((CLUSTER / f"bot-{machine}.toml").read_text()) for machine in machines
    )
    assert {**first, "cluster": {}} == {**second, "cluster": {}}
    assert f"EXTRAS=ha --file packaging/{'Containerfile'}" in (CLUSTER / "compose.yaml").read_text()


@pytest.mark.parametrize("machine", ["a", "b"])
def test_a_bot_s_configuration_in_a_container_is_whole(tmp_path, machine):
    secret = tmp_path / "dsn"
    secret.write_text("host=db-a,db-b dbname=ircbot user=ircbot password=x sslrootcert=/tls/ca.crt")
    secret.chmod(0o600)
    text = (CLUSTER / f"bot-{machine}.toml").read_text().replace("/run/secrets/dsn", str(secret))
    (tmp_path / "config.toml").write_text(text)
    config = load_config(tmp_path / "config.toml")
    service_settings(config, {})
    assert config.cluster is not None
    assert config.cluster.name == machine
    record = journal_of(config, {})
    assert record is not None
    assert record.dsn == secret.read_text()


@needs_systemd
def test_systemd_finds_nothing_wrong_with_the_service_beside_a_database(tmp_path):
    unit = (TOP / "packaging" / "ircbot.service").read_text()
    beside = (CLUSTER / "database.conf").read_text()
    see_that_systemd_takes(unit + beside, tmp_path)
    home = re.search(r"^StateDirectory=(.*)$", unit, re.MULTILINE)
    assert home is not None
    for key in ("path", "directory"):
        for path in re.findall(rf'{key} = "(/var/lib/[^"]+)"', unit):
            assert Path(path).is_relative_to(f"/var/lib/{home[1]}")
