"""What the front desk shows, asks, judges and offers, on the diagrams and tables of the product and on its pages."""

import re
import time
from decimal import Decimal

import pytest
from case_pages import CasePages, case_of, case_samples
from sqlalchemy import select

from cheliu.case_house import found_template
from cheliu.wiring import PROCESSES
from cheliu.working import work_off
from engine.deployments import Definition, Deployment, load_definition, newest
from engine.history import ActivityHistory, DecisionEvidence
from engine.tasks import TaskStatus, UserTask
from forms.model import read
from lending import (
    applications,
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
    spreadsheets,
)
from lending.consents import ConsentPurpose
from lending.customers import Customer
from lending.document_requirements import Need
from lending.documents import Document, DocumentKind

INTAKE = case_of("front_desk_intake/cases/handed_over")
ROW = '<tr><td class="number">'
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


@pytest.mark.feature("M-030")
def test_what_is_read_off_an_original_is_held_against_what_was_typed_and_the_difference_is_kept(played):
    read = {
        "read_identity_name": "林小芸",
        "read_identity_no": "110105194912310011",
        "read_licence_name": "林晓云",
    }
    key = played.play({**INTAKE, "steps": steps(until="Task_ConfirmDocuments", Task_ConfirmDocuments=read)})

    with played.read() as session:
        checks = {
            session.get(Document, each.document_id).kind: each
            for each in document_checks.of_application(session, key)
        }
        (typed,) = session.scalars(select(Customer.name))
    card = checks[DocumentKind.RESIDENT_ID_FRONT]
    shown = played.browser("front_desk").get(f"/documents/{card.document_id}/view").text

    differing = [(each.item.value, each.typed, each.read) for each in card.differences]
    assert differing[0] == ("name", typed, "林小芸")
    assert (differing[1][0], differing[1][2]) == ("number", "110105********0011")
    assert [each.read for each in checks[DocumentKind.DRIVING_LICENCE].differences] == ["林晓云"]
    assert checks[DocumentKind.BANK_STATEMENT].differences == []
    assert card.checked_by is not None
    assert "<mark" in shown
    assert "林小芸" in shown
    assert "110105194912310011" not in shown


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


@pytest.mark.feature("M-038")
@pytest.mark.feature("M-039")
def test_a_submitted_case_lies_in_the_next_queue_whole_and_the_sheet_measures_the_hand_off(played):
    entered = {"at": "Task_EnterApplication", "as": "front_desk", "answers": {"sample": "new_car"}}
    key = played.play({"steps": [entered, {"wait": {"hours": 2}}]})
    browser = played.browser("branch_manager")

    with played.read() as session:
        task = session.scalars(select(UserTask).where(UserTask.status == TaskStatus.OPEN.value)).one()
        application = applications.get(session, key)
        assert document_requirements.missing(session, key) == []
        assert document_requirements.of_application(session, key)
    waiting = browser.get("/intake", query_string={"stage": "credit_application"}).text
    played.go_on(*case_samples("investigated")[:1])
    taken = browser.get("/intake").text
    book = browser.get("/intake/workbook?purpose=晨会")
    rows = spreadsheets.read("sheet.xlsx", book.data)
    late = browser.get("/intake?late=1").text
    elsewhere = played.browser("branch_manager_2").get("/intake").text

    assert (task.element_id, task.groups) == ("Task_DeskCheck", "investigator")
    assert None not in (application.customer_id, application.vehicle_id, application.amount)
    assert "2时，待接手" in waiting
    assert "待接手" not in taken
    assert "2时" in taken
    head, row = rows[2], rows[3]
    shown = dict(zip(head, row, strict=False))
    assert (shown["申请号"], shown["阶段"], shown["步骤"]) == (key, "贷前调查", "电话核实")
    assert (shown["交接耗时"], shown["历时"], shown["缺少"]) == ("2时", "2时", "")
    assert shown["时限"]
    assert shown["负责人"]
    assert key not in late
    assert key not in elsewhere


@pytest.mark.feature("M-028")
def test_the_document_list_is_changed_by_two_people_and_a_case_keeps_its_version(played):
    first = played.play({**INTAKE, "steps": steps(until="Task_GiveConsents")})
    author, committee = played.browser("reviewer_l2"), played.browser("risk_committee")
    author.get("/document-list")
    asked = {"kind": "marriage_certificate", "need": "required", "customer_kind": "individual"}
    added = author.post("/document-list", {**asked, "vehicle_kind": "new", "reason": "防范共同债务争议"})
    number = re.search(r"/changes/(\d+)/withdraw", author.get("/changes").text)[1]
    own = author.post(f"/changes/{number}/approve").status_code
    committee.get("/changes")
    approved = committee.post(f"/changes/{number}/approve")
    work_off(played.house)
    second = played.play({**INTAKE, "steps": steps(until="Task_GiveConsents")})

    with played.read() as session:
        before, after = (evidence_of(session, key, "document_list")[0] for key in (first, second))
        versions = [session.get_one(Deployment, each.deployment_id).version for each in (before, after)]
    now, old = (author.get("/document-list", query_string=q).text for q in ({}, {"version": versions[0]}))
    used = author.get("/document-list", query_string={"vehicle_kind": "used"}).text

    assert (added.status_code, own, approved.status_code) == (303, 403, 303)
    assert versions == [1, 2]
    assert "marriage_certificate" not in kinds_of(before)
    assert "marriage_certificate" in kinds_of(after)
    assert "防范共同债务争议" in now
    assert len(re.findall(ROW, now)) == len(re.findall(ROW, old)) + 1
    assert "购车发票" not in used
    assert "行驶证" in used


@pytest.mark.feature("M-028")
def test_a_row_is_dropped_and_what_the_list_does_not_know_is_refused(played):
    author, committee = played.browser("reviewer_l2"), played.browser("risk_committee")
    author.get("/document-list")
    refused = [
        author.post("/document-list", {"kind": kind, "need": need, "reason": "-"}).status_code
        for kind, need in (("passport", "required"), ("tax_record", "none"), ("loan_contract", "required"))
    ]
    author.post(
        "/document-list", {"row": "Rule_document_list_6", "kind": "tax_record", "need": "none", "reason": "-"}
    )
    committee.get("/changes")
    committee.post("/changes/1/approve")
    work_off(played.house)
    visitor = played.browser("front_desk")

    with played.read() as session:
        (content,) = [
            data
            for name, data in newest(session, "front_desk_intake").contents.bundle.files.items()
            if name.endswith("document_list.dmn")
        ]
    assert refused == [422, 422, 422]
    assert b"Rule_document_list_6" not in content
    assert b"Rule_document_list_5" in content
    assert visitor.get("/document-list").status_code == 200
    assert visitor.post("/document-list", {"kind": "tax_record"}).status_code == 403


@pytest.mark.feature("M-027")
def test_new_used_and_refinanced_cars_have_lists_of_their_own(desk):
    with desk.read() as session:
        evidence = evidence_of(session, desk.key, "document_list")[0]
        lists = {
            name: kinds_in(evaluated(session, evidence, {**evidence.inputs, **facts}).value)
            for name, facts in {
                "new": {},
                "plated": {"registered": True},
                "used": {"vehicle_kind": "used"},
                "refinance": {"vehicle_kind": "used", "refinance": True},
            }.items()
        }

    bought = {"sales_contract", "down_payment_slip"}
    owned = {"vehicle_licence", "registration_certificate", "inspection_report"}
    assert lists["new"] >= {"purchase_invoice"} | bought
    assert not lists["new"] & owned
    assert lists["plated"] - lists["new"] == {"registration_certificate"}
    assert lists["used"] >= bought | owned
    assert "purchase_invoice" not in lists["used"]
    assert lists["used"] - lists["refinance"] == bought
    assert lists["refinance"] >= owned


@pytest.mark.feature("M-027")
def test_a_customer_who_refinances_his_own_car_is_asked_for_its_papers_only(played):
    owned = ("vehicle_licence", "registration_certificate", "inspection_report")
    papers = {f"doc_{kind}": f"file:{kind}.pdf" for kind in owned}
    own_car = {"sample": "needs_used_car", "refinance": True}
    handed_in = {
        "sample": "documents_new_car",
        "doc_sales_contract": None,
        "doc_down_payment_slip": None,
        **papers,
    }
    read_off = {"read_certificate_vin": "LSVAM4187C2184847", "certificate_vin_confirmed": True}
    changed = {
        "Task_AssessNeeds": own_car,
        "Task_CollectDocuments": handed_in,
        "Task_ConfirmDocuments": {"read_buyer_name": None, "read_payer_name": None, **read_off},
    }
    key = played.play({**INTAKE, "steps": steps(until="Task_ConfirmDocuments", **changed)})

    with played.read() as session:
        assert document_requirements.missing(session, key) == []
        wanted = evidence_of(session, key, "product_recommendation")[0]
        waiting = session.scalars(
            select(UserTask.element_id).where(UserTask.status == TaskStatus.OPEN.value)
        ).all()
        share = evidence_of(session, key, "ltv_limit")[0]
        offered = [each.product_code for each in product_offers.of_application(session, key)]
    assert [each["product_code"] for each in wanted.outputs["recommended"]] == ["REFI", "NONE"]
    assert (share.inputs["refinance"], share.outputs["intake_ltv"]) == (True, Decimal("0.60"))
    assert offered == ["REFI"]
    assert waiting == ["Task_ChooseProduct"]


def kinds_of(evidence):
    return kinds_in(evidence.outputs["documents_listed"])


def kinds_in(rows):
    return {row["kind"] for row in rows}
