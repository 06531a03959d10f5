"""English is complete: every Chinese text of the pages has its translation, and nothing else is in the catalogue."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import web
from web.language import catalogue

ROOM = Path(web.__file__).parent
CHINESE = re.compile("[\u3400-\u9fff]")
CALL = re.compile(r"""_\(\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')""")
# The names of the two languages stand in their own words, and so does the brand.
OWN_WORDS = {"中文", "车"}


def _python_texts(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
        and isinstance(node.body[0].value, ast.Constant)
    }
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node not in docstrings
        and CHINESE.search(node.value)
    }


def _template_texts(path: Path) -> set[str]:
    return {first or second for first, second in CALL.findall(path.read_text(encoding="utf-8"))}


def _all_texts() -> set[str]:
    texts: set[str] = set()
    for path in ROOM.glob("*.py"):
        texts |= _python_texts(path)
    for path in (ROOM / "templates").rglob("*.html"):
        texts |= _template_texts(path)
    return texts


def test_every_text_of_the_pages_has_an_english_translation_and_no_translation_is_left_over() -> None:
    assert _all_texts() == set(catalogue())


def test_no_translation_is_empty_or_holds_chinese() -> None:
    assert [
        chinese for chinese, english in catalogue().items() if not english or CHINESE.search(english)
    ] == []


def test_a_translation_keeps_the_placeholders_of_its_text() -> None:
    placeholders = re.compile(r"{\w+}")

    differing = [
        chinese
        for chinese, english in catalogue().items()
        if sorted(placeholders.findall(chinese)) != sorted(placeholders.findall(english))
    ]

    assert differing == []


def test_templates_hold_no_chinese_outside_translated_texts() -> None:
    left: list[str] = []
    for path in (ROOM / "templates").rglob("*.html"):
        text = CALL.sub("", path.read_text(encoding="utf-8"))
        for own in OWN_WORDS:
            text = text.replace(own, "")
        left += [f"{path.name}: {line.strip()}" for line in text.splitlines() if CHINESE.search(line)]

    assert left == []
