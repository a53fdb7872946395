"""A simulated world as real files: small playable MP4s, feeds as CSV, and a `config.toml` that `bwc scan` takes.

Every file lasts as long as the simulated one, states its time inside as the camera did, and bears the time of reading
out. Pictures of its own (H.264, 64×48), at most ten seconds apart, make it another content than every other; its sound
is silence (FLAC). One that lost power is cut before its index. The configuration asks no more of pictures than that.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from fractions import Fraction
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np

from benchmarks.simulation import database, records
from benchmarks.simulation.conditions import Conditions
from benchmarks.simulation.files import instant
from benchmarks.simulation.things import Piece, World
from indexer.pipeline import ScanPlan

WIDTH, HEIGHT, BLOCK = 64, 48, 16
EVERY_MS = 10_000
MILLISECOND = Fraction(1, 1000)
X264 = {"preset": "ultrafast", "tune": "zerolatency", "crf": "40", "x264-params": "keyint=1:threads=1:log-level=none"}
FLAC = {"frame_size": "65535", "strict": "experimental", "compression_level": "0"}
SOUND_RATE = 1000  # a sample is a millisecond
FIRST_WITHOUT_REMARK = 2
"""The encoder writes its settings into the first picture; those before this one are left out."""


def write(world: World, folder: Path, conditions: Conditions, seed: int = 1) -> None:
    """Stores, feeds and configuration below `folder`."""
    records.write(world, folder, conditions, seed)
    plan = database.plan(world, folder, conditions)
    (folder / "config.toml").write_text(configuration(plan, folder), encoding="utf-8")
    roots = {store.unit: Path(store.location) for store in plan.stores}
    for root in roots.values():
        root.mkdir(parents=True, exist_ok=True)
    for piece in world.stored():
        _write(piece, roots[piece.take.duty.camera.unit] / piece.path)


def configuration(plan: ScanPlan, folder: Path) -> str:
    """The plan as `config.toml`, with locations relative to `folder`."""
    parts = ['[database]\nurl = "sqlite:///bwc.db"\n']
    for store in plan.stores:
        location = Path(store.location).relative_to(folder)
        parts.append(
            f'[[stores]]\nname = "{store.name}"\nkind = "{store.kind}"\nlocation = "{location}"\n'
            f'timezone = "{store.timezone}"\nunit = "{store.unit}"\n'
        )
    for feed in plan.feeds:
        lines = [f'name = "{feed.name}"', f'kind = "{feed.kind}"', f'location = "{feed.location}"']
        lines += [f'timezone = "{feed.timezone}"', *([f'store = "{feed.store}"'] if feed.store else [])]
        parts.append("\n".join(["[[feeds]]", *lines, ""]))
    rate = 1000 / EVERY_MS
    parts.append(f"[limits]\nrecorder_width = {WIDTH}\nrecorder_height = {HEIGHT}\nrecorder_frame_rate = {rate}\n")
    return "\n".join(parts)


def _write(piece: Piece, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = film(round((piece.end - piece.start) * 1000), int(piece.inside), piece.path)
    path.write_bytes(content if piece.whole else before_index(content))
    os.utime(path, (piece.take.duty.read_out, piece.take.duty.read_out))


def film(milliseconds: int, created: int, seed: str) -> bytes:
    """A playable MP4 of this length that states `created` (POSIX seconds); `seed` decides its pictures."""
    content = BytesIO()
    count = -(-milliseconds // EVERY_MS)
    with av.open(content, "w", format="mp4", options={"fflags": "+bitexact"}) as output:
        output.metadata["creation_time"] = instant(created).strftime("%Y-%m-%dT%H:%M:%SZ")
        video = output.add_stream("libx264", rate=Fraction(1000 * count, milliseconds), options=X264)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        video.codec_context.time_base = MILLISECOND
        audio = output.add_stream("flac", rate=SOUND_RATE, layout="mono", options=FLAC)
        audio.codec_context.format = "s16"
        output.mux(list(_silence(audio, milliseconds)))
        output.mux(list(_shown(video, [milliseconds * number // count for number in range(count + 1)], seed)))
    return content.getvalue()


def _shown(stream: av.VideoStream, times: Sequence[int], seed: str) -> "Iterator[av.Packet[Any]]":
    """Pictures from each time to the next, in milliseconds; uneven ones would be a hole to a reader."""
    pictures = _pictures(stream, seed)
    for number, (at, until) in enumerate(pairwise(times)):
        packet = av.Packet(pictures[number % len(pictures)])
        packet.stream, packet.time_base, packet.is_keyframe = stream, MILLISECOND, True
        packet.pts = packet.dts = at
        packet.duration = until - at
        yield packet


def _pictures(stream: av.VideoStream, seed: str) -> list[bytes]:
    """Two encoded key pictures, to be shown in turn: decoders want neighbouring ones to have different numbers."""
    encoded = []
    for number in range(FIRST_WITHOUT_REMARK + 2):
        frame = av.VideoFrame.from_ndarray(_blocks(f"{seed} {number}"), format="gray").reformat(format="yuv420p")
        frame.pts, frame.time_base = number * EVERY_MS, MILLISECOND
        encoded += [bytes(packet) for packet in stream.encode(frame)]
    return encoded[FIRST_WITHOUT_REMARK:]


def _silence(stream: av.AudioStream, milliseconds: int) -> "Iterator[av.Packet[Any]]":
    """As long as the pictures, to the sample."""
    most = int(FLAC["frame_size"])
    for at in range(0, milliseconds, most):
        samples = np.zeros((1, min(most, milliseconds - at)), np.int16)
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE, at, MILLISECOND
        yield from stream.encode(frame)
    yield from stream.encode(None)


def _blocks(seed: str) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """A picture of blocks whose grey values are drawn from the seed."""
    rows, columns = HEIGHT // BLOCK, WIDTH // BLOCK
    drawn = np.frombuffer(hashlib.blake2b(seed.encode(), digest_size=rows * columns).digest(), np.uint8)
    return np.kron(drawn.reshape(rows, columns), np.ones((BLOCK, BLOCK), np.uint8))


def before_index(content: bytes) -> bytes:
    """An MP4 without what a camera writes last. Raises ValueError when its index is not at its end."""
    at = 0
    while at < len(content):
        length, kind = int.from_bytes(content[at : at + 4]), content[at + 4 : at + 8]
        if kind == b"moov":
            return content[:at]
        at += length
    raise ValueError("expected a moov box after the media, got none")
