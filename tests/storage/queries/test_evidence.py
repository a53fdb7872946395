"""What an evidence package asks the database, on both kinds."""

from pathlib import Path

from sqlalchemy import update

from domain.activity import ActivityKind
from domain.audit import NOTHING, Action, Entry, digest_of
from storage.audit import append, audit_head
from storage.queries.evidence import entries_about, finding_keys, linked_clips
from storage.schema.tables import FILE
from tests.builders import House, clip_name, film, one_call
from tests.scanning import MORNING


def test_linked_clips_findings_and_entries_of_one_call(database_url: str, tmp_path: Path) -> None:
    house = House.new(tmp_path, database_url)
    one_call(house)
    house.put(clip_name("1100009", "031029", "12:00:00"), film(20, "of nobody's call"))
    house.scan()
    with house.engine.begin() as connection:
        start = audit_head(connection).sequence
        entries = [Entry("a", Action.LINKED, f"incident:{name}", None, "{}") for name in ("JQ1", "JQ2", "JQ1")]
        append(connection, MORNING, entries)
        connection.execute(update(FILE).values(settled_digest="ab" * 32))
    with house.engine.connect() as connection:
        (clip,) = linked_clips(connection, ActivityKind.INCIDENT, "JQ1")
        assert (clip.store, clip.path) == ("dock", clip_name("1100001", "031021", "08:11:30"))
        assert (clip.size, clip.digest) == (house.root().joinpath(clip.path).stat().st_size, "ab" * 32)
        assert linked_clips(connection, ActivityKind.SESSION, "JQ1") == []
        assert finding_keys(connection, "JQ1") == []
        found = entries_about(connection, ["incident:JQ1", "incident:absent"])
        mine = [one for one in found if one.row.sequence > start]
        assert [one.row.sequence for one in mine] == [start + 1, start + 3]
        assert all(digest_of(one.row, one.before) == one.row.digest for one in found)
        assert (mine[0].before == NOTHING) == (start == 0)
    house.engine.dispose()
