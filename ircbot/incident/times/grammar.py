"""Parses a typed time into its parts: time of day, day, zone. meaning.py finds the instant.

A text is parsed completely or not at all. `read` and `leading` know only the few zones whose
abbreviation means the same everywhere; meaning.py determines what "CET" or "+1030" means where the
bot runs.
"""

from __future__ import annotations

import re
from datetime import UTC, timedelta, timezone, tzinfo
from functools import cache
from itertools import islice

from ircbot.incident.language import Language
from ircbot.incident.times.durations import said_span, span
from ircbot.incident.times.noted import MONTHS, NO_WORDS, WEEKDAYS, may_begin, noted
from ircbot.values import dataclass

_MONTHS = {month: number for number, month in enumerate(MONTHS, 1)}
_MONTHS |= {month[:3]: number for month, number in _MONTHS.items()} | {"sept": 9}
_WEEKDAYS = {day: number for number, day in enumerate(WEEKDAYS)}
_WEEKDAYS |= {day[:3]: number for day, number in _WEEKDAYS.items()}
_WEEKDAYS |= {"tues": 1, "thur": 3, "thurs": 3}
# Hours from UTC. RFC 5322 §4.3 fixes the American ones; "CST" and "BST" are left out here and
# below because they name several zones.
_ABBREVIATIONS = {
    "EST": -5, "EDT": -4, "CDT": -5, "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8,
    "WEST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3,
    "JST": 9, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
}  # fmt: skip
# These are names of zones all the same: a time with one of them must not be read without it.
_AMBIGUOUS = {
    "ACST", "ACDT", "ADT", "AMT", "AST", "AWST", "BST", "CST", "CT", "ET", "GST", "HKT", "HST",
    "IST", "KST", "MSD", "MST", "MT", "NDT", "NST", "PKT", "PT", "SAST", "SGT", "SST", "WET",
}  # fmt: skip
_FURTHEST = timedelta(hours=14)  # the largest offset from UTC of any zone

_names = {
    "month": "|".join(sorted(_MONTHS, key=len, reverse=True)),
    "weekday": "|".join(sorted(_WEEKDAYS, key=len, reverse=True)),
}
_DATE = (
    r"(?P<y{0}>[0-9]{{4}})(?P<sep{0}>[-/])(?P<m{0}>[0-9]{{1,2}})(?P=sep{0})(?P<d{0}>[0-9]{{1,2}})"
    r"|(?P<dd{0}>[0-9]{{1,2}})\.(?P<dm{0}>[0-9]{{1,2}})\.(?P<dy{0}>[0-9]{{4}})"
    r"|(?P<nd{0}>[0-9]{{1,2}})(?:st|nd|rd|th)?(?: of|\.)?[ -](?P<nm{0}>{month})\.?"
    r"(?:,?[ -](?P<ny{0}>[0-9]{{4}}))?(?![\w:])"
    r"|(?P<em{0}>{month})\.? (?P<ed{0}>[0-9]{{1,2}})(?:st|nd|rd|th)?"
    r"(?:,? (?P<ey{0}>[0-9]{{4}}))?(?![\w:])"
)
_DAY = (
    r"(?:(?P<rel{0}>the day before yesterday|the day after tomorrow|yesterday|today|tomorrow)"
    r"|(?P<ago{0}>[0-9]{{1,3}}) days ago"
    r"|(?P<slash{0}>[0-9]{{1,2}}/[0-9]{{1,2}}(?:/[0-9]{{2,4}})?)"
    r"|(?:(?:(?P<which{0}>last|next|this|coming) )?(?P<wd{0}>{weekday})\.?(?:,? (?={any}))?)?"
    r"(?:" + _DATE + r")?)"
)
_ANY_DATE = r"[0-9]{1,4}[-./]|[0-9]{1,2}(?:st|nd|rd|th)?(?: of)? [a-z]|[a-z]+\.? [0-9]{1,2}"
_CLOCK = (
    r"(?:(?P<hour>[0-9]{1,2})"
    r"(?::(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,][0-9]{1,9})?)?"
    r"|\.(?P<dot>[0-9]{2})(?= ?[ap]))?"
    r"(?: ?(?P<half>[ap])\.?m\b\.?)?"
    r"|(?P<joined>[0-9]{4}(?:[0-9]{2})?)|(?P<word>noon|midday|midnight))"
)
_OFFSET = r"[+-][0-9]{1,2}(?::?[0-9]{2})?"
# The only part of a time where capitals count: "16:12 EST", but "10:00 est tombé".
_ZONE = (
    rf"(?P<zone>(?i:(?:utc|gmt|ut)(?: ?{_OFFSET})?|z)|{_OFFSET}|[A-Z]{{2,5}}"
    r"|(?:(?i:Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific)|Etc|US)"
    r"(?:/[A-Za-z0-9_+-]+)+)"
)
_BASIC = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?=[Tt][0-9])")
_T_JOINED = re.compile(r"[0-9][Tt][0-9]")
_MOST_WORDS = 9  # "on the day before yesterday at 4:30 pm +02:00"


# Compiled when a time is first read: the two take a third of the time for all the core's patterns.
@cache
def _time() -> re.Pattern[str]:
    day_before = _DAY.format("1", any=_ANY_DATE, **_names)
    day_behind = _DAY.format("2", any=_ANY_DATE, **_names)
    return re.compile(
        r"(?i:(?:(?:at|on|@) ?)?"
        rf"(?:{day_before}(?:(?:,? (?:at )?|, ?)|t(?=[0-9])))?"
        rf"(?:at )?{_CLOCK})"
        rf"(?:(?P<apart> )?{_ZONE})?"
        rf"(?i:(?:,? (?:on )?(?=[^ ]){day_behind})?)"
    )


@cache
def _day_alone() -> re.Pattern[str]:
    return re.compile(f"(?i:(?:on )?{_DAY.format('1', any=_ANY_DATE, **_names)})")


@dataclass(frozen=True, slots=True)
class TypedDay:
    """A day as typed. A field that was not given is None.

    `shift` counts days from today, `weekday` from Monday = 0; `which` is "last", "next" or "".
    """

    shift: int | None = None
    weekday: int | None = None
    which: str = ""
    year: int | None = None
    month: int | None = None
    day: int | None = None
    # "5/1": both numbers, if either can be the month.
    slashed: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Typed:
    """A time of day as typed: `second` of the day, 86400 for 24:00; None if there is no such time.

    `hour_alone`: only the hour was given, which may be before or after noon. `zone` is as typed,
    "" for none.
    """

    second: int | None
    day: TypedDay | None = None
    zone: str = ""
    hour_alone: bool = False


def read(text: str, zones: frozenset[str] = frozenset()) -> Typed | None:
    """Parse a time; None if the text is not one. `zones` are the names of further zones.

    >>> read("4.30 pm UTC")
    Typed(second=59400, day=None, zone='UTC', hour_alone=False)
    >>> read("16:12 ELB is red") is read("half past four") is None
    True
    """
    match = _time().fullmatch(_BASIC.sub(r"\1-\2-\3", tidied(text)))
    if match is None:
        return None
    zone = match["zone"] or ""
    if zone and not _is_zone(zone, bool(match["apart"]), zones):
        return None
    days = [found for n in "12" if (found := _day(match, n)) is not None]
    if len(days) > 1 or (match["joined"] and not zone and not _T_JOINED.search(text)):
        return None
    return Typed(
        _second(match),
        days[0] if days else None,
        zone,
        hour_alone=bool(match["hour"]) and not (match["minute"] or match["half"]),
    )


def read_day(text: str, language: Language = NO_WORDS) -> TypedDay | None:
    """Parse a day; None if the text is not one.

    >>> read_day("5 Jan")
    TypedDay(shift=None, weekday=None, which='', year=None, month=1, day=5, slashed=None)
    """
    match = _day_alone().fullmatch(tidied(noted(text, language)))
    return _day(match, "1") if match else None


# What every time has that may precede a sentence, and how it begins unless it ends with "ago".
_AGO = re.compile(r"\bago\b", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]")
_WORD = re.compile(r"\S+")
_BEGINS = re.compile(
    r"\s*(?:[0-9@\u2010-\u2015\u2212-]|at\b|on\b|the\s+day\b|yesterday|today|tomorrow|last\b|next\b"
    r"|this\b|coming\b|{weekday}|{month})".format(**_names),
    re.IGNORECASE,
)


def leading(
    text: str, zones: frozenset[str] = frozenset(), language: Language = NO_WORDS
) -> tuple[str, str] | None:
    """Split a text into the time that it begins with, as typed, and the rest; None if it does not
    begin with a time.

    Words that could just as well begin a sentence ("noon", "4 hosts", "now") are not a time here.

    >>> leading("yesterday 23:10 UTC the backup failed")
    ('yesterday 23:10 UTC', 'the backup failed')
    >>> leading("10 min ago the disk filled"), leading("4 hosts are down")
    (('10 min ago', 'the disk filled'), None)
    """
    if not may_lead(text, language):
        return None
    begins, noted_so = _BEGINS.match(text), may_begin(text, language)
    words = list(islice(_WORD.finditer(text), _MOST_WORDS + 1))
    end = words[-1].end() if words else 0
    begun = begins and _NUMBER.search(text, 0, end)
    if not (begun or noted_so or _AGO.search(text, 0, end)):
        return None
    for word in words[-2::-1]:
        head = " ".join(text[: word.end()].split()).rstrip(":,")
        if _is_time(noted(head, language), zones):
            return head, re.sub(r"^(?:[-–—:] )", "", text[word.end() + 1 :])
    return None


def may_lead(text: str, language: Language = NO_WORDS) -> bool:
    """Whether a text may begin with a time; never wrongly False. Hardly any text does, and parsing
    takes a hundred times as long as this check.
    """
    return _BEGINS.match(text) is not None or "ago" in text.lower() or may_begin(text, language)


def _is_time(head: str, zones: frozenset[str]) -> bool:
    """Whether words are certainly a time, although a sentence may follow them."""
    if span_ago(head) is not None or re.fullmatch(r"-[0-9][\w.]*", tidied(head)):
        return True
    typed = read(head, zones)
    return (
        typed is not None
        and not typed.hour_alone
        and not head.lower().endswith(("noon", "midday", "midnight"))
    )


def tidied(text: str) -> str:
    """The text with single blanks, and with plain characters for the special ones that phones and
    spreadsheets insert.

    >>> tidied(" \u2212 10 m"), tidied("4:30\u202fpm")
    ('-10 m', '4:30 pm')
    """
    text = re.sub(r"[\u2010-\u2015\u2212]", "-", " ".join(text.split()))
    return re.sub(r"^- (?=[0-9])", "-", text)


def fixed_zone(name: str) -> tzinfo | None:
    """The zone with a name that means the same everywhere ("Z", "UTC+2", "-0330", "CEST"); None for
    any other name.

    >>> fixed_zone("UTC+2"), fixed_zone("+15:00"), fixed_zone("CST")
    (datetime.timezone(datetime.timedelta(seconds=7200)), None, None)
    """
    if name.upper() in ("Z", "UTC", "GMT", "UT"):
        return UTC
    if name in _ABBREVIATIONS:
        return timezone(timedelta(hours=_ABBREVIATIONS[name]))
    match = re.fullmatch(r"(?i:utc|gmt|ut)? ?([+-])([0-9]{1,2})(?::?([0-9]{2}))?", name)
    if match is None or int(match[3] or 0) > 59:
        return None
    away = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
    if away > _FURTHEST:
        return None
    return timezone(-away if match[1] == "-" else away)


def _is_zone(name: str, apart: bool, zones: frozenset[str]) -> bool:
    """Whether the word after a time is a zone rather than the next word of a sentence."""
    if name in zones or name in _AMBIGUOUS or "/" in name:
        return True
    if apart and re.fullmatch(r"[+-][0-9]{1,2}", name):
        return False  # "16:12 +10 hosts"
    return fixed_zone(name) is not None


def _second(match: re.Match[str]) -> int | None:
    if match["word"]:
        return 0 if match["word"].lower() == "midnight" else 12 * 3600
    if match["joined"]:
        joined = match["joined"]
        hour, minute, second = int(joined[:2]), int(joined[2:4]), int(joined[4:] or 0)
    else:
        hour = int(match["hour"])
        minute, second = int(match["minute"] or match["dot"] or 0), int(match["second"] or 0)
    if (hour, minute, second) == (24, 0, 0) and not match["half"]:
        return 24 * 3600
    return time_of_day(hour, minute, second, match["half"] or "")


def time_of_day(hour: int, minute: int, second: int = 0, half: str = "") -> int | None:
    """The second of the day, None if there is no such time; `half` is "a", "p" or "" for 24 hours.

    >>> time_of_day(12, 5, half="a"), time_of_day(12, 0, half="P"), time_of_day(13, 0, half="p")
    (300, 43200, None)
    """
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half in "pP" else 0)
    if hour > 23 or minute > 59 or second > 60:
        return None
    return hour * 3600 + minute * 60 + min(second, 59)  # a leap second counts as the one before it


_SHIFTS = {
    "the day before yesterday": -2,
    "yesterday": -1,
    "today": 0,
    "tomorrow": 1,
    "the day after tomorrow": 2,
}


def _day(match: re.Match[str], n: str) -> TypedDay | None:
    def number(*names: str) -> int | None:
        return next((int(match[f"{k}{n}"]) for k in names if match[f"{k}{n}"]), None)

    if match[f"slash{n}"]:
        return _slashed(*(int(part) for part in match[f"slash{n}"].split("/")))
    if match[f"rel{n}"]:
        return TypedDay(shift=_SHIFTS[match[f"rel{n}"].lower()])
    if (ago := number("ago")) is not None:
        return TypedDay(shift=-ago)
    named = match[f"nm{n}"] or match[f"em{n}"]
    weekday = match[f"wd{n}"]
    which = (match[f"which{n}"] or "").lower()
    day = TypedDay(
        weekday=_WEEKDAYS[weekday.lower()] if weekday else None,
        which=which if which in ("last", "next") else "",
        year=number("y", "dy", "ny", "ey"),
        month=_MONTHS[named.lower()] if named else number("m", "dm"),
        day=number("d", "dd", "nd", "ed"),
    )
    return None if day == TypedDay() else day


def _slashed(first: int, second: int, year: int | None = None) -> TypedDay:
    """The day for two numbers, either of which may be the month. A year may have two digits."""
    year = year + 2000 if year is not None and year < 100 else year
    if first == second or (first <= 12) != (second <= 12):
        return TypedDay(year=year, month=min(first, second), day=max(first, second))
    return TypedDay(year=year, slashed=(first, second))


_FIGURES = re.compile(
    r"(?:[0-9]{4}([-/])[0-9]{1,2}\1[0-9]{1,2}|[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}"
    r"|(?:1[0-2]|0?[1-9])/(?:1[0-2]|0?[1-9])(?! of\b)|[0-9]{1,2}/[0-9]{1,2}/[0-9]{2,4})(?![^\s,:])"
)


def leading_day(text: str) -> str:
    """The numeric day that a text begins with, as typed; "" if it does not begin with one.

    >>> leading_day("5/1 the disk filled up"), leading_day("24/7 support is called")
    ('5/1', '')
    """
    match = _FIGURES.match(text.strip())
    return match[0] if match else ""


def span_ago(text: str) -> timedelta | None:
    """Parse how long ago something was ("-10m", "10 min ago"); None for other texts."""
    text = tidied(text)
    if text.startswith("-"):
        return span(text[1:])
    said = re.fullmatch(r"(?i:(.+) ago)", text)
    return said_span(said[1]) if said else None
