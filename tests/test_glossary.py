"""The glossary speaks of what is there: each identifier in it occurs in the product, each term once."""

import re
from collections import Counter
from pathlib import Path

from tidiness import ROOT

GLOSSARY = ROOT / "docs" / "glossary.md"
PRODUCT = ("cheliu", "web", "handlers", "forms", "engine", "lending", "company", "processes")
SPOKEN = {".py", ".bpmn", ".dmn", ".form", ".json"}
WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def rows(page: str) -> list[list[str]]:
    """The cells of every row below a table's head."""
    lines = [line for line in page.splitlines() if line.startswith("| ") and not line.startswith("| 中文")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def product_words() -> set[str]:
    """Every word of the product's own files."""
    files = [
        path
        for room in PRODUCT
        for path in (ROOT / room).rglob("*")
        if path.suffix in SPOKEN and "node_modules" not in path.parts and "dist" not in path.parts
    ]
    return {word for path in files for word in WORD.findall(path.read_text(encoding="utf-8"))}


def test_every_identifier_of_the_glossary_occurs_in_the_product() -> None:
    identifiers = {
        name for row in rows(GLOSSARY.read_text(encoding="utf-8")) for name in re.findall(r"`(\w+)`", row[2])
    }

    gone = sorted(identifiers - product_words())

    assert len(identifiers) > 100
    assert not gone, "correct the term or take it out of docs/glossary.md"


def test_every_row_has_both_languages_and_an_identifier() -> None:
    incomplete = [
        row
        for row in rows(GLOSSARY.read_text(encoding="utf-8"))
        if len(row) != 4 or not row[0] or not row[1] or not re.fullmatch(r"`\w+`(, `\w+`)*", row[2])
    ]

    assert not incomplete


def test_no_term_and_no_identifier_stands_there_twice() -> None:
    found = rows(GLOSSARY.read_text(encoding="utf-8"))
    columns = (
        Counter(row[0] for row in found),
        Counter(row[1] for row in found),
        Counter(name for row in found for name in re.findall(r"`(\w+)`", row[2])),
    )

    assert not [what for column in columns for what, times in column.items() if times > 1]


def test_the_page_says_where_it_is_checked() -> None:
    assert f"tests/{Path(__file__).name}" in GLOSSARY.read_text(encoding="utf-8")
