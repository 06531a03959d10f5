"""A loan that has got another debtor, seen by both at the portal, on its papers, and by the rules of retention.

The loan of 15 September: who borrowed paid two instalments, passed it on on 30 November; who took over paid the third.
"""

from datetime import date

import pytest
from customers_at_hand import ZHANG, enter
from loan_life import Life
from paid_loan import PaidLoan
from passed_on import OTHER_PHONE, pass_on
from portal_visit import AtPortal, borrower
from sqlalchemy import select

from company.organisation import the_company
from lending import customers, loans, retention
from lending.contacts import Complaint
from lending.fund_journal import Direction, FundMovement
from lending.life.kinds import EventKind
from lending.printing import payments
from lending.registers.catalogue import REGISTERS
from lending.registers.shape import Asked

STRANGER_PHONE = "13733334444"
PASSED_ON, THIRD = date(2026, 11, 30), date(2026, 12, 15)
WISH = {"pay_on": "2026-12-30", "scope": "full", "amount": "", "rule": "", "ground": "hardship"}


class PassedOn(PaidLoan):
    """The loan, and who owed it first and owes it now."""

    def stand(self, day):
        with self.house.database.write() as session:
            company = the_company(session)
            passed, company.business_date = day - company.business_date, day
        self.clock.advance(passed)

    def pay(self, *days):
        with self.house.database.write() as session:
            for on in days:
                Life(session, self.loan_no).receive(on, "3036.76")

    def movements(self):
        """The ids of the receipts, by day."""
        with self.house.database.read() as session:
            asked = select(FundMovement).where(
                FundMovement.loan_no == self.loan_no, FundMovement.direction == Direction.IN
            )
            return {each.value_date: each.id for each in session.scalars(asked)}


@pytest.fixture
def paid(tmp_path):
    made = PassedOn(tmp_path / "house")
    made.stand(date(2026, 11, 15))
    made.pay(date(2026, 10, 15), date(2026, 11, 15))
    made.stand(PASSED_ON)
    made.former, made.phone = borrower(made)
    made.present = pass_on(made, PASSED_ON)
    made.stand(THIRD)
    made.pay(THIRD)
    yield made
    made.close()


@pytest.mark.feature("M-170")
def test_each_debtor_sees_the_loan_for_his_own_days_only(paid):
    address = f"/my/loans/{paid.loan_no}"
    former, present = AtPortal(paid).come_in(paid.phone), AtPortal(paid).come_in(OTHER_PHONE)
    before, after = former.get(address).text, present.get(address).text
    receipts = paid.movements()
    reached = {
        on: [who.get(f"{address}/receipts/{movement}").status_code for who in (former, present)]
        for on, movement in receipts.items()
    }

    assert "自 2026-11-30 起由他人承担" in before
    assert "2026-12-15 <b>" not in before
    assert "2026-11-15 <b>" in before
    assert "6,073.52" in before, "two instalments are paid, not the third"
    assert "2026-12-15 <b>" in after
    assert "2026-11-15" not in after
    assert "3,036.76" in after
    assert "6,073.52" not in after
    assert "9,110.28" not in after
    assert reached == {
        date(2026, 10, 15): [200, 404],
        date(2026, 11, 15): [200, 404],
        date(2026, 12, 15): [404, 200],
    }
    assert "债务已转移" in former.get("/my").text


def test_until_when_the_loan_runs_is_told_to_who_owed_it_as_it_was_planned_then(paid):
    address, later = f"/my/loans/{paid.loan_no}", date(2031, 1, 15)
    with paid.house.database.write() as session:
        loan = loans.get(session, paid.loan_no)
        planned, loan.maturity_date = loan.maturity_date, later
    before = AtPortal(paid).come_in(paid.phone).get(address).text
    after = AtPortal(paid).come_in(OTHER_PHONE).get(address).text

    assert later.isoformat() not in before
    assert before.count(planned.isoformat()) == 2, "among the facts, and in the plan"
    assert later.isoformat() in after


def test_an_early_repayment_is_asked_for_by_who_owes_the_loan_now(paid):
    address = f"/my/loans/{paid.loan_no}"
    former, present = AtPortal(paid).come_in(paid.phone), AtPortal(paid).come_in(OTHER_PHONE)

    asked = [who.post(f"{address}/prepayment/figures", WISH).status_code for who in (former, present)]

    assert asked == [404, 200]
    assert former.get(f"{address}/prepayment").status_code == 404
    assert "申请提前还款" not in former.get(address).text
    assert "申请提前还款" in present.get(address).text


def test_who_owed_the_loan_may_still_complain_of_it_and_nobody_of_anybody_elses(paid):
    enter(paid, "王五", ZHANG, STRANGER_PHONE)
    former, stranger = AtPortal(paid).come_in(paid.phone), AtPortal(paid).come_in(STRANGER_PHONE)
    told = {"loan_no": paid.loan_no, "text": "转让前多收了罚息"}
    offered = paid.loan_no in former.get("/my/complaints").text

    for who in (former, stranger):
        who.post("/my/complaints", told)

    made = paid.rows(Complaint)
    assert offered
    assert [(each.customer_id, each.loan_no) for each in made] == [(paid.former, paid.loan_no)]
    assert "不是该客户的" in stranger.get("/my/complaints").text
    assert "转让前多收了罚息" in former.get("/my/complaints").text


def test_receipts_and_the_register_name_the_debtor_of_their_day(paid):
    with paid.house.database.read() as session:
        names = {
            on: payments.receipt(session, paid.loan_no, one)["borrower"]
            for on, one in paid.movements().items()
        }
        first = customers.get(session, paid.former).name
        rows = REGISTERS["repayments"].read(session, Asked(date(2026, 9, 1), THIRD)).rows

    expected = {date(2026, 10, 15): first, date(2026, 11, 15): first, THIRD: "李四"}
    assert names == expected
    assert {row["on"]: row["customer"] for row in rows} == expected


def test_the_time_for_which_data_are_kept_counts_from_the_day_on_which_somebody_else_owed_it(paid):
    with paid.house.database.read() as session:
        former, present = customers.get(session, paid.former), customers.get(session, paid.present)
        kept = retention.keep_of(session, former, THIRD)
        assert kept.kind == "customer"
        assert (kept.until.month, kept.until.day) == (11, 30)
        assert retention.keep_of(session, present, THIRD).until is None


def test_of_a_claim_that_was_sold_it_counts_from_the_sale(tmp_path):
    made, sold = PassedOn(tmp_path / "house"), date(2026, 12, 20)
    made.stand(sold)
    with made.house.database.write() as session:
        life = Life(session, made.loan_no)
        life.accrue(sold)
        life.tell(EventKind.ASSIGNMENT, sold, "90000.00", reason="转让")
    with made.house.database.read() as session:
        kept = retention.keep_of(session, customers.get(session, borrower(made)[0]), sold)
        assert loans.get(session, made.loan_no).status is loans.LoanStatus.TRANSFERRED
        assert (kept.kind, kept.until.month, kept.until.day) == ("customer", 12, 20)
    made.close()


@pytest.fixture
def sold(tmp_path):
    """The loan, its first instalment paid, its second overdue, its claim sold on 20 December."""
    made, day = PassedOn(tmp_path / "house"), date(2026, 12, 20)
    made.stand(day)
    made.pay(date(2026, 10, 15))
    made.phone = borrower(made)[1]
    with made.house.database.write() as session:
        life = Life(session, made.loan_no)
        life.accrue(day)
        life.tell(EventKind.ASSIGNMENT, day, "90000.00", reason="转让")
    yield made
    made.close()


def test_who_owes_a_claim_that_was_sold_sees_how_it_stood_and_asks_for_nothing(sold):
    address, debtor = f"/my/loans/{sold.loan_no}", AtPortal(sold).come_in(sold.phone)

    home, page = debtor.get("/my").text, debtor.get(address).text

    for text in (home, page):
        assert "债权已转让" in text
        assert "债权已于 2026-12-20 转让，此后请向受让人还款" in text
        assert "97," in text, "what was lent still on the day before"
        assert "请尽快还款" not in text
        assert "申请提前还款" not in text
    assert "2026-10-15 <b>" in page
    assert debtor.get(f"{address}/prepayment").status_code == 404
    assert debtor.post(f"{address}/prepayment/figures", WISH).status_code == 404
