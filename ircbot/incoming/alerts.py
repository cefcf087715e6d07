"""Messages of monitoring systems → Alerts: Alertmanager's webhook, and plain JSON.

    {"name": "ELBDown", "on": "MDN", "severity": "critical", "since": "2018-01-10T11:52:00Z"}

A sender with the token is believed no further: nothing in a message is obeyed, everything is cut to
what one IRC line can hold, and malformed parts are left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

from ircbot.incident.alerts import MOST, Alert, Alerts
from ircbot.incident.people import NICK
from ircbot.incident.plain import plain, shown

_ALERTMANAGER = "Alertmanager"
_PLAIN = "Monitoring"  # the name of an alert without one
# Labels that say what an alert is about, the best first.
_ABOUT = ("product", "service", "app", "application", "job", "namespace", "cluster", "instance")
_OLDEST = timedelta(days=365)  # an earlier beginning is not credible
_AHEAD = timedelta(minutes=2)  # nor is one this far in the future
_WORDS = 500  # characters of labels in which a product is looked for


def read(body: bytes, now: datetime) -> Alerts:
    """The alerts in a message. Raises ValueError, with a sentence that says why, if it is none."""
    try:
        return Alerts(now, tuple(_groups(json.loads(body), now)))
    except RecursionError:
        raise ValueError("That is nested too deeply.") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"That is not JSON: {error}.") from None


def _groups(told: Any, now: datetime) -> Iterable[Alert]:
    if isinstance(told, Mapping) and isinstance(told.get("alerts"), list):
        return _of_alertmanager(told, now)
    items = told if isinstance(told, list) else [told]
    if not all(isinstance(item, Mapping) and _text(item.get("name"), 60) for item in items):
        raise ValueError('An alert has a "name", or is one of Alertmanager\'s messages.')
    return {alert.key: alert for alert in (_of_plain(item, now) for item in items)}.values()


def _of_alertmanager(told: Mapping[str, Any], now: datetime) -> Iterator[Alert]:
    """The alert group of one of Alertmanager's messages; none if it holds no alert."""
    alerts = [alert for alert in told["alerts"] if isinstance(alert, Mapping)]
    if not alerts:
        return
    firing = [alert for alert in alerts if alert.get("status") != "resolved"]
    common = {**_table(alerts[0].get("labels")), **_table(told.get("groupLabels"))}
    common |= _table(told.get("commonLabels"))
    notes = _table(told.get("commonAnnotations"))
    key = told.get("groupKey")
    begun = [_time(alert.get("startsAt"), now) for alert in firing or alerts]
    yield Alert(
        key=_digest(
            _ALERTMANAGER, key if isinstance(key, str) else sorted(map(str, common.items()))
        ),
        source=_ALERTMANAGER,
        name=_text(common.get("alertname"), 60) or "an alert without a name",
        since=min(begun),
        latest=max(begun),
        firing=bool(firing),
        about=next(filter(None, (_text(common.get(label), 40) for label in _ABOUT)), ""),
        severity=_text(common.get("severity"), 20),
        words=_text(" ".join(map(str, (*common.values(), *notes.values()))), _WORDS),
        count=len(firing or alerts),
        alerts=_told_apart(
            _digest(alert.get("fingerprint") or _table(alert.get("labels")))
            for alert in firing or alerts
        ),
    )


def _of_plain(told: Mapping[str, Any], now: datetime) -> Alert:
    name, about = _text(told.get("name"), 60), _text(told.get("on"), 40)
    source = _text(told.get("source"), 30)
    source = source if re.fullmatch(NICK, source) else _PLAIN
    key = told.get("key")
    since = _time(told.get("since"), now)
    return Alert(
        key=_digest(source, key if isinstance(key, str) else [name, about]),
        source=source,
        name=name,
        since=since,
        latest=since,
        firing=told.get("status") != "resolved",
        about=about,
        severity=_text(told.get("severity"), 20),
        words=f"{name} {about}",
    )


def _table(value: Any) -> dict[str, Any]:
    """The first labels or annotations, up to a bound."""
    items = value.items() if isinstance(value, Mapping) else ()
    return {name: text for (name, text), _ in zip(items, range(100), strict=False)}


def _text(value: Any, most: int) -> str:
    """A text cut to one line; "" for anything else."""
    if not isinstance(value, str):
        return ""
    text = plain(shown(value[: most * 4]))
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def _time(value: Any, now: datetime) -> datetime:
    """When something began; now if that is missing or not credible."""
    try:
        at = datetime.fromisoformat(value).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return now
    return at if now - _OLDEST <= at <= now + _AHEAD else now


def _told_apart(digests: Iterable[str]) -> tuple[str, ...]:
    """A bounded choice of the alerts, the same in whatever order they came."""
    return tuple(sorted(set(digests))[:MOST])


def _digest(*parts: object) -> str:
    return blake2b(repr(parts).encode(errors="replace"), digest_size=8).hexdigest()
