"""The portal of a borrower: progress, schedule, receipts, an early repayment, a complaint, the data; what staff see."""

import io
import json
import re
import zipfile
from datetime import date
from decimal import Decimal

import pytest
from customers_at_hand import LI, enter
from loan_life import Life
from paid_loan import PaidLoan
from portal_visit import AtPortal, borrower
from sqlalchemy import select

from company.audit import AuditEntry
from company.organisation import the_company
from lending import contact_gate, personal_requests
from lending.consents import Consent, ConsentPurpose
from lending.contact_gate import Channel, Contact, Purpose
from lending.contacts import Complaint, ContactWay
from lending.fund_journal import FundMovement
from lending.personal_requests import RequestChannel, RequestOutcome
from lending.prepayments import LoanPrepayment, PrepaymentStatus

OTHER_PHONE = "13822223333"
WISH = {"pay_on": "2026-12-30", "scope": "full", "amount": "", "rule": "", "ground": "hardship"}


@pytest.fixture
def paid(tmp_path):
    """The loan of 15 September, on the last of November, with the two instalments paid that have fallen due."""
    made = PaidLoan(tmp_path / "house")
    with made.house.database.write() as session:
        company, today = the_company(session), date(2026, 11, 30)
        passed, company.business_date = today - company.business_date, today
        life = Life(session, made.loan_no)
        for on in (date(2026, 10, 15), date(2026, 11, 15)):
            life.receive(on, "3036.76", booked_on=today)
    made.clock.advance(passed)
    made.database, made.vault = made.house.database, made.house.world.vault
    yield made
    made.close()


@pytest.fixture
def customer(paid):
    return AtPortal(paid).come_in(borrower(paid)[1])


def stranger(paid):
    """Another customer, without a loan."""
    enter(paid, "李四", LI, OTHER_PHONE, owner="front_desk")
    return AtPortal(paid).come_in(OTHER_PHONE)


def acts(paid):
    with paid.house.database.read() as session:
        asked = select(AuditEntry.action).where(AuditEntry.actor_name == f"customer-{borrower(paid)[0]}")
        return session.scalars(asked.order_by(AuditEntry.id)).all()


@pytest.mark.feature("M-170")
def test_progress_loan_schedule_and_receipts_in_plain_words_and_nothing_of_the_house(paid, customer):
    home, loan = customer.get("/my").text, customer.get(f"/my/loans/{paid.loan_no}").text
    with paid.house.database.read() as session:
        movement = session.scalars(
            select(FundMovement.id).where(FundMovement.amount == Decimal("3036.76"))
        ).first()
    receipt = customer.get(f"/my/loans/{paid.loan_no}/receipts/{movement}")

    assert "已放款" in home
    assert "放款</span>" in home
    assert "3,036.76" in home
    assert "剩余 34 期" in home
    for words in ("还款计划", "2026-12-15", "2029-09", "还款记录", "3,036.76", "已还"):
        assert words in loan
    assert receipt.mimetype == "application/pdf"
    assert receipt.data.startswith(b"%PDF")
    for inside in ("评分", "规则", "五级", "客户经理一", "/inbox", "/cases", "/customers"):
        assert inside not in home + loan
    assert "portal.receipt" in acts(paid)


def test_the_loan_of_somebody_else_is_not_there(paid, customer):
    other = stranger(paid)
    address = f"/my/loans/{paid.loan_no}"
    with paid.house.database.read() as session:
        movement = session.scalars(select(FundMovement.id)).first()

    seen = [
        other.get(f"{address}{rest}").status_code for rest in ("", "/prepayment", f"/receipts/{movement}")
    ]
    posted = other.post(f"{address}/prepayment/figures", WISH).status_code

    assert (seen, posted) == ([404] * 3, 404)
    assert paid.loan_no not in other.get("/my").text
    other.post("/my/complaints", {"loan_no": paid.loan_no, "text": "不是我的"})
    assert "不是该客户的" in other.get("/my/complaints").text


@pytest.mark.feature("M-170")
def test_an_early_repayment_is_foreseen_confirmed_by_a_code_and_goes_on_with_staff_until_it_is_quoted(
    paid, customer
):
    address = f"/my/loans/{paid.loan_no}/prepayment"
    shown = customer.get(address).text
    sent = len(customer.texts)
    figures = customer.post(f"{address}/figures", WISH)
    code = customer.code()
    forged = customer.post(address, {**WISH, "pay_on": "2026-12-31", "code": code})
    wrong = customer.post(address, {**WISH, "code": f"{(int(code) + 1) % 10**6:06d}"})
    asked = customer.post(address, {**WISH, "code": code})
    again = customer.post(address, {**WISH, "code": code})
    second = customer.post(f"{address}/figures", WISH)

    assert "试算并获取验证码" in shown
    assert figures.status_code == 200, figures.text
    assert "预计金额" in figures.text
    assert len(customer.texts) == sent + 1
    assert "申请提前还款" in customer.texts[-1]
    assert (forged.status_code, wrong.status_code, asked.status_code) == (401, 401, 303)
    assert again.status_code in (401, 422)
    assert second.status_code == 422
    assert "正在办理" in customer.get(address).text
    (made,) = paid.rows(LoanPrepayment)
    assert (made.status, made.asked_online, made.opened_by) == (PrepaymentStatus.ASKED, True, None)
    assert "portal.prepayment" in acts(paid)
    manager = paid.browser("finance_maker")
    task, loan = (
        manager.get(f"/inbox/{paid.task('Task_AskQuote')}").text,
        manager.get(f"/loans/{paid.loan_no}").text,
    )
    assert '"asked_via": "portal"' in task
    assert '"pay_on": "2026-12-30"' in task, "the wish is filled in"
    assert "客户门户" in loan
    paid.do(
        "finance_maker",
        "Task_AskQuote",
        pay_on="2026-12-30",
        prepay_scope="full",
        prepay_ground="hardship",
        waiver_asked=False,
    )
    page = customer.get(f"/my/loans/{paid.loan_no}").text
    quote = customer.get(f"/my/loans/{paid.loan_no}/prepayments/{made.number}/quote")
    assert "已报价" in page
    assert quote.data.startswith(b"%PDF")


@pytest.mark.feature("M-170")
def test_a_complaint_stops_the_collection_of_its_loan_and_its_answer_is_read_in_the_portal(paid, customer):
    customer_id, phone = borrower(paid)
    wanted = Contact(customer_id, Channel.CALL, Purpose.COLLECTION, number=phone, loan_no=paid.loan_no)

    def gate():
        with paid.house.database.write() as session:
            world = paid.house.world
            at = paid.clock.now().replace(hour=3)
            return contact_gate.may_contact(session, world.vault, wanted, world.contact_rules, now=at).rule

    before = gate()
    customer.post("/my/complaints", {"loan_no": paid.loan_no, "text": "多收了一期利息"})
    during = gate()
    (made,) = paid.rows(Complaint)
    officer = paid.browser("complaints_officer")
    listed = officer.get("/complaints").text
    officer.post(f"/complaints/{made.id}/answer", {"text": "已核对并退回"})

    assert (before, during, gate()) == ("allow", "complaint", "allow")
    assert (made.way, made.recorded_by) == (ContactWay.PORTAL, None)
    assert "多收了一期利息" in listed
    assert "已核对并退回" in customer.get("/my/complaints").text
    staff = paid.browser("front_desk").get(f"/customers/{customer_id}").text
    assert "客户门户操作" in staff
    assert "提交投诉" in staff
    assert "portal.complaint" in acts(paid)


@pytest.mark.feature("M-170")
@pytest.mark.feature("M-177")
def test_a_request_for_the_data_runs_in_its_process_with_its_limit_and_the_package_is_taken_in_the_portal(
    paid, customer
):
    answer = customer.post("/my/data/requests", {"kind": "export", "wish": "想带走我的资料"})
    (asked,) = paid.rows(personal_requests.DataSubjectRequest)
    open_page = customer.get("/my/data").text
    early = customer.get(f"/my/data/requests/{asked.request_no}/package").status_code
    form = paid.browser("front_desk").get(f"/inbox/{paid.task('Task_VerifyRequester')}").text
    paid.do("front_desk", "Task_VerifyRequester", identity_proven="yes", identity_how="门户短信验证码")
    paid.do("legal", "Task_HandleRequest", request_decision="fulfil", request_answer="请在门户下载")
    done, again = customer.get("/my/data").text, paid.rows(personal_requests.DataSubjectRequest)[0]
    package = customer.get(f"/my/data/requests/{asked.request_no}/package")

    assert answer.status_code == 303
    assert (asked.channel, asked.recorded_by) == (RequestChannel.PORTAL, None)
    assert asked.answer_by == date(2026, 12, 21), "15 working days"
    assert f"最迟 {asked.answer_by}" in open_page
    assert early == 404
    assert '"request_channel": "portal"' in form
    assert again.outcome is RequestOutcome.FULFILLED
    assert "请在门户下载" in done
    assert asked.request_no in customer.texts[-1]
    with zipfile.ZipFile(io.BytesIO(package.data)) as archive:
        told = json.loads(archive.read(f"{asked.request_no}.json"))
    assert told["loans"][0]["number"] == paid.loan_no
    assert "本人" in told["mark"]
    assert {"portal.data_request", "portal.package"} <= set(acts(paid))
    staff = paid.browser("legal").get(f"/customers/{asked.customer_id}").text
    assert "客户门户" in staff[staff.index("个人信息请求") :]


@pytest.mark.feature("M-177")
def test_a_refused_request_tells_the_reason_and_a_second_of_its_kind_waits_for_the_first(paid, customer):
    customer.post("/my/data/requests", {"kind": "delete", "wish": "请删除"})
    customer.post("/my/data/requests", {"kind": "delete", "wish": "再删"})
    page = customer.get("/my/data").text
    paid.do("front_desk", "Task_VerifyRequester", identity_proven="yes", identity_how="门户短信验证码")
    paid.do("legal", "Task_HandleRequest", request_decision="refuse", request_answer="贷款未结清，依法须保存")

    assert "正在办理" in page
    assert "再删" not in page
    told = customer.get("/my/data").text
    assert "未予办理" in told
    assert "贷款未结清，依法须保存" in told


@pytest.mark.feature("M-170")
def test_a_consent_is_withdrawn_by_its_customer_alone(paid, customer):
    customer_id, _phone = borrower(paid)
    with paid.house.database.write() as session:
        given = session.scalars(select(Consent).where(Consent.customer_id == customer_id)).first()
        session.add(
            made := Consent(
                application_no=given.application_no,
                customer_id=customer_id,
                purpose=ConsentPurpose.MARKETING,
                round=9,
                text_version="2026-09",
                given=True,
                answered_at=paid.clock.now(),
            )
        )
        session.flush()
        consent_id = made.id

    foreign = stranger(paid).post(f"/my/data/consents/{consent_id}/withdraw").status_code
    own = customer.post(f"/my/data/consents/{consent_id}/withdraw").status_code

    assert (foreign, own) == (404, 303)
    (kept,) = paid.rows(Consent, id=consent_id)
    assert (kept.withdrawn_at is not None, kept.withdrawn_by) == (True, None)
    assert "portal.consent" in acts(paid)


def test_the_notice_says_what_is_kept_and_every_page_speaks_english(paid, customer):
    notice = AtPortal(paid).get("/my/privacy").text
    customer.post("/language", {"language": "en", "next": "/my"})
    addresses = ["/my", f"/my/loans/{paid.loan_no}", f"/my/loans/{paid.loan_no}/prepayment"]
    pages = [customer.get(each).text for each in (*addresses, "/my/complaints", "/my/data", "/my/privacy")]

    assert "反洗钱" in notice
    assert "Privacy notice" in pages[0]
    for page in pages:
        words = re.sub(r"<[^>]*>|中文|车", "", page[page.index("<body") :])
        assert re.findall("[\u3400-\u9fff]+", words.replace("陈晓明", "")) == []
