"""Roles that somebody holds by default, until somebody says that they take them."""

from __future__ import annotations

from collections.abc import Iterator

from ircbot.incident.events import RoleLeft, RoleTaken
from ircbot.incident.people import Person
from ircbot.incident.process import Role
from ircbot.incident.rules.context import Context
from ircbot.incident.state import Incident


def stands_in(incident: Incident, role: str) -> bool:
    """Whether a role's holder has it by default."""
    term = incident.term(role)
    return term is not None and term.how == "default"


def fill(ctx: Context, number: int) -> None:
    """Give an incident's roles to those who hold them by default."""
    roles = ctx.process_of(ctx.incident(number)).roles
    # One may be given to whoever has another, and stand before it.
    for _ in roles:
        for role in roles.values():
            incident = ctx.incident(number)
            if not incident.holders(role.key) and (person := _default(ctx, incident, role)):
                ctx.record(number, RoleTaken(role.key, person, "default"))


def _default(ctx: Context, incident: Incident, role: Role) -> Person | None:
    return next(_defaults(ctx, incident, role), None)


def _defaults(ctx: Context, incident: Incident, role: Role) -> Iterator[Person]:
    for default in role.default:
        kind, _, key = default.partition(":")
        match kind:
            case "declarer":
                yield incident.declared_by
            case "role" if (holder := incident.holder(key)) is not None:
                yield holder
            case "on_call" if nick := ctx.setting.on_call(
                incident.product, key or role.key, ctx.now
            ):
                yield ctx.somebody(nick, incident)
            case _:
                pass


def make_room(ctx: Context, number: int, role: str) -> None:
    """End a default holder's role because somebody takes it."""
    for term in ctx.incident(number).terms:
        if term.role == role and term.until is None and term.how == "default":
            ctx.record(number, RoleLeft(role, term.holder))


def follow(ctx: Context, number: int, taken: str) -> None:
    """Assign the roles that go with one just taken, while nobody has claimed them."""
    for role in ctx.process_of(ctx.incident(number)).roles.values():
        incident = ctx.incident(number)
        free = not incident.holders(role.key) or stands_in(incident, role.key)
        if f"role:{taken}" not in role.default or not free:
            continue
        person, before = _default(ctx, incident, role), incident.holder(role.key)
        if person is None or (before is not None and incident.is_same(before, person)):
            continue
        make_room(ctx, number, role.key)
        ctx.record(number, RoleTaken(role.key, person, "default"))
        if ctx.declared != number:
            ctx.announce(ctx.incident(number), "stands-in", nick=person.nick, role=role.name)
