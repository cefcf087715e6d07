"""The bot on a network, from connecting to leaving, over real sockets."""

from __future__ import annotations

from datetime import UTC, datetime

from hostile.stage import repeat, scene

from ircbot.incident.line import LineKind


async def test_it_registers_joins_hears_and_answers():
    async with scene("#moc") as (server, ears, _):
        ears.answer = repeat
        link = await server.next_link()
        granted = await link.welcome(["server-time", "account-tag", "unheard-of"])
        assert granted == {"server-time", "account-tag"}
        await link.let_join("#moc", "@alice")
        link.send(
            "@time=2018-01-10T12:00:00.000Z;account=al "
            ":alice!a@host.example PRIVMSG #moc :TL: down"
        )
        await link.expect("PRIVMSG #moc :heard: TL: down")
        line = next(line for line in ears.lines if line.kind is LineKind.MESSAGE)
        assert (line.nick, line.account, line.host) == ("alice", "al", "a@host.example")
        assert line.operator
        assert line.at == datetime(2018, 1, 10, 12, tzinfo=UTC)


async def test_it_comes_back_after_the_server_has_gone():
    async with scene("#moc") as (server, ears, _):
        link = await server.next_link()
        await link.welcome()
        await link.let_join("#moc")
        await link.barrier()
        link.close()
        link = await server.next_link()
        await link.welcome()
        await link.let_join("#moc")
        await ears.until(lambda: bool(ears.gaps))
        channel, since, until = ears.gaps[0]
        assert channel == "#moc"
        assert since < until


async def test_it_says_quit_when_it_is_stopped():
    async with scene("#moc") as (server, _, bot):
        link = await server.next_link()
        await link.welcome()
        await link.let_join("#moc")
        bot.stop("back soon")
        await link.expect("QUIT :back soon")
