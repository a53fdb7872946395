"""Attachments: told by content, kept once, seen only through a finding, never run by a browser."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from domain.attachments import plain_name
from storage.audit import audit_rows
from tests.api.client import Client
from tests.api.people import district
from tests.api.test_reviews import GAP, decide

pytestmark = pytest.mark.slow

JPEG = b"\xff\xd8\xff\xe0" + bytes(40)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
PDF = b"%PDF-1.7\n%\xe2\xe3\n"
MP4 = (24).to_bytes(4) + b"ftypisom" + bytes(12) + b"mdat"
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt "
TEXT = "设备送修，单号 17。\n".encode()
LARGEST = 10 * 1024 * 1024


@pytest.fixture
def people(tmp_path: Path) -> Iterator[Client]:
    with district(tmp_path / "d.db") as client:
        yield client


@pytest.fixture
def officer(people: Client) -> Client:
    return people.signed_in("officer")


def send(client: Client, name: str, content: bytes, kind: str = "application/octet-stream") -> httpx.Response:
    headers = {"x-csrf-token": client.csrf()} if client.cookies else {}
    return client.send("POST", "/api/v1/attachments", headers, files={"file": (name, content, kind)})


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.jpg", JPEG, "image/jpeg"),
        ("A.JPEG", JPEG, "image/jpeg"),
        ("a.png", PNG, "image/png"),
        ("单据.pdf", PDF, "application/pdf"),
        ("a.mp4", MP4, "video/mp4"),
        ("a.wav", WAV, "audio/wav"),
        ("a.txt", TEXT, "text/plain"),
        ("gb.txt", "设备送修".encode("gb18030"), "text/plain"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_is_taken_for_what_it_holds(officer: Client, name: str, content: bytes, kind: str) -> None:
    answer = send(officer, name, content, "text/html")
    assert answer.status_code == 201
    digest = hashlib.sha256(content).hexdigest()
    assert answer.json() == {"digest": digest, "media_type": kind, "size": len(content), "name": name}


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("a.jpg", PNG, "png"),
        ("a.png", b"<script>alert(1)</script>", "txt"),
        ("a.html", b"<script>alert(1)</script>", "txt"),
        ("a.svg", b"<svg onload='x'/>", "txt"),
        ("a.exe", b"MZ\x00\x00", "unknown content"),
        ("a.txt", b"", "unknown content"),
        ("a.txt", b"a\x00b", "unknown content"),
        ("a.mp4", b"\x00\x00\x00\x14ftypqt  " + bytes(8), "unknown content"),
        ("jpg", JPEG, "jpeg"),
        ("a.zip", b"PK\x03\x04" + bytes(30), "unknown content"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_not_what_it_says_is_refused_with_what_was_found(
    officer: Client, name: str, content: bytes, found: str
) -> None:
    answer = send(officer, name, content, "image/jpeg")
    assert answer.status_code == 422
    assert found in answer.json()["detail"]


def test_ten_mebibytes_are_taken_and_a_byte_more_is_not(officer: Client) -> None:
    assert send(officer, "a.jpg", JPEG.ljust(LARGEST, b"\0")).status_code == 201
    assert send(officer, "a.jpg", JPEG.ljust(LARGEST + 1, b"\0")).status_code == 413


def test_who_decides_nothing_sends_nothing(people: Client) -> None:
    for role in ("auditor", "administrator"):
        assert send(people.signed_in(role), "a.png", PNG).status_code == 403, role
    assert send(Client(people.app), "a.png", PNG).status_code == 401


def test_a_file_is_seen_through_a_finding_only_and_every_look_is_logged(people: Client, officer: Client) -> None:
    digest = send(officer, '维修 单"\r\n<x>.pdf', PDF).json()["digest"]
    address = f"/api/v1/attachments/{digest}"
    assert officer.get(address).status_code == 404
    assert decide(officer, attachment=digest, attachment_name="维修单.pdf").status_code == 201
    answer = officer.get(address)
    assert (answer.content, answer.headers["content-type"]) == (PDF, "application/pdf")
    assert answer.headers["content-disposition"].startswith('attachment; filename="attachment.pdf"; filename*=UTF-8')
    assert "sandbox" in answer.headers["content-security-policy"]
    assert (answer.headers["x-content-type-options"], "script" in answer.headers["content-disposition"]) == (
        "nosniff",
        False,
    )
    assert people.signed_in("officer.elsewhere").get(address).status_code == 404
    assert people.signed_in("auditor").get(address).status_code == 403
    with people.app.state.house.reading() as connection:
        looks = [row for row in audit_rows(connection) if row.subject == f"attachment:{digest}"]
    assert [(row.actor, row.action) for row in looks] == [
        ("account:officer", "attachment"),
        ("account:officer", "export"),
    ]


def test_an_attachment_nobody_sent_is_404(officer: Client) -> None:
    for digest in ("0" * 64, "x", "..%2f"):
        assert officer.get(f"/api/v1/attachments/{digest}").status_code == 404


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("C:\\secret\\a.pdf", "a.pdf"),
        ("../../etc/a.txt", "a.txt"),
        ("a\u202egnp.txt", "agnp.txt"),
        ("a\r\nb.png", "ab.png"),
        ("长" * 300 + ".jpeg", "长" * 115 + ".jpeg"),
    ],
)
def test_a_name_is_shown_without_folders_controls_and_turned_letters(name: str, plain: str) -> None:
    assert plain_name(name) == plain


def test_a_decision_names_only_a_file_that_was_sent(officer: Client) -> None:
    assert decide(officer, GAP, attachment="f" * 64).status_code == 422


def test_every_file_that_is_sent_stands_in_the_log_under_its_sender(people: Client, officer: Client) -> None:
    digest = send(officer, "a.txt", TEXT).json()["digest"]
    send(people.signed_in("supervisor"), "b.txt", TEXT)
    with people.app.state.house.reading() as connection:
        told = [row.actor for row in audit_rows(connection) if row.subject == f"attachment:{digest}"]
    assert told == ["account:officer", "account:supervisor"]
