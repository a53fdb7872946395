"""What is known of a clip before a picture of it is shown."""

from datetime import timedelta

from sqlalchemy import Connection

from storage.queries.filmed import filmed
from storage.schema import tables as t
from tests.storage.queries import rows


def test_a_clip_comes_as_its_file_was_last_seen_with_what_was_checked(connection: Connection) -> None:
    second = rows.scan(connection, 30)
    moved = rows.put(
        connection, t.FILE, anchor="dock-a:a.mp4", store_id=1, first_seen_at=rows.at(0), not_seen_before=None
    )
    rows.seen(connection, moved, "a.mp4", until_scan=second)
    rows.seen(connection, moved, "b.mp4", since_scan=second)
    rows.clip(connection, moved, 0, 10)
    unread = rows.file(connection, "c.mp4", state="arriving")
    queue = {"state": "done", "priority": 0, "wanted": [], "versions": {}, "asked": "x", "problems": [], "attempts": 0}
    times = {"started_at": rows.at(0), "modified_at": rows.at(0), "queued_at": rows.at(0), "waiting": timedelta(0)}
    rows.put(connection, t.CONTENT, file_id=moved, checked=[[0, 5_000_000]], size=1, cpu_ms=0, **queue, **times)
    found = filmed(connection, [moved, unread, 99])
    assert sorted(found) == [moved, unread]
    clip = found[moved]
    assert (clip.file.path, clip.file.anchor, clip.started_at) == ("b.mp4", "dock-a:a.mp4", rows.at(0))
    assert (clip.duration, clip.has_picture) == (timedelta(minutes=10), True)
    assert clip.checked == ((timedelta(0), timedelta(seconds=5)),)
    assert (found[unread].duration, found[unread].has_picture, found[unread].checked) == (None, None, ())
