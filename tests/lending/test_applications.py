"""Applications: one at a time for a person and a car, within product and law, each step from the right state."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from lending import applications, approvals, limits, money, products, vehicles
from lending.applications import ApplicationStatus
from lending.errors import StatusRefused
from lending.vehicles import VehicleKind, VehicleUse

TODAY = date(2026, 3, 2)
OTHER_IDENTITY = "360426199101010071"


@pytest.fixture
def database_url(sqlite_url):
    """Nothing here depends on the kind of database; the pay-out's tests send the same statements to both."""
    return sqlite_url


def test_a_submitted_application_has_its_number_and_is_valid_for_thirty_days(house):
    with house.database.write() as session:
        application = house.apply(session)

        assert application.application_no == "APP-310115-2026-000001"
        assert application.status is ApplicationStatus.SUBMITTED
        assert application.valid_until == date(2026, 4, 1)
        assert f"{application.loan_to_value:.4f}" == "0.6667"


def test_the_same_person_and_car_apply_once_at_a_time(house):
    with house.database.write() as session:
        first = house.apply(session)

        with pytest.raises(applications.ApplicationAlreadyOpen, match=first.application_no):
            house.apply(session)


def test_another_person_or_another_car_may_apply(house):
    with house.database.write() as session:
        house.apply(session)

        assert house.apply(session, identity=OTHER_IDENTITY)
        assert house.apply(session, vin="1M8GDM9AXKP042788")


def test_after_a_withdrawal_the_car_may_be_applied_for_again(house):
    with house.database.write() as session:
        first = house.apply(session)
        applications.withdraw(session, first.application_no, reason="改买其他车型", on=TODAY)
        applications.withdraw(session, first.application_no, reason="again", on=TODAY)

        assert first.closing_note == "改买其他车型"
        assert house.apply(session).application_no == "APP-310115-2026-000002"


@pytest.mark.parametrize(("days", "reasons", "allowed"), [
    (89, ["income"], False),
    (90, ["income"], True),
    (1, ["documents"], True),
    (1, ["documents", "fraud"], False),
])  # fmt: skip
def test_a_rejected_customer_waits_ninety_days_unless_only_documents_were_missing(
    house, days, reasons, allowed
):
    with house.database.write() as session:
        first = house.apply(session)
        applications.reject(session, first.application_no, reason_codes=reasons, on=TODAY)
        later = TODAY + timedelta(days=days)

        if allowed:
            assert house.apply(session, on=later)
        else:
            with pytest.raises(applications.ReapplyTooSoon):
                house.apply(session, on=later)


def test_a_rejection_needs_a_reason(house):
    with house.database.write() as session:
        first = house.apply(session)

        with pytest.raises(applications.RejectionReasonMissing):
            applications.reject(session, first.application_no, reason_codes=[], on=TODAY)


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"amount": "9999.99"}, products.AmountOutsideProduct),
        ({"amount": "1000000.01", "price": "2000000.00"}, products.AmountOutsideProduct),
        ({"amount": "-100000.00"}, products.AmountOutsideProduct),
        ({"amount": "100000.005"}, money.AmountFinerThanFen),
        ({"amount": "1e400"}, money.AmountTooLarge),
        ({"amount": "NaN"}, money.AmountNotANumber),
        ({"price": "0"}, vehicles.PriceNotPositive),
        ({"price": "-1.00"}, vehicles.PriceNotPositive),
        ({"price": "1e400"}, money.AmountTooLarge),
        ({"term_months": 11}, products.TermOutsideProduct),
        ({"term_months": 61}, products.TermOutsideProduct),
        ({"amount": "150000.01"}, applications.DownPaymentMissing),
        ({"use": VehicleUse.COMMERCIAL, "amount": "112500.01"}, limits.LoanToValueTooHigh),
        ({"kind": VehicleKind.USED, "amount": "105000.01"}, limits.LoanToValueTooHigh),
        ({"kind": VehicleKind.USED, "term_months": 37}, limits.TermTooLong),
    ],
)
def test_what_product_or_law_do_not_allow_is_refused(house, facts, refusal):
    with house.database.write() as session, pytest.raises(refusal):
        house.apply(session, **facts)


@pytest.mark.parametrize(
    "facts",
    [
        {"use": VehicleUse.COMMERCIAL, "amount": "112500.00"},
        {"kind": VehicleKind.USED, "amount": "105000.00", "term_months": 36},
        {"amount": "150000.00", "term_months": 60},
    ],
)
def test_the_limits_themselves_are_allowed(house, facts):
    with house.database.write() as session:
        assert house.apply(session, **facts).status is ApplicationStatus.SUBMITTED


def test_an_approval_carries_the_products_conditions_and_the_reviewers(house):
    with house.database.write() as session:
        application = house.apply(session)

        house.approve(session, application.application_no, conditions=["gps_active", "补充配偶同意书"])

        approval = approvals.get(session, application.application_no)
        assert application.status is ApplicationStatus.CONDITIONALLY_APPROVED
        assert [condition.label("zh") for condition in approval.conditions] == [
            "首付款凭证已核验",
            "购车发票已核验",
            "车辆保险已生效",
            "车载定位设备在线",
            "补充配偶同意书",
        ]
        assert approval.valid_until == date(2026, 5, 1)


def test_an_application_past_its_validity_is_not_approved(house):
    with house.database.write() as session:
        application = house.apply(session)

        with pytest.raises(applications.ApplicationExpired, match="2026-04-01"):
            house.approve(session, application.application_no, on=date(2026, 4, 2))


def test_an_approval_above_the_legal_limit_is_refused(house):
    with house.database.write() as session:
        application = house.apply(session, use=VehicleUse.COMMERCIAL)

        with pytest.raises(limits.LoanToValueTooHigh, match=r"at most 112,500\.00"):
            house.approve(session, application.application_no, amount=Decimal("120000.00"))


def test_a_closed_application_takes_no_further_step(house):
    with house.database.write() as session:
        application = house.apply(session)
        applications.lapse(session, application.application_no, on=TODAY)

        with pytest.raises(StatusRefused) as refused:
            house.approve(session, application.application_no)

        assert refused.value.text("zh") == ("APP-310115-2026-000001 当前状态为“已失效”，不能变为“已批准”。")


def test_a_condition_is_decided_once_and_waived_only_with_a_reason(house):
    with house.database.write() as session:
        application = house.apply(session)
        house.approve(session, application.application_no)
        condition = approvals.get(session, application.application_no).conditions[0]
        now = application.created_at

        with pytest.raises(approvals.WaiverReasonMissing):
            approvals.waive_condition(session, condition.id, by=house.checker_id, now=now, reason=" ")
        approvals.waive_condition(session, condition.id, by=house.checker_id, now=now, reason="贷审会同意")
        with pytest.raises(approvals.ConditionAlreadyDecided):
            approvals.meet_condition(session, condition.id, by=house.checker_id, now=now)


@pytest.mark.parametrize(("kind", "asked"), [(VehicleKind.NEW, False), (VehicleKind.USED, True)])
def test_a_used_car_is_mortgaged_before_the_pay_out(house, kind, asked):
    with house.database.write() as session:
        number = house.apply(session, kind=kind).application_no
        house.approve(session, number)

        kinds = {condition.kind.value for condition in approvals.get(session, number).conditions}

        assert ("mortgage_registered" in kinds) is asked
