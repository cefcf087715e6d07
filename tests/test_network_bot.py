"""The bot on a network, from connecting to leaving, over real sockets."""

from __future__ import annotations

from hostile.fakes import answer_all, scene

from ircbot.incident.line import LineKind


async def test_it_registers_joins_hears_and_answers() -> None:
    async with scene("#moc") as (server, ears, _):
        ears.answer = answer_all
        peer = await server.peer()
        await peer.register(capabilities="server-time account-tag unheard-of")
        await peer.joined("#moc", "ilbot", "@alice")
        peer.send(
            "@time=2018-01-10T12:00:00.000Z;account=al :alice!a@host.test PRIVMSG #moc :TL: down"
        )
        await peer.expect(r"^PRIVMSG #moc :heard: TL: down$")
        line = next(line for line in ears.lines if line.kind is LineKind.MESSAGE)
        assert (line.nick, line.account, line.host) == ("alice", "al", "a@host.test")
        assert line.operator
        assert line.at.isoformat() == "2018-01-10T12:00:00+00:00"
        assert peer.lines[0] == "CAP LS 302"
        assert "CAP REQ :server-time account-tag" in peer.lines


async def test_it_comes_back_after_the_server_has_gone() -> None:
    async with scene("#moc") as (server, ears, _):
        peer = await server.peer()
        await peer.register()
        await peer.joined("#moc")
        peer.close()
        peer = await server.peer()
        await peer.register()
        await peer.joined("#moc")
        await ears.until(lambda: bool(ears.gaps))
        channel, since, until = ears.gaps[0]
        assert channel == "#moc"
        assert since < until


async def test_it_says_quit_when_it_is_stopped() -> None:
    async with scene("#moc") as (server, _, bot):
        peer = await server.peer()
        await peer.register()
        await peer.joined("#moc")
        bot.stop("back soon")
        await peer.expect("^QUIT :back soon$")
