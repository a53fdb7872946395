"""The kinds of container that FFmpeg may open, whoever opens them: films and sounds that hold all that they need.

None that names other files or addresses (playlists, concatenations, scripts), and none that listens on the network
(session descriptions): a file that says what it likes must not have this machine fetch, read or hear anything else.
"""

FORMATS = (
    *("mov", "matroska", "avi", "mpegts", "mpeg", "dhav", "asf", "flv", "wav", "ogg", "flac", "mp3", "aac", "amr"),
    *("mxf", "h264", "hevc", "mpegvideo"),
)
STILLS = ("jpeg_pipe", "image2", "mjpeg")
GUARDED = {"format_whitelist": ",".join((*FORMATS, *STILLS)), "protocol_whitelist": "none"}
"""Options for a container whose bytes we give ourselves: no protocol at all is needed."""
