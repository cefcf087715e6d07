"""`ircbot init`: a newcomer's answers become a configuration that loads."""

import io
import sys

import pytest

from ircbot.cli.root import run
from ircbot.config import load_config

ANSWERS = """\
irc.example.org


mozmeao, #ops
incidents
grafana
Europe/Berlin
"""


@pytest.fixture
def init(tmp_path, capsys):
    """Answer the questions; gives the status, what was said, what was complained of."""

    def call(answers, output=tmp_path / "config.toml"):
        stdin, sys.stdin = sys.stdin, io.StringIO(answers)
        try:
            status = run(["init", "--output", str(output)])
        finally:
            sys.stdin = stdin
        shown = capsys.readouterr()
        return status, shown.out, shown.err

    return call


def test_the_answers_stand_in_a_configuration_that_loads(init, tmp_path):
    status, said, complained = init(ANSWERS)
    assert (status, complained) == (0, "")
    config = load_config(tmp_path / "config.toml")
    irc = config.values["irc"]
    assert (irc["host"], irc["port"], irc["tls"]) == ("irc.example.org", 6697, True)
    assert irc["channels"] == ("#mozmeao", "#ops")
    assert irc["nick"] == "ilbot"
    assert irc["sasl"]["account"] == "incidents"
    assert irc["sasl"]["password_file"] == tmp_path / "sasl-password"
    assert config.process == "grafana"
    assert str(config.zone) == "Europe/Berlin"
    assert "sasl-password, mode 600" in said
    assert "ircbot check --connect" in said


def test_what_is_not_answered_is_as_it_comes(init, tmp_path):
    assert init("irc.example.org\n\n\n#ops")[0] == 0
    config = load_config(tmp_path / "config.toml")
    assert config.process == "mozmeao"
    assert not config.is_given(("irc", "sasl"))


def test_the_plain_port_suggests_no_tls(init, tmp_path):
    assert init("localhost:6667\n\n\n#ops")[0] == 0
    irc = load_config(tmp_path / "config.toml").values["irc"]
    assert (irc["host"], irc["port"], irc["tls"]) == ("localhost", 6667, False)


def test_a_wrong_answer_is_asked_for_again(init, tmp_path):
    status, said, _ = init("two words\nirc.example.org\nperhaps\nno\n1st\nbot\n#a")
    assert status == 0
    assert "That must be a server, such as irc.example.org" in said
    assert "That must be yes or no." in said
    assert "That must be an IRC nick" in said
    irc = load_config(tmp_path / "config.toml").values["irc"]
    assert (irc["port"], irc["tls"], irc["nick"]) == (6667, False, "bot")


def test_an_empty_answer_is_told_what_is_wanted(init, tmp_path):
    status, said, _ = init("\nirc.example.org\n\n\n\n#a")
    assert status == 0
    assert "That must be a server, such as irc.example.org" in said
    assert "That must be names of channels, such as #incidents #ops." in said
    assert load_config(tmp_path / "config.toml").values["irc"]["channels"] == ("#a",)


def test_what_has_no_default_must_be_answered(init, tmp_path):
    status, _, complained = init("irc.example.org\n")
    assert status == 1
    assert complained == (
        "ircbot: the input ended before “Channels to watch and to tell” was answered.\n"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("answer", ["", "\n", "no\n"])
def test_a_file_that_is_there_is_kept_unless_one_says_otherwise(init, tmp_path, answer):
    (tmp_path / "config.toml").write_text("precious = true")
    status, _, complained = init(answer)
    assert status == 1
    assert "is left as it is; name another file with --output." in complained
    assert (tmp_path / "config.toml").read_text() == "precious = true"


def test_a_file_that_is_there_is_overwritten_when_one_says_so(init, tmp_path):
    (tmp_path / "config.toml").write_text("precious = true")
    assert init(f"yes\n{ANSWERS}")[0] == 0
    assert load_config(tmp_path / "config.toml").process == "grafana"
    assert [path.name for path in tmp_path.iterdir()] == ["config.toml"]


def test_a_folder_that_does_not_exist_is_named(init, tmp_path):
    status, _, complained = init(ANSWERS, tmp_path / "nowhere" / "config.toml")
    assert status == 1
    assert complained.endswith("config.toml.new: No such file or directory\n")
