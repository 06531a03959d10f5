"""docs/foreign.md says of every word of other vocabularies what the code says, and names every sample."""

import re
from pathlib import Path

import pytest
from tidiness import ROOT

from engine.bpmn.foreign.vocabulary import ATTRIBUTES, ELEMENTS, ZEEBE

PAGE = (ROOT / "docs" / "foreign.md").read_text(encoding="utf-8")
TABLES = {
    "Attributes: `camunda:`": ATTRIBUTES,
    "Elements: `camunda:`": ELEMENTS,
    "Elements: `zeebe:`": ZEEBE,
}


def section(heading: str) -> str:
    """The text below a heading that begins so."""
    return next(part for part in PAGE.split("\n## ") if part.startswith(heading))


@pytest.mark.parametrize("heading", TABLES)
def test_each_word_is_what_the_page_says(heading: str) -> None:
    rows = re.findall(r"^\| (`.+?`) \| (\w+) \|", section(heading), re.M)
    said = {name: state for names, state in rows for name in re.findall(r"`(\w+)`", names)}

    assert said == {name: str(word.standing) for name, word in TABLES[heading].items()}


@pytest.mark.parametrize("heading", TABLES)
def test_each_remedy_is_on_the_page(heading: str) -> None:
    written = section(heading)
    for word in TABLES[heading].values():
        assert word.en in written
        assert bool(word.zh) == bool(word.en)


def test_every_tool_has_a_sample_and_every_sample_a_row() -> None:
    named = set(re.findall(r"^\|[^|]+\| `([\w.]+)` \|", section("Tools"), re.M))
    assert named == {path.name for path in (Path(__file__).parent / "foreign").iterdir()}
