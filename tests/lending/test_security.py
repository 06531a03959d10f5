"""The car as security: appraised with an end, pledged once, insured for the lender, its papers in one place."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from lending import (
    applications,
    appraisals,
    collateral,
    conditions,
    custody,
    encumbrance,
    exposure,
    insurance,
    loans,
    vehicle_history,
    vehicles,
    watch_lists,
)
from lending.collateral import CollateralStatus, MortgageHappening, MortgageOrder
from lending.custody import CustodyItem, Movement
from lending.insurance import PolicyKind
from lending.vehicle_history import VehicleHappening
from lending.vehicles import VehicleKind
from lending.watch_lists import Colour, EntryStatus, Subject

NOW_IDENTITY, OTHER_IDENTITY = "11010519491231002X", "360426199101010071"


def issue(house, session, application_no, value, *, on):
    vehicle = vehicles.get(session, applications.get(session, application_no).vehicle_id)
    found = appraisals.request(session, application_no, vehicle, now=house.now)
    return appraisals.issue(session, found, Decimal(value), on=on)


@pytest.fixture
def today():
    return date(2026, 3, 2)


@pytest.fixture
def house(house):
    house.now = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
    return house


def test_a_used_car_is_measured_by_the_lower_of_price_and_appraisal_and_a_new_one_by_its_price(house, today):
    with house.database.write() as session:
        used = house.apply(session, kind=VehicleKind.USED, amount="80000.00", price="150000.00")
        new = house.apply(session, identity=OTHER_IDENTITY, vin="LFPH3ACC8N1A00001")

        until = issue(house, session, used.application_no, "120000.00", on=today).valid_until
        longer = issue(house, session, new.application_no, "120000.00", on=today).valid_until

        assert (used.price_base, new.price_base) == (Decimal("120000.00"), Decimal("150000.00"))
        assert (until, longer) == (today + timedelta(days=30), today + timedelta(days=60))


def test_an_expired_appraisal_and_a_lapsed_policy_block_the_pay_out_and_say_the_remedy(house, today):
    with house.database.write() as session:
        loan_no = house.sign(session)
        house.meet_conditions(session, loan_no)
        loan = loans.get(session, loan_no)
        issue(house, session, loan.application_no, "150000.00", on=today)
        insurance.record(
            session,
            loan.application_no,
            loan.vehicle_id,
            kind=PolicyKind.COMMERCIAL,
            insurer="示例财险",
            policy_no="P-1",
            valid_from=today,
            valid_until=today + timedelta(days=20),
            lender_first=True,
            by=None,
            now=house.now,
        )

        conditions.check(session, loan, today)
        late = conditions.missing(session, loan, today + timedelta(days=61))

    assert {"appraisal_expired", "insurance_lapsed"} <= {one.code for one in late}
    assert any("重新评估" in one.zh for one in late)


def test_one_car_secures_one_loan_until_the_first_is_cancelled(house, today):
    first_order, second_order = MortgageOrder.MORTGAGE_FIRST, MortgageOrder.PAYMENT_FIRST
    with house.database.write() as session:
        first = house.apply(session)
        second = house.apply(session, identity=OTHER_IDENTITY)
        record = collateral.open_for(session, house.vault, first, first_order, on=today, now=house.now)

        with pytest.raises(collateral.AlreadyCollateral):
            collateral.open_for(session, house.vault, second, second_order, on=today, now=house.now)
        assert encumbrance.pledged_to(session, second) == first.application_no
        collateral.cancel(session, first.application_no, on=today, now=house.now)

        assert record.status is CollateralStatus.CANCELLED
        assert encumbrance.pledged_to(session, second) is None
        assert collateral.open_for(
            session, house.vault, second, second_order, on=today, now=house.now
        ).due_on == (today + timedelta(days=30))


def test_a_sealed_car_is_not_mortgaged_and_its_life_says_since_when(house, today):
    with house.database.write() as session:
        application = house.apply(session)
        vehicle_history.record(
            session, application.vehicle_id, VehicleHappening.SEALED, on=today, now=house.now
        )

        with pytest.raises(collateral.VehicleSealed, match=str(today)):
            collateral.open_for(
                session, house.vault, application, MortgageOrder.MORTGAGE_FIRST, on=today, now=house.now
            )


def test_a_mortgage_is_registered_between_application_and_today_and_then_secures_the_dealers_pay_out(
    house, today
):
    with house.database.write() as session:
        loan = loans.get(session, house.sign(session))
        application = applications.get(session, loan.application_no)
        record = collateral.open_for(
            session, house.vault, application, MortgageOrder.PAYMENT_FIRST, on=today, now=house.now
        )
        assert exposure.unsecured(session, loan.dealer_id) == loan.principal
        collateral.note(session, record, MortgageHappening.APPLIED, on=today, by=None, now=house.now)
        entered = {"certificate_no": "310012345601", "receipt_no": "SL-1", "by": None, "now": house.now}

        with pytest.raises(collateral.RegisteredInFutureOrBeforeApplication):
            collateral.register(session, record, registered_on=today - timedelta(days=1), on=today, **entered)
        collateral.register(session, record, registered_on=today, on=today, **entered)

        assert exposure.unsecured(session, loan.dealer_id) == 0
        assert vehicle_history.of(session, loan.vehicle_id)[-1].happening is VehicleHappening.MORTGAGED
        assert collateral.Gap.CERTIFICATE in collateral.gaps(session, record, today)


def test_a_paper_lies_in_one_place_and_leaves_it_only_once(house):
    with house.database.write() as session:
        key, item = house.apply(session).application_no, CustodyItem.REGISTRATION_CERTIFICATE
        about = {
            "slot": "A-1",
            "handed_by": "陈晓明",
            "received_by": "范书",
            "by": None,
            "now": house.now,
        }
        with pytest.raises(custody.NotInCustody):
            custody.hand_over(session, key, item, Movement.OUT, **about)
        custody.hand_over(session, key, item, Movement.IN, **about)
        with pytest.raises(custody.AlreadyInCustody):
            custody.hand_over(session, key, item, Movement.IN, **about)
        assert custody.held(session, key) == {item: "A-1"}
        custody.hand_over(session, key, item, Movement.OUT, **about)
        assert custody.held(session, key) == {}


def test_a_proposed_entry_hits_nobody_an_approved_one_until_its_end_and_no_number_is_readable(house, today):
    with house.database.write() as session:
        application = house.apply(session)
        entry = watch_lists.propose(
            session,
            house.vault,
            watch_lists.next_number(session, 2026),
            subject=Subject.PERSON,
            number=NOW_IDENTITY,
            colour=Colour.BLACK,
            reason="伪造流水",
            source="核实函",
            valid_until=today + timedelta(days=10),
            by=house.maker_id,
            on=today,
            now=house.now,
        )
        assert watch_lists.hits(session, house.vault, application, today) == []
        watch_lists.decide(
            session, entry, EntryStatus.ACTIVE, by=house.checker_id, on=today, now=house.now, note=""
        )

        (hit,) = watch_lists.hits(session, house.vault, application, today)
        after = watch_lists.hits(session, house.vault, application, today + timedelta(days=11))

    assert "伪造流水" in hit.label("zh")
    assert NOW_IDENTITY not in hit.label("zh") + entry.shown
    assert after == []
