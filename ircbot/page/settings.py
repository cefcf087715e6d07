"""Configuration to settings: where the page is served, and who gets what.

Secrets are read here; no part of them may appear in an error.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from importlib.util import find_spec
from ipaddress import IPv4Network, IPv6Network, ip_network
from urllib.parse import urlsplit

from ircbot.config import Config
from ircbot.config.reading import Environment
from ircbot.config.secrets import Secrets
from ircbot.errors import Failed
from ircbot.extras import how_to_add

LEAST, LONGEST = 16, 256  # characters of a token; a shorter one could be guessed


@dataclass(frozen=True, slots=True)
class PageSettings:
    """`[page]`. `base_url` is "" if not configured; `hosts` are the names it is served under, ()
    for this machine's; `proxies` are trusted to name users."""

    host: str = "127.0.0.1"
    port: int = 8080
    base_url: str = ""
    strangers: str = "public"  # the edition without a login, "" for none
    user_header: str = ""
    proxies: tuple[IPv4Network | IPv6Network, ...] = field(
        default_factory=lambda: (ip_network("127.0.0.1"), ip_network("::1"))
    )
    token: str = field(default="", repr=False)
    streams: int = 1000
    streams_per_address: int = 100

    @property
    def base(self) -> str:
        """The path of our root, "" for /."""
        return urlsplit(self.base_url).path.rstrip("/")

    @property
    def host_name(self) -> str:
        """The configured host, in lower case; "" if none is."""
        return (urlsplit(self.base_url).hostname or "").lower()

    @property
    def root(self) -> str:
        """The beginning of every absolute URL."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.base_url.rstrip("/") or f"http://{host}:{self.port}"


def page_settings(
    config: Config, environment: Environment = os.environ
) -> tuple[PageSettings, tuple[str, ...]]:
    """The page's settings, and warnings. Raises ConfigError."""
    warnings: list[str] = []
    page = config.values["page"]
    token = Secrets(config, environment, warnings).get(("page", "token"))
    if token and len(token) < LEAST:
        raise config.wrong(
            ("page",),
            f"[page] token is shorter than {LEAST} characters and can be guessed: "
            "head -c 32 /dev/urandom | base64 >page.token",
        )
    if token and len(token) > LONGEST:
        raise config.wrong(("page",), f"[page] token is longer than {LONGEST} characters.")
    strangers = "public" if page["edition"] == "public" and config.organisations is None else ""
    if not strangers and not (token or page["user_header"]):
        what = 'edition = "internal"' if config.organisations is None else "a host's page"
        raise config.wrong(
            ("page", "edition"),
            f"{what} shows nothing to strangers, and nobody can log in: "
            "give [page] a user_header or a token_file.",
        )
    host, port = page["listen"]
    settings = PageSettings(
        host=host,
        port=port,
        base_url=page["base_url"] or "",
        strangers=strangers,
        user_header=page["user_header"] or "",
        proxies=tuple(map(ip_network, page["proxies"])),
        token=token or "",
        streams=page["streams"],
        streams_per_address=page["streams_per_address"],
    )
    return settings, tuple(warnings)


def must_have_library() -> None:
    """Raise Failed, with the fix, if aiohttp is missing."""
    if find_spec("aiohttp") is None:
        raise Failed(f"the page needs the extra web: {how_to_add('web')}")
