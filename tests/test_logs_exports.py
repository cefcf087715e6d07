"""Exports in JSON: Slack, Element, Mattermost, JSON lines."""

from __future__ import annotations

import json
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from ircbot.errors import Failed, Misuse
from ircbot.logs.formats.element import FORMAT as ELEMENT
from ircbot.logs.read import Log

NOON = 1515585600  # 2018-01-10 12:00 UTC


def read(path: Path, document: Any, *, indent: int | None = None) -> Log:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = document if isinstance(document, str) else json.dumps(document, indent=indent)
    path.write_text(text, encoding="utf-8")
    return Log(path, UTC)


def told(log: Log) -> list[str]:
    return [
        f"{line.at:%H:%M:%S} {line.channel} {line.kind} {line.nick} {line.text}".rstrip()
        for run in log.runs()
        for line in run.lines()
    ]


def slack(after: int, text: str, user: str = "U1", **more: Any) -> dict[str, Any]:
    return {"type": "message", "user": user, "text": text, "ts": f"{NOON + after}.000200"} | more


@pytest.mark.parametrize("indent", [None, 2])
def test_a_day_of_slack_is_told_in_the_order_of_its_times(tmp_path: Path, indent: int) -> None:
    users = [{"id": "U1", "name": "ann"}, {"id": "U2", "name": "bob"}]
    (tmp_path / "users.json").write_text(json.dumps(users))
    day = [
        slack(5, "MDN is &lt;down&gt;, <@U2>: see <https://x.example/a|the graph> in <#C1|moc>"),
        slack(0, "<@U2> has joined the channel", "U2", subtype="channel_join"),
        slack(7, "TL: one\nTL: two", "U2", thread_ts=f"{NOON + 5}.000200"),
        slack(8, "looks", "U2", subtype="me_message"),
        slack(9, "", files=[{"permalink": "https://f.example/1"}]),
        slack(10, "<!here> <https://y.example> <mailto:a@b.example|a@b.example>", "U3",
              user_profile={"name": "eve"}),
        slack(11, "up", "", subtype="bot_message", username="alert manager"),
        slack(12, "set the topic", subtype="channel_topic"),
    ]  # fmt: skip
    log = read(tmp_path / "incidents" / "2018-01-10.json", day, indent=indent)
    assert (log.format.name, log.channel, log.resolution) == ("slack", "#incidents", 1)
    assert told(log) == [
        "12:00:00 #incidents join bob",
        "12:00:05 #incidents message ann MDN is <down>, @bob: see the graph (https://x.example/a) in #moc",
        "12:00:07 #incidents message bob TL: one",
        "12:00:07 #incidents message bob TL: two",
        "12:00:08 #incidents action bob looks",
        "12:00:09 #incidents message ann https://f.example/1",
        "12:00:10 #incidents message eve @here https://y.example a@b.example",
        "12:00:11 #incidents message alert_manager up",
    ]
    assert log.odd_lines() == ""


def test_people_of_slack_go_by_their_ids_where_nobody_tells_their_names(tmp_path: Path) -> None:
    (tmp_path / "users.json").write_text("no JSON")
    log = read(tmp_path / "incidents" / "2018-01-10.json", [slack(0, "ask <@U2> or <@U3|eve>")])
    assert told(log) == ["12:00:00 #incidents message U1 ask @U2 or @eve"]


def test_the_channel_that_is_given_is_that_of_the_export(tmp_path: Path) -> None:
    read(path := tmp_path / "incidents" / "2018-01-10.json", [slack(0, "up")])
    assert told(Log(path, UTC, channel="#moc")) == ["12:00:00 #moc message U1 up"]


def element(after: int, sender: str, **more: Any) -> dict[str, Any]:
    event = {"type": "m.room.message", "sender": sender, "event_id": f"${after}"}
    content = {"msgtype": "m.text"} | more.pop("content", {})
    return event | {"content": content, "origin_server_ts": (NOON + after) * 1000} | more


def test_a_room_of_matrix_is_told_with_its_edits(tmp_path: Path) -> None:
    member = {"type": "m.room.member"}
    room = [
        element(0, "@ann:a.org", **member, state_key="@ann:a.org", content={"membership": "join"}),
        element(5, "@ann:a.org", content={"body": "MDN is dwon"}),
        element(6, "@ann:a.org", content={
            "body": "* MDN is down", "m.new_content": {"body": "MDN is down"},
            "m.relates_to": {"rel_type": "m.replace", "event_id": "$5"}}),
        element(7, "@bob:a.org", content={
            "body": "> <@ann:a.org> MDN is down\n\nTL: one\nTL: two",
            "m.relates_to": {"m.in_reply_to": {"event_id": "$5"}}}),
        element(8, "@bob:b.org", content={"msgtype": "m.emote", "body": "looks"}),
        element(9, "@bot:a.org", content={"msgtype": "m.notice", "body": "#1 recorded"}),
        element(10, "@bob:b.org", content={}),  # deleted
        element(11, "@bob:b.org", type="m.room.topic", content={"topic": "x"}),
        element(12, "@ann:a.org", **member, state_key="@ann:a.org",
                content={"membership": "join", "displayname": "Ann"},
                unsigned={"prev_content": {"membership": "join"}}),
        element(13, "@bob:b.org", **member, state_key="@bob:b.org",
                content={"membership": "leave", "reason": "lunch"}),
        element(14, "@ann:a.org", **member, state_key="@eve:a.org", content={"membership": "ban"}),
        element(15, "@ann:a.org", **member, state_key="@dan:a.org", content={"membership": "invite"}),
    ]  # fmt: skip
    log = read(
        tmp_path / "export.json", {"room_name": "Ops: incidents", "messages": room}, indent=2
    )
    assert (log.format.name, log.channel) == ("element", "#ops-incidents")
    assert told(log) == [
        "12:00:00 #ops-incidents join ann",
        "12:00:05 #ops-incidents message ann MDN is down",
        "12:00:07 #ops-incidents message bob:a.org TL: one",
        "12:00:07 #ops-incidents message bob:a.org TL: two",
        "12:00:08 #ops-incidents action bob:b.org looks",
        "12:00:13 #ops-incidents part bob:b.org lunch",
        "12:00:14 #ops-incidents kick eve",
    ]
    assert log.odd_lines() == ""


def test_the_bulk_export_of_mattermost_is_told_with_replies(tmp_path: Path) -> None:
    def post(user: str, message: str, after: int, **more: Any) -> dict[str, Any]:
        return {"user": user, "message": message, "create_at": (NOON + after) * 1000} | more

    objects = [
        {"type": "version", "version": 1},
        {"type": "user", "user": {"username": "ann"}},
        {"type": "post", "post": post("ann", "down", 0, channel="moc", replies=[post("bob", "yes", 9)])},
        {"type": "post", "post": post("bob", "bob joined", 5, channel="moc", type="system_join_channel")},
        {"type": "post", "post": post("bob", "x", 6, channel="moc", type="system_header_change")},
        {"type": "post", "post": {"channel": "moc", "user": "ann", "message": "when?"}},
        {"type": "post"},
        "rubbish",
    ]  # fmt: skip
    log = read(tmp_path / "export.jsonl", "\n".join(map(json.dumps, objects)))
    assert (log.format.name, log.channel) == ("mattermost", "#moc")
    assert told(log) == [
        "12:00:00 #moc message ann down",
        "12:00:05 #moc join bob",
        "12:00:09 #moc message bob yes",
    ]
    assert [number for number, _ in log.tally.shown] == [6, 7, 8]


def test_json_lines_carry_all_that_a_log_can(tmp_path: Path) -> None:
    text = """
{"at": "2018-01-10T12:00:00Z", "channel": "#moc", "nick": "ann", "text": "down", "operator": true}
{"at": "2018-01-10T13:00:01+01:00", "channel": "#mdndev", "nick": "bob", "kind": "join", "account": "robert"}
rubbish
{"at": "2018-01-10T12:00:02", "nick": "bob", "text": "of which zone?"}
{"at": "2018-01-10T12:00:02Z", "nick": "bob", "kind": "dance"}
{"at": "2018-01-10T12:00:02Z", "nick": 5}
{"at": "2018-01-10T12:00:03Z", "channel": "#moc", "nick": "ann", "kind": "nick", "text": "anna"}
[]
"""
    log = read(tmp_path / "all.jsonl", text)
    assert (log.format.name, log.channel) == ("jsonl", "#moc")
    lines = [line for run in log.runs() for line in run.lines()]
    assert [(line.at.second, line.channel, line.nick, line.account) for line in lines] == [
        (0, "#moc", "ann", None),
        (1, "#mdndev", "bob", "robert"),
        (3, "", "ann", None),
    ]
    assert lines[0].operator
    assert log.tally.odd == 5
    assert log.tally.shown[0] == (4, "rubbish")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (
            '[\n{"type": "message", "ts": "1"},\n',
            r"export\.json is not a complete JSON file: line 2",
        ),
        ("[" * 200_000, r"export\.json is not a complete JSON file: "),
        ("[\n" + "[" * 200_000, r"export\.json is not a complete JSON file: "),
    ],
)
def test_a_file_that_is_cut_off_is_refused(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(Failed, match=why):
        read(tmp_path / "export.json", text)


@pytest.mark.parametrize("document", [{"a": 1}, [{"ts": "1"}], [[1]], []])
def test_json_that_no_program_known_here_writes_is_refused(tmp_path: Path, document: Any) -> None:
    with pytest.raises(Misuse, match=r"in no log format known here \(.*element.*\)"):
        read(tmp_path / "export.json", document)


def test_what_is_no_event_is_counted(tmp_path: Path) -> None:
    room = [5, {"sender": "@ann:a.org"}, element(0, "@ann:a.org", origin_server_ts="noon"),
            element(0, "@ann:a.org", content={"body": 7}),
            element(0, "@ann:a.org", content={"body": "up"})]  # fmt: skip
    log = read(tmp_path / "export.json", {"room_name": "#moc:a.org", "messages": room})
    assert told(log) == ["12:00:00 #moc message ann up"]
    assert (log.channel, log.tally.odd) == ("#moc", 3)


def test_a_log_in_text_is_no_export() -> None:
    assert ELEMENT.rows("<ann> hello") is None
    assert ELEMENT.speech("12:00 <ann> hello", 6) is None
