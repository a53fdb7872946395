"""Why our reading of a golden file differs from ffprobe's: a line by file and fact, each looked into by hand."""

import itertools
from collections.abc import Iterable, Mapping


def _each(names: str, facts: str, why: str) -> dict[tuple[str, str], str]:
    """The same reason for files and facts whose names are separated by bars."""
    return dict.fromkeys(itertools.product(names.split("|"), facts.split("|")), why)


def _merged(parts: Iterable[Mapping[tuple[str, str], str]]) -> Mapping[tuple[str, str], str]:
    return {key: why for part in parts for key, why in part.items()}


PRIMED = "plain.mkv|plain.webm|clusters.mkv|cues-first.mkv|sound.mka|silence.mkv|variant-turned.mkv|variant-unsized.mkv"
LACED = "variant-laced-ebml.mkv|variant-laced-xiph.mkv"
PROGRAM = "plain.mpg|holed-plain.mpg|h264.mpg|h264.vob|variant-hikvision.mp4"
DAHUA = "h264-alaw.dav|hevc-aac.dav|headed.dav"
HEADLESS = "duration|profile|level|rotation|frames|rate|constant|key spacing|packets"
UNTIMED = "pictures without a time of their own are left out by ffprobe; ours are timed by those around them"

EXPLAINED: Mapping[tuple[str, str], str] = _merged(
    (
        _each(
            f"{PRIMED}|{LACED}", "duration", "the header's length counts the sound's priming, which nobody is to hear"
        ),
        _each("opus.opus", "duration", "ffprobe counts the priming, 6.5 ms; three seconds were given to the encoder"),
        _each(
            "constant.mp3|variable.mp3|large.mp3|covered.mp3",
            "duration",
            "ffprobe counts the delay and the padding that the LAME header declares; three seconds were encoded",
        ),
        _each("narrow.amr", "duration", "ffprobe divides the size by a rate; ours are 151 frames of 20 ms"),
        _each(
            "plain.ts|plain.m2ts|variant-wrap.ts|variant-jump.ts|silence.ts|silence.flv",
            "duration",
            "ffprobe leaves out how long the last packet of the longer stream, the sound, lasts",
        ),
        _each(
            "plain.flv",
            "duration",
            "the header's length, which ffprobe gives, counts from 0; ours from the first frame",
        ),
        _each("live.mkv", "duration", "a live recording states no length; ours is measured"),
        _each(
            "windows.wmv", "duration", "ffprobe adds when the picture begins to the header's length, which counts it"
        ),
        _each("sidx.mp4|dash.mp4", "duration", "ffprobe adds when the picture begins to the index's length"),
        _each(PROGRAM, "rate|constant", UNTIMED),
        _each("plain.mpg|holed-plain.mpg", "duration", UNTIMED),
        _each("holed-plain.mpg", "gaps", UNTIMED),
        _each(
            "variant-unindexed.avi", "key spacing", "no index says which pictures stand alone, pictures are not read"
        ),
        _each(
            "pcm.mov|variant-packed.mov|pcm.wav|alaw.wav|ima.wav|ms.wav|rf64.wav",
            "packets",
            "sound without frames: the table counts samples, each library cuts pieces of its own length",
        ),
        _each("variant-headless.mp4", HEADLESS, "ffprobe reads nothing of a movie without its header"),
        _each("variant-zero-length.mp4", "duration", "ffprobe repeats the header's 0; the samples last three seconds"),
        _each(
            "variant-slowed.mp4", "duration", "ffprobe passes over the rate of an edit; at half of it three take six"
        ),
        _each("variant-wrap.ts", "start", "the same clock, from which ffprobe takes one round of 26.5 h: below 0"),
        _each(
            "variant-set-back.ts",
            "duration|gaps|sound gaps",
            "ffprobe takes a clock that was set back by 93 s for one that ran round after 26.5 h",
        ),
        _each(DAHUA, "duration", "ffprobe takes the dates of the first and the last frame, to the second"),
        _each(
            DAHUA, "start|created", "ffprobe gives the camera's date as seconds since 1970; ours is the creation time"
        ),
        _each("declared.h264|declared.hevc", "duration", "not in the file: pictures by the declared rate, and said so"),
        _each(
            "elementary.m2v",
            "duration|rate|constant|key spacing",
            "no times in it: pictures by the declared rate, and said so; what ffprobe has are times that it made up",
        ),
        _each(
            "pace-one-a-second,-and-stops-for-5-s.ts",
            "duration",
            "how long the last picture lasts is not in it: ours takes the declared 25, ffprobe the distance before",
        ),
    )
)
"""A difference that is not here is an ERROR, and so is a reason for a difference that there is not."""
