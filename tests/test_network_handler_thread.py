"""The thread in which lines are heard: in order, together when behind, whatever goes wrong there."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from ircbot.incident.line import Line, Reply, ReplyKind
from ircbot.network.broadcasts import BroadcastResult
from ircbot.network.handler_thread import HandlerOutput, HandlerThread, Tick
from ircbot.network.line_handler import WantedChannel
from ircbot.network.link_state import (
    ChannelGap,
    DeliveryResults,
    LinesHeard,
    NickChanged,
    Topic,
    Trouble,
)

NOON = datetime(2018, 1, 10, 12, tzinfo=UTC)
PATIENCE = 20.0


def line(text: str, nick: str = "ann") -> Line:
    return Line(NOON, "#moc", nick, text)


def heard(*texts: str) -> LinesHeard:
    return LinesHeard([line(text) for text in texts])


class LineHandler:
    """A line handler that repeat what they are told. They mishear "boom", and wait at "wait" for `go_on`."""

    def __init__(self) -> None:
        self.told: list[object] = []
        self.at_it = threading.Event()  # they have come to "wait"
        self.go_on = threading.Event()
        self.lost = False  # whether they know what they want
        self.wishes = [WantedChannel("#moc")]
        self.kind = ReplyKind.NOTICE
        self.unprepared = 0  # pieces; -1 for what cannot be prepared
        self.prepared = threading.Event()

    def hear(self, lines: Sequence[Line]) -> Sequence[Reply]:
        texts = [one.text for one in lines]
        if "wait" in texts:
            self.at_it.set()
            self.go_on.wait(PATIENCE)
        if "boom" in texts:
            raise ValueError("boom")
        self.told.append(texts)
        return [Reply(one.nick, one.text, self.kind) for one in lines]

    def tick(self, now: datetime) -> Sequence[Reply]:
        return self._note("tick", now)

    def absent(
        self, network: str, channel: str, since: datetime, until: datetime
    ) -> Sequence[Reply]:
        return self._note("absent", network, channel, since, until)

    def delivered(
        self,
        broadcast: str,
        arrived: Sequence[str],
        refused: Mapping[str, str],
        *,
        confirmed: bool = True,
    ) -> Sequence[Reply]:
        return self._note("delivered", broadcast, arrived, refused)

    def trouble(self, network: str, channel: str, why: str) -> Sequence[Reply]:
        if why == "boom":
            raise ValueError(why)
        return self._note("trouble", network, channel, why)

    def topic(self, network: str, channel: str, topic: str) -> None:
        self._note("topic", network, channel, topic)

    def known_as(self, network: str, nick: str) -> None:
        self._note("known as", network, nick)

    def prepare(self) -> bool:
        if self.unprepared <= 1:
            self.prepared.set()
        if self.unprepared < 0:
            raise ValueError("unprepared")
        self.unprepared = max(0, self.unprepared - 1)
        return self.unprepared > 0

    def wanted(self) -> Sequence[WantedChannel]:
        if self.lost:
            raise ValueError("lost")
        return list(self.wishes)

    def topics(self) -> Mapping[tuple[str, str], str]:
        return {("", "#moc"): "all well"}

    def _note(self, *what: object) -> Sequence[Reply]:
        self.told.append(what)
        return [Reply("#moc", str(what[0]))]


@asynccontextmanager
async def listening(
    handler: LineHandler,
) -> AsyncIterator[tuple[HandlerThread, list[HandlerOutput]]]:
    """A handler thread at work, and what they answered; at the end they have heard everything."""
    answers: list[HandlerOutput] = []
    listener = HandlerThread(handler, answers.append)
    listener.start()
    try:
        yield listener, answers
    finally:
        handler.go_on.set()
        await listener.finish(PATIENCE)
        await asyncio.sleep(0)  # what they handed to the loop last is run


async def event(happened: threading.Event) -> None:
    """Wait until the handler have come to something."""
    assert await asyncio.to_thread(happened.wait, PATIENCE)


def said(answers: Sequence[HandlerOutput]) -> list[str]:
    return [reply.text for answer in answers for reply in answer.replies]


async def test_at_once_it_says_where_it_wants_to_be_and_again_only_if_that_changes():
    handler = LineHandler()
    async with listening(handler) as (listener, answers):
        listener.put("", heard("one"))
        handler.go_on.clear()
        listener.put("", heard("wait"))
        await event(handler.at_it)
        handler.wishes.append(WantedChannel("#other"))
        handler.go_on.set()
    told = [answer.wishes for answer in answers if answer.wishes is not None]
    assert [[want.channel for want in wishes.wanted] for wishes in told] == [
        ["#moc"],
        ["#moc", "#other"],
    ]
    assert told[0].topics == {("", "#moc"): "all well"}


async def test_acknowledgements_do_not_wait_for_wishes():
    handler = LineHandler()
    handler.kind = ReplyKind.RECEIPT
    async with listening(handler) as (listener, answers):
        listener.put("", heard("one"))
    assert [(said([answer]), answer.wishes is None) for answer in answers] == [
        ([], False),
        (["one"], True),
        ([], True),
    ]


async def test_everything_is_told_in_order_and_to_whom_it_concerns():
    handler = LineHandler()
    happened: list[tuple[object, Sequence[object]]] = [
        (NickChanged("ilbot_"), ("known as", "oftc", "ilbot_")),
        (Topic("#moc", "hm"), ("topic", "oftc", "#moc", "hm")),
        (heard("one", "two"), ["one", "two"]),
        (ChannelGap("#moc", NOON, NOON), ("absent", "oftc", "#moc", NOON, NOON)),
        (Trouble("#moc", "banned"), ("trouble", "oftc", "#moc", "banned")),
        (
            BroadcastResult("b1", ["#moc"], {"#x": "+m"}),
            ("delivered", "b1", ["#moc"], {"#x": "+m"}),
        ),
        (Tick(NOON), ("tick", NOON)),
    ]
    async with listening(handler) as (listener, answers):
        for what, _ in happened:
            listener.put("oftc", what)
    assert handler.told == [told for _, told in happened]
    assert said(answers) == ["one", "two", "absent", "trouble", "delivered", "tick"]


async def test_reads_that_wait_are_heard_together_up_to_what_is_no_line():
    handler = LineHandler()
    async with listening(handler) as (listener, answers):
        listener.put("", heard("wait"))
        await event(handler.at_it)
        for what in (heard("one"), heard("two", "three"), Tick(NOON), heard("four"), heard("five")):
            listener.put("", what)
        assert listener.backlog == 6
        handler.go_on.set()
    assert handler.told == [["wait"], ["one", "two", "three"], ("tick", NOON), ["four", "five"]]
    assert listener.backlog == 0
    assert said(answers)[-2:] == ["four", "five"]


async def test_a_line_that_cannot_be_heard_costs_only_itself(caplog):
    handler = LineHandler()
    async with listening(handler) as (listener, answers):
        listener.put("", heard("one", "boom", "two"))
        listener.put("", Tick(NOON))
        listener.put("", heard("boom"))
        listener.put("", Tick(NOON))
        listener.put("", heard("three"))
    assert handler.told == [["one"], ["two"], ("tick", NOON), ("tick", NOON), ["three"]]
    assert said(answers) == ["one", "two", "tick", "tick", "three"]
    assert listener.backlog == 0
    assert "hearing a line of ann in #moc failed" in caplog.text


async def test_what_cannot_be_dealt_with_is_logged_and_the_next_is_told(caplog):
    handler = LineHandler()
    async with listening(handler) as (listener, _):
        listener.put("", Trouble("#moc", "boom"))
        listener.put("", DeliveryResults([]))
        listener.put("", Tick(NOON))
    assert handler.told == [("tick", NOON)]
    assert "handling Trouble failed" in caplog.text
    assert "the handler does not take DeliveryResults" in caplog.text


async def test_ears_that_do_not_know_what_they_want_still_hear_and_answer(caplog):
    handler = LineHandler()
    async with listening(handler) as (listener, answers):
        listener.put("", heard("wait"))
        await event(handler.at_it)
        handler.lost = True
        handler.go_on.set()
        listener.put("", Tick(NOON))
    assert handler.told == [["wait"], ("tick", NOON)]
    assert said(answers) == ["wait", "tick"]
    assert "finding the wanted channels and topics failed" in caplog.text


async def test_a_read_of_very_many_lines_is_heard_in_pieces_so_that_the_end_is_soon():
    handler = LineHandler()
    texts = [str(number) for number in range(10_000)]
    async with listening(handler) as (listener, _):
        listener.put("", heard("wait"))
        await event(handler.at_it)
        listener.put("", heard(*texts))
        assert listener.backlog == 10_001
    pieces = handler.told[1:]
    assert [text for piece in pieces for text in piece] == texts
    assert max(map(len, pieces)) <= 4_000
    assert listener.backlog == 0


async def test_at_the_end_what_has_come_is_heard():
    handler = LineHandler()
    listener = HandlerThread(handler, lambda said: None)
    listener.start()
    listener.put("", heard("wait"))
    await event(handler.at_it)
    listener.put("", heard("one"))
    handler.go_on.set()
    assert await listener.finish(PATIENCE)
    assert handler.told == [["wait"], ["one"]]
    assert listener.unheard() == ()


async def test_a_disk_that_hangs_does_not_keep_it_and_what_was_not_heard_is_named():
    handler = LineHandler()
    listener = HandlerThread(handler, lambda said: None)
    listener.start()
    listener.put("", heard("wait"))
    await event(handler.at_it)
    listener.put("", Tick(NOON))
    listener.put("", heard("one", "two"))
    listener.put("", heard("three"))
    assert not await listener.finish(0.01)
    assert [one.text for one in listener.unheard()] == ["one", "two", "three"]
    assert listener.unheard() == ()
    handler.go_on.set()


def test_ears_that_come_back_when_the_loop_is_over_find_nobody_and_end():
    handler = LineHandler()

    async def begin() -> None:
        listener = HandlerThread(handler, lambda said: None)
        listener.start()
        listener.put("", heard("wait"))
        await event(handler.at_it)
        assert not await listener.finish(0.01)

    others = set(threading.enumerate())
    asyncio.run(begin())
    (thread,) = (one for one in set(threading.enumerate()) - others if one.name == "handler")
    handler.go_on.set()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert handler.told == [["wait"]]


async def test_what_later_lines_need_is_prepared_when_there_is_nothing_else_to_do():
    handler = LineHandler()
    handler.unprepared = 3
    async with listening(handler) as (listener, _):
        listener.put("", heard("wait"))
        await event(handler.at_it)
        listener.put("", Tick(NOON))
        listener.put("", heard("wait"))
        handler.at_it.clear()
        handler.go_on.set()
        await event(handler.at_it)
        assert handler.unprepared == 3  # as lines were waiting
        listener.put("", Tick(NOON))
        await event(handler.prepared)
    assert handler.unprepared == 0


async def test_what_cannot_be_prepared_is_logged(caplog):
    handler = LineHandler()
    handler.unprepared = -1
    async with listening(handler) as (listener, _):
        listener.put("", Tick(NOON))
        await event(handler.prepared)
        listener.put("", heard("one"))
    assert handler.told[-1] == ["one"]
    assert "preparing for later lines failed" in caplog.text
