"""Every fault that can be injected, seen from the client that suffers it."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable

import pytest
from faults import Faults, every_numeric, unanswering_port
from scripted import ScriptedServer
from test_server import ACCOUNTS, answers, room, serving

from ircbot.errors import NetworkError
from ircbot.network.server import Visitor
from ircbot.network.server.traffic import PATIENCE


async def gets_no_answer(waiting: Awaitable[object]) -> None:
    """Nothing comes for a moment."""
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await waiting


async def test_connections_are_refused_for_a_while():
    async with room("ann", "bob") as (server, ann, bob):
        faults = Faults(server)
        await faults.refuse_connections()
        with pytest.raises(NetworkError, match="There is no IRC server"):
            await Visitor.arrive("eve", server.port)
        await ann.say("#moc", "still here")
        await bob.hears("still here")
        await faults.accept_connections()
        async with await Visitor.arrive("eve", server.port):
            pass


async def test_a_new_link_is_silent():
    async with serving() as server:
        fault = Faults(server).new_links_are_silent()
        arriving = asyncio.create_task(Visitor.arrive("ann", server.port))
        await server.seen("USER")
        await gets_no_answer(arriving)
        assert fault.used == 1
        fault.lift()
        async with await Visitor.arrive("ann", server.port):
            pass


async def test_a_link_falls_silent_and_speaks_again():
    async with room("ann") as (server, ann):
        fault = Faults(server).silence("ann")
        await gets_no_answer(ann.barrier())
        fault.lift()
        await ann.barrier()


async def test_bytes_come_one_by_one():
    async with serving() as server:
        Faults(server).new_links_drip()
        pieces = Pieces()
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_connection(lambda: pieces, "127.0.0.1", server.port)
        transport.write(b"PING x\r\n")
        await pieces.whole
        assert pieces.read == [bytes([byte]) for byte in b":irc.localhost PONG irc.localhost x\r\n"]
        transport.close()


class Pieces(asyncio.Protocol):
    """What came with each read, until a line was whole."""

    def __init__(self):
        self.read = []
        self.whole = asyncio.get_running_loop().create_future()

    def data_received(self, data):
        self.read.append(data)
        if data.endswith(b"\n"):
            self.whole.set_result(None)


@pytest.mark.parametrize(("ending", "reason"), [("FIN", "closed by the server"), ("RST", "reset")])
async def test_a_link_is_cut_in_mid_line(ending, reason):
    async with room("ann", "bob") as (server, ann, bob):
        Faults(server).cut("bob", after=10, ending=ending)
        await ann.say("#moc", "hello")
        with pytest.raises(ConnectionError, match=f"the link ended .*{reason}"):
            await bob.hears("hello")
        await ann.hears("QUIT :dropped")


async def test_a_kill_is_said_with_or_without_an_end():
    async with room("ann", "bob") as (server, ann, bob):
        faults = Faults(server)
        faults.kill("ann", "K-lined: go away", close=False)
        await ann.hears("ERROR :Closing Link: (K-lined: go away)")
        faults.kill("bob", "Killed")
        await bob.hears("ERROR :Closing Link: (Killed)")
        with pytest.raises(ConnectionError):
            await bob.hears("more")
        assert server.world.user("ann") is not None


async def test_the_server_stops_reading():
    async with room("ann", "bob") as (server, ann, bob):
        fault = Faults(server).stop_reading("ann")
        await ann.say("#moc", "hello")
        await bob.barrier()
        assert not [m for m in bob.traffic.since(bob.heard_up_to) if m.command == "PRIVMSG"]
        fault.lift()
        await bob.hears("hello")


async def test_anything_can_be_injected():
    async with room("ann") as (server, ann):
        faults = Faults(server)
        faults.inject("ann", ":x!y@z PRIVMSG #moc :\x01DCC\x01", b"\xff\xfe :bad", "")
        faults.inject_bytes("ann", b"PING :half")
        faults.inject_bytes("ann", b"way\n")
        assert (await ann.hears("DCC")).text == "\x01DCC\x01"
        assert (await ann.hears("PING")).text == "halfway"
        faults.inject("ann", *every_numeric("ann"))
        await ann.hears(" 998 ")


async def test_cap_is_unknown():
    async with serving() as server:
        Faults(server).cap_unknown()
        ann = Visitor("ann")
        await ann.connect(server.port)
        for line in ("CAP LS 302", "NICK ann", "USER ann 0 * :Ann"):
            await ann.send(line)
        assert str(await ann.hears("421")) == ":irc.localhost 421 * CAP :Unknown command"
        await ann.be_welcomed()
        await ann.vanish()


async def test_cap_is_not_answered():
    async with serving() as server:
        Faults(server).cap_ignored()
        ann = Visitor("ann")
        await ann.connect(server.port)
        for line in ("CAP LS 302", "NICK ann", "USER ann 0 * :Ann"):
            await ann.send(line)
        await ann.be_welcomed()
        assert not [m for m in ann.traffic.since() if m.command == "CAP"]
        await ann.vanish()


async def test_capabilities_come_on_many_lines():
    async with serving() as server:
        Faults(server).cap_in_pieces()
        ann = Visitor("ann")
        await ann.connect(server.port)
        await ann.send("CAP LS 302")
        await ann.hears(lambda m: m.command == "CAP" and m.param(2) != "*")
        lines = [m for m in ann.traffic.since() if m.command == "CAP"]
        assert len(lines) > 5
        assert all(m.param(2) == "*" for m in lines[:-1])
        await ann.vanish()


async def test_one_capability_is_offered_and_refused():
    async with serving() as server:
        Faults(server).refuse_capability("server-time")
        with pytest.raises(NetworkError, match="does not offer"):
            await Visitor.arrive("ann", server.port, capabilities=("batch", "server-time"))
        async with await Visitor.arrive("ann", server.port, capabilities=("batch",)):
            pass


async def test_capabilities_come_and_go():
    async with room("ann", capabilities=("cap-notify", "server-time")) as (server, ann):
        faults = Faults(server)
        faults.offer_capability("sasl", "PLAIN")
        await ann.hears("CAP ann NEW :sasl=PLAIN")
        faults.withdraw_capability("server-time")
        await ann.hears("CAP ann DEL :server-time")
        await ann.send("PING now")
        assert (await ann.hears("PONG")).tags == {}


@pytest.mark.parametrize("numeric", ["902", "904", "905", "906", "907", "908"])
async def test_sasl_is_refused_once(numeric):
    async with serving(accounts=ACCOUNTS) as server:
        fault = Faults(server).sasl_refused(numeric, times=1)
        ann = Visitor("ann")
        await ann.connect(server.port)
        await ann.request(("sasl",))
        await ann.send("AUTHENTICATE PLAIN")
        await ann.hears(f" {numeric} ")
        await ann.log_in("ann", ACCOUNTS["ann"])
        assert fault.used == 1
        await ann.vanish()


async def test_sasl_is_not_answered():
    async with serving(accounts=ACCOUNTS) as server:
        Faults(server).sasl_unanswered()
        arriving = asyncio.create_task(Visitor.arrive("ann", server.port, account=("ann", "annpw")))
        await server.seen("AUTHENTICATE PLAIN")
        await gets_no_answer(arriving)


async def test_a_scram_proof_is_forged():
    from scramp import ScramClient, ScramException

    async with serving(accounts=ACCOUNTS) as server:
        Faults(server).forge_scram()
        ann = Visitor("ann")
        await ann.connect(server.port)
        await ann.request(("sasl",))
        client = ScramClient(["SCRAM-SHA-256"], "ann", ACCOUNTS["ann"])
        await ann.send("AUTHENTICATE SCRAM-SHA-256")
        await ann.hears("AUTHENTICATE +")
        for said, take in (
            (client.get_client_first, client.set_server_first),
            (client.get_client_final, client.set_server_final),
        ):
            await ann.send("AUTHENTICATE " + base64.b64encode(said().encode()).decode())
            answer = base64.b64decode((await ann.hears("AUTHENTICATE")).text).decode()
            if answer == "v=AAAA":
                with pytest.raises(ScramException):
                    take(answer)
                break
            take(answer)
        else:
            pytest.fail("the proof was not forged")
        await ann.vanish()


@pytest.mark.parametrize("numeric", ["432", "433", "437"])
async def test_nicks_are_refused_some_times(numeric):
    async with serving() as server:
        fault = Faults(server).refuse_nick(numeric, times=2)
        ann = Visitor("ann")
        await ann.connect(server.port)
        await ann.send("USER ann 0 * :Ann")
        for nick in ("ann", "ann_"):
            await ann.send(f"NICK {nick}")
            assert (await ann.hears(f" {numeric} ")).params[:2] == ("*", nick)
        await ann.send("NICK ann__")
        await ann.be_welcomed()
        assert fault.used == 2
        assert ann.nick == "ann__"
        await ann.vanish()


async def test_the_welcome_names_another_nick():
    async with serving() as server:
        Faults(server).give_another_nick("ann", "Guest1")
        async with await Visitor.arrive("ann", server.port) as ann:
            assert ann.nick == "Guest1"


@pytest.mark.parametrize("numeric", ["405", "437", "471", "473", "474", "475", "477"])
async def test_a_channel_cannot_be_joined_for_a_while(numeric):
    async with room("ann") as (server, ann):
        Faults(server).refuse_join("#Ops", numeric, times=1)
        with pytest.raises(NetworkError, match="may not join #ops"):
            await ann.join("#ops")
        await ann.join("#elsewhere")
        await ann.join("#ops")


async def test_talk_is_refused():
    async with room("ann") as (server, ann):
        fault = Faults(server).refuse_talk("#moc")
        assert (await answers(ann, "PRIVMSG #moc :hi"))[0] == (
            ":irc.localhost 404 ann #moc :Cannot send to channel"
        )
        fault.lift()
        assert await answers(ann, "PRIVMSG #moc :hi") == []


async def test_operators_rename_move_and_kick():
    async with room("ann", "bob", capabilities=("chghost",)) as (server, ann, bob):
        faults = Faults(server)
        faults.rename("ann", "Guest7")
        await bob.hears(":ann!ann@127.0.0.1 NICK Guest7")
        assert (await ann.hears("NICK Guest7")).command == "NICK"
        assert ann.nick == "Guest7"
        faults.set_host("bob", "bob", "cloak.example")
        await ann.hears("CHGHOST bob cloak.example")
        faults.force_join("bob", "#other")
        await bob.hears("JOIN #other")
        await bob.hears("366 bob #other")
        faults.force_part("bob", "#other")
        await bob.hears("PART #other")
        faults.mode("#moc", "+eo", "*!*@x", "bob")
        await ann.hears(":irc.localhost MODE #moc +eo *!*@x bob")
        faults.kick("#moc", "bob", "spam")
        await ann.hears(":irc.localhost KICK #moc bob spam")


@pytest.mark.parametrize("capabilities", [(), ("batch", "extended-join")])
async def test_three_hundred_people_split_off_and_come_back(capabilities):
    async with room("ann", capabilities=capabilities) as (server, ann):
        faults = Faults(server)
        nicks = [f"user{number}" for number in range(300)]
        for nick in nicks:
            faults.phantom(nick, "#moc")
        await ann.send("MODE #moc +o user7")
        await ann.hears("MODE")
        split = faults.split(nicks)
        faults.phantom_says(ann.nick, "#moc", "only me left")
        await ann.barrier()
        quits = [m for m in ann.traffic.since(ann.heard_up_to) if m.command == "QUIT"]
        assert len(quits) == 300
        assert {m.text for m in quits} == {"irc.localhost leaf.localhost"}
        assert {"batch" in m.tags for m in quits} == {bool(capabilities)}
        assert len(server.world.channel("#moc").members) == 1
        ann.heard_up_to = ann.traffic.mark
        faults.heal(split)
        await ann.hears(":irc.localhost MODE #moc +o user7")
        await ann.barrier()
        assert len([m for m in ann.traffic.since() if m.command == "JOIN"]) == 601
        faults.phantom_says("user7", "#moc", "back again")
        await ann.hears("back again")


async def test_who_left_during_a_split_does_not_come_back():
    async with room("ann", "bob") as (server, ann, bob):
        faults = Faults(server)
        split = faults.split(["bob"])
        await ann.hears(":bob!bob@127.0.0.1 QUIT")
        await bob.vanish()
        faults.heal(split)
        assert server.world.user("bob") is None


async def test_a_port_that_does_not_answer():
    async with unanswering_port() as port:
        await gets_no_answer(asyncio.open_connection("127.0.0.1", port))


async def test_a_server_is_played_by_hand():
    async with ScriptedServer() as server:
        arriving = asyncio.create_task(
            Visitor.arrive("ann", server.port, capabilities=("server-time",))
        )
        link = await server.next_link()
        assert await link.welcome(["server-time", "batch"]) == {"server-time"}
        ann = await arriving
        assert link.lines[0] == b"CAP LS 302"
        joining = asyncio.create_task(ann.join("#moc"))
        await link.let_join("#moc", "@bob")
        await joining
        link.send("@time=notatime :bob!b@h PRIVMSG #moc :hello")
        await link.send_slowly(b":bob!b@h PRIVMSG #moc :slow\r\n")
        await ann.hears("slow")
        await link.barrier()
        await ann.say("#moc", "bye")
        assert (await link.expect("PRIVMSG")).text == "bye"
        link.close()
        with pytest.raises(ConnectionError, match="closed by the server"):
            await ann.hears("more")
        await ann.vanish()


async def test_a_script_waits_for_the_next_link_and_says_what_did_not_come():
    async with ScriptedServer() as server:
        with pytest.raises(TimeoutError):
            await server.next_link(patience=0.05)
        ann = Visitor("ann")
        await ann.connect(server.port)
        link = await server.next_link()
        await ann.send("NICK ann")
        await link.traffic.wait("NICK ann", PATIENCE)
        with pytest.raises(TimeoutError, match=r"(?s)waited for 'USER'.*NICK ann"):
            await link.expect("USER", patience=0.05)
        link.reset()
        await link.ended()
        await ann.vanish()
