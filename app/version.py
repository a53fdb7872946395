"""Which version of the program this is."""

from importlib.metadata import PackageNotFoundError, version


def program_version() -> str:
    """The installed version; "0" when the program runs from an unpacked tree that was never installed."""
    try:
        return version("bwc-compliance")
    except PackageNotFoundError:
        return "0"
