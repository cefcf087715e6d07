"""What went well, what went poorly, where we were lucky: for people to write."""

from __future__ import annotations

from ircbot.report.section import Section

WELL = Section("well", "What went well", hint="what helped")
POORLY = Section("poorly", "What went poorly", hint="what hindered")
LUCKY = Section("lucky", "Where we got lucky", hint="what could have made it worse, and did not")
