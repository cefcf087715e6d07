"""The registry of meanings: one that is made up works from its entry, its rule and a phrase."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from added import Added, Copy

from ircbot.incident.meanings import MEANINGS, check
from ircbot.incident.process import Phrase, Process, Role
from ircbot.incident.recognise import recognise
from ircbot.incident.rules.following import RULES, Rules, rule
from ircbot.incident.sayings import Lead, Ping

# What somebody adds who adds a meaning: the file, the line that it goes before, the text.
CLASS = (
    "sayings.py",
    "Saying = (\n",
    '@dataclass(frozen=True, slots=True)\nclass SendHome:\n    """`nick` has done enough."""\n\n'
    "    nick: str\n\n\n",
)
MEMBER = ("sayings.py", "    | Ping\n", "    | SendHome\n")
IMPORT = ("meanings.py", "    PromiseReport,\n", "    SendHome,\n")
ENTRY = (
    "meanings.py",
    '    Meaning("report",',
    "    Meaning(\n"
    '        "home", SendHome, "ping", lambda one, among: [SendHome(one.slots["nick"])],\n'
    '        needs=("nick",),\n'
    "    ),\n",
)
RULE_IMPORT = ("rules/following.py", "    PromiseReport,\n", "    SendHome,\n")
RULE = (
    "rules/following.py",
    "    | rule(Ping,",
    "    | rule(SendHome, lambda ctx, saying: ctx.answer_text(f'good night, {saying.nick}'))\n",
)
ALL = (CLASS, MEMBER, IMPORT, ENTRY, RULE_IMPORT, RULE)

PHRASE = """
[[phrases]]
means = "home"
say = ["<nick> can go to bed"]
examples = ["bob can go to bed"]
unlike = ["can bob go to bed?"]
"""
LOG = """\
2018-01-10T12:00:00  <ann> !inc declare NTP is down
2018-01-10T12:01:00  <ann> bob can go to bed
2018-01-10T12:02:00  <ann> can bob go to bed?
"""


def test_a_made_up_meaning_is_an_entry_a_rule_and_a_phrase(tmp_path: Path) -> None:
    bot = Copy(tmp_path, ALL)
    process = tmp_path / "ours.toml"
    process.write_text('include = ["english"]\n[roles.lead]\ntitle = "lead"\n' + PHRASE)
    (tmp_path / "ntp.log").write_text(LOG)

    checked = bot.run("process", "check", "ours.toml")
    assert (checked.returncode, checked.stderr) == (0, ""), checked.stdout

    explained = bot.run("explain", "--process", "ours.toml", "--json", "bob can go to bed")
    assert json.loads(explained.stdout)["meanings"] == [{"kind": "home", "nick": "bob"}]

    played = bot.run("rehearse", "ntp.log", "--channel", "#ntp", "--process", "ours.toml")
    assert played.stdout.count("ann: good night, bob") == 1, played.stdout + played.stderr

    process.write_text(process.read_text().replace("<nick> can", "all can"))
    wrong = bot.run("process", "check", "ours.toml")
    assert "a phrase that means `home` must hold <nick>" in wrong.stderr + wrong.stdout


@pytest.mark.parametrize(
    ("forgotten", "told"),
    [
        ((IMPORT, ENTRY), "SendHome needs an entry in meanings.MEANINGS"),
        ((RULE_IMPORT, RULE), "SendHome needs a rule in rules/following.py"),
    ],
)
def test_what_was_forgotten_of_a_meaning_is_told_at_import(
    tmp_path: Path, forgotten: tuple[Added, ...], told: str
) -> None:
    bot = Copy(tmp_path, [one for one in ALL if one not in forgotten])

    assert bot.run("process", "check", "mozmeao").stderr.splitlines()[-1] == f"TypeError: {told}"


def test_the_registry_and_its_rules_are_whole() -> None:
    check(MEANINGS)
    RULES.check(MEANINGS)
    lead = next(meaning for meaning in MEANINGS if meaning.saying is Lead)

    with pytest.raises(TypeError, match="Declare needs an entry"):
        check(MEANINGS[1:])
    with pytest.raises(TypeError, match=r"two entries .* are called lead"):
        check((*MEANINGS, lead))
    with pytest.raises(TypeError, match=r"two entries .* are called lead"):
        check([replace(meaning, name="lead") for meaning in MEANINGS])
    with pytest.raises(TypeError, match="lead names no act"):
        check(
            [replace(meaning, act="dance") if meaning is lead else meaning for meaning in MEANINGS]
        )
    with pytest.raises(TypeError, match="Declare needs a rule"):
        rule(Lead, lambda ctx, saying: None).check(MEANINGS)


def test_rules_that_are_joined_follow_each_their_own() -> None:
    said: list[object] = []
    rules: Rules[Lead | Ping] = rule(Lead, lambda ctx, saying: said.append("lead")) | rule(
        Ping, lambda ctx, saying: said.append(saying.nicks)
    )
    rules.follow(None, Ping(("bob",)))  # type: ignore[arg-type]
    rules.follow(None, Lead())  # type: ignore[arg-type]

    assert said == [("bob",), "lead"]


@pytest.mark.parametrize(
    ("phrase", "line"),
    [
        (Phrase("handoff", ("taking over [as <nick>]",)), "taking over"),
        (Phrase("handoff", ("taking over",), role="lead"), "taking over"),
        (Phrase("role", ("taking notes",), severity="1"), "taking notes"),
        (Phrase("promise", ("telling you [in <duration>]",)), "telling you"),
        (Phrase("promise", ("telling you in <duration>",)), "telling you in 0 minutes"),
        (Phrase("timeline", ("for the minutes",)), "for the minutes"),
    ],
)
def test_a_phrase_that_does_not_say_enough_means_nothing(phrase: Phrase, line: str) -> None:
    process = Process("ours", roles={"lead": Role("lead", "lead")}, phrases=(phrase,))

    assert recognise(line, process) == ()
