"""What reading one clip costs over a line: requests and bytes, each container for itself, the digest included."""

import struct
from pathlib import Path

import pytest

from benchmarks.objects import MOST_PERCENT, MOST_REQUESTS, cost_of
from tests.contracts.store_contract import MODIFIED
from tests.golden import media
from tests.objects import Bucket

pytestmark = pytest.mark.slow
MUCH = 16_000_000


def grown(content: bytes) -> bytes:
    """An MP4 of the same samples whose media data are 16 MB larger: nothing refers to what was added."""
    place, boxes = 0, []
    while place < len(content):
        length, kind = struct.unpack_from(">I4s", content, place)
        boxes.append((kind, content[place + 8 : place + length]))
        place += length
    return b"".join(
        struct.pack(">I4s", 8 + len(body) + (MUCH if kind == b"mdat" else 0), kind)
        + body
        + (bytes(MUCH) if kind == b"mdat" else b"")
        for kind, body in boxes
    )


@pytest.mark.parametrize("flags", ["+faststart", "0"])
def test_an_mp4_costs_at_most_four_requests_and_a_hundredth_of_its_bytes(bucket: Bucket, flags: str) -> None:
    recipe = media.RECIPES["plain.mp4"] | {"movflags": flags}
    content = grown(media.encoded(f"index-{flags}.mp4", recipe, 3).read_bytes())
    assert len(content) > MUCH
    assert (content.index(b"moov") < MUCH) == (flags == "+faststart")
    bucket.put("a.mp4", content, MODIFIED)
    cost = cost_of(bucket, "a.mp4")
    assert cost.requests <= MOST_REQUESTS, str(cost)
    assert cost.percent <= MOST_PERCENT, str(cost)


SAMPLE = Path(__file__).resolve().parents[3] / "sample_media" / "stores"


@pytest.mark.parametrize("suffix", [".mp4", ".avi", ".mkv", ".ts", ".mov", ".jpg"])
def test_a_small_clip_of_any_container_costs_few_requests_and_no_byte_twice(bucket: Bucket, suffix: str) -> None:
    names = sorted(path for path in SAMPLE.rglob(f"*{suffix}") if path.stat().st_size)[:3]
    for path in names:
        bucket.put(path.name, path.read_bytes(), MODIFIED)
        cost = cost_of(bucket, path.name)
        assert cost.requests <= 6, f"{path.name}: {cost}"
        assert cost.fetched <= 1.1 * cost.size + 1024, f"{path.name}: {cost}"
