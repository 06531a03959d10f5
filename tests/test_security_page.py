"""The security page and the tests it names: each one exists."""

import re

from tidiness import ROOT

PAGE = ROOT / "docs" / "security.md"
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def test_every_test_that_the_security_page_names_exists() -> None:
    named = NAMED.findall(PAGE.read_text(encoding="utf-8"))

    missing = [
        f"{path}::{name}"
        for path, name in named
        if not (ROOT / path).exists()
        or not re.search(rf"^def {name}\(", (ROOT / path).read_text(encoding="utf-8"), re.M)
    ]

    assert len(named) > 30
    assert not missing


def test_every_row_of_the_list_has_a_test_or_a_reason() -> None:
    rows = re.findall(r"^\| (V[\d.,V –-]+) \| (.+?) \| (.+) \|$", PAGE.read_text(encoding="utf-8"), re.M)

    assert len(rows) > 45
    assert not [item for item, asked, shown in rows if not asked.strip() or len(shown.strip()) < 20]
