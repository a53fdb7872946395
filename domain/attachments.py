"""What may be attached to a decision: told by content, never by a name or a header alone (RFC 6838 media types).

A file whose ending says something else than its content is refused: nobody shall open what is not what it says.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

LARGEST = 10 * 1024 * 1024
NAME_LENGTH = 120
_CONTROLS = frozenset(range(32)) - frozenset(b"\t\n\r\f")
_BOX_HEAD = 8
_LARGEST_BRANDS = 1024


@dataclass(frozen=True, slots=True)
class AttachmentKind:
    """One kind: its media type, the endings its names may have, and how its content is known."""

    name: str
    media_type: str
    endings: tuple[str, ...]
    fits: Callable[[bytes], bool]


def _is_mp4(content: bytes) -> bool:
    """ISO/IEC 14496-12: a file type box comes first; `qt  ` is a QuickTime movie and no MP4."""
    size = int.from_bytes(content[:4])
    return content[4:8] == b"ftyp" and 2 * _BOX_HEAD <= size <= _LARGEST_BRANDS and content[8:12] != b"qt  "


def _is_text(content: bytes) -> bool:
    """UTF-8 or GB 18030 without control characters."""
    if not content.strip() or not _CONTROLS.isdisjoint(content):
        return False
    for encoding in ("utf-8", "gb18030"):
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False


KINDS: tuple[AttachmentKind, ...] = (
    AttachmentKind("jpeg", "image/jpeg", ("jpg", "jpeg"), lambda content: content.startswith(b"\xff\xd8\xff")),
    AttachmentKind("png", "image/png", ("png",), lambda content: content.startswith(b"\x89PNG\r\n\x1a\n")),
    AttachmentKind("pdf", "application/pdf", ("pdf",), lambda content: content.startswith(b"%PDF-")),
    AttachmentKind("mp4", "video/mp4", ("mp4",), _is_mp4),
    AttachmentKind("wav", "audio/wav", ("wav",), lambda head: head[:4] == b"RIFF" and head[8:12] == b"WAVE"),
    AttachmentKind("txt", "text/plain", ("txt",), _is_text),
)
BY_MEDIA_TYPE: Mapping[str, AttachmentKind] = MappingProxyType({kind.media_type: kind for kind in KINDS})
ENDINGS: tuple[str, ...] = tuple(ending for kind in KINDS for ending in kind.endings)


class Unattachable(ValueError):
    """A file that is not taken. `found`: what its content is, None for nothing that we know."""

    def __init__(self, name: str, found: str | None) -> None:
        super().__init__(
            f"{name}: expected one of {' '.join(ENDINGS)} with such content, got {found or 'other content'}"
        )
        self.name, self.found = name, found


def kind_of(content: bytes) -> AttachmentKind | None:
    """What the content is, None when it is nothing that may be attached."""
    return next((kind for kind in KINDS if kind.fits(content)), None)


def attachable(name: str, content: bytes) -> AttachmentKind:
    """The kind of a file whose ending agrees with its content. Raises Unattachable."""
    found = kind_of(content)
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    if found is None or ending not in found.endings:
        raise Unattachable(name, found.name if found else None)
    return found


def plain_name(name: str) -> str:
    """A file's name as it is shown and offered: no folders, no control or direction characters, bounded."""
    base = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(character for character in base if character.isprintable()).strip(" .")
    stem, dot, ending = kept.rpartition(".")
    return f"{stem[: NAME_LENGTH - len(ending) - 1]}{dot}{ending}" if dot and len(ending) < 10 else kept[:NAME_LENGTH]
