"""docs/rules.md is what the rules say, and `--check` notices when it is not."""

from pathlib import Path

import pytest

from detectors import RULES
from detectors.limits import describe_limits
from docs import generate


def test_the_committed_page_is_up_to_date() -> None:
    assert generate.main(["--check"]) == 0


def test_the_page_names_every_rule_and_every_limit_with_its_origin() -> None:
    page = generate.text()
    assert all(f"### `{rule.id}` " in page for rule in RULES)
    assert all(f"| `{info.name}` | " in page for info in describe_limits())


def test_a_stale_page_is_refused_and_writing_it_anew_mends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(generate, "PAGE", tmp_path / "rules.md")
    assert generate.main(["--check"]) == 1
    assert "python -m docs.generate" in capsys.readouterr().err
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0


def test_other_words_are_refused() -> None:
    assert generate.main(["--chekc"]) == 2
