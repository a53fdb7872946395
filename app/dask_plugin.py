"""What a Dask worker process of ours does when it begins. Imported only where Dask is."""

from collections.abc import Mapping

from distributed import Worker, WorkerPlugin

from app.dask_worker import settle


class Stores(WorkerPlugin):
    """Tells the process where its stores lie."""

    name = "bwc-stores"

    def __init__(self, places: Mapping[str, str]) -> None:
        self._places = dict(places)

    def setup(self, worker: Worker) -> None:  # noqa: ARG002 (Dask's signature)
        settle(self._places)
        import indexer.pipeline.probe_worker  # noqa: F401 (now, not in the first job)
