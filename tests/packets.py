"""Takes transport and program streams of real encoders apart and packs them anew, as cameras and recorders do."""

from collections.abc import Iterator

import numpy as np

LENGTH, HEADER = 188, 4
PICTURES, SOUND, TABLE, PROGRAMS = 0x100, 0x101, 0x1000, 0


def packets(data: bytes) -> list[bytes]:
    """The packets of a stream that is in step."""
    return [data[at : at + LENGTH] for at in range(0, len(data), LENGTH)]


def identifier(packet: bytes) -> int:
    return (packet[1] & 0x1F) << 8 | packet[2]


def payload(packet: bytes) -> bytes:
    control = packet[3] >> 4 & 3
    return packet[HEADER + (packet[4] + 1 if control & 2 else 0) :] if control & 1 else b""


def units(data: bytes, number: int) -> Iterator[bytes]:
    """The PES packets, or sections with their pointer, that a packet identifier carries."""
    whole = b""
    for packet in packets(data):
        if identifier(packet) != number:
            continue
        if packet[1] & 0x40 and whole:
            yield whole
            whole = b""
        whole += payload(packet)
    yield whole


def carried(number: int, content: list[bytes], room: int = LENGTH - HEADER) -> list[bytes]:
    """Each unit in packets of its own; of the first packet of each only so many bytes are payload."""
    found: list[bytes] = []
    for unit in content:
        at, most = 0, room
        while at < len(unit):
            part = unit[at : at + most]
            found.append(packet(number, part, len(found), starts=not at))
            at, most = at + len(part), LENGTH - HEADER
    return found


def packet(number: int, part: bytes, count: int, starts: bool = False) -> bytes:
    """One packet, filled up with an adaptation field."""
    spare = LENGTH - HEADER - len(part)
    field = b"" if not spare else b"\0" if spare == 1 else bytes((spare - 1, 0)) + b"\xff" * (spare - 2)
    control = (0x20 if spare else 0) | (0x10 if part else 0)
    return bytes((0x47, 0x40 * starts | number >> 8, number & 0xFF, control | count & 15)) + field + part


def programs(table: int = TABLE) -> bytes:
    """A PAT of one program. Sections end in four bytes that nobody reckons up."""
    return packet(PROGRAMS, b"\0" + _section(0, b"\0\1" + (0xE000 | table).to_bytes(2)), 0, starts=True)


def program(streams: dict[int, int], described: int = 0) -> bytes:
    """A section of a PMT, behind its pointer: packet identifier → stream type, and bytes of descriptors."""
    rows = b"".join(bytes((kind,)) + (0xE000 | number).to_bytes(2) + b"\xf0\0" for number, kind in streams.items())
    descriptors = b"".join(b"\x80\x28" + bytes(40) for _ in range(described // 42))
    return b"\0" + _section(2, b"\xe1\0" + (0xF000 | len(descriptors)).to_bytes(2) + descriptors + rows)


def _section(table: int, body: bytes) -> bytes:
    content = b"\0\1\xc1\0\0" + body + bytes(4)
    return bytes((table,)) + (0xB000 | len(content)).to_bytes(2) + content


def pack(clock: int) -> bytes:
    """A pack header with eight bytes of stuffing less, as recorders write it (ISO/IEC 13818-1 § 2.5.3.3)."""
    base = (
        0b01 << 46 | (clock >> 30 & 7) << 43 | 1 << 42 | (clock >> 15 & 0x7FFF) << 27 | 1 << 26 | (clock & 0x7FFF) << 11
    )
    return b"\0\0\1\xba" + (base | 1 << 10 | 1).to_bytes(6) + b"\0\0\3\xf8"


def stream_map(streams: dict[int, int]) -> bytes:
    """Stream id → stream type (§ 2.5.4)."""
    rows = b"".join(bytes((kind, number)) + b"\0\0" for number, kind in streams.items())
    body = b"\xe0\xff\0\0" + len(rows).to_bytes(2) + rows + bytes(4)
    return b"\0\0\1\xbc" + len(body).to_bytes(2) + body


def timed(number: int, clock: int, content: bytes) -> bytes:
    """A PES packet with a time of presentation alone (§ 2.4.3.6)."""
    time = (
        0b0010 << 36
        | (clock >> 30 & 7) << 33
        | 1 << 32
        | (clock >> 15 & 0x7FFF) << 17
        | 1 << 16
        | (clock & 0x7FFF) << 1
        | 1
    )
    body = b"\x80\x80\5" + time.to_bytes(5) + content
    return b"\0\0\1" + bytes((number,)) + len(body).to_bytes(2) + body


def in_parts(number: int, unit: bytes, longest: int) -> bytes:
    """A PES packet of a transport stream as those of a program stream; only the first has its time."""
    behind = 9 + unit[8]
    content, found = unit[behind:], b""
    for at in range(0, len(content), longest):
        head = unit[6:behind] if not at else b"\x80\0\0"
        part = head + content[at : at + longest]
        found += b"\0\0\1" + bytes((number,)) + len(part).to_bytes(2) + part
    return found


def damaged(data: bytes, at: int, count: int) -> bytes:
    """So many bytes are others."""
    content = np.frombuffer(data, np.uint8).copy()
    content[at : at + count] ^= 0xA5
    return content.tobytes()
