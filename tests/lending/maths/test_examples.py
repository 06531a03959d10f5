"""The examples in the docstrings of the mathematics hold."""

import doctest
import importlib
import pkgutil

import pytest

import lending.maths

MODULES = [module.name for module in pkgutil.walk_packages(lending.maths.__path__, "lending.maths.")]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_hold(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0
