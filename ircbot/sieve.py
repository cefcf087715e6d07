"""Which of very many lines could mean anything, found in all of them at once.

Only a shortcut: a line that passes is looked at properly, one that does not could not have meant
anything. It needs `re2` (the package google-re2, our extra "fast"), whose automaton takes all
words of a process in one pass; Python's own `re` tries each at each place and is slower than
asking line by line. Without it every line passes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from ircbot.incident.grammar import grammar_of
from ircbot.incident.people import beginnings
from ircbot.incident.process import Process
from ircbot.incident.setting import Setting
from ircbot.incident.shapes import ENTRY_NEEDS

# Given lines, the numbers of those that pass, from 0.
Sieve = Callable[[bytes], list[int]]

# What is said is all of the line.
ALL = "^"


def sieve_for(setting: Setting, said: str, nicks: Iterable[str] = ()) -> Sieve | None:
    """The sieve for all processes that may run here; None if there is no re2.

    `said` is a pattern of what stands before what is said, ALL where nothing does. `nicks` are
    further ones of ours.
    """
    try:
        import re2  # type: ignore[import-not-found, import-untyped, unused-ignore]
    except ImportError:
        return None
    options = re2.Options()
    # Bytes, not characters: whatever is not plain ASCII passes anyway.
    options.encoding = re2.Options.Encoding.LATIN1
    options.never_capture = True
    processes = (setting.process, *setting.processes.values())
    names = [way for nick in (setting.nick, *nicks) for way in beginnings(nick)]
    openings = [setting.prefix, *names, "!", "\\", "s/"]
    pattern = re2.compile(_pattern(processes, openings, said), options)

    def passing(lines: bytes) -> list[int]:
        numbers: list[int] = []
        number = line_end = 0
        for match in pattern.finditer(lines):
            at = match.start()
            if numbers and at < line_end:
                continue  # the line has passed
            number += lines.count(b"\n", line_end if numbers else 0, at)
            numbers.append(number)
            line_end = lines.find(b"\n", at)
            if line_end < 0:
                break
        return numbers

    return passing


def _pattern(processes: Iterable[Process], openings: Iterable[str], said: str) -> bytes:
    words = {word for process in processes for word in grammar_of(process).triggers}
    words |= {*ENTRY_NEEDS, "#"}
    anywhere = (_spaced(word) for word in sorted(words))
    first = map(re.escape, openings)
    meant = [
        rf"{said}(?:[^\n]*(?:{'|'.join(anywhere)})|[ \t]*(?:{'|'.join(first)}))",
        r"[^\x20-\x7e\t\r\n]",  # formatting can hide a word
    ]
    return f"(?im:{'|'.join(meant)})".encode()


def _spaced(word: str) -> str:
    """A string to look for, whatever blanks it has; a line may begin where it begins with one."""
    spaced = "[ \\t]+".join(map(re.escape, word.lstrip(" ").split(" ")))
    return rf"(?:^|[ \t]){spaced}" if word[0] == " " else spaced
