"""A file that names others, or tells how to listen, has FFmpeg open nothing; every film that we know is opened."""

import io
import socket
from datetime import timedelta
from pathlib import Path

import av
import pytest

from detectors.content.base import Request
from detectors.content.check import OPTIONS, check
from detectors.content.reading import Reading
from detectors.content.stills import make
from detectors.content.stills_asked import Moments
from tests.golden import media


def texts(port: int, secret: Path) -> dict[str, str]:
    """Files that would have their reader fetch from a port of this machine, read a file of it, or listen."""
    address = f"http://127.0.0.1:{port}/x.ts"
    playlist = "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{}\n#EXT-X-ENDLIST\n"
    session = f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video {port} RTP/AVP 96\n"
    return {
        "playlist": playlist.format(address),
        "playlist of files": playlist.format(f"file://{secret}"),
        "concatenation": f"ffconcat version 1.0\nfile {address}\n",
        "concatenation of files": f"ffconcat version 1.0\nfile {secret}\n",
        "session": session + "a=rtpmap:96 H264/90000\n",
        "manifest": f'<?xml version="1.0"?><MPD><Period><BaseURL>{address}</BaseURL></Period></MPD>',
    }


@pytest.mark.parametrize("name", list(texts(1, Path("/x"))))
def test_nothing_else_is_opened_fetched_or_listened_to(name: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret.ts"
    secret.write_bytes(media.clip("plain.ts").read_bytes())
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        text = texts(server.getsockname()[1], secret)[name].encode()
        answer = check(io.BytesIO(text), Request("a.mp4", (), 5.0))
        made = make(io.BytesIO(text), Moments((timedelta(0),), True))
        with pytest.raises(TimeoutError):
            server.accept()
    assert (answer.observations, answer.prints, made.stills) == ((), (), ())
    assert "could not be opened" in answer.problems[0].detail


@pytest.mark.long
@pytest.mark.parametrize("name", media.RECIPES)
def test_every_film_that_we_know_is_opened(name: str) -> None:
    with media.clip(name).open("rb") as stream, av.open(Reading(stream), "r", options=OPTIONS) as container:
        assert container.streams
