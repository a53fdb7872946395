"""A parameter set read bit by bit (ITU-T H.264 § 7.2 and § 9.1, H.265 likewise)."""

MAX_SET = 1024  # bytes; real ones have some dozens


class Bits:
    """Reads from the front; reading past the end gives IndexError."""

    def __init__(self, payload: bytes) -> None:
        data = payload[:MAX_SET].replace(b"\0\0\3", b"\0\0")  # emulation prevention, § 7.4.1
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


EXTENDED_SAR = 255
"""aspect_ratio_idc that is followed by width and height."""


def skip_picture_description(bits: Bits) -> None:
    """Aspect, overscan, signal and chroma place: the same in H.264 (§ E.1.1) and H.265 (§ E.2.1)."""
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
