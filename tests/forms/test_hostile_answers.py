"""Whatever is sent to any form of the product: it passes or is refused by name, and nothing else ever happens."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cheliu.wiring import FORMS
from company import tagged
from forms.errors import FormRefused
from forms.gate import Gate
from forms.model import read
from forms.view import prepare

PATHS = sorted(FORMS.glob("*/*.form"))

LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=40),
    st.sampled_from(
        [
            "sealed:1",
            "1e400",
            "NaN",
            "-0",
            "２",
            "=1+1",
            "{{x}}",
            "approve",
            "return",
            "2026-02-30",
            "files::1",
        ]
    ),
    st.decimals(allow_nan=False, allow_infinity=False),
)
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
DATA = {
    "amount": Decimal("100000.00"),
    "term_months": 36,
    "member": "a",
    "committee_chair": "a",
    "entry": None,
}


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(data=st.data())
def test_any_answers_pass_or_are_refused_in_both_languages(path: Any, data: st.DataObject) -> None:
    form = path.read_bytes()
    keys = [component.key for component in read(form).walk() if component.key]
    values = data.draw(
        st.dictionaries(st.sampled_from(keys) | st.text(max_size=8), ANYTHING, max_size=len(keys))
    )

    try:
        checked = Gate().check(form, values, data=DATA, files={})
    except FormRefused as refused:
        answers, sentences = {}, [*refused.texts("zh").values(), *refused.texts("en").values()]
    else:
        answers, sentences = checked.answers, ["passed"]

    assert sentences
    assert all(sentences)
    assert set(answers) <= set(keys)
    tagged.dumps(answers)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
@settings(max_examples=8, deadline=None)
@given(value=ANYTHING)
def test_any_process_data_can_be_shown_and_no_seal_leaves_with_it(path: Any, value: Any) -> None:
    form = path.read_bytes()
    data = {
        component.key: value for component in read(form).walk() if component.key and "." not in component.key
    }

    prepared = prepare(form, data, "en", {})

    assert "sealed:" not in str(prepared["data"])
