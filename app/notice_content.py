"""What notices say: pure text, in Chinese and English, of counts and numbers only; no names of people, no paths."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from zoneinfo import ZoneInfo

from app.visible import visible
from domain.finding import Flag, SubjectKind
from domain.notices import TITLES, NoticeKind
from domain.vocabulary import FLAGS, STORE_STATES, SUBJECT_KINDS
from domain.wording import COMMA, halves, joined, say
from storage.notices import Notice
from storage.queries.ahead import Ahead
from storage.queries.paging import Row

WHERE = {
    NoticeKind.MORNING: "/",
    NoticeKind.DEADLINE: "/findings?due=today",
    NoticeKind.OVERDUE: "/findings?due=overdue",
    NoticeKind.STORE: "/stores",
    NoticeKind.FEED: "/findings?flag=nonstandard",
    NoticeKind.JOB: "/administration/schedule",
}
"""The page that shows more."""
LONGEST_LINE = 200
MORE_BYTES = 60
"""Of the line that says how many more there are."""
NUMBERED = (SubjectKind.INCIDENT.value, SubjectKind.SESSION.value)


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent. `reference` is the same whenever the same notices are sent again."""

    title: str
    body: str
    reference: str

    @property
    def digest(self) -> str:
        return hashlib.sha256(f"{self.title}\n{self.body}".encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Room:
    """How much one message may hold, in which language it is written, and the address of the pages ("": not told)."""

    lines: int = 20
    bytes: int = 1800
    language: str = "zh"
    public: str = ""

    def fitting(self, lines: Sequence[str], tail: int) -> int:
        """How many of the first lines fit beside a tail of so many bytes; one at least."""
        used = accumulate(len(line.encode("utf-8", "replace")) + 1 for line in lines)
        return max(1, min(self.lines, sum(bytes_ + tail <= self.bytes for bytes_ in used)))


def digest_message(kind: NoticeKind, notices: Sequence[Notice], room: Room) -> Message:
    """One message for all of a kind: as many lines as there is room for, how many more there are, where to look."""
    grouped = [line for one in notices for line in one.lines]
    heads = [one.lines[0] for one in notices if one.lines]
    rest = [line for one in notices for line in one.lines[1:]]
    reference, where = reference_of(kind, notices), f"{room.public}{WHERE[kind]}"
    tail = [say(f"查看：{where}", f"see {where}")] if room.public else []
    tail.append(say(f"通知编号 {reference}", f"notice {reference}"))
    ending = [spoken(line, room.language) for line in tail]
    size = sum(len(line.encode()) + 1 for line in ending) + MORE_BYTES
    lines = [spoken(line, room.language) for line in grouped]
    if room.fitting(lines, size) < len(lines):  # of every unit something, before more of one
        lines = [spoken(line, room.language) for line in (*heads, *rest)]
    shown = lines[: room.fitting(lines, size)]
    more = len(lines) - len(shown)
    said = [spoken(say(f"还有 {more} 行未列出", f"and {more} more"), room.language)] if more else []
    return Message(spoken(say(*TITLES[kind]), room.language), "\n".join((*shown, *said, *ending)), reference)


def reference_of(kind: NoticeKind, notices: Sequence[Notice]) -> str:
    """Eight hex digits over the keys of what is told: who gets a message twice can tell by it."""
    text = "\n".join([kind.value, *sorted(f"{one.receiver} {one.key}" for one in notices)])
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()


def spoken(text: str, language: str) -> str:
    """One language of a statement, or both; always one line."""
    zh, en = halves(text)
    chosen = text if language == "both" else zh if language == "zh" else en
    line = visible(" ".join(chosen.split()))
    return line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]}…"


def unit_line(unit: str, one: Ahead) -> str:
    """What is open in a unit, by flag, due today and past due."""
    flags = [flag for flag in Flag if one.flags.get(flag.value)]
    zh = "、".join(f"{FLAGS[flag][0]} {one.flags[flag.value]}" for flag in flags)
    en = ", ".join(f"{FLAGS[flag][1].lower()} {one.flags[flag.value]}" for flag in flags)
    parts = [say(f"待核实 {one.open} 项（{zh}）", f"{one.open} open ({en})")]
    parts += [say(f"今日到期 {one.due} 项", f"{one.due} due today")] if one.due else []
    parts += [say(f"已过时限 {one.overdue} 项", f"{one.overdue} past due")] if one.overdue else []
    return of_unit(unit, joined(parts, COMMA))


def of_unit(unit: str, text: str) -> str:
    """A statement about a unit."""
    (named, called), (zh, en) = halves(unit), halves(text)
    return say(f"{named}：{zh}", f"{called}: {en}")


def finding_line(row: Row, title: tuple[str, str], zone: ZoneInfo) -> str:
    """One finding: what it is about, the rule, the deadline. Clips are not named: their names hold badges."""
    kind, due = SUBJECT_KINDS[SubjectKind(row["kind"])], clock(row["due_at"], zone)
    subject = f" {row['subject']}" if row["kind"] in NUMBERED else ""
    return say(f"· {kind[0]}{subject}：{title[0]}，时限 {due}", f"· {kind[1]}{subject}: {title[1]}, due {due}")


def recover_line(ends: Sequence[datetime], zone: ZoneInfo) -> str:
    first = clock(ends[0], zone)
    return say(
        f"· 可补录 {len(ends)} 项，最早 {first} 后可能无法补录",
        f"· {len(ends)} may still be fetched, the first not after {first}",
    )


def leaving_line(clips: int, days: int) -> str:
    return say(
        f"· {days} 日内满保存期的片段 {clips} 个", f"· {clips} clips reach the end of retention within {days} days"
    )


def deadline_line(unit: str, count: int, first: datetime, zone: ZoneInfo) -> str:
    at = clock(first, zone)
    return of_unit(unit, say(f"{count} 项即将到期，最早 {at}", f"{count} due soon, the first at {at}"))


def overdue_line(unit: str, count: int) -> str:
    return of_unit(unit, say(f"{count} 项超过时限未处理", f"{count} past their deadline without a decision"))


def store_line(name: str, state: str) -> str:
    zh, en = STORE_STATES[state]
    return say(f"存储 {name}：{zh}", f"store {name}: {en}")


def feed_line(name: str) -> str:
    return say(f"数据源 {name}：无法读取", f"feed {name}: cannot be read")


def job_line(job: str, at: datetime, zone: ZoneInfo) -> str:
    when = clock(at, zone)
    return say(f"任务 {job}：{when} 未完成", f"job {job}: not done at {when}")


def clock(at: datetime, zone: ZoneInfo) -> str:
    """An instant as a notice tells it, by the local clock."""
    return f"{at.astimezone(zone):%m-%d %H:%M}"
