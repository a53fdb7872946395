"""Sending: one message for many things, tried again, in quiet hours not at all, never twice, and no secret anywhere."""

import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from app.notice_content import Message, Room, digest_message
from app.notify import TOO_SLOW, Courier, Post, post_by_apprise
from app.notify_settings import NotifySettings, NotifyTo
from domain.notices import NoticeKind, NoticeState
from storage import notices
from storage.notices import Notice
from storage.schema.tables import NOTICE
from tests.scanning import new_engine
from tests.sink import Sink, sink

pytestmark = pytest.mark.slow

ZONE = ZoneInfo("Asia/Shanghai")
SECRET = "t0ken5ecret"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def at(clock: str, day: int = 23) -> datetime:
    return datetime.fromisoformat(f"2026-11-{day}T{clock}").replace(tzinfo=ZONE)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = new_engine(f"sqlite:///{tmp_path / 'n.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def place() -> Iterator[Sink]:
    with sink() as found:
        yield found


def tell(
    engine: Engine,
    key: str,
    *lines: str,
    kind: NoticeKind = NoticeKind.STORE,
    to: str = "all",
    now: datetime | None = None,
) -> bool:
    with engine.begin() as connection:
        told = (f"{kind}:{key}", None, lines or (f"存储 {key} / store {key}",))
        return notices.add_notice(connection, now or at("08:00"), to, kind, told)


def courier(engine: Engine, *urls: str, post: Post = post_by_apprise, public: str = "", **more: object) -> Courier:
    return Courier(NotifySettings(urls=urls, **more), engine, ZONE, public, post)


def kept(engine: Engine) -> list[Notice]:
    """Oldest first."""
    with engine.connect() as connection:
        return notices.notices(connection)[::-1]


def state(engine: Engine) -> list[NoticeState]:
    return [one.state for one in kept(engine)]


def test_several_things_of_a_kind_are_one_message_and_another_kind_is_another(engine: Engine, place: Sink) -> None:
    for key in ("dock-a", "dock-b"):
        tell(engine, key)
    tell(engine, "reports", "任务 reports / job reports", kind=NoticeKind.JOB)
    done = courier(engine, place.url(SECRET), public="https://bwc.example").round(at("08:00"))
    assert (done["messages"], done["sent"]) == (2, 3)
    stores, failed = place.taken
    assert stores["title"] == "存储异常"
    assert stores["message"].splitlines()[:3] == ["存储 dock-a", "存储 dock-b", "查看：https://bwc.example/stores"]
    assert failed["title"] == "定时任务未完成"
    assert state(engine) == [NoticeState.SENT] * 3


def test_what_is_known_under_its_key_is_not_told_again(engine: Engine, place: Sink) -> None:
    assert [tell(engine, "dock-a"), tell(engine, "dock-a"), tell(engine, "dock-a", to="b")] == [True, False, True]
    sender = courier(engine, place.url())
    sender.round(at("08:00"))
    sender.round(at("08:05"))
    assert len(place.messages) == 1


def test_an_answer_of_500_is_followed_by_another_attempt_a_minute_later(engine: Engine, place: Sink) -> None:
    tell(engine, "dock-a")
    place.statuses = [500, 503]
    sender = courier(engine, place.url(SECRET))
    for clock in ("08:00:00", "08:00:30", "08:01:00", "08:02:59", "08:03:00", "09:00:00"):
        sender.round(at(clock))
    assert [one["status"] for one in place.messages] == [500, 503, 200]  # at once, after one minute, after two more
    (one,) = kept(engine)
    assert (one.state, one.attempts, one.sent_at, one.error) == (NoticeState.SENT, 3, at("08:03"), None)


def test_the_reason_of_a_failure_is_on_record_without_the_address(engine: Engine, place: Sink) -> None:
    tell(engine, "dock-a")
    place.statuses = [500]
    courier(engine, place.url(SECRET)).round(at("08:00"))
    assert "500" in str(kept(engine)[0].error)
    assert SECRET not in str(kept(engine))


def test_it_is_given_up_a_day_after_the_first_attempt(engine: Engine, place: Sink) -> None:
    tell(engine, "dock-a")
    place.statuses = [500] * 100
    sender, now, tries = courier(engine, place.url()), at("08:00"), []
    while now < at("12:00", day=25):
        sender.round(now)
        tries.append(len(place.messages))
        now += timedelta(minutes=30)
    assert state(engine) == [NoticeState.GIVEN_UP]
    assert tries[-1] == tries[-20]
    assert 15 <= tries[-1] <= 25  # 1 + 2 + … + 64 minutes, then every two hours of a day
    gaps = kept(engine)[0]
    assert gaps.sent_at is None


def test_of_two_addresses_only_the_one_that_failed_is_tried_again(engine: Engine, place: Sink) -> None:
    tell(engine, "dock-a")
    place.statuses = [200, 500]
    sender = courier(engine, place.url("one"), place.url("two"))
    sender.round(at("08:00"))
    sender.round(at("08:05"))
    assert [(one["path"], one["status"]) for one in place.messages] == [("/one", 200), ("/two", 500), ("/two", 200)]
    assert state(engine) == [NoticeState.SENT]


def test_one_receiver_that_is_not_there_keeps_no_other_from_being_told(engine: Engine, place: Sink) -> None:
    to = (NotifyTo("dead", ("json://127.0.0.1:1/x",)), NotifyTo("alive", (place.url(),)))
    for name in ("dead", "alive"):
        tell(engine, "dock-a", to=name)
    done = courier(engine, to=to).round(at("08:00"))
    assert (done["sent"], done["failed"], len(place.taken)) == (1, 1, 1)


def test_a_receiver_that_left_the_configuration_is_given_up(engine: Engine, place: Sink) -> None:
    tell(engine, "dock-a", to="gone")
    courier(engine, place.url()).round(at("08:00"))
    assert (state(engine), place.messages) == ([NoticeState.GIVEN_UP], [])


def test_in_quiet_hours_past_midnight_it_waits_and_comes_as_one_message_afterwards(engine: Engine, place: Sink) -> None:
    sender = courier(engine, place.url(), quiet="22:00-07:00")
    for clock, key in (("22:00", "a"), ("23:59", "b"), ("06:59", "c")):
        day = 24 if clock < "12" else 23
        tell(engine, key, now=at(clock, day))
        sender.round(at(clock, day))
    assert place.messages == []
    sender.round(at("07:00", 24))
    assert len(place.messages) == 1
    assert place.messages[0]["message"].splitlines()[:3] == ["存储 a", "存储 b", "存储 c"]


def test_an_urgent_kind_is_sent_in_quiet_hours(engine: Engine, place: Sink) -> None:
    tell(engine, "dock-a")
    tell(engine, "reports", "任务 / job", kind=NoticeKind.JOB)
    courier(engine, place.url(), quiet="22:00-07:00", urgent=("store",)).round(at("23:00"))
    assert [one["title"] for one in place.messages] == ["存储异常"]


def test_a_round_of_many_lines_says_how_many_more_there_are_and_tells_of_every_unit_first(engine: Engine) -> None:
    for unit in range(30):
        items = [f"· {unit} 项 {number} / item {number} of {unit}" for number in range(5)]
        tell(engine, str(unit), f"所 {unit} / unit {unit}", *items, kind=NoticeKind.MORNING)
    made = digest_message(NoticeKind.MORNING, kept(engine), Room(language="en", public="https://bwc.example"))
    lines = made.body.splitlines()
    assert lines[:20] == [f"unit {unit}" for unit in range(20)]
    assert lines[20:22] == ["and 160 more", "see https://bwc.example/"]
    few = digest_message(NoticeKind.MORNING, kept(engine)[:2], Room(language="both"))
    assert few.body.splitlines()[:2] == ["所 0 / unit 0", "· 0 项 0 / item 0 of 0"]


def test_a_message_stays_within_its_bytes_and_holds_at_least_one_line(engine: Engine) -> None:
    for unit in range(30):
        tell(engine, str(unit), f"示范第{unit}派出所：待核实 11 项（未按规定记录 3、记录不完整 4） / unit {unit}")
    tell(engine, "long", f"{'长' * 5000} / {'x' * 5000}", kind=NoticeKind.FEED)
    made = digest_message(NoticeKind.STORE, kept(engine)[:30], Room(bytes=1000, public="https://bwc.example"))
    lines = made.body.splitlines()
    assert 800 < len(made.body.encode()) <= 1000
    assert lines[-3] == f"还有 {30 - (len(lines) - 3)} 行未列出"
    long = digest_message(NoticeKind.FEED, kept(engine)[30:], Room(bytes=500))
    assert len(long.body.splitlines()[0]) == 201


def test_hostile_text_stays_on_its_line(engine: Engine, place: Sink) -> None:
    tell(engine, "x", "存储 a\nb\x1b[31m<script> / store a\r\nTo: everybody")
    courier(engine, place.url(), language="both").round(at("08:00"))
    first, _reference = place.taken[0]["message"].splitlines()
    assert "To: everybody" in first
    assert "\x1b" not in first


def test_two_processes_that_send_at_once_send_it_once(engine: Engine, place: Sink) -> None:
    for key in "abcdef":
        tell(engine, key)
    place.hold = threading.Event()
    both = [threading.Thread(target=courier(engine, place.url()).round, args=(at("08:00"),)) for _ in range(2)]
    for thread in both:
        thread.start()
    place.hold.set()
    for thread in both:
        thread.join()
    assert len(place.messages) == 1


class Killed(BaseException):
    """Stands for the end of the process."""


def test_killed_between_sending_and_noting_it_is_sent_again_under_the_same_number(engine: Engine, place: Sink) -> None:
    for key in ("dock-a", "dock-b"):
        tell(engine, key)

    def sends_and_dies(url: str, message: Message) -> str | None:
        post_by_apprise(url, message)
        raise Killed

    with pytest.raises(Killed):
        courier(engine, place.url(), post=sends_and_dies).round(at("08:00"))
    assert state(engine) == [NoticeState.WAITING] * 2
    again = courier(engine, place.url())
    again.round(at("08:00:30"))
    assert len(place.messages) == 1  # not at once, in case the other process still lives
    again.round(at("08:01"))
    first, second = (one["message"].splitlines()[-1] for one in place.messages)
    assert first == second
    assert first.startswith("通知编号 ")
    assert state(engine) == [NoticeState.SENT] * 2


@pytest.mark.parametrize("status", [200, 500])
def test_an_address_is_in_no_log_and_no_table_whatever_the_level(
    engine: Engine, place: Sink, status: int, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    tell(engine, "dock-a")
    tell(engine, "dock-b", to="dead")
    place.statuses = [status]
    to = (NotifyTo("dead", (f"json://127.0.0.1:1/{SECRET}",)), NotifyTo("odd", (f"nosuch://{SECRET}",)))
    sender = courier(engine, place.url(SECRET), to=to)
    sender.round(at("08:00"))
    with engine.connect() as connection:
        rows = str(connection.execute(NOTICE.select()).all())
    said = caplog.text + rows + repr(sender.settings) + "".join(capfd.readouterr())
    assert place.messages[0]["path"] == f"/{SECRET}"
    assert SECRET not in said
    caplog.clear()


def test_an_address_that_is_none_is_a_failure_with_words(engine: Engine) -> None:
    tell(engine, "dock-a")
    courier(engine, f"nosuch://{SECRET}").round(at("08:00"))
    (one,) = kept(engine)
    assert (one.state, "cannot be used" in str(one.error)) == (NoticeState.WAITING, True)


def test_a_service_that_does_not_answer_is_left_after_its_time(place: Sink) -> None:
    place.hold = threading.Event()
    assert post_by_apprise(place.url(), Message("t", "b", "r"), seconds=0.2) == TOO_SLOW
    place.hold.set()


def test_a_round_ends_early_when_the_program_does_and_the_next_process_goes_on(engine: Engine, place: Sink) -> None:
    tell(engine, "dock-a")
    mine = courier(engine, place.url())
    mine.stop.set()
    assert mine.round(at("08:00"))["messages"] == 0
    assert courier(engine, place.url()).round(at("08:00"))["messages"] == 1


def test_on_both_databases_a_notice_is_kept_and_sent_once(database_url: str, place: Sink) -> None:
    engine = new_engine(database_url)
    assert [tell(engine, "dock-a"), tell(engine, "dock-a")] == [True, False]
    both = [threading.Thread(target=courier(engine, place.url()).round, args=(at("08:00"),)) for _ in range(4)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert (len(place.messages), state(engine)) == (1, [NoticeState.SENT])
    engine.dispose()


def test_the_record_of_what_was_sent_tells_its_digest(engine: Engine, place: Sink) -> None:
    tell(engine, "dock-a")
    sender = courier(engine, place.url())
    made = digest_message(NoticeKind.STORE, kept(engine), Room())
    sender.round(at("08:00"))
    assert kept(engine)[0].digest == made.digest
    assert replace(made, body=made.body + " ").digest != made.digest
