"""The picture rate that H.265 declares: vui_timing_info (§ E.2.1) of the sequence set, else that of the video set."""

from indexer.containers.isobmff.bits import Bits, skip_picture_description

MOST_SETS, MOST_PICTURES, MOST_LONG_TERM = 64, 16, 32  # § 7.4.3.2.1, § A.4.1


def skip_layers(bits: Bits, layers: int) -> None:
    """profile_tier_level of the sub-layers (§ 7.3.3)."""
    present = [(bits.take(1), bits.take(1)) for _ in range(layers)]
    if layers:
        bits.take(2 * (8 - layers))
    for profile, level in present:
        bits.take(88 * profile + 8 * level)


def video_set_rate(unit: bytes) -> float | None:
    """video_parameter_set_rbsp (§ 7.3.2.1) behind its NAL header of two bytes."""
    bits = Bits(unit[2:])
    try:
        bits.take(4 + 1 + 1 + 6)
        layers = bits.take(3)
        bits.take(1 + 16 + 88 + 8)
        skip_layers(bits, layers)
        _skip_ordering(bits, layers)
        highest = bits.take(6)
        bits.take(min(bits.exp(), 1023) * (highest + 1))
        return _timing(bits)
    except IndexError:
        return None


def sequence_set_rate(bits: Bits, layers: int) -> float | None:
    """What follows the size in seq_parameter_set_rbsp (§ 7.3.2.2.1). Raises IndexError where it is cut off."""
    bits.exp()
    bits.exp()
    order = bits.exp() + 4
    _skip_ordering(bits, layers)
    for _ in range(6):
        bits.exp()
    if bits.take(1) and bits.take(1):
        _skip_scaling_lists(bits)
    bits.take(2)
    if bits.take(1):
        bits.take(8)
        bits.exp()
        bits.exp()
        bits.take(1)
    _skip_reference_sets(bits)
    if bits.take(1):
        bits.take(_bounded(bits.exp(), MOST_LONG_TERM) * (order + 1))
    bits.take(2)
    return _vui(bits) if bits.take(1) else None


def _bounded(count: int, most: int) -> int:
    if count > most:
        raise IndexError(f"{count} where at most {most} are allowed")
    return count


def _skip_ordering(bits: Bits, layers: int) -> None:
    for _ in range(layers + 1 if bits.take(1) else 1):
        bits.exp()
        bits.exp()
        bits.exp()


def _skip_scaling_lists(bits: Bits) -> None:
    """scaling_list_data (§ 7.3.4)."""
    for size in range(4):
        for _ in range(2 if size == 3 else 6):
            if not bits.take(1):
                bits.exp()
                continue
            for _ in range(min(64, 16 << 2 * size) + (size > 1)):
                bits.exp()


def _skip_reference_sets(bits: Bits) -> None:
    """st_ref_pic_set (§ 7.3.7): one may be told by its differences from the one before it."""
    pictures = 0
    for number in range(_bounded(bits.exp(), MOST_SETS)):
        if number and bits.take(1):
            bits.take(1)
            bits.exp()
            pictures = sum(bool(bits.take(1) or bits.take(1)) for _ in range(pictures + 1))
        else:
            pictures = _bounded(bits.exp() + bits.exp(), MOST_PICTURES)
            for _ in range(pictures):
                bits.exp()
                bits.take(1)


def _vui(bits: Bits) -> float | None:
    """vui_parameters (§ E.2.1) as far as the timing."""
    skip_picture_description(bits)
    bits.take(1 + 1 + 1)
    if bits.take(1):
        for _ in range(4):
            bits.exp()
    return _timing(bits)


def _timing(bits: Bits) -> float | None:
    """Pictures a second: where each is a field, fields, which come as samples of their own."""
    if not bits.take(1):
        return None
    unit, scale = bits.take(32), bits.take(32)
    return scale / unit if unit else None
