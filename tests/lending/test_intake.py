"""The records of the front desk: consents, papers, pre-screening, rates, offers, and the time that reading takes."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from lending import (
    bureau_reports,
    consents,
    customers,
    document_requirements,
    documents,
    prescreens,
    product_offers,
    products,
    rate_plans,
    risk_notices,
)
from lending.bureau_reports import facts_from
from lending.consents import ConsentAlreadyWithdrawn, ConsentMissing, ConsentPurpose
from lending.document_checks import DocumentProblem, Reading, judge
from lending.document_requirements import Listed
from lending.documents import DocumentKind, StoredDocument
from lending.maths.convention import Method
from lending.prescreens import PrescreenReason, ReasonStands
from lending.product_offers import Draft, NotOffered
from lending.rate_plans import RatePlanOutOfOrder
from lending.risk_notices import ReadingTooShort

NOW, TODAY = datetime(2026, 3, 2, 2, 0, tzinfo=UTC), date(2026, 3, 2)
CORE = {ConsentPurpose.PERSONAL_INFORMATION, ConsentPurpose.BUREAU_QUERY}


@pytest.mark.feature("M-036")
def test_each_purpose_is_answered_on_its_own_and_taken_back_once(house):
    with house.database.write() as session:
        application = house.apply(session)
        number, customer_id = application.application_no, application.customer_id or 0
        with pytest.raises(ConsentMissing):
            consents.record(
                session, number, customer_id, {ConsentPurpose.BUREAU_QUERY}, by=house.maker_id, now=NOW
            )
        consents.record(session, number, customer_id, CORE, by=house.maker_id, now=NOW)
        given = consents.require(session, number, ConsentPurpose.BUREAU_QUERY)
        assert consents.standing(session, number, ConsentPurpose.MARKETING) is None

        consents.withdraw(session, given.id, by=house.maker_id, now=NOW)

        with pytest.raises(ConsentMissing):
            consents.require(session, number, ConsentPurpose.BUREAU_QUERY)
        with pytest.raises(ConsentAlreadyWithdrawn):
            consents.withdraw(session, given.id, by=house.maker_id, now=NOW)
        consents.record(session, number, customer_id, CORE, by=house.maker_id, now=NOW)
        assert consents.require(session, number, ConsentPurpose.BUREAU_QUERY).round == 2


def test_a_report_lies_sealed_under_the_person_and_is_kept_once(house):
    said = {"has_record": True, "overdue_days": 0, "overdue_amount": "12.50", "enquiries": 3}
    with house.database.write() as session:
        application = house.apply(session)
        customer = customers.get(session, application.customer_id or 0)
        (consent, *_others) = consents.record(
            session, application.application_no, customer.id, CORE, by=None, now=NOW
        )
        kept = [
            bureau_reports.record(
                session,
                house.vault,
                customer,
                consent,
                request_id="Q-1",
                facts=facts_from(said),
                purpose="loan_approval",
                by=None,
                now=NOW,
            )
            for _twice in range(2)
        ]
        facts = bureau_reports.facts_of(session, house.vault, kept[0])

    assert kept[0] is kept[1]
    assert b"12.50" not in kept[0].report_sealed
    assert (facts.overdue_amount, facts.enquiries, facts.credit_years) == (Decimal("12.50"), 3, None)


def test_one_proof_of_income_is_enough_and_the_stricter_need_stands(house):
    listed = [
        Listed("resident_id_front", "before_disbursement", "-"),
        Listed("resident_id_front", "required", "-"),
        Listed("bank_statement", "income_proof", "-"),
        Listed("tax_record", "income_proof", "-"),
        Listed("insurance_policy", "before_disbursement", "-"),
    ]
    with house.database.write() as session:
        number = house.apply(session).application_no
        document_requirements.replace(session, number, listed, now=NOW)
        first = document_requirements.missing(session, number)
        for kind in (DocumentKind.RESIDENT_ID_FRONT, DocumentKind.TAX_RECORD):
            stored = StoredDocument(kind.value.ljust(64, "0"), 10, "application/pdf")
            documents.attach(session, number, kind, "a.pdf", stored, by=None, now=NOW)

        assert [row.kind for row in first] == [DocumentKind.RESIDENT_ID_FRONT, DocumentKind.BANK_STATEMENT]
        assert document_requirements.missing(session, number) == []


@pytest.mark.parametrize(
    ("reading", "expected"),
    [
        (Reading(DocumentKind.DOWN_PAYMENT_SLIP, holder="李四"), None),
        (Reading(DocumentKind.DOWN_PAYMENT_SLIP, holder="王五"), DocumentProblem.OTHER_PERSON),
        (Reading(DocumentKind.RESIDENT_ID_FRONT, is_own=False), DocumentProblem.OTHER_PERSON),
        (Reading(DocumentKind.DRIVING_LICENCE, valid_until=TODAY), None),
        (
            Reading(DocumentKind.DRIVING_LICENCE, valid_until=TODAY - timedelta(days=1)),
            DocumentProblem.EXPIRED,
        ),
        (Reading(DocumentKind.REGISTRATION_CERTIFICATE, vin="X"), DocumentProblem.OTHER_VEHICLE),
        (Reading(DocumentKind.BANK_STATEMENT, months=5), DocumentProblem.TOO_SHORT),
    ],
)
def test_a_paper_is_taken_only_if_it_is_the_applicants_and_valid(reading, expected):
    assert judge(reading, names=("张三", "李四"), vin="V", on=TODAY) is expected


def test_what_law_or_a_fact_settles_is_not_overruled():
    prescreens.check_overrulable(["CUR_OVERDUE", "COURT"])
    with pytest.raises(ReasonStands) as stands:
        prescreens.check_overrulable(["CUR_OVERDUE", "AGE_MIN"])
    assert "未满十八周岁" in stands.value.text("zh")
    assert PrescreenReason.DTI_HARD.as_rejection.value == "income"


def test_a_rate_follows_grade_and_day_and_an_old_plan_stays(house):
    with house.database.write() as session:
        product = products.get(session, "NEW_STD")
        spreads = {"A": Decimal("0.01")}
        rate_plans.publish(session, product, spreads, valid_from=TODAY, source_text="-", approved_by="test")

        assert rate_plans.rate_for(session, product, "A", TODAY) == Decimal("0.04")
        assert rate_plans.rate_for(session, product, "B", TODAY) is None
        assert rate_plans.rate_for(session, product, "B", TODAY - timedelta(days=1)) == Decimal("0.0588")
        with pytest.raises(RatePlanOutOfOrder):
            rate_plans.publish(
                session, product, spreads, valid_from=date(2026, 1, 1), source_text="-", approved_by="test"
            )


def test_only_what_was_offered_can_be_chosen(house):
    with house.database.write() as session:
        number, product = house.apply(session).application_no, products.get(session, "NEW_STD")
        terms = {"annual_rate": Decimal("0.0588"), "method": Method.EQUAL_INSTALMENT}
        priced = product_offers.price(product, amount=Decimal("100000.00"), term_months=36, on=TODAY, **terms)
        draft = Draft(product, "-", Decimal("90000.00"), 36, *terms.values(), priced)
        product_offers.offer(session, number, [draft], now=NOW)
        asked = {"rank": 1, "term_months": 36, "reason": "-", "now": NOW}

        assert priced.instalment == Decimal("3036.76")
        for refused in ({"amount": Decimal(90001)}, {"amount": Decimal(1000), "rank": 2}):
            with pytest.raises(NotOffered):
                product_offers.choose(session, number, **(asked | refused))
        product_offers.choose(session, number, amount=Decimal("90000.00"), **asked)
        chosen = product_offers.chosen(session, number)
        assert chosen is not None
        assert chosen.chosen_amount == Decimal("90000.00")


@pytest.mark.feature("M-037")
def test_a_notice_is_confirmed_only_after_its_reading_time(house):
    with house.database.write() as session:
        number = house.apply(session).application_no
        risk_notices.record_print(session, number, "0" * 64, on=TODAY)
        with pytest.raises(ReadingTooShort):
            risk_notices.confirm(session, number, by=None, now=NOW)
        risk_notices.open_reading(session, number, by=None, now=NOW)
        with pytest.raises(ReadingTooShort):
            risk_notices.confirm(session, number, by=None, now=NOW + timedelta(seconds=29))

        assert risk_notices.confirm(session, number, by=None, now=NOW + timedelta(seconds=30)).confirmed_at
