"""The frame rate that a camera declares: VUI timing of H.264 (ITU-T H.264 § E.1.1) and hvcC (ISO/IEC 14496-15 § 8.3.3).

What was delivered is counted elsewhere; a difference of the two is how a wrong declared rate shows.
"""

from collections.abc import Callable

HIGH_PROFILES = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
MAX_RATE = 1000.0
MAX_SET = 1024  # bytes; real ones have some dozens
EXTENDED_SAR = 255


class _Bits:
    """Reads a parameter set bit by bit; reading past its end gives IndexError."""

    def __init__(self, payload: bytes) -> None:
        data = payload.replace(b"\0\0\3", b"\0\0")  # emulation prevention, § 7.4.1
        self._value = int.from_bytes(data)
        self._left = len(data) * 8

    def take(self, count: int) -> int:
        self._left -= count
        if self._left < 0:
            raise IndexError("past the end of the parameter set")
        return self._value >> self._left & ((1 << count) - 1)

    def exp(self) -> int:
        """An unsigned Exp-Golomb number, § 9.1."""
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > 32:
                raise IndexError("Exp-Golomb number of more than 32 bits")
        return (1 << zeros) - 1 + self.take(zeros)

    def signed(self) -> int:
        value = self.exp()
        return (value + 1) // 2 if value & 1 else -(value // 2)


def declared_rate(kind: bytes, config: bytes) -> float | None:
    """Frames per second as stated by an avcC or hvcC box; None when it states none, or nonsense."""
    reader: Callable[[bytes], float | None] = _from_avc if kind == b"avcC" else _from_hevc
    try:
        rate = reader(config)
    except IndexError:  # cut off
        return None
    return rate if rate and 0 < rate <= MAX_RATE else None


def _from_hevc(config: bytes) -> float | None:
    return int.from_bytes(config[19:21]) / 256 if len(config) >= 21 else None


def _from_avc(config: bytes) -> float | None:
    if not config[5] & 31:
        return None
    length = int.from_bytes(config[6:8])
    bits = _Bits(config[9 : 8 + min(length, MAX_SET)])  # the first byte is the NAL header
    profile = bits.take(8)
    bits.take(16)
    bits.exp()
    if profile in HIGH_PROFILES:
        _skip_high(bits)
    _skip_picture(bits)
    return _timing(bits) if bits.take(1) else None


def _skip_high(bits: _Bits) -> None:
    """chroma_format_idc … scaling lists."""
    lists = 8
    if bits.exp() == 3:
        bits.take(1)
        lists = 12
    bits.exp()
    bits.exp()
    bits.take(1)
    if bits.take(1):
        for number in range(lists):
            if bits.take(1):
                _skip_scaling_list(bits, 16 if number < 6 else 64)


def _skip_scaling_list(bits: _Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.signed()) % 256
        last = following or last


def _skip_picture(bits: _Bits) -> None:
    """log2_max_frame_num … frame cropping."""
    bits.exp()
    order = bits.exp()
    if order == 0:
        bits.exp()
    elif order == 1:
        bits.take(1)
        bits.signed()
        bits.signed()
        for _ in range(min(bits.exp(), 255)):
            bits.signed()
    bits.exp()
    bits.take(1)
    bits.exp()
    bits.exp()
    if not bits.take(1):
        bits.take(1)
    bits.take(1)
    if bits.take(1):
        for _ in range(4):
            bits.exp()


def _timing(bits: _Bits) -> float | None:
    """vui_parameters as far as the timing: a frame lasts two ticks, a field one."""
    if bits.take(1) and bits.take(8) == EXTENDED_SAR:
        bits.take(32)
    if bits.take(1):
        bits.take(1)
    if bits.take(1):
        bits.take(4)
        if bits.take(1):
            bits.take(24)
    if bits.take(1):
        bits.exp()
        bits.exp()
    if not bits.take(1):
        return None
    unit, scale = bits.take(32), bits.take(32)
    return scale / (2 * unit) if unit else None
