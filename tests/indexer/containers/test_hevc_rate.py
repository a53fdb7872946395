"""The rate that H.265 declares: what x265 was asked for, found behind everything that may stand before it."""

from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.containers import probe_path
from indexer.containers.isobmff.hevc_rate import video_set_rate
from indexer.containers.isobmff.parameter_sets import Parameters, from_annex_b, from_config
from tests.golden import media

QUIET = ":log-level=none:pools=1"
OPTIONS = {
    "plain": "frame-threads=1",
    "fields": "interlace=tff",
    "lists": "scaling-list=default",
    "layers": "temporal-layers=3",
    "references": "bframes=4:ref=4:b-adapt=0",
    "colours": "overscan=show:colorprim=bt709:transfer=bt709:colormatrix=bt709:chromaloc=1:sar=3",
    "window": "display-window=2,2,2,2",
}


def stream(name: str, rate: object, options: str = OPTIONS["plain"], **more: object) -> bytes:
    recipe = media.H265 | {"an": None, "r": rate, "x265-params": options + QUIET} | more
    return media.encoded(f"rate-{name}-{str(rate).replace('/', '-')}.hevc", recipe, 1).read_bytes()


@pytest.mark.parametrize("rate", [25, pytest.param("30000/1001", marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", OPTIONS)
def test_the_rate_is_found_behind_whatever_stands_before_it(name: str, rate: object) -> None:
    found = from_annex_b("hevc", stream(name, rate, OPTIONS[name]))
    assert found.rate == pytest.approx(25 if rate == 25 else 30000 / 1001)
    assert (found.width, found.height) == (160, 120)


@pytest.mark.parametrize("container", ["mp4", "ts"])
def test_a_container_without_a_rate_of_its_own_tells_that_of_the_sets(container: str) -> None:
    recipe = media.H265 | {"an": None, "r": 15}
    found = probe_path(media.encoded(f"fifteen.{container}", recipe, 1)).video
    assert found is not None
    assert found.declared_frame_rate == 15.0


class Written:
    """Bits put one behind the other, as text of 0 and 1."""

    def __init__(self) -> None:
        self.text = ""

    def fixed(self, value: int, width: int) -> "Written":
        self.text += f"{value:0{width}b}" if width else ""
        return self

    def exp(self, *values: int) -> "Written":
        for value in values:
            digits = f"{value + 1:b}"
            self.text += "0" * (len(digits) - 1) + digits
        return self

    def unit(self, kind: int) -> bytes:
        """With its header of two bytes and emulation prevention (§ 7.4.1)."""
        text = self.text + "1"
        text += "0" * (-len(text) % 8)
        content = bytearray()
        for byte in int(text, 2).to_bytes(len(text) // 8):
            if byte <= 3 and content[-2:] == b"\0\0":
                content.append(3)
            content.append(byte)
        return bytes((kind << 1, 1)) + bytes(content)


def layered(bits: Written, layers: int) -> Written:
    """profile_tier_level: Main, level 4; of each sub-layer profile and level."""
    bits.fixed(1, 8).fixed(0, 80).fixed(120, 8)
    if layers:
        bits.fixed((1 << 2 * layers) - 1, 2 * layers).fixed(0, 2 * (8 - layers))
    return bits.fixed(0, 96 * layers)


def video_set(timing: tuple[int, int] | None, layers: int = 0) -> bytes:
    bits = Written().fixed(0, 4).fixed(3, 2).fixed(0, 6).fixed(layers, 3).fixed(1, 1).fixed(0xFFFF, 16)
    layered(bits, layers).fixed(1, 1)
    for _ in range(layers + 1):
        bits.exp(4, 2, 0)
    bits.fixed(1, 6).exp(2).fixed(0b1011, 4)  # two layer sets beyond the first, of two layers each
    if timing is None:
        return bits.fixed(0, 1).unit(32)
    return bits.fixed(1, 1).fixed(timing[0], 32).fixed(timing[1], 32).unit(32)


def sequence_set(timing: tuple[int, int] | None, layers: int = 0) -> bytes:
    """1280x720 with everything that an encoder may put before its timing."""
    bits = Written().fixed(0, 4).fixed(layers, 3).fixed(1, 1)
    layered(bits, layers).exp(0, 1, 1280, 720).fixed(0, 1).exp(0, 0, 4).fixed(0, 1).exp(4, 2, 0)
    bits.exp(0, 3, 0, 3, 1, 1)
    bits.fixed(0b11, 2)  # scaling lists, in the set itself
    for size in range(4):
        for matrix in range(2 if size == 3 else 6):
            if matrix == 0:  # as the one before it
                bits.fixed(0, 1).exp(0)
            else:
                bits.fixed(1, 1).exp(*((8,) if size > 1 else ()), *(1, 2) * min(32, 8 << 2 * size))
    bits.fixed(0b11, 2).fixed(1, 1).fixed(0x77, 8).exp(0, 2).fixed(1, 1)  # pulse code
    bits.exp(3)  # three reference sets: two pictures; one told from it; one told from that
    bits.exp(1, 1).exp(0).fixed(1, 1).exp(0).fixed(1, 1)
    bits.fixed(1, 1).fixed(0, 1).exp(1).fixed(0b1, 1).fixed(0b00, 2).fixed(0b01, 2)  # two of three are left
    bits.fixed(1, 1).fixed(1, 1).exp(0).fixed(0b111, 3)
    bits.fixed(1, 1).exp(2).fixed(0, 2 * 9)  # two long-term pictures, their order in eight bits
    bits.fixed(0b11, 2)
    if timing is None:
        return bits.fixed(0, 1).unit(33)
    bits.fixed(1, 1).fixed(1, 1).fixed(255, 8).fixed(16, 16).fixed(11, 16).fixed(0b11, 2)
    bits.fixed(1, 1).fixed(5, 3).fixed(1, 1).fixed(1, 1).fixed(0x010101, 24).fixed(1, 1).exp(1, 1)
    bits.fixed(0b010, 3).fixed(1, 1).exp(1, 2, 3, 4)
    return bits.fixed(1, 1).fixed(timing[0], 32).fixed(timing[1], 32).unit(33)


def joined(*units: bytes) -> bytes:
    return b"".join(b"\0\0\0\1" + unit for unit in units)


@pytest.mark.parametrize("layers", [0, 2])
def test_a_set_with_everything_in_it_is_read_to_its_timing(layers: int) -> None:
    found = from_annex_b("hevc", joined(sequence_set((1_080_000, 27_000_000), layers)))
    assert found == Parameters("Main", "4", 1280, 720, 25.0)


@pytest.mark.parametrize("layers", [0, 2])
def test_the_video_set_tells_where_the_sequence_does_not(layers: int) -> None:
    video = video_set((1, 15), layers)
    assert video_set_rate(video) == 15.0
    assert from_annex_b("hevc", joined(video, sequence_set(None))).rate == 15.0
    assert from_annex_b("hevc", joined(video, sequence_set((1, 25)))).rate == 25.0
    assert from_annex_b("hevc", joined(video_set(None), sequence_set(None))).rate is None


def config(average: int, *units: bytes) -> bytes:
    """HEVCDecoderConfigurationRecord; `average` in 256ths of a picture a second."""
    head = bytes((1, 1, *bytes(10), 120, *bytes(6))) + average.to_bytes(2) + bytes((0x0F, len(units)))
    arrays = (bytes((unit[0] >> 1, 0, 1)) + len(unit).to_bytes(2) + unit for unit in units)
    return head + b"".join(arrays)


def test_a_configuration_tells_the_rate_of_its_sets_before_its_own_average() -> None:
    both = config(20 * 256, video_set((1, 15)), sequence_set((1, 25)))
    assert from_config(b"hvcC", both) == Parameters("Main", "4", 1280, 720, 25.0)
    assert from_config(b"hvcC", config(20 * 256, video_set((1, 15)), sequence_set(None))).rate == 15.0
    assert from_config(b"hvcC", config(20 * 256, sequence_set(None))).rate == 20.0
    assert from_config(b"hvcC", config(20 * 256)).rate == 20.0
    assert from_config(b"hvcC", config(0)).rate is None


@pytest.mark.parametrize("timing", [(0, 25), (1, 0), (1, 4_000_000)])
def test_a_rate_of_nothing_or_beyond_belief_is_none(timing: tuple[int, int]) -> None:
    assert from_annex_b("hevc", joined(sequence_set(timing))).rate is None


def test_a_set_that_ends_early_keeps_what_it_said() -> None:
    whole = sequence_set((1, 25))
    found = from_annex_b("hevc", joined(whole[:-6]))
    assert (found.width, found.height, found.rate) == (1280, 720, None)


@given(st.binary(max_size=300), st.sampled_from([32, 33]))
def test_any_bytes_as_a_set_give_something_or_nothing(content: bytes, kind: int) -> None:
    unit = bytes((kind << 1, 1)) + content
    found = from_annex_b("hevc", joined(unit, sequence_set(None)))
    assert found.rate is None or 0 < found.rate <= 1000
    config_found = from_config(b"hvcC", config(0, unit))
    assert config_found.rate is None or 0 < config_found.rate <= 1000


def test_the_sets_say_of_a_real_stream_what_ffmpeg_reads(tmp_path: Path) -> None:
    path = tmp_path / "a.hevc"
    path.write_bytes(stream("plain", 15))
    with av.open(str(path)) as container:
        rate = container.streams.video[0].codec_context.framerate
    assert from_annex_b("hevc", path.read_bytes()).rate == pytest.approx(float(rate))
