"""Start pages, cars and documents at the page: what each role sees first, and what is kept from whom."""

from datetime import timedelta

import pytest
from customers_at_hand import ZHANG, enter
from sqlalchemy import select

from company.audit import AuditEntry
from lending import documents, insurance, vehicle_history, vehicles
from lending.applications import Application, ApplicationStatus
from lending.collateral import Collateral, CollateralStatus, MortgageOrder
from lending.customers import Customer
from lending.documents import DocumentKind
from lending.insurance import PolicyKind
from lending.vehicle_history import VehicleHappening
from lending.vehicles import Energy, VehicleKind

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
VIN = "LGXCE6CB4P0123456"
DAY = timedelta(days=1)


@pytest.fixture
def car(house):
    """A mortgaged car of Shanghai whose registration is late and whose insurance ends soon; its id."""
    owner, now = enter(house, "张三丰", ZHANG), house.clock.now()
    actor, today = house.who("customer_manager"), now.date()
    with house.database.write() as session:
        made = vehicles.register(
            session,
            vin_text=VIN,
            model_name="比亚迪 汉EV 2023款",
            kind=VehicleKind.USED,
            energy=Energy.NEV,
            plate_text="沪AD12345",
            first_registered_on=today - 400 * DAY,
            now=now,
        )
        session.add(
            Application(
                application_no="APP-1",
                status=ApplicationStatus.SIGNED,
                unit_id=actor.unit_id,
                owner_id=actor.employee_id,
                customer_id=session.get(Customer, owner).id,
                vehicle_id=made.id,
                created_at=now,
            )
        )
        session.flush()
        session.add(
            Collateral(
                application_no="APP-1",
                vehicle_id=made.id,
                active_vehicle_id=made.id,
                owner_id=owner,
                unit_id=actor.unit_id,
                status=CollateralStatus.REGISTERING,
                mortgage_order=MortgageOrder.PAYMENT_FIRST,
                due_on=today - 30 * DAY,
                opened_at=now,
            )
        )
        insurance.record(
            session,
            "APP-1",
            made.id,
            kind=PolicyKind.COMPULSORY,
            insurer="人保财险",
            policy_no="P-1",
            valid_from=today - 360 * DAY,
            valid_until=today + 5 * DAY,
            lender_first=False,
            by=None,
            now=now,
        )
        vehicle_history.record(
            session, made.id, VehicleHappening.DAMAGED, on=today, now=now, note="左前翼子板"
        )
        return made.id


def test_the_start_page_tells_each_role_what_its_day_needs(house, car):
    house.browser("customer_manager").post("/cases/new")
    shown = {
        name: house.browser(name).get("/start").text
        for name in (
            "front_desk",
            "customer_manager",
            "contract_officer",
            "finance_accountant",
            "admin",
            "auditor",
        )
    }

    assert "正在接待" in shown["front_desk"]
    assert "在押车辆" not in shown["front_desk"]
    assert "抵押登记逾期" in shown["contract_officer"]
    assert "车辆保险三十日内到期或已到期" in shown["contract_officer"]
    assert "本月未编号分录" in shown["finance_accountant"]
    assert "未处理故障" in shown["admin"]
    assert "APP-1" not in shown["admin"]
    assert shown["finance_accountant"].index("本月未编号分录") < shown["finance_accountant"].index(
        "还款中贷款"
    )
    assert "APP-1" in shown["auditor"]


def test_sign_in_leads_to_the_start_page_and_a_done_task_to_the_next_work(house):
    browser = house.browser("front_desk")

    assert browser.get("/").location == "/start"
    assert browser.get("/inbox/next").location == "/inbox"


def test_a_car_is_found_by_vin_plate_and_model_and_tells_what_its_vin_says(house, car):
    browser = house.browser("customer_manager")
    found = [
        car_in(browser.get("/vehicles", query_string={"q": q}))
        for q in ("0123456", "沪A·D123", "汉EV", "none")
    ]

    page = browser.get(f"/vehicles/{car}").text

    assert found == [True, True, True, False]
    for words in (
        "比亚迪汽车",
        "亚洲 · 中国",
        "2023",
        "相符",
        "发现损坏",
        "左前翼子板",
        "人保财险",
        "APP-1",
        "办理抵押中",
    ):
        assert words in page


def car_in(answer):
    return "/vehicles/1" in answer.text


def test_a_car_is_kept_from_other_branches_and_its_numbers_from_who_reads_no_customers(house, car):
    found = {name: house.browser(name).get(f"/vehicles/{car}") for name in READERS}
    seen = house.browser("process_analyst").get("/vehicles").text

    assert {name: answer.status_code for name, answer in found.items()} == READERS
    assert VIN in found["branch_manager"].text
    assert VIN not in found["process_analyst"].text
    assert "沪AD12345" not in found["process_analyst"].text
    assert "LGX**********3456" in seen


READERS = {
    "branch_manager": 200,
    "branch_manager_2": 404,
    "process_analyst": 200,
    "admin": 403,
}


def test_a_document_stands_on_the_page_in_a_frame_of_ours_alone_and_each_look_is_written_down(house, car):
    stored = [documents.store(house.wiring.files, "保单.pdf", PDF + more) for more in (b"", b"%2")]
    with house.database.write() as session:
        for each in stored:
            documents.attach(
                session,
                "APP-1",
                DocumentKind.INSURANCE_POLICY,
                "保单.pdf",
                each,
                by=None,
                now=house.clock.now(),
            )
    browser = house.browser("customer_manager")

    page = browser.get("/documents/2/view")
    content = browser.get("/documents/2/content")
    kept = {
        (name, part): house.browser(name).get(f"/documents/2/{part}").status_code
        for name in ("branch_manager_2", "process_analyst")
        for part in ("view", "content")
    }

    assert 'src="/documents/2/content"' in page.text
    assert "/documents/1/view" in page.text
    assert content.data == PDF + b"%2"
    assert content.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "default-src 'none'" in content.headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in content.headers["Content-Security-Policy"]
    assert content.headers["Content-Disposition"].startswith("inline")
    assert page.headers["X-Frame-Options"] == "DENY"
    assert set(kept.values()) == {404, 403}
    with house.database.read() as session:
        looks = select(AuditEntry).where(
            AuditEntry.object_type == "document", AuditEntry.action != "document.keep"
        )
        entries = session.scalars(looks).all()
    assert [(each.action, each.object_id) for each in entries] == [("document.view", "2")]
