"""`ircbot publish` and `ircbot outbox`: publishing, also beside a running bot."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import click

from ircbot.cli.common import (
    config_option,
    for_stdout,
    incident_argument,
    json_option,
    print_json,
    say,
    warn,
)
from ircbot.cli.completing import completing
from ircbot.cli.terminal import print_lines, when
from ircbot.config import Config
from ircbot.config.journal import journal_of
from ircbot.config.settings import setting
from ircbot.errors import Behind, Failed, Misuse, StoreError
from ircbot.incident.deliveries import asked, next_try, takes
from ircbot.incident.events import (
    Entry,
    Event,
    PublishDropped,
    Published,
    PublishFailed,
    PublishRetried,
)
from ircbot.incident.line import Source
from ircbot.incident.people import Person
from ircbot.incident.plain import shown, shown_lines
from ircbot.incident.plural import number_of
from ircbot.incident.setting import Setting, Target
from ircbot.incident.state import Delivery, Incident, Owed, replay
from ircbot.incident.times import iso
from ircbot.publish.protocol import Place, Publisher, PublishError
from ircbot.publish.registry import places, publisher_of
from ircbot.publish.worker import PublishJob
from ircbot.record import open_to_write
from ircbot.repository import incident_named, open_store, process_of, with_archived
from ircbot.store import StoreEngine

_TRIES = 5  # while other processes keep writing


def _to_option(text: str) -> Callable[[Any], Any]:
    return click.option(
        "--to", "name", metavar="NAME", shell_complete=completing("places"), help=text
    )


@click.command()
@incident_argument
@config_option
@_to_option("Only to this place; else to all of them.")
@click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
@click.option(
    "--force", is_flag=True, help="Though nothing changed, and over what somebody edited there."
)
@json_option
def publish(
    incident: str, config: Config, name: str | None, dry_run: bool, force: bool, as_json: bool
) -> int | None:
    """Publish an incident to the places of the configuration. Safe to repeat.

    ID is the incident's number, or `last`.
    """
    surroundings = setting(config)
    found, warnings = places(config)
    for warning in warnings:
        warn(warning)
    chosen = [(p, _target(surroundings, p)) for p in found if name in (None, p.name)]
    if not chosen:
        raise Misuse(_nowhere(name, found))
    store = open_store(str(config.store.path)) if dry_run else open_to_write(config)
    told: list[dict[str, Any]] = []
    try:
        now = incident_named(store, incident)
        for place, target in chosen:
            if takes(target, now):
                job = _job(config, surroundings, now, place, target)
                told.append((_preview if dry_run else _publish)(job, store, force))
            else:
                reason = f"takes no private incidents ([publish.{place.name}] private)"
                told.append(_of(place, reason=reason))
            if not as_json:
                _say(told[-1], target)
    finally:
        store.close()
    if as_json:
        print_json({"incident": now.id, "dry_run": dry_run, "places": told})
    return None if all(one["ok"] for one in told) else 1


def _of(place: Place, *, reason: str = "", **known: str | bool) -> dict[str, Any]:
    """The result for one place, as in `--json`; a reason says why nothing was done."""
    nothing = {"url": None, "edited": None, "caveat": None, "diff": None, "each": False}
    told = {key: value for key, value in known.items() if value != ""}
    return {"target": place.name, "ok": not reason, "reason": reason or None, **nothing, **told}


def _say(told: dict[str, Any], target: Target) -> None:
    """Print the result for people."""
    name = told["target"]
    if not told["ok"]:
        click.echo(shown_lines(f"ircbot: {target.title} {told['reason']}."), err=True)
    elif told["diff"] is not None:
        if told["each"]:
            click.echo(f"{name}: a separate message, whatever was sent before:")
        click.echo(for_stdout(told["diff"]) or f"{name}: nothing would change.")
    else:
        where = f": {told['url']}" if told["url"] else ""
        kept = f" ({told['edited']} was edited, and is left as it is)" if told["edited"] else ""
        say(f"{name}: published{where}{kept}")
        if told["caveat"]:
            say(f"{target.title} {told['caveat']}.")


def _nowhere(name: str | None, found: Sequence[Place]) -> str:
    if not found:
        return "there is no place to publish to; write a table [publish.NAME] (docs/publishing.md)."
    return f"there is no place {name!r}; there are: {', '.join(place.name for place in found)}."


def _target(surroundings: Setting, place: Place) -> Target:
    return next(target for target in surroundings.targets if target.name == place.name)


def _job(
    config: Config, surroundings: Setting, incident: Incident, place: Place, target: Target
) -> PublishJob:
    return PublishJob(
        config.store.path,
        incident.id,
        place,
        target,
        process_of(incident, surroundings),
        surroundings.zone,
        surroundings.calendar,
        config.report.templates,
        surroundings.nicks,
        config.report.public,
        surroundings.nick,
        surroundings.security.mask,
        journal=journal_of(config),
    )


def _preview(job: PublishJob, store: StoreEngine, force: bool) -> dict[str, Any]:
    """What publishing would change, as a diff, if the publisher can tell."""
    publisher = publisher_of(job.place)
    try:
        changes = _changes(job, publisher, store, force)
    except PublishError as error:
        return _of(job.place, reason=job.place.hidden(str(error)))
    return {**_of(job.place, each=publisher.each), "diff": job.place.hidden(changes)}


def _changes(job: PublishJob, publisher: Publisher, store: StoreEngine, force: bool) -> str:
    """What publishing would change at the place, as a diff. Raises a PublishError."""
    entries, incident = store.entries(job.incident), incident_named(store, str(job.incident))
    due = asked(job.target, incident, force=force)
    owed = Owed(due.n, due.why, datetime.now(UTC), _whoever(), force=force)
    publication = job.publication(publisher, incident, entries, owed)
    if written := job.read_back(publisher, publication, incident):
        entries = (*entries, *written)
        incident = replay(entries).incidents[job.incident]
        publication = job.publication(publisher, incident, entries, owed)
    return publisher.preview(publication)


def _publish(job: PublishJob, store: StoreEngine, force: bool) -> dict[str, Any]:
    """Publish, and record the result. Other publishers wait meanwhile."""
    arrived = Published(job.place.name, 0)
    with job.alone():
        _record(store, job.incident, lambda now: asked(job.target, now, force=force))
        while (done := job.performed()) is not None:
            result: Event = done
            _record(store, job.incident, lambda now, event=result: event)  # type: ignore[misc]
            if not isinstance(done, Published):
                why = done.why if isinstance(done, PublishFailed) else "takes no private incidents"
                return _of(job.place, reason=why)
            arrived = done
    return _of(job.place, url=arrived.url, edited=arrived.kept, caveat=arrived.caveat)


def _record(store: StoreEngine, number: int, decide: Callable[[Incident], Event]) -> None:
    """Record what follows from the incident's present state; decide again if another process wrote
    meanwhile.
    """
    for _ in range(_TRIES):
        store.poll()
        incident = incident_named(store, str(number))
        entry = Entry(
            number,
            datetime.now(UTC),
            _whoever(),
            decide(incident),
            incident.channel,
            Source.SHELL,
        )
        try:
            store.append([entry])
        except Behind:
            continue
        return
    raise StoreError("other processes keep writing to the store; try again.")


def _whoever() -> Person:
    return Person(getpass.getuser())


# --- what is still to go out ------------------------------------------------------------------


@click.command()
@click.argument("order", metavar="[retry|drop]", required=False)
@click.argument("number", metavar="[N]", type=int, required=False)
@config_option
@_to_option("Only what goes to this place.")
@json_option
def outbox(
    order: str | None, number: int | None, config: Config, name: str | None, as_json: bool
) -> None:
    """Show what is still to be published; `retry N` tries what incident N owes at once, and
    `drop N` lets it be. A running bot takes it up."""
    if order not in (None, "retry", "drop"):
        raise Misuse(f"there is no order {order!r}; there are retry and drop.")
    if (order is None) != (number is None):
        raise Misuse("`ircbot outbox retry N` and `ircbot outbox drop N` name an incident.")
    store = open_to_write(config) if order else open_store(str(config.store.path))
    try:
        if order is not None and number is not None:
            tended = _tend(store, order, number, name)
            if as_json:
                print_json({"incident": number, "order": order, "targets": tended})
                return
            said = "is tried again" if order == "retry" else "is dropped"
            for place in tended:
                click.echo(f"{number} {said}: {place}")
            return
        items = [item for item in _items(store) if name in (None, item["target"])]
    finally:
        store.close()
    known = [target.name for target in setting(config).targets]
    if as_json:
        print_json(items)
        return
    now = datetime.now(UTC)
    lines = []
    for item in items:
        gone = "" if item["target"] in known else f", but there is no [publish.{item['target']}]"
        why = f": {item['reason']}" if item["reason"] else ""
        next_at = when(_at(item["next_try"]), now, config.zone) if item["next_try"] else "now"
        then = "waits for `retry`" if item["permanent"] else f"next try {next_at}"
        tried = item["attempts"]
        often = number_of(tried, "attempt")
        since = when(_at(item["since"]), now, config.zone) if item["since"] else "?"
        lines.append(
            f"{item['n']:>4}  {item['target']:<10} {', '.join(item['why'])}, since "
            f"{since}; {often}, {then}{why}{gone}"
        )
    print_lines(map(shown, lines or ["nothing is owed."]))


def _tend(store: StoreEngine, order: str, number: int, name: str | None) -> list[str]:
    """Record an order about what an incident owes; returns the places that it applies to."""
    incident = incident_named(store, str(number))
    owing = [
        place
        for place, known in incident.deliveries.items()
        if known.is_open and name in (None, place)
    ]
    if not owing:
        to = f" to {name}" if name else ""
        raise Failed(f"incident {number} owes nothing{to}; `ircbot outbox` shows what is owed.")
    kind = PublishRetried if order == "retry" else PublishDropped
    for place in owing:
        _record(store, number, lambda now, place=place: kind(place))  # type: ignore[misc]
    return owing


def _items(store: StoreEngine) -> Iterator[dict[str, Any]]:
    for listed in with_archived(store):
        if not listed.live:
            continue
        incident = incident_named(store, str(listed.incident))
        for place, known in incident.deliveries.items():
            if known.is_open:
                yield _item(incident, place, known)


def _item(incident: Incident, place: str, known: Delivery) -> dict[str, Any]:
    at = next_try(known)
    since = known.owed[0].at if known.owed else known.stale_at
    return {
        "n": incident.id,
        "incident": incident.id,
        "target": place,
        "why": [owed.why for owed in known.owed] or ["changed"],
        "since": iso(since) if since else None,
        "attempts": known.attempts,
        "failed_at": iso(known.failed_at) if known.failed_at else None,
        "reason": known.why or None,
        "permanent": known.permanent,
        "next_try": iso(at) if at else None,
        "url": known.url or None,
    }


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)
