"""What a stream's parameter sets declare: profile, level, size, frame rate (ITU-T H.264 § 7.3.2.1, H.265 § 7.3.2.2).

Found in avcC and hvcC (ISO/IEC 14496-15) or behind start codes (Annex B). The declared rate is not the delivered one:
a difference of the two is how a wrong declared rate shows.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from indexer.containers.isobmff.bits import MAX_SET, Bits, skip_picture_description
from indexer.containers.isobmff.hevc_rate import sequence_set_rate, skip_layers, video_set_rate

HIGH_PROFILES = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
H264_PROFILES: Mapping[int, str] = {
    66: "Baseline", 77: "Main", 88: "Extended", 100: "High", 110: "High 10", 122: "High 4:2:2",
    244: "High 4:4:4 Predictive", 44: "CAVLC 4:4:4",
}  # fmt: skip
HEVC_PROFILES: Mapping[int, str] = {1: "Main", 2: "Main 10", 3: "Main Still Picture", 4: "Rext"}
BASELINE, LEVEL_1B = 66, 11
MAX_RATE = 1000.0
MAX_CONFIG = 32 + 2 * MAX_SET  # what is looked at: the fixed fields and the first sets
MAX_SIDE = 16_384  # the largest picture of any level
H264_SPS, HEVC_VPS, HEVC_SPS = 7, 32, 33


@dataclass(frozen=True, slots=True)
class Parameters:
    """What is not stated is None."""

    profile: str | None = None
    level: str | None = None
    width: int | None = None
    height: int | None = None
    rate: float | None = None


NOTHING = Parameters()


def from_config(kind: bytes, config: bytes) -> Parameters:
    """An avcC or hvcC box; nothing of what is cut off or nonsense."""
    return _from_config(kind, config[:MAX_CONFIG])


@lru_cache(maxsize=256)
def _from_config(kind: bytes, config: bytes) -> Parameters:
    """Remembered: all files of a model of camera bear the same few."""
    try:
        if kind == b"avcC":
            length = int.from_bytes(config[6:8])
            return _h264(config[8 : 8 + length]) if config[5] & 31 else NOTHING
        return _hevc_config(config)
    except IndexError:
        return NOTHING


def from_annex_b(codec: str, data: bytes) -> Parameters:
    """The first sequence parameter set behind a start code."""
    at, video = data.find(b"\0\0\1"), b""
    while at >= 0:
        unit = data[at + 3 : at + 3 + MAX_SET].split(b"\0\0\1")[0]
        if unit and _is_sequence_set(codec, unit[0]):
            try:
                return _h264(unit) if codec == "h264" else _timed(_hevc(unit), video)
            except IndexError:
                return NOTHING
        if unit and codec == "hevc" and unit[0] >> 1 & 63 == HEVC_VPS:
            video = unit
        at = data.find(b"\0\0\1", at + 3)
    return NOTHING


def level_name(codec: str, level: int) -> str | None:
    """A level by the number that the stream has for it; H.264 counts in tenths, H.265 in thirtieths."""
    scale = {"h264": 10, "hevc": 30}.get(codec)
    return f"{level / scale:g}" if scale and level > 0 else None


def _is_sequence_set(codec: str, first: int) -> bool:
    return first & 31 == H264_SPS if codec == "h264" else first >> 1 & 63 == HEVC_SPS


def _believed(rate: float | None) -> float | None:
    return rate if rate and 0 < rate <= MAX_RATE else None


def _side(length: int, cropped: int) -> int | None:
    return length - cropped if 0 < length - cropped <= MAX_SIDE else None


def _h264(unit: bytes) -> Parameters:
    """seq_parameter_set_data behind its NAL header of one byte."""
    bits = Bits(unit[1:])
    number, constraints, level = bits.take(8), bits.take(8), bits.take(8)
    found = Parameters(_h264_profile(number, constraints), _h264_level(number, constraints, level))
    try:
        bits.exp()
        chroma = _skip_high(bits) if number in HIGH_PROFILES else 1
        width, height = _size(bits, chroma)
        rate = _believed(_timing(bits) if bits.take(1) else None)
    except IndexError:
        return found
    return Parameters(found.profile, found.level, width, height, rate)


def _h264_profile(number: int, constraints: int) -> str:
    if number == BASELINE and constraints & 0x40:
        return "Constrained Baseline"
    return H264_PROFILES.get(number, str(number))


def _h264_level(profile: int, constraints: int, level: int) -> str | None:
    if level == LEVEL_1B and constraints & 0x10 and profile in (66, 77, 88):
        return "1b"
    return f"{level / 10:g}" if level else None


def _skip_high(bits: Bits) -> int:
    """chroma_format_idc (returned) … scaling lists."""
    lists = 8
    chroma = bits.exp()
    if chroma == 3:
        chroma = 0 if bits.take(1) else 3
        lists = 12
    bits.exp()
    bits.exp()
    bits.take(1)
    if bits.take(1):
        for number in range(lists):
            if bits.take(1):
                _skip_scaling_list(bits, 16 if number < 6 else 64)
    return chroma


def _skip_scaling_list(bits: Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.signed()) % 256
        last = following or last


def _size(bits: Bits, chroma: int) -> tuple[int | None, int | None]:
    """log2_max_frame_num … frame cropping; the size as it is shown."""
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
    width, units = (bits.exp() + 1) * 16, bits.exp() + 1
    frames_only = bits.take(1)
    if not frames_only:
        bits.take(1)
    bits.take(1)
    left, right, top, bottom = (bits.exp() for _ in range(4)) if bits.take(1) else (0, 0, 0, 0)
    across, down = 2 if chroma in (1, 2) else 1, (2 if chroma == 1 else 1) * (2 - frames_only)
    return _side(width, across * (left + right)), _side(units * 16 * (2 - frames_only), down * (top + bottom))


def _timing(bits: Bits) -> float | None:
    """vui_parameters (§ E.1.1) as far as the timing: a frame lasts two ticks, a field one."""
    skip_picture_description(bits)
    if not bits.take(1):
        return None
    unit, scale = bits.take(32), bits.take(32)
    return scale / (2 * unit) if unit else None


def _hevc_names(profile: int, level: int) -> Parameters:
    return Parameters(HEVC_PROFILES.get(profile, str(profile)), f"{level / 30:g}" if level else None)


def _hevc_config(config: bytes) -> Parameters:
    """HEVCDecoderConfigurationRecord (§ 8.3.3.1.2): the rate is that of the sets in it, or else its own."""
    named = _hevc_names(config[1] & 31, config[12])
    sets = dict(reversed(list(_config_sets(config))))
    found = _hevc_or_nothing(sets.get(HEVC_SPS, b""))
    average = _believed(int.from_bytes(config[19:21]) / 256) if len(config) >= 21 else None
    rate = _timed(found, sets.get(HEVC_VPS, b"")).rate or average
    return Parameters(named.profile, named.level, found.width, found.height, rate)


def _config_sets(config: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and content of the NAL units in it, as far as they are whole."""
    at = 23
    for _ in range(config[22] if len(config) > 22 else 0):
        kind, count = config[at : at + 1], int.from_bytes(config[at + 1 : at + 3])
        at += 3
        for _ in range(count):
            length = int.from_bytes(config[at : at + 2])
            unit = config[at + 2 : at + 2 + length]
            if not length or len(unit) < length:
                return
            yield kind[0] & 63, unit
            at += 2 + length


def _hevc_or_nothing(unit: bytes) -> Parameters:
    try:
        return _hevc(unit)
    except IndexError:
        return NOTHING


def _timed(found: Parameters, video: bytes) -> Parameters:
    """With the rate of the video parameter set, where the sequence's own says none."""
    return found if found.rate else replace(found, rate=_believed(video_set_rate(video)))


def _hevc(unit: bytes) -> Parameters:
    """seq_parameter_set_rbsp behind its NAL header of two bytes."""
    bits = Bits(unit[2:])
    bits.take(4)
    layers = bits.take(3)
    bits.take(1 + 3)
    profile = bits.take(5)
    bits.take(32 + 48)
    named = _hevc_names(profile, bits.take(8))
    try:
        skip_layers(bits, layers)
        bits.exp()
        chroma = bits.exp()
        if chroma == 3:
            bits.take(1)
        width, height = bits.exp(), bits.exp()
        left, right, top, bottom = (bits.exp() for _ in range(4)) if bits.take(1) else (0, 0, 0, 0)
    except IndexError:
        return named
    across, down = 2 if chroma in (1, 2) else 1, 2 if chroma == 1 else 1
    shown = _side(width, across * (left + right)), _side(height, down * (top + bottom))
    try:
        rate = _believed(sequence_set_rate(bits, layers))
    except IndexError:
        rate = None
    return Parameters(named.profile, named.level, *shown, rate)
