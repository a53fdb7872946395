"""Recordings cut into files, with what the camera's clock and the badge in the name say of them."""

from datetime import UTC, datetime
from random import Random
from zoneinfo import ZoneInfo

from benchmarks.simulation.conditions import Losses
from benchmarks.simulation.things import Call, ClockFault, Duty, Piece, Stop, Take, World

ZONE = ZoneInfo("Asia/Shanghai")
ZONE_SECONDS = 8 * 3600.0
LOST_CLOCK = datetime(2000, 1, 1, tzinfo=ZONE).timestamp()
JOIN = (0.0, 1.2)  # seconds between two files of one recording
SEEN = 5.0  # seconds of a call that make a file its footage
BYSTANDER = 60.0  # of a call that the recording was not made for
NO_BADGE = "000000"


def cut(world: World, random: Random, losses: Losses) -> None:
    """Every recording as files, in the order in which cameras wrote them; then what became of them."""
    calls: dict[str, list[Call]] = {}
    for call in world.calls:
        for duty in call.duties:
            calls.setdefault(duty.officer, []).append(call)
    badges = sorted(world.officers)
    for take in sorted(world.takes, key=lambda take: (take.start, take.duty.camera.serial)):
        mine = [call for call in calls.get(take.duty.officer, []) if call.arrived < take.end and call.left > take.start]
        pieces = _pieces(take, random)
        for piece in pieces:
            piece.calls, piece.near = _shown(piece, take, mine)
            piece.badge = _badge(take.duty, badges, random, losses)
            piece.there = random.random() >= losses.lost_file
            piece.path = _path(piece, losses)
        world.pieces += pieces


def _pieces(take: Take, random: Random) -> list[Piece]:
    found, start, camera = [], take.start, take.duty.camera
    while start < take.end - 0.5:
        end = min(start + camera.cut, take.end)
        camera.written += 1
        shown = _shows(take.duty, start)
        ahead = ZONE_SECONDS if camera.clock.fault is ClockFault.CONTAINER_ZONE else 0.0
        found.append(Piece(take, camera.written, start, end, shown, shown + ahead, None, (), ()))
        start = end + random.uniform(*JOIN)
    if found and take.stop is Stop.POWER_LOSS:
        found[-1].whole = False
    return found


def _shows(duty: Duty, true: float) -> float:
    if duty.reset_at is not None and true >= duty.reset_at:
        return LOST_CLOCK + true - duty.reset_at
    return duty.camera.clock.shows(true)


def _shown(piece: Piece, take: Take, calls: list[Call]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Calls that are on the file, and calls that it may be filed under without anybody objecting."""
    shown, near = [], []
    for call in calls:
        shared = min(call.left, piece.end) - max(call.arrived, piece.start)
        needed = min(SEEN if call in take.calls else BYSTANDER, (call.left - call.arrived) / 2)
        if shared >= needed:
            shown.append(call.number)
        elif shared > 0:
            near.append(call.number)
    if not shown:
        near += [call.number for call in take.calls]
    return tuple(shown), tuple(near)


def _badge(duty: Duty, badges: list[str], random: Random, losses: Losses) -> str | None:
    drawn = random.random()
    if drawn < losses.no_badge:
        return None
    if drawn < losses.no_badge + losses.wrong_badge:
        unit = duty.camera.unit
        place = badges.index(duty.officer)
        near = badges[max(0, place - 20) : place + 20]
        return random.choice([badge for badge in near if badge != duty.officer]) if unit else None
    return duty.officer


def _path(piece: Piece, losses: Losses) -> str:
    """By the day of reading out and the camera, as collection stations lay it out."""
    day = datetime.fromtimestamp(piece.take.duty.read_out, ZONE)
    shown = datetime.fromtimestamp(int(piece.shown), ZONE)
    serial = piece.take.duty.camera.serial
    number = f"_{piece.number % 10_000:04d}" if losses.sequence else ""
    return f"{day:%Y-%m-%d}/{serial}/{serial}_{piece.badge or NO_BADGE}_{shown:%Y%m%d%H%M%S}{number}.mp4"


def instant(seconds: float) -> datetime:
    """Aware UTC."""
    return datetime.fromtimestamp(seconds, UTC)
