"""One evidence package: everything is read, room is made sure of, footage copied, the log told, and the bag closed."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from app.evidence.bag import Bag, safe_name
from app.evidence.case import Case, case_of
from app.evidence.clips import ClipCopy, Copied, copy_clip
from app.evidence.page import page, svg_file
from app.output import plain
from app.settings import Settings
from app.shell import open_database
from app.targets import megabytes, refuse_inside_store, refuse_little_space, unwritable
from app.version import program_version
from domain.audit import Action, Entry, detail_text
from domain.audit_checking import shown
from domain.audit_file import KINDS
from domain.errors import UsageError
from domain.wording import say
from indexer.stores import open_store
from storage.audit import append, one_moment
from storage.settings import Use

FORMAT = "bwc-evidence/1"
EXTRACT = "bwc-audit-extract/1"
SPARE = 20_000_000
"""Bytes beside footage and attachments: what is said about them, and the disk's own needs."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which activity, where to, by whom and when; without `media` the footage is named but not copied."""

    number: str
    output: Path | None
    actor: str
    now: datetime
    media: bool = True


@dataclass(frozen=True, slots=True)
class Package:
    """A finished package. `digest`: SHA-256 of its manifest, which names every file by its digest."""

    root: Path
    clips: tuple[ClipCopy, ...]
    files: int
    size: int
    digest: str


def make_package(settings: Settings, asked: Asked, told: Callable[[ClipCopy], None] = lambda _: None) -> Package:
    """Write it; `told` hears of each clip. Raises UsageError for a number or a place that will not do.

    What goes wrong in the middle leaves the folder as empty as it was; killed there, it is no bag.
    """
    with open_database(settings, Use.READING) as engine, engine.connect() as connection:
        case = case_of(one_moment(connection), asked.number, settings.zone, asked.now)
    root = asked.output or Path.cwd() / f"bag-{safe_name(asked.number)}"
    prepared(settings, root, needed(case, asked.media))
    bag, whole = Bag(root), False
    try:
        clips = _clips(settings, bag, case, asked.media, told)
        _say(bag, case, clips, settings, asked)
        digest = _tell_audit(settings, bag, case, clips, asked)
        bag.close(_info(case, clips, bag, asked))
        whole = True
    except OSError as error:
        raise unwritable("-o", root, error) from None
    finally:
        if not whole:
            bag.abandon()
    return Package(root, clips, len(bag.digests), bag.size, digest)


def needed(case: Case, media: bool) -> int:
    """Bytes that the package will take."""
    footage = sum(file.size for file in case.clips) if media else 0
    return footage + sum(len(content) for _, _, content in case.attachments) + SPARE


def prepared(settings: Settings, root: Path, size: int) -> None:
    """The empty folder to write into. Raises UsageError."""
    refuse_inside_store(settings, root, "-o")
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise UsageError(
            say(f"-o：应为新的或空的文件夹，实为 {root}", f"-o: expected a new or empty folder, got {root}")
        )
    refuse_little_space(root, size, "-o")
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable("-o", root, error) from None


def _clips(
    settings: Settings, bag: Bag, case: Case, media: bool, told: Callable[[ClipCopy], None]
) -> tuple[ClipCopy, ...]:
    stores = {store.name: open_store(store) for store in settings.stores}
    made = []
    for number, file in enumerate(case.clips, 1):
        made.append(copy_clip(bag, stores, number, file) if media else ClipCopy(file, Copied.LEFT_OUT))
        told(made[-1])
    return tuple(made)


def _say(bag: Bag, case: Case, clips: Sequence[ClipCopy], settings: Settings, asked: Asked) -> None:
    """Everything but the footage."""
    zone = settings.zone
    explained = [
        {name: plain(getattr(section, name), zone) for name in ("title_zh", "title_en", "lines", "columns", "rows")}
        for section in case.explanation.sections
    ]
    head = {"format": FORMAT, "made_at": plain(asked.now, zone), "program": program_version()}
    _json(bag, "verdict.json", {**head, **case.verdict, "explanation": explained})
    _json(bag, "findings.json", {**head, "findings": case.findings})
    _json(bag, "clips.json", {**head, "clips": [_clip(one, settings) for one in clips]})
    _json(bag, "audit.json", _extract(case))
    for digest, name, content in case.attachments:
        bag.add(bag.name("attachments", f"{digest[:8]}_{name}"), content)
    if case.drawing:
        bag.add(bag.name("", "timeline.svg"), svg_file(case.drawing).encode())
    shown_page = page(case, clips, asked.now, zone, program_version())
    bag.add(bag.name("", "说明.html"), shown_page.encode("utf-8", "backslashreplace"))


def _json(bag: Bag, name: str, content: dict[str, Any]) -> None:
    text = json.dumps(content, ensure_ascii=False, indent=1, default=str)
    bag.add(bag.name("", name), text.encode("utf-8", "backslashreplace") + b"\n")


def _clip(one: ClipCopy, settings: Settings) -> dict[str, Any]:
    file = one.file
    indexed = {"state": file.state, "bytes": file.size, "modified_at": plain(file.modified_at, settings.zone)}
    return {
        "id": file.file_id,
        "store": file.store,
        "path": file.path,
        "indexed": {**indexed, "blake3": file.digest},
        "result": one.became.value,
        "note": one.note,
        "file": one.path,
        "bytes": one.size,
        "sha256": one.sha256,
        "blake3": one.blake3,
    }


def _extract(case: Case) -> dict[str, Any]:
    """Entries as they are hashed, each with the digest before it, and where the chain ended when they were read."""
    rows = [{"before": one.before, **{name: getattr(one.row, name) for name in KINDS}} for one in case.entries]
    return {"format": EXTRACT, "head": {"sequence": case.head.sequence, "digest": case.head.digest}, "entries": rows}


def _tell_audit(settings: Settings, bag: Bag, case: Case, clips: Sequence[ClipCopy], asked: Asked) -> str:
    """Logged before the bag is closed: no package without its entry."""
    digest = hashlib.sha256(bag.manifest().encode()).hexdigest()
    detail = detail_text(
        what="evidence",
        manifest=digest,
        clips=sum(one.path is not None for one in clips),
        not_in_order=sum(not one.in_order for one in clips),
        media=asked.media,
        head=shown(case.head),
    )
    with open_database(settings, Use.DECIDING) as engine, engine.begin() as connection:
        append(connection, asked.now, [Entry(asked.actor, Action.EXPORTED, case.subject, case.unit, detail)])
    return digest


def _info(case: Case, clips: Sequence[ClipCopy], bag: Bag, asked: Asked) -> dict[str, str]:
    """`bag-info.txt`: numbers and digests, nobody's name."""
    return {
        "External-Identifier": case.number,
        "Bagging-Date": f"{asked.now:%Y-%m-%d}",
        "Bag-Size": f"{megabytes(bag.size)} MB",
        "Bag-Software-Agent": f"bwc-compliance {program_version()}",
        "Bwc-Format": FORMAT,
        "Bwc-Audit-Head": shown(case.head),
        "Bwc-Clips-Not-In-Order": str(sum(not one.in_order for one in clips)),
    }
