"""Running numbers: none doubled and none missing, whoever takes them at once and whatever is rolled back."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from company.organisation import unit_of
from lending import applications, contract_numbers, sequences
from lending.contract_numbers import NumberKind
from lending.identifiers import contract_no

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


def test_many_takers_at_once_get_every_number_once(house):
    def take(_number):
        with house.database.write() as session:
            return sequences.take(session, "test")

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(take, range(40)))

    assert sorted(taken) == list(range(1, 41))


@pytest.mark.feature("M-057")
def test_a_number_whose_transaction_fails_is_taken_again(house):
    def take_and_fail():
        with house.database.write() as session:
            sequences.take(session, "test")
            raise KeyError

    with pytest.raises(KeyError):
        take_and_fail()

    with house.database.write() as session:
        assert sequences.take(session, "test") == 1


@pytest.mark.feature("M-057")
def test_contract_numbers_run_by_branch_kind_and_year_and_check_themselves(house):
    with house.database.write() as session:
        application = house.apply(session)

        def take(kind, year):
            return contract_numbers.take(
                session,
                kind,
                unit_id=house.unit_id,
                year=year,
                application_no=application.application_no,
                now=NOW,
            )

        numbers = [
            take(NumberKind.LOAN, 2026),
            take(NumberKind.LOAN, 2026),
            take(NumberKind.LOAN, 2027),
            take(NumberKind.MORTGAGE, 2026),
        ]

        assert [number[:-2] for number in numbers] == [
            "CY2026SH1JK000001",
            "CY2026SH1JK000002",
            "CY2027SH1JK000001",
            "CY2026SH1DY000001",
        ]
        assert all(contract_no.is_valid(number) for number in numbers)


def test_a_unit_without_a_branch_code_takes_no_number(house):
    with house.database.write() as session:
        head_office = unit_of(session, house.unit_id).parent_id

        with pytest.raises(sequences.BranchHasNoCode, match="总部"):
            applications.open_draft(session, unit_id=head_office, owner_id=None, year=2026, now=NOW)
