"""What the front desk shows, asks, judges and offers, on the diagrams and tables of the product and on its pages."""

import time
from decimal import Decimal

import pytest
from case_pages import CasePages, case_of
from sqlalchemy import select

from cheliu.case_house import found_template
from cheliu.wiring import PROCESSES
from engine.deployments import Definition, load_definition
from engine.history import ActivityHistory, DecisionEvidence
from forms.model import read
from lending import (
    bureau_reports,
    consents,
    document_checks,
    document_requirements,
    documents,
    needs,
    prescreens,
    product_offers,
    products,
    scores,
)
from lending.consents import ConsentPurpose
from lending.document_requirements import Need
from lending.documents import DocumentKind

INTAKE = case_of("front_desk_intake/cases/handed_over")
WEALTHY = {"monthly_income": "18000.00"}


def steps(*, until, **changed):
    """The steps of the golden intake up to ``until``, with other answers at the steps named."""
    found = [{"prices": {"price": "146000.00", "new_price": "150000.00"}}]
    for step in INTAKE["steps"]:
        again = dict(step)
        again["answers"] = {**step.get("answers", {}), **changed.get(step.get("at", ""), {})}
        found.append(again if "at" in step else step)
        if step.get("at") == until:
            return found
    raise AssertionError(until)


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    return found_template(tmp_path_factory.mktemp("desk"))


@pytest.fixture(scope="module")
def desk(template, tmp_path_factory):
    """A customer of 18,000 yuan a month who means to pay back early, up to the choice of the product."""
    made = CasePages(template, tmp_path_factory.mktemp("played") / "house")
    changed = {
        "Task_RegisterCustomer": WEALTHY,
        "Task_AssessNeeds": {"plans_early_payoff": True, "needs_note": "接送孩子"},
        "Task_ConfirmDocuments": {"statement_average": "18000.00"},
        "Task_ChooseProduct": {"offer_rank": "2", "choice_reason": "打算两年内还清"},
    }
    made.play({**INTAKE, "steps": steps(until="Task_ChooseProduct", **changed)})
    yield made
    made.close()


@pytest.fixture(scope="module")
def page(desk):
    return desk.browser("front_desk").get(f"/cases/{desk.key}").text


@pytest.fixture
def played(template, tmp_path):
    made = CasePages(template, tmp_path / "house")
    yield made
    made.close()


def evidence_of(session, key, decision_id):
    asked = select(DecisionEvidence).where(
        DecisionEvidence.business_key == key, DecisionEvidence.decision_id == decision_id
    )
    return session.scalars(asked.order_by(DecisionEvidence.id)).all()


def evaluated(session, evidence, inputs):
    """What the table that decided says of ``inputs`` now."""
    asked = select(Definition.id).where(Definition.deployment_id == evidence.deployment_id)
    loaded = load_definition(session, session.scalars(asked).first())
    return loaded.contents.decisions[evidence.decision_id].evaluate(evidence.decision_id, inputs, strict=True)


@pytest.mark.feature("M-023")
def test_the_product_sheet_shown_is_kept_with_its_version_and_time(desk, page):
    with desk.read() as session:
        sheet = product_offers.sheet_shown(session, desk.key)
        on_sale = {each.code: each for each in products.offered(session)}

    assert sheet.shown_at == desk.clock.now()
    assert sheet.shown_by is not None
    line = next(each for each in sheet.lines if each["product_code"] == "NEW_STD")
    assert int(line["version"]) == on_sale["NEW_STD"].version
    assert line["rates_from"] == "2020-01-01"
    assert (line["amounts"], line["months"]) == ("10,000.00–1,000,000.00", "12–60")
    assert Decimal(line["annual_rate"]) == Decimal("0.0588")
    assert Decimal(line["annualised_cost"]) >= Decimal("0.0588")
    for words in ("产品单", "10,000.00–1,000,000.00", "5.88%", "产品第 1 版"):
        assert words in page


@pytest.mark.feature("M-024")
@pytest.mark.feature("M-035")
def test_what_the_customer_needs_is_kept_and_leads_to_the_offers_in_their_order(desk, page):
    with desk.read() as session:
        asked = needs.latest(session, desk.key).answers
        (evidence,) = evidence_of(session, desk.key, "product_recommendation")
        offers = product_offers.of_application(session, desk.key)

    assert (asked["vehicle_use"], asked["occupation"]) == ("self", "company")
    assert (asked["monthly_income"], asked["monthly_debt"]) == (Decimal("18000.00"), Decimal("0.00"))
    assert evidence.inputs["plans_early_payoff"] is True
    assert evidence.inputs["income"] == Decimal("18000.00")
    assert [(each.rank, each.product_code) for each in offers] == [(1, "NEW_STD"), (2, "EQ_PRINCIPAL")]
    assert offers[1].reason == "收入较高并打算提前还款"
    assert (offers[0].chosen_at, offers[1].choice_reason) == (None, "打算两年内还清")
    assert offers[1].chosen_amount == Decimal("100000.00")
    for words in ("接送孩子", "¥18,000.00", "收入较高并打算提前还款", "打算两年内还清"):
        assert words in page


@pytest.mark.feature("M-025")
@pytest.mark.feature("M-026")
def test_every_document_is_an_item_and_the_income_is_read_off_the_statement(desk, page):
    with desk.read() as session:
        listed = {row.kind: row.need for row in document_requirements.of_application(session, desk.key)}
        income = document_checks.income_statement(session, desk.key)

    assert listed[DocumentKind.RESIDENT_ID_FRONT] is Need.REQUIRED
    assert listed[DocumentKind.DRIVING_LICENCE] is Need.REQUIRED
    assert listed[DocumentKind.TAX_RECORD] is listed[DocumentKind.BANK_STATEMENT] is Need.INCOME
    assert listed[DocumentKind.PURCHASE_INVOICE] is Need.BEFORE_DISBURSEMENT
    assert not {DocumentKind.MARRIAGE_CERTIFICATE, DocumentKind.BUSINESS_LICENCE} & set(listed)
    assert (income.months, income.monthly_average) == (6, Decimal("18000.00"))
    assert "流水 6 个月，月均 ¥18,000.00" in page
    assert "资料清单" in page


@pytest.mark.feature("M-025")
@pytest.mark.feature("M-026")
def test_the_list_follows_the_customer_and_nothing_goes_on_while_something_required_is_missing(played):
    own_firm = {"occupation": "self_employed", "marital": "married"}
    key = played.play(
        {**INTAKE, "steps": steps(until="Task_ConfirmDocuments", Task_RegisterCustomer=own_firm)}
    )

    with played.read() as session:
        missing = {row.kind for row in document_requirements.missing(session, key)}
        queried = bureau_reports.queries_of(session, key)
        screened = prescreens.of_application(session, key)
    sheet = played.browser("front_desk").get("/intake").text

    assert missing == {DocumentKind.MARRIAGE_CERTIFICATE, DocumentKind.BUSINESS_LICENCE}
    assert queried == screened == []
    assert "营业执照" in sheet


@pytest.mark.feature("M-031")
def test_a_prescreening_answers_in_seconds_and_keeps_what_it_was_asked_and_said(desk, page):
    with desk.read() as session:
        kept = prescreens.of_application(session, desk.key)
        before, after = (
            evidence_of(session, desk.key, f"prescreen_{stage}_bureau")[0] for stage in ("before", "after")
        )
        began = time.perf_counter()
        passed = evaluated(session, before, before.inputs).value
        rejected = evaluated(session, after, {**after.inputs, "overdue_days": 31}).value
        referred = evaluated(session, after, {**after.inputs, "enquiries": 11}).value
        took = time.perf_counter() - began

    assert [(each.stage.value, each.outcome.value) for each in kept[:2]] == [
        ("before_bureau", "pass"),
        ("after_bureau", "pass"),
    ]
    assert {"age", "listed", "identity_result", "amount"} <= set(before.inputs)
    assert {"has_record", "dti", "vehicle_age_at_maturity"} <= set(after.inputs)
    assert not passed
    assert [(each["result"], each["reason"]) for each in rejected] == [("REJECT", "CUR_OVERDUE")]
    assert [(each["result"], each["reason"]) for each in referred] == [("REFER", "ENQ")]
    assert took < 5
    assert "征信前（DT-01a）" in page


@pytest.mark.feature("M-032")
def test_a_bureau_query_stands_on_a_signed_consent_and_is_kept_with_its_purpose(desk, page):
    with desk.read() as session:
        (query,) = bureau_reports.queries_of(session, desk.key)
        consent = consents.require(session, desk.key, ConsentPurpose.BUREAU_QUERY)
        paper = documents.find(session, desk.key, DocumentKind.CREDIT_AUTHORISATION)

    assert (query.consent_id, query.purpose) == (consent.id, "loan_approval")
    assert paper.attached_at <= consent.answered_at <= query.queried_at
    assert "贷款审批" in page


@pytest.mark.feature("M-033")
def test_a_score_comes_again_from_its_inputs_and_version_point_by_point(desk):
    with desk.read() as session:
        kept = scores.latest(session, desk.key)
        card = evidence_of(session, desk.key, "scorecard")[-1]
        grade = evidence_of(session, desk.key, "score_grade")[-1]
        again = evaluated(session, card, kept.inputs).value
        graded = evaluated(session, grade, {"score": scores.BASE_POINTS + again}).value

    rules = card.matched[0]["rules"]
    assert len(rules) == 14
    assert all(isinstance(rule["outputs"]["points"], Decimal | int) for rule in rules)
    assert sum(rule["outputs"]["points"] for rule in rules) == again
    assert (scores.BASE_POINTS + again, graded) == (kept.score, kept.grade)
    shown = desk.browser("front_desk").get(f"/cases/{desk.key}/decisions/{card.id}").text
    assert "决策表版本" in shown


@pytest.mark.feature("M-034")
def test_the_value_of_the_car_is_a_range_and_the_highest_amount_stands_beside_its_loan_to_value(desk):
    with desk.read() as session:
        limit, *_later = evidence_of(session, desk.key, "ltv_limit")
        valued, limited = (
            result_of(session, desk.key, f"Task_{step}") for step in ("ValueVehicle", "LimitAmount")
        )

    assert (valued["value_low"], valued["value_high"]) == (Decimal("146000.00"), Decimal("150000.00"))
    assert limit.outputs["intake_ltv"] == Decimal("0.80")
    assert limited["ltv_percent_max"] == Decimal("80.00")
    assert limited["max_amount"] == Decimal("120000.00")
    assert shown_by("choose_product") >= {"value_low", "value_high", "max_amount", "ltv_percent_max"}


def result_of(session, key, element_id):
    """What a step first added to the process data."""
    asked = select(ActivityHistory.results).where(
        ActivityHistory.business_key == key, ActivityHistory.element_id == element_id
    )
    return session.scalars(asked.order_by(ActivityHistory.id)).first()


def shown_by(form):
    """The fields that a form of the front desk shows and nobody may change."""
    path = PROCESSES.parent / "forms" / "front_desk_intake" / f"{form}.form"
    return {field.key for field in read(path.read_bytes()).fields() if field.read_only}
