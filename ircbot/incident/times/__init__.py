"""Times as people type them and as people read them: one package for all of it.

The hard part is that a typed time means nothing by itself. "16:12" is a time of day in some zone,
on a day that nobody said; whether that is today, yesterday or tomorrow depends on the time at
which it is said and on whether it tells what happened or what is due. So the work has two steps:

* `noted` translates what people say in their language into the notation that the bot writes.
* `grammar` parses a text alone: which time of day, day, zone or span it names. It is strict: a
  text is parsed completely or not at all, so that no date, zone or "pm" is ever ignored.
* `meaning` finds the instant: `past` for what happened (the latest such time), `future` for what
  is due (the next such time), `day` for the day by which something is to be done. Each returns an
  aware UTC time, or `Unclear` with the reason, which the speaker is told.

`durations` reads spans, typed ("1h30") and said ("half an hour"); `calendar` counts hours, working
hours and working days; `display` shows times and spans, in chat and in reports. Whatever `display`
shows is read back by `grammar`. Nothing here knows an incident.

Invariants: returned times are aware and in UTC; no time is guessed if two readings are likely (an
hour without "am" or "pm", 5/1/2027, "CST"); an hour that the clocks skip does not exist.

Ruled out: dateutil and dateparser, which fill in what is missing from today ("10" is the tenth),
read a part of a text and drop the rest, take "CST" for whatever the machine thinks it is, and
resolve skipped and repeated hours silently.
"""

from ircbot.incident.times.calendar import Calendar, Deadline, due
from ircbot.incident.times.display import (
    ReportClock,
    Time,
    clock,
    date_name,
    day_name,
    iso,
    length,
    long,
    offset,
    told,
)
from ircbot.incident.times.durations import DURATION, NEVER, NUMBERS, minutes, span
from ircbot.incident.times.grammar import (
    fixed_zone,
    leading,
    leading_day,
    may_lead,
    read_day,
    time_of_day,
)
from ircbot.incident.times.meaning import Unclear, Why, Zones, day, future, names, no_zones, past
from ircbot.incident.times.noted import NO_WORDS, NOTATION, NUMBERED, duration, oclock, placing
from ircbot.incident.times.periods import period

__all__ = [
    "DURATION",
    "NEVER",
    "NOTATION",
    "NO_WORDS",
    "NUMBERED",
    "NUMBERS",
    "Calendar",
    "Deadline",
    "ReportClock",
    "Time",
    "Unclear",
    "Why",
    "Zones",
    "clock",
    "date_name",
    "day",
    "day_name",
    "due",
    "duration",
    "fixed_zone",
    "future",
    "iso",
    "leading",
    "leading_day",
    "length",
    "long",
    "may_lead",
    "minutes",
    "names",
    "no_zones",
    "oclock",
    "offset",
    "past",
    "period",
    "placing",
    "read_day",
    "span",
    "time_of_day",
    "told",
]
