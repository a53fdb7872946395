"""Films through real encoders into files as cameras and recorders leave them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path

import av
import cv2
import numpy as np

from benchmarks.content.sensor import Frame
from benchmarks.content.sounds import Samples


@dataclass(frozen=True, slots=True)
class Encoding:
    """`quality`: CRF, or kbit/s at constant rate where `constant`; `gop`: pictures from key to key."""

    name: str
    suffix: str = ".mp4"
    codec: str = "libx264"
    quality: int = 26
    gop: int = 50
    constant: bool = False
    sound: str = "aac"
    rate: int = 16000
    full_range: bool = False
    preset: str = "ultrafast"

    def video_options(self) -> dict[str, str]:
        """For the encoder."""
        if self.codec == "mjpeg":
            return {"qmin": "4", "qmax": "9"}
        options = {"preset": self.preset, "g": str(self.gop), "bf": "0"}
        if not self.constant:
            options["crf"] = str(self.quality)
        own = "log-level=error:pools=1:frame-threads=1" if self.codec == "libx265" else "threads=1"
        options["x265-params" if self.codec == "libx265" else "x264-params"] = own
        return options


_ALL = (
    Encoding("H.264 CRF 26, GOP 50"),
    Encoding("H.264 CRF 34, GOP 250, veryfast", quality=34, gop=250, preset="veryfast"),
    Encoding("H.264 CRF 20, GOP 25", quality=20, gop=25),
    Encoding("H.264 600 kbit/s, TS", suffix=".ts", quality=600, constant=True, sound="aac"),
    Encoding("H.264 CRF 30, full range", quality=30, full_range=True),
    Encoding("H.265 CRF 30, MKV", suffix=".mkv", codec="libx265", quality=30, sound="pcm_s16le"),
    Encoding("MJPEG, AVI", suffix=".avi", codec="mjpeg", sound="pcm_s16le", rate=8000, full_range=True),
    Encoding("H.264 CRF 28, AMR", suffix=".3gp", quality=28, gop=100, sound="libopencore_amrnb", rate=8000),
)
ENCODINGS: Mapping[str, Encoding] = {one.name: one for one in _ALL}


def write(path: Path, encoding: Encoding, fps: int, pictures: Iterable[Frame], sound: Samples) -> None:
    """One file of this many pictures a second; the sound lies beside the pictures second by second."""
    pictures = iter(pictures)
    first = next(pictures)
    with av.open(str(path), "w") as output:
        video = output.add_stream(encoding.codec, rate=fps, options=encoding.video_options())
        video.width, video.height = first.shape[1], first.shape[0] * 2 // 3
        video.pix_fmt = "yuvj420p" if encoding.full_range else "yuv420p"
        video.codec_context.thread_count = 1
        if encoding.constant:
            video.bit_rate = encoding.quality * 1000
        audio = output.add_stream(encoding.sound, rate=encoding.rate, layout="mono")
        if encoding.sound == "libopencore_amrnb":
            audio.bit_rate = 12200
        sounds = _sounds(audio, sound, encoding.rate)
        heard = -1.0
        for number, picture in enumerate(chain([first], pictures)):
            while heard < number / fps and (more := next(sounds, None)) is not None:
                heard, packets = more
                output.mux(packets)
            output.mux(video.encode(_frame(picture, encoding, number, fps)))
        for _, packets in sounds:
            output.mux(packets)
        output.mux(video.encode(None))


_WIDER = np.clip((np.arange(256, dtype=np.float32) - 16) * 255 / 219, 0, 255).astype(np.uint8)


def _frame(picture: Frame, encoding: Encoding, number: int, fps: int) -> av.VideoFrame:
    if encoding.full_range:
        rows = picture.shape[0] * 2 // 3
        picture[:rows] = cv2.LUT(picture[:rows], _WIDER)
    frame = av.VideoFrame.from_ndarray(picture, format="yuvj420p" if encoding.full_range else "yuv420p")
    frame.pts, frame.time_base = number, Fraction(1, fps)
    return frame


def _sounds(stream: av.AudioStream, samples: Samples, rate: int) -> "Iterator[tuple[float, list[av.Packet]]]":
    whole = np.clip(samples * 32767, -32768, 32767).astype(np.int16)
    resampler = av.AudioResampler(format=stream.codec_context.format, layout="mono", rate=rate)
    for begin in range(0, len(whole), rate):
        frame = av.AudioFrame.from_ndarray(whole[None, begin : begin + rate], format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = rate, begin, Fraction(1, rate)
        packets = [packet for part in resampler.resample(frame) for packet in stream.encode(part)]
        yield (begin + rate) / rate, packets
    yield len(whole) / rate, list(stream.encode(None))


def damage(path: Path, start: float, end: float, rng: np.random.Generator) -> None:
    """Fills the coded pictures from start to end with random bytes, as a bad memory card does."""
    with av.open(str(path)) as found:
        places = [
            (packet.pos, packet.size)
            for packet in found.demux(video=0)
            if packet.pos is not None and packet.pts is not None and start <= float(packet.pts * packet.time_base) < end
        ]
    with path.open("r+b") as file:
        for place, size in places:
            file.seek(place + min(8, size // 2))
            file.write(rng.bytes(size - min(8, size // 2)))
