# mypy: ignore-errors
"""A regular expression for each line of a log, and its entries counted: what Python takes."""

import re
import sys

line = re.compile(r"(\d\d:\d\d) <[ @+]?([^>]+)> (TL:)?(.*)")
entries = 0
with open(sys.argv[1], encoding="utf-8", errors="replace") as log:
    for each in log:
        found = line.match(each)
        if found and found[3]:
            entries += 1
print(entries)
