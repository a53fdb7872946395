"""Files are placed camera by camera, wherever their marks lie in the queue, and each of them once."""

from typing import Any

import pytest

from indexer.pipeline import place as placing
from storage import files, work
from storage.work import Mark
from tests.builders import House, clip_name, film, one_call, registers
from tests.scanning import MORNING

pytestmark = pytest.mark.slow


def test_files_are_placed_in_order_of_their_names_and_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    one_call(house)
    registers(house, {"1100001": "031021", "1100002": "031022"})
    for number, time in enumerate(("10:00:00", "11:00:00", "12:00:00")):
        for device, officer in (("1100002", "031022"), ("1100001", "031021")):
            name = f"海口市公安局龙华分局_{clip_name(device, officer, time)}"  # the same 30 bytes before each camera
            house.put(f"{number}/{name}", film(5, f"{device} {time}"))
    placed: list[list[str]] = []
    real = placing._place_batch

    def place_batch(connection: Any, scan: Any, batch: Any, register: Any) -> None:
        paths = files.paths_of(connection, [int(mark.subject) for mark in batch.marks if mark.subject.isdigit()])
        placed.append([paths[int(mark.subject)] for mark in batch.marks if mark.subject.isdigit()])
        real(connection, scan, batch, register)

    monkeypatch.setattr(placing, "_place_batch", place_batch)
    monkeypatch.setattr(placing, "BATCH", 2)
    monkeypatch.setattr(work, "AT_ONCE", 3)
    house.scan(MORNING)
    bases = [path.rpartition("/")[2] for some in placed for path in some]
    assert len(bases) == 7
    assert bases == sorted(bases)
    assert "1100001" in bases[3]
    assert "1100002" in bases[4]


@pytest.mark.parametrize(
    "cameras", [("门口_ch1_", "大厅_ch1_"), ("20-7_", "20-8_"), ("第2派出所_1100002_", "第2派出所_1100001_")]
)
def test_cameras_are_told_apart_by_what_stands_before_the_time(cameras: tuple[str, str]) -> None:
    names = [f"{camera}202611200{hour}1200_1.mp4" for hour in range(3) for camera in cameras]
    ordered = sorted(names, key=lambda name: placing._camera(f"folder/{name}"))
    assert [name.startswith(cameras[0]) for name in ordered] in ([True] * 3 + [False] * 3, [False] * 3 + [True] * 3)


def test_marks_are_given_by_their_numbers_in_the_order_asked_for(house: House) -> None:
    with house.engine.begin() as connection:
        work.mark(connection, "place", [Mark("7"), Mark("8"), Mark("9")])
        (first, *_), (*_, last) = (work.take(connection, "place", 9, 99).ids for _ in range(2))
        found = work.these(connection, [last, 12345, first])
        assert [mark.subject for mark in found.marks] == ["9", "7"]
        assert found.ids == (last, first)
        assert work.page(connection, "place", last, first) == [(first + 1, "8"), (last, "9")]
