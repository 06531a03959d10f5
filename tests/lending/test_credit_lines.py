"""Credit lines: what is reserved, used and left, and that nobody draws more than that."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select

from lending import accounts, applications, conditions, credit_lines, disbursements, drawings, ledger, loans
from lending.credit_lines import LineStatus
from lending.disbursements import Disbursement
from lending.errors import StatusRefused
from lending.ledger import Line

NOW, TODAY = datetime(2026, 3, 2, 2, 0, tzinfo=UTC), date(2026, 3, 2)


def line_for(house, session, customer_id, *, limit="250000.00", revolving=False, until=date(2027, 3, 1)):
    number = credit_lines.next_number(session, 2026)
    credit_lines.propose(
        session,
        number,
        customer_id=customer_id,
        unit_id=house.unit_id,
        limit=Decimal(limit),
        revolving=revolving,
        valid_from=TODAY,
        valid_until=until,
        reason="车队分批购车",
        by=house.maker_id,
        on=TODAY,
        now=NOW,
    )
    return credit_lines.decide(session, number, LineStatus.ACTIVE, by=house.checker_id, now=NOW, note="同意")


def use(session, line):
    found = drawings.use_of(session, line)
    return found.reserved, found.used, found.available


@pytest.mark.feature("M-045")
@pytest.mark.parametrize(
    "fall",
    [
        lambda session, number: applications.withdraw(session, number, reason="不买了", on=TODAY),
        lambda session, number: applications.reject(session, number, reason_codes=["income"], on=TODAY),
        lambda session, number: applications.close_timeout(session, number, on=TODAY),
        lambda session, number: applications.lapse(session, number, on=TODAY),
    ],
    ids=["withdrawn", "rejected", "unanswered", "lapsed"],
)
def test_an_application_reserves_what_it_asks_and_gives_it_back_when_it_falls(house, fall):
    with house.database.write() as session:
        application = house.apply(session)
        line = line_for(house, session, application.customer_id)

        drawings.draw_on(session, application, line.line_no, TODAY)
        reserved = use(session, line)
        fall(session, application.application_no)

        assert reserved == (Decimal("100000.00"), 0, Decimal("150000.00"))
        assert use(session, line) == (0, 0, Decimal("250000.00"))


@pytest.mark.feature("M-045")
def test_an_approval_of_less_reserves_less_and_the_last_of_a_line_goes_once(house):
    with house.database.write() as session:
        first = house.apply(session, amount="100000.00")
        line = line_for(house, session, first.customer_id, limit="150000.00")
        second = house.apply(session, vin="LFPH3ACC8N1A00001", amount="80000.00")
        drawings.draw_on(session, first, line.line_no, TODAY)
        with pytest.raises(credit_lines.LineTooSmall):
            drawings.draw_on(session, second, line.line_no, TODAY)

        house.approve(session, first.application_no, amount=Decimal("60000.00"))
        drawings.draw_on(session, second, line.line_no, TODAY)

        assert use(session, line) == (Decimal("140000.00"), 0, Decimal("10000.00"))


@pytest.mark.feature("M-045")
@pytest.mark.parametrize(("revolving", "used"), [(False, "100000.00"), (True, "70000.00")])
def test_a_pay_out_uses_the_line_and_a_repayment_restores_it_where_it_revolves(house, revolving, used):
    with house.database.write() as session:
        attempt = house.release(session)
        disbursement = session.scalars(select(Disbursement)).one()
        application = session.scalars(select(applications.Application)).one()
        line = line_for(house, session, application.customer_id, revolving=revolving)
        drawings.draw_on(session, application, line.line_no, TODAY)
        disbursements.mark_sent(session, attempt.request_id, now=NOW)
        disbursements.succeed(session, attempt.request_id, value_date=TODAY, bank_reference="B1", now=NOW)
        loans.activate(session, disbursement.loan_no, value_date=TODAY, now=NOW)
        out = use(session, line)
        back = Decimal("30000.00")
        lines = [
            Line(accounts.BANK, debit=back),
            Line(accounts.LOANS_NORMAL, credit=back, loan_no=disbursement.loan_no),
        ]
        ledger.post(session, "receipt:1", on=TODAY, lines=lines, description="还款", now=NOW)

        assert out == (0, Decimal("100000.00"), Decimal("150000.00"))
        assert drawings.use_of(session, line).used == Decimal(used)


def test_a_line_serves_its_customer_while_it_is_in_force(house):
    with house.database.write() as session:
        application = house.apply(session)
        other = house.apply(session, identity="360426199101010071", vin="LFPH3ACC8N1A00001")
        line = line_for(house, session, application.customer_id, until=date(2026, 3, 31))

        with pytest.raises(credit_lines.LineOfAnother):
            drawings.draw_on(session, other, line.line_no, TODAY)
        with pytest.raises(credit_lines.LineNotValid):
            drawings.draw_on(session, application, line.line_no, date(2026, 4, 1))
        credit_lines.decide(session, line.line_no, LineStatus.CLOSED, by=None, now=NOW, note="客户要求")
        with pytest.raises(credit_lines.LineNotValid):
            drawings.draw_on(session, application, line.line_no, TODAY)
        with pytest.raises(StatusRefused):
            credit_lines.decide(session, line.line_no, LineStatus.ACTIVE, by=None, now=NOW, note="")
        assert drawings.lines_to_draw(session, application.customer_id, TODAY) == []


def test_a_line_that_ended_after_the_signing_is_a_condition_of_the_pay_out(house):
    with house.database.write() as session:
        loan_no = house.sign(session)
        loan = loans.get(session, loan_no)
        application = applications.get(session, loan.application_no)
        line = line_for(house, session, application.customer_id, until=date(2026, 3, 31))
        drawings.draw_on(session, application, line.line_no, TODAY)
        before = {one.code for one in conditions.missing(session, loan, TODAY)}
        later = {one.code for one in conditions.missing(session, loan, date(2026, 4, 1))}

        assert "condition:credit_line" not in before
        assert "condition:credit_line" in later


@pytest.mark.parametrize(
    ("wrong", "refused"),
    [
        ({"limit": "0.00"}, credit_lines.LineLimitMissing),
        ({"until": TODAY}, credit_lines.LineEndsBeforeBegin),
    ],
)
def test_a_line_has_an_amount_and_a_time(house, wrong, refused):
    with house.database.write() as session:
        customer_id = house.apply(session).customer_id
        with pytest.raises(refused):
            line_for(house, session, customer_id, **wrong)
