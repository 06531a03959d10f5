"""The page of functions and the tests that show them name the same numbers."""

import re

from tidiness import ROOT

PAGE = ROOT / "docs" / "features.md"
NUMBER = re.compile(r"\bM-\d{3}\b")
MARK = re.compile(r"mark\.feature\(\"(M-\d{3})\"\)|^    \"[a-z_]+/[a-z0-9_]+\": \(([M0-9\-\", ]+)\),$", re.M)


def test_every_function_on_the_page_is_shown_by_a_test_and_every_one_shown_is_on_the_page() -> None:
    marks = [
        mark
        for path in (ROOT / "tests").rglob("test_*.py")
        for pair in MARK.findall(path.read_text(encoding="utf-8"))
        for mark in NUMBER.findall(" ".join(pair))
    ]
    rows = re.findall(r"^\| (M-\d{3}) \| (.+?) \| (.+?) \|$", PAGE.read_text(encoding="utf-8"), re.M)

    listed = [number for number, _, _ in rows]
    assert len(listed) > 30
    assert listed == sorted(set(listed))
    assert set(marks) == set(listed)
