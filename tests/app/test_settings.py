"""config.toml and the environment become typed settings, or one clear message."""

import tomllib
from pathlib import Path

import pytest

from app.settings import Settings, config_file
from app.shell_settings import WorkerKind
from domain.clip import StoreKind
from domain.errors import ConfigError
from indexer.feeds.base import FeedKind
from tests.app.configs import LEAST, load

FEED = """
[[feeds]]
name = "110"
kind = "incidents"
location = "feeds/incidents.csv"
"""


def origin(settings: Settings, section: str, key: str) -> tuple[str, str]:
    return next((v.shown, v.origin) for v in settings.values if (v.section, v.key) == (section, key))


def refusal(folder: Path, text: str, **environment: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(folder, text, **environment)
    return str(caught.value)


def test_the_least_configuration_takes_every_default(tmp_path: Path) -> None:
    settings = load(tmp_path)
    store = settings.stores[0]
    assert (store.kind, store.timezone, store.settle_seconds) == (StoreKind.RECORDER, "Asia/Shanghai", 120.0)
    assert settings.workers.kind is WorkerKind.PROCESSES
    assert (settings.api.host, settings.api.port) == ("127.0.0.1", 8000)
    assert settings.feeds == ()
    assert settings.patterns == ()


def test_the_example_of_the_interface_is_understood(tmp_path: Path) -> None:
    text = r"""
[database]
url = "sqlite:///var/bwc.db"
[[stores]]
name = "dock-a"
kind = "recorder"
location = "sample_media/stores/dock-a"
timezone = "Asia/Shanghai"
unit = "310114010000"
settle_seconds = 120
[[patterns]]
name = "station-a"
regex = '(?P<device>\w{7})_(?P<officer>\d{6})_(?P<start>\d{14})_(?P<sequence>\d{4})\.mp4'
[[feeds]]
name = "110"
kind = "incidents"
location = "sample_media/feeds/incidents.csv"
timezone = "Asia/Shanghai"
[feeds.columns]
number = "警情编号"
[limits]
late_start_warn_seconds = 90
[exclude]
categories = ["骚扰", "电话咨询"]
statuses = ["撤销", "重复"]
[schedule]
scan = "*/15 * * * *"
[workers]
kind = "processes"
[api]
host = "127.0.0.1"
port = 8000
[notify]
urls = []
"""
    settings = load(tmp_path, text)
    assert settings.patterns[0].name == "station-a"
    assert settings.feeds[0].kind is FeedKind.INCIDENTS
    assert settings.feeds[0].columns == {"number": "警情编号"}
    assert settings.limits.late_start_warn_seconds == 90
    assert settings.exclude.statuses == ("撤销", "重复")
    assert tomllib.loads(text).keys() <= {value.section.split(".")[0] for value in settings.values}


def test_relative_places_are_relative_to_the_configuration_file(tmp_path: Path) -> None:
    settings = load(tmp_path, LEAST + FEED)
    assert settings.stores[0].location == str(tmp_path / "stores" / "dock-a")
    assert settings.feeds[0].location == str(tmp_path / "feeds" / "incidents.csv")
    assert settings.database.url == f"sqlite:///{tmp_path}/var/bwc.db"


def test_absolute_places_stay(tmp_path: Path) -> None:
    text = LEAST.replace("stores/dock-a", "/srv/dock-a").replace("sqlite:///var/bwc.db", "sqlite:////srv/bwc.db")
    settings = load(tmp_path, text)
    assert settings.stores[0].location == "/srv/dock-a"
    assert settings.database.url == "sqlite:////srv/bwc.db"


def test_each_value_knows_where_it_comes_from(tmp_path: Path) -> None:
    settings = load(tmp_path, LEAST, BWC_PORT="9000")
    assert origin(settings, "stores.dock-a", "unit") == ("310114010000", "config.toml:7")
    assert origin(settings, "stores.dock-a", "kind") == ("recorder", "default")
    assert origin(settings, "api", "port") == ("9000", "BWC_PORT")
    assert settings.api.port == 9000


@pytest.mark.parametrize(
    ("addition", "said"),
    [
        ("[worker]\n", "config.toml:8: section worker: unknown key; did you mean workers?"),
        (
            "settle_second = 5\n",
            "config.toml:8: [[stores]] dock-a settle_second: unknown key; did you mean settle_seconds?",
        ),
        (
            "settle_seconds = '5'\n",
            'config.toml:8: [[stores]] dock-a settle_seconds: expected a number, got a string "5"',
        ),
        ("settle_seconds = -1\n", "expected zero or more, got -1"),
        ("settle_seconds = inf\n", "expected a finite number, got inf"),
        ("settle_seconds = true\n", "expected a number, got true or false true"),
        ("kind = 'camera'\n", 'expected one of recorder, interrogation, got a string "camera"'),
        ("timezone = 'Asia/Shangai'\n", 'unknown time zone "Asia/Shangai"; did you mean Asia/Shanghai?'),
        ("timezone = 'Asia'\n", 'unknown time zone "Asia"'),
        ("timezone = '../../etc/passwd'\n", "unknown time zone"),
        ("[api]\nport = '80'\n", 'config.toml:9: [api] port: expected a whole number, got a string "80"'),
        ("[api]\nport = 70000\n", "expected a port from 0 (any free one) to 65535, got 70000"),
        ("[api]\nhost = ''\n", "expected some text, got an empty string"),
        ("[schedule]\nscan = 'hourly'\n", 'expected five cron fields such as "*/15 * * * *", got 1 in "hourly"'),
        ("[schedule]\nscan = '61 * * * *'\n", "config.toml:9: [schedule] scan:"),
        ("[workers]\nkind = 'dask'\n", 'expected an address such as "tcp://host:8786", got none'),
        ("[workers]\nscheduler = 'http://h:1'\n", 'scheduler: expected "tcp://HOST:PORT" or "tls://HOST:PORT"'),
        ("[workers]\ntls_ca = 'ca.pem'\n", "tls_ca, tls_cert and tls_key: expected all three or none of them"),
        ("[workers]\nscheduler = 'tls://h:1'\n", "expected with a scheduler at tls:// and with no other"),
        ("[workers]\ncount = 5000\n", "config.toml:8: [workers]: count: expected at most 256, got 5000"),
        ("[workers]\ncount = -2\n", "expected zero or more, got -2"),
        ("[linking]\ngraze_share = 15\n", "expected a part from 0 to 1, got 15"),
        ("[notify]\nurls = 'x'\n", 'expected an array of strings, got a string "x"'),
        ("[notify]\nurls = ['x', 1]\n", "expected an array of strings, got one with a whole number 1"),
        ("[limits]\nlate_start_warn_second = 1\n", "late_start_warn_seconds"),
        ("[limits]\nlate_start_warn_seconds = 'x'\n", "config.toml:9: [limits] late_start_warn_seconds"),
        ("[exclude]\ncategory = ['x']\n", "categories"),
        (
            "[recordings]\njoin_second = 1\n",
            "config.toml:9: [recordings] join_second: unknown key; did you mean join_seconds?",
        ),
        (LEAST.split("\n\n")[1], 'expected a name of its own, got "dock-a" again (first at config.toml:5)'),
        (
            "[[stores]]\nname = 'b'\nlocation = 'stores'\n",
            "expected a place of its own, got one shared with store dock-a",
        ),
        ("[[stores]]\nname = 'b'\n", "config.toml:8: [[stores]] b: expected the key location, got none"),
        ("[[stores]]\nlocation = 'b'\n", "[[stores]] number 2: expected the key name, got none"),
        ("[[stores]]\nname = 'b:c'\nlocation = 'b'\n", 'got "b:c"'),
        (
            "[[stores]]\nname = 'b'\nlocation = 'b'\nunit = 3101\n",
            "expected a string, got a whole number 3101; put it in quotes",
        ),
        ("[[patterns]]\nname = 'p'\nregex = '('\n", "config.toml:10: "),
        ("[[patterns]]\nname = 'p'\nregex = '(?P<devise>x)'\n", "device"),
        (FEED + FEED, 'expected a name of its own, got "110" again'),
        (FEED + "query = 'select 1'\n", "expected only with a database URL"),
        (FEED.replace("feeds/incidents.csv", "sqlite:///x.db"), "expected a select statement for a database, got none"),
        (FEED.replace('name = "110"', 'name = "push"'), 'expected another name, got "push"'),
        (FEED + "store = 'dock-a'\n", "expected only with kind clip_index, got it with kind incidents"),
        (FEED.replace('incidents"', 'clip_index"') + "store = 'dock-b'\n", "did you mean dock-a?"),
        (FEED + "columns = 'x'\n", 'expected a table of strings, got a string "x"'),
        (FEED + "[feeds.columns]\nnumber = 1\n", "number: expected a string, got a whole number 1"),
        ("[feeds]\nname = 'x'\n", "expected [[feeds]] with double brackets, once per entry, got a table"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(tmp_path: Path, addition: str, said: str) -> None:
    message = refusal(tmp_path, LEAST + addition)
    assert said in message
    assert message.startswith("config.toml")


def test_a_section_that_is_no_table_is_refused(tmp_path: Path) -> None:
    assert "expected a section [api], got a whole number 1" in refusal(tmp_path, "api = 1\n" + LEAST)


def test_a_database_inside_a_store_is_refused_because_nothing_is_written_there(tmp_path: Path) -> None:
    text = LEAST.replace("var/bwc.db", "stores/dock-a/bwc.db")
    assert "expected a file outside every store" in refusal(tmp_path, text)


def test_a_database_of_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    text = LEAST.replace("sqlite:///var/bwc.db", "mysql://h/x")
    assert "expected sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME, got mysql://" in refusal(tmp_path, text)


def test_the_environment_names_the_database(tmp_path: Path) -> None:
    settings = load(tmp_path, LEAST, BWC_DATABASE_URL="postgresql://bwc@db/bwc", BWC_DATABASE_PASSWORD="s3cret")
    assert settings.database.url == "postgresql+psycopg://bwc:s3cret@db/bwc"
    assert origin(settings, "database", "url") == ("postgresql+psycopg://bwc:***@db/bwc", "BWC_DATABASE_URL")
    assert "s3cret" not in repr(settings.values)


def test_a_mistake_in_the_environment_is_told_as_such(tmp_path: Path) -> None:
    assert refusal(tmp_path, LEAST, BWC_DATABASE_URL="nonsense").startswith("environment: BWC_DATABASE_URL:")
    assert 'got "80a"' in refusal(tmp_path, LEAST, BWC_PORT="80a")


def test_a_wrong_url_is_never_quoted_with_its_password(tmp_path: Path) -> None:
    text = LEAST.replace("sqlite:///var/bwc.db", "postgresql://bwc:s3cret@db:x/bwc")
    assert "s3cret" not in refusal(tmp_path, text)


def test_a_password_file_is_read_without_its_line_end(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("p@ss/word\n", encoding="utf-8")
    text = LEAST.replace("sqlite:///var/bwc.db", "postgresql+psycopg://bwc@db/bwc").replace(
        "[database]", '[database]\npassword_file = "secret"'
    )
    settings = load(tmp_path, text)
    assert settings.database.url == "postgresql+psycopg://bwc:p%40ss%2Fword@db/bwc"
    assert origin(settings, "database", "password") == ("***", "config.toml:2")


def test_an_absent_password_file_is_told(tmp_path: Path) -> None:
    text = LEAST.replace("[database]", '[database]\npassword_file = "absent"')
    assert "password_file: expected a readable text file" in refusal(tmp_path, text)


def test_notice_addresses_are_not_shown_because_they_hold_tokens(tmp_path: Path) -> None:
    settings = load(tmp_path, LEAST + "[notify]\nurls = ['wecombot://t0ken']\n")
    assert settings.notify.urls == ("wecombot://t0ken",)
    assert "t0ken" not in repr(settings.values)


def test_the_option_wins_over_the_environment_and_both_over_the_default(tmp_path: Path) -> None:
    named = tmp_path / "a.toml"
    assert config_file(named, {"BWC_CONFIG": "/x/b.toml"}) == named
    assert config_file(None, {"BWC_CONFIG": "/x/b.toml"}) == Path("/x/b.toml")
    assert config_file(None, {"BWC_CONFIG": ""}) == Path.cwd() / "config.toml"


def test_times_are_shown_in_the_zone_of_the_first_store(tmp_path: Path) -> None:
    assert load(tmp_path, LEAST + "timezone = 'Asia/Urumqi'\n").zone.key == "Asia/Urumqi"
    assert load(tmp_path, "[api]\nport = 1\n").zone.key == "Asia/Shanghai"


@pytest.mark.parametrize("location", ["stores/dock-a", "stores/dock-a/2026", "stores", "link", "link/x"])
def test_a_store_inside_another_or_the_same_again_is_refused_because_every_file_would_be_its_own_copy(
    tmp_path: Path, location: str
) -> None:
    (tmp_path / "stores" / "dock-a").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "stores" / "dock-a")
    text = f"{LEAST}\n[[stores]]\nname = 'b'\nlocation = '{location}'\n"
    refused = pytest.raises(ConfigError, match="expected a place of its own, got one shared with store dock-a")
    with refused:
        load(tmp_path, text)
    address = (tmp_path / location).as_uri()
    with refused:
        load(tmp_path, text.replace(f"'{location}'", f"'{address}'"))


def test_a_database_inside_a_store_given_by_its_address_is_refused_too(tmp_path: Path) -> None:
    text = LEAST.replace("var/bwc.db", "stores/dock-a/bwc.db")
    text = text.replace('"stores/dock-a"', f'"{(tmp_path / "stores" / "dock-a").as_uri()}"')
    with pytest.raises(ConfigError, match="outside every store"):
        load(tmp_path, text)


def test_stores_side_by_side_are_two_even_when_one_name_begins_like_the_other(tmp_path: Path) -> None:
    settings = load(tmp_path, f"{LEAST}\n[[stores]]\nname = 'b'\nlocation = 'stores/dock-ab'\n")
    assert [store.name for store in settings.stores] == ["dock-a", "b"]


def test_small_pictures_are_kept_beside_the_configuration_and_never_in_a_store(tmp_path: Path) -> None:
    assert load(tmp_path).content.cache == str(tmp_path / "var" / "stills")
    inside = f'{LEAST}\n[content]\ncache = "stores/dock-a/stills"\n'
    assert "expected a folder outside every store" in refusal(tmp_path, inside)
    assert "expected a folder of this machine" in refusal(tmp_path, f'{LEAST}\n[content]\ncache = "s3://x/y"\n')


def test_proxies_are_kept_beside_the_configuration_and_never_in_a_store(tmp_path: Path) -> None:
    assert load(tmp_path).media.cache == str(tmp_path / "var" / "media")
    inside = f'{LEAST}\n[media]\ncache = "stores/dock-a/media"\n'
    assert "expected a folder outside every store" in refusal(tmp_path, inside)
    assert "expected 2 to 60" in refusal(tmp_path, f"{LEAST}\n[media]\nproxy_seconds = 600\n")


OBJECTS = """
[[stores]]
name = "cloud"
location = "s3://evidence/branch"
endpoint = "https://objects.example:9000"
region = "cn-east-1"
profile = "reader"
addressing = "path"
ca_file = "certs/ca.pem"
"""


def test_an_object_store_is_told_where_its_server_is_and_never_its_credentials(tmp_path: Path) -> None:
    store = load(tmp_path, LEAST + OBJECTS).stores[1]
    assert (store.endpoint, store.region, store.profile) == ("https://objects.example:9000", "cn-east-1", "reader")
    assert (store.addressing.value, store.ca_file) == ("path", str(tmp_path / "certs/ca.pem"))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            '"s3://evidence/branch"',
            '"s3://AKID:hidden@evidence/x"',
            "stores.cloud.location: expected s3://bucket/prefix without keys",
        ),
        ('"s3://evidence/branch"', '"s3://e"', r"expected s3://bucket/prefix, got 's3://e'"),
        ('"s3://evidence/branch"', '"ftp://evidence"', "expected a folder, file://, s3://"),
        ('"s3://evidence/branch"', '"folder"', "config.toml:12: stores.cloud.endpoint: expected only with"),
        ("https://objects", "https://user:hidden@objects", "expected https://host or http://host:port"),
        ("https://objects", "objects", "expected https://host or http://host:port"),
        ('"path"', '"guess"', "expected one of auto, path, virtual"),
        ("profile", "secret_key", "unknown key"),
        ("profile", "password", "unknown key"),
    ],
)
def test_a_wrong_object_store_is_refused_and_no_secret_shown(tmp_path: Path, old: str, new: str, said: str) -> None:
    told = refusal(tmp_path, LEAST + OBJECTS.replace(old, new))
    assert said in told
    assert "hidden" not in told


def test_two_object_stores_of_one_server_do_not_lie_in_each_other(tmp_path: Path) -> None:
    def second(location: str, endpoint: str) -> str:
        return OBJECTS + f'[[stores]]\nname = "more"\nlocation = "{location}"\nendpoint = "{endpoint}"\n'

    here, there = "https://objects.example:9000", "https://other.example"
    for location in ("s3://evidence", "s3://evidence/branch/", "s3://evidence/branch/dock"):
        assert "shared with store cloud" in refusal(tmp_path, LEAST + second(location, here))
        assert len(load(tmp_path, LEAST + second(location, there)).stores) == 3
    assert len(load(tmp_path, LEAST + second("s3://evidence/branch2", here)).stores) == 3


def test_a_list_in_an_object_store_is_refused_with_what_to_do(tmp_path: Path) -> None:
    text = LEAST + OBJECTS + FEED.replace("feeds/incidents.csv", "s3://evidence/branch/lists.csv")
    assert "copy them to a folder, or mount the bucket read-only" in refusal(tmp_path, text)
