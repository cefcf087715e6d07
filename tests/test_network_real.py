"""The bot on real servers: what they refuse, lose, hold back and force upon it."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from itertools import count

import pytest
from hostile.stage import Notebook, network, repeat, running
from rig import znc as bouncer
from rig.inspircd import ACCOUNTS

from ircbot.incident.line import LineKind, Reply, Source
from ircbot.network.channels import BUSY, INVITE_ONLY, REGISTERED_ONLY
from ircbot.network.line_handler import WantedChannel
from ircbot.network.server import Visitor
from ircbot.network.settings import Address, Pace, SaslSettings, Timeouts

_numbers = count()
LOST = 10  # links, one after the other
SASL = SaslSettings("botacct", ACCOUNTS["botacct"])


def fresh(name: str) -> str:
    """A name that no other test uses on the shared server."""
    return f"{name}{next(_numbers)}"


def on(port, **changes):
    """A network on a real server, for a bot with a nick of its own."""
    return network(port, **{"nick": fresh("bot"), "username": "bot", **changes})


async def in_channel(handler, visitor, channel):
    """Let somebody join and wait until the bot is there too, whoever came first."""
    since = visitor.traffic.mark
    await visitor.join(channel)
    await handler.until(lambda: bool(handler.names), 20)
    nick = handler.names[-1]

    def sees_the_bot(message):
        listed = message.command == "353" and nick in message.text.replace("@", "").split()
        return listed or (message.command == "JOIN" and message.nick == nick)

    await visitor.hears(sees_the_bot, since=since)


@pytest.fixture(params=["ngircd", "inspircd", "hybrid"])
def any_server(request):
    """Each real server in turn."""
    return request.getfixturevalue(request.param)


async def test_it_hears_and_answers(any_server):
    channel = fresh("#moc")
    handler = Notebook(channel, answer=repeat)
    async with (
        running(handler, on(any_server.port)),
        await Visitor.arrive(fresh("ann"), any_server.port, patience=20) as ann,
    ):
        await in_channel(handler, ann, channel)
        await ann.say(channel, "TL: die Störung beginnt 🔥")
        await ann.hears("heard: TL: die Störung beginnt 🔥")
        await ann.say(handler.names[-1], "in private")
        await ann.hears(f"PRIVMSG {ann.nick} :heard: in private")
        line = next(line for line in handler.lines if line.kind is LineKind.MESSAGE)
        assert (line.nick, line.channel) == (ann.nick, channel)
        assert line.host


async def test_it_comes_by_tls(any_server, certificates):
    handler = Notebook(fresh("#moc"))
    servers = (Address("localhost", any_server.tls_port),)
    settings = on(0, servers=servers, tls=True, tls_ca_file=certificates.ca)
    async with running(handler, settings) as bot:
        await handler.until(lambda: bool(handler.names))
        assert bot.connections[""].registered


async def test_operators_are_known(any_server):
    channel = fresh("#moc")
    handler = Notebook()
    async with await Visitor.arrive(fresh("ann"), any_server.port, patience=20) as ann:
        await ann.join(channel)
        handler.channels = [WantedChannel(channel)]
        async with (
            running(handler, on(any_server.port)),
            await Visitor.arrive(fresh("bob"), any_server.port, patience=20) as bob,
        ):
            await in_channel(handler, bob, channel)
            for visitor in (ann, bob):
                await visitor.say(channel, f"from {visitor.nick}")
                await handler.until(lambda v=visitor: f"from {v.nick}" in handler.said)
            assert [line.operator for line in handler.lines if "from" in line.text] == [True, False]


LONG = "".join(f"é{n}🔥" for n in range(400))


async def test_long_text_arrives_whole(any_server):
    channel = fresh("#moc")
    handler = Notebook(channel)
    async with (
        running(handler, on(any_server.port, pace=Pace())),
        await Visitor.arrive(fresh("ann"), any_server.port, patience=30) as ann,
    ):
        await in_channel(handler, ann, channel)
        handler.pending.append(Reply(channel, LONG))
        got = ""
        while len(got) < len(LONG):
            message = await ann.hears(lambda m: m.command == "NOTICE" and m.target == channel)
            assert len(str(message).encode()) <= 510
            got += message.text
        assert got == LONG


async def many_lines_arrive(server, lines, patience):
    """Have the bot say many lines, and wait for all of them."""
    channel = fresh("#moc")
    handler = Notebook(channel)
    async with (
        running(handler, on(server.port, pace=Pace())),
        await Visitor.arrive(fresh("ann"), server.port, patience=patience) as ann,
    ):
        await in_channel(handler, ann, channel)
        handler.pending += [Reply(channel, f"line {n} {'x' * 60}") for n in range(lines)]
        for n in range(lines):
            await ann.hears(f":line {n} ")
        assert not handler.gaps


async def test_what_it_says_arrives_in_order(any_server):
    await many_lines_arrive(any_server, 15, 60)


async def test_accounts_are_known(inspircd):
    channel = fresh("#moc")
    handler = Notebook(channel)
    async with (
        running(handler, on(inspircd.easy_port, sasl=SASL)),
        await Visitor.arrive(
            fresh("ann"), inspircd.easy_port, account=("human", ACCOUNTS["human"]), patience=20
        ) as ann,
    ):
        await in_channel(handler, ann, channel)
        await ann.say(channel, "I am human")
        await handler.until(lambda: "I am human" in handler.said)
        assert handler.lines[-1].account == "human"
        assert handler.troubles == []


async def test_case_15_frozen_services_hold_nothing_up(inspircd):
    channel = fresh("#moc")
    handler = Notebook(channel, answer=repeat)
    times = replace(Timeouts(), sasl=1.5)
    with inspircd.frozen_services():
        async with (
            running(handler, on(inspircd.easy_port, sasl=SASL, timeouts=times)),
            await Visitor.arrive(fresh("ann"), inspircd.easy_port, patience=20) as ann,
        ):
            await in_channel(handler, ann, channel)
            assert "no answer within 1.5 s" in handler.troubles[0][1]


async def test_case_16_a_wrong_password_is_said_and_the_bot_goes_on(inspircd):
    handler = Notebook(fresh("#moc"))
    wrong = SaslSettings("botacct", "wrong")
    async with running(handler, on(inspircd.easy_port, sasl=wrong)):
        await handler.until(lambda: bool(handler.troubles) and bool(handler.names))
        assert "cannot log in to the account botacct" in handler.troubles[0][1]


async def test_case_15_nickserv_logs_it_in_where_sasl_does_not(inspircd):
    channel = fresh("#moc")
    handler = Notebook(channel)
    async with await Visitor.arrive(fresh("own"), inspircd.easy_port, patience=20) as owner:
        await owner.join(channel)
        await owner.send(f"MODE {channel} +R")
        await owner.hears("+R")
        handler.channels = [WantedChannel(channel)]
        sasl = SaslSettings("human", "wrong")
        settings = on(inspircd.easy_port, sasl=sasl, nickserv_password=ACCOUNTS["human"])
        async with running(handler, settings):
            await owner.hears(lambda m: m.command == "JOIN" and m.nick == settings.nick)


async def test_case_19_a_channel_for_registered_nicks_is_joined_after_the_login(inspircd):
    channel = fresh("#moc")
    async with await Visitor.arrive(fresh("own"), inspircd.easy_port, patience=20) as owner:
        await owner.join(channel)
        await owner.send(f"MODE {channel} +R")
        await owner.hears("+R")
        handler = Notebook(channel)
        async with running(handler, on(inspircd.easy_port)):
            await handler.until(lambda: (channel, REGISTERED_ONLY.meaning) in handler.troubles)
        handler = Notebook(channel)
        settings = on(inspircd.easy_port, sasl=SASL)
        async with running(handler, settings):
            await owner.hears(lambda m: m.command == "JOIN" and m.nick == settings.nick)
        assert handler.troubles == []


async def test_case_21_a_ghost_is_driven_out(inspircd):
    nick = "botacct"
    async with await Visitor.arrive(nick, inspircd.easy_port, patience=20) as ghost:
        handler = Notebook(fresh("#moc"))
        async with running(handler, on(inspircd.easy_port, nick=nick, sasl=SASL)):
            await handler.until(lambda: nick in handler.names, 20)
            assert handler.names[0] != nick
        assert ghost.nick


async def test_case_22_a_forced_nick_is_known(inspircd):
    channel, other = fresh("#moc"), fresh("forced")
    handler = Notebook(channel, answer=repeat)
    settings = on(inspircd.easy_port)
    async with (
        running(handler, settings),
        await Visitor.arrive(fresh("oper"), inspircd.easy_port, patience=20) as oper,
    ):
        await in_channel(handler, oper, channel)
        await oper.send("OPER oper operpw")
        await oper.send(f"SANICK {settings.nick} {other}")
        await handler.until(lambda: other in handler.names)
        await oper.say(other, "who are you")
        await oper.hears("heard: who are you")


async def test_case_34_a_kick_with_delay_is_waited_for(inspircd):
    channel = fresh("#moc")
    handler = Notebook(channel)
    settings = on(inspircd.easy_port)
    async with await Visitor.arrive(fresh("own"), inspircd.easy_port, patience=30) as owner:
        await owner.join(channel)
        async with running(handler, settings):
            await owner.hears(lambda m: m.command == "JOIN" and m.nick == settings.nick)
            await owner.send(f"MODE {channel} +J 8")
            await owner.send(f"KICK {channel} {settings.nick} :out")
            await owner.hears(lambda m: m.command == "JOIN" and m.nick == settings.nick, 40)
            assert (channel, BUSY.meaning) in handler.troubles
            await handler.until(lambda: bool(handler.gaps))


async def test_case_34_an_invitation_is_followed(any_server):
    channel = fresh("#moc")
    handler = Notebook(channel)
    settings = on(any_server.port)
    async with await Visitor.arrive(fresh("own"), any_server.port, patience=30) as owner:
        await owner.join(channel)
        await owner.send(f"MODE {channel} +i")
        await owner.barrier()
        async with running(handler, settings):
            await handler.until(lambda: (channel, INVITE_ONLY.meaning) in handler.troubles)
            await owner.send(f"INVITE {settings.nick} {channel}")
            await owner.hears(lambda m: m.command == "JOIN" and m.nick == settings.nick)


async def test_case_35_a_forced_join_is_known(inspircd):
    home, other = fresh("#moc"), fresh("#forced")
    handler = Notebook(home)
    settings = on(inspircd.easy_port)
    async with (
        running(handler, settings),
        await Visitor.arrive(fresh("oper"), inspircd.easy_port, patience=20) as oper,
    ):
        await in_channel(handler, oper, home)
        await oper.join(other)
        await oper.send("OPER oper operpw")
        await oper.send(f"SAJOIN {settings.nick} {other}")
        await oper.hears(lambda m: m.command == "JOIN" and m.nick == settings.nick)
        await oper.say(other, "welcome here")
        await handler.until(lambda: "welcome here" in handler.said)


async def test_case_36_a_netsplit_is_told_from_leaving(inspircd):
    channel = fresh("#moc")
    handler = Notebook(channel)
    async with (
        running(handler, on(inspircd.easy_port)),
        await Visitor.arrive(fresh("erin"), inspircd.leaf_port, patience=20) as erin,
    ):
        await in_channel(handler, erin, channel)
        async with inspircd.netsplit():
            await handler.until(
                lambda: any(line.kind is LineKind.SPLIT for line in handler.lines), 20
            )
    assert not any(line.kind is LineKind.QUIT and line.nick == erin.nick for line in handler.lines)


async def test_a_broadcast_says_where_it_was_refused(any_server):
    open_channel, moderated = fresh("#open"), fresh("#moderated")
    handler = Notebook(open_channel, moderated)
    settings = on(any_server.port)
    async with await Visitor.arrive(fresh("own"), any_server.port, patience=30) as owner:
        await owner.join(moderated)
        await owner.send(f"MODE {moderated} +m")
        await owner.join(open_channel)
        async with running(handler, settings):
            for _ in range(2):
                await owner.hears(lambda m: m.command == "JOIN" and m.nick == settings.nick)
            handler.pending += [
                Reply(channel, "MDN is down", broadcast="b") for channel in ears_channels(handler)
            ]
            await handler.until(lambda: "b" in handler.results, 60)
    arrived, refused = handler.results["b"]
    assert arrived == [open_channel]
    assert list(refused) == [moderated]


def ears_channels(handler):
    """The channels somebody listens to."""
    return [wish.channel for wish in handler.channels]


async def test_case_41_history_that_the_server_plays_back_is_recorded_and_not_obeyed(inspircd):
    channel = fresh("#moc")
    async with await Visitor.arrive(fresh("own"), inspircd.easy_port, patience=30) as owner:
        await owner.join(channel)
        await owner.send(f"MODE {channel} +H 20:1h")
        await owner.say(channel, "!inc said before the bot came")
        await owner.barrier()
        await asyncio.sleep(1.1)  # the server keeps whole seconds
        handler = Notebook(channel)
        settings = on(inspircd.easy_port)
        async with running(handler, settings):
            await owner.hears(lambda m: m.command == "JOIN" and m.nick == settings.nick)
            await owner.say(channel, "said after")
            await handler.until(lambda: "said after" in handler.said)
    sources = {line.text: line.source for line in handler.lines if line.kind is LineKind.MESSAGE}
    assert sources == {
        "!inc said before the bot came": Source.RECOVERED,
        "said after": Source.LIVE,
    }


async def test_it_lives_behind_a_bouncer(inspircd, znc):
    handler = Notebook(bouncer.CHANNEL, answer=repeat)
    # The bouncer keeps what comes after it has seen the bot leave, however long that takes.
    settings = on(znc.port, password=znc.login, timeouts=Timeouts(quit=20.0))
    async with await Visitor.arrive(fresh("dave"), inspircd.easy_port, patience=30) as dave:
        await dave.join(bouncer.CHANNEL)
        async with running(handler, settings):
            await handler.until(lambda: bouncer.NICK in handler.names)
            await dave.say(bouncer.CHANNEL, "live")
            await dave.hears("heard: live")
        await dave.say(bouncer.CHANNEL, "!inc missed")
        await dave.barrier()
        await asyncio.sleep(1.1)  # the bouncer keeps whole seconds
        before = len(handler.lines)
        async with running(handler, settings):
            await handler.until(lambda: "!inc missed" in handler.said)
            await dave.say(bouncer.CHANNEL, "live again")
            await dave.hears("heard: live again")
    later = {line.text: line.source for line in handler.lines[before:]}
    assert later["!inc missed"] is Source.RECOVERED
    assert later["live again"] is Source.LIVE


async def test_links_lost_at_any_moment_cost_no_line_that_the_server_plays_back(inspircd):
    channel = fresh("#moc")
    settings = on(inspircd.easy_port, timeouts=Timeouts(stable=0.0))  # it comes back at once
    chance, said = random.Random(20180110), 0
    people = [await Visitor.arrive(fresh("who"), inspircd.easy_port, patience=30) for _ in "12345"]
    for person in people:
        await person.join(channel)
    oper = people[0]
    await oper.send(f"MODE {channel} +H 50:1h")
    await oper.send("OPER oper operpw")
    handler = Notebook(channel)

    async def talk(number):
        nonlocal said
        for _ in range(number):
            await chance.choice(people).say(channel, f"TL: entry {said}")
            said += 1

    async with running(handler, settings):
        for _ in range(LOST):
            since = oper.traffic.mark
            await talk(chance.randrange(4))
            await oper.send(f"KILL {settings.nick} :lost")
            await talk(chance.randrange(1, 5))
            await oper.hears(
                lambda m: m.command == "JOIN" and m.nick == settings.nick, since=since, patience=60
            )
        wanted = [f"TL: entry {number}" for number in range(said)]
        await handler.until(lambda: set(wanted) <= set(handler.said), 60)
    assert sorted(text for text in handler.said if text in set(wanted)) == sorted(wanted)
    for person in people:
        await person.quit()
