"""Processes written from docs/processes.md alone, as an organisation that we do not know would."""

from __future__ import annotations

from pathlib import Path

import pytest
from core import Talk, setting

from ircbot.errors import ProcessError
from ircbot.incident.meanings import SPOKEN
from ircbot.processes import read_process
from ircbot.processes.examples import numbered

HERE = Path(__file__).parent


@pytest.mark.parametrize("file", ["processes/ixp.toml", "languages/spanish.toml"])
def test_the_examples_of_an_organisation_are_understood(file: str) -> None:
    assert [sentence for _, sentence in numbered(read_process(HERE / file))] == []


def test_an_exchange_keeps_its_record_with_log_lines() -> None:
    own = read_process(HERE / "processes" / "ixp.toml")
    talk = Talk(setting(own, channels=("#noc", "#members"), products={}))
    written = talk.tell(
        """
        --- #noc
        12:00 <ann> major incident: rs1 has no sessions
        12:01 <dan> !log rebooting rs1
        12:02 <cat> I am the member liaison
        12:03 <dan> I am the second incident manager
        12:04 <ann> this is a sev 1
        12:06 <cat> members informed
        12:07 <dan> this smells like a route leak
        12:08 <ann> handing over to bob
        12:31 <bob> !inc resolve rs1 has its sessions again
        """
    )
    [incident] = talk.state.incidents.values()
    assert [note.text for note in incident.notes] == ["rebooting rs1"]
    assert incident.severity == "SEV-1"
    held = [(term.role, term.holder.nick) for term in incident.terms]
    assert held == [("lead", "ann"), ("members", "cat"), ("deputy", "dan"), ("lead", "bob")]
    assert any("-ilbot:dan-" in line and "#noc-sec" in line for line in written)
    assert any("incident report to the members is due" in line for line in written)


def test_a_library_consortium_works_in_spanish() -> None:
    own = read_process(HERE / "languages" / "spanish.toml")
    talk = Talk(setting(own, channels=("#catalogo", "#bibliotecas")))
    talk.tell(
        """
        --- #catalogo
        12:00 <ana> ¡abro una incidencia: el catálogo no responde!
        12:01 <ana> soy la coordinadora
        12:02 <luz> soy la portavoz
        12:03 <ana> estado: reiniciamos el servidor
        12:04 <ana> próximo aviso a las 12:30
        12:05 <ana> eva: ¿puedes coordinar?
        12:06 <eva> vale
        12:07 <luz> ¿la incidencia está resuelta?
        12:08 <luz> TL hace 10 minutos: primera llamada
        12:09 <eva> el catálogo vuelve a funcionar
        12:10 <eva> sí
        """
    )
    [incident] = talk.state.incidents.values()
    assert incident.status == "resolved"
    assert [term.holder.nick for term in incident.terms if term.role == "lead"] == ["ana", "eva"]
    assert "luz" in [term.holder.nick for term in incident.terms if term.role == "avisos"]
    assert [update.text for update in incident.updates] == ["reiniciamos el servidor"]
    assert incident.notes[0].text == "primera llamada"


def test_two_who_lead_are_refused_with_the_way_to_write_it(tmp_path: Path) -> None:
    text = (HERE / "processes" / "ixp.toml").read_text()
    path = tmp_path / "two.toml"
    path.write_text(text.replace('title = "incident manager"', 'title = "IM"\nholders = 2'))
    with pytest.raises(ProcessError, match="a further role for who leads beside them"):
        read_process(path)


# --- every meaning of the documented table, by words that nobody has ever used ---------------------

OPEN = """
    --- #mozmeao
    12:00 <ann> !inc declare NTP is down
    12:01 <dan> TL: the clock is late
"""
OFFERED = OPEN + "12:02 <ann> !inc handoff dan\n"
OVER = OPEN + "12:02 <ann> !inc resolve\n"

# means: (its phrase, what is said before, what is said by whom, what is recorded or told).
USES: dict[str, tuple[str, str, str, str]] = {
    "declare": ("zap [: <summary>]", "", "<ann> zap: NTP is down", "Declared"),
    "timeline": ("zap <text>", OPEN, "<dan> zap the disk is full", "Noted"),
    "lead": ("zap", "12:00 <ann> zork: NTP is down", "<dan> zap", "RoleTaken"),
    "role": ("zap <role>", OPEN, "<dan> zap scribe", "RoleTaken"),
    "severity": ("zap <severity>", OPEN, "<ann> zap sev 1", "SeveritySet"),
    "channel": ("zap <channel>", OPEN, "<ann> zap #moc", "CommsSet"),
    "video": ("zap <url>", OPEN, "<ann> zap https://meet.example/x", "VideoSet"),
    "ping": ("zap <people>", OPEN, "<ann> zap bob: NTP is down", "Notified"),
    "promise": ("zap <duration>", OPEN, "<ann> zap 20 minutes", "Promised"),
    "handoff": ("zap <nick>", OPEN, "<ann> zap dan", "RoleOffered"),
    "resolve": ("zap", OPEN, "<ann> zap", "Resolved"),
    "report": ("zap", OPEN, "<ann> zap", "ReportPromised"),
    "offer": ("zap <nick>", OPEN, "<ann> zap dan", "RoleOffered"),
    "appoint": ("zap <nick>", OPEN, "<ann> zap dan", "RoleOffered"),
    "accept": ("zap", OFFERED, "<dan> zap", "RoleTaken"),
    "decline": ("zap", OFFERED, "<dan> zap", "OfferDeclined"),
    "yes": ("zap", OFFERED, "<dan> zap", "RoleTaken"),
    "no": ("zap", OFFERED, "<dan> zap", "OfferDeclined"),
    "refuse": ("zap", OFFERED, "<dan> zap", "OfferDeclined"),
    "volunteer": ("zap", "12:00 <ann> zork: NTP is down", "<dan> zap", "RoleTaken"),
    "step-down": ("zap", OPEN, "<ann> zap", "QuestionAsked"),
    "good-bye": ("zap", OPEN, "<ann> zap", "QuestionAsked"),
    "move": ("zap <channel>", OPEN, "<ann> zap #moc", "CommsSet"),
    "meet": ("zap <url>", OPEN, "<ann> zap https://meet.example/x", "VideoSet"),
    "update": ("zap <text>", OPEN, "<ann> zap half is back", "Updated"),
    "next": ("zap <duration>", OPEN, "<ann> zap 20 minutes", "Promised"),
    "impact": ("zap <text>", OPEN, "<eve> zap nobody can log in", "ImpactSet"),
    "root-cause": ("zap <text>", OPEN, "<eve> zap a full disk", "ProseWritten"),
    "cause": ("zap <text>", OVER, "<ann> zap a full disk", "ProseWritten"),
    "mitigated": ("zap", OPEN, "<ann> zap", "MilestoneSet"),
    "over": ("zap", OPEN, "<ann> zap", "QuestionAsked"),
    "report-writer": ("zap <they>", OVER, "<ann> zap dan", "ReportPromised"),
    "back": ("zap", OVER, "<eve> zap", "QuestionAsked"),
    "withdraw": ("zap", OPEN, "<ann> zap", "QuestionAsked"),
    "hypothesis": ("zap <text>", OPEN, "<eve> zap a full disk", "HypothesisAdded"),
    "props": ("zap <nick>", OPEN, "<eve> zap dan", "PropsGiven"),
    "action": ("zap <text>", OPEN, "<eve> zap watch the disk", "ActionAdded"),
    "link": ("zap <url>", OPEN, "<eve> zap https://docs.example/x", "Linked"),
    "message": ("zap", OPEN, "<ann> zap", "Messaged"),
    "ask-lead": ("zap", OPEN, "<eve> zap", "ann is chief"),
    "ask-status": ("zap", OPEN, "<eve> zap", "Incident 1 (open)"),
}

MADE_UP = """
[roles.lead]
title = "chief"
[roles.scribe]
title = "scribe"
[messages.news]
text = "Dear all."
[[phrases]]
means = "declare"
say = ["zork : <summary>"]
examples = ["zork: NTP is down"]
[[phrases]]
"""


def test_each_meaning_of_the_table_is_used() -> None:
    assert USES.keys() == set(SPOKEN)


@pytest.mark.parametrize("means", USES)
def test_a_meaning_works_by_made_up_words(tmp_path: Path, means: str) -> None:
    say, before, said, expected = USES[means]
    more = '\nmessage = "news"' if means == "message" else ""
    path = tmp_path / "made-up.toml"
    path.write_text(f'{MADE_UP}means = "{means}"{more}\nsay = ["{say}"]\nexamples = ["{say}"]\n')
    talk = Talk(setting(read_process(path)))
    if before:
        talk.tell(before)
    count = len(talk.pages.written)
    told = talk.tell(f"12:03 {said}")
    recorded = {type(entry.event).__name__ for entry in talk.pages.written[count:]}
    assert expected in recorded or any(expected in line for line in told), (recorded, told)
