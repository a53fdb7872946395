"""`python -m sample_media.generate [--into DIR]`: makes stores, feeds, manifest and README anew. Takes some minutes."""

import argparse
import os
import shutil
import tempfile
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from sample_media import day
from sample_media.damage import finish
from sample_media.encode import encode, encode_again
from sample_media.feeds import write_feeds
from sample_media.manifest import HERE, Row, write_manifest
from sample_media.readme import write_readme
from sample_media.stills import write_still
from sample_media.tables import Damage, SampleClip


def make_clip(clip: SampleClip, stores: Path) -> None:
    target = stores / clip.store / clip.path
    target.parent.mkdir(parents=True, exist_ok=True)
    if clip.damage is Damage.ZERO_LENGTH:
        target.write_bytes(b"")
    elif clip.damage is Damage.RECODED:
        encode_again(clip, stores / clip.store / str(clip.copy_of), target)
    elif clip.copy_of is not None:
        shutil.copyfile(stores / clip.store / clip.copy_of, target)
    else:
        encode(clip, target)
        finish(clip, target)


def set_time(path: Path, moment: datetime) -> None:
    os.utime(path, (moment.timestamp(), moment.timestamp()))


def make_stores(stores: Path, clips: Iterable[SampleClip] = day.CLIPS) -> list[Row]:
    """Every file with its time. Originals come before their copies in the table."""
    rows = []
    for clip in clips:
        make_clip(clip, stores)
        rows.append(stamped(stores, clip.store, clip.path, clip.modified))
        print(f"{rows[-1].size:>9} {clip.subject}", flush=True)
    for still in day.STILLS:
        target = stores / still.store / still.path
        target.parent.mkdir(parents=True, exist_ok=True)
        write_still(still, target)
        rows.append(stamped(stores, still.store, still.path, still.taken))
    return rows


def stamped(stores: Path, store: str, path: str, modified: datetime) -> Row:
    target = stores / store / path
    set_time(target, modified)
    return Row(f"{store}/{path}", target.stat().st_size, modified)


def generate(into: Path) -> None:
    """Build in a temporary folder beside the target; replace the old stores only when everything is there."""
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=into) as folder:
        fresh = Path(folder) / "stores"
        rows = make_stores(fresh)
        shutil.rmtree(into / "stores", ignore_errors=True)
        fresh.rename(into / "stores")
    write_texts(into)
    write_manifest(rows, into / "manifest.csv")


def write_texts(into: Path) -> None:
    write_feeds(into / "feeds")
    write_readme(into / "README.md")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--into", type=Path, default=HERE, metavar="DIR")
    parser.add_argument("--texts", action="store_true", help="feeds and README only; the stores stay as they are")
    chosen = parser.parse_args()
    (write_texts if chosen.texts else generate)(chosen.into)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
