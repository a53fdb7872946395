"""How these tests put a table on disk and read it."""

from pathlib import Path

from indexer.feeds import FeedKind, FeedRow, FeedSettings, open_feed


def read_text(
    folder: Path,
    text: str | bytes,
    kind: FeedKind = FeedKind.INCIDENTS,
    timezone: str = "Asia/Shanghai",
    suffix: str = "csv",
) -> list[FeedRow]:
    """Every feed row of a table given as text (UTF-8) or bytes."""
    path = folder / f"feed.{suffix}"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(open_feed(FeedSettings("test", kind, path.name, timezone), folder).read())


def read_row(
    folder: Path, text: str | bytes, kind: FeedKind = FeedKind.INCIDENTS, timezone: str = "Asia/Shanghai"
) -> FeedRow:
    """The only row of a table."""
    (row,) = read_text(folder, text, kind, timezone)
    return row
