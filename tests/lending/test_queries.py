"""What pages read: within the reader's scope, and a record outside it does not exist."""

from datetime import UTC, date, datetime

import pytest

from company.organisation import UnitKind, add_unit, unit_of
from company.people import actor, hire
from lending import disbursements, loan_entries, loans, queries
from lending.errors import NotFound
from lending.loans import LoanStatus

NOW = datetime(2026, 3, 3, 1, 0, tzinfo=UTC)
DAY = date(2026, 3, 3)


@pytest.fixture
def paid(house):
    """A paid-out loan, and three readers: the branch's checker, another branch's checker, the auditor."""
    with house.database.write() as session:
        attempt = house.release(session)
        disbursements.succeed(session, attempt.request_id, value_date=DAY, bank_reference="B1", now=NOW)
        loan_no = attempt.request_id.removeprefix("FK-")[:-2]
        loans.activate(session, loan_no, value_date=DAY, now=NOW)
        root = unit_of(session, 1)
        other = add_unit(
            session, parent=root, kind=UnitKind.BRANCH, code="HZ1", name="杭州", name_en="Hangzhou"
        )
        stranger = hire(session, "finance_checker_2", "财务丙", other, ["finance_checker"], "-")
        auditor = hire(session, "auditor", "审计", root, ["auditor"], "-")
        manager = hire(
            session,
            "customer_manager",
            "客户经理",
            unit_of(session, house.unit_id),
            ["customer_manager"],
            "-",
        )
        ids = {"near": house.checker_id, "far": stranger.id, "auditor": auditor.id, "manager": manager.id}
        yield session, loan_no, {who: actor(session, number) for who, number in ids.items()}


@pytest.mark.feature("M-062")
def test_the_page_of_a_loan_shows_schedule_postings_money_and_payment(paid):
    session, loan_no, readers = paid

    record = queries.loan_record(session, readers["near"], loan_no)

    assert record.loan.status is LoanStatus.ACTIVE
    assert len(record.schedule.instalments) == 36
    shown = loan_entries.of_loan(session, loan_no).shown
    assert [entry.reference for entry in shown] == [f"disbursement:{loan_no}"]
    assert [movement.bank_reference for movement in record.movements] == ["B1"]
    assert record.disbursement.account_last4 == "1234"
    assert record.customer.name == "林晓芸"


@pytest.mark.parametrize(
    ("who", "sees"), [("near", True), ("far", False), ("auditor", True), ("manager", False)]
)
def test_the_scope_decides_which_loans_exist(paid, who, sees):
    session, loan_no, readers = paid

    listed = queries.list_loans(session, readers[who])

    assert (listed.total, len(listed.rows)) == ((1, 1) if sees else (0, 0))
    if not sees:
        with pytest.raises(NotFound):
            queries.loan_record(session, readers[who], loan_no)


@pytest.mark.parametrize(
    ("search", "found"), [("晓芸", 1), ("JK000001", 1), ("e5", 1), ("%", 0), ("_", 0), ("nobody", 0), ("", 1)]
)
def test_a_search_finds_parts_and_takes_no_wildcards(paid, search, found):
    session, _loan_no, readers = paid

    assert queries.list_loans(session, readers["auditor"], search=search).total == found
    assert queries.list_applications(session, readers["auditor"], search="310115").total == 1


def test_lists_are_cut_into_pages_and_states(paid):
    session, _loan_no, readers = paid

    assert queries.list_loans(session, readers["auditor"], page=2).rows == ()
    assert queries.list_loans(session, readers["auditor"], statuses=[LoanStatus.SIGNED]).total == 0
    assert queries.list_loans(session, readers["auditor"], statuses=[LoanStatus.ACTIVE]).total == 1


def test_the_summary_of_an_application_grows_with_the_case(paid):
    session, loan_no, readers = paid
    application_no = loans.get(session, loan_no).application_no

    summary = queries.application_record(session, readers["auditor"], application_no)

    assert summary.approval.amount == summary.application.amount
    assert summary.contract.contract_no == summary.loan.loan_no == loan_no
    assert summary.sheet.confirmed_at is not None
    with pytest.raises(NotFound):
        queries.application_record(session, readers["far"], application_no)
