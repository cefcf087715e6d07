"""The command line: the table of its commands.

Imports nothing, so that `ircbot --help` is instant; root.py loads a command's module when the
command is called. `place` names the click command. A command returns None if it succeeded, or the
exit status it wants to report; every failure raises an error of errors.py.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# A shell's exit status for a program that Ctrl-C ended: 128 + SIGINT.
INTERRUPTED = 130
# The same for a program whose reader is gone: 128 + SIGPIPE.
UNREAD = 141

# name: (place, what it does), in the order of `ircbot --help`.
COMMANDS: Mapping[str, tuple[str, str]] = {
    "demo": ("ircbot.cli.demo:demo", "Play a whole incident on an IRC server of its own."),
    "run": ("ircbot.cli.run:run", "Run the bot."),
    "init": ("ircbot.cli.init:init", "Ask a few questions and write a configuration."),
    "check": ("ircbot.cli.check:check", "Check configuration, processes, templates and store."),
    "selftest": ("ircbot.cli.selftest:selftest", "Try out this installation, in five seconds."),
    "list": ("ircbot.cli.listing:list_", "List the incidents, newest first."),
    "search": ("ircbot.cli.search:search", "Find what was said in any incident."),
    "show": ("ircbot.cli.incidents:show", "Show one incident."),
    "report": ("ircbot.cli.report:report", "Write an incident's report."),
    "publish": ("ircbot.cli.publish:publish", "Publish an incident to configured places."),
    "outbox": ("ircbot.cli.publish:outbox", "Show, retry or drop pending publications."),
    "edit": ("ircbot.cli.edit:edit", "Write the prose of an incident's report, in $EDITOR."),
    "tl": ("ircbot.cli.incidents:tl", "Add a timeline entry while IRC itself is down."),
    "actions": ("ircbot.cli.incidents:actions", "List the action items of all incidents."),
    "review": ("ircbot.cli.review:review", "Show how each step of the process was met."),
    "stats": ("ircbot.cli.stats:stats", "Summarise many incidents in figures."),
    "page": ("ircbot.cli.page:page", "Serve the live page, beside the bot."),
    "import": ("ircbot.cli.import_:import_", "Take existing IRC logs into the store."),
    "rehearse": ("ircbot.cli.rehearse:rehearse", "Play a log and show what the bot would say."),
    "explain": ("ircbot.cli.explain:explain", "Show how a line is understood."),
    "process": ("ircbot.cli.process:process", "List, show and check processes."),
    "cluster": ("ircbot.cli.cluster:cluster", "Show and control machines that share a database."),
    "store": ("ircbot.cli.store:store", "Check, compact, back up, restore and export the store."),
    "completion": ("ircbot.cli.completion:completion", "Print a completion script for a shell."),
    "help": ("ircbot.cli.help:help_", "Show what a command does and takes."),
}


def version_line() -> str:
    """What `--version` prints."""
    from ircbot import __version__

    return f"ircbot {__version__}"


def root_help() -> str:
    """What `ircbot --help` prints."""
    width = max(map(len, COMMANDS))
    return "\n".join(
        [
            "Usage: ircbot COMMAND [OPTIONS] …",
            "",
            "An IRC bot that runs incidents: it hears ordinary sentences, keeps the timeline",
            "and writes the report. To see it work, with nothing set up: ircbot demo",
            "",
            "Commands:",
            *(f"  {name:{width}}  {text}" for name, (_, text) in COMMANDS.items()),
            "",
            "ircbot help COMMAND says more. ircbot --version prints the version.",
        ]
    )
