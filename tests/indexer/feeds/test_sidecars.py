"""Sidecars: XML, JSON and name=value files beside one clip, in the words of any maker; broken and hostile ones."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from domain.clip import IndexEntry
from domain.timespan import utc
from indexer.feeds import FeedKind, FeedRow, FeedSettings, open_feed
from indexer.feeds.base import Fate
from tests.statements import english, in_english

CLIP = "1100001_031021_20261120081152_0001.mp4"
STEM = CLIP.removesuffix(".mp4")
WHOLE = IndexEntry(
    f"dock/{CLIP}",
    device="1100001",
    officer="031021",
    started_at=utc(2026, 11, 20, 0, 11, 52),
    ended_at=utc(2026, 11, 20, 0, 13, 23),
    imported_at=utc(2026, 11, 20, 12, 30),
    digest="0123456789abcdef0123456789abcdef",
    sequence=1,
)
VALUES = (CLIP, "1100001", "031021", "2026-11-20 08:11:52", "2026/11/20 08:13:23", "20261120203000")
MD5 = "0123456789ABCDEF0123456789ABCDEF"


def read(folder: Path, name: str, content: str | bytes, *clips: str) -> list[FeedRow]:
    """The rows of one sidecar that lies beside clips."""
    dock = folder / "dock"
    dock.mkdir(exist_ok=True)
    for clip in clips:
        (dock / clip).touch()
    (dock / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    suffix = name.rpartition(".")[2]
    feed = open_feed(FeedSettings("s", FeedKind.CLIP_INDEX, f"dock/*.{suffix}"), folder)
    return list(feed.read())


def record(folder: Path, name: str, content: str | bytes, *clips: str) -> IndexEntry:
    (row,) = read(folder, name, content, *clips)
    assert isinstance(row.record, IndexEntry), row.notes
    return row.record


TAGS = {
    "english": "FileName DeviceID PoliceID StartTime EndTime ImportTime MD5 FileNo",
    "snake": "file_name device_sn officer_id begin_time stop_time upload_time file_md5 file_number",
    "chinese": "文件名 设备编号 警号 拍摄开始时间 拍摄结束时间 导入时间 校验值 文件序号",
    "standard": "文件名称 产品编号 使用者编号 开始时间 结束时间 采集时间 哈希值 序号",
    "pinyin": "wjmc sbbh jh kssj jssj drsj jyz xh",
}


@pytest.mark.parametrize("tags", TAGS.values(), ids=TAGS)
def test_a_flat_object_is_one_entry_in_english_chinese_and_pinyin(tmp_path: Path, tags: str) -> None:
    said = dict(zip(tags.split(), (*VALUES, MD5, "1"), strict=True))
    assert record(tmp_path, f"{STEM}.json", json.dumps(said), CLIP) == WHOLE
    elements = "".join(f"<{tag}>{value}</{tag}>" for tag, value in said.items())
    assert record(tmp_path, f"{STEM}.xml", f"<?xml version='1.0'?>\n<Info>{elements}</Info>") == WHOLE
    lines = "\n".join(f"{tag} = {value}" for tag, value in said.items())
    assert record(tmp_path, f"{STEM}.txt", f"[clip]\n# by the station\n{lines}\n") == WHOLE


def test_chinese_colons_divide_names_from_values_too(tmp_path: Path) -> None:
    text = f"文件名：{CLIP}\r\n警号：031021\r\n开始时间：2026-11-20 08:11:52\r\n".encode("gb18030")
    entry = record(tmp_path, f"{STEM}.txt", text)
    assert (entry.officer, entry.started_at) == ("031021", utc(2026, 11, 20, 0, 11, 52))


def test_one_level_of_nesting_is_read_and_a_deeper_one_left(tmp_path: Path) -> None:
    said = {
        "File": {"Name": CLIP, "MD5": MD5, "No": 1},
        "Device": {"ID": 1100001, "Model": {"ID": "other"}},
        "Police": {"ID": "031021", "Name": "示例"},
        "Record": {"StartTime": VALUES[3], "EndTime": VALUES[4]},
        "ImportTime": VALUES[5],
    }
    assert record(tmp_path, f"{STEM}.json", json.dumps(said)) == WHOLE


def test_attributes_count_like_elements(tmp_path: Path) -> None:
    text = f'<clip path="{CLIP}" device="1100001" officer="031021" start="{VALUES[3]}" xmlns:v="urn:v" v:md5="{MD5}"/>'
    entry = record(tmp_path, f"{STEM}.xml", text)
    assert (entry.device, entry.officer, entry.started_at, entry.digest) == (
        "1100001",
        "031021",
        WHOLE.started_at,
        WHOLE.digest,
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("day.json", '[{"path": "a.mp4"}, {"path": "b.mp4"}]'),
        ("day.json", '{"device": "1", "files": [{"path": "a.mp4"}, {"path": "b.mp4"}]}'),
        ("day.json", '{"code": 0, "data": {"list": [{"path": "a.mp4"}, {"path": "b.mp4"}]}}'),
        ("day.xml", "<list><file><path>a.mp4</path></file><file><path>b.mp4</path></file></list>"),
        ("day.xml", '<list><file path="a.mp4"/><file path="b.mp4"/></list>'),
    ],
)
def test_a_list_of_objects_is_an_entry_for_each(tmp_path: Path, name: str, text: str) -> None:
    rows = read(tmp_path, name, text)
    found = [(row.number, row.record.path) for row in rows if isinstance(row.record, IndexEntry)]
    assert found == [(1, "dock/a.mp4"), (2, "dock/b.mp4")]


@pytest.mark.parametrize("name", [f"{STEM}.json", f"{CLIP}.json", f"{STEM.lower()}.JSON"])
def test_a_sidecar_without_a_name_speaks_of_the_clip_beside_it(tmp_path: Path, name: str) -> None:
    said = json.dumps({"FileName": "", "StartTime": VALUES[3]})
    entry = record(tmp_path, name, said, CLIP, "other.mp4", f"{STEM}.log")
    assert (entry.path, entry.started_at) == (f"dock/{CLIP}", WHOLE.started_at)


def test_a_sidecar_without_a_name_and_without_one_clip_of_its_name_is_rejected(tmp_path: Path) -> None:
    said = json.dumps({"StartTime": VALUES[3]})
    (alone,) = read(tmp_path, f"{STEM}.json", said)
    (twice,) = read(tmp_path, f"{STEM}.json", said, CLIP, f"{STEM}.avi")
    assert [alone.fate, twice.fate] == [Fate.REJECTED, Fate.REJECTED]
    assert "lacking path" in english(alone.notes[1])


def test_a_sidecar_that_names_a_file_elsewhere_speaks_of_the_clip_that_bears_its_name(tmp_path: Path) -> None:
    said = json.dumps({"FileName": "/mnt/sdcard/DCIM/0001.mp4", "StartTime": VALUES[3]})
    (row,) = read(tmp_path, f"{STEM}.json", said, CLIP)
    assert isinstance(row.record, IndexEntry)
    assert row.record.path == f"dock/{CLIP}"
    assert english(row.notes[-1]) == f"path: '0001.mp4' is not beside it; taken as '{CLIP}'"


def test_a_sidecar_of_a_clip_that_is_gone_still_names_it(tmp_path: Path) -> None:
    assert record(tmp_path, f"{STEM}.json", json.dumps({"FileName": CLIP})).path == f"dock/{CLIP}"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_any_chinese_encoding_is_read_whatever_the_declaration_says(tmp_path: Path, encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="GB2312"?><信息><文件名>{CLIP}</文件名><警号>031021</警号></信息>'
    assert record(tmp_path, f"{STEM}.xml", text.encode(encoding)).officer == "031021"


BOMB = """<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<x><path>&b;</path></x>"""
LEAK = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><x><path>&e;</path></x>'


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("x.xml", BOMB, "a declaration of entities"),
        ("x.xml", LEAK, "a declaration of entities"),
        ("x.xml", "<a>" * 40 + "</a>" * 40, "nested too deep"),
        ("x.xml", "<a><b></a>", "mismatched tag"),
        ("x.xml", "<a>&undefined;</a>", "undefined entity"),
        ("x.xml", "no markup", "expected XML or JSON, got neither"),
        ("x.xml", "", "expected XML or JSON, got neither"),
        ("x.json", "[" * 200_000, "expected JSON"),
        ("x.json", '{"path": ', "expected JSON"),
        ("x.json", '{"path": ' + "9" * 10_000 + "}", "expected JSON"),
        ("x.json", "[1, 2]", "lacking path"),
        ("x.json", '{"path": "' + "a" * (1 << 20) + '"}', "expected at most 1048576 bytes"),
        ("x.txt", "just one line", "lacking path"),
    ],
)
def test_what_is_no_sidecar_is_one_rejected_entry_that_says_why(
    tmp_path: Path, name: str, text: str, reason: str
) -> None:
    (row,) = read(tmp_path, name, text)
    assert (row.fate, row.number, row.record) == (Fate.REJECTED, 0, None)
    assert reason in in_english(row.notes)[1]


def test_a_table_may_be_called_txt(tmp_path: Path) -> None:
    rows = read(tmp_path, "list.txt", f"文件路径\t开始时间\n{CLIP}\t{VALUES[3]}\n")
    assert [row.fate for row in rows] == [Fate.ACCEPTED]


def test_a_bad_value_keeps_the_entry_and_is_noted(tmp_path: Path) -> None:
    (row,) = read(tmp_path, f"{STEM}.json", json.dumps({"FileName": CLIP, "StartTime": "yesterday"}), CLIP)
    assert row.fate is Fate.CORRECTED
    assert isinstance(row.record, IndexEntry)
    assert row.record.started_at is None


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(
    st.binary(max_size=200)
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=12,
    ).map(lambda value: json.dumps(value).encode()),
    st.sampled_from(["x.json", "x.xml", "x.txt"]),
)
def test_any_bytes_at_all_are_rows_with_a_fate(tmp_path: Path, content: bytes, name: str) -> None:
    for old in (tmp_path / "dock").glob("x.*"):
        old.unlink()
    for row in read(tmp_path, name, content, "x.mp4"):
        assert row.notes
        assert (row.record is None) == (row.fate is Fate.REJECTED)
