"""Whether an address is this machine's alone; standard library only, so that the command line starts quickly."""

import ipaddress


def is_loopback_address(text: str) -> bool:
    """Whether it is an address, no name, under which only this machine is reached."""
    try:
        return ipaddress.ip_address(text).is_loopback
    except ValueError:
        return False
