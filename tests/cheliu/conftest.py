"""A house with a loan that was paid out, for the stories of what follows."""

import pytest
from paid_loan import PaidLoan


@pytest.fixture
def made(tmp_path):
    """The loan, its people and its pages, in a house of their own."""
    made = PaidLoan(tmp_path / "house")
    yield made
    made.close()
