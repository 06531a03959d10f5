"""The examples in docstrings and on the page on the mathematics hold."""

import doctest
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("company", "engine", "lending", "forms", "handlers", "web", "cheliu", "benchmarks")
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for room in ROOMS
    for path in (ROOT / room).rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_hold(name):
    result = doctest.testmod(importlib.import_module(name))

    assert (result.failed, result.attempted > 0) == (0, True)


def test_the_examples_of_the_page_on_the_mathematics_hold():
    result = doctest.testfile(str(ROOT / "docs" / "maths.md"), module_relative=False, encoding="utf-8")

    assert result.failed == 0
    assert result.attempted > 10
