"""Keeps passwords and channel keys out of the log at every level.

In two ways, as either may fail: by the form of an IRC line, for secrets that we do not know (a key
that somebody sets), and by the secrets themselves, wherever they occur. Must not know what logs.
"""

from __future__ import annotations

import base64
import logging
import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote, urlsplit

from ircbot.network.settings import NetworkSettings

HIDDEN = "…"

# Lines with a password: to the server, to services, and echoes of these.
_SECRET = re.compile(
    r"^((?:@\S* )?(?::\S+ )?"
    r"(?:PASS|AUTHENTICATE|OPER|[NCOHM]S|\w+SERV|REGISTER|VERIFY|WEBIRC"
    r"|(?:PRIVMSG|NOTICE|SQUERY) (?:\S*Serv|Q|X)(?:@\S*)?)) .*",
    re.IGNORECASE,
)
# Lines with a channel's key: our JOIN; any MODE with "k"; 324, which lists the modes.
_KEY = re.compile(
    r"^((?:@\S* )?(?:JOIN \S+|(?::\S+ )?(?:MODE \S+|324 \S+ \S+) :?[^\sk]*k\S*)) .*",
    re.IGNORECASE,
)


def without_secrets(line: str) -> str:
    """A line of IRC without secrets, to be logged.

    >>> without_secrets("@label=1 :ilbot!b@h PRIVMSG NickServ :IDENTIFY sesame")
    '@label=1 :ilbot!b@h PRIVMSG NickServ …'
    >>> without_secrets("JOIN #moc,#ops sesame"), without_secrets(":a!b@h MODE #moc +kn sesame")
    ('JOIN #moc,#ops …', ':a!b@h MODE #moc +kn …')
    >>> without_secrets("PRIVMSG #moc :pass it on")
    'PRIVMSG #moc :pass it on'
    """
    return _KEY.sub(rf"\1 {HIDDEN}", _SECRET.sub(rf"\1 {HIDDEN}", line))


class SecretsFilter(logging.Filter):
    """A log filter that hides the secrets it knows."""

    def __init__(self) -> None:
        super().__init__()
        self._known: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def know(self, secrets: Iterable[str]) -> None:
        """Hide these secrets from now on."""
        self._known.update(filter(None, secrets))
        longest_first = sorted(self._known, key=lambda secret: (-len(secret), secret))
        self._pattern = re.compile("|".join(map(_alone, longest_first))) if self._known else None

    def hide(self, text: str) -> str:
        """A text without the secrets."""
        return self._pattern.sub(HIDDEN, text) if self._pattern is not None else text

    def filter(self, record: logging.LogRecord) -> bool:
        """Pass every record on without the secrets; a traceback that contains one is omitted."""
        text = record.getMessage()
        hidden = self.hide(text)
        if hidden != text:
            record.msg, record.args = hidden, ()
        if record.exc_info:
            traceback = logging.Formatter().formatException(record.exc_info)
            if self.hide(traceback) != traceback:
                record.msg = f"{record.getMessage()}\n{self.hide(traceback)}"
                record.args, record.exc_info = (), None
        return True


def _alone(secret: str) -> str:
    """A pattern for a secret; a short one must be a word of its own."""
    pattern = re.escape(secret)
    return pattern if len(secret) >= 6 else rf"(?<!\w){pattern}(?!\w)"


def secrets_of(settings: NetworkSettings) -> Iterator[str]:
    """The secrets of a network, in every form in which they are sent."""
    yield settings.password
    yield settings.nickserv_password
    yield unquote(urlsplit(settings.proxy).password or "")
    if (sasl := settings.sasl) is not None and sasl.password:
        yield sasl.password
        account = sasl.account.encode()
        yield base64.b64encode(b"\0".join((account, account, sasl.password.encode()))).decode()
    for channel in settings.channels:
        yield channel.partition(" ")[2]


def keep_out_of_the_log(settings: NetworkSettings) -> None:
    """Hide a network's secrets in everything that is logged from now on.

    A filter on a logger applies only to what is logged with that very logger. Therefore it is added
    to every existing handler, and to Python's handler of last resort.
    """
    handlers = [*logging.getLogger().handlers, *filter(None, [logging.lastResort])]
    present = (one for each in handlers for one in each.filters if isinstance(one, SecretsFilter))
    filter_ = next(present, None) or SecretsFilter()
    filter_.know(secrets_of(settings))
    for each in handlers:
        each.addFilter(filter_)
