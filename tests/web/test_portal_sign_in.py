"""The customer's way into the portal: a code by SMS, five minutes, five tries, nobody told who is a customer."""

import re
from datetime import timedelta

import pytest
from customers_at_hand import LI, ZHANG, ZHANG_AGAIN, enter
from paid_loan import PaidLoan
from portal_visit import AtPortal, borrower
from routes import addresses
from sqlalchemy import event, select

from cheliu.working import work_off
from company.audit import AuditEntry
from lending import customers, retention
from lending.deliveries import Delivery
from lending.portal import codes
from lending.portal.acts import PortalAct
from lending.portal.codes import PortalCode
from web.permissions import CUSTOMER, NEEDS, OPEN

STRANGER = "13900001111"
TELEPHONE = re.compile(r"1[3-9]\d{9}")


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """One house for all of the file; each test comes a day later, so that no limit of another is met."""
    made = PaidLoan(tmp_path_factory.mktemp("portal") / "house")
    yield made
    made.close()


@pytest.fixture
def paid(played):
    played.clock.advance(timedelta(days=1))
    return played


@pytest.fixture
def phone(paid):
    return borrower(paid)[1]


def shown(page):
    """A page without what differs from one number and token to another."""
    return TELEPHONE.sub("", re.sub(r'(csrf_token" value|data-csrf)="[^"]+"', "", page.text))


@pytest.mark.feature("M-170")
def test_a_customer_signs_in_with_the_code_that_came_by_sms(paid, phone):
    visitor = AtPortal(paid)
    visitor.ask_code(phone)

    answer = visitor.enter(phone, visitor.code())

    assert answer.status_code == 303
    assert paid.loan_no in visitor.get("/my").text
    with paid.house.database.read() as session:
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
        assert (entry.action, entry.actor_name, entry.actor_id) == (
            "portal.sign_in",
            f"customer-{borrower(paid)[0]}",
            None,
        )


def test_no_code_stands_anywhere_in_the_clear_and_none_can_be_opened_once_it_is_sent(paid, phone):
    visitor = AtPortal(paid)
    visitor.ask_code(phone)
    code = visitor.code()

    with paid.house.database.read() as session:
        kept = session.scalars(select(PortalCode).order_by(PortalCode.id.desc()).limit(1)).one()
        told = session.scalars(select(Delivery).order_by(Delivery.id.desc()).limit(1)).one()
        assert (kept.code_sealed, kept.phone_sealed) == (None, None)
        assert code.encode() not in kept.code_hash
        assert code not in f"{told.text} {told.facts}"


def test_a_number_that_nobody_has_is_answered_word_for_word_like_a_customers(paid, phone):
    one, other = AtPortal(paid), AtPortal(paid)
    sent = len(one.texts)

    known, unknown = one.ask_code(phone), other.ask_code(STRANGER)
    work_off(paid.house)
    wrong, nobody = one.enter(phone, "000000x"), other.enter(STRANGER, "000000x")

    assert (known.status_code, wrong.status_code) == (unknown.status_code, nobody.status_code) == (200, 401)
    assert shown(known) == shown(unknown)
    assert shown(wrong) == shown(nobody)
    assert len(one.texts) == sent + 1


def test_asking_does_the_same_work_whether_or_not_the_number_is_known(paid, phone):
    written = []
    for number in (phone, STRANGER):
        statements = []
        with paid.house.database.write() as session:
            connection = session.connection()
            event.listen(
                connection, "before_cursor_execute", lambda *told, kept=statements: kept.append(told[2])
            )
            codes.ask(
                session,
                paid.house.world.vault,
                number,
                purpose=codes.CodePurpose.SIGN_IN,
                remote="1",
                now=paid.clock.now(),
            )
        written.append(statements)

    assert written[0] == written[1]


def test_a_code_opens_once_within_five_minutes_and_five_tries(paid, phone):
    used, late, guessed = AtPortal(paid), AtPortal(paid), AtPortal(paid)
    used.come_in(phone)
    again = used.enter(phone, re.findall(r"\d{6}", used.texts[-1])[0]).status_code
    paid.clock.advance(timedelta(minutes=2))
    late.ask_code(phone)
    code = late.code()
    paid.clock.advance(timedelta(minutes=5))
    over = late.enter(phone, code).status_code
    guessed.ask_code(phone)
    code = guessed.code()
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    tries = [guessed.enter(phone, wrong).status_code for _ in range(5)]

    assert (again, over, tries) == (401, 401, [401] * 5)
    assert guessed.enter(phone, code).status_code == 401, "five tries have used it up"


def test_few_codes_are_sent_to_a_number_and_asked_for_from_an_address(paid, phone):
    visitor = AtPortal(paid)

    first, second = visitor.ask_code(phone), visitor.ask_code(phone)
    hour = []
    for _ in range(5):
        paid.clock.advance(timedelta(minutes=2))
        hour.append(visitor.ask_code(phone).status_code)

    assert (first.status_code, second.status_code) == (200, 429)
    assert "过于频繁" in second.text
    assert hour == [200] * 4 + [429], "five an hour to one number"
    asked = {"purpose": codes.CodePurpose.SIGN_IN, "remote": "10.0.0.1", "now": paid.clock.now()}
    with paid.house.database.write() as session:
        for n in range(codes.PER_HOUR_ADDRESS):
            codes.ask(session, paid.house.world.vault, f"1390000{n:04d}", **asked)
        with pytest.raises(codes.CodesTooOften):
            codes.ask(session, paid.house.world.vault, "13900009999", **asked)


def test_of_several_customers_behind_a_number_the_end_of_the_identity_number_says_which(paid):
    shared = "13811112222"
    paid.database, paid.vault = paid.house.database, paid.house.world.vault
    first, second = enter(paid, "张三", ZHANG_AGAIN, shared), enter(paid, "李四", LI, shared)
    visitor = AtPortal(paid)
    visitor.ask_code(shared)
    code = visitor.code()

    asked = visitor.enter(shared, code)
    wrong = visitor.enter(shared, code, tail="000000")
    right = visitor.enter(shared, code, tail=LI[-6:])

    assert "后六位" in asked.text
    assert (asked.status_code, wrong.status_code, right.status_code) == (401, 401, 303)
    page = visitor.get("/my").text
    assert "李四" in page
    assert "张三" not in page
    assert first != second


def test_the_session_ends_when_idle_when_signed_out_and_when_the_number_is_another(paid, phone):
    idle = AtPortal(paid).come_in(phone)
    paid.clock.advance(timedelta(minutes=18))
    gone = idle.get("/my").status_code
    left = AtPortal(paid).come_in(phone)
    with left.client.session_transaction() as cookie:
        copied = dict(cookie)
    left.post("/my/sign-out")
    copy = AtPortal(paid)
    with copy.client.session_transaction() as cookie:
        cookie.update(copied)
    paid.clock.advance(timedelta(minutes=2))
    changed = AtPortal(paid).come_in(phone)
    with paid.house.database.write() as session:
        customer, vault = customers.get(session, borrower(paid)[0]), paid.house.world.vault
        customers.keep_contact(session, vault, customer, phone="13733334444", address=None, card=None)
    after_change = changed.get("/my").status_code
    with paid.house.database.write() as session:
        customer = customers.get(session, borrower(paid)[0])
        customers.keep_contact(session, vault, customer, phone=phone, address=None, card=None)

    assert (gone, copy.get("/my").status_code, after_change) == (303, 303, 303)


@pytest.mark.feature("M-170")
def test_a_customers_session_opens_no_page_of_the_staff_and_a_staff_session_none_of_the_portal(
    paid, phone, monkeypatch
):
    customer, staff, nobody = AtPortal(paid).come_in(phone), paid.browser("customer_manager"), AtPortal(paid)
    monkeypatch.setitem(paid.app.config, "WTF_CSRF_ENABLED", False)
    wrong = []
    for endpoint, method, path in addresses(paid.app):
        if NEEDS[endpoint] == OPEN or endpoint in ("portal_sign_in.leave",):
            continue
        if NEEDS[endpoint] == CUSTOMER:
            for who in (staff, nobody):
                answer = who.client.open(path, method=method)
                if answer.status_code != 303 or not answer.location.endswith("/my/sign-in"):
                    wrong.append((endpoint, method, answer.status_code))
            continue
        answer = customer.client.open(path, method=method)
        if answer.status_code != 303 or "/sign-in" not in answer.location or "/my" in answer.location:
            wrong.append((endpoint, method, answer.status_code))

    assert wrong == []
    assert customer.get("/my").status_code == 200


def test_signing_in_as_the_one_ends_the_other_in_the_same_browser(paid, phone):
    visitor = AtPortal(paid)
    visitor.sign_in("customer_manager")
    visitor.come_in(phone)

    assert visitor.get("/start").status_code == 303
    visitor.sign_in("customer_manager")
    assert visitor.get("/start").status_code == 200
    assert visitor.get("/my").status_code == 303


def test_who_is_erased_is_signed_out_and_nothing_says_from_where_he_came(paid):
    number = "13833334444"
    paid.database, paid.vault = paid.house.database, paid.house.world.vault
    customer_id = enter(paid, "王五", ZHANG, number)
    visitor = AtPortal(paid).come_in(number)
    with paid.house.database.write() as session:
        customer, today = customers.get(session, customer_id), paid.clock.now().date()
        customer.created_at = paid.clock.now() - timedelta(days=8000)
        retention.erase(session, paid.vault, customer, on=today, now=paid.clock.now())

    assert visitor.get("/my").status_code == 303
    assert {each.remote for each in paid.rows(PortalAct, customer_id=customer_id)} == {""}
    sent = len(visitor.texts)
    paid.clock.advance(timedelta(minutes=2))
    assert visitor.ask_code(number).status_code == 200
    work_off(paid.house)
    assert len(visitor.texts) == sent, "nobody has the number any more"


def test_codes_are_deleted_by_the_worker_once_they_limit_nobody_any_more(paid):
    visitor = AtPortal(paid)
    visitor.ask_code(borrower(paid)[1])
    visitor.code()
    with paid.house.database.read() as session:
        asked = session.scalars(select(PortalCode.id).order_by(PortalCode.id.desc())).first()
    paid.clock.advance(timedelta(hours=23))
    work_off(paid.house)
    with paid.house.database.read() as session:
        still = session.get(PortalCode, asked)
    paid.clock.advance(timedelta(days=1, hours=1))
    work_off(paid.house)

    assert still is not None
    with paid.house.database.read() as session:
        assert session.scalars(select(PortalCode.id)).all() == []
