"""A Dask cluster on this machine for tests: a scheduler and `bwc worker`, as processes like in earnest."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from app.cluster import Member, connect, members
from app.shell_settings import WorkerKind, WorkerSettings

ROOT = Path(__file__).resolve().parents[2]
BWC = (sys.executable, "-c", "from app.cli import main; main()")
LONG_S = 240.0
TLS = ("tls_ca", "tls_cert", "tls_key")


def until(what: Callable[[], Any], seconds: float = LONG_S) -> Any:
    """The first answer that is something; fails when there is none in time."""
    end = time.monotonic() + seconds
    while not (answer := what()):
        assert time.monotonic() < end, f"waited {seconds} s"
        time.sleep(0.05)
    return answer


class Cluster:
    """Scheduler and workers; `folder` holds the workers' own config.toml."""

    def __init__(self, folder: Path, tls: Sequence[Path] | None = None) -> None:
        """`tls`: authority, certificate and key."""
        self.folder, self.tls = folder, tls
        self.port = 0
        self.scheduler: subprocess.Popen[bytes] | None = None
        self.workers: list[subprocess.Popen[bytes]] = []

    @property
    def address(self) -> str:
        return f"{'tls' if self.tls else 'tcp'}://127.0.0.1:{self.port}"

    def settings(
        self, patience: float = LONG_S, tls: Sequence[Path] | Literal["ours"] | None = "ours"
    ) -> WorkerSettings:
        files = self.tls if tls == "ours" else tls
        address = f"{'tls' if files else 'tcp'}://127.0.0.1:{self.port}"
        named = dict(zip(TLS, map(str, files or ()), strict=False))
        return WorkerSettings(WorkerKind.DASK, 0, address, patience_seconds=patience, **named)  # type: ignore[arg-type]

    def start_scheduler(self) -> None:
        """At the same port as before, if there was one before."""
        told = self.folder / "scheduler.json"
        told.unlink(missing_ok=True)
        words = ["--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard", "--scheduler-file", str(told)]
        if self.tls:
            names = ("--tls-ca-file", "--tls-cert", "--tls-key")
            words += [word for pair in zip(names, map(str, self.tls), strict=True) for word in pair]
        program = [sys.executable, "-m", "distributed.cli.dask_scheduler", *words]
        self.scheduler = self._process(program, "scheduler.log")
        until(lambda: told.exists() and told.read_text(encoding="utf-8").endswith("}"))
        self.port = int(json.loads(told.read_text(encoding="utf-8"))["address"].rpartition(":")[2])

    def start_worker(self, *words: str) -> "subprocess.Popen[bytes]":
        """One `bwc worker`; returns before it is ready."""
        process = self._process([*BWC, "worker", *words], f"worker{len(self.workers)}.log")
        self.workers.append(process)
        return process

    def log(self, number: int = 0) -> str:
        return (self.folder / f"worker{number}.log").read_text(encoding="utf-8")

    def wait_for(self, count: int) -> tuple[Member, ...]:
        """Until there are so many workers, all of this program."""
        client = connect(self.settings())
        try:
            return until(lambda: found if len(found := members(client)) == count else None)  # type: ignore[no-any-return]
        finally:
            client.close()

    def run(self, work: Callable[..., Any], **how: Any) -> dict[str, Any]:
        """What a function says in every worker process."""
        client = connect(self.settings())
        try:
            return dict(client.run(work, **how))
        finally:
            client.close()

    def tasks(self) -> int:
        """Tasks that the scheduler knows of."""
        client = connect(self.settings())
        try:
            return int(client.run_on_scheduler(_tasks))
        finally:
            client.close()

    def end(self) -> None:
        for process in [*self.workers, self.scheduler]:
            if process is not None and process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in [*self.workers, self.scheduler]:
            if process is not None:
                process.wait(60)

    def _process(self, words: list[str], log: str) -> "subprocess.Popen[bytes]":
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        with (self.folder / log).open("wb") as out:
            return subprocess.Popen(words, cwd=self.folder, env=environment, stdout=out, stderr=subprocess.STDOUT)


def _tasks(dask_scheduler: Any) -> int:
    return len(dask_scheduler.tasks)


@contextmanager
def cluster(folder: Path, stores: str, count: int, tls: Sequence[Path] | None = None) -> Iterator[Cluster]:
    """A scheduler and `count` workers that see the stores of a text in TOML."""
    made = Cluster(folder, tls)
    try:
        made.start_scheduler()
        workers = f'[workers]\nkind = "dask"\nscheduler = "{made.address}"\ncount = {count}\n'
        workers += "".join(f'{key} = "{file}"\n' for key, file in zip(TLS, tls or (), strict=False))
        database = '[database]\nurl = "sqlite:///var/none.db"\n'
        (folder / "config.toml").write_text(database + workers + stores, encoding="utf-8")
        made.start_worker()
        made.wait_for(count)
        yield made
    finally:
        made.end()


def certificates(folder: Path) -> tuple[Path, Path, Path]:
    """An authority of its own, a certificate that it signed, and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    folder.mkdir()
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    names = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, one)]) for one in ("authority", "machine")]
    now, made = datetime.now(UTC), []
    for number in range(2):
        begun = x509.CertificateBuilder().subject_name(names[number]).issuer_name(names[0])
        begun = begun.public_key(keys[number].public_key()).serial_number(x509.random_serial_number())
        begun = begun.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=1))
        begun = begun.add_extension(x509.BasicConstraints(ca=number == 0, path_length=None), critical=True)
        made.append(begun.sign(keys[0], hashes.SHA256()))
    files = tuple(folder / name for name in ("ca.pem", "cert.pem", "key.pem"))
    for file, one in zip(files, made, strict=False):
        file.write_bytes(one.public_bytes(serialization.Encoding.PEM))
    form, bare = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    files[2].write_bytes(keys[1].private_bytes(serialization.Encoding.PEM, form, bare))
    return files[0], files[1], files[2]
