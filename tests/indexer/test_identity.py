"""Whose clip it is: roles of ids, what wins, what is said about disagreement."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.clip import Assignment, Device, IndexEntry, StoreKind
from domain.media import Probe
from domain.people import Officer
from indexer.filenames import NameFields
from indexer.identity import Identity, Register, identify
from tests.statements import english, in_english

T = datetime(2026, 11, 20, tzinfo=UTC)


def register(*rows: Device | Officer | Assignment) -> Register:
    assigned: dict[str, tuple[Assignment, ...]] = {}
    for row in rows:
        if isinstance(row, Assignment):
            assigned[row.device] = (*assigned.get(row.device, ()), row)
    return Register(
        devices={row.serial: row for row in rows if isinstance(row, Device)},
        officers={row.badge: row for row in rows if isinstance(row, Officer)},
        assignments=assigned,
    )


def names(*ids: str, **known: str) -> NameFields:
    return NameFields("test", ids=ids, **known)  # type: ignore[arg-type]


def who(
    fields: NameFields | None, known: Register, *, entry: IndexEntry | None = None, path: str = "x.mp4"
) -> Identity:
    found = identify(path, fields, None, entry, known)
    assert all(in_english(found.evidence))
    return found


def tagged(**tags: str) -> Probe:
    return Probe("mp4", "test", 1, timedelta(minutes=1), tags=tags)


def test_two_ids_are_told_apart_by_the_register_even_against_their_lengths() -> None:
    known = register(Device("123456"), Officer("1234567"))
    for ids in (("123456", "1234567"), ("1234567", "123456")):
        found = who(names(*ids), known)
        assert (found.device, found.officer) == ("123456", "1234567")


def test_two_ids_are_told_apart_by_length_when_no_register_knows_them() -> None:
    for ids in (("1234567", "123456"), ("123456", "1234567")):
        found = who(names(*ids), register())
        assert (found.device, found.officer) == ("1234567", "123456")
        assert "lengths" in english(found.evidence[0])


def test_two_ids_known_as_both_are_told_apart_by_who_was_issued_what() -> None:
    both = (Device("100001"), Device("100002"), Officer("100001"), Officer("100002"))
    known = register(*both, Assignment("100002", "100001", T))
    found = who(names("100001", "100002"), known)
    assert (found.device, found.officer) == ("100002", "100001")


def test_two_ids_that_nothing_tells_apart_keep_the_order_of_the_name_and_say_so() -> None:
    found = who(names("AB1234", "CD1234"), register())
    assert (found.device, found.officer) == ("AB1234", "CD1234")
    assert "order" in english(found.evidence[0])


@pytest.mark.parametrize(
    ("one", "rows", "device", "officer"),
    [
        ("1234567", (), "1234567", None),
        ("123456", (), None, "123456"),
        ("123456", (Device("123456"),), "123456", None),
        ("1234567", (Officer("1234567"),), None, "1234567"),
    ],
)
def test_a_single_id_is_device_or_officer(
    one: str, rows: tuple[Device | Officer, ...], device: str | None, officer: str | None
) -> None:
    found = who(names(one), register(*rows))
    assert (found.device, found.officer) == (device, officer)


def test_leading_zeros_count() -> None:
    known = register(Officer("31021", unit="wrong"), Device("1234567"))
    found = who(names("1234567", "031021"), known)
    assert found.officer == "031021"
    assert found.unit is None


def test_case_and_width_of_letters_do_not_count_and_the_register_spells() -> None:
    found = who(names(device="ａb12345"), register(Device("Ab12345", unit="U1")))
    assert (found.device, found.unit) == ("Ab12345", "U1")


def test_the_station_list_fills_what_the_name_lacks() -> None:
    entry = IndexEntry("x.mp4", device="1234567", officer="031021", sequence=7)
    found = who(None, register(), entry=entry)
    assert (found.device, found.officer, found.sequence) == ("1234567", "031021", 7)


def test_the_name_wins_over_the_list_and_the_disagreement_is_kept() -> None:
    entry = IndexEntry("x.mp4", device="7654321", officer="031022", sequence=9)
    found = who(NameFields("t", device="1234567", officer="031021", sequence=3), register(), entry=entry)
    assert (found.device, found.officer, found.sequence) == ("1234567", "031021", 3)
    assert "device differs: station list says 7654321, name says 1234567" in in_english(found.evidence)
    assert "officer differs: station list says 031022, name says 031021" in in_english(found.evidence)


def test_a_registered_value_wins_over_a_factory_setting_in_the_name() -> None:
    entry = IndexEntry("x.mp4", device="1234567")
    found = who(names(device="0000000"), register(Device("1234567")), entry=entry)
    assert found.device == "1234567"
    assert any("name says 0000000" in line for line in in_english(found.evidence))


def test_serial_and_badge_inside_the_file_come_after_name_and_list() -> None:
    found = identify("x.mp4", None, tagged(serial="1234567", badge="031021"), None, register())
    assert (found.device, found.officer) == ("1234567", "031021")
    found = identify("x.mp4", names(device="7654321"), tagged(serial="1234567"), None, register())
    assert found.device == "7654321"


def test_a_folder_named_after_an_officer_helps_only_when_nothing_else_does() -> None:
    known = register(Officer("031021", unit="U1"), Officer("031022", unit="U2"))
    assert who(None, known, path="2026-11-20/031021/x.mp4").officer == "031021"
    found = who(names(officer="031022"), known, path="031021/x.mp4")
    assert found.officer == "031022"
    assert not any("differs" in line for line in in_english(found.evidence))


def test_the_unit_is_the_devices_else_the_officers() -> None:
    known = register(Device("1234567", unit="U1"), Device("7654321"), Officer("031021", unit="U2"))
    assert who(names("1234567", "031021"), known).unit == "U1"
    assert who(names("7654321", "031021"), known).unit == "U2"


ROOM = (
    Device("R1", kind=StoreKind.INTERROGATION, unit="U3", room="XW-01", channel="CH1"),
    Device("R2", kind=StoreKind.INTERROGATION, unit="U3", room="XW-01", channel="CH2"),
)


def test_room_and_channel_of_the_name_lead_to_the_registered_recorder() -> None:
    found = who(NameFields("t", room="xw-01", channel="ch02"), register(*ROOM))
    assert (found.device, found.room, found.channel, found.unit) == ("R2", "XW-01", "CH2", "U3")


def test_room_and_channel_of_the_register_win_and_the_name_is_kept_as_evidence() -> None:
    found = who(NameFields("t", device="R1", room="XW-09", channel="CH4"), register(*ROOM))
    assert (found.room, found.channel) == ("XW-01", "CH1")
    assert any("XW-09" in line for line in in_english(found.evidence))
    assert any("CH4" in line for line in in_english(found.evidence))


def test_a_block_without_a_telling_name_is_found_by_its_folders() -> None:
    found = who(NameFields("hikvision-block"), register(*ROOM), path="XW-01/CH2/hiv00000.mp4")
    assert (found.device, found.room, found.channel) == ("R2", "XW-01", "CH2")


def test_two_recorders_that_fit_alike_are_not_guessed_between() -> None:
    found = who(NameFields("t", room="XW-01"), register(*ROOM))
    assert found.device is None
    assert found.room == "XW-01"


def test_nothing_stated_gives_nothing() -> None:
    assert who(None, register()) == Identity()
