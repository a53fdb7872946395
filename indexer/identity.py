"""Whose clip it is: device, officer, room, channel and unit, from what name, station list, file and folder state.

Which officer an unnamed camera was issued to is decided when linking, with the time known; here only what is stated.
Values compare without regard to case and width of letters; leading zeros count (badge 031021 is not 31021).
"""

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType

from domain.clip import Assignment, Device, IndexEntry, StoreKind
from domain.media import Probe
from domain.people import Officer
from domain.wording import say
from indexer.filenames import NameFields

SERIAL_LENGTH, BADGE_LENGTH = 7, 6
"""Usual lengths on Chinese body cameras: they decide only where no register does."""


Spell = Callable[[str], str | None]


def _key(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().upper()


@dataclass(frozen=True, slots=True)
class Register:
    """Devices by serial, officers by badge, assignments by device serial; looked up without regard to case."""

    devices: Mapping[str, Device] = field(default_factory=lambda: MappingProxyType({}))
    officers: Mapping[str, Officer] = field(default_factory=lambda: MappingProxyType({}))
    assignments: Mapping[str, tuple[Assignment, ...]] = field(default_factory=lambda: MappingProxyType({}))
    _devices: Mapping[str, Device] = field(init=False, repr=False, compare=False)
    _officers: Mapping[str, Officer] = field(init=False, repr=False, compare=False)
    _issued: frozenset[tuple[str, str]] = field(init=False, repr=False, compare=False)
    _by_room: Mapping[str, tuple[Device, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        issued = ((_key(a.device), _key(a.officer)) for some in self.assignments.values() for a in some)
        object.__setattr__(self, "_devices", {_key(serial): device for serial, device in self.devices.items()})
        object.__setattr__(self, "_officers", {_key(badge): officer for badge, officer in self.officers.items()})
        object.__setattr__(self, "_issued", frozenset(issued))
        object.__setattr__(self, "_by_room", _rooms(self.devices.values()))

    def device(self, serial: str) -> Device | None:
        return self._devices.get(_key(serial))

    def officer(self, badge: str) -> Officer | None:
        return self._officers.get(_key(badge))

    def issued(self, serial: str, badge: str) -> bool:
        """Whether the device was ever issued to the officer."""
        return (_key(serial), _key(badge)) in self._issued

    def spelt_serial(self, text: str) -> str | None:
        """A serial as the register spells it; None when it is not registered."""
        device = self.device(text)
        return device.serial if device else None

    def spelt_badge(self, text: str) -> str | None:
        officer = self.officer(text)
        return officer.badge if officer else None

    def spelt_room(self, text: str) -> str | None:
        recorders = self.in_room(text)
        return recorders[0].room if recorders else None

    def in_room(self, room: str) -> tuple[Device, ...]:
        """The registered recorders of a room."""
        return self._by_room.get(_key(room), ())


def _rooms(devices: Iterable[Device]) -> dict[str, tuple[Device, ...]]:
    rooms: dict[str, list[Device]] = {}
    for device in devices:
        if device.room:
            rooms.setdefault(_key(device.room), []).append(device)
    return {room: tuple(some) for room, some in rooms.items()}


@dataclass(frozen=True, slots=True)
class Identity:
    """What is stated about a clip's origin. `evidence` says where each value comes from, and every disagreement."""

    device: str | None = None
    officer: str | None = None
    room: str | None = None
    channel: str | None = None
    unit: str | None = None
    sequence: int | None = None
    evidence: tuple[str, ...] = ()


class _Origin(StrEnum):
    """Where a value is stated; its Chinese name is in `_ORIGINS`."""

    NAME = "name"
    LIST = "station list"
    FILE = "file"
    FOLDER = "folder"


_ORIGINS = {_Origin.NAME: "文件名", _Origin.LIST: "采集站清单", _Origin.FILE: "文件内容", _Origin.FOLDER: "文件夹"}
_DEVICE, _OFFICER = ("设备", "device"), ("民警", "officer")


@dataclass(frozen=True, slots=True)
class _Claim:
    """One source's value for one role."""

    source: _Origin
    value: str


def identify(
    path: str, fields: NameFields | None, probe: Probe | None, entry: IndexEntry | None, register: Register
) -> Identity:
    """Who and what made the clip at `path`, as far as its name, content, folders and the station's list say."""
    evidence: list[str] = []
    serial, badge = _roles(fields, register, evidence)
    tags = probe.tags if probe else {}
    folders = path.split("/")[:-1]
    serials = _claims(
        (_Origin.NAME, serial),
        (_Origin.LIST, entry.device if entry else None),
        (_Origin.FILE, tags.get("serial")),
        (_Origin.FOLDER, _deepest(folders, register.spelt_serial)),
    )
    badges = _claims(
        (_Origin.NAME, badge),
        (_Origin.LIST, entry.officer if entry else None),
        (_Origin.FILE, tags.get("badge")),
        (_Origin.FOLDER, _deepest(folders, register.spelt_badge)),
    )
    stated = Identity(
        _settle(_DEVICE, serials, register.spelt_serial, evidence),
        _settle(_OFFICER, badges, register.spelt_badge, evidence),
        fields.room if fields and fields.room else _deepest(folders, register.spelt_room),
        fields.channel if fields else None,
        sequence=_sequence(fields, entry),
    )
    if stated.room and (stated.device is None or register.device(stated.device) is None):
        stated = replace(stated, device=_recorder_of(stated, folders, register, evidence) or stated.device)
    return _placed(stated, register, evidence)


def _sequence(fields: NameFields | None, entry: IndexEntry | None) -> int | None:
    if fields and fields.sequence is not None:
        return fields.sequence
    return entry.sequence if entry else None


def _roles(fields: NameFields | None, register: Register, evidence: list[str]) -> tuple[str | None, str | None]:
    """Device and officer as the name states them, with ids of open role decided by register, else by length."""
    if fields is None:
        return None, None
    serial, badge, ids = fields.device, fields.officer, fields.ids
    if len(ids) == 1:
        return _role_of_one(ids[0], fields, register, evidence)
    if len(ids) != 2:
        return serial, badge
    first, second = ids
    straight, crossed = _fit(first, second, register), _fit(second, first, register)
    if crossed > straight:
        first, second = second, first
    evidence.append(_how_decided(first, second, max(straight, crossed), certain=straight != crossed))
    return serial or first, badge or second


def _fit(serial: str, badge: str, register: Register) -> tuple[int, int]:
    """How well two ids fit their roles: by register first, then by usual length."""
    known = (register.device(serial) is not None) + (register.officer(badge) is not None)
    usual = (len(serial) == SERIAL_LENGTH) + (len(badge) == BADGE_LENGTH)
    return known + register.issued(serial, badge), usual


def _how_decided(serial: str, badge: str, fit: tuple[int, int], *, certain: bool) -> str:
    zh, en = ("登记表", "the register") if fit[0] else ("长度", "their lengths")
    if not certain:
        zh = "文件名中的先后（登记表与长度均无法区分）"
        en = "the order in the name; neither register nor length tells them apart"
    return say(f"文件名：按{zh}，{serial} 为设备、{badge} 为民警", f"name: device {serial} and officer {badge} by {en}")


def _role_of_one(
    one: str, fields: NameFields, register: Register, evidence: list[str]
) -> tuple[str | None, str | None]:
    is_device, is_officer = register.device(one) is not None, register.officer(one) is not None
    if is_device == is_officer:
        is_officer = len(one) == BADGE_LENGTH
        zh, en = ("民警", "an officer") if is_officer else ("设备", "a device")
        evidence.append(say(f"文件名：{one} 按长度视为{zh}", f"name: {one} taken for {en} by its length"))
    if is_officer and not (is_device and fields.officer):
        return fields.device, fields.officer or one
    return fields.device or one, fields.officer


def _claims(*stated: tuple[_Origin, str | None]) -> list[_Claim]:
    return [_Claim(source, _key(value)) for source, value in stated if value and _key(value)]


def _deepest(folders: Sequence[str], spell: Spell) -> str | None:
    """The register's spelling of the deepest folder that is named after something in it."""
    return next((known for folder in reversed(folders) if folder and (known := spell(folder))), None)


def _settle(role: tuple[str, str], claims: list[_Claim], spell: Spell, evidence: list[str]) -> str | None:
    """The first claim that the register knows, else the first; the register's spelling. Disagreement is evidence."""
    if not claims:
        return None
    settled = next((claim for claim in claims if spell(claim.value)), claims[0])
    zh, en = role
    evidence.append(
        say(
            f"{zh} {settled.value}：来自{_ORIGINS[settled.source]}",
            f"{en} {settled.value}: stated by {settled.source}",
        )
    )
    for claim in claims:
        # A folder may be named after whoever sorted the files, so it never contradicts the clip itself.
        if claim.value != settled.value and claim.source is not _Origin.FOLDER:
            evidence.append(_differs(role, claim, settled))
    return spell(settled.value) or settled.value


def _differs(role: tuple[str, str], claim: _Claim, settled: _Claim) -> str:
    zh, en = role
    return say(
        f"{zh}不一致：{_ORIGINS[claim.source]}为 {claim.value}，{_ORIGINS[settled.source]}为 {settled.value}",
        f"{en} differs: {claim.source} says {claim.value}, {settled.source} says {settled.value}",
    )


def _recorder_of(stated: Identity, folders: Sequence[str], register: Register, evidence: list[str]) -> str | None:
    """The registered recorder of the stated room and channel, when there is exactly one."""
    recorders = register.in_room(stated.room or "")
    wanted = {_channel_key(text) for text in ([stated.channel] if stated.channel else folders)}
    fitting = [device for device in recorders if device.channel and _channel_key(device.channel) in wanted]
    if not fitting and len(recorders) == 1 and not (stated.channel and recorders[0].channel):
        fitting = list(recorders)
    if len(fitting) != 1:
        return None
    serial, channel = fitting[0].serial, fitting[0].channel
    evidence.append(
        say(
            f"设备 {serial}：登记于房间 {stated.room}，通道 {channel or '未登记'}",
            f"device {serial}: registered for room {stated.room}, channel {channel or 'not registered'}",
        )
    )
    return serial


def _channel_key(text: str) -> str:
    """`CH1`, `ch01`, `1` and `通道1` are one channel."""
    key = _key(text)
    digits = key.removeprefix("CHANNEL").removeprefix("CH").removeprefix("CAM").removeprefix("通道")
    return str(int(digits)) if digits.isdecimal() else key


def _placed(stated: Identity, register: Register, evidence: list[str]) -> Identity:
    """The same with room, channel and unit from the register, where it knows them."""
    device = register.device(stated.device) if stated.device else None
    officer = register.officer(stated.officer) if stated.officer else None
    room, channel = (register.spelt_room(stated.room) or stated.room if stated.room else None), stated.channel
    if device and device.room:
        if room and _key(room) != _key(device.room):
            evidence.append(
                say(
                    f"房间不一致：文件名或文件夹为 {room}，设备登记为 {device.room}",
                    f"room differs: name or folder says {room}, device register says {device.room}",
                )
            )
        room = device.room
    if device and device.channel and device.kind is StoreKind.INTERROGATION:
        if channel and _channel_key(channel) != _channel_key(device.channel):
            evidence.append(
                say(
                    f"通道不一致：文件名为 {channel}，设备登记为 {device.channel}",
                    f"channel differs: name says {channel}, device register says {device.channel}",
                )
            )
        channel = device.channel
    unit = (device.unit if device else None) or (officer.unit if officer else None)
    return replace(stated, room=room, channel=channel, unit=unit, evidence=tuple(evidence))
