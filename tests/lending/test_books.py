"""Chart, vouchers, statements and sub-ledgers, as figures an accountant can check by hand."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from company.people import Actor
from lending import accounts, ledger
from lending.accounts import AccountKind
from lending.books import export, statements, subledgers, upkeep, vouchers
from lending.books.export import Package
from lending.ledger import Line

D = Decimal
NOW = datetime(2026, 4, 1, 2, 0, tzinfo=UTC)
MARCH = date(2026, 3, 31)


@pytest.fixture
def session(house):
    with house.database.write() as opened:
        yield opened


@pytest.fixture
def actor(house):
    return Actor(house.maker_id, "accountant", "会计", "Accountant", None, frozenset(), ())


def post(session, reference, on, *moves, description="记账"):
    lines = []
    for debit, credit, amount, *loan in moves:
        loan_no = loan[0] if loan else None
        lines += [
            Line(debit, debit=D(amount), loan_no=loan_no),
            Line(credit, credit=D(amount), loan_no=loan_no),
        ]
    return ledger.post(session, reference, on=on, lines=lines, description=description, now=NOW)


def a_quarter(session):
    post(session, "capital:1", date(2025, 12, 1), ("1002", "4001", "500000.00"))
    post(session, "old:1", date(2025, 12, 31), ("1132", "6011", "100.00", "L1"))
    post(session, "disbursement:L1", date(2026, 3, 2), ("1303", "1002", "100000.00", "L1"))
    for day in (30, 31):
        post(session, f"accrual:L1:{day}", date(2026, 3, day), ("1132", "6011", "15.00", "L1"))
        post(session, f"accrual:L2:{day}", date(2026, 3, day), ("1132", "6011", "5.00", "L2"))
    post(session, "bank_charge:1", MARCH, ("6421", "1002", "10.00"))
    post(session, "provision:L1", MARCH, ("6702", "1304", "1500.00", "L1"))


def test_the_balance_sheet_balances_and_shows_this_years_and_earlier_results(session):
    a_quarter(session)

    sheet = statements.balance_sheet(session, MARCH)

    figures = {row.name: (row.now, row.before) for row in (*sheet.assets, *sheet.claims)}
    assert sheet.difference == 0
    assert figures["货币资金"] == (D("399990.00"), D("500000.00"))
    assert figures["发放贷款和垫款（净额）"] == (D("98500.00"), D("0.00"))
    assert figures["本年利润"] == (D("-1470.00"), D("0.00"))
    assert figures["以前年度损益"] == (D("100.00"), D("100.00"))
    assert figures["资产总计"] == figures["负债和所有者权益总计"] == (D("498630.00"), D("500100.00"))


def test_the_income_statement_takes_the_days_asked_for_beside_the_year(session):
    a_quarter(session)

    income = statements.income_statement(session, MARCH, MARCH)

    figures = {row.name: (row.now, row.before) for row in income.rows}
    assert figures["利息收入"] == (D("20.00"), D("40.00"))
    assert figures["一、营业收入"] == (D("10.00"), D("30.00"))
    assert figures["信用减值损失"] == (D("1500.00"), D("1500.00"))
    assert (income.profit, figures["四、净利润"][1]) == (D("-1490.00"), D("-1470.00"))


def test_the_trial_balance_of_some_days_opens_moves_and_closes(session):
    a_quarter(session)

    trial = ledger.trial_balance(session, MARCH, since=date(2026, 3, 31))

    interest = next(row for row in trial.rows if row.account.code == "1132")
    assert (interest.opening, interest.debit, interest.balance) == (D("120.00"), D("20.00"), D("140.00"))
    assert trial.opening == trial.difference == 0
    assert trial.balance("13") == 0
    assert trial.balance("1303") == D("100000.00")


def test_sub_ledgers_tie_until_a_line_names_no_loan(session):
    a_quarter(session)
    assert all(tie.holds for tie in subledgers.ties(session, MARCH, subledgers.BY_LOAN))
    assert subledgers.of_loan(session, "L1", MARCH)["1132"] == D("130.00")

    post(session, "stray:1", MARCH, ("1132", "6011", "1.00"))

    (tie,) = [each for each in subledgers.ties(session, MARCH, subledgers.BY_LOAN) if not each.holds]
    assert (tie.account, tie.difference) == ("1132", D("1.00"))


def test_vouchers_count_without_gaps_and_put_a_days_accruals_together(session):
    a_quarter(session)

    made = vouchers.number(session, MARCH, now=NOW)
    assert vouchers.number(session, MARCH, now=NOW) == 0
    post(session, "late:1", date(2026, 3, 5), ("6602", "2241", "1.00"))
    vouchers.number(session, MARCH, now=NOW)

    found = vouchers.of_month(session, "2026-03")
    assert made == 2 + 5
    assert [voucher.number for voucher in found] == [1, 2, 3, 4, 5, 6]
    assert [(voucher.kind, voucher.entries) for voucher in found] == [
        ("disbursement", 1),
        ("accrual", 2),
        ("accrual", 2),
        ("bank_charge", 1),
        ("provision", 1),
        ("late", 1),
    ]
    (debit, credit) = vouchers.lines_of(session, found)[found[1].id]
    assert (debit.account, debit.debit, credit.account, credit.credit) == (
        "1132",
        D("20.00"),
        "6011",
        D("20.00"),
    )


def test_a_reversal_is_a_red_voucher_and_summarised_like_what_it_reverses(session):
    a_quarter(session)
    ledger.reverse(session, "accrual:L1:31", on=MARCH, now=NOW, reason="冲正")
    vouchers.number(session, MARCH, now=NOW)

    accrued = [voucher for voucher in vouchers.of_month(session, "2026-03") if voucher.kind == "accrual"][-1]

    assert accrued.entries == 3
    assert next(line.debit for line in vouchers.lines_of(session, [accrued])[accrued.id]) == D("5.00")


def test_the_files_for_packages_hold_every_line_and_balance(session):
    a_quarter(session)
    vouchers.number(session, MARCH, now=NOW)

    book = export.written(session, Package.EXCEL, "2026-03", "zh")
    kingdee = export.written(session, Package.KINGDEE, "2026-03", "zh")
    yonyou = export.written(session, Package.YONYOU, "2026-03", "zh")

    rows = list(load_workbook(io.BytesIO(book)).active.iter_rows(values_only=True))
    assert len(rows) == 1 + 10
    assert sum(row[5] or 0 for row in rows[1:]) == sum(row[6] or 0 for row in rows[1:])
    head, first, *_rest = kingdee.decode("gb18030").splitlines()
    assert dict(zip(head.split(","), first.split(","), strict=True)) == {
        "凭证日期": "2026-03-02",
        "会计年度": "2026",
        "会计期间": "3",
        "凭证字": "记",
        "凭证号": "1",
        "科目代码": "1303",
        "科目名称": "贷款",
        "币别代码": "RMB",
        "币别名称": "人民币",
        "原币金额": "100000.00",
        "借方": "100000.00",
        "贷方": "0.00",
        "制单": "",
        "凭证摘要": "记账",
        "汇率": "1",
        "分录序号": "1",
    }
    title, line, *_rest = yonyou.decode("gb18030").splitlines()
    assert title == "填制凭证,V800"
    assert line.startswith("2026-03-02,记,1,0,记账,1303,100000.00,0.00,")


def test_an_account_is_added_renamed_and_closed_when_it_is_empty(session, actor):
    facts = {"name": "办公费", "name_en": "Office", "kind": AccountKind.ASSET, "line": "operating_expenses"}
    facts |= {"valid_from": date(2026, 3, 2), "actor": actor, "now": NOW}

    added = upkeep.add(session, "6602.1", **facts)
    assert added.kind is AccountKind.EXPENSE
    with pytest.raises(upkeep.AccountTaken):
        upkeep.add(session, "6602.1", **facts)
    with pytest.raises(ledger.AccountNotOpen):
        post(session, "early:1", date(2026, 3, 1), ("6602.1", "2241", "1.00"))
    post(session, "office:1", date(2026, 3, 5), ("6602.1", "2241", "1.00"))
    with pytest.raises(upkeep.AccountInUse, match="balance"):
        upkeep.close(session, "6602.1", after=MARCH, actor=actor, now=NOW)
    ledger.reverse(session, "office:1", on=date(2026, 3, 6), now=NOW, reason="冲正")
    upkeep.change(
        session, "6602.1", name="办公", name_en="Office", line="operating_expenses", actor=actor, now=NOW
    )
    upkeep.close(session, "6602.1", after=MARCH, actor=actor, now=NOW)

    with pytest.raises(ledger.AccountNotOpen):
        post(session, "office:2", date(2026, 4, 1), ("6602.1", "2241", "1.00"))
    with pytest.raises(upkeep.AccountInUse, match="posts to it"):
        upkeep.close(session, "1303", after=MARCH, actor=actor, now=NOW)


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"code": "66"}, upkeep.AccountCodeRefused),
        ({"code": "7777.1"}, upkeep.AccountCodeRefused),
        ({"name": " "}, upkeep.AccountNameMissing),
        ({"line": "loans"}, upkeep.AccountLineRefused),
        ({"line": None}, upkeep.AccountLineRefused),
        ({"kind": AccountKind.OFF_BALANCE}, upkeep.AccountLineRefused),
    ],
)
def test_an_account_that_fits_nowhere_is_refused(session, actor, facts, refusal):
    usual = {"code": "6603", "name": "差旅费", "name_en": "Travel", "kind": AccountKind.EXPENSE}
    usual |= {"line": "operating_expenses", "valid_from": MARCH, "actor": actor, "now": NOW}
    given = usual | facts

    with pytest.raises(refusal):
        upkeep.add(session, given.pop("code"), **given)


def test_every_delivered_account_stands_in_a_line_of_its_kind():
    for row in accounts.delivered():
        sections = statements.SECTIONS_OF[AccountKind(row["kind"])]
        line = statements.lines().get(row["line"])
        assert (line.section in sections) if line else not sections, row["code"]
    assert {row["code"] for row in accounts.delivered()} >= accounts.REQUIRED
