"""All about one clip, on both databases: who viewed it, and activities of other units left out."""

from datetime import timedelta

from domain.audit import Action, Entry
from storage.audit import append
from storage.engine import DatabaseSettings, open_engine
from storage.queries.one_clip import one_clip
from storage.queries.played import played
from storage.queries.views import viewers_of
from tests.api import world
from tests.databases import migrate


def test_a_clip_with_its_links_measurements_and_viewers(database_url: str) -> None:
    engine = open_engine(DatabaseSettings(database_url))
    migrate(engine)
    world.build(engine)
    later = world.NOW + timedelta(hours=1)
    with engine.begin() as connection:
        for at, actor, subject in (
            (world.NOW, "account:li", "clip:1"),
            (later, "account:li", "clip:1"),
            (world.NOW, "visitor", "clip:1"),
            (later, "visitor", "clip:11"),
        ):
            append(connection, at, [Entry(actor, Action.MEDIA_VIEWED, subject)])
        append(connection, later, [Entry("account:wu", Action.LINKED, "clip:1")])
    with engine.connect() as connection:
        found = one_clip(connection, 1, frozenset({world.UNIT}))
        elsewhere = one_clip(connection, 1, frozenset({"another"}))
        viewers = viewers_of(connection, 1)
        form = played(connection, 1)
        assert one_clip(connection, 999) is None
        assert viewers_of(connection, 999) == []
        assert not played(connection, 999).playable
    engine.dispose()
    assert found
    assert elsewhere
    assert [(link.number, link.runner_up) for link in found.links] == [(world.GAPPED, (world.ABSENT, 0.04))]
    assert elsewhere.links == ()
    assert [row["kind"] for row in found.observations] == ["black", "black"]
    assert [(one.scan, one.state, one.until_scan) for one in found.sightings] == [(1, "present", None)]
    assert [(one.actor, one.times) for one in viewers] == [("account:li", 2), ("visitor", 1)]
    assert (viewers[0].first_at, viewers[0].last_at) == (world.NOW, later)
    assert (form.container, form.codecs, form.playable) == ("mp4", (("video", "h264", None),), True)
