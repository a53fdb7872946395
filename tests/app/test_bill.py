"""The bill of materials lists what is pinned; what is pinned is what is installed by."""

import json
import re
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pytest

from deploy.bill import differences, main, normal, pinned

PINS = """\
one-thing==1.2 \\
    --hash=sha256:{a} \\
    --hash=sha256:{b}
    # via other
Two.Words==3.0.post1 ; sys_platform == 'win32' \\
    --hash=sha256:{c}
""".format(a="a" * 64, b="b" * 64, c="c" * 64)


def component(name: str, release: str, *digests: str) -> dict[str, Any]:
    hashes = [{"alg": "SHA-256", "content": digest * 64} for digest in digests]
    return {"name": name, "version": release, "externalReferences": [{"hashes": hashes}]}


def bill(*components: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"bomFormat": "CycloneDX", "components": list(components), "metadata": {}, **more}


WHOLE = (component("one_thing", "1.2", "b", "a"), component("two-words", "3.0.post1", "c"))


def test_a_bill_of_all_that_is_pinned_differs_in_nothing() -> None:
    assert differences(bill(*WHOLE), PINS) == []


@pytest.mark.parametrize(
    ("components", "said"),
    [
        (WHOLE[:1], ["two-words 3.0.post1: pinned, not listed"]),
        ((*WHOLE, component("stranger", "9", "d")), ["stranger 9: listed, not pinned"]),
        ((component("one-thing", "1.2", "a"), WHOLE[1]), ["one-thing 1.2: other digests"]),
    ],
)
def test_what_lacks_is_too_much_or_other_is_told(components: tuple[dict[str, Any], ...], said: list[str]) -> None:
    assert differences(bill(*components), PINS) == said


@pytest.mark.parametrize("more", [{"serialNumber": "urn:uuid:1"}, {"metadata": {"timestamp": "2026-11-27"}}])
def test_a_bill_that_is_another_one_each_time_is_refused(more: dict[str, Any]) -> None:
    assert len(differences(bill(*WHOLE) | more, PINS)) == 1


def test_every_pin_has_a_digest_and_what_is_installed_here_is_what_is_pinned(project: Path) -> None:
    pins = pinned((project / "constraints" / "run.txt").read_text(encoding="utf-8"))
    assert len(pins) > 80
    assert all(pins.values())
    allowed: dict[str, set[str]] = {}
    for name, release in pins:
        allowed.setdefault(name, set()).add(release)
    for name, releases in allowed.items():
        try:
            installed = version(name)
        except PackageNotFoundError:  # of another system or another Python
            continue
        assert installed in releases, name


def test_everything_that_the_program_asks_for_is_pinned(project: Path) -> None:
    import tomllib

    asked = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = [re.split(r"[\[<>=!~ ;]", one, maxsplit=1)[0] for one in asked["dependencies"]]
    names += [re.split(r"[\[<>=!~ ;]", one, maxsplit=1)[0] for one in asked["optional-dependencies"]["s3"]]
    pins = {name for name, _ in pinned((project / "constraints" / "run.txt").read_text(encoding="utf-8"))}
    assert {normal(name) for name in names} - pins == set()


@pytest.mark.long
def test_the_makers_own_bill_lists_what_is_pinned(project: Path, tmp_path: Path) -> None:
    tool = shutil.which("cyclonedx-py", path=str(project / "build" / "tools" / "bin"))
    if tool is None:
        pytest.skip("the tool that makes the bill is not installed here: make sbom")
    made = [tmp_path / "1.json", tmp_path / "2.json"]
    for target in made:
        options = ["--pyproject", "pyproject.toml", "--output-reproducible", "--of", "JSON", "-o", str(target)]
        command = [tool, "requirements", "constraints/run.txt", *options]
        subprocess.run(command, cwd=project, check=True, capture_output=True)
    assert made[0].read_bytes() == made[1].read_bytes()
    assert differences(json.loads(made[0].read_bytes()), (project / "constraints" / "run.txt").read_text("utf-8")) == []


def test_other_words_are_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "expected the file of one bill" in capsys.readouterr().err
