"""How the 64 bits of a fingerprint are laid out, and when two of them tell the same.

From the top: 20 bits of key, the places of its two least certain bits (5 bits each), 34 fine bits. Keys are looked up
exactly, with each of the uncertain bits either way; fine bits then decide by how many differ. Where the places say
`RUN`, the rest is a digest that is equal or not; where they say `STILL`, it is a picture of which many are alike: it
can contradict, and is evidence of nothing.
"""

from collections.abc import Sequence

KEY, PLACE, FINE = 20, 5, 34
RUN, STILL = 31, 30
"""No places of bits: what kind of fingerprint it is."""
UNLIKE_FINE = 10
"""Fine bits that may differ: of two that have nothing to do with each other, 99 in 100 differ in more."""
_SIGN, _ALL = 1 << 63, 1 << 64
_LOW = 2 * PLACE + FINE


def packed(key: int, places: tuple[int, int], fine: int) -> int:
    """As a signed integer of 64 bits."""
    value = key << _LOW | places[0] << PLACE + FINE | places[1] << FINE | fine
    return value - _ALL if value & _SIGN else value


def of_bits(bits: Sequence[bool]) -> int:
    """The first is the highest."""
    value = 0
    for bit in bits:
        value = value << 1 | bool(bit)
    return value


def key_of(value: int) -> int:
    """The bits that are looked up."""
    return (value % _ALL) >> _LOW


def is_run(value: int) -> bool:
    """Whether it is a digest of coded pictures."""
    return _places(value)[0] == RUN


def is_still(value: int) -> bool:
    """Whether it is a picture of which many are alike."""
    return _places(value)[0] == STILL


def keys_of(value: int) -> tuple[int, ...]:
    """All keys under which another encoding of the same moment may be."""
    key, flips = key_of(value), [1 << KEY - 1 - place for place in _places(value) if place < KEY]
    found = [key]
    for flip in flips:
        found += [one ^ flip for one in found]
    return tuple(dict.fromkeys(found))


def range_of(key: int) -> tuple[int, int]:
    """Least and greatest value with this key."""
    low = packed(key, (0, 0), 0)
    return low, low + (1 << _LOW) - 1


def alike(one: int, other: int) -> bool:
    """Whether both tell the same moment."""
    if is_run(one) or is_run(other):
        return one == other
    if key_of(other) not in keys_of(one) and key_of(one) not in keys_of(other):
        return False
    return fine_apart(one, other) <= UNLIKE_FINE


def apart(one: int, other: int) -> int:
    """Bits of key and fine that differ, 0..54."""
    return (key_of(one) ^ key_of(other)).bit_count() + fine_apart(one, other)


def fine_apart(one: int, other: int) -> int:
    """Fine bits that differ, 0..34."""
    return ((one ^ other) & (1 << FINE) - 1).bit_count()


def _places(value: int) -> tuple[int, int]:
    mask = (1 << PLACE) - 1
    return value >> PLACE + FINE & mask, value >> FINE & mask
