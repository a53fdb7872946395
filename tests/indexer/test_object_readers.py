"""Whoever reads clips reads them out of a bucket as well: the same answers as from a folder, behind the same walls."""

import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.command_line import status_of
from app.evidence.bag import Bag
from app.evidence.clips import Copied, copy_clip
from app.watching import watched_roots
from detectors.content.base import Request
from domain.clip import StoredFile
from indexer.containers import probe_file
from indexer.digests import full_digest
from indexer.originals import Lacking, NoMedia, Originals
from indexer.pipeline.detect_worker import Bounds, ContentJob, end_helpers, look
from indexer.proxies import Proxies, Source
from indexer.proxy_cache import ProxyCache, Stretch
from indexer.still_cache import FileBytes, StillCache
from indexer.stills import Stills
from indexer.stores import open_store
from indexer.stores.base import StoreSettings
from storage.queries.evidence import LinkedFile
from tests.golden import media
from tests.indexer.test_proxies import tracks
from tests.objects import Bucket, bucket_at, served
from tests.stubborn import Stubborn

pytestmark = pytest.mark.slow
LONG_AGO = datetime(2024, 1, 15, 6, 30, 25, tzinfo=UTC)
NAMES = ("plain.mp4", "plain.mkv", "plain.flv", "plain.ts")
CHECK = "detectors.content.check:check"


@pytest.fixture(scope="module")
def bucket() -> Iterator[Bucket]:
    """The same clips in a bucket as in the folder `disk`."""
    with served() as endpoint, bucket_at(endpoint) as one:
        for name in NAMES:
            one.put(name, media.clip(name).read_bytes(), LONG_AGO)
        yield one


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> StoreSettings:
    folder = tmp_path_factory.mktemp("disk")
    for name in NAMES:
        (folder / name).write_bytes(media.clip(name).read_bytes())
        os.utime(folder / name, (LONG_AGO.timestamp(),) * 2)
    return StoreSettings("dock", str(folder))


def file(name: str) -> StoredFile:
    return StoredFile("dock", name, media.clip(name).stat().st_size, LONG_AGO)


def as_bytes(name: str) -> FileBytes:
    return FileBytes(f"dock:{name}", file(name))


@pytest.mark.parametrize("name", NAMES)
def test_a_probe_says_the_same_of_an_object_as_of_a_file(bucket: Bucket, disk: StoreSettings, name: str) -> None:
    found, wanted = (probe_file(open_store(one), file(name)) for one in (bucket.settings(), disk))
    assert found == wanted


def test_whole_digests_are_those_of_the_file(bucket: Bucket, disk: StoreSettings) -> None:
    digests = {full_digest(open_store(one), file("plain.mkv")) for one in (bucket.settings(), disk)}
    assert len(digests) == 1


def test_pictures_and_sound_are_measured_behind_the_wall(bucket: Bucket, disk: StoreSettings) -> None:
    request = Request("plain.mp4", (), 60.0)
    answers = []
    try:
        for settings in (bucket.settings(), disk):
            looked = look(ContentJob(1, settings, file("plain.mp4"), request, CHECK))
            assert looked.answer is not None, looked.why
            answers.append((looked.answer.observations, looked.answer.prints, looked.answer.problems))
    finally:
        end_helpers(CHECK, Bounds())
    assert answers[0] == answers[1]
    assert answers[0][0]


def test_stills_are_made_of_an_object(bucket: Bucket, disk: StoreSettings, tmp_path: Path) -> None:
    shown = []
    for number, settings in enumerate((bucket.settings(), disk)):
        stills = Stills([settings], StillCache(tmp_path / str(number), 10))
        try:
            shown.append(stills.at(as_bytes("plain.mp4"), timedelta(seconds=1)))
        finally:
            stills.end()
    assert shown[0] == shown[1]
    assert shown[0].jpeg[:2] == b"\xff\xd8"


@pytest.mark.parametrize(("name", "container"), [("plain.mp4", "mp4"), ("plain.ts", "ts")])
def test_a_proxy_of_an_object_is_made_over_a_relay(bucket: Bucket, tmp_path: Path, name: str, container: str) -> None:
    proxies = Proxies([bucket.settings()], ProxyCache(tmp_path / "proxies", 10))
    stretch = Stretch(timedelta(seconds=1), timedelta(seconds=1))
    with proxies.open(Source(as_bytes(name), container), stretch, "li", threading.Event()) as made:
        (tmp_path / "p.mp4").write_bytes(made.read())
    found = tracks(tmp_path / "p.mp4")
    assert {kind: codec for kind, (codec, _) in found.items()} == {"video": "h264", "audio": "aac"}
    assert [length for _, length in found.values()] == pytest.approx([1.0, 1.0], abs=0.1)
    assert not any(thread.name == "bwc-relay" for thread in threading.enumerate())


def test_an_object_that_is_a_playlist_leads_ffmpeg_nowhere(bucket: Bucket, tmp_path: Path) -> None:
    """Over the relay FFmpeg may speak HTTP: what it opens is bounded by the kinds of container."""
    with Stubborn() as other:
        other.answers = [(200, b"x")] * 9
        text = f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{other.address}/x.ts\n#EXT-X-ENDLIST\n".encode()
        bucket.put("list.mp4", text, LONG_AGO)
        proxies = Proxies([bucket.settings()], ProxyCache(tmp_path / "proxies", 10))
        named = FileBytes("dock:list.mp4", StoredFile("dock", "list.mp4", len(text), LONG_AGO))
        with pytest.raises(NoMedia) as told:
            proxies.open(Source(named, "mp4"), Stretch(timedelta(0), timedelta(seconds=5)), "li", threading.Event())
        assert told.value.why is Lacking.NONE
        assert other.asked == []


def test_an_original_is_played_by_ranges_and_one_that_changed_is_not(bucket: Bucket) -> None:
    originals = Originals([bucket.settings()])
    content = media.clip("plain.mp4").read_bytes()
    with originals.open(as_bytes("plain.mp4")) as stream:
        stream.seek(len(content) // 2)
        assert stream.read(1000) == content[len(content) // 2 :][:1000]
    other = StoredFile("dock", "plain.mp4", len(content), LONG_AGO - timedelta(days=1))
    gone = StoredFile("dock", "gone.mp4", 1, LONG_AGO)
    for lost, why in ((FileBytes("dock:plain.mp4", other), Lacking.GONE), (FileBytes("dock:x", gone), Lacking.GONE)):
        with pytest.raises(NoMedia) as told:
            originals.open(lost)
        assert told.value.why is why


def test_a_clip_is_copied_into_an_evidence_package_whole(bucket: Bucket, tmp_path: Path) -> None:
    stored = file("plain.mkv")
    known = LinkedFile(1, "dock", stored.path, "present", stored.size, LONG_AGO, None)
    copy = copy_clip(Bag(tmp_path), {"dock": open_store(bucket.settings())}, 1, known)
    assert (copy.became, copy.size) == (Copied.SIZE, stored.size)
    assert copy.path is not None
    assert (tmp_path / copy.path).read_bytes() == media.clip("plain.mkv").read_bytes()
    gone = LinkedFile(2, "dock", "gone.mp4", "present", 1, LONG_AGO, None)
    assert copy_clip(Bag(tmp_path), {"dock": open_store(bucket.settings())}, 2, gone).became is Copied.GONE


def test_one_object_is_measured_by_its_address(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", bucket.endpoint)
    assert status_of(["probe", f"s3://{bucket.name}/plain.mp4"]) == 0
    assert '"container": "mp4"' in capsys.readouterr().out.replace('":"', '": "')
    assert status_of(["probe", f"s3://{bucket.name}/gone.mp4"]) == 1
    assert "there is no such object" in capsys.readouterr().err
    assert status_of(["probe", "s3://AKID:hidden@evidence/x.mp4"]) == 2
    assert "hidden" not in capsys.readouterr().err


def test_a_bucket_is_not_watched(bucket: Bucket, disk: StoreSettings) -> None:
    assert list(watched_roots([bucket.settings("cloud"), disk]).values()) in (["dock"], [])
