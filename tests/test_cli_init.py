"""`ircbot init`: a newcomer's answers become a configuration that loads."""

import asyncio
import io
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from scripted import ScriptedServer

from ircbot.cli.init import server_trouble
from ircbot.cli.root import run
from ircbot.config import load_config
from ircbot.network.server import EmbeddedServer

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
            status = run(["init", "--offline", "--output", str(output)])
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
        "ircbot: the input ended before “Channels to watch and to notify” was answered.\n"
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


# --- what is asked of the server, and answers from a file ---------------------------------------


@pytest.fixture
def answered(tmp_path, capsys):
    """Take answers from a file; gives the status and what was said."""

    def call(text, *options):
        (tmp_path / "answers.toml").write_text(text)
        output = str(tmp_path / "config.toml")
        status = run(["init", "--answers", str(tmp_path / "answers.toml"), "-o", output, *options])
        shown = capsys.readouterr()
        return status, shown.out, shown.err

    return call


WANTED = """\
process = "grafana"
timezone = "UTC"
[irc]
host = "irc.example.org"
port = 6697
password = "sesame"
channels = ["#ops"]
[publish.wiki]
type = "webhook"
url = "https://wiki.example.org/x"
"""


def test_what_is_as_it_comes_is_not_written(answered, tmp_path):
    assert answered(WANTED)[0] == 0
    text = (tmp_path / "config.toml").read_text()
    assert "timezone" not in text
    assert "6697" not in text
    config = load_config(tmp_path / "config.toml")
    assert (config.process, config.values["irc"]["port"]) == ("grafana", 6697)
    assert config.values["irc"]["channels"] == ("#ops",)
    assert (tmp_path / "config.toml").stat().st_mode & 0o777 == 0o600  # it holds a password


def test_the_same_answers_change_nothing_and_others_say_what(answered, tmp_path):
    assert "changed\n" in answered(WANTED)[1]
    before = (tmp_path / "config.toml").stat()
    assert answered(WANTED)[1] == f"{tmp_path / 'config.toml'}: unchanged\n"
    assert (tmp_path / "config.toml").stat().st_mtime_ns == before.st_mtime_ns
    other = WANTED.replace("grafana", "openverse").replace("sesame", "pepper")
    wanted = (
        f"{tmp_path / 'config.toml'}: would be changed\n"
        '  process: "grafana" -> "openverse"\n'
        "  irc.password: (secret) -> (secret)\n"
    )
    assert answered(other, "--dry-run")[1] == wanted
    assert load_config(tmp_path / "config.toml").process == "grafana"
    assert answered(other)[1] == wanted.replace("would be ", "")
    assert load_config(tmp_path / "config.toml").process == "openverse"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[irc]\nhots = "x"\n', "host"),
        ('process = "grafanna"\n', "did you mean `grafana`?"),
        ("process = \n", "answers.toml"),
    ],
)
def test_wrong_answers_are_refused_and_nothing_is_written(answered, tmp_path, text, sentence):
    status, _, complained = answered(text)
    assert status == 2
    assert sentence in complained
    assert [path.name for path in tmp_path.iterdir()] == ["answers.toml"]


def test_an_unknown_process_is_asked_for_again(init, tmp_path):
    status, said, _ = init("irc.example.org\n\n\n#ops\n\ngrafanna\ngrafana\n")
    assert status == 0
    assert "did you mean `grafana`?" in said
    assert load_config(tmp_path / "config.toml").process == "grafana"


def test_the_server_is_looked_for_and_the_bot_registered(tmp_path):
    async def asked():
        server = EmbeddedServer()
        await server.start(port=0)
        try:
            answers = f"127.0.0.1:{server.port}\nno\n\n#ops\n"
            return server.port, await asyncio.to_thread(by_program, answers, tmp_path)
        finally:
            await server.stop()

    port, done = asyncio.run(asked())
    assert done.returncode == 0, done.stderr
    assert f"127.0.0.1 port {port} answers." in done.stdout
    assert f"127.0.0.1:{port}: registered as ilbot" in done.stdout


def by_program(answers, folder):
    return subprocess.run(
        [sys.executable, "-m", "ircbot", "init", "-o", str(folder / "config.toml")],
        input=answers,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent.parent,
        timeout=60,
    )


def test_a_server_that_does_not_answer_is_said():
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        assert "does not answer" in asyncio.run(server_trouble("127.0.0.1", port, tls=False))


async def test_a_certificate_of_an_authority_of_ones_own_is_said_and_how_to_trust_it(certificates):
    async with ScriptedServer(certificates.server_context()) as server:
        trouble = await server_trouble("127.0.0.1", server.port, tls=True)
    assert trouble.startswith("the certificate of 127.0.0.1 is not accepted: ")
    assert trouble.endswith(" (set tls_ca_file if its authority is your own).")


def test_a_name_that_cannot_be_found_is_said():
    assert "cannot be resolved" in asyncio.run(server_trouble("a.invalid", 6697, tls=True))


def test_a_server_that_is_not_there_can_be_taken_all_the_same_or_named_anew(tmp_path):
    done = by_program("a.invalid\n\nno\nb.invalid\n\n\n\n#a\n", tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("cannot be resolved") == 2
    assert "registered" not in done.stdout
    irc = load_config(tmp_path / "config.toml").values["irc"]
    assert (irc["host"], irc["channels"]) == ("b.invalid", ("#a",))
