"""The pages of the books: who opens them, how a period is closed, the bank reconciled, and files handed out."""

import io
import re
from datetime import date
from decimal import Decimal

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from company import notices
from company.audit import AuditEntry
from lending import fund_journal, ledger
from lending.accounts import Account
from lending.bank.statements import BankStatement
from lending.day_end import refusals
from lending.day_end.errors import DayBeforeIncomplete
from lending.fund_journal import Direction
from lending.ledger import Line

CHINESE = re.compile("[\u3400-\u9fff]+")
D = Decimal
DAY = date(2026, 9, 1)

# Each page with somebody who may open it, and somebody who may not.
PAGES = [
    ("/ledger/trial-balance?since=2026-01-01&on=2026-09-30", "finance_accountant", "front_desk"),
    ("/ledger/sub-ledgers", "finance_maker", "customer_manager"),
    ("/ledger/entry?reference=capital:1", "auditor", "customer_manager"),
    ("/fund-journal", "finance_maker", "customer_manager"),
    ("/registers/disbursements", "branch_manager", "customer_manager"),
    ("/registers/repayments?since=2026-01-01&q=CY", "finance_accountant", "customer_manager"),
    ("/registers/balances?branch=SH", "auditor", "front_desk"),
    ("/registers/overdue?dealer=1", "risk_committee", "collector"),
    ("/registers/provisions", "finance_maker", "appraiser"),
    ("/registers/categories", "risk_committee", "collector"),
    ("/books/day-end", "finance_accountant", "finance_maker"),
    ("/books/reports", "auditor", "finance_maker"),
    ("/bank/suspense", "finance_maker", "branch_manager"),
    ("/registers/balances/workbook", "branch_manager", "finance_maker"),
    ("/books/vouchers?month=2026-09", "finance_accountant", "finance_maker"),
    ("/books/vouchers/export?month=2026-09&package=yonyou", "auditor", "finance_checker"),
    ("/books/statements", "finance_checker", "branch_manager"),
    ("/books/statements/workbook", "finance_accountant", "finance_checker"),
    ("/books/periods", "auditor", "admin"),
    ("/books/chart", "finance_accountant", "finance_maker"),
    ("/bank", "finance_accountant", "branch_manager"),
    ("/bank/template", "finance_accountant", "finance_maker"),
]


def capital(house, amount="1000000.00"):
    """Money paid in by the owners on the first day, on the statement, in the fund journal and in the ledger."""
    with house.database.write() as session:
        ledger.post(
            session,
            "capital:1",
            on=DAY,
            lines=[Line("1002", debit=D(amount)), Line("4001", credit=D(amount))],
            description="capital",
            now=house.clock.now(),
        )
        fund_journal.record(
            session,
            "capital:1",
            direction=Direction.IN,
            amount=D(amount),
            value_date=DAY,
            counterparty="Owners",
            purpose="capital",
            now=house.clock.now(),
            bank_reference="B-1",
            journal_reference="capital:1",
        )


def statement(*rows):
    head = "日期,收入,支出,余额,对方户名,摘要,银行流水号\n"
    return head + "\n".join(rows)


def upload(browser, text, **controls):
    browser.get("/bank")
    data = {"csrf_token": browser.token, "statement": (io.BytesIO(text.encode()), "s.csv"), **controls}
    return browser.client.post("/bank/statements", data=data, content_type="multipart/form-data")


def test_each_page_opens_for_who_may_see_it_in_both_languages_and_for_nobody_else(house):
    capital(house)
    browsers, seen = {}, {}
    for address, reader, stranger in PAGES:
        for name in (reader, stranger):
            if name not in browsers:
                browsers[name] = house.browser(name)
        chinese = browsers[reader].get(address)
        browsers[reader].get("/inbox")
        browsers[reader].post("/language", {"language": "en"})
        english = browsers[reader].get(address)
        browsers[reader].get("/inbox")
        browsers[reader].post("/language", {"language": "zh"})
        refused = browsers[stranger].get(address)
        seen[address] = (chinese.status_code, english.status_code, refused.status_code)
        if english.mimetype == "text/html":
            shown = re.sub(r"<title>.*?</title>|\blang=\"zh-CN\">中文|value=\"[^\"]*\"", "", english.text)
            assert set(CHINESE.findall(shown)) <= {"车"}, address

    assert seen == {address: (200, 200, 403) for address, _reader, _stranger in PAGES}


@pytest.mark.feature("M-088")
def test_a_statement_is_read_matched_and_the_month_closed_and_opened_again_by_another(house):
    capital(house)
    accountant, checker = house.browser("finance_accountant"), house.browser("finance_checker")
    rows = [
        "2026-09-01,1000000.00,,1000000.00,Owners,capital,B-1",
        "2026-09-02,88.00,,1000088.00,Somebody,?,B-2",
    ]

    refused = upload(accountant, statement(rows[0].replace("1000000.00,,", "1000000.001,,")))
    wrong_total = upload(accountant, statement(*rows), total_in="1.00")
    upload(accountant, statement(*rows), lines="2", total_in="1000088.00")
    first = accountant.get("/bank?since=2026-09-01&until=2026-09-30").text
    again = upload(accountant, statement(*rows))
    with house.database.read() as session:
        assert len(session.scalars(select(BankStatement)).all()) == 1
    page = accountant.get("/bank?since=2026-09-01&until=2026-09-30").text
    accountant.post("/bank/lines/2?since=2026-09-01&until=2026-09-30", {"treatment": "suspense"})
    settled = accountant.get("/bank?since=2026-09-01&until=2026-09-30").text

    assert (refused.status_code, wrong_total.status_code, again.status_code) == (422, 422, 303)
    assert "第 2 行" in refused.text
    assert "银行有、账上无" in page
    assert "已读入 2 笔，自动勾对 1 笔" in first
    assert "此前已读入" in page
    assert "差异已处理。" in settled
    assert "没有差异" in settled

    accountant.get("/books/periods")
    early = accountant.post("/books/periods/2026-09/close")
    assert "不能结账" in accountant.get("/books/periods").text
    with house.database.write() as session:
        from company.organisation import open_business_day

        open_business_day(session, date(2026, 10, 1))
    accountant.post("/books/periods/2026-09/close")
    closed = accountant.get("/books/periods").text
    checker.get("/books/periods")
    checker.post("/books/periods/2026-09/reopen", {"reason": "补记一笔费用"})
    opened = checker.get("/books/periods").text

    assert early.status_code == 303
    assert "已结账" in closed
    assert "补记一笔费用" in opened
    with house.database.read() as session:
        acts = [row.action for row in session.scalars(select(AuditEntry).order_by(AuditEntry.id))]
    assert [act for act in acts if act.startswith("period.")] == ["period.close", "period.reopen"]


def test_an_account_is_added_by_who_may_and_the_register_comes_as_a_workbook(house):
    capital(house)
    accountant, checker = house.browser("finance_accountant"), house.browser("finance_checker")
    facts = {"code": "6602.1", "name": "办公费", "name_en": "Office", "kind": "expense"}
    facts["line"] = "operating_expenses"

    checker.get("/books/chart")
    assert checker.post("/books/chart", facts).status_code == 403
    accountant.get("/books/chart")
    accountant.post("/books/chart", facts)
    answer = accountant.get("/registers/fund-journal/workbook?since=2026-09-01&until=2026-09-30&purpose=核对")

    with house.database.read() as session:
        assert session.get(Account, "6602.1").kind == "expense"
    sheet = load_workbook(io.BytesIO(answer.data)).active
    cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert any("相符" in str(row[0]) for row in cells)
    assert [row[7] for row in cells if row[0] == "合计"] == [1000000]


@pytest.mark.feature("M-081")
def test_a_monthly_report_is_kept_by_version_and_handed_out_as_a_workbook(house):
    with house.database.write() as session:
        lines = [Line("1002", debit=D("1000.00")), Line("4001", credit=D("1000.00"))]
        on = date(2026, 8, 3)
        ledger.post(session, "capital:2", on=on, lines=lines, description="capital", now=house.clock.now())
    accountant, auditor = house.browser("finance_accountant"), house.browser("auditor")
    accountant.get("/books/reports")
    early = accountant.post("/books/reports", {"month": "2026-09"}, follow_redirects=True)
    accountant.post("/books/reports", {"month": "2026-08"})
    first = accountant.get("/books/reports").text
    accountant.post("/books/reports", {"month": "2026-08"})
    again = accountant.get("/books/reports").text
    book = load_workbook(io.BytesIO(auditor.get("/books/reports/1/workbook?purpose=归档").data))
    refused = auditor.post("/books/reports", {"month": "2026-08"})

    assert "尚未结束" in early.text
    assert "2026-08 第 1 版" in first
    assert "¥1,000.00" in first
    assert "没有变化" in again
    assert book.sheetnames == ["资产负债表", "利润表", "准备变动"]
    assert refused.status_code == 403


def test_a_refused_night_stands_on_the_start_page_of_finance_and_on_that_of_the_day_ends(house):
    now = house.clock.now()
    with house.database.write() as session:
        refusal = DayBeforeIncomplete(day=date(2026, 9, 15), before=date(2026, 9, 14))
        refusals.note(session, date(2026, 9, 15), refusal, now=now)
        facts = {"template": refusals.TEMPLATE, "role_id": "finance_accountant", "day": date(2026, 9, 15)}
        notices.tell(session, facts, now)
    accountant = house.browser("finance_accountant")

    assert "日终未能完成" in accountant.get("/start").text
    assert "2026-09-14 的日终尚未完成" in accountant.get("/books/day-end").text
    assert "2026-09-15 的日终未能完成" in accountant.get("/notices").text
    assert "日终未能完成" not in house.browser("customer_manager").get("/start").text


@pytest.mark.parametrize(
    ("address", "reader"),
    [
        ("/registers/disbursements", "finance_accountant"),
        ("/fund-journal", "finance_accountant"),
        ("/collections/report", "branch_manager"),
        ("/callbacks/report", "branch_manager"),
    ],
)
def test_days_that_run_backwards_are_refused_with_both_and_stay_in_the_form(house, address, reader):
    browser = house.browser(reader)
    refused = browser.get(f"{address}?since=2026-09-30&until=2026-09-01")
    right = browser.get(f"{address}?since=2026-09-01&until=2026-09-30")

    assert refused.status_code == 422
    assert "起始日期 2026-09-30 晚于截止日期 2026-09-01" in refused.text
    assert ('value="2026-09-30"' in refused.text, 'value="2026-09-01"' in refused.text) == (True, True)
    assert "与试算平衡表相符" not in refused.text
    assert (right.status_code, "晚于" in right.text) == (200, False)


def test_a_workbook_of_days_that_run_backwards_is_refused(house):
    browser = house.browser("finance_accountant")
    address = "/registers/disbursements/workbook?since=2026-09-30&until=2026-09-01&purpose=核对"

    refused = browser.get(address)

    assert refused.status_code == 409
    assert "起始日期 2026-09-30 晚于截止日期 2026-09-01" in refused.text
