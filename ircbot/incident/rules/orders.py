"""Parses the arguments of chat commands, and calls their rules.

commands.py says which command is which.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ircbot import __version__
from ircbot.incident.access import is_operator_anywhere
from ircbot.incident.calls import split_call
from ircbot.incident.events import ChannelLeft
from ircbot.incident.grammar import grammar_of, severity_called
from ircbot.incident.people import NICK
from ircbot.incident.prompts import has_or_had
from ircbot.incident.rules import (
    actions,
    asking,
    confirming,
    correcting,
    declaring,
    ending,
    guarding,
    leading,
    procedure,
    recalling,
    relating,
    telling,
    timeline,
)
from ircbot.incident.rules.context import Context
from ircbot.incident.rules.which import open_at, which
from ircbot.incident.sayings import (
    Command,
    Declare,
    HandOff,
    Record,
    SetComms,
    SetVideo,
    TakeRole,
)
from ircbot.incident.state import Incident, Note

_CHANNEL = re.compile(r"[#&+!][^\s,:\x07]{1,63}")
# --- commands that need no incident ----------------------------------------------------------


def status(ctx: Context, order: Command) -> None:
    typed = re.fullmatch(r"[#@]?(\d{1,6})", order.arguments.strip())
    named = order.incident if typed is None else ctx.setting.our_number(int(typed[1]))
    incident = which(ctx, named, ask=named is not None)
    if incident is not None or named is None:
        asking.status(ctx, incident)


def version(ctx: Context, order: Command) -> None:
    ctx.answer("version", version=__version__)


def oncall(ctx: Context, order: Command) -> None:
    typed = order.arguments.strip()
    product = ctx.setting.product_named(typed) if typed else None
    if typed and product is None and ctx.setting.products:
        ctx.answer("product-none", products=", ".join(ctx.setting.products))
        return
    incident = which(ctx, order.incident, ask=False) if product is None else None
    asking.on_call(ctx, product.name if product else incident.product if incident else "")


_TIMES = frozenset({"--since", "--at", "--resolved"})


def declare(ctx: Context, order: Command) -> None:
    read = _options(ctx, order.arguments)
    if read is None:
        ctx.answer_usage()
        return
    summary, options = read
    times = {name: ctx.when_it_was(typed) for name, typed in options.items() if name in _TIMES}
    if None in times.values():
        return
    begun, ended = times.get("--at"), times.get("--resolved")
    if begun is not None and ended is not None and ended < begun:
        ctx.answer("resolved-before", at=ctx.told(ended), begun=ctx.told(begun))
        return
    process, severity = ctx.process_of(None), options.get("--severity", "")
    if severity and process.severities:
        severity = severity_called(grammar_of(process), severity)
        if not severity:
            ctx.answer("severity-none", severities=", ".join(process.severities))
            return
    saying = Declare(
        summary,
        since=times.get("--since"),
        drill="--drill" in options,
        severity=severity,
        private="--private" in options,
        at=begun,
        resolved=ended,
    )
    declaring.declare(ctx, saying, asked=True)


_FLAGS = frozenset({"--drill", "--private"})
_OPTION = re.compile(r"(?<!\S)--(?=\S)")


def _options(ctx: Context, text: str) -> tuple[str, dict[str, str]] | None:
    """The summary and the options of a declaration, as typed; None if they cannot be parsed. A time
    may have several words.
    """
    text = re.sub(r"(?<!\S)\u2014", "--", text)  # phones make a dash of two hyphens
    before, *parts = _OPTION.split(text)
    summary, options = [before.strip()], {}
    for part in parts:
        word, _, rest = part.strip().partition(" ")
        option, value = f"--{word.lower()}", ""
        if option in _TIMES:
            value, rest = ctx.timed(f"{rest} \u2026") or tuple(f"{rest} \u2026".split(" ", 1))
            rest = rest.removesuffix("\u2026")
        elif option == "--severity":
            value, _, rest = rest.strip().partition(" ")
        if option not in _FLAGS and not value:
            return None
        options[option] = value
        summary.append(rest.strip())
    said = " ".join(filter(None, summary))
    if not said or ("--resolved" in options and "--at" not in options):
        return None
    return said, options


_LAST = re.compile(
    r"last(?:\s+([0-9]{1,3}))?(?:\s+(?![0-9]+(?:\s|$))(\S+(?:.{0,60} via \S+)?))?", re.IGNORECASE
)
_COUNTED = re.compile(r"last\s+\d+(?:\s.*)?", re.IGNORECASE)  # the number may be absurdly large


def _is_time(ctx: Context, text: str) -> bool:
    """Whether a text is a time and nothing else."""
    return ctx.timed(f"{text} …") in ((text, "…"), (text.rstrip(":,"), "…"))


def tl(ctx: Context, order: Command) -> None:
    text = order.arguments.rstrip()
    last = _LAST.fullmatch(text) if order.addressed else None
    if last is not None:
        if (incident := which(ctx, order.incident)) is not None:
            count, nick = int(last[1] or 1), (last[2] or "").strip("@:,")
            recalling.promote_last(ctx, incident, count, ctx.nick_of(nick))
    elif text.lower() == "adopt" and order.addressed:
        if (incident := which(ctx, order.incident)) is not None:
            recalling.take_strays(ctx, incident)
    elif text.lower() == "discard" and order.addressed:
        recalling.drop_strays(ctx)
    elif order.addressed and (_COUNTED.fullmatch(text) or _is_time(ctx, text)):
        ctx.answer_usage()  # nobody means a time without words
    elif late := ctx.timed(text):
        timeline.record(ctx, Record(late[1], at=late[0]), order.incident)
    else:
        timeline.record(ctx, Record(text), order.incident)


def forget(ctx: Context, order: Command) -> None:
    nick, rest = ctx.split_nick(order.arguments)
    nick, account = nick.removeprefix("@"), rest.split()[0] if rest else None
    if account is None and ctx.nick_of(nick) != nick:
        nick, account = ctx.nick_of(nick), ctx.who.account or (None if ctx.line.via else "none")
    guarding.forget(ctx, nick, account)


def leave(ctx: Context, order: Command) -> None:
    channel = order.arguments.split()[0] if order.arguments.split() else ctx.line.channel
    if not _CHANNEL.fullmatch(channel):
        ctx.answer_usage()
    elif ctx.refused("leave", None):
        return
    elif not ctx.same_name(channel, ctx.line.channel) and not is_operator_anywhere(
        ctx.line, ctx.setting
    ):
        ctx.answer("leave-there", channel=channel)
    elif any(ctx.same_name(channel, c) for c in ctx.setting.notified(ctx.line.network)):
        ctx.answer("leave-last", channel=channel)
    elif (incident := open_at(ctx, channel)) is not None:
        ctx.answer("leave-open", incident, channel=channel)
    else:
        ctx.answer("left", channel=channel)
        ctx.record(0, ChannelLeft(channel, ctx.line.network, ctx.setting.casemapping))


def tips(ctx: Context, order: Command) -> None:
    asking.tip(ctx, which(ctx, order.incident, ask=False))


# --- commands about an incident --------------------------------------------------------------


def lead(ctx: Context, incident: Incident, text: str) -> None:
    leading.lead(ctx, incident.id, asked=True)


_HANDING_TO = {"to", "the", "baton", "lead", "il", "over"}


def handoff(ctx: Context, incident: Incident, text: str) -> None:
    words = text.split()
    while words and words[0].lower() in _HANDING_TO:
        del words[0]
    relayed, _ = ctx.split_nick(" ".join(words))
    named = [w.strip("@,:.") for w in words if w.lower() not in _HANDING_TO]
    if not named and _is_here(ctx, text.split()[-1]):
        named = text.split()[-1:]  # somebody whose nick is "lead"
    if ctx.somebody(relayed, incident).via:
        leading.hand_off(ctx, HandOff(relayed), incident.id, asked=True)
    elif named and _is_nick(ctx, named[0]):
        leading.hand_off(ctx, HandOff(named[0]), incident.id, asked=True)
    else:
        ctx.answer_usage(incident)


def confirm(ctx: Context, incident: Incident, text: str) -> None:
    nick, *account = text.split()
    confirming.confirm(ctx, incident, nick.removeprefix("@"), account[0] if account else "")


def accept(ctx: Context, incident: Incident, text: str) -> None:
    leading.accept(ctx, incident)


def decline(ctx: Context, incident: Incident, text: str) -> None:
    leading.decline(ctx, incident)


def yes(ctx: Context, incident: Incident, text: str) -> None:
    leading.say_so(ctx, incident, yes=True)


def no(ctx: Context, incident: Incident, text: str) -> None:
    leading.say_so(ctx, incident, yes=False)


def role(ctx: Context, incident: Incident, text: str) -> None:
    roles = ctx.process_of(incident).roles
    if not text:
        held = (
            (role.title, ", ".join(p.nick for p in has_or_had(incident, role.key)))
            for role in roles.values()
        )
        nobody = ctx.word("role-nobody", incident)
        ctx.answer_text("; ".join(f"{title} {nicks or nobody}" for title, nicks in held))
        return
    wanted = text.lower()
    for key, role in roles.items():
        for name in sorted({key, role.title, role.short, *role.words} - {""}, key=len)[::-1]:
            if wanted == name.lower() or wanted.startswith(name.lower() + " "):
                nick = text[len(name) :].strip().lstrip("@")
                if nick.lower() in ("none", "nobody", "-"):
                    leading.leave_role(ctx, incident, role)
                    return
                nick = "" if nick.lower() in ("", "me", "i") else ctx.split_nick(nick)[0]
                relayed = nick and ctx.somebody(nick, incident).via
                if nick and not (_is_nick(ctx, nick) or relayed):
                    ctx.answer_usage(incident)
                    return
                leading.take_role(ctx, TakeRole(key, nick), incident.id, asked=True)
                return
    ctx.answer("role-none", incident, roles=", ".join(r.title for r in roles.values()))


def severity(ctx: Context, incident: Incident, text: str) -> None:
    ending.set_severity(ctx, incident, text, asked=True)


def channel(ctx: Context, incident: Incident, text: str) -> None:
    name = text.split()[0]
    if not _CHANNEL.fullmatch(name):
        ctx.answer("comms-what", incident)
    else:
        declaring.set_comms(ctx, SetComms(name), incident.id, asked=True)


def video(ctx: Context, incident: Incident, text: str) -> None:
    declaring.set_video(ctx, SetVideo(text), incident.id, asked=True)


_CHANGE = re.compile(r"[cC](\d{1,6})?")
_ENTRY = re.compile(r"#?\d{1,9}")


def undo(ctx: Context, incident: Incident, text: str) -> None:
    if change := _CHANGE.fullmatch(text):
        correcting.undo(ctx, incident, int(change[1] or 0))
    elif _ENTRY.fullmatch(text):
        if (note := timeline.standing(ctx, incident, text)) is not None:
            timeline.drop(ctx, incident, note)
    elif text:
        ctx.answer_usage(incident)
    else:
        relating.undo(ctx, incident)


def time(ctx: Context, incident: Incident, text: str) -> None:
    number, _, typed = text.partition(" ")
    if (note := timeline.standing(ctx, incident, number)) is not None:
        timeline.retime(ctx, incident, note, typed)


def edit(ctx: Context, incident: Incident, text: str) -> None:
    number, _, worded = text.partition(" ")
    if (note := timeline.standing(ctx, incident, number)) is not None:
        timeline.edit(ctx, incident, note, worded)


# Between several, as a Matrix bridge sends an edit.
_SUBSTITUTIONS = re.compile(r"(?<=/), s(?=/)|(?<=/g), s(?=/)")
_SUBSTITUTE = re.compile(r"/((?:[^/\\]|\\.)+)/((?:[^/\\]|\\.)*)/?(g?)", re.DOTALL)


def substitute(ctx: Context, incident: Incident, text: str) -> None:
    found = [_SUBSTITUTE.fullmatch(one) for one in _SUBSTITUTIONS.split(text)]
    changes = [_change_of(match) for match in found if match is not None]
    if len(changes) < len(found):
        ctx.answer_usage(incident)
    else:
        timeline.substitute(ctx, incident, changes, asked=ctx.addressed)


def _change_of(match: re.Match[str]) -> timeline.Substitution:
    old, new = (part.replace("\\/", "/") for part in match.group(1, 2))
    return timeline.Substitution(old, new, everywhere=bool(match[3]))


def on_entry(
    rule: Callable[[Context, Incident, Note], None],
    which_one: Callable[[Context, Incident, str], Note | None] = timeline.numbered,
) -> Callable[[Context, Incident, str], None]:
    def order(ctx: Context, incident: Incident, text: str) -> None:
        if (note := which_one(ctx, incident, text.split()[0])) is not None:
            rule(ctx, incident, note)

    return order


_NICK = re.compile(NICK)


def _is_nick(ctx: Context, word: str) -> bool:
    """Whether a word may be a nick, or is that of somebody who is there, whatever it looks like."""
    word = word.removeprefix("@").rstrip(",:")
    return _NICK.fullmatch(word) is not None or _is_here(ctx, word)


def _is_here(ctx: Context, nick: str) -> bool:
    return bool(ctx.setting.presence.is_in(nick, ctx.line.channel, ctx.line.network))


def _is_service(nick: str) -> bool:
    """Whether a nick belongs to services, which take messages as commands."""
    return bool(re.fullmatch(r"@?\w*serv[,:]?", nick, re.IGNORECASE))


# Words that begin a reason, or that call everybody, which reaches nobody.
_NOBODY = frozenset(
    {"a", "all", "an", "everybody", "everyone", "our", "people", "that", "the", "this"}
)


def notify(ctx: Context, incident: Incident, text: str) -> None:
    """Call people. Nicks are leading words that are known or seen; else what looks like nicks
    before a reason; at least the first word.
    """
    words = text.split()
    known = _known_nicks(ctx, incident)
    count = 0
    for word in words:
        is_known = any(ctx.same_name(word.strip("@,:"), nick) for nick in known)
        if not _is_nick(ctx, word) or not (is_known or word.startswith("@")):
            break
        count += 1
        if word.endswith(":"):
            break
    called, _ = split_call(text, ctx.process_of(incident).language)
    nobody = words[0].lower() in _NOBODY or not _is_nick(ctx, words[0])
    if (not count and not called and nobody) or any(map(_is_service, words[: max(count, 1)])):
        ctx.answer_usage(incident)
        return
    count = min(max(count, len(called), 1), len(words) - 1)
    nicks = tuple(dict.fromkeys(word.strip("@,:") for word in words[:count]))
    telling.notify(ctx, incident, nicks, " ".join(words[count:]))


def _known_nicks(ctx: Context, incident: Incident) -> set[str]:
    products = ctx.setting.products.values()
    people = {nick for p in products for nick in (p.lead, *p.engineers)}
    duty = {
        ctx.setting.on_call(name, key, ctx.now)
        for name in ("", *ctx.setting.products)
        for key in ctx.setting.duties(name)
    }
    channel = ctx.line.channel or incident.channel
    seen = {line.nick for line in ctx.said(channel, ctx.line.network)}
    called = {nick for call in incident.calls for nick in call.nicks}
    wrote = {writer.nick for writer in incident.writers.values()}
    return people | seen | called | wrote | duty


# Remarks to a bot, which are not meant for its report.
_PRAISE = frozenset({"done", "played", "said"})


def prose(section: str) -> Callable[[Context, Incident, str], None]:
    def order(ctx: Context, incident: Incident, text: str) -> None:
        if section != "well" or text.lower().strip("!. ") not in _PRAISE:
            ending.write_prose(ctx, incident, section, text)

    return order


def props(ctx: Context, incident: Incident, text: str) -> None:
    nick, _, reason = re.sub(r"^to\s+", "", text, flags=re.IGNORECASE).partition(" ")
    ending.give_props(ctx, incident, nick.strip("@,:"), reason.strip())


def link(ctx: Context, incident: Incident, text: str) -> None:
    url, _, words = text.partition(" ")
    ending.add_link(ctx, incident, url, words.strip())


def done(ctx: Context, incident: Incident, text: str) -> None:
    procedure.done(ctx, incident, text.split()[0])


def ticket(ctx: Context, incident: Incident, text: str) -> None:
    number, _, where = text.partition(" ")
    actions.ticket(ctx, incident, number, where.strip())


def milestone(ctx: Context, incident: Incident, text: str) -> None:
    name, _, typed = text.partition(" ")
    ending.set_milestone(ctx, incident, name, typed.strip())


def message(ctx: Context, incident: Incident, text: str) -> None:
    key, _, typed = text.partition(" ")
    procedure.message(ctx, incident, key, typed)


def resolve(ctx: Context, incident: Incident, text: str) -> None:
    typed, rest = ctx.timed(f"{text} …") or ("", text)
    since = ctx.when_it_was(typed) if typed else None
    if since is not None and not incident.live and not incident.void:
        ctx.answer("resolved-already", incident, status=incident.status, typed=typed)
    elif since is not None or not typed:
        rest = rest.removesuffix("…").rstrip() if typed else text
        ending.resolve(ctx, incident.id, rest, asked=True, since=since)


def close(ctx: Context, incident: Incident, text: str) -> None:
    ending.close(ctx, incident, anyway=text.lower() == "anyway")


def security(ctx: Context, incident: Incident, text: str) -> None:
    match text.lower().split()[:1]:
        case ["purge"]:
            guarding.purge(ctx, incident)
        case ["off"]:
            guarding.unsecure(ctx, incident)
        case _:
            guarding.secure(ctx, incident)
