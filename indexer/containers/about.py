"""What a problem's detail speaks of, named before the statement in both languages: a track, or whatever has a label."""

from domain.media import TrackKind
from domain.vocabulary import TRACK_KINDS
from domain.wording import COLON, joined, say


def track_label(number: int, kind: TrackKind) -> str:
    zh, en = TRACK_KINDS[kind]
    return say(f"轨道 {number}（{zh}）", f"track {number} ({en})")


LAST_CUT = say("最后一个数据包被截断", "the last packet is cut off")


def goes_back(label: str, times: int) -> str:
    """Said of a track whose time stamps go back."""
    return about(label, f"时间戳倒退 {times} 次", f"time goes backwards {times} times")


def cut_packet(rest: int, length: int) -> str:
    """Said of a file that ends `rest` bytes into a packet of `length` bytes."""
    return say(f"文件在 {length} 字节的数据包内第 {rest} 字节处结束", f"ends {rest} bytes into a packet of {length}")


def many_lost(most: int) -> str:
    """Said of a stream with more than `most` torn places."""
    return say(f"缺少数据包的地方超过 {most} 处", f"more than {most} places where no packet was")


def about(label: str, zh: str, en: str) -> str:
    """A statement about what the label, itself in both languages, names."""
    return joined((label, say(zh, en)), COLON)
