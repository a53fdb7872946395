"""Every reader against the contract."""

from functools import cache

import pytest

from indexer.containers.avi.reader import AviReader
from indexer.containers.base import ContainerReader
from indexer.containers.dav.reader import DavReader
from indexer.containers.isobmff.reader import IsoBmffReader
from indexer.containers.libav import LibavReader
from indexer.containers.matroska.reader import MatroskaReader
from indexer.containers.mpeg.program import ProgramReader
from indexer.containers.mpeg.transport import TransportReader
from indexer.containers.still import StillReader
from tests.boxes import build, movie, steady, track
from tests.contracts.reader_contract import ReaderContract
from tests.golden import dav, media, pictures
from tests.indexer.containers.test_isobmff_fragments import fragment, init


@cache
def golden(*names: str) -> list[bytes]:
    return [media.clip(name).read_bytes() for name in names]


def changing() -> bytes:
    """Two descriptions by turns, reordered, with a cut."""
    tables = steady("200x40", 200) + "ctts runs=100x40,1x0,99x80\n"
    tables = tables.replace("stsc runs=1:200", "stsc runs=1:50:1,2:50:2,3:100:1").replace("at=24", "at=24,524,1024")
    text = track(tables=tables, edits="3000@40,3000@4500")
    return movie(text.replace("avc1\n", "avc1\n            avc1 width=320\n"), data=2010)


def changing_fragments() -> bytes:
    text = init().replace("avc1\n", "avc1\n            avc1 width=320\n")
    return build(text + "".join(fragment(1000 * n, "count=25", header=f"described={1 + n % 2}") for n in range(6)))


class TestIsoBmff(ReaderContract):
    @pytest.fixture
    def reader(self) -> ContainerReader:
        return IsoBmffReader()

    @pytest.fixture
    def wholes(self) -> list[bytes]:
        tables = steady("100x40,1x3040,100x40", 201) + "ctts runs=100x40,1x0,100x80\n"
        built = movie(
            track(tables=tables, edits="500@-1,4000@40,2000@6000") + "  udta\n    ©too text=Lavf\n", data=2010
        )
        return [built, changing(), changing_fragments(), *golden("plain.mp4", "front.mp4", "fragmented.mp4", "pcm.mov")]


class TestLibav(ReaderContract):
    @pytest.fixture
    def reader(self) -> ContainerReader:
        return LibavReader()

    @pytest.fixture
    def wholes(self) -> list[bytes]:
        return golden("plain.mkv", "mpeg4.avi", "plain.ts", "plain.mpg", "plain.flv")


class TestMatroska(ReaderContract):
    @pytest.fixture
    def reader(self) -> ContainerReader:
        return MatroskaReader()

    @pytest.fixture
    def wholes(self) -> list[bytes]:
        return golden("plain.mkv", "live.mkv", "plain.webm")


class TestAvi(ReaderContract):
    @pytest.fixture
    def reader(self) -> ContainerReader:
        return AviReader()

    @pytest.fixture
    def wholes(self) -> list[bytes]:
        return golden("mpeg4.avi", "h264.avi")


class TestDav(ReaderContract):
    @pytest.fixture
    def reader(self) -> ContainerReader:
        return DavReader()

    @pytest.fixture
    def wholes(self) -> list[bytes]:
        return [dav.clip(name).read_bytes() for name in dav.RECIPES]


class TestTransport(ReaderContract):
    @pytest.fixture
    def reader(self) -> ContainerReader:
        return TransportReader()

    @pytest.fixture
    def wholes(self) -> list[bytes]:
        return golden("plain.ts", "plain.m2ts", "hevc.ts")


class TestProgram(ReaderContract):
    @pytest.fixture
    def reader(self) -> ContainerReader:
        return ProgramReader()

    @pytest.fixture
    def wholes(self) -> list[bytes]:
        return golden("h264.vob", "h264.mpg")


class TestStill(ReaderContract):
    @pytest.fixture
    def reader(self) -> ContainerReader:
        return StillReader()

    @pytest.fixture
    def wholes(self) -> list[bytes]:
        return [pictures.jpeg(), pictures.jpeg(pictures.EXIF)]
