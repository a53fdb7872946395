"""Writes docs/rules.md from the rules and limits, docs/examples from the description of the API.

`--check` writes nothing and exits 1 when one is stale.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from detectors import RULES
from detectors.basis import ORIGIN_WORDS, SOURCES, Origin
from detectors.limits import LimitInfo, describe_limits
from detectors.rule import Rule
from docs import python_example
from domain.finding import Flag

PAGE = Path(__file__).resolve().parent / "rules.md"

FLAGS = {
    Flag.MISSING: ("未按规定记录", "an activity without recording, or a recording that existed and is gone"),
    Flag.INCOMPLETE: ("记录不完整", "recorded, but late, short, broken or damaged"),
    Flag.NONSTANDARD: ("记录不规范", "recorded, but not as it should be"),
}

HEAD = """# 规则目录 / Rule catalogue

本页由 `python -m docs.generate` 生成, 请勿手工修改。 / Made by `python -m docs.generate`; do not edit by hand.

每条结论都是向人提出的问题, 不是认定。 / Every finding is a question to a person, not a verdict on one.
结果: 合规 pass, 不合规 fail, 无法判定 unknown, 待判定 pending, 不适用 notapplicable.
How the rules share out the facts, so that each is asked about once: [design/rules.md](design/rules.md).
"""


NO_NUMBER = (
    "现有资料中没有规定“晚”“中断”“完整率”数值的全国性标准。 / "
    "No national number exists for “late”, “gap” or “coverage”."
)


def lines() -> Iterator[str]:
    """The page, line by line."""
    yield HEAD
    yield "## 来源 / Origins\n"
    yield "| origin | 中文 | meaning |"
    yield "|---|---|---|"
    for origin in Origin:
        zh, en = ORIGIN_WORDS[origin]
        yield f"| `{origin}` | {zh} | {en} |"
    yield f"\n{NO_NUMBER}\n"
    yield from (f"- **{short}**: {full}" for short, full in SOURCES.items())
    infos = {info.name: info for info in describe_limits()}
    for flag, (zh, en) in FLAGS.items():
        yield f"\n## {flag} {zh}\n"
        yield f"{en[0].upper()}{en[1:]}.\n"
        for rule in (rule for rule in RULES if rule.flag is flag):
            yield from rule_lines(rule, infos)
    yield from limit_lines()


def rule_lines(rule: Rule, infos: dict[str, LimitInfo]) -> Iterator[str]:
    """One rule: what it asks, of what, on which basis, with which numbers."""
    yield f"### `{rule.id}` {rule.title_zh}\n"
    kinds = ", ".join(rule.applies_to)
    yield f"{rule.title_en}. Version {rule.version}, at worst **{rule.severity}**, judges: {kinds}.\n"
    yield f"- 条件: {rule.condition_zh}"
    yield f"- Condition: {rule.condition_en}"
    for basis in rule.basis:
        yield f"- 依据 / basis: {basis.text} — `{basis.origin}`"
    if rule.limits:
        yield "- 阈值 / limits: " + ", ".join(f"`{name}` = {shown(infos[name])}" for name in rule.limits)
    if rule.waits_for_upload:
        yield "- 上传时限未过时为待判定 / pending until the time for upload is over"
    if rule.ask_when_unknown:
        yield "- 无法判定时也向人提出 / asks a person also when it cannot decide"
    yield ""


def limit_lines() -> Iterator[str]:
    """Every threshold of `[limits]`."""
    yield "## 阈值 / Limits\n"
    yield "`config.toml` 的 `[limits]` 节; 名称末尾即单位。 / Section `[limits]`; a name ends in its unit.\n"
    yield "| limit | default | least | origin | 含义 | meaning |"
    yield "|---|---|---|---|---|---|"
    for info in describe_limits():
        least = "" if info.unit == "words" else f"{info.least:g}"
        yield (f"| `{info.name}` | {shown(info)} | {least} | `{info.origin}` | {info.meaning_zh} | {info.meaning_en} |")


def shown(info: LimitInfo) -> str:
    """A default as people read it, with its unit."""
    if isinstance(info.default, tuple):
        return " ".join(info.default) or "—"
    return f"{info.default:g} {info.unit if info.unit not in ('0..1', 'count') else ''}".strip()


def text() -> str:
    """The catalogue of rules."""
    return "\n".join(lines()).rstrip() + "\n"


def main(arguments: Sequence[str]) -> int:
    """0 when the pages are up to date or were written, 1 when `--check` finds one stale, 2 for other words."""
    if list(arguments) not in ([], ["--check"]):
        sys.stderr.write(f"python -m docs.generate: expected nothing or --check, got {' '.join(arguments)}\n")
        return 2
    made = {PAGE: text(), python_example.PAGE: python_example.text()}
    if not arguments:
        for page, content in made.items():
            page.write_text(content, encoding="utf-8")
        return 0
    stale = [page for page, content in made.items() if not page.exists() or page.read_text(encoding="utf-8") != content]
    for page in stale:
        sys.stderr.write(f"{page.name} is not what the program says; run: python -m docs.generate\n")
    return 1 if stale else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
