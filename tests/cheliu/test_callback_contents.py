"""What is looked at in a callback: the pack before it, the checklist by telephone and on site, and what they tell."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from cheliu.case_house import BUSINESS_DATE
from company.notices import Notice
from engine.tasks import UserTask
from lending import customers, documents, personal_profiles, scores, vehicles
from lending.callback_kinds import PlanReason, WarningLevel
from lending.callbacks import CallbackAttempt
from lending.documents import DocumentKind
from lending.life import changes
from lending.life.happenings import Happening
from lending.life.kinds import EventKind
from lending.personal_profiles import Circumstances, Employment, MaritalStatus

FIRST_DAY = date(2026, 10, 15)
MANAGER = "postloan_manager"


@pytest.mark.feature("M-103")
@pytest.mark.feature("M-104")
def test_the_preparation_shows_credit_income_job_repayment_value_and_liquidity(made):
    told = Circumstances(
        Employment.EMPLOYED,
        "Example Motors",
        "Fitter",
        None,
        Decimal("12345.00"),
        MaritalStatus.MARRIED,
        1,
    )
    with made.house.database.write() as session:
        customer = customers.get(session, made.loan.customer_id)
        personal_profiles.file(session, customer, told, on=BUSINESS_DATE, by=None, now=made.clock.now())
        scores.record(
            session, made.loan.application_no, score=701, grade="B", inputs={}, now=made.clock.now()
        )
        changes.record(
            session,
            made.loan_no,
            Happening(EventKind.RECEIPT, BUSINESS_DATE, Decimal("1000.00")),
            reference="CMB-1",
            booked_on=BUSINESS_DATE,
            now=made.clock.now(),
        )
    made.until(FIRST_DAY)

    with made.house.database.read() as session:
        task = session.get_one(UserTask, made.task("Task_Prepare"))
        shown = made.house.engine.form_data(session, task)

    assert (shown["pack_grade"], shown["pack_score"]) == ("B", 701)
    assert (shown["pack_job"], shown["pack_income"]) == ("Example Motors Fitter", Decimal("12345.00"))
    assert (shown["pack_principal"], shown["pack_days_past_due"]) == (Decimal("100000.00"), 0)
    assert "1,000.00" in shown["pack_receipts"]
    # 100,000 on a car of 150,000, for whose model the house has no price; it is new.
    assert (shown["pack_value"], shown["pack_ltv_percent"]) == (Decimal("150000.00"), Decimal("67.00"))
    assert shown["pack_liquidity"] == "B"
    # Grade B is called without asking a third party first.
    assert (shown["visit_method"], made.visits()[0].third_party) == ("phone", None)


@pytest.mark.feature("M-109")
@pytest.mark.feature("M-112")
@pytest.mark.feature("M-114")
def test_on_site_the_car_its_vin_its_place_and_its_papers_are_looked_at(made):
    made.until(FIRST_DAY)
    with made.house.database.read() as session:
        vin = vehicles.get(session, made.loan.vehicle_id).vin
    seen = {"vin_seen": vin, "visit_latitude": "31.230416", "visit_longitude": "121.473701"}
    made.call_back(visit_method="on_site", doc_visit_photos="file:车辆.pdf", mortgage_state="gone", **seen)

    done = made.visits()[0]
    with made.house.database.read() as session:
        kinds = {each.kind for each in documents.current(session, made.loan.application_no)}
        (attempt,) = session.scalars(select(CallbackAttempt))
    assert DocumentKind.VISIT_PHOTOS in kinds
    assert (done.method.value, done.answers["vin_seen"]) == ("on_site", vin)
    assert str(done.answers["visit_latitude"]) == "31.230416"
    assert attempt.made_at == made.clock.now()
    of_use = ("driver", "parked_at", "mileage_km", "use_found", "vehicle_state")
    of_security = ("certificate_at", "mortgage_state", "third_party_claim", "gps_state")
    assert all(done.answers[name] is not None for name in (*of_use, *of_security))
    assert done.answers["mortgage_state"] == "gone"


@pytest.mark.feature("M-111")
def test_what_the_customer_tells_of_himself_is_filed_when_another_person_approves(made):
    made.until(FIRST_DAY)
    made.call_back(
        phone_state="changed",
        new_phone="13900139000",
        job_state="changed",
        new_employer="Example Motors",
        new_employment="employed",
        marital_status="married",
    )
    with made.house.database.read() as session:
        assert personal_profiles.history(session, made.loan.customer_id) == []
    made.do("branch_manager", "Task_ApproveChanges", changes_decision="approve")

    with made.house.database.read() as session:
        customer = customers.get(session, made.loan.customer_id)
        assert customers.phone_of(session, made.house.world.vault, customer) == "13900139000"
        assert personal_profiles.history(session, customer.id)[0].employer == "Example Motors"


@pytest.mark.feature("M-113")
def test_payments_that_differ_from_the_books_are_told_as_a_warning(made):
    made.until(FIRST_DAY)
    made.call_back(payments_state="differ")

    assert made.visits()[0].warning is WarningLevel.YELLOW
    assert "callback_warning" in {note.template for note in made.rows(Notice)}


@pytest.mark.feature("M-118")
@pytest.mark.feature("M-120")
def test_calendar_board_and_analysis_tell_how_callbacks_stand(made):
    manager = made.browser(MANAGER)
    planned = manager.get("/callbacks?month=2026-10").text
    assert re.search(r'data-stand="planned"[^>]*><span>[^<]*</span><b>1</b>', planned)
    assert f"/callbacks?month=2026-10&amp;day={FIRST_DAY}" in planned
    assert made.browser("front_desk").get("/callbacks").status_code == 403

    made.until(FIRST_DAY + timedelta(days=6))
    late = manager.get("/callbacks?month=2026-10&stand=late").text
    assert re.search(r'data-stand="late"[^>]*><span>[^<]*</span><b class="late">1</b>', late)
    assert "0.00%" in late
    made.call_back()

    done = manager.get("/callbacks?month=2026-10&stand=reached").text
    assert re.search(r'data-stand="reached"[^>]*><span>[^<]*</span><b>1</b>', done)
    assert "100.00%" in done
    for by in ("grade", "product", "vehicle", "dealer", "method"):
        page = manager.get(f"/callbacks/report?by={by}&since=2026-10-01&until=2026-10-31").text
        assert '<td class="number">1</td><td class="number">100.00%</td>' in page
    number = made.visits()[1].callback_no
    assert "按频率表" in manager.get(f"/callbacks/{number}").text


def test_a_person_may_plan_a_callback_but_not_in_the_past(made):
    manager = made.browser(MANAGER)
    manager.get(f"/loans/{made.loan_no}")
    manager.post(f"/loans/{made.loan_no}/callback", {"on": "2026-09-14"})
    assert made.visits()[0].planned_on == FIRST_DAY

    answer = manager.post(f"/loans/{made.loan_no}/callback", {"on": "2026-09-16"})

    assert answer.status_code == 303
    (visit,) = made.visits()
    assert (visit.planned_on, visit.reason) == (date(2026, 9, 16), PlanReason.ASKED)
