"""The examples in the docstrings of the mathematics hold."""

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import lending.maths

MODULES = [module.name for module in pkgutil.walk_packages(lending.maths.__path__, "lending.maths.")]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_hold(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_the_examples_of_the_page_on_the_mathematics_hold():
    page = Path(__file__).parents[3] / "docs" / "maths.md"

    result = doctest.testfile(str(page), module_relative=False, encoding="utf-8")

    assert result.failed == 0
    assert result.attempted > 10
