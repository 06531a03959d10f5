"""What the documents point at is there: links, files and the functions that docs/flow.md follows."""

import re
from pathlib import Path

import pytest
from tidiness import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
FLOW = (ROOT / "docs" / "flow.md").read_text(encoding="utf-8")
PRODUCT = ("cheliu", "web", "handlers", "forms", "engine", "lending", "company")
README, README_ZH = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-CN.md"))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_within_the_house_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text(encoding="utf-8"))

    assert not [link for link in links if not (document.parent / link).exists()]


def test_every_file_that_the_flow_names_exists() -> None:
    named = set(re.findall(r"\b(?:[a-z_]+/)+\w+\.(?:py|bpmn|js)\b", FLOW))

    assert len(named) > 30
    assert not {name for name in named if not (ROOT / name).is_file()}


def test_every_function_that_the_flow_names_is_written_somewhere() -> None:
    code = "\n".join(
        path.read_text(encoding="utf-8") for room in PRODUCT for path in (ROOT / room).rglob("*.py")
    )
    named = set(re.findall(r"`(?:[A-Z]\w+\.)?([a-z_]+)`", FLOW))

    assert len(named) > 40
    assert not {name for name in named if not re.search(rf"\b{name}\b", code)}


def test_both_readmes_say_the_same() -> None:
    commands, words = r"^    (cheliu \w+|make \w+)", r"`([A-Z_]{4,}|[a-z]+_[a-z0-9_]+)`"

    for pattern in (commands, words):
        chinese, english = (sorted(re.findall(pattern, page, re.M)) for page in (README_ZH, README))
        assert chinese == english
        assert len(english) > 8
    assert README_ZH.count("\n#") == README.count("\n#")
    assert README_ZH.count("\n- ") == README.count("\n- ")


def test_the_readme_names_every_variable_of_the_settings() -> None:
    settings = (ROOT / "company" / "settings.py").read_text(encoding="utf-8")
    read = set(re.findall(r'given\.get\("([A-Z_]+)"', settings))

    assert read <= set(re.findall(r"`([A-Z_]+)`", README))


def test_every_decision_is_listed_under_its_number() -> None:
    folder = ROOT / "docs" / "adr"
    listed = re.findall(
        r"^\| \[(\d+)\]\(((\d{4})-[\w-]+\.md)\) \| (.+) \|$", (folder / "README.md").read_text(), re.M
    )
    written = sorted(path.name for path in folder.glob("[0-9]*.md"))

    assert [name for _number, name, _digits, _title in listed] == written
    for number, name, digits, title in listed:
        assert int(digits) == int(number)
        assert (folder / name).read_text(encoding="utf-8").startswith(f"# {number}. {title}\n")
