"""Every end of a process after the pay-out is reached by a story that sees it on the page of its case."""

import ast
from pathlib import Path

from outcomes import AFTER_PAY_OUT, ends_of

HERE = Path(__file__).parent


def claimed():
    """The ends that the stories of this folder are marked to reach."""
    found = set()
    for path in HERE.glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.reaches":
                found |= {ast.literal_eval(each) for each in node.args}
    return found


def test_every_end_of_every_process_after_the_pay_out_is_reached_by_a_story():
    ends = set().union(*map(ends_of, AFTER_PAY_OUT))

    assert len(ends) > 40
    assert claimed() == ends
