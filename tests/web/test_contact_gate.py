"""The contact gate at the customer's page: asked before a call, refused with its rule and noted, opened again."""

from datetime import timedelta

import pytest
from customers_at_hand import ZHANG, enter
from sqlalchemy import select

from company.people import Employee
from lending.contact_gate import ContactAttempt
from lending.customers import Customer

NUMBER = "13812345678"


@pytest.fixture
def customer(house):
    customer_id = enter(house, "张三丰", ZHANG)
    with house.database.write() as session:
        manager = session.scalars(select(Employee).where(Employee.username == "customer_manager")).one()
        found = session.get_one(Customer, customer_id)
        found.owner_id, found.unit_id = manager.id, manager.unit_id
    return customer_id


class Desk:
    """A customer manager before the page of a customer."""

    def __init__(self, house, customer_id):
        self.house, self.customer_id = house, customer_id
        self.browser = house.browser("customer_manager")

    def ask(self, **asked):
        wanted = {"channel": "call", "purpose": "collection", "person": "borrower", "number": NUMBER}
        self.browser.get(f"/customers/{self.customer_id}")
        self.browser.post(f"/customers/{self.customer_id}/contact-checks", {**wanted, **asked})
        return self.attempts()[-1]

    def attempts(self):
        with self.house.database.read() as session:
            found = session.scalars(select(ContactAttempt).order_by(ContactAttempt.id)).all()
            session.expunge_all()
            return found

    def note(self, attempt, result):
        path = f"/customers/{self.customer_id}/contact-checks/{attempt.id}"
        self.browser.post(path, {"result": result})

    def holds(self, kind):
        self.browser.get(f"/customers/{self.customer_id}")
        self.browser.post(
            f"/customers/{self.customer_id}/contact-circumstances", {"kind": kind, "note": "来函"}
        )


@pytest.fixture
def desk(house, customer):
    return Desk(house, customer)


@pytest.mark.feature("M-128")
def test_a_call_at_five_past_ten_in_the_evening_is_refused_and_listed_with_its_rule(house, desk):
    house.clock.advance(timedelta(hours=12, minutes=5))

    attempt = desk.ask()

    assert (attempt.allowed, attempt.rule) == (False, "hours")
    listed = desk.browser.get("/contacts/refused").text
    assert "二十二时至次日八时不得联系" in listed
    assert "张三丰" in listed
    house.clock.advance(timedelta(hours=9, minutes=54))
    assert not desk.ask().allowed
    house.clock.advance(timedelta(minutes=1))
    assert desk.ask().allowed


@pytest.mark.feature("M-128")
def test_the_seventh_unanswered_call_to_a_number_on_a_day_is_refused_and_a_new_day_begins_anew(house, desk):
    for _ in range(5):
        desk.note(desk.ask(), "no_answer")
    desk.note(desk.ask(), "busy")

    seventh = desk.ask()

    assert (seventh.allowed, seventh.rule) == (False, "calls_per_day")
    assert desk.ask(number="13912345678").allowed
    house.clock.advance(timedelta(days=1))
    assert desk.ask().allowed


@pytest.mark.feature("M-128")
def test_an_unrelated_person_is_never_contacted_and_a_related_one_only_after_the_borrower_is_lost(desk):
    assert desk.ask(person="unrelated").rule == "unrelated_person"
    assert desk.ask(person="related").rule == "third_person"
    for _ in range(3):
        desk.note(desk.ask(), "switched_off")

    assert desk.ask(person="related", number="13912345678").allowed
    assert desk.ask(person="unrelated").rule == "unrelated_person"


@pytest.mark.parametrize(
    ("kind", "purpose", "rule"),
    [
        ("deceased", "service", "deceased"),
        ("court_order", "reminder", "court_order"),
        ("dispute", "collection", "dispute"),
    ],
)
def test_what_holds_of_a_customer_stops_contact_until_it_is_lifted(desk, kind, purpose, rule):
    desk.holds(kind)

    assert desk.ask(purpose=purpose).rule == rule
    page = desk.browser.get(f"/customers/{desk.customer_id}").text
    assert "来函" in page
    lift = page.split("/contact-circumstances/")[1].split("/lift")[0]
    address = f"/customers/{desk.customer_id}/contact-circumstances/{lift}/lift"
    assert "请写明解除理由" in desk.browser.post(address, {}, follow_redirects=True).text
    assert desk.ask(purpose=purpose).rule == rule
    lifted = desk.browser.post(address, {"why": "已核实"}, follow_redirects=True).text
    assert "已解除，即刻生效" in lifted
    assert desk.ask(purpose=purpose).allowed


def test_an_open_complaint_about_the_debt_holds_collection_and_reminders_but_no_service(desk):
    desk.browser.get(f"/customers/{desk.customer_id}")
    complaint = {"way": "phone", "on": "2026-08-30", "text": "多收罚息"}
    desk.browser.post(f"/customers/{desk.customer_id}/complaints", complaint)

    assert desk.ask(loan_no="CY2026SH1JK000001-6").rule == "complaint"
    assert desk.ask(purpose="service").allowed


def test_one_visit_a_week_and_hours_agreed_in_writing(house, desk):
    desk.note(desk.ask(channel="visit"), "connected")
    assert desk.ask(channel="visit").rule == "visits_per_week"
    house.clock.advance(timedelta(days=7, hours=13))
    assert desk.ask(channel="visit").rule == "hours"
    desk.holds("hours_agreed")
    assert desk.ask(channel="visit").allowed


def test_who_reaches_no_customers_asks_for_no_contact(house, customer):
    browser = house.browser("finance_maker")
    browser.get(f"/customers/{customer}")

    answer = browser.post(f"/customers/{customer}/contact-checks", {"channel": "call"})

    assert answer.status_code == 403


def test_a_substitute_writes_nothing_about_a_customer_whom_only_the_absent_colleague_reaches(
    house, customer, desk
):
    absent, substitute = house.who("customer_manager"), house.who("customer_manager_2")
    away = house.browser("customer_manager")
    away.get("/substitutions")
    days = {"first_day": "2026-09-15", "last_day": "2026-09-16", "reason": "年假"}
    away.post("/substitutions", {**days, "substitute": substitute.employee_id})
    other, address = house.browser("customer_manager_2"), f"/customers/{customer}"

    page = other.get(address)
    sent = [
        other.post(f"{address}/{path}", fields).status_code
        for path, fields in (
            ("contact-checks", {"channel": "call", "purpose": "service", "person": "borrower"}),
            ("contact-circumstances", {"kind": "dispute", "note": "来函"}),
            ("callbacks", {"way": "phone", "reached": "1", "text": "正常"}),
            ("complaints", {"way": "phone", "text": "多次来电"}),
        )
    ]

    assert absent.unit_id != substitute.unit_id
    assert page.status_code == 200
    assert "contact-checks" not in page.text
    assert sent == [404, 404, 404, 404]
    assert desk.attempts() == []
    assert "contact-checks" in desk.browser.get(address).text
