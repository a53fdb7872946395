"""A file is written whole or not at all: whoever reads it meanwhile has the one before."""

import os
import tempfile
from pathlib import Path

OURS = ".part-"


def write_whole(target: Path, body: bytes) -> None:
    """Write `body` to `target`, in place of what is there. Raises OSError, and then nothing has changed."""
    if not target.parent.is_dir():
        raise NotADirectoryError(20, "expected a folder that is there", str(target.parent))
    if target.exists() and not target.is_file():  # /dev/stdout, a named pipe
        target.write_bytes(body)
        return
    mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
    number, name = tempfile.mkstemp(dir=target.parent, prefix=OURS)
    part = Path(name)
    try:
        with os.fdopen(number, "wb") as out:
            out.write(body)
            out.flush()
            os.fsync(out.fileno())
        part.chmod(mode)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _umask() -> int:
    """What the process leaves out of a new file's rights."""
    found = os.umask(0o077)
    os.umask(found)
    return found
