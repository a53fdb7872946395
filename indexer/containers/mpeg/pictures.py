"""Counting pictures inside a stretch of a video stream: where times leave room for one, the bytes are looked at."""

import re

SLICE = re.compile(rb"\0\0\1[\x01\x05\x21\x25\x41\x45\x61\x65][\x80-\xff]")  # first_mb_in_slice 0: a picture begins
HEVC_SLICE = re.compile(rb"\0\0\1[\x00-\x13\x20-\x2b].[\x80-\xff]", re.DOTALL)  # first_slice_segment_in_pic_flag
PICTURE = re.compile(rb"\0\0\1\0")
STARTS = {"h264": SLICE, "hevc": HEVC_SLICE, "mpeg1video": PICTURE, "mpeg2video": PICTURE}


def pictures(codec: str, data: bytes) -> int | None:
    """How many pictures begin in the data; None for a codec whose pictures cannot be told."""
    pattern = STARTS.get(codec)
    return None if pattern is None else sum(1 for _ in pattern.finditer(data))
