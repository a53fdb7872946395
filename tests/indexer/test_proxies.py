"""Proxies show the stretch that was asked for, of every format; bounded, shared, ended, never half-made."""

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from detectors.content.packets import zero_of
from indexer.originals import Lacking, NoMedia
from indexer.playable import how_played
from indexer.proxies import Bounds, Proxies, Source
from indexer.proxy_cache import ProxyCache, Stretch
from indexer.still_cache import FileBytes
from indexer.stores import open_store
from indexer.stores.base import StoreSettings
from indexer.transcoding import Abandoned, Means, Undecodable, Work, transcode
from tests.golden import dav, media

pytestmark = [pytest.mark.slow, pytest.mark.long]

CONTAINERS = {"mpg": "ps", "vob": "ps", "m2ts": "ts", "wmv": "asf"}
NEVER = threading.Event()


def stretch(start: float, length: float) -> Stretch:
    return Stretch(timedelta(seconds=start), timedelta(seconds=length))


def made(path: Path, container: str, wanted: Stretch, into: Path) -> Path:
    with path.open("rb") as stream:
        transcode(stream.fileno(), Work(container, wanted, into), Means(), threading.Event())
    return into


def tracks(path: Path) -> dict[str, tuple[str, float]]:
    """Codec and length of each track, as libav reads them."""
    with av.open(str(path)) as container:
        return {
            one.type: (one.codec_context.name, float((one.duration or 0) * (one.time_base or 0)))
            for one in container.streams
        }


def pictures(path: Path) -> dict[float, NDArray[np.float64]]:
    """What is on the screen, by media time."""
    with av.open(str(path)) as container:
        zero = zero_of(container)
        return {
            float(frame.time or 0) - zero: np.asarray(frame.reformat(160, 120, "gray").to_ndarray(), np.float64)
            for frame in container.decode(video=0)
        }


def time_of(picture: NDArray[np.float64], original: Path) -> float:
    """When the original shows the picture that is most like this one."""
    shown = pictures(original)
    return min(shown, key=lambda at: float(np.abs(shown[at] - picture).mean()))


def in_container(name: str) -> str:
    suffix = name.rpartition(".")[2]
    return CONTAINERS.get(suffix, suffix)


@pytest.mark.parametrize("name", media.RECIPES)
def test_every_format_becomes_a_film_of_the_stretch_with_picture_and_sound(name: str, tmp_path: Path) -> None:
    proxy = made(media.clip(name), in_container(name), stretch(1, 1.5), tmp_path / "p.mp4")
    found = tracks(proxy)
    assert {kind: codec for kind, (codec, _) in found.items()} == {"video": "h264", "audio": "aac"}
    assert [length for _, length in found.values()] == pytest.approx([1.5, 1.5], abs=0.1)
    content = proxy.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")  # a player may begin before all of it is there
    seen = pictures(proxy)
    for at, picture in list(seen.items())[5:30:8]:  # what is seen so long after its beginning is of one second later
        assert time_of(picture, media.clip(name)) == pytest.approx(1 + at, abs=0.08)


@pytest.mark.parametrize(("picture", "sound"), [("h264", "aac"), ("hevc", "pcm_alaw")])
def test_a_dahua_recording_is_played_with_its_telephone_sound(picture: str, sound: str, tmp_path: Path) -> None:
    original = tmp_path / "a.dav"
    original.write_bytes(dav.recording(dav.pictures(picture), dav.sounds(sound)))
    found = tracks(made(original, "dav", stretch(1, 1.5), tmp_path / "p.mp4"))
    assert sorted(found) == ["audio", "video"]
    assert [length for _, length in found.values()] == pytest.approx([1.5, 1.5], abs=0.1)


MORE = ("plain.flv", "plain.mpg", "h264.asf", "live.mkv")


@pytest.mark.parametrize("name", ["long.dav", "hevc.ts", *(pytest.param(one, marks=pytest.mark.long) for one in MORE)])
def test_the_middle_of_a_file_without_an_index_is_found(name: str, tmp_path: Path) -> None:
    original = tmp_path / name
    if name == "long.dav":
        original.write_bytes(dav.recording(dav.pictures("h264", seconds=30), dav.sounds("aac", seconds=30)))
    else:
        original = media.encoded(f"half-a-minute-{name}", media.RECIPES[name], 30)
    seen = pictures(made(original, in_container(name), stretch(12.4, 3), tmp_path / "p.mp4"))
    for at, picture in list(seen.items())[5:60:20]:
        assert time_of(picture, original) == pytest.approx(12.4 + at, abs=0.08)


@pytest.mark.parametrize("name", media.HOLED)
def test_time_that_was_not_recorded_stays_in_the_film(name: str, tmp_path: Path) -> None:
    # pictures stop at 4 s and go on at 7 s: of 3 s to 9 s the proxy lasts six seconds as well
    proxy = made(media.holed(name), in_container(name), stretch(3, 6), tmp_path / "p.mp4")
    assert tracks(proxy)["video"][1] == pytest.approx(6, abs=0.1)


def test_large_pictures_become_smaller_and_fast_ones_slower(tmp_path: Path) -> None:
    recipe = media.H264 | {"an": None, "s": "1922x1082"}
    large = media.encoded("large.mp4", recipe, 1, rate=60)
    proxy = made(large, "mp4", stretch(0, 1), tmp_path / "p.mp4")
    with av.open(str(proxy)) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height) == (1280, 720)
        assert float(stream.average_rate or 0) == pytest.approx(30, abs=0.5)


@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile /etc/hosts\n",
        "<?xml version='1.0'?><MPD xmlns='urn:mpeg:dash:schema:mpd:2011'></MPD>",
    ],
)
def test_a_playlist_under_the_name_of_a_film_opens_nothing(text: str, tmp_path: Path) -> None:
    original = tmp_path / "a.mp4"
    original.write_text(text)
    with pytest.raises(Undecodable) as told:
        made(original, "mp4", stretch(0, 5), tmp_path / "p.mp4")
    assert "passwd" not in str(told.value)


def test_which_originals_a_browser_plays_is_told_with_the_reason() -> None:
    assert how_played("mp4", [("video", "h264", "High"), ("audio", "aac", "LC")]).direct
    assert how_played("mp4", [("video", "h264", None), ("other", "tmcd", None)]).direct
    for container, video, audio, word in (
        ("mp4", "hevc", "aac", "H.265"),
        ("avi", "mjpeg", "pcm_s16le", "AVI"),
        ("ts", "h264", "aac", "MPEG-TS"),
        ("dav", "h264", "pcm_alaw", "DAV"),
        ("mov", "h264", "pcm_alaw", "G.711"),
        ("mp4", "h264", "amr_nb", "AMR"),
        ("unknown", "h264", "aac", "unknown"),
    ):
        found = how_played(container, [("video", video, None), ("audio", audio, None)])
        assert not found.direct
        assert all(word in text for text in found.why)
    assert not how_played("mp4", [("video", "h264", "High 10")]).direct


class Making:
    """Stands in for FFmpeg: writes the stretch's beginning, waits where it is told to, and remembers its calls."""

    def __init__(self) -> None:
        self.calls: list[float] = []
        self.hold = threading.Event()
        self.hold.set()
        self.error: Exception | None = None
        self.abandoned = 0

    def __call__(self, descriptor: int, work: Work, _means: Means, left: threading.Event) -> None:
        self.calls.append(work.stretch.start.total_seconds())
        work.into.write_bytes(b"half")
        while not self.hold.wait(0.01):
            if left.is_set():
                self.abandoned += 1
                raise Abandoned
        if self.error:
            raise self.error
        work.into.write_bytes(os.pread(descriptor, 4, 0) + str(self.calls[-1]).encode() * 1000)


Built = Callable[..., Proxies]


@pytest.fixture
def making() -> Making:
    return Making()


@pytest.fixture
def settings(tmp_path: Path) -> StoreSettings:
    (tmp_path / "dock").mkdir()
    (tmp_path / "dock" / "a.dav").write_bytes(b"DHAV and more")
    return StoreSettings("dock", str(tmp_path / "dock"))


@pytest.fixture
def build(settings: StoreSettings, tmp_path: Path, making: Making) -> Built:
    def built(megabytes: int = 10, **bounds: float) -> Proxies:
        limits = Bounds(**{"patience": 5.0, **bounds})  # type: ignore[arg-type]
        return Proxies([settings], ProxyCache(tmp_path / "proxies", megabytes), 10, limits, making)

    return built


@pytest.fixture
def source(settings: StoreSettings) -> Source:
    found = open_store(settings).stat("a.dav")
    assert found
    return Source(FileBytes("dock:a.dav", found), "dav")


def content(proxies: Proxies, source: Source, start: float = 0, who: str = "a") -> bytes:
    with proxies.open(source, stretch(start, 10), who, threading.Event()) as stream:
        return stream.read()


def refusal(proxies: Proxies, source: Source, start: float = 0, who: str = "a") -> Lacking:
    with pytest.raises(NoMedia) as told:
        content(proxies, source, start, who)
    return told.value.why


def test_a_proxy_is_made_once_and_kept(build: Built, source: Source, making: Making) -> None:
    proxies = build()
    assert content(proxies, source).startswith(b"DHAV0.0")
    assert content(proxies, source).startswith(b"DHAV0.0")
    assert making.calls == [0]


def test_requests_for_the_same_stretch_wait_for_the_same_work(build: Built, source: Source, making: Making) -> None:
    proxies = build()
    making.hold.clear()
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(content, proxies, source, 5, who) for who in "abca"]
        time.sleep(0.3)
        making.hold.set()
        assert {one.result()[:7] for one in asked} == {b"DHAV5.0"}
    assert making.calls == [5]


def test_one_person_has_one_made_at_a_time_and_the_process_a_few(build: Built, source: Source, making: Making) -> None:
    proxies = build(patience=0.3, at_once=2)
    making.hold.clear()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(content, proxies, source, 0, "a")
        time.sleep(0.1)
        assert refusal(proxies, source, 20, "a") is Lacking.BUSY
        second = pool.submit(content, proxies, source, 40, "b")
        time.sleep(0.1)
        assert refusal(proxies, source, 60, "c") is Lacking.BUSY
        making.hold.set()
        assert [one.result()[:4] for one in (first, second)] == [b"DHAV", b"DHAV"]
    assert making.calls == [0, 40]


def test_work_is_ended_when_the_last_one_who_waits_has_left(
    build: Built, source: Source, making: Making, tmp_path: Path
) -> None:
    proxies = build()
    making.hold.clear()
    gone = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(proxies.open, source, stretch(0, 10), "a", gone)
        time.sleep(0.2)
        gone.set()
        with pytest.raises(NoMedia) as told:
            asked.result()
    assert told.value.why is Lacking.LEFT
    until = time.monotonic() + 5
    while not making.abandoned:
        assert time.monotonic() < until
        time.sleep(0.01)
    making.hold.set()
    assert content(proxies, source).startswith(b"DHAV0.0")  # what was given up is no failure, and left nothing
    assert [path.suffix for path in (tmp_path / "proxies").iterdir() if path.name.startswith(".new")] == []


def test_what_cannot_be_decoded_is_not_tried_again_at_once(build: Built, source: Source, making: Making) -> None:
    proxies = build()
    making.error = Undecodable("no key picture")
    assert refusal(proxies, source) is Lacking.NONE
    assert refusal(proxies, source) is Lacking.NONE
    assert making.calls == [0]
    assert refusal(proxies, source, 20) is Lacking.NONE  # another stretch is another question
    assert making.calls == [0, 20]


def test_a_failure_leaves_no_half_made_file(build: Built, source: Source, making: Making, tmp_path: Path) -> None:
    making.error = OSError(28, "No space left on device")
    assert refusal(build(), source) is Lacking.UNREACHABLE
    assert list((tmp_path / "proxies").iterdir()) == []


def opened(cache: ProxyCache, source: Source, start: float) -> bool:
    stream = cache.open(source.file, stretch(start, 10))
    if stream:
        stream.close()
    return stream is not None


def test_those_not_played_for_longest_make_room(build: Built, source: Source, tmp_path: Path) -> None:
    cache = ProxyCache(tmp_path / "proxies", 1)
    for number, age in ((0, 300), (10, 200), (20, 100)):
        half = cache.half()
        half.write_bytes(bytes(400_000))
        os.utime(half, (time.time() - age,) * 2)
        if number == 20:
            assert opened(cache, source, 0)  # played just now
        cache.keep(half, source.file, stretch(number, 10))
    kept = [number for number in (0, 10, 20) if opened(cache, source, number)]
    assert kept == [0, 20]


def test_a_file_of_another_name_in_the_folder_is_nobodys(source: Source, tmp_path: Path) -> None:
    cache = ProxyCache(tmp_path / "proxies", 1)
    half = cache.half()
    other = tmp_path / "proxies" / "keep-me.txt"
    other.write_bytes(bytes(3_000_000))
    half.write_bytes(bytes(2_000_000))
    cache.keep(half, source.file, stretch(0, 10))
    assert other.exists()


def test_without_room_there_are_none(build: Built, source: Source, making: Making) -> None:
    assert refusal(build(megabytes=0), source) is Lacking.UNREACHABLE
    assert making.calls == []


def test_a_file_that_changed_or_went_is_told_apart_from_one_that_cannot_be_read(
    build: Built, source: Source, settings: StoreSettings
) -> None:
    path = Path(settings.location) / "a.dav"
    path.write_bytes(b"other bytes, and more of them")
    assert refusal(build(), source) is Lacking.GONE
    path.unlink()
    assert refusal(build(), source) is Lacking.GONE
    Path(settings.location).rmdir()
    assert refusal(build(), source) is Lacking.UNREACHABLE
    assert refusal(Proxies([], ProxyCache(path.parent / "p", 1)), source) is Lacking.UNREACHABLE


def test_a_link_put_in_the_place_of_the_file_is_not_followed(
    build: Built, source: Source, settings: StoreSettings, tmp_path: Path
) -> None:
    path, secret = Path(settings.location) / "a.dav", tmp_path / "secret"
    secret.write_bytes(path.read_bytes())
    os.utime(secret, (path.stat().st_atime, path.stat().st_mtime))
    path.unlink()
    path.symlink_to(secret)
    assert refusal(build(), source) is Lacking.GONE


def test_ffmpeg_is_killed_when_nobody_waits(tmp_path: Path) -> None:
    long = media.encoded("long.mp4", media.H264 | {"an": None, "s": "1920x1080", "b:v": "200k"}, 20, rate=25)
    left = threading.Event()
    threading.Timer(0.3, left.set).start()
    begun = time.monotonic()
    with long.open("rb") as stream, pytest.raises(Abandoned):
        transcode(stream.fileno(), Work("mp4", stretch(0, 60), tmp_path / "p.mp4"), Means(), left)
    assert time.monotonic() - begun < 2
