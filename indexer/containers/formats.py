"""Which format a content is, by its first bytes, and which names go with it. Content decides, the name is checked.

The words on the left of `SIGNATURES` are the containers of `domain.media.Probe`.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from indexer.containers.mpeg.sound import HEAD, mpeg_audio

LAYER_3 = 1
SYNC_BYTE = 0x47
TS_PACKETS = ((188, 0), (192, 4), (204, 0))
TS_PROOF = 5  # sync bytes in a row
PACK_START = b"\0\0\1\xba"
ASF_HEADER = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
MXF_KEY = bytes.fromhex("060e2b34020501010d0102")

ISO = frozenset({"mp4", "mov", "3gp"})
STREAMS = frozenset({"ts", "ps"})
EXTENSIONS: Mapping[str, frozenset[str]] = MappingProxyType(
    dict.fromkeys(("mp4", "m4v", "mov", "qt", "3gp", "3g2", "m4a", "f4v", "mp4v", "lrv"), ISO)
    | {"avi": frozenset({"avi"}), "mkv": frozenset({"mkv", "webm"}), "mka": frozenset({"mkv", "webm"})}
    | {"webm": frozenset({"webm", "mkv"}), "flv": frozenset({"flv"}), "wav": frozenset({"wav"})}
    | dict.fromkeys(("ts", "mts", "m2ts", "tp", "trp"), frozenset({"ts"}))
    | dict.fromkeys(("ps", "mpg", "mpeg", "vob", "vro"), STREAMS | {"mpegvideo"})
    | dict.fromkeys(("asf", "wmv", "wma"), frozenset({"asf"}))
    | dict.fromkeys(("jpg", "jpeg", "jpe"), frozenset({"jpeg"}))
    | dict.fromkeys(("264", "h264", "avc"), frozenset({"h264"}))
    | dict.fromkeys(("265", "h265", "hevc"), frozenset({"hevc"}))
    | {"mp3": frozenset({"mp3"}), "aac": frozenset({"aac"}), "flac": frozenset({"flac"}), "mxf": frozenset({"mxf"})}
    | dict.fromkeys(("ogg", "oga", "ogv", "opus"), frozenset({"ogg"}))
    | dict.fromkeys(("amr", "awb"), frozenset({"amr"}))
)


def _matroska(head: bytes) -> bool:
    return head.startswith(b"\x1a\x45\xdf\xa3") and b"webm" not in head[:64]


def _webm(head: bytes) -> bool:
    return head.startswith(b"\x1a\x45\xdf\xa3") and b"webm" in head[:64]


def _riff(form: bytes) -> Callable[[bytes], bool]:
    return lambda head: head[:4] in (b"RIFF", b"RF64") and head[8:12] == form


def transport_packet(head: bytes) -> int:
    """The packet length of a transport stream (ISO/IEC 13818-1 § 2.4.3; 192: time code, 204: parity), or 0."""
    return transport_step(head)[0]


def transport_step(head: bytes) -> tuple[int, int]:
    """Packet length, and where the first sync byte is: of a file cut from a stream it may be inside. (0, 0): none."""
    whole = ((length, lead) for length, lead in TS_PACKETS if _in_step(head, lead, length))
    cut = ((length, at) for at in _sync_bytes(head) for length, _ in TS_PACKETS if _in_step(head, at, length))
    return next(whole, None) or next(cut, None) or (0, 0)


def _in_step(head: bytes, at: int, length: int) -> bool:
    starts = range(at, at + length * TS_PROOF, length)
    return len(head) > starts[-1] + 3 and all(_packet_start(head, place) for place in starts)


def _sync_bytes(head: bytes) -> Iterator[int]:
    at = head.find(SYNC_BYTE)
    while at >= 0:
        yield at
        at = head.find(SYNC_BYTE, at + 1)


def _packet_start(head: bytes, at: int) -> bool:
    """A sync byte, and an adaptation field control that is not the reserved 00."""
    return head[at] == SYNC_BYTE and head[at + 3] & 0x30 != 0


def _program_stream(head: bytes) -> bool:
    """A pack header (ISO/IEC 13818-1 § 2.5.3.3, or MPEG-1), at the start or behind a recorder's own header."""
    at = head.find(PACK_START, 0, 1024)
    marker = head[at + 4] if 0 <= at < len(head) - 4 else 0
    leading = at == 0 or head[:4] in (b"IMKH", b"HKMI") or (at > 0 and not any(head[:at]))
    return at >= 0 and leading and (marker >> 6 == 1 or marker >> 4 == 2)


def _h264(head: bytes) -> bool:
    kind = _first_unit(head)
    return kind is not None and (kind == 9 or kind in (0x27, 0x47, 0x67, 0x29, 0x49, 0x69))


def _hevc(head: bytes) -> bool:
    return _first_unit(head) in (0x40, 0x42, 0x46)


def _first_unit(head: bytes) -> int | None:
    """The first byte of the first NAL unit of a raw stream (Annex B), or None."""
    for start in (b"\0\0\0\1", b"\0\0\1"):
        if head.startswith(start) and len(head) > len(start) + 1:
            return head[len(start)]
    return None


def _mp3(head: bytes) -> bool:
    if head.startswith(b"ID3") and len(head) > 10:
        return max(head[6:10]) < 0x80
    return len(head) > HEAD and head[1] >> 1 & 3 == LAYER_3 and _second_frame(head)


def _second_frame(head: bytes) -> bool:
    """A second frame header of the same kind where the first says it must be (ISO/IEC 11172-3 § 2.4.2.3)."""
    frame = mpeg_audio(head[:HEAD])
    return frame is not None and frame.length > 4 and head[frame.length : frame.length + 2] == head[:2]


def _adts(head: bytes) -> bool:
    if len(head) < 7 or head[0] != 0xFF or head[1] & 0xF6 != 0xF0:
        return False
    following = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    return head[following : following + 2] == head[:2] and following >= 7


SIGNATURES: tuple[tuple[str, Callable[[bytes], bool]], ...] = (
    ("mkv", _matroska),
    ("webm", _webm),
    ("avi", _riff(b"AVI ")),
    ("wav", _riff(b"WAVE")),
    ("flv", lambda head: head.startswith(b"FLV\1")),
    ("asf", lambda head: head.startswith(ASF_HEADER)),
    ("dav", lambda head: head.startswith((b"DHAV", b"DAHUA"))),
    ("ps", _program_stream),
    ("ts", lambda head: transport_packet(head) > 0),
    ("ogg", lambda head: head.startswith(b"OggS")),
    ("flac", lambda head: head.startswith(b"fLaC")),
    ("amr", lambda head: head.startswith(b"#!AMR")),
    ("mxf", lambda head: head.startswith(MXF_KEY)),
    ("mpegvideo", lambda head: head.startswith(b"\0\0\1\xb3")),
    ("hevc", _hevc),
    ("h264", _h264),
    ("aac", _adts),
    ("mp3", _mp3),
)


def recognise(head: bytes) -> str | None:
    """The container whose signature the first bytes bear; None for everything else."""
    return next((name for name, bears in SIGNATURES if bears(head)), None)


def contradicts(name: str, container: str) -> str | None:
    """What the name says, when it says something else than the content; None when they agree or the name is silent."""
    extension = name.rpartition("/")[2].rpartition(".")[2].lower()
    expected = EXTENSIONS.get(extension)
    if expected is None or container in expected:
        return None
    return extension
