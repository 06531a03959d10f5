"""The examples in the docstrings hold."""

import doctest
import importlib
import pkgutil

import pytest

import company

MODULES = [module.name for module in pkgutil.walk_packages(company.__path__, "company.")]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_hold(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0
