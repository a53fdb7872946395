"""Codec names behind the four characters of BITMAPINFOHEADER and the format tag of WAVEFORMATEX (RFC 2361)."""

from collections.abc import Mapping

PICTURE_CODECS: Mapping[bytes, str] = (
    dict.fromkeys((b"H264", b"X264", b"AVC1", b"DAVC", b"VSSH"), "h264")
    | dict.fromkeys((b"H265", b"HEVC", b"HEV1", b"HVC1", b"X265"), "hevc")
    | dict.fromkeys((b"XVID", b"DIVX", b"DX50", b"FMP4", b"MP4V", b"M4S2", b"MP4S"), "mpeg4")
    | dict.fromkeys((b"MJPG", b"JPEG", b"AVRN", b"DMB1"), "mjpeg")
    | {b"MP42": "msmpeg4v2", b"MP43": "msmpeg4v3", b"DIV3": "msmpeg4v3", b"H263": "h263", b"U263": "h263"}
    | {b"MPG1": "mpeg1video", b"MPG2": "mpeg2video", b"WMV3": "wmv3", b"DVSD": "dvvideo", b"VP80": "vp8"}
    | {b"\0\0\0\0": "rawvideo", b"I420": "rawvideo", b"YUY2": "rawvideo", b"AV01": "av1", b"VP90": "vp9"}
)
SOUND_CODECS: Mapping[int, str] = {
    2: "adpcm_ms", 6: "pcm_alaw", 7: "pcm_mulaw", 0x11: "adpcm_ima_wav", 0x31: "gsm_ms", 0x45: "adpcm_g726",
    0x50: "mp2", 0x55: "mp3", 0x57: "amr_nb", 0x58: "amr_wb", 0xFF: "aac", 0x160: "wmav1", 0x161: "wmav2",
    0x1600: "aac", 0x1610: "aac", 0x2000: "ac3", 0x2001: "dts", 0xA106: "aac", 0xF1AC: "flac",
}  # fmt: skip


def pcm_name(bits: int, big: bool, floating: bool) -> str:
    """FFmpeg's word for linear PCM; eight bits are unsigned in RIFF and Matroska."""
    if bits == 8:
        return "pcm_u8"
    return f"pcm_{'f' if floating else 's'}{bits or 16}{'be' if big else 'le'}"
