"""The anti-fraud check: what ties applications of different people together, and what a person made of it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from lending import applications, customers, fraud, fraud_links, relations
from lending.fraud import FraudHit, FraudOutcome, FraudVerdict
from lending.relations import RelationKind

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
OTHER, THIRD = "360426199101010071", "330106198811114471"
CAR, NEXT_CAR = "LFPH3ACC8N1A00001", "LSVAM4187C2184847"
DEVICE = "352099001761481"


def trace(house, session, application, **facts):
    return fraud_links.trace(session, house.vault, application, now=NOW, **({"device": None} | facts))


def moved(house, session, application, *, phone, address):
    customer = customers.get(session, application.customer_id)
    customers.keep_contact(session, house.vault, customer, phone=phone, address=address, card=None)


@pytest.mark.feature("M-048")
def test_other_peoples_applications_are_found_by_phone_address_device_and_car(house):
    with house.database.write() as session:
        first = house.apply(session)
        trace(house, session, first, device=DEVICE)
        second = house.apply(session, identity=OTHER)
        found = fraud_links.of(session, second, trace(house, session, second, device=DEVICE), NOW)
        moved(house, session, second, phone="13900139000", address="上海市浦东新区 测试路１号")
        by_address = fraud_links.of(session, second, trace(house, session, second), NOW)
        late = fraud_links.of(
            session, second, trace(house, session, second, device=DEVICE), NOW + timedelta(days=91)
        )

        shared = (first.application_no,)
        assert (found.phone, found.address, found.device, found.vehicle) == (shared,) * 4
        assert (by_address.phone, by_address.address, by_address.device) == ((), shared, ())
        assert (late.address, late.device, late.vehicle) == ((), (), ())
        assert found.confirmed == ()


def test_a_spouse_and_ones_own_applications_are_no_strangers(house):
    with house.database.write() as session:
        first = house.apply(session)
        trace(house, session, first)
        again = house.apply(session, vin=CAR)
        own = fraud_links.of(session, again, trace(house, session, again), NOW)
        wife = house.apply(session, identity=THIRD, vin=NEXT_CAR)
        kept = trace(house, session, wife)
        before = fraud_links.of(session, wife, kept, NOW)
        husband, one = (customers.get(session, each.customer_id) for each in (first, wife))
        relations.relate(session, husband, one, RelationKind.SPOUSE, by=None, now=NOW)
        after = fraud_links.of(session, wife, kept, NOW)

        assert (own.phone, own.address) == ((), ())
        assert len(before.phone) == 2
        assert (after.phone, after.address) == ((), ())


def test_fraud_that_a_person_confirmed_counts_at_any_age_but_not_what_a_rule_stopped(house):
    with house.database.write() as session:
        first = house.apply(session)
        trace(house, session, first)
        second = house.apply(session, identity=OTHER, vin=CAR)
        kept, later = trace(house, session, second), NOW + timedelta(days=400)
        applications.reject(session, first.application_no, reason_codes=["fraud_alert"], on=NOW.date())
        stopped = fraud_links.of(session, second, kept, later)
        first.reason_codes = ["fraud"]
        session.flush()
        confirmed = fraud_links.of(session, second, kept, later)

        assert stopped.confirmed == ()
        assert confirmed.confirmed == (first.application_no,)
        assert confirmed.phone == ()


@pytest.mark.feature("M-048")
def test_how_much_one_dealer_sends_is_counted_within_the_branch_and_the_week(house):
    with house.database.write() as session:
        first = house.apply(session)
        kept = trace(house, session, first)
        house.apply(session, identity=OTHER, vin=CAR)

        now = fraud_links.of(session, first, kept, NOW)
        later = fraud_links.of(session, first, kept, NOW + timedelta(days=8))

        assert (now.dealer_count, now.dealer_share, now.dealers) == (2, Decimal(1), 1)
        assert (later.dealer_count, later.dealer_share, later.dealers) == (0, Decimal(0), 0)


@pytest.mark.feature("M-048")
def test_what_was_cleared_is_not_asked_again_until_more_comes_to_light(house):
    with house.database.write() as session:
        first = house.apply(session)
        trace(house, session, first)
        second = house.apply(session, identity=OTHER, vin=CAR)
        number = second.application_no

        def check(request, hits=(FraudHit.PHONE,), outcome=FraudOutcome.REFER):
            fraud.record_score(session, number, request_id=request, score=12, model="m", now=NOW)
            links = fraud_links.of(session, second, trace(house, session, second), NOW)
            return fraud.conclude(session, number, fraud.explained(hits, links, 12), outcome).outcome

        asked = check("r1")
        with pytest.raises(fraud.FraudVerdictUnexplained):
            fraud.judge(session, number, FraudVerdict.CLEARED, reason=" ", by=None, now=NOW)
        fraud.judge(session, number, FraudVerdict.CLEARED, reason="兄弟共用", by=house.checker_id, now=NOW)
        same = check("r2")
        blocked = check("r3", outcome=FraudOutcome.BLOCK)
        other_hit = check("r4", hits=(FraudHit.PHONE, FraudHit.SCORE))
        third = house.apply(session, identity=THIRD, vin=NEXT_CAR)
        trace(house, session, third)
        one_more = check("r5")

        assert (asked, same, blocked) == (
            FraudOutcome.REFER,
            FraudOutcome.CLEARED_BEFORE,
            FraudOutcome.BLOCK,
        )
        assert (other_hit, one_more) == (FraudOutcome.REFER, FraudOutcome.REFER)
        finding = fraud.of_application(session, number)[0].findings[0]
        assert first.application_no in finding.label("zh")
        assert first.application_no in finding.label("en")
