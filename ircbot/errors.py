"""What can go wrong, whose fault it is, and the exit status.

    IrcbotError
    ├── Failed              it could not be done                              1
    │   ├── StoreError      the store is damaged, locked or not writable
    │   │   ├── Behind      another process wrote meanwhile: look, decide again
    │   │   └── Superseded  another machine answers now: say nothing more
    │   ├── ReportError     a report could not be rendered or written
    │   └── NetworkError    no connection, refused, wrong certificate
    └── Misuse              the command line or a file an administrator wrote 2
        ├── ConfigError     names file, line, key and fix
        └── ProcessError    a process file is wrong: names file, place and fix

What people say on IRC is never an error. Every message is one plain sentence that says what is
wrong and what to do; the command line prints it and nothing else.
"""

from __future__ import annotations


class IrcbotError(Exception):
    """Something an operator must know; `str()` is the sentence to print."""

    exit_status = 1


class Failed(IrcbotError):
    """It could not be done, through no fault of how it was asked for."""


class StoreError(Failed):
    """The store is damaged, locked or not writable."""


class Behind(StoreError):
    """Another process wrote to the incident. `poll`, decide again, append again."""


class Superseded(StoreError):
    """Another bot has what we answered for: nothing more may be recorded or said by this one."""


class ReportError(Failed):
    """A report could not be rendered or written."""


class NetworkError(Failed):
    """The network refused us or could not be reached."""


class Misuse(IrcbotError):
    """A wrong command line or a wrong file; the sentence names the place and the fix."""

    exit_status = 2


class ConfigError(Misuse):
    """The configuration is wrong."""


class ProcessError(Misuse):
    """A process file is wrong."""
