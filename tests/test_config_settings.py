"""What the core and the network are told by a configuration, and where its secrets come from."""

from datetime import timedelta

import pytest

from ircbot.config import default_config, load_config
from ircbot.config.networks import networks
from ircbot.config.settings import setting
from ircbot.errors import ConfigError, ProcessError
from ircbot.incident.acts import DEFAULT_ACCESS
from ircbot.incident.setting import Setting
from ircbot.network.settings import Address, NetworkSettings, Pace, Timeouts
from ircbot.zones import zone_named

SERVER = '[irc]\nhost = "irc.example.org"\n'


@pytest.fixture
def config_of(tmp_path):
    """Load a configuration from its text."""

    def load(text):
        path = tmp_path / "config.toml"
        path.write_text(text)
        path.chmod(0o600)
        return load_config(path)

    return load


@pytest.fixture
def secret_file(tmp_path):
    """Write a file that only we can read."""

    def write(name, content):
        path = tmp_path / name
        path.write_text(content)
        path.chmod(0o600)
        return path

    return write


def only(config, **environment):
    """The one network of a configuration that nothing is to be warned of."""
    (network,), warnings = networks(config, environment)
    assert warnings == ()
    return network


# --- the core ---------------------------------------------------------------------------------


def test_without_a_configuration_the_core_s_own_defaults_hold():
    told = setting(default_config({"XDG_STATE_HOME": "/state"}))
    assert told.process.name == "mozmeao"
    assert told == Setting(
        told.process,
        report_directory="/state/ircbot/reports",
        zones=zone_named,
        unwritten=told.unwritten,
    )


def test_the_core_is_told_everything_that_concerns_it(config_of):
    told = setting(
        config_of("""
timezone = "Europe/Berlin"
on_call = {secondary = "eve"}
[irc]
nick = "bert"
prefix = "%"
channels = ["#a", "#b"]
feeders = ["alerts"]
may_join = ["#inc-*"]
[report]
directory = "/srv/reports"
format = ["html", "mana"]
url = "https://r.example.org/"
[products.MDN]
lead = "jwhitlock"
engineers = ["rjohnson"]
channel = "#mdndev"
runbook = "https://w.example.org/mdn"
words = ["developer network"]
on_call = {lead = "jgmize"}
[channels."#MDN"]
topic = true
[networks.other]
host = "irc.example.com"
channels = ["#c"]
[manners]
announce = "privmsg"
quiet = true
greet = false
commands_only = true
[memory]
lines = 0
age = "30m"
[calendar]
working_days = ["sun", "mon"]
working_hours = [8, 16]
holidays = [2026-12-25]
[access]
operators = ["boss"]
redact = ["account:boss"]
[security]
way = "call 4711"
words = ["breach"]
mask = false
""")
    )
    assert str(told.zone) == "Europe/Berlin"
    assert (told.nick, told.prefix, told.channels) == ("bert", "%", ("#a", "#b"))
    assert told.network_channels == {"other": ("#c",)}
    assert (told.feeders, told.may_join) == (("alerts",), ("#inc-*",))
    assert (told.report_directory, told.report_ending) == ("/srv/reports", ".html")
    assert told.report_url == "https://r.example.org/"
    assert told.duty == {"secondary": "eve"}
    product = told.products["MDN"]
    assert (product.lead, product.engineers) == ("jwhitlock", ("rjohnson",))
    assert (product.channel, product.process) == ("#mdndev", "")
    assert (product.runbook, product.words) == ("https://w.example.org/mdn", ("developer network",))
    assert product.on_call == {"lead": "jgmize"}
    assert told.topics == ("#MDN",)
    assert (told.announce_as, told.quiet) == ("privmsg", True)
    assert (told.greet, told.commands_only) == (False, True)
    assert (told.memory_lines, told.memory_age) == (0, timedelta(minutes=30))
    assert (told.working_days, told.working_hours) == ((6, 0), (8, 16))
    assert told.holidays == ("2026-12-25",)
    assert told.operators == ("boss",)
    assert told.access == {**DEFAULT_ACCESS, "redact": ("account:boss",)}
    assert (told.security.way, told.security.words) == ("call 4711", ("breach",))
    assert not told.security.mask


def test_a_channel_and_a_product_may_have_a_process_of_their_own(config_of, tmp_path):
    own = tmp_path / "own.toml"
    own.write_text('include = ["english"]\n[roles.lead]\ntitle = "skipper"\nwords = ["skipper"]\n')
    told = setting(
        config_of(
            "[channels.'#Deck[1]']\nprocess = 'own.toml'\n[products.Ship]\nprocess = 'own.toml'"
        )
    )
    assert told.process.name == "mozmeao"
    assert told.process_in("#deck{1}").lead.title == "skipper"
    assert told.process_in("#elsewhere").name == "mozmeao"
    assert told.process_named(told.products["Ship"].process).lead.title == "skipper"


def test_a_process_that_does_not_exist_is_told_with_its_line(config_of):
    with pytest.raises(
        ConfigError, match=r"config\.toml, line 2: `process`: .* `grafna`; did you mean `grafana`\?"
    ):
        setting(config_of("\nprocess = 'grafna'"))
    with pytest.raises(ConfigError, match=r'line 2: `channels."#x"\.process`: there is no process'):
        setting(config_of("[channels.'#x']\nprocess = 'x.toml'"))


def test_a_mistake_in_a_process_file_is_told_with_that_file(config_of, tmp_path):
    (tmp_path / "own.toml").write_text("roles = 3")
    with pytest.raises(ProcessError, match=r"own\.toml, line 1"):
        setting(config_of("process = 'own.toml'"))


# --- the network ------------------------------------------------------------------------------


def test_a_server_is_all_that_a_network_needs(config_of, tmp_path):
    assert only(config_of(SERVER)) == NetworkSettings(
        servers=(Address("irc.example.org", 6697),), sts_file=tmp_path / "sts.json"
    )


def test_the_network_is_told_everything_that_concerns_it(config_of, secret_file, tmp_path):
    ca, pem = secret_file("ca.pem", "x"), secret_file("bot.pem", "x")
    pin = "AB:" * 31 + "AB"
    network = only(
        config_of(f"""
[irc]
host = "2001:db8::1"
port = 7000
servers = ["b.example.org", "c.example.org:6699", "[2001:db8::2]:7001"]
tls_ca_file = "ca.pem"
tls_fingerprints = ["{pin}"]
certificate_file = "bot.pem"
nick = "bert"
username = "b"
realname = "Bert the bot"
channels = ["#a", "#Secret"]
prefix = "%"
feeders = ["alerts"]
may_join = []
rejoin_after_kick = false
bot_mode = false
password = "server"
nickserv_password = "services"
[irc.sasl]
mechanism = ["SCRAM-SHA-256", "PLAIN"]
account = "bertie"
password = "account"
required = true
[irc.pace]
burst = 10
limited = false
[irc.timeouts]
idle = 5
[channels."#secret"]
key = "sesame"
[store]
path = "/var/lib/ircbot/incidents"
""")
    )
    assert network.servers == (
        Address("2001:db8::1", 7000),
        Address("b.example.org", 7000),
        Address("c.example.org", 6699),
        Address("2001:db8::2", 7001),
    )
    assert (network.tls, network.tls_ca_file, network.certificate_file) == (True, ca, pem)
    assert network.tls_fingerprints == ("ab" * 32,)
    assert (network.nick, network.username, network.realname) == ("bert", "b", "Bert the bot")
    assert network.channels == ("#a", "#Secret sesame")
    assert (network.prefix, network.feeders, network.may_join) == ("%", ("alerts",), ())
    assert (network.rejoin_after_kick, network.bot_mode) == (False, False)
    assert (network.password, network.nickserv_password) == ("server", "services")
    assert network.sasl
    assert (network.sasl.account, network.sasl.password) == ("bertie", "account")
    assert network.sasl.mechanisms == ("SCRAM-SHA-256", "PLAIN")
    assert network.sasl.required
    assert network.pace == Pace(burst=10.0, limited=False)
    assert network.timeouts == Timeouts(idle=5.0)
    assert str(network.sts_file) == "/var/lib/ircbot/sts.json"


def test_a_further_network_is_the_same_bot_elsewhere(config_of):
    config = config_of("""
[irc]
host = "a.example.org"
nick = "bert"
username = "b"
prefix = "%"
[networks.second]
host = "b.example.org"
username = "bb"
channels = ["#b"]
""")
    (main, second), _ = networks(config, {})
    assert (main.name, second.name) == ("", "second")
    assert (second.nick, second.username, second.prefix) == ("bert", "bb", "%")
    assert (main.channels, second.channels) == ((), ("#b",))


def test_without_a_server_it_is_said_where_to_name_one(config_of):
    with pytest.raises(ConfigError, match=r"line 1: \[irc\] names no server; write host = "):
        networks(config_of("[irc]"), {})
    with pytest.raises(ConfigError, match=r"line 3: \[networks\.b\] names no server"):
        networks(config_of(SERVER + "[networks.b]"), {})


def test_without_a_configuration_it_is_said_how_to_come_by_one():
    with pytest.raises(
        ConfigError, match=r"there is no configuration \(config\.toml, .*`ircbot init`"
    ):
        networks(default_config(), {})


@pytest.mark.parametrize(
    ("sasl", "sentence"),
    [
        ("", "PLAIN needs an account in [irc.sasl]."),
        (
            "account = 'x'",
            "PLAIN needs a password; give password_file in [irc.sasl] or $IRCBOT_IRC",
        ),
        ("mechanism = 'EXTERNAL'", "EXTERNAL needs a certificate_file in [irc.sasl]."),
        ("mechanism = ['SCRAM-SHA-256']", "SCRAM-SHA-256 needs an account"),
        ("certificate_file = 'none.pem'", "none.pem cannot be read: No such file"),
    ],
)
def test_a_way_to_log_in_that_cannot_work_is_told(config_of, sasl, sentence):
    with pytest.raises(ConfigError) as caught:
        networks(config_of(f"{SERVER}[irc.sasl]\n{sasl}"), {})
    assert sentence in str(caught.value)


def test_a_certificate_logs_in_without_password(config_of, secret_file):
    secret_file("bot.pem", "x")
    text = "[irc.sasl]\nmechanism = 'EXTERNAL'\ncertificate_file = 'bot.pem'"
    sasl = only(config_of(SERVER + text)).sasl
    assert sasl
    assert (sasl.account, sasl.password, sasl.mechanisms) == ("", "", ("EXTERNAL",))


def test_without_its_table_there_is_no_login(config_of):
    assert only(config_of(SERVER)).sasl is None


# --- secrets ----------------------------------------------------------------------------------


def test_a_secret_comes_from_a_file_of_its_own(config_of, secret_file):
    secret_file("pw", "böse\r\n")
    assert only(config_of(f"{SERVER}password_file = 'pw'")).password == "böse"


def test_a_secret_comes_from_the_environment_before_all_else(config_of, secret_file):
    secret_file("pw", "file")
    config = config_of(f"{SERVER}password_file = 'pw'\n[irc.sasl]\naccount = 'x'")
    network = only(config, IRCBOT_IRC_PASSWORD="one", IRCBOT_IRC_SASL_PASSWORD="two")
    assert network.password == "one"
    assert network.sasl
    assert network.sasl.password == "two"


def test_the_environment_names_further_networks_and_channels_too(config_of):
    config = config_of(
        f"{SERVER}channels = ['#ops-1']\n[channels.'#ops-1']\n[networks.b2]\nhost = 'b'"
    )
    (main, second), _ = networks(
        config, {"IRCBOT_NETWORKS_B2_PASSWORD": "x", "IRCBOT_CHANNELS_OPS_1_KEY": "sesame"}
    )
    assert second.password == "x"
    assert main.channels == ("#ops-1 sesame",)


@pytest.mark.parametrize("content", ["", "\n", "two\nlines\n", "nul\0l"])
def test_a_secret_that_is_not_one_line_is_told_and_not_shown(config_of, secret_file, content):
    secret_file("pw", content)
    with pytest.raises(ConfigError, match="pw must hold the secret in one line") as caught:
        networks(config_of(f"{SERVER}password_file = 'pw'"), {})
    assert not content.strip() or content not in str(caught.value)


def test_a_secret_s_file_that_cannot_be_read_is_told(config_of, tmp_path):
    with pytest.raises(
        ConfigError, match=r"line 3: `irc\.password_file`: .*pw cannot be read: No su"
    ):
        networks(config_of(f"{SERVER}password_file = 'pw'"), {})
    (tmp_path / "pw").write_bytes(b"\xff")
    with pytest.raises(ConfigError, match="pw is not UTF-8"):
        networks(config_of(f"{SERVER}password_file = 'pw'"), {})


def test_a_secret_given_twice_is_told(config_of):
    with pytest.raises(
        ConfigError, match=r"give `irc\.password` or `irc\.password_file`, not both"
    ):
        networks(config_of(f"{SERVER}password_file = 'pw'\npassword = 'x'"), {})


def test_a_secret_that_everybody_can_read_is_warned_of_once(config_of, secret_file):
    path = secret_file("pw", "x")
    path.chmod(0o644)
    config = config_of(f"{SERVER}password_file = 'pw'\nnickserv_password_file = 'pw'")
    _, warnings = networks(config, {})
    assert warnings == (f"{path} holds a secret and everybody can read it; chmod o-r {path}",)


def test_a_configuration_with_a_secret_that_everybody_can_read_is_warned_of(config_of, tmp_path):
    config = config_of(f"{SERVER}password = 'x'")
    (tmp_path / "config.toml").chmod(0o644)
    _, (warning,) = networks(config, {})
    assert "config.toml holds a secret" in warning


@pytest.mark.parametrize(
    ("host", "warned"), [("irc.example.org", True), ("localhost", False), ("127.0.0.1", False)]
)
def test_a_password_without_tls_is_warned_of(config_of, host, warned):
    config = config_of(f"[irc]\nhost = '{host}'\ntls = false\npassword = 'x'")
    _, warnings = networks(config, {})
    assert any("goes over the network in the clear" in one for one in warnings) is warned


def test_no_secret_is_shown(config_of):
    config = config_of(
        f"{SERVER}password = 'hunter2'\nnickserv_password = 'hunter2'\n"
        "[irc.sasl]\naccount = 'x'\npassword = 'hunter2'"
    )
    assert "hunter" not in repr(networks(config, {}))


def test_whoever_only_reads_the_store_needs_no_secret(config_of):
    config = config_of(f"{SERVER}password_file = '/root/no-such-file'")
    assert setting(config).nick == "ilbot"
