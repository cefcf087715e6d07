"""A real Alertmanager, which sends what it is given to whoever wants it, and tries again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rig.daemon import Daemon, free_ports, program, write


@dataclass(frozen=True, slots=True)
class Alertmanager:
    """One that runs. Alerts are posted to `/api/v2/alerts` on its port."""

    daemon: Daemon
    port: int


def start_alertmanager(folder: Path, url: str, token: str) -> Alertmanager:
    """Start one on a free port; it sends groups to `url`, at once, with a bearer token."""
    (port,) = free_ports(1)
    config = write(
        folder / "alertmanager.yml",
        f"""
route:
  receiver: bot
  group_by: [alertname]
  group_wait: 0s
  group_interval: 1s
  repeat_interval: 4h
receivers:
  - name: bot
    webhook_configs:
      - url: {url}
        send_resolved: true
        http_config:
          authorization: {{type: Bearer, credentials: {token}}}
""",
    )
    command = [
        program("prometheus-alertmanager"),
        f"--config.file={config}",
        f"--storage.path={folder}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
        "--log.level=warn",
    ]
    daemon = Daemon("alertmanager", command, folder, port)
    daemon.start()
    return Alertmanager(daemon, port)
