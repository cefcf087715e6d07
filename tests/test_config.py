"""The configuration: what it says when it is right, and above all when it is wrong."""

import re
import tomllib
from datetime import UTC, timedelta
from pathlib import Path

import pytest

from ircbot.config import default_config, find_config, load_config
from ircbot.config.example import example
from ircbot.config.keys import ROOT, ConfigSection, written_keys
from ircbot.errors import ConfigError
from ircbot.incident.acts import DEFAULT_ACCESS

TOP = Path(__file__).parent.parent


@pytest.fixture
def config_of(tmp_path):
    """Load a configuration from its text."""

    def load(text):
        path = tmp_path / "config.toml"
        path.write_text(text)
        return load_config(path)

    return load


def uncommented(text):
    """The example with every optional key switched on; prose keeps its blank after the "#"."""
    return re.sub(r"(?m)^#(?=\S)", "", text)


def places(section: ConfigSection, place=()):
    """Every key of the table, as the example shows it."""
    for key in written_keys(section):
        if not section.shown or key.name in section.shown:
            yield (*place, key.name)
    for sub in section.sections:
        if not section.shown:
            yield from places(
                sub, (*place, sub.name, *([sub.named] if sub.named else [0] if sub.many else []))
            )


def at(values, place):
    for part in place:
        values = values[part]
    return values


def test_the_example_is_the_one_the_table_of_keys_writes():
    assert (TOP / "config.example.toml").read_text() == example()


def test_the_example_loads_as_it_is():
    assert load_config(TOP / "config.example.toml").values["irc"]["host"] == "irc.example.org"


@pytest.mark.parametrize("place", list(places(ROOT)), ids=lambda place: ".".join(map(str, place)))
def test_the_example_shows_every_key(place):
    at(tomllib.loads(uncommented(example())), place)


def test_the_example_loads_with_everything_switched_on(config_of):
    config = config_of(uncommented(example()))
    assert config.values["products"]["Shop"]["engineers"] == ("bob", "carol")
    assert config.values["channels"]["#shop"]["process"] == "openverse"


def test_the_example_changes_no_default_but_server_and_channels(config_of):
    shown, default = config_of(example()).values, config_of("").values
    assert {
        place
        for place in places(ROOT)
        if not {"products", "people", "channels", "networks", "publish", "rotas"} & {place[0]}
        and place[:2] != ("irc", "relays")
        and at(shown, place) != at(default, place)
    } == {("irc", "host"), ("irc", "channels")}


def test_who_may_do_what_is_by_default_as_the_core_says(config_of):
    access = dict(config_of("").values["access"])
    assert access.pop("operators") == ()
    assert access == DEFAULT_ACCESS


def test_the_contract_s_own_example_loads(config_of, tmp_path):
    config = config_of("""
process = "mozmeao"
timezone = "UTC"

[irc]
host = "irc.example.org"
port = 6697
tls = true
tls_ca_file = "ca.pem"
tls_fingerprints = []
nick = "ilbot"
username = "ilbot"
realname = "incident bot"
password_file = "server-password"
channels = ["#mozmeao", "#meao-infra", "#moc"]
prefix = "!inc"

[irc.sasl]
mechanism = "PLAIN"
account = "ilbot"
password_file = "sasl-password"
certificate_file = "bot.pem"
required = false

[store]
path = "incidents"

[report]
directory = "reports"
format = "mana"
templates = "my-templates"

[products.MDN]
lead = "jwhitlock"
engineers = ["rjohnson"]
channel = "#mdndev"
""")
    assert config.store.path == tmp_path / "incidents"
    assert config.report.templates == tmp_path / "my-templates"
    assert config.report.formats == ("mana",)
    assert config.zone is UTC


MISTAKES = [
    # (the file, the line, what the sentence says)
    ("[irc]\nprot = 6697", 2, "there is no key `prot` in [irc]; did you mean `port`?"),
    ("[ircs]\nport = 6697", 1, "there is no key `ircs` at the top; did you mean `irc`?"),
    ("nick = 'x'", 1, "there is no key `nick` at the top; it belongs in [irc]."),
    ("[store]\n\nxyzzy = 1", 3, "there are afterwards, dsn, dsn_file, engine, keep, path, unit."),
    ("[irc]\nport = '6697'", 2, '`irc.port` must be a whole number from 1 to 65535, not "6697".'),
    ("[irc]\nport = 0", 2, "`irc.port` must be a whole number from 1 to 65535, not 0."),
    ("[irc]\nport = true", 2, "not true."),
    ("[irc]\ntls = 1", 2, "`irc.tls` must be true or false, not 1."),
    ("[irc]\ntls = 'yes'", 2, '`irc.tls` must be true or false, not "yes".'),
    ("[irc]\nhost = 'irc.example.org:6697'", 2, "must be a host name or address without a port"),
    ("[irc]\nhost = 'irc://x'", 2, "must be a host name or address without a port"),
    ("[irc]\nservers = ['x:99999']", 2, "must be a list of servers"),
    ("[irc]\nservers = [1]", 2, "must be a list of servers"),
    ("[irc]\nnick = 'two words'", 2, "must be an IRC nick"),
    ("[irc]\nnick = '1st'", 2, "must be an IRC nick"),
    ("[irc]\nchannels = ['mozmeao']", 2, "must be a list of IRC channels"),
    ("[irc]\nchannels = [\n  '#a',\n  2,\n]", 2, 'not ["#a", 2].'),
    ("[irc]\ntls_fingerprints = ['abc']", 2, "64 hexadecimal digits"),
    ("[irc]\nrealname = 3\n", 2, "must be a text in quotes, in one line, not 3."),
    ("[irc]\nrealname = 'x\\ny'".replace("'", '"'), 2, "must be a text in quotes"),
    ("[irc.sasl]\nmechanism = 'CRAM'", 2, 'one of "PLAIN", "EXTERNAL", "SCRAM-SHA-256"'),
    ("[irc.pace]\nrate = 0", 2, "must be a number above 0, not 0."),
    ("[irc.pace]\nrate = inf", 2, "must be a number above 0, not inf."),
    ("timezone = 'Mars/Base'", 1, '`timezone` must be a time zone, such as "UTC"'),
    ("timezone = '../etc/passwd'", 1, "must be a time zone"),
    ("timezone = ''", 1, "must be a time zone"),
    ("[store]\nkeep = 30", 2, 'must be a span of time, such as "365d", or "forever", not 30.'),
    ("[store]\nkeep = '30 moons'", 2, "must be a span of time"),
    ("[report]\nformat = 'pdf'", 2, 'one of "mana", "wiki"'),
    ("[report]\nformat = ['mana', 'pdf']", 2, 'or a list of them, not ["mana", "pdf"].'),
    ("[report]\nformat = []", 2, "or a list of them, not []."),
    ("[calendar]\nworking_days = ['monday']", 2, "must be a list of days"),
    ("[calendar]\nworking_hours = [17, 9]", 2, "must be two hours from 0 to 24"),
    ("[calendar]\nworking_hours = [9]", 2, "must be two hours from 0 to 24"),
    ("[calendar]\nholidays = ['2026-13-01']", 2, "must be a list of dates"),
    ("[access]\nresolve = ['everyone']", 2, '"account:NAME"'),
    ("[access]\nresolv = []", 2, "did you mean `resolve`?"),
    ("[health]\nmetrics_port = -1", 2, "from 0 (off) to 65535, not -1."),
    ("irc = 3", 1, "`irc` must be a table: [irc]."),
    ("[[irc]]\nport = 1", 1, "`irc` must be a table: [irc]."),
    ("[products]\nlead = 'alice'", 2, "such as [products.Shop]."),
    ("[products.MDN]\nleed = 'alice'", 2, "in [products.MDN]; did you mean `lead`?"),
    ("[products.MDN]\non_call = {a = 1}", 2, "must be a table of texts"),
    ('[channels."#x"]\ntopic = 1', 2, '`channels."#x".topic` must be true or false'),
    ("[networks.b]\nport = 'x'", 2, "`networks.b.port` must be a whole number"),
    ("[networks.b.sasl]\nacount = 'x'", 2, "did you mean `account`?"),
]


@pytest.mark.parametrize(("text", "line", "sentence"), MISTAKES, ids=[row[0] for row in MISTAKES])
def test_a_mistake_is_told_with_its_line_and_its_fix(config_of, tmp_path, text, line, sentence):
    with pytest.raises(ConfigError) as caught:
        config_of(text)
    told = str(caught.value)
    assert told.startswith(f"{tmp_path / 'config.toml'}, line {line}: ")
    assert sentence in told
    assert "\n" not in told


def test_the_line_of_a_mistake_is_found_behind_values_that_span_lines(config_of):
    with pytest.raises(ConfigError, match="line 9: "):
        config_of(
            'process = """\nmozmeao\n[irc]\n"""\n# [irc]\n[irc]\nchannels = [\n"#a"]\nprot = 1'
        )


def test_a_file_with_windows_line_ends_and_a_byte_order_mark_is_read(tmp_path):
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xef\xbb\xbfprocess = 'grafana'\r\n[irc]\r\nport = 7000\r\n")
    assert load_config(path).values["irc"]["port"] == 7000


def test_text_that_is_not_toml_is_told_with_its_line(config_of):
    with pytest.raises(ConfigError, match=r"config\.toml is not valid TOML: .*line 2"):
        config_of("[irc]\nport == 3")


def test_a_key_given_twice_is_told(config_of):
    with pytest.raises(ConfigError, match=r"is not valid TOML: .*line 3"):
        config_of("[irc]\nport = 3\nport = 4")


def test_a_file_that_is_not_utf_8_is_told(tmp_path):
    path = tmp_path / "config.toml"
    path.write_bytes(b"process = '\xff'")
    with pytest.raises(ConfigError, match=r"is not UTF-8 .byte 11.; save it as UTF-8"):
        load_config(path)


def test_a_missing_file_is_told_by_its_name(tmp_path):
    with pytest.raises(ConfigError, match=r"nothing\.toml cannot be read: No such file"):
        load_config(tmp_path / "nothing.toml")


def test_a_folder_in_the_place_of_the_file_is_told(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load_config(tmp_path)


def test_paths_are_relative_to_the_file_and_not_to_where_one_stands(tmp_path, monkeypatch):
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "c.toml").write_text(
        "process = 'own.toml'\n[store]\npath = 'x/../y'\n[report]\ndirectory = '/var/reports'"
    )
    monkeypatch.chdir(tmp_path)
    config = load_config(Path("there/c.toml"))
    assert config.store.path == tmp_path / "there" / "x/../y"
    assert config.report.directory == Path("/var/reports")
    assert config.process == str(tmp_path / "there" / "own.toml")


def test_a_process_by_name_stays_a_name(config_of):
    assert config_of("process = 'grafana'").process == "grafana"


def test_a_configuration_is_looked_for_in_the_usual_places_in_order(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    environment = {"XDG_CONFIG_HOME": str(tmp_path / "xdg")}
    home = tmp_path / "xdg" / "ircbot" / "config.toml"
    home.parent.mkdir(parents=True)
    home.touch()
    assert find_config(None, environment) == home
    Path("config.toml").touch()
    assert find_config(None, environment) == Path("config.toml")
    environment["IRCBOT_CONFIG"] = "/named"
    assert find_config(None, environment) == Path("/named")
    assert find_config(Path("/given"), environment) == Path("/given")


def test_without_a_configuration_the_store_is_in_the_state_folder():
    config = default_config({"XDG_STATE_HOME": "/state"})
    assert config.file is None
    assert config.store.path == Path("/state/ircbot/incidents")
    assert config.report.directory == Path("/state/ircbot/reports")


@pytest.mark.parametrize(
    ("written", "span"),
    [
        ("45s", timedelta(seconds=45)),
        ("1h30m", timedelta(minutes=90)),
        ("2w", timedelta(days=14)),
        ("30 days", timedelta(days=30)),
        ("1000d", timedelta(days=1000)),
        ("0m", timedelta()),
    ],
)
def test_a_span_of_time_is_read(config_of, written, span):
    assert config_of(f"[store]\nkeep = '{written}'").store.keep == span


def test_closed_incidents_are_kept_for_ever_unless_told_otherwise(config_of):
    assert config_of("").store.keep is None


def test_a_holiday_may_be_a_date_or_a_text(config_of):
    config = config_of("[calendar]\nholidays = [2026-12-25, '2026-12-26']")
    assert config.values["calendar"]["holidays"] == ("2026-12-25", "2026-12-26")


def test_neither_a_secret_nor_a_wrong_one_is_shown(config_of):
    config = config_of("[irc]\npassword = 'hunter2'\n[irc.sasl]\npassword = 'hunter3'")
    assert "hunter" not in repr(config)
    with pytest.raises(ConfigError) as caught:
        config_of("[irc]\npassword = ['hunter2']")
    assert "hunter" not in str(caught.value)


def test_a_file_or_folder_that_others_can_write_to_is_refused(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text("")
    for place in (path, tmp_path):
        mode = place.stat().st_mode & 0o777
        place.chmod(mode | 0o002)
        with pytest.raises(ConfigError, match=f"others can write to {place}: chmod go-w {place}"):
            load_config(path)
        place.chmod(mode)
    tmp_path.chmod(0o1777)  # as /tmp: nobody can replace what is another's
    assert load_config(path).file is not None
