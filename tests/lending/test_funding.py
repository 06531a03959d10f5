"""Whose money is lent: each loan carries its funding party, and no pay-out goes above the party's limit."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from lending import conditions, contracts, disbursements, funding, funding_limits, loans
from lending.conditions import ConditionsMissing
from lending.contracts import SigningMethod
from lending.funding import FundingKind
from lending.loans import LoanStatus

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
TODAY = date(2026, 3, 2)
ACCOUNT = "31050161393600001234"


def bank(session, house, limit, *, valid_from=TODAY, new=True, active=True, products=("NEW_STD",)):
    """A bank that funds the new cars up to a limit from a day on."""
    terms = {
        "name": "示例银行",
        "funding_kind": FundingKind.BANK.value,
        "credit_limit": Decimal(limit),
        "product_codes": list(products),
        "bank_name": "示例银行营业部",
        "account_sealed": "given",
        "active": active,
    }
    return funding.publish(
        session,
        house.vault,
        "BANK_SH",
        terms,
        account=ACCOUNT,
        valid_from=valid_from,
        today=TODAY,
        new=new,
    )


def second_loan(session, house):
    """Another customer's signed loan of the same product."""
    application = house.apply(session, identity="360426199101010071", vin="LSVAA4182E2123456")
    house.approve(session, application.application_no)
    contract = house.generate(session, application.application_no)
    house.disclose(session, contract.contract_no)
    contracts.sign(session, contract.contract_no, method=SigningMethod.PAPER, on=TODAY, now=NOW)
    loans.open_from_contract(session, contract.contract_no, now=NOW)
    house.meet_conditions(session, contract.contract_no)
    return contract.contract_no


@pytest.mark.feature("M-020")
def test_a_loan_carries_the_party_that_funds_its_product_and_is_paid_within_its_limit(house):
    with house.database.write() as session:
        party = bank(session, house, "150000")
        first = house.sign(session)
        house.meet_conditions(session, first)
        second = second_loan(session, house)

        assert {loans.get(session, one).funding_party_id for one in (first, second)} == {party.id}
        assert house.vault.open_text(party.account_sealed) == ACCOUNT
        house.register(session, first)
        use = funding_limits.use_of(session, "BANK_SH", TODAY)
        assert (use.lent, use.under_way, use.available) == (0, Decimal("100000.00"), Decimal("50000.00"))
        with pytest.raises(ConditionsMissing, match="funding party"):
            house.register(session, second)

        attempt = disbursements.check(session, first, checker_id=house.checker_id, on=TODAY, now=NOW)
        disbursements.succeed(session, attempt.request_id, value_date=TODAY, bank_reference="B-1", now=NOW)
        loans.activate(session, first, value_date=TODAY, now=NOW)
        use = funding_limits.use_of(session, "BANK_SH", TODAY)
        assert (use.lent, use.under_way, use.available) == (Decimal("100000.00"), 0, Decimal("50000.00"))

        tomorrow = TODAY + timedelta(days=1)
        bank(session, house, "200000", valid_from=tomorrow, new=False)
        loan = loans.get(session, second)
        assert [one.code for one in conditions.missing(session, loan, TODAY)] == ["condition:funding_limit"]
        assert conditions.missing(session, loan, tomorrow) == ()
        house.register(session, second, on=tomorrow)
        assert loans.get(session, second).status is LoanStatus.PENDING_DISBURSEMENT


def test_a_party_that_has_stopped_pays_nothing_more_and_what_nobody_funds_is_the_houses_own_money(house):
    with house.database.write() as session:
        own = funding.own(session)
        assert loans.get(session, house.sign(session)).funding_party_id == own.id
        bank(session, house, "900000")
        loan = loans.get(session, second_loan(session, house))
        tomorrow = TODAY + timedelta(days=1)
        bank(session, house, "900000", valid_from=tomorrow, new=False, active=False)

        assert funding_limits.is_covered(session, loan, TODAY)
        assert not funding_limits.is_covered(session, loan, tomorrow)
        assert funding.for_product(session, "BIZ_FLEET").id == own.id
        with pytest.raises(funding.VersionOutOfOrder):
            bank(session, house, "900000", new=False)
        with pytest.raises(funding.FundingPartyListed):
            bank(session, house, "900000", valid_from=tomorrow)
