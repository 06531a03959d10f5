"""docs/feel.md tells what there is: every built-in function, every hit policy, and the limits as they are."""

import re
from pathlib import Path

from engine.dmn.hit_policies import HIT_POLICIES
from engine.feel.builtins import BUILTINS
from engine.feel.cursor import OPERANDS_MAX
from engine.feel.levels import DEPTH_MAX
from engine.feel.lexer import TEXT_MAX
from engine.feel.values import CALLS_MAX, NESTING_MAX, STEPS_MAX, STRING_MAX

PAGE = (Path(__file__).parents[3] / "docs" / "feel.md").read_text("utf-8")


def test_the_page_lists_the_functions_that_there_are():
    listed = re.search(r"Built-in functions: (.*?)\.\n", PAGE, re.DOTALL)[1]
    assert sorted(re.findall(r"`([a-z ]+)`", listed)) == sorted(BUILTINS)


def test_the_page_lists_the_hit_policies_that_there_are():
    listed = re.search(r"hit policies (.*?);", PAGE)[1]
    assert set(re.split(r", | and ", listed)) == set(HIT_POLICIES)


def test_the_page_tells_the_limits_as_they_are():
    told = [int(number) for number in re.findall(r"^\| .* \| (\d+) \|$", PAGE, re.MULTILINE)]
    assert told == [TEXT_MAX, DEPTH_MAX, OPERANDS_MAX, STEPS_MAX, STRING_MAX, CALLS_MAX, NESTING_MAX]
