"""Checking a chain against its head and against heads that were printed earlier; faults told in both languages."""

from collections.abc import Iterable, Iterator

from domain.audit import NOTHING, ChainFault, ChainRow, FaultKind, Head, faults
from domain.errors import UsageError
from domain.wording import say

HEX = frozenset("0123456789abcdef")


def checked(
    rows: Iterable[ChainRow], head: Head | None, start: Head | None = None, printed: Head | None = None
) -> Iterator[ChainFault]:
    """Every fault of a chain, and one more when it does not hold the head that was `printed` at an earlier time.

    A chain that somebody made anew from its beginning is whole in itself: only a printed head tells it.
    """
    seen: list[str] = [start.digest] if printed and start and printed.sequence == start.sequence else []

    def watched() -> Iterator[ChainRow]:
        for row in rows:
            if printed and row.sequence == printed.sequence:
                seen.append(row.digest)
            yield row

    yield from faults(watched(), head, start)
    if printed and printed != Head() and seen != [printed.digest]:
        yield ChainFault(FaultKind.PRINTED, printed.sequence)


def read_head(text: str) -> Head:
    """A head as it is printed: `sequence:digest`. Raises UsageError."""
    number, colon, digest = text.strip().partition(":")
    digest = digest.strip().lower()
    fits = colon and number.isascii() and number.isdigit() and len(number) < 19
    if not fits or len(digest) != len(NOTHING) or not set(digest) <= HEX:
        raise UsageError(
            say(
                f"--head：应为 序号:摘要（64 位十六进制），得到 {text[:80]}",
                f"--head: expected SEQUENCE:DIGEST (64 hexadecimal digits), got {text[:80]}",
            )
        )
    return Head(int(number), digest)


def shown(head: Head) -> str:
    """A head as reports, sign-offs and exports print it."""
    return f"{head.sequence}:{head.digest}"


def told(fault: ChainFault) -> str:
    """What is wrong and where, in both languages."""
    zh, en = _words(fault)
    if fault.line is not None:
        zh, en = f"文件第 {fault.line} 行：{zh}", f"line {fault.line} of the file: {en}"
    return say(zh, en)


def _words(fault: ChainFault) -> tuple[str, str]:
    number, first = fault.sequence, fault.first
    if fault.kind is FaultKind.CHANGED:
        return (
            f"第 {number} 条与摘要不符：该条被改动，或其前一条连同摘要被改动",
            f"row {number} does not give its digest: it was changed, or the row before together with its digest",
        )
    if fault.kind is FaultKind.MISSING:
        which = f"{first}" if first == number - 1 else f"{first}–{number - 1}"
        return f"缺少第 {which} 条（在第 {number} 条之前）", f"row(s) {which} are missing before row {number}"
    if fault.kind is FaultKind.ORDER:
        return (
            f"第 {number} 条顺序错误或重复",
            f"row {number} is out of order: its number was there already, or it was put in",
        )
    if fault.kind is FaultKind.PRINTED:
        return (
            f"日志中没有此前公布的链尾（第 {number} 条）：整条链可能被重新制作",
            f"the log does not hold the head printed earlier (row {number}): the whole chain may have been made anew",
        )
    if fault.kind is FaultKind.UNREADABLE:
        return f"无法识别（约第 {number} 条处）", f"this is no row of an audit log (near row {number})"
    return _words_of_head(number, first)


def _words_of_head(number: int, first: int | None) -> tuple[str, str]:
    if first is None:
        return "缺少链尾记录", "the head of the chain is missing"
    if first <= number:
        return (
            f"链尾为第 {number} 条，但第 {first} 条起缺失",
            f"the head says row {number}, but rows from {first} on are missing",
        )
    if first == number + 1:
        return f"第 {number} 条的摘要与链尾不符", f"the digest of row {number} is not that of the head"
    return (
        f"链尾为第 {number} 条，但其后还有记录，直到第 {first - 1} 条",
        f"the head says row {number}, but there are rows after it, up to {first - 1}",
    )
