"""README.md from the day's tables, so that what is generated and what is promised cannot part."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from sample_media import day
from sample_media.tables import Damage, SampleClip, SampleIncident, SampleSession

HEAD = """# The sample day 样例日

One generated day, Friday 2026-11-20 in Asia/Shanghai: two stations (`dock-a`, `dock-b`) and one interrogation suite
(`rooms`). Every person, number and picture is made up. `{clips}` video files of real encoders, `{stills}` photos,
`{incidents}` incidents, `{sessions}` sessions. The clips are drawn by a program: nobody is in them.

- `python -m sample_media.generate` makes stores, feeds, `manifest.csv` and this page anew (some minutes);
  `--texts` only feeds and this page; `--into DIR` puts all of it elsewhere.
- `python -m sample_media.restore_times` gives the files the modification times of `manifest.csv`, which git does not
  keep. Run it after a clone: without it the whole day looks as if it were still arriving.
- The tables of the day are `day.py`, `station_a.py`, `station_b.py`, `rooms.py`. Nothing else in this project writes
  into a store.

## Expected findings 应发现的问题

A scan after 2026-11-24 finds exactly these, nothing more and nothing less. (From 2027-05-21 on the file that the list
of `dock-b` names may be gone by right: six calendar months have passed, and its finding goes.)
`officer` is `-` where the finding names none.

"""

SEEN = """
With `[content] enabled = true`, as the shipped configuration has it, it looks at pictures and sound
(画面与声音检测) and finds these too:

"""

REMARKS = """
## What must not be found 不应发现的

- Incident `JQ20261120B06` is **unknown**: a clip of its officer has no believable time and may be its footage.
- `JQ20261120A16` (category 骚扰) and `JQ20261120A17` (status 撤销) need no recording: `[exclude]` of `config.toml`.
- `JQ20261120A07` counts as compliant: its gap is a finding, but explained and approved, so it only informs.
- Wrong clocks are one finding for the device: no late start, time conflict or missing recording follows from them.
- Unreadable and arriving files have one finding each, whatever else cannot be read out of them.
- What pictures show for 30 s or less of required time: a person who stands still for a moment, a hand that passes.
- `JQ20261120A10`, `JQ20261120A14` and `XW2026112005` do not count as compliant where pictures and sound are looked at:
  what they have on record is silent, black or frozen. The file alone has the finding, so that nobody is asked twice.
- Where one of two officers' files is cut or upside down, the incident is compliant: the file alone has the finding.
- Photos lie inside the time of their officer's incident. They are no recordings: no coverage, no link, no format rule.
- `hiv00000.mp4` is an MPEG program stream; a recorder of this family names its blocks so.

## Dirty rows in the feeds 接入数据中的脏数据

| feed | row | what | fate |
|---|---|---|---|
| 110-a | 5, 7 | the same call twice with different status: the later row wins | accepted |
| 110-a | 6 | no incident number | rejected |
| 110-a | 14 | finish without a date; officers as free text with badge numbers | corrected |
| 110-a | 21 | arrival `NULL` | corrected |
| 110-a | 22 | finish `1900-01-01 00:00:00` | corrected |
| 110-b | all | pinyin headings, GB18030, times with slashes, run together, in epoch milliseconds | accepted |
"""


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(headings)} |", "|" + "---|" * len(headings)]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)]) + "\n"


def expected_table(*, seen: bool) -> str:
    some = (row for row in day.expected() if row[2].seen is seen)
    rows = ((kind, f"`{subject}`", f"`{f.rule}`", f.officer or "-", f.why) for kind, subject, f in some)
    return table(("kind", "subject", "rule", "officer", "why"), rows)


def rules_of(thing: SampleClip | SampleIncident | SampleSession) -> str:
    return ", ".join(f"`{fault.rule}`" for fault in thing.faults) or "-"


def form_of(clip: SampleClip) -> str:
    form = clip.form
    if clip.damage is Damage.ZERO_LENGTH:
        return "-"
    picture = f"{form.width}x{form.height}@{form.rate}"
    return f"{form.container.value} {form.video.value} {form.audio.value or 'no sound'} {picture}"


def file_rows() -> Iterable[Sequence[str]]:
    for clip in day.CLIPS:
        yield (
            f"`{clip.subject}`",
            f"{clip.start:%H:%M:%S}",
            str(clip.seconds),
            form_of(clip),
            clip.note,
            rules_of(clip),
        )
    for still in day.STILLS:
        yield (f"`{still.subject}`", f"{still.taken:%H:%M:%S}", "0", "jpeg 1280x720 EXIF", still.note, "-")


def activity_rows() -> Iterable[Sequence[str]]:
    for incident in day.INCIDENTS:
        times = (f"{moment:%H:%M:%S}" if moment else "-" for moment in (incident.arrived, incident.finished))
        yield (f"`{incident.number}`", " ".join(incident.officers), *times, incident.note, rules_of(incident))
    for session in day.SESSIONS:
        times = (f"{moment:%H:%M:%S}" for moment in (session.started, session.signed))
        yield (f"`{session.number}`", session.room, *times, session.note, rules_of(session))


def write_readme(target: Path) -> None:
    head = HEAD.format(
        clips=len(day.CLIPS), stills=len(day.STILLS), incidents=len(day.INCIDENTS), sessions=len(day.SESSIONS)
    )
    activities = table(("number", "officers or room", "from", "to", "what", "findings"), activity_rows())
    files = table(("file", "true start", "seconds", "form", "what", "findings"), file_rows())
    expected = (expected_table(seen=False), SEEN, expected_table(seen=True))
    parts = (head, *expected, REMARKS, "\n## Every activity 全部活动\n\n", activities)
    target.write_text("".join((*parts, "\n## Every file 全部文件\n\n", files)), encoding="utf-8")
