"""An outsider's hour: the address and one low role, against everything that the pages offer."""

import io

import pytest
from customers_at_hand import PHONE, ZHANG, enter
from sqlalchemy import func, select
from werkzeug.routing import IntegerConverter

from company.audit import AuditEntry
from company.people import Employee
from lending import contacts, documents
from lending.applications import Application, ApplicationStatus
from lending.contacts import ContactWay, Said
from lending.customers import Customer
from lending.documents import DocumentKind
from lending.personal_requests import DataSubjectRequest, RequestChannel, RequestKind, open_request

NAME, WORDS, NUMBER = "欧阳震华", "还款日多次来电", "APP-310115-2026-000001"
SECRETS = (NAME, ZHANG, PHONE, WORDS)
SAFE = {"/sign-in", "/language", "/hooks/bank"}


@pytest.fixture
def victim(house):
    """A customer of another branch's manager, with application, document, complaint and request."""
    customer_id = enter(house, NAME, ZHANG, owner="customer_manager_2")
    actor, now = house.who("customer_manager_2"), house.clock.now()
    stored = documents.store(house.wiring.files, "身份证.pdf", b"%PDF-1.7 secret")
    with house.database.write() as session:
        customer = session.get_one(Customer, customer_id)
        session.add(
            Application(
                application_no=NUMBER,
                status=ApplicationStatus.SUBMITTED,
                unit_id=actor.unit_id,
                owner_id=actor.employee_id,
                customer_id=customer_id,
                created_at=now,
            )
        )
        documents.attach(
            session, NUMBER, DocumentKind.RESIDENT_ID_FRONT, "身份证.pdf", stored, by=None, now=now
        )
        said = Said(None, ContactWay.PHONE, now.date(), WORDS)
        contacts.receive(
            session,
            house.vault,
            customer,
            said,
            about_id=None,
            by=actor.employee_id,
            today=now.date(),
            now=now,
        )
        open_request(
            session,
            customer,
            kind=RequestKind.ACCESS,
            channel=RequestChannel.COUNTER,
            wish=WORDS,
            on=now.date(),
            by=actor.employee_id,
        )
    return customer_id


def addresses(house, method, victim):
    """Every address of a method, with the victim's ids and numbers in it."""
    found = []
    for rule in house.app.url_map.iter_rules():
        if method not in rule.methods or rule.endpoint in ("static", "assets"):
            continue
        given = {
            name: victim if isinstance(rule._converters[name], IntegerConverter) else NUMBER
            for name in rule.arguments
            if name not in (rule.defaults or {})
        }
        with house.app.test_request_context():
            found.append(house.app.url_map.bind("localhost").build(rule.endpoint, given, method=method))
    return sorted(set(found) - SAFE)


def entries(house):
    with house.database.read() as session:
        return session.scalar(select(func.count()).select_from(AuditEntry))


def test_ids_in_addresses_lead_nowhere(house, victim):
    outsider = house.browser("front_desk")

    told = []
    for address in addresses(house, "GET", victim):
        answer = outsider.get(address)
        assert answer.status_code < 500, address
        told += [(address, secret) for secret in SECRETS if secret in answer.text]

    assert told == []
    assert len(addresses(house, "GET", victim)) > 80


def test_a_form_without_the_pages_token_changes_nothing(house, victim):
    outsider, before = house.browser("customer_manager_2"), entries(house)

    done = []
    for address in addresses(house, "POST", victim):
        answer = outsider.client.post(address, data={"reason": "x", "text": "x", "field": "phone"})
        if answer.status_code not in (400, 403, 404):
            done.append((address, answer.status_code))

    assert done == []
    assert entries(house) == before


def test_forms_with_the_ids_of_others_change_nothing(house, victim):
    outsider = house.browser("front_desk")
    with house.database.read() as session:
        rows = [
            session.scalar(select(func.count()).select_from(each)) for each in (Customer, DataSubjectRequest)
        ]

    for address in addresses(house, "POST", victim):
        if f"/{victim}" in address or NUMBER in address:
            given = {"reason": "x", "text": "x", "field": "phone", "purpose": "contact", "kind": "delete"}
            answer = outsider.post(address, {**given, "channel": "counter", "wish": "x", "name": "新名字"})
            assert answer.status_code < 500, address
            assert not [secret for secret in SECRETS if secret in answer.text], address

    with house.database.read() as session:
        assert session.get_one(Customer, victim).name == NAME
        assert rows == [
            session.scalar(select(func.count()).select_from(each)) for each in (Customer, DataSubjectRequest)
        ]
        assert contacts.complaints_of(session, victim)[0].answered_at is None


def test_other_methods_are_refused(house, victim):
    outsider, before = house.browser("front_desk"), entries(house)

    for address in (f"/customers/{victim}", "/customers", "/exports", "/audit", "/inbox"):
        for method in ("PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"):
            answer = outsider.client.open(address, method=method, headers={"X-CSRFToken": outsider.token})
            assert answer.status_code in (400, 404, 405, 501), (address, method)
    smuggled = outsider.client.post(
        f"/customers/{victim}/covered",
        headers={"X-HTTP-Method-Override": "GET", "X-CSRFToken": outsider.token},
    )

    assert smuggled.status_code == 405
    assert entries(house) == before


def test_forged_headers_of_host_and_sender_change_nothing(house):
    visitor = house.visitor()
    forged = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-For": "10.9.8.7",
        "X-Forwarded-Proto": "https",
        "X-Original-URL": "/audit",
        "X-Rewrite-URL": "/audit",
        "Forwarded": "for=10.9.8.7;host=evil.example",
    }

    led = visitor.get("/customers", headers=forged)
    page = visitor.get("/sign-in", headers=forged)
    hosted = visitor.get("/customers", headers={"Host": "evil.example"})
    visitor.post("/sign-in", {"username": "front_desk", "password": "wrong"}, headers=forged)

    for answer in (led, page, hosted):
        assert "evil.example" not in answer.text
    assert led.headers["Location"].startswith("/sign-in")
    assert hosted.headers["Location"].startswith("/sign-in")
    with house.database.read() as session:
        remotes = set(session.scalars(select(AuditEntry.remote)))
    assert "10.9.8.7" not in remotes


def test_no_path_leaves_its_folder(house):
    outsider = house.browser("front_desk")

    for path in (
        "/assets/../../secret.key",
        "/assets/%2e%2e/%2e%2e/secret.key",
        "/assets/..%2f..%2fsecret.key",
        "/static/../application.py",
        "/static/%2e%2e/application.py",
        "/documents/..%2f1",
        "/cases/..%2f..%2fetc%2fpasswd",
    ):
        assert outsider.get(path).status_code == 404, path


PAGE = b"<html><script>alert(1)</script></html>"
DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("车.png", PAGE),
        ("车.svg", DRAWING),
        ("车.png", b"MZ\x90\x00" + bytes(200)),
        ("车.jpg", b"%PDF-1.7 <script>"),
        ("../../车.png", PAGE),
        ("车.png", b""),
    ],
)
def test_an_upload_is_what_it_says_it_is(house, name, content):
    manager = house.browser("customer_manager")
    manager.post("/cases/new")
    with house.database.read() as session:
        key = session.scalars(select(Application.application_no)).one()
    manager.get(f"/cases/{key}/photos")

    manager.post(
        f"/cases/{key}/photos",
        {"photo": [(io.BytesIO(content), name)], "subject": "vehicle", "place": "refused"},
        content_type="multipart/form-data",
    )

    assert house.wiring.files.names() == []


def test_a_huge_body_is_refused_before_it_is_read(house):
    outsider = house.browser("front_desk")

    answer = outsider.client.post(
        "/customers",
        input_stream=io.BytesIO(b"q=x"),
        content_type="application/x-www-form-urlencoded",
        environ_overrides={"CONTENT_LENGTH": str(61 * 1024 * 1024)},
    )

    assert answer.status_code == 413


def test_a_copied_cookie_is_worth_nothing_after_signing_out(house):
    person, thief = house.browser("auditor"), house.visitor()
    copied = person.client.get_cookie("cheliu").value
    thief.client.set_cookie("cheliu", copied)
    assert thief.get("/audit").status_code == 200

    person.post("/sign-out")

    assert thief.get("/audit").status_code == 303
    thief.client.set_cookie("cheliu", copied[:-3] + "abc")
    assert thief.get("/audit").status_code == 303


def test_who_has_left_opens_nothing_more(house):
    person = house.browser("front_desk")
    with house.database.write() as session:
        found = session.scalars(select(Employee).where(Employee.username == "front_desk")).one()
        found.active = False

    assert person.get("/customers").status_code == 303
