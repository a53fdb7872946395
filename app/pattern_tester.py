"""`bwc explain --pattern NAME PATH`: what the file-name patterns read in a name; no database, no file is opened."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from zoneinfo import ZoneInfo

from app.sections import closest
from app.settings import Settings
from app.times import local_iso
from domain.errors import UsageError
from indexer.filenames import NameFields, compile_patterns, is_partial, read_name, without_partial_suffix
from indexer.name_patterns import Pattern
from indexer.stores.base import StoreSettings

EVERY = "all"


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the answer, in the form that `bwc explain` draws."""

    title_zh: str
    title_en: str
    lines: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[object, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Tested:
    """What is explained, and how."""

    title: str
    sections: tuple[Section, ...]


def tested(settings: Settings, name: str, path: str) -> Tested:
    """What one pattern, or with `all` every pattern, reads in a path. Raises UsageError for an unknown pattern."""
    store, inside = _placed(settings, path)
    zone = ZoneInfo(store.timezone) if store else settings.zone
    patterns = compile_patterns(settings.patterns)
    chosen = _chosen(patterns, name)
    read = [(pattern, read_name(inside, [pattern])) for pattern in chosen]
    found = [(pattern, match) for pattern, match in read if match is not None]
    where = f"{store.name}, " if store else ""
    used = read_name(inside, patterns)
    lines = [f"时区 / zone: {zone.key} ({where}{'存储 / of the store' if store else '默认 / of the first store'})"]
    if is_partial(inside):
        final = without_partial_suffix(inside)
        lines.append(f"临时名，传完后按此名识别 / a temporary name, read as: {final}")
    lines.append(
        f"扫描采用 / a scan uses: {used.pattern}" if used else "没有规则与此名相符 / no pattern describes this name"
    )
    unmatched = tuple((pattern.name,) for pattern, match in read if match is None)
    sections = [Section("文件名规则", "name patterns", tuple(lines))]
    sections += [_section(pattern, match, zone) for pattern, match in found]
    if unmatched:
        sections.append(Section("不相符的规则", "patterns that do not match", columns=("pattern",), rows=unmatched))
    return Tested(inside, tuple(sections))


def _chosen(patterns: Sequence[Pattern], name: str) -> Sequence[Pattern]:
    known = [pattern.name for pattern in patterns]
    chosen = [pattern for pattern in patterns if pattern.name == name]
    if chosen or name == EVERY:
        return chosen or patterns
    hint = closest(name, known)
    names = "" if hint.startswith("expected") else f" (known: {', '.join(known)})"
    raise UsageError(f'没有名为 "{name}" 的规则 / no pattern is called "{name}"; {hint}{names}, or {EVERY}')


def _placed(settings: Settings, path: str) -> tuple[StoreSettings | None, str]:
    """The store and the path inside it, out of `store:path`, a path below a store's folder, or a bare path."""
    stores = {store.name: store for store in settings.stores}
    name, colon, inside = path.partition(":")
    if colon and name in stores and inside:
        return stores[name], inside
    for store in settings.stores:
        root = store.location.rstrip("/") + "/"
        if path.startswith(root) and len(path) > len(root):
            return store, path.removeprefix(root)
    return None, path


def _section(pattern: Pattern, read: NameFields, zone: ZoneInfo) -> Section:
    stated = [
        (field.name, getattr(read, field.name)) for field in fields(read) if field.name not in ("pattern", "doubt")
    ]
    rows = tuple((name, _shown(value, zone)) for name, value in stated if value not in (None, (), ""))
    lines = (f"存疑 / doubt: {read.doubt}",) if read.doubt else ()
    how = "含文件夹 / with folders" if pattern.whole_path else "仅文件名 / the name alone"
    return Section(f"相符：{pattern.name}", f"matches ({how})", lines, ("field", "value"), rows)


def _shown(value: object, zone: ZoneInfo) -> str:
    """A time in the store's zone (a name without offset is local there); several ids with their order."""
    if isinstance(value, datetime):
        return local_iso(value if value.tzinfo else value.replace(tzinfo=zone), zone)
    return " ".join(str(part) for part in value) if isinstance(value, tuple) else str(value)
