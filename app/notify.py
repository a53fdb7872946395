"""Sending notices through Apprise: one message a receiver and kind in each round, tried again when it fails, never
twice for the same thing, and with no address in any log, error or table.
"""

import logging
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from app.jobs import Result
from app.notice_content import Message, Room, digest_message
from app.notify_settings import NotifySettings, NotifyTo
from domain.notices import NoticeKind
from domain.wording import say
from storage import notices
from storage.notices import Notice

logger = logging.getLogger("bwc.notify")
MESSAGE_S = 20.0
ROUND_S = 240.0
TALKER, TRANSPORTS = "apprise", ("urllib3", "requests")
"""Loggers that would name addresses, and with them their secrets."""
STATUS = re.compile(r"error=(\d{3})")
UNKNOWN_RECEIVER = say("配置中已无此接收方", "the configuration has no such receiver any more")
UNUSABLE = say("地址无法使用", "the address cannot be used")
UNREACHED = say("未送达：对方未应答或拒收", "not delivered: no answer, or refused")
TOO_SLOW = say(f"未送达：{MESSAGE_S:.0f} 秒内未应答", f"not delivered: no answer within {MESSAGE_S:.0f} seconds")

Post = Callable[[str, Message], str | None]
"""Sends to one address; None when it was taken, else why not, without the address."""


@dataclass(frozen=True, slots=True)
class Courier:
    """Sends what waits. `public`: the address of the pages, "" where it is not known; `stop`: ends a round early."""

    settings: NotifySettings
    engine: Engine
    zone: ZoneInfo
    public: str
    post: Post
    stop: threading.Event = field(default_factory=threading.Event)

    def round(self, now: datetime) -> Result:
        """Send everything that may be sent now. Raises SQLAlchemyError."""
        with self.engine.begin() as connection:
            waiting = notices.waiting_notices(connection, now, self.kinds_now(now))
        receivers, begun = {one.name: one for one in self.settings.receivers}, time.monotonic()
        counts = {"sent": 0, "failed": 0, "given_up": 0, "messages": 0}
        for name, kind, group in grouped(waiting):
            if self.stop.is_set() or time.monotonic() - begun > ROUND_S:
                break  # the next round goes on
            if name not in receivers:
                counts["given_up"] += self._give_up(group)
                continue
            for what, number in self._send(receivers[name], kind, group, now).items():
                counts[what] += number
        return {**counts, "said": summed(counts)}

    def kinds_now(self, now: datetime) -> list[NoticeKind]:
        """Kinds that may be sent: in quiet hours the urgent ones only."""
        quiet = self.settings.quiet_hours
        if quiet is None or not quiet.now(now, self.zone):
            return list(NoticeKind)
        return [kind for kind in NoticeKind if kind.value in self.settings.urgent]

    def _give_up(self, group: Sequence[Notice]) -> int:
        with self.engine.begin() as connection:
            notices.give_up(connection, [one.id for one in group], UNKNOWN_RECEIVER)
        return len(group)

    def _send(self, receiver: NotifyTo, kind: NoticeKind, group: Sequence[Notice], now: datetime) -> Mapping[str, int]:
        """One message to every address of a receiver that has not got it yet."""
        with self.engine.begin() as connection:
            mine = notices.take_notices(connection, group, now)
        if not mine:
            return {}
        room = Room(self.settings.most_lines, self.settings.most_bytes, receiver.language, self.public)
        message = digest_message(kind, mine, room)
        reached, error = set(group[0].reached), None
        for place, url in enumerate(receiver.urls):
            why = None if place in reached else self.post(url, message)
            if why is None:
                reached.add(place)
            error = why or error
        with self.engine.begin() as connection:
            if error is None:
                notices.note_sent(connection, mine, now, sorted(reached), message.digest)
                return {"sent": len(mine), "messages": 1}
            logger.warning(
                "a notice was not delivered; it is tried again",
                extra={"receiver": receiver.name, "kind": kind.value, "reference": message.reference, "reason": error},
            )
            given_up = notices.note_failed(connection, mine, now, sorted(reached), error)
        return {"failed": len(mine) - given_up, "given_up": given_up}


def summed(counts: Mapping[str, int]) -> str:
    """What a round did, in words."""
    zh = "发出 {messages} 条消息（{sent} 项），失败 {failed} 项，放弃 {given_up} 项"
    en = "{messages} messages with {sent} notices sent, {failed} failed, {given_up} given up"
    return say(zh.format(**counts), en.format(**counts))


def grouped(waiting: Iterable[Notice]) -> list[tuple[str, NoticeKind, list[Notice]]]:
    """What goes into one message: the same receiver and kind, and the same addresses that have it already."""
    found: dict[tuple[str, NoticeKind, tuple[int, ...]], list[Notice]] = {}
    for one in waiting:
        found.setdefault((one.receiver, one.kind, one.reached), []).append(one)
    return [(receiver, kind, group) for (receiver, kind, _), group in found.items()]


def understood(url: str) -> bool:
    """Whether Apprise can make anything of an address."""
    from apprise import Apprise

    silence()
    return Apprise.instantiate(url, suppress_exceptions=True) is not None


def post_by_apprise(url: str, message: Message, seconds: float = MESSAGE_S) -> str | None:
    """Send to one address within so many seconds. A service that never ends is left to its own thread."""
    answers: list[str | None] = []
    thread = threading.Thread(target=lambda: answers.append(_posted(url, message)), name="bwc-notice", daemon=True)
    thread.start()
    thread.join(seconds)
    return answers[0] if answers else TOO_SLOW


def _posted(url: str, message: Message) -> str | None:
    from apprise import Apprise, NotifyFormat

    heard, service = silence(), Apprise()
    heard.status = ""
    try:
        if not service.add(url):
            return UNUSABLE
        if service.notify(title=message.title, body=message.body, body_format=NotifyFormat.TEXT):
            return None
    except (OSError, ValueError, TypeError, LookupError, AttributeError, RuntimeError):
        return UNUSABLE  # what the service's own code makes of an address or an answer
    return answered(heard.status) if heard.status else UNREACHED


def answered(status: str) -> str:
    return say(f"未送达：对方返回 {status}", f"not delivered: it answered {status}")


class Heard(logging.Filter):
    """Lets nothing through; of what is said, the status of the last answer is kept and nothing else."""

    status = ""

    def filter(self, record: logging.LogRecord) -> bool:
        found = STATUS.search(record.getMessage())
        self.status = found[1] if found else self.status
        return False


def silence() -> Heard:
    """What Apprise and its transports say goes nowhere: not even at --debug is an address written down."""
    for name in TRANSPORTS:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    talker = logging.getLogger(TALKER)
    for known in talker.filters:
        if isinstance(known, Heard):
            return known
    heard = Heard()
    talker.addFilter(heard)
    return heard
