"""Any file ends: as a decision model or as the list of what is wrong with it."""

import contextlib
import random
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from engine.dmn import DmnError, DmnInvalid, parse_dmn
from engine.feel import FeelError

MODELS = [path.read_bytes() for path in sorted((Path(__file__).parent / "models").rglob("*.dmn"))]
TEXTS = [
    "",
    "-",
    "x",
    "1 +",
    "[1..",
    "not(1)",
    "for i in 1..1000000000 return i",
    "null",
    "1, 2",
    "9**9**9**9",
    "?",
]
SECONDS_MAX = 30


def damaged(model: bytes, chance: random.Random) -> bytes:
    """A model in which some elements were moved, doubled, dropped, renamed or filled with something else."""
    root = etree.fromstring(model)
    for _ in range(chance.randint(1, 6)):
        elements = [
            element for element in root.iter() if element is not root and isinstance(element.tag, str)
        ]
        if not elements:
            break
        element, other = chance.choice(elements), chance.choice(elements)
        action = chance.randint(0, 5)
        if action == 0:
            element.getparent().remove(element)
        elif action == 1:
            element.text = chance.choice(TEXTS)
        elif action == 2 and element.attrib:
            name = chance.choice(sorted(element.attrib))
            element.set(
                name, chance.choice([other.get("id", ""), "#" + other.get("id", ""), "Java", "", "list"])
            )
        elif action == 3 and not any(above is element for above in [other, *other.iterancestors()]):
            other.append(element)
        elif action == 4:
            element.tag = other.tag
        elif action == 5 and element.attrib:
            del element.attrib[chance.choice(sorted(element.attrib))]
    return etree.tostring(root)


def read(xml: bytes):
    """What can be used of a file, and what is wrong with it."""
    try:
        return parse_dmn(xml), []
    except DmnInvalid as invalid:
        return invalid.model, invalid.problems


def check(xml: bytes) -> None:
    """Read a file, and take each of its decisions on no facts and on odd ones."""
    started = time.process_time()
    model, problems = read(xml)
    assert model or problems
    assert all(problem.text("zh") and problem.text("en") for problem in problems)
    for key in model.decisions if model else ():
        for facts in ({}, {"x": [1], "amount": "a", "A": 1, "B": None}):
            with contextlib.suppress(DmnError, FeelError):
                model.evaluate(key, facts)
    assert time.process_time() - started < SECONDS_MAX


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(MODELS) - 1), st.integers())
def test_a_damaged_model_is_read_or_its_problems_are_listed(which, seed):
    check(damaged(MODELS[which], random.Random(seed)))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, len(MODELS) - 1), st.integers(0, 4000), st.binary(max_size=8))
def test_bytes_that_were_overwritten_are_refused_or_read(which, place, junk):
    xml = MODELS[which]
    check(xml[:place] + junk + xml[place + len(junk) :])


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_ten_minutes_of_damaged_models_find_no_crash_and_no_hang():
    end = time.monotonic() + 600
    while time.monotonic() < end:
        test_a_damaged_model_is_read_or_its_problems_are_listed()
        test_bytes_that_were_overwritten_are_refused_or_read()
