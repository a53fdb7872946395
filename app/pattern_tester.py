"""`bwc explain --pattern NAME PATH`: what the file-name patterns read in a name; no database, no file is opened."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from app.pattern_difference import Difference, first_difference
from app.sections import closest
from app.settings import Settings
from app.times import local_iso
from domain.errors import UsageError
from domain.wording import say
from indexer.filenames import (
    NameFields,
    compile_patterns,
    is_partial,
    match_name,
    plain,
    read_name,
    tails_of,
    without_copy_mark,
    without_partial_suffix,
)
from indexer.name_patterns import Pattern
from indexer.stores.base import StoreSettings

EVERY = "all"
SHOWN = 40


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
    tails = tails_of(without_copy_mark(plain(inside)))
    sections = [Section("文件名规则", "name patterns", tuple(_about_name(inside, patterns, zone, store)))]
    for pattern in chosen:
        read = read_name(inside, [pattern])
        if read is not None:
            sections += _matching(pattern, read, zone, tails)
    unmatched = [pattern for pattern in chosen if match_name(pattern, tails) is None]
    if len(chosen) == 1 and unmatched:
        sections.append(_difference(unmatched[0], tails))
    elif unmatched:
        sections.append(_differences(unmatched, tails))
    others = tuple((pattern.name,) for pattern in patterns if pattern not in chosen and match_name(pattern, tails))
    if others:
        sections.append(Section("其他相符的规则", "other patterns that match", columns=("pattern",), rows=others))
    return Tested(inside, tuple(sections))


def _about_name(inside: str, patterns: Sequence[Pattern], zone: ZoneInfo, store: StoreSettings | None) -> Iterator[str]:
    where = f"{store.name}, " if store else ""
    yield f"时区 / zone: {zone.key} ({where}{'存储 / of the store' if store else '默认 / of the first store'})"
    if is_partial(inside):
        final = without_partial_suffix(inside)
        yield f"临时名，传完后按此名识别 / a temporary name, read as: {final}"
    if plain(inside) != without_partial_suffix(inside):
        yield f"全角字符按半角识别 / full-width characters, read as: {plain(inside)}"
    used = read_name(inside, patterns)
    yield f"扫描采用 / a scan uses: {used.pattern}" if used else "没有规则与此名相符 / no pattern describes this name"


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


def _matching(pattern: Pattern, read: NameFields, zone: ZoneInfo, tails: Sequence[str]) -> Iterator[Section]:
    """What a pattern that matches reads, and which part of the name each of its groups took."""
    left_out = ("pattern", "doubt", "resolution")
    stated = [(field.name, getattr(read, field.name)) for field in fields(read) if field.name not in left_out]
    rows = tuple((name, _shown(value, zone)) for name, value in stated if value not in (None, (), ""))
    how = "含文件夹 / with folders" if pattern.whole_path else "仅文件名 / the name alone"
    lines = [*_about_times(pattern, read, zone), *([f"存疑 / doubt: {read.doubt}"] if read.doubt else [])]
    yield Section(f"相符：{pattern.name}", f"matches ({how})", tuple(lines), ("field", "value"), rows)
    match = match_name(pattern, tails)
    taken = [(name, text) for name, text in match.groupdict().items() if text is not None] if match else []
    if taken:
        yield Section(f"各组取得的文字：{pattern.name}", "text of each group", (), ("group", "text"), tuple(taken))


def _about_times(pattern: Pattern, read: NameFields, zone: ZoneInfo) -> Iterator[str]:
    """Which time zone the times of the name were read in, and how exactly they stand there."""
    moment = read.start or read.end
    if moment is None:
        return
    if moment.tzinfo is None:
        yield say(f"时间：当地时间，按 {zone.key}", f"times: local, read in {zone.key}")
    elif pattern.utc:
        yield say("时间：此类文件名一律为 UTC", "times: UTC in every name of this family")
    else:
        offset = "UTC" if moment.tzinfo is UTC else _offset(moment)
        yield say(f"时间：文件名注明 {offset}", f"times: the name says {offset}")
    if read.resolution:
        yield say("只精确到分钟", "to the minute only")


def _offset(moment: datetime) -> str:
    away = moment.utcoffset() or timedelta(0)
    minutes = round(away.total_seconds() / 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def _difference(pattern: Pattern, tails: Sequence[str]) -> Section:
    found = first_difference(pattern.regex, tails if pattern.whole_path else tails[-1:])
    lines = _told(pattern, found) if found else ()
    return Section("不相符的规则", "patterns that do not match", lines)


def _told(pattern: Pattern, found: Difference) -> tuple[str, ...]:
    """The difference for people: what fits, where it ends, what was expected."""
    fits, rest = found.text[: found.at], found.rest
    shown = repr(rest if len(rest) <= SHOWN else rest[: SHOWN - 1] + "…") if rest else ""
    here_zh, here_en = (f"为 {shown}", shown) if rest else ("已到名尾", "the end of the name")
    named = f"{found.group}: " if found.group else ""
    zh = f"应为 {named}{found.expected}" if found.expected is not None else "应到此为止"
    en = f"expected {named}{found.expected}" if found.expected is not None else "expected the end"
    return (
        f"{pattern.name}: {pattern.regex.pattern}",
        say(f"{found.text!r} 的前 {found.at} 个字符相符：{fits!r}", f"first {found.at} characters fit: {fits!r}"),
        say(f"第 {found.at + 1} 个字符起{here_zh}，{zh}", f"from character {found.at + 1} on {here_en}, {en}"),
    )


def _differences(patterns: Sequence[Pattern], tails: Sequence[str]) -> Section:
    """Of several patterns: the characters that fit the beginning of each, and what comes then."""
    found = [
        (pattern, first_difference(pattern.regex, tails if pattern.whole_path else tails[-1:])) for pattern in patterns
    ]
    rows = [(pattern.name, each.at, each.rest[:SHOWN]) for pattern, each in found if each is not None]
    return Section("不相符的规则", "patterns that do not match", columns=("pattern", "fits", "rest"), rows=tuple(rows))


def _shown(value: object, zone: ZoneInfo) -> str:
    """A time in the store's zone (a name without offset is local there); several ids with their order."""
    if isinstance(value, datetime):
        return local_iso(value if value.tzinfo else value.replace(tzinfo=zone), zone)
    return " ".join(str(part) for part in value) if isinstance(value, tuple) else str(value)
