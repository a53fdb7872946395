"""Object stores against the contract, against hostile names and servers, and against any attempt to write."""

import logging
import os
import pickle
import socket
import subprocess
import sys
import threading
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

import pytest

from domain.clip import StoredFile
from domain.errors import ConfigError, StoreUnavailable
from indexer.digests import full_digest, quick_digest
from indexer.pipeline.probe import Job, read_files
from indexer.stores import open_store, s3_client
from indexer.stores.base import Store, StoreSettings
from tests.contracts.store_contract import MODIFIED, TREE, StoreContract
from tests.golden import media
from tests.objects import KEYS, Bucket
from tests.spoken import in_both_languages

pytestmark = pytest.mark.slow
SECONDS = MODIFIED.replace(microsecond=0)


class TestBucket(StoreContract):
    told = SECONDS

    @pytest.fixture
    def store(self, bucket: Bucket) -> Store:
        bucket.put_tree(TREE, MODIFIED)
        return open_store(bucket.settings())


class TestBelowAPrefix(StoreContract):
    told = SECONDS

    @pytest.fixture
    def store(self, bucket: Bucket) -> Store:
        bucket.put_tree({"branch/other.mp4": b"x", "branch/dock2/a.mp4": b"x"})
        bucket.put_tree(TREE, MODIFIED, prefix="branch/dock/")
        return open_store(bucket.settings(prefix="branch/dock"))


def listed(store: Store) -> dict[str, StoredFile]:
    return {file.path: file for folder in store.walk() for file in folder.files}


def test_a_large_listing_comes_in_pages(bucket: Bucket) -> None:
    bucket.put_tree({f"{n % 3}/{n:04}.mp4": b"x" for n in range(1100)})
    store = bucket.store()
    before = store.client.sent
    assert len(listed(store)) == 1100
    assert store.client.sent - before == 2


def test_names_that_trouble_xml_and_addresses_are_read_like_any_other(bucket: Bucket) -> None:
    names = ["a&b<c>.mp4", "100%.mp4", "a+b.mp4", "?x=1#y.mp4", "tab\t.mp4", "夜 班.mp4", "%2e%2e.mp4"]
    bucket.put_tree({name: name.encode() for name in names})
    store = bucket.store()
    assert sorted(listed(store)) == sorted(names)
    for name in names:
        assert store.open(name).read() == name.encode()
        assert store.stat(name) is not None


def test_keys_that_make_no_path_are_skipped_and_never_an_error(bucket: Bucket) -> None:
    bucket.put_tree({"/lead.mp4": b"1", "a//b.mp4": b"2", "a/../c.mp4": b"3", "a/": b"", "a/ok.mp4": b"4"})
    folders = {folder.path: folder for folder in bucket.store().walk()}
    assert [path for folder in folders.values() for path in [file.path for file in folder.files]] == ["a/ok.mp4"]
    assert folders[""].skipped == (("//", "name is no step of a path"),)
    assert [name for name, _ in folders["a"].skipped] == ["..", "//"]


def test_an_empty_bucket_is_an_empty_store_and_none_is_a_store_that_is_gone(bucket: Bucket) -> None:
    assert [(folder.path, folder.files) for folder in bucket.store().walk()] == [("", ())]
    settings = StoreSettings("dock", "s3://never-made", endpoint=bucket.endpoint)
    store = open_store(settings)
    for use in (lambda: list(store.walk()), lambda: store.stat("a.mp4"), lambda: store.open("a.mp4")):
        with pytest.raises(StoreUnavailable, match=r"s3://never-made/.*NoSuchBucket") as told:
            use()
        assert in_both_languages(str(told.value))


def test_a_server_that_is_not_there_makes_the_store_unavailable(bucket: Bucket) -> None:
    with socket.socket() as taken:  # bound, and listening to nobody
        taken.bind(("127.0.0.1", 0))
        store = open_store(
            StoreSettings("dock", "s3://evidence", endpoint=f"http://127.0.0.1:{taken.getsockname()[1]}")
        )
        for use in (lambda: list(store.walk()), lambda: store.stat("a.mp4"), lambda: store.open("a.mp4")):
            with pytest.raises(StoreUnavailable) as told:
                use()
            assert in_both_languages(str(told.value))


def test_missing_credentials_are_told_as_such(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_client, "_clients", {})
    for key in KEYS:
        monkeypatch.delenv(key)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    with pytest.raises(StoreUnavailable, match="there are no credentials"):
        list(bucket.store().walk())
    with pytest.raises(StoreUnavailable, match="profile of credentials does not exist"):
        list(open_store(bucket.settings(profile="nobody")).walk())


def test_a_profile_gives_a_store_credentials_of_its_own(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(s3_client, "_clients", {})
    for key in KEYS:
        monkeypatch.delenv(key)
    (tmp_path / "keys").write_text("[branch]\naws_access_key_id = A\naws_secret_access_key = B\n", encoding="utf-8")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "keys"))
    bucket.put("a.mp4", b"x")
    assert list(listed(open_store(bucket.settings(profile="branch")))) == ["a.mp4"]


class TestOverwritten:
    """An object that is another one by the time it is read is noticed, and never half of each."""

    def test_while_it_is_read(self, bucket: Bucket) -> None:
        bucket.put("a.mp4", b"1" * 100_000)
        with bucket.store().open("a.mp4") as stream:
            assert stream.read(1000) == b"1" * 1000
            bucket.put("a.mp4", b"2" * 100_000)
            stream.seek(50_000)
            with pytest.raises(OSError, match="has changed since it was opened"):
                stream.read(10)

    def test_by_a_server_that_knows_no_conditions(self, bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
        real = s3_client.Client.get
        monkeypatch.setattr(
            s3_client.Client, "get", lambda self, name, key, part, etag=None: real(self, name, key, part)
        )
        bucket.put("a.mp4", b"1" * 100_000)
        with bucket.store().open("a.mp4") as stream:
            bucket.put("a.mp4", b"2" * 100_000)
            stream.seek(50_000)
            with pytest.raises(OSError, match="has changed since it was opened"):
                stream.read(10)

    def test_between_listing_and_reading(self, bucket: Bucket) -> None:
        bucket.put("a.mp4", media.clip("plain.mp4").read_bytes(), MODIFIED)
        file = listed(bucket.store())["a.mp4"]
        bucket.put("a.mp4", media.clip("plain.mp4").read_bytes() + b"more")
        (reading,) = read_files(Job(bucket.settings(), ((1, file),)))
        assert reading.probe is None
        assert reading.error is not None
        assert "changed since it was listed" in reading.error.message

    def test_deleted_between_listing_and_reading(self, bucket: Bucket) -> None:
        bucket.put("a.mp4", b"x", MODIFIED)
        file = listed(bucket.store())["a.mp4"]
        bucket.remove("a.mp4")
        (reading,) = read_files(Job(bucket.settings(), ((1, file),)))
        assert reading.error is not None
        assert "gone since it was listed" in reading.error.message


def test_a_clip_is_measured_and_its_digest_made_in_few_requests_and_few_bytes(bucket: Bucket) -> None:
    content = media.clip("plain.mp4").read_bytes()
    bucket.put("a.mp4", content, MODIFIED)
    store = bucket.store()
    file = listed(store)["a.mp4"]
    before = store.client.sent
    (reading,) = read_files(Job(bucket.settings(), ((1, file),)))
    assert reading.probe is not None
    assert reading.probe.problems == ()
    assert reading.digest == quick_digest(store, file)
    assert store.client.sent - before <= 6


def test_a_second_whole_reading_comes_from_the_server_again(bucket: Bucket) -> None:
    from indexer.digests import forget_cached

    bucket.put("a.mp4", b"1" * 1000, MODIFIED)
    store = bucket.store()
    file = listed(store)["a.mp4"]
    first = full_digest(store, file)
    bucket.put("a.mp4", b"2" * 1000, MODIFIED)
    forget_cached(store, file)
    assert full_digest(store, file) != first


class TestNothingIsWritten:
    """Neither by our code, nor by the client that it uses, whoever asks."""

    @pytest.mark.parametrize(
        ("operation", "more"),
        [
            ("put_object", {"Key": "a.mp4", "Body": b"x"}),
            ("delete_object", {"Key": "a.mp4"}),
            ("delete_objects", {"Delete": {"Objects": [{"Key": "a.mp4"}]}}),
            ("copy_object", {"Key": "b.mp4", "CopySource": "evidence/a.mp4"}),
            ("create_multipart_upload", {"Key": "b.mp4"}),
            ("put_object_tagging", {"Key": "a.mp4", "Tagging": {"TagSet": []}}),
            ("put_object_retention", {"Key": "a.mp4"}),
            ("restore_object", {"Key": "a.mp4"}),
            ("put_bucket_policy", {"Policy": "{}"}),
            ("delete_bucket", {}),
            ("create_bucket", {}),
        ],
    )
    def test_the_client_refuses_to_send_it(self, bucket: Bucket, operation: str, more: dict[str, object]) -> None:
        bucket.put("a.mp4", b"first")
        client = bucket.store().client
        before = client.sent
        with pytest.raises(PermissionError, match="a store is only read"):
            client._run(client._answer, operation, {"Bucket": bucket.name, **more})
        assert client.sent == before
        assert bucket.content("a.mp4") == b"first"

    def test_no_method_but_get_and_head_leaves_even_for_an_operation_that_reads(self, bucket: Bucket) -> None:
        class Request:
            method = "POST"

        with pytest.raises(PermissionError, match="POST is never sent"):
            bucket.store().client._refuse_method(Request())

    def test_a_scan_of_everything_sends_only_reading(self, bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
        names: set[str] = set()
        real = s3_client.refuse_writing

        def hear(model: object, **more: object) -> None:
            names.add(model.name)  # type: ignore[attr-defined]
            real(model, **more)

        monkeypatch.setattr(s3_client, "refuse_writing", hear)
        monkeypatch.setattr(s3_client, "_clients", {})
        bucket.put_tree(TREE, MODIFIED)
        store = bucket.store()
        for path in listed(store):
            with store.open(path) as stream:
                stream.read()
            assert store.stat(path) is not None
        assert names == {"ListObjectsV2", "GetObject"}


def test_credentials_in_an_address_are_refused_and_not_shown() -> None:
    for location in ("s3://AKIDX:VERYSECRET@evidence/x", "s3://VERYSECRET@evidence", "s3://evidence:9000/x"):
        with pytest.raises(ConfigError, match="without keys or a port") as told:
            open_store(StoreSettings("dock", location))
        assert "VERYSECRET" not in str(told.value)
        assert in_both_languages(str(told.value))


@pytest.mark.parametrize("location", ["s3://", "s3://UP_per", "s3://evidence//x", "s3://evidence/a/../b", "s3://ev ce"])
def test_an_address_that_is_none_is_refused(location: str) -> None:
    with pytest.raises(ConfigError, match="expected s3://bucket/prefix"):
        open_store(StoreSettings("dock", location))


def test_keys_of_object_stores_mean_nothing_to_folders() -> None:
    with pytest.raises(ConfigError, match=r"stores\.dock\.endpoint: expected only with an s3:// location"):
        open_store(StoreSettings("dock", "/mnt/dock", endpoint="http://127.0.0.1:9000"))


def test_without_the_package_the_configuration_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_client.importlib.util, "find_spec", lambda name: None)  # type: ignore[attr-defined]
    with pytest.raises(ConfigError, match="needs the package s3fs") as told:
        open_store(StoreSettings("dock", "s3://evidence"))
    assert in_both_languages(str(told.value))


def test_nothing_that_is_logged_at_any_level_holds_a_credential(
    bucket: Bucket, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "TOKENTEST")
    monkeypatch.setattr(s3_client, "_clients", {})
    for name in s3_client.CHATTY:
        logging.getLogger(name).setLevel(logging.NOTSET)
    caplog.set_level(logging.DEBUG)
    bucket.put("a.mp4", b"x")
    store = bucket.store()
    list(store.walk())
    store.open("a.mp4").read()
    with pytest.raises(OSError):
        store.open("b.mp4")
    for secret in ("SECRETTEST", "TOKENTEST", "AKIDTEST", "Signature"):
        assert secret not in caplog.text


@pytest.mark.long
def test_a_worker_of_its_own_process_opens_the_store_from_its_settings(bucket: Bucket) -> None:
    bucket.put("a.mp4", media.clip("plain.mp4").read_bytes(), MODIFIED)
    file = listed(bucket.store())["a.mp4"]
    job = Job(pickle.loads(pickle.dumps(bucket.settings())), ((1, file),))
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        (reading,) = pool.submit(read_files, job).result()
    assert reading.error is None
    assert reading.probe is not None


def test_many_threads_read_at_once_over_one_line(bucket: Bucket) -> None:
    bucket.put_tree({f"{n}.mp4": bytes([n]) * 30_000 for n in range(8)})
    wrong: list[int] = []

    def read(n: int) -> None:
        with bucket.store().open(f"{n}.mp4") as stream:
            if stream.read() != bytes([n]) * 30_000:
                wrong.append(n)

    threads = [threading.Thread(target=read, args=(n,)) for n in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert wrong == []


def test_no_command_that_has_no_such_store_loads_the_package() -> None:
    script = "import sys, app.cli, indexer.stores, app.settings; sys.exit(bool({'s3fs', 'aiohttp'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_times_are_told_in_whole_seconds_by_listing_and_by_opening(bucket: Bucket) -> None:
    bucket.put("a.mp4", b"x", datetime(2026, 11, 20, 8, 11, 52, 999_000))
    store = bucket.store()
    stated = datetime(2026, 11, 20, 8, 11, 52, tzinfo=UTC)
    assert listed(store)["a.mp4"].modified_at == stated
    stream = store.open("a.mp4")
    assert stream.ranges.modified_at == stated  # type: ignore[attr-defined]
