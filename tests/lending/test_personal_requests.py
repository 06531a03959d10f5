"""Requests of data subjects, restriction instead of deletion, and how long a person's data are kept."""

import io
import json
import zipfile
from datetime import date

import pytest
from customers_at_hand import LI, PHONE, ZHANG, enter
from sqlalchemy import select
from web_house import WebHouse

from company.vault import PersonErased
from lending import consents, contacts, customers, personal_requests, restrictions, retention
from lending.applications import Application, ApplicationStatus
from lending.consents import AT_THE_DESK, Consent, ConsentPurpose
from lending.contacts import ContactWay, Said
from lending.customers import Customer
from lending.personal_requests import (
    RequestChannel,
    RequestEnded,
    RequestKind,
    RequestOutcome,
    RequestRunning,
)
from lending.restrictions import AlreadyRestricted, NotRestricted, PersonRestricted
from lending.retention import AlreadyErased, StillToBeKept

TODAY, WORDS = date(2026, 9, 15), "不要再打电话"


@pytest.fixture
def house(tmp_path):
    made = WebHouse(tmp_path / "cheliu.db", tmp_path)
    yield made
    made.close()


@pytest.fixture
def customer(house):
    return enter(house, "张三丰", ZHANG, address="上海市浦东新区1号")


def apply_for(house, customer_id, status, number="APP-1"):
    actor = house.who("customer_manager")
    with house.database.write() as session:
        session.add(
            Application(
                application_no=number,
                status=status,
                unit_id=actor.unit_id,
                owner_id=actor.employee_id,
                customer_id=customer_id,
                created_at=house.clock.now(),
            )
        )
        session.flush()
        consents.record(
            session, number, customer_id, AT_THE_DESK, by=actor.employee_id, now=house.clock.now()
        )


def ask(house, customer_id, kind):
    actor = house.who("customer_manager")
    with house.database.write() as session:
        return personal_requests.open_request(
            session,
            session.get_one(Customer, customer_id),
            kind=kind,
            channel=RequestChannel.COUNTER,
            wish="要一份资料",
            on=TODAY,
            by=actor.employee_id,
        ).request_no


def test_a_request_has_a_number_and_fifteen_working_days_and_one_of_a_kind_is_open(house, customer):
    number = ask(house, customer, RequestKind.ACCESS)

    with house.database.read() as session:
        request = personal_requests.get(session, number)
    # 15 September 2026 and fifteen working days: the holidays of early October do not count, two Sundays before do.
    assert (number, str(request.answer_by)) == ("GR-2026-000001", "2026-10-12")
    with pytest.raises(RequestRunning):
        ask(house, customer, RequestKind.ACCESS)
    ask(house, customer, RequestKind.DELETE)


def test_what_is_held_of_a_person_is_handed_out_whole_once_the_identity_is_proven(house, customer):
    apply_for(house, customer, ApplicationStatus.SUBMITTED)
    number = ask(house, customer, RequestKind.EXPORT)
    officer = house.browser("legal")

    early = officer.get(f"/customers/{customer}/package", follow_redirects=True)
    with house.database.write() as session:
        request = personal_requests.get(session, number)
        personal_requests.identify(session, request, how="身份证", by=request.recorded_by)
    taken = officer.get(f"/customers/{customer}/package")

    assert "没有已核实身份的" in early.text
    with zipfile.ZipFile(io.BytesIO(taken.data)) as archive:
        page, data = archive.read(f"{number}.html").decode(), json.loads(archive.read(f"{number}.json"))
    assert data["person"][0]["identity"] == ZHANG
    assert {"applications", "consents", "items", "requests", "contacts", "documents"} <= set(data)
    assert ZHANG in page
    assert "(legal)" in page
    assert "(legal)" in data["mark"]
    assert "导出个人信息" in officer.get(f"/customers/{customer}").text
    assert house.browser("customer_manager").get(f"/customers/{customer}/package").status_code == 403


def test_a_person_whose_data_must_be_kept_is_restricted_and_not_erased(house, customer):
    apply_for(house, customer, ApplicationStatus.SUBMITTED)

    with house.database.write() as session:
        one = session.get_one(Customer, customer)
        keep = retention.erase_or_restrict(
            session, house.vault, one, request_no="GR-1", on=TODAY, by=None, now=house.clock.now()
        )
        marketing = session.scalars(select(Consent).where(Consent.purpose == ConsentPurpose.MARKETING)).one()
        assert not marketing.stands
        assert customers.identity_of(session, house.vault, one) == ZHANG
        with pytest.raises(PersonRestricted):
            restrictions.require_free(session, one)
        with pytest.raises(AlreadyRestricted):
            restrictions.restrict(session, one, reason="x", request_no=None, by=None, now=house.clock.now())

    assert keep.until is None
    seen = {
        name: (browser.get(f"/customers/{customer}").status_code, "张三丰" in browser.get("/customers").text)
        for name in ("customer_manager", "reviewer_l2", "legal")
        for browser in [house.browser(name)]
    }
    assert seen == {"customer_manager": (404, False), "reviewer_l2": (404, False), "legal": (200, False)}
    officer = house.browser("legal")
    officer.get(f"/customers/{customer}")
    officer.post(f"/customers/{customer}/restriction/lift", {"reason": "本人重新申请"})
    assert house.browser("customer_manager").get(f"/customers/{customer}").status_code == 200
    with house.database.write() as session:
        one = session.get_one(Customer, customer)
        with pytest.raises(NotRestricted):
            restrictions.lift(session, one, reason="x", by=None, now=house.clock.now())


def test_nothing_is_deleted_before_its_time_and_then_nobody_can_read_it(house, customer):
    apply_for(house, customer, ApplicationStatus.REJECTED)
    other = enter(house, "李四", LI, "13900000001")
    with house.database.write() as session:
        one, said = session.get_one(Customer, customer), Said(None, ContactWay.PHONE, TODAY, WORDS)
        contacts.receive(
            session,
            house.vault,
            one,
            said,
            about_id=None,
            by=house.who("customer_manager").employee_id,
            today=TODAY,
            now=house.clock.now(),
        )
        house.vault.keep(session, "APP-1", "phone", PHONE)
        early, late = date(2028, 9, 14), date(2028, 9, 15)
        with pytest.raises(StillToBeKept, match="2028-09-15"):
            retention.erase(session, house.vault, one, on=early, now=house.clock.now())
        assert [each.id for each, _keep in retention.due(session, late)] == [customer, other]
        retention.erase(session, house.vault, one, on=late, now=house.clock.now())
        with pytest.raises(AlreadyErased):
            retention.erase(session, house.vault, one, on=late, now=house.clock.now())
        assert [each.id for each, _keep in retention.due(session, late)] == [other]

    with house.database.read() as session:
        gone = session.get_one(Customer, customer)
        assert gone.name == f"#{customer}"
        with pytest.raises(PersonErased):
            customers.identity_of(session, house.vault, gone)
        told = contacts.complaints_of(session, customer)
        with pytest.raises(PersonErased):
            contacts.words_of(session, house.vault, told[0])
        assert customers.phone_of(session, house.vault, session.get_one(Customer, other)) == "13900000001"
    page = house.browser("legal").get(f"/customers/{customer}").text
    assert "张三丰" not in page
    assert WORDS not in page
    assert "个人信息已按规定删除" in page


def test_a_request_ends_once(house, customer):
    number = ask(house, customer, RequestKind.EXPLAIN)
    with house.database.write() as session:
        request = personal_requests.get(session, number)
        facts = {"answer": "已说明", "by": None, "now": house.clock.now()}
        personal_requests.end(session, request, RequestOutcome.FULFILLED, **facts)
        with pytest.raises(RequestEnded):
            personal_requests.end(session, request, RequestOutcome.REFUSED, **facts)
