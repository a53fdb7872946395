"""Runs the real encoders through ffmpeg-python: repeatable output that names no writing application."""

import subprocess
import tempfile
from collections.abc import Iterable
from datetime import UTC
from pathlib import Path
from typing import Any

import ffmpeg
import imageio_ffmpeg

from sample_media.pictures import Picture, pictures, seed_of
from sample_media.sound import write_sound
from sample_media.tables import Audio, Container, Damage, SampleClip, Video

MUXER = {
    Container.MP4: "mp4",
    Container.FRAGMENTED: "mp4",
    Container.MOV: "mov",
    Container.AVI: "avi",
    Container.MKV: "matroska",
    Container.TS: "mpegts",
    Container.PS: "mpegts",  # repacked afterwards
}
STAMPED = (Container.MP4, Container.FRAGMENTED, Container.MOV, Container.MKV)


KEY_SECONDS = 8
"""Between key pictures. Cameras write one every second or two; each costs ten times an ordinary picture here."""


class EncodeFailed(RuntimeError):
    """ffmpeg refused; the message is its own."""


def video_options(clip: SampleClip) -> dict[str, Any]:
    form = clip.form
    keyframes = form.rate * KEY_SECONDS
    options: dict[str, Any] = {"g": keyframes, "pix_fmt": "yuv420p", "flags:v": "+bitexact", "preset": "ultrafast"}
    if form.video is Video.H265:
        x265 = f"pools=none:frame-threads=1:bframes=0:keyint={keyframes}:log-level=error:info=0"
        return {
            **options,
            "vcodec": "libx265",
            "crf": 34 if form.fine else 46,
            "x265-params": x265,
            "tag:v": "hvc1" if is_mp4(clip) else None,
        }
    options |= {"vcodec": "libx264", "crf": 38 if form.fine else 49, "threads": 1, "bf": form.b_frames}
    return options if form.b_frames else {**options, "tune": "zerolatency"}


def audio_options(clip: SampleClip) -> dict[str, Any]:
    match clip.form.audio:
        case Audio.NONE:
            return {}
        case Audio.AAC:
            return {"acodec": "aac", "audio_bitrate": "3k", "aac_coder": "fast", "flags:a": "+bitexact"}
        case Audio.PCM | Audio.ALAW as codec:
            return {"acodec": codec.value}


def is_mp4(clip: SampleClip) -> bool:
    return clip.form.container in (Container.MP4, Container.FRAGMENTED, Container.MOV)


def container_options(clip: SampleClip) -> dict[str, Any]:
    """No writer tag, except on the clip that is meant to show one."""
    options: dict[str, Any] = {"format": MUXER[clip.form.container], "map_metadata": -1}
    if clip.damage is not Damage.EDITED:
        options["fflags"] = "+bitexact"
    if clip.form.container in STAMPED and clip.container is not None:
        options["metadata"] = f"creation_time={clip.container.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    options |= {"metadata:s:v": "encoder=Camera", "metadata:s:a": "encoder=Camera"}
    if clip.form.container is Container.FRAGMENTED:
        options["movflags"] = "frag_keyframe+empty_moov+default_base_moof"
    if clip.damage is Damage.TRUNCATED:
        options["movflags"] = "faststart"
    if clip.form.container is Container.TS:
        options |= {"metadata": "service_provider=Camera", "pat_period": 1, "sdt_period": 10, "pcr_period": 90}
    return options


def streams(clip: SampleClip, sound: Path) -> list[Any]:
    """Pictures from the pipe at one a second, repeated to the delivered rate; holes cut out of both tracks."""
    form = clip.form
    size = f"{form.width}x{form.height}"
    video = ffmpeg.input("pipe:", format="rawvideo", pix_fmt="bgr24", s=size, r=1).video
    video = video.filter("format", "yuv420p").filter("fps", form.rate)
    audio = ffmpeg.input(str(sound)).audio
    if clip.hole:
        first, length = clip.hole
        outside = f"not(gte(t,{first})*lt(t,{first + length}))"
        video, audio = video.filter("select", outside), audio.filter("aselect", outside)
    return [video] if form.audio is Audio.NONE else [video, audio]


def encode(clip: SampleClip, target: Path) -> None:
    """Write the clip to `target`. Raises EncodeFailed with what ffmpeg said."""
    with tempfile.TemporaryDirectory() as folder:
        sound = Path(folder) / "sound.wav"
        write_sound(sound, clip, seed_of(clip.path))
        options = {"fps_mode": "passthrough"} if clip.hole else {}
        run(written(clip, streams(clip, sound), target, **options), clip, pictures(clip))


def encode_again(clip: SampleClip, original: Path, target: Path) -> None:
    """Decode a part of another file and encode it as the clip's form says, as converters do. Raises EncodeFailed."""
    source = ffmpeg.input(str(original), ss=clip.skipped, t=clip.seconds)
    video = source.video.filter("scale", clip.form.width, clip.form.height, flags="bicubic+bitexact+accurate_rnd")
    run(written(clip, [video, source.audio], target), clip)


def written(clip: SampleClip, tracks: list[Any], target: Path, **more: Any) -> Any:
    options = {**container_options(clip), **video_options(clip), **audio_options(clip), **more}
    wanted = {key: value for key, value in options.items() if value is not None}
    output = ffmpeg.output(*tracks, str(target), t=clip.seconds, **wanted)
    return output.global_args("-hide_banner", "-loglevel", "error").overwrite_output()


def run(output: Any, clip: SampleClip, feed: Iterable[Picture] = ()) -> None:
    command = output.compile(cmd=imageio_ffmpeg.get_ffmpeg_exe())
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        try:
            for picture in feed:
                process.stdin.write(picture.tobytes())
            process.stdin.close()
        except BrokenPipeError:
            pass  # ffmpeg ended early; its own words follow
        said = process.stderr.read().decode(errors="replace")
    if process.returncode != 0:
        raise EncodeFailed(f"{clip.subject}: {said.strip()}")
