"""Whole readings in a budget: what is read first, what is said of bytes that changed, what a station's list states."""

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from blake3 import blake3
from hypothesis import given
from hypothesis import strategies as st

from domain.clip import StoredFile
from indexer.digests import FixitySettings, full_digest, listed_digest
from indexer.feeds.base import FeedKind
from indexer.pipeline import Silent, fixity, plan, run_scan
from indexer.pipeline.fixity import BURST_SECONDS, Budget, within
from indexer.stores import open_store
from indexer.stores.base import StoreSettings
from storage.digests import Due
from storage.scans import CLAIM
from storage.schema.tables import FILE, PROBE
from tests.builders import LONG_AGO, House, clip_name, film, one_call
from tests.scanning import MORNING, dump, scan_once

pytestmark = pytest.mark.slow

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ALTERED = "nonstandard.altered"
CALL = clip_name("1100001", "031021", "08:11:30")
VECTOR = b"abc"
"""The message of the standards' own examples."""
DIGESTS = {  # RFC 1321 A.5, RFC 3174 7.3, FIPS 180-2 B.1, GB/T 32905-2016 A.1
    "MD5": "900150983cd24fb0d6963f7d28e17f72",
    "SHA-1": "a9993e364706816aba3e25717850c26c9cd0d89d",
    "SHA-256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    "SM3": "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
}


def rot(file: Path, at: int = 5000) -> None:
    """One bit of a file turns over; its size and times stay."""
    times = file.stat()
    content = bytearray(file.read_bytes())
    content[at] ^= 1
    file.write_bytes(content)
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))


def large(seed: str) -> bytes:
    """A film whose middle lies outside head and tail: the quick digest does not see it."""
    content = film(600, seed)
    assert len(content) > 40_000
    return content


def read_at(house: House) -> dict[int, Any]:
    return {row["file_id"]: row["fixity_at"] for row in house.rows(PROBE)}


def settings(house: House, **values: Any) -> None:
    house.changes["fixity"] = FixitySettings(**values)


def test_every_file_is_read_whole_once_and_then_left_alone(house: House) -> None:
    house.put("a.mp4", film(30))
    house.put("empty.mp4", b"")
    house.scan(MORNING)
    (whole, empty) = house.rows(PROBE)
    assert (whole["full_digest"], whole["fixity_at"]) == (blake3(film(30)).hexdigest(), MORNING)
    assert (empty["full_digest"], empty["fixity_at"]) == (None, None)
    assert house.rows(FILE)[0]["settled_digest"] == whole["full_digest"]
    before = dump(house.engine)
    summary = house.scan(MORNING + HOUR)
    assert (summary.probed, summary.evaluated) == (0, 0)
    assert dump(house.engine) == before


def test_nothing_is_read_where_it_is_switched_off(house: House) -> None:
    settings(house, enabled=False)
    house.put("a.mp4", film(30))
    house.scan(MORNING)
    assert [row["full_digest"] for row in house.rows(PROBE)] == [None]


def test_bytes_that_change_without_size_or_time_are_altered_with_both_digests_as_evidence(house: House) -> None:
    file = house.put("a.mp4", large("a"))
    house.scan(MORNING)
    rot(file, 20_000)
    assert house.scan(MORNING + DAY).probed == 0
    assert house.findings(ALTERED) == set()  # not due yet
    summary = house.scan(MORNING + 31 * DAY)
    assert summary.probed == 0
    found = house.finding(ALTERED)
    assert found["subject"] == "dock:a.mp4"
    first, now = blake3(large("a")).hexdigest(), blake3(file.read_bytes()).hexdigest()
    assert found["measured"]["digest_first"] == first
    assert found["measured"]["digest_now"] == now
    house.scan(MORNING + 32 * DAY)
    assert house.finding(ALTERED)["key"] == found["key"]


def test_bytes_that_are_put_right_again_end_the_finding(house: House) -> None:
    file = house.put("a.mp4", large("a"))
    house.scan(MORNING)
    rot(file, 20_000)
    house.scan(MORNING + 31 * DAY)
    assert len(house.findings(ALTERED)) == 1
    rot(file, 20_000)
    house.scan(MORNING + 62 * DAY)
    assert house.findings(ALTERED) == set()


def test_a_file_written_over_with_as_many_other_bytes_is_altered_although_it_was_read_again(house: House) -> None:
    house.put("a.mp4", film(30, "one"))
    house.scan(MORNING)
    house.put("a.mp4", film(30, "two"), modified=MORNING)
    house.scan(MORNING + HOUR)
    assert house.findings(ALTERED) == {("dock:a.mp4", ALTERED)}
    house.put("a.mp4", film(30, "one"), modified=MORNING + HOUR)
    house.scan(MORNING + 2 * HOUR)
    assert house.findings(ALTERED) == set()


def test_a_touched_file_is_not_altered(house: House) -> None:
    house.put("a.mp4", film(30))
    house.scan(MORNING)
    house.put("a.mp4", film(30), modified=LONG_AGO + HOUR)
    house.scan(MORNING + HOUR)
    assert house.findings(ALTERED) == set()
    assert [row["fixity_at"] for row in house.rows(PROBE)] == [MORNING + HOUR]


@pytest.mark.parametrize(("readings", "altered"), [(["x", "first"], False), (["x", "y"], False), (["x", "x"], True)])
def test_another_digest_is_said_only_when_a_second_reading_gives_it_too(
    house: House, monkeypatch: pytest.MonkeyPatch, readings: list[str], altered: bool
) -> None:
    house.put("a.mp4", film(30))
    house.scan(MORNING)
    first = blake3(film(30)).hexdigest()
    given_out = [first if one == "first" else one for one in readings]
    monkeypatch.setattr(fixity, "full_digest", lambda *_: given_out.pop(0))
    house.scan(MORNING + 31 * DAY)
    assert given_out == []
    assert (house.findings(ALTERED) != set()) is altered
    doubtful = len(set(readings)) == 2 and "first" not in readings
    assert read_at(house)[1] == (MORNING if doubtful else MORNING + 31 * DAY)


def test_a_file_that_changes_while_it_is_read_is_left_to_the_next_scan(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.put("a.mp4", film(30))

    def meanwhile(*arguments: Any) -> str:
        digest = full_digest(*arguments)
        house.put("a.mp4", film(31), modified=MORNING)
        return digest

    with monkeypatch.context() as during:
        during.setattr(fixity, "full_digest", meanwhile)
        house.scan(MORNING)
    assert read_at(house) == {1: None}
    house.scan(MORNING + HOUR)
    assert read_at(house) == {1: MORNING + HOUR}


def test_a_file_that_cannot_be_read_whole_is_tried_again_and_does_not_stop_the_others(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.put("a.mp4", film(30))
    house.put("b.mp4", film(31))

    def refused(store: Any, file: StoredFile, *more: Any) -> str:
        if file.path == "a.mp4":
            raise OSError(5, "Input/output error")
        return full_digest(store, file, *more)

    with monkeypatch.context() as during:
        during.setattr(fixity, "full_digest", refused)
        house.scan(MORNING)
    assert read_at(house) == {1: None, 2: MORNING}
    house.scan(MORNING + HOUR)
    assert read_at(house) == {1: MORNING + HOUR, 2: MORNING}


def test_linked_files_are_read_first_then_the_oldest_then_those_read_longest_ago(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []

    def noted(store: Any, file: StoredFile, *more: Any) -> str:
        order.append(file.path)
        return full_digest(store, file, *more)

    monkeypatch.setattr(fixity, "full_digest", noted)
    settings(house, enabled=False)
    house.put("0-first.mp4", film(20, "first"))
    house.scan(MORNING)
    one_call(house)
    house.scan(MORNING + HOUR)
    settings(house, seconds_per_scan=1e-9)  # the first file alone
    for step in range(2, 6):
        house.scan(MORNING + step * HOUR)
    assert order == [CALL, "0-first.mp4"]
    order.clear()
    for step in (1, 2):
        house.scan(MORNING + step * 40 * DAY)
    assert order == [CALL, "0-first.mp4"]


def test_a_scan_reads_no_more_than_its_budget_and_the_next_one_goes_on(house: House) -> None:
    for n in range(6):
        house.put(f"{n}.mp4", film(30, f"{n}"))
    size = len(film(30)) / 1e6
    settings(house, megabytes_per_second=2.5 * size, seconds_per_scan=1.0)
    done = []
    for step in range(4):
        house.scan(MORNING + step * HOUR)
        done.append(sum(at is not None for at in read_at(house).values()))
    assert done == [2, 4, 6, 6]


class Hours:
    """A clock that moves only when somebody waits or reads."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waited = 0.0

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.waited += seconds


@given(
    rate=st.floats(0.1, 500),
    blocks=st.lists(st.integers(1, 1 << 20), min_size=1, max_size=60),
    slowness=st.floats(0, 0.5),
)
def test_the_rate_is_held_however_fast_the_disk_is(rate: float, blocks: list[int], slowness: float) -> None:
    hours = Hours()
    budget = Budget(FixitySettings(megabytes_per_second=rate), clock=lambda: hours.now, wait=hours.wait)
    for block in blocks:
        hours.now += slowness
        budget.read(block)
        assert budget.spent <= rate * 1e6 * (hours.now - (budget.begun or 0) + BURST_SECONDS) * (1 + 1e-9)
    if slowness * rate * 1e6 > max(blocks):
        assert hours.waited == 0


def due(number: int, size: int) -> Due:
    return Due(number, StoredFile("dock", f"{number}.mp4", size, LONG_AGO), None)


def read_by_one_scan(hours: Hours, sizes: list[int], slowness: float = 0.0) -> list[int]:
    """Places of the files that one scan reads at 1 MB/s for 60 s, `slowness`: seconds the store takes for a MB."""
    budget = Budget(FixitySettings(megabytes_per_second=1, seconds_per_scan=60), lambda: hours.now, hours.wait)
    read = []
    for one in within(budget, [due(number, size) for number, size in enumerate(sizes)]):
        for begin in range(0, one.stored.size, 1_000_000):
            block = min(1_000_000, one.stored.size - begin)
            hours.now += slowness * block / 1e6
            budget.read(block)
        read.append(one.file_id)
    return read


@given(sizes=st.lists(st.integers(1, 200_000_000), max_size=20))
def test_one_file_larger_than_a_share_is_read_last_and_everything_at_the_rate(sizes: list[int]) -> None:
    hours = Hours()
    read = read_by_one_scan(hours, sizes)
    larger = [number for number, size in enumerate(sizes) if size > 60_000_000]
    assert [number for number in read if number in larger] == larger[:1]
    assert read == [number for number in read if number not in larger] + larger[:1]
    assert sum(sizes[number] for number in read if number not in larger) <= 60_000_000
    assert sum(sizes[number] for number in read) <= 1e6 * (hours.now + BURST_SECONDS) * (1 + 1e-9)


def test_sixty_gigabytes_take_their_time_and_do_not_wait_for_a_scan_without_other_files() -> None:
    hours = Hours()
    assert read_by_one_scan(hours, [1_000_000, 60_000_000_000, 2_000_000]) == [0, 2, 1]
    assert hours.now == pytest.approx(60_003 - BURST_SECONDS)


def test_a_store_slower_than_the_rate_ends_the_share_by_its_seconds_and_a_file_begun_is_finished() -> None:
    hours = Hours()
    assert read_by_one_scan(hours, [20_000_000, 15_000_000, 5_000_000], slowness=2.0) == [0, 1]
    assert (hours.now, hours.waited) == (70.0, 0.0)


@pytest.mark.parametrize(("rate", "seconds"), [(0.0, 60.0), (20.0, 0.0), (-1.0, 60.0)])
def test_no_rate_or_no_seconds_read_nothing_however_large_a_file_is(rate: float, seconds: float) -> None:
    budget = Budget(FixitySettings(megabytes_per_second=rate, seconds_per_scan=seconds))
    assert list(within(budget, [due(0, 1), due(1, 10**12)])) == []


def test_the_claim_on_the_scan_is_kept_while_one_file_is_read(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    file = house.put("a.mp4", film(30))
    with file.open("ab") as stream:
        stream.truncate(5 << 20)
    os.utime(file, (LONG_AGO.timestamp(), LONG_AGO.timestamp()))
    renewed: list[datetime] = []
    hours = Hours()
    monkeypatch.setattr(plan, "renew", lambda _connection, _scan, until: renewed.append(until))

    def wall() -> datetime:
        return MORNING + timedelta(seconds=hours.now)

    def read(budget: Budget, size: int) -> None:
        hours.now += 1000  # a block takes longer than a claim holds
        budget.spent += size
        assert budget.between is not None
        budget.between()

    monkeypatch.setattr(Budget, "read", read)
    with monkeypatch.context() as during:
        during.setattr("indexer.pipeline.steps._wall", wall)
        scan_once(house.engine, house.plan, MORNING)
    assert hours.now == 5000
    assert {MORNING + timedelta(seconds=1000 * block) + CLAIM for block in range(1, 6)} <= set(renewed)


class Stopped(BaseException):
    """Asked to end."""


class StopsInside(Silent):
    """Asks the scan to end as soon as a block was read."""

    def advance(self, count: int = 1) -> None:
        if count == 0:
            raise Stopped


def test_a_scan_can_be_ended_inside_a_file_and_the_next_one_reads_it(house: House) -> None:
    house.put("a.mp4", film(30))
    with ThreadPoolExecutor(1) as executor, pytest.raises(Stopped):
        run_scan(house.engine, house.plan, MORNING, executor, StopsInside())
    assert read_at(house) == {1: None}
    house.scan(MORNING + HOUR)
    assert read_at(house) == {1: MORNING + HOUR}


def test_a_rate_of_nothing_reads_nothing(house: House) -> None:
    settings(house, megabytes_per_second=0.0)
    house.put("a.mp4", film(30))
    house.scan(MORNING)
    assert read_at(house) == {1: None}


# ── the station's own digest ─────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def abc(tmp_path: Path) -> tuple[Any, StoredFile]:
    (tmp_path / "abc.mp4").write_bytes(VECTOR)
    return open_store(StoreSettings("dock", str(tmp_path))), StoredFile("dock", "abc.mp4", 3, LONG_AGO)


@pytest.mark.parametrize("algorithm", DIGESTS)
def test_each_algorithm_gives_the_digest_of_its_standard(abc: tuple[Any, StoredFile], algorithm: str) -> None:
    if algorithm == "SM3" and "sm3" not in hashlib.algorithms_available:
        pytest.skip("this Python's OpenSSL has no SM3")
    listed = DIGESTS[algorithm]
    assert listed_digest(*abc, listed) == listed
    assert listed_digest(*abc, f" {listed.upper()} ") == listed
    wrong = "0" * len(listed)
    found = listed_digest(*abc, wrong)
    assert (len(found), found == wrong) == (len(wrong), False)


def test_a_digest_of_no_known_length_is_not_compared(abc: tuple[Any, StoredFile]) -> None:
    assert listed_digest(*abc, "12345678") == ""


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256", "sm3"])
@pytest.mark.parametrize("right", [True, False])
def test_the_stations_digest_is_compared_in_its_own_algorithm(house: House, algorithm: str, right: bool) -> None:
    if algorithm not in hashlib.algorithms_available:
        pytest.skip(f"this Python's OpenSSL has no {algorithm}")
    content = film(30)
    house.put("a.mp4", content)
    digest = hashlib.new(algorithm, content if right else content[::-1], usedforsecurity=False).hexdigest()
    row = {"path": "a.mp4", "device": "", "officer": "", "started_at": "", "ended_at": "", "imported_at": ""}
    house.feed("list", FeedKind.CLIP_INDEX, [{**row, "digest": digest.upper(), "sequence": ""}], store="dock")
    house.scan(MORNING)
    assert house.findings(ALTERED) == (set() if right else {("dock:a.mp4", ALTERED)})
