"""The registers as one value, and whose footage a clip is at a given time."""

from collections.abc import Iterator
from types import MappingProxyType

from sqlalchemy import Connection

from domain.clip import Assignment, Clip, Device
from domain.link import LinkBasis
from domain.people import Officer
from domain.timespan import Span
from indexer.identity import Register
from storage import activities


def load_register(connection: Connection) -> Register:
    """Devices, officers and assignments as the feeds give them now."""
    devices = {device.serial: device for device in activities.records(connection, "devices", Device)}
    officers = {officer.badge: officer for officer in activities.records(connection, "officers", Officer)}
    issued: dict[str, list[Assignment]] = {}
    for assignment in activities.records(connection, "assignments", Assignment):
        issued.setdefault(assignment.device, []).append(assignment)
    by_device = {device: tuple(sorted(some, key=lambda a: a.start)) for device, some in issued.items()}
    return Register(MappingProxyType(devices), MappingProxyType(officers), MappingProxyType(by_device))


def holds(assignment: Assignment, span: Span) -> bool:
    """Whether the device was with the officer at some time of the span."""
    return assignment.start <= span.end and (assignment.end is None or assignment.end >= span.start)


def parties(clip: Clip, register: Register) -> Iterator[tuple[str, LinkBasis]]:
    """Whose footage a clip is: the room's; the badge's on the clip; the officer's the camera was issued to; the unit's.

    A badge on the clip that the register does not know counts for nothing. Where the badge and the assignment name
    two officers, the clip is a candidate of both: one of the two records is wrong, and linking weighs them.
    """
    if clip.room:
        yield f"room:{clip.room}", LinkBasis.ROOM
        return
    found = False
    badge = clip.officer if clip.officer and (not register.officers or register.officer(clip.officer)) else None
    if badge:
        found = True
        yield f"badge:{badge}", LinkBasis.BADGE
    issued = register.assignments.get(clip.device or "", ())
    holders = {a.officer for a in issued if clip.span is None or holds(a, clip.span)}
    for officer in sorted(holders - {badge}):
        found = True
        yield f"badge:{officer}", LinkBasis.ASSIGNMENT
    if not found and clip.unit:
        yield f"unit:{clip.unit}", LinkBasis.UNIT
