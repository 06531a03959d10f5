"""What a product stores of a convention can be read for ever."""

import pytest

from lending.maths.choices import DayCount, FirstPeriod
from lending.maths.convention import VERSION, Convention

VERSION_1 = {
    "period_rate": "twelfth",
    "odd_days": "act_365",
    "first_period": "shift",
    "rounding": "half_up",
    "residue": "last_instalment",
    "missing_day": "month_end",
}


def test_a_convention_of_the_first_release_means_what_it_meant():
    assert Convention.from_data(VERSION_1) == Convention(
        day_count=DayCount.ACT_365, first_period=FirstPeriod.SHIFT
    )
    assert Convention.from_data({}) == Convention()


def test_the_stored_form_says_its_version():
    assert Convention().as_data()["version"] == VERSION


@pytest.mark.parametrize(
    ("stored", "says"),
    [
        ({"moon": "full"}, "unknown choices"),
        ({"version": "9"}, "later release"),
        ({"version": VERSION, "odd_days": "act_360"}, "unknown choices"),
        ({"rounding": "sometimes"}, "sometimes"),
    ],
)
def test_what_no_version_knows_is_an_error(stored, says):
    with pytest.raises(ValueError, match=says):
        Convention.from_data(stored)
