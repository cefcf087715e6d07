"""What the embedded server answers to each command, word for word.

Every dialogue happens in #moc, where ann is the operator and bob a member; "bob> " before a line
lets bob send it. What the last line is answered is compared; `S` is the server, `A` ann.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from test_server import answers, room

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NAMES_END = "S 366 ann #moc :End of /NAMES list."
WHO_END = "S 315 ann {} :End of /WHO list."

DIALOGUES = [
    # being in channels
    (["JOIN #moc"], []),
    (["JOIN #a,#b"], ["A JOIN #a", "S 353 ann = #a :@ann", "S 366 ann #a :End of /NAMES list.",
                      "A JOIN #b", "S 353 ann = #b :@ann", "S 366 ann #b :End of /NAMES list."]),
    (["JOIN 0"], ["A PART #moc :Left all channels"]),
    (["PART #a"], ["S 403 ann #a :No such channel"]),
    (["bob> JOIN #b", "PART #b"], ["S 442 ann #b :You are not on that channel"]),
    (["NAMES"], ["S 366 ann * :End of /NAMES list."]),
    (["NAMES #nowhere"], ["S 366 ann #nowhere :End of /NAMES list."]),
    (["MODE #moc +s", "NAMES #moc"], ["S 353 ann @ #moc :@ann bob", NAMES_END]),
    (["TOPIC #moc :it broke", "TOPIC #moc"],
     ["S 332 ann #moc :it broke", "S 333 ann #moc ann!ann@127.0.0.1 :0"]),
    (["INVITE nobody #moc"], ["S 401 ann nobody :No such nick/channel"]),
    (["INVITE bob #nowhere"], ["S 403 ann #nowhere :No such channel"]),
    (["INVITE bob #moc"], ["S 443 ann bob #moc :is already on channel"]),
    (["KICK #nowhere bob"], ["S 403 ann #nowhere :No such channel"]),
    (["KICK #moc nobody"], ["S 401 ann nobody :No such nick/channel"]),
    (["bob> PART #moc", "KICK #moc bob"], ["S 441 ann bob #moc :They are not on that channel"]),
    (["KICK #moc bob"], ["A KICK #moc bob ann"]),
    (["LIST #m*"], ["S 321 ann Channel :Users Name", "S 322 ann #moc 2 :", "S 323 ann :End of /LIST"]),
    (["LIST #x"], ["S 321 ann Channel :Users Name", "S 323 ann :End of /LIST"]),
    # modes
    (["MODE #nowhere"], ["S 403 ann #nowhere :No such channel"]),
    (["MODE #moc +kl secret 9", "MODE #moc"],
     ["S 324 ann #moc +ntkl secret :9", "S 329 ann #moc :0"]),
    (["MODE #moc +k secret", "MODE #moc +k secret"], []),
    (["MODE #moc +k"], []),
    (["MODE #moc +k secret", "MODE #moc -k x"], ["A MODE #moc -k secret"]),
    (["MODE #moc -k x"], []),
    (["MODE #moc +l many"], []),
    (["MODE #moc +l 5", "MODE #moc -l"], ["A MODE #moc -l"]),
    (["MODE #moc -l"], []),
    (["MODE #moc +n"], []),
    (["MODE #moc +o"], []),
    (["MODE #moc +o nobody"], ["S 401 ann nobody :No such nick/channel"]),
    (["bob> PART #moc", "MODE #moc +o bob"], ["S 441 ann bob #moc :They are not on that channel"]),
    (["MODE #moc +o ann"], []),
    (["MODE #moc +b a!b@c", "MODE #moc +b A!B@C"], []),
    (["MODE #moc +b a!b@c", "MODE #moc -b+v a!b@c bob"], ["A MODE #moc -b+v a!b@c bob"]),
    (["MODE #moc b"], ["S 368 ann #moc :End of channel ban list"]),
    (["MODE bob"], ["S 502 ann :Cannot change or view modes of other users"]),
    (["MODE nobody"], ["S 401 ann nobody :No such nick/channel"]),
    (["MODE ann +iQ"], ["S 501 ann :Unknown user mode", "A MODE ann +i"]),
    (["MODE ann +iB", "MODE ann -i", "MODE ann"], ["S 221 ann :+B"]),
    # talking
    (["PRIVMSG #nowhere :hi"], ["S 403 ann #nowhere :No such channel"]),
    (["NOTICE #nowhere :hi", "NOTICE nobody :hi", "NOTICE", "NOTICE #moc"], []),
    (["bob> AWAY :lunch", "PRIVMSG bob :hi"], ["S 301 ann bob :lunch"]),
    (["AWAY :lunch", "AWAY"], ["S 305 ann :You are no longer marked as being away"]),
    (["PRIVMSG a,b,c,d,e :hi"],
     ["S 407 ann e :Too many targets"] + [f"S 401 ann {n} :No such nick/channel" for n in "abcd"]),
    (["MODE #moc +b bob", "bob> PRIVMSG #moc :hi"], ["S 404 bob #moc :Cannot send to channel"]),
    # services
    (["PRIVMSG NickServ :IDENTIFY x"],
     [":NickServ!NickServ@services.localhost NOTICE ann :\x02ann\x02 is not a registered nickname."]),
    (["NICKSERV :LOGOUT"],
     ["S 901 ann ann!ann@127.0.0.1 :You are now logged out",
      ":NickServ!NickServ@services.localhost NOTICE ann :You have been logged out."]),
    (["NS DANCE"],
     [":NickServ!NickServ@services.localhost NOTICE ann :Invalid command. NickServ knows IDENTIFY, "
      "LOGOUT, GHOST, REGAIN, RELEASE."]),
    # asking
    (["WHO bob"], ["S 352 ann #moc bob 127.0.0.1 irc.localhost bob H :0 bob", WHO_END.format("bob")]),
    (["WHO nobody"], [WHO_END.format("nobody")]),
    (["WHO #nowhere"], [WHO_END.format("#nowhere")]),
    (["bob> AWAY :x", "WHO bob %na"], ["S 354 ann bob :0", WHO_END.format("bob")]),
    (["WHO 127.* %n"], ["S 354 ann :ann", "S 354 ann :bob", WHO_END.format("127.*")]),
    (["WHOIS"], ["S 431 ann :No nickname given"]),
    (["WHOIS irc.localhost bob"],
     ["S 311 ann bob bob 127.0.0.1 * :bob", "S 319 ann bob :#moc",
      "S 312 ann bob irc.localhost :Localhost", "S 317 ann bob 0 0 :seconds idle, signon time",
      "S 318 ann bob :End of /WHOIS list."]),
    (["bob> AWAY :x", "bob> PART #moc", "WHOIS bob"],
     ["S 311 ann bob bob 127.0.0.1 * :bob", "S 312 ann bob irc.localhost :Localhost",
      "S 301 ann bob :x", "S 317 ann bob 0 0 :seconds idle, signon time",
      "S 318 ann bob :End of /WHOIS list."]),
    (["MONITOR + bob,eve", "MONITOR L"], ["S 732 ann :bob,eve", "S 733 ann :End of MONITOR list"]),
    (["MONITOR + bob,eve", "MONITOR - bob", "MONITOR S"], ["S 731 ann :eve"]),
    (["MONITOR + bob", "MONITOR C", "MONITOR L"], ["S 733 ann :End of MONITOR list"]),
    (["MONITOR + bob"], ["S 730 ann :bob!bob@127.0.0.1"]),
    (["MONITOR + " + ",".join(f"n{n}" for n in range(60)), "MONITOR + " + ",".join(f"m{n}" for n in range(42))],
     [f"S 731 ann :m{n}" for n in range(40)] + ["S 734 ann 100 m40,m41 :Monitor list is full"]),
    (["TIME"], ["S 391 ann irc.localhost :1970-01-01 00:00:00 UTC"]),
    (["INFO"], ["S 371 ann :The IRC server that comes with ircbot.", "S 374 ann :End of /INFO list."]),
    # the rest
    (["PASS x"], ["S 462 ann :You are already registered"]),
    (["NICK ANN"], ["A NICK ANN"]),
    (["NICK nickserv"], ["S 432 ann nickserv :Erroneous nickname"]),
    (["NICK ann"], []),
    (["NICK bob"], ["S 433 ann bob :Nickname is already in use"]),
    (["PING"], ["S 409 ann :No origin specified"]),
    (["CHATHISTORY TARGETS timestamp=a timestamp=b 5"], []),
    (["SETNAME :Ann of IT", "WHO ann"],
     ["S 352 ann #moc ann 127.0.0.1 irc.localhost ann H@ :0 Ann of IT", WHO_END.format("ann")]),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "expected"), DIALOGUES, ids=lambda v: " / ".join(v)[:60])
async def test_the_dialogue(lines, expected):
    async with room("ann", "bob", now=lambda: EPOCH) as (_, ann, bob):
        *before, last = lines
        for line in before:
            await answers(*_spoken(line, ann, bob))
            await ann.barrier()
        got = await answers(*_spoken(last, ann, bob))
        assert [_short(line) for line in got] == expected


def _spoken(line, ann, bob):
    return (bob, line.removeprefix("bob> ")) if line.startswith("bob> ") else (ann, line)


def _short(line):
    return line.replace(":irc.localhost ", "S ", 1).replace(":ann!ann@127.0.0.1 ", "A ", 1)


async def test_who_has_gone_is_remembered_for_a_while():
    async with room("ann", "bob") as (_, ann, bob):
        await bob.quit()
        await ann.hears("QUIT")
        assert await answers(ann, "WHOWAS bob") == [
            ":irc.localhost 314 ann bob bob 127.0.0.1 * :bob",
            ":irc.localhost 369 ann bob :End of WHOWAS",
        ]
