"""Bank statements and their reconciliation: read once, every mistake named, every difference cleared up."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from openpyxl import Workbook
from sqlalchemy import func, select

from company.people import Actor
from lending import fund_journal, ledger, spreadsheets
from lending.bank import reconciliation, settling, statements
from lending.bank.explanations import Cause, Subject
from lending.bank.reconciliation import Difference
from lending.bank.settling import Treatment
from lending.bank.statements import BankStatementLine, Controls, StatementRefused
from lending.bank.template import parse
from lending.fund_journal import Direction
from lending.ledger import Line

D = Decimal
NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
DAY = date(2026, 3, 2)
LATER = date(2026, 3, 3)
HEAD = "日期,收入,支出,余额,对方户名,摘要,银行流水号"
PAID = "2026-03-02,,100.00,900.00,沪东远航,放款,B-1"
CAME = "2026/3/3,30.00,,930.00,林晓芸,还款,B-2"


@pytest.fixture
def session(house):
    with house.database.write() as opened:
        yield opened


@pytest.fixture
def actor(house):
    return Actor(house.maker_id, "accountant", "会计", "Accountant", None, frozenset(), ())


def csv_of(*rows, head=HEAD):
    return "\n".join([head, *rows]).encode()


def read(session, actor, data, name="s.csv", **controls):
    return statements.import_file(session, name, data, controls=Controls(**controls), actor=actor, now=NOW)


def move(session, reference, amount, on=DAY, direction=Direction.OUT, *, posted=True, bank_reference=None):
    sides = ("1303", "1002") if direction is Direction.OUT else ("1002", "1303")
    if posted:
        lines = [Line(sides[0], debit=D(amount)), Line(sides[1], credit=D(amount))]
        ledger.post(session, reference, on=on, lines=lines, description="收付", now=NOW)
    return fund_journal.record(
        session,
        reference,
        direction=direction,
        amount=D(amount),
        value_date=on,
        counterparty="某人",
        purpose="收付",
        now=NOW,
        bank_reference=bank_reference,
        journal_reference=reference if posted else None,
    )


def kinds(session):
    return [one.kind for one in reconciliation.differences(session, DAY, LATER) if not one.is_settled]


def test_a_statement_is_read_once_and_the_same_file_again_changes_nothing(session, actor):
    data = csv_of(PAID, CAME)

    first = read(session, actor, data, lines=2, total_in=D("30.00"), total_out=D("100.00"))
    again = read(session, actor, data)

    assert (first.again, again.again, again.statement.id) == (False, True, first.statement.id)
    assert session.scalar(select(func.count()).select_from(BankStatementLine)) == 2
    assert first.statement.closing == D("930.00")


def test_overlapping_statements_leave_out_known_lines_and_refuse_them_with_another_amount(session, actor):
    read(session, actor, csv_of(PAID))

    second = read(session, actor, csv_of(PAID, CAME)).statement
    with pytest.raises(StatementRefused) as refused:
        read(session, actor, csv_of(PAID.replace("100.00", "101.00")))

    assert (second.lines_read, second.lines_known) == (2, 1)
    (error,) = refused.value.errors
    assert (error.row, "B-1" in error.zh) == (2, True)


def test_every_wrong_row_is_named_and_nothing_is_read(session, actor):
    rows = [
        "2026-13-02,1.00,,,,,A",
        "2026-03-02,1.00,2.00,,,,B",
        "2026-03-02,0.001,,,,,C",
        "2026-03-02,-5.00,,,,,D",
        "2026-03-02,1.00,,,,,",
        "2026-03-02,1.00,,,,,F",
        "2026-03-02,2.00,,,,,F",
    ]

    with pytest.raises(StatementRefused) as refused:
        read(session, actor, csv_of(*rows), lines=9)

    assert [error.row for error in refused.value.errors] == [0, 2, 3, 4, 5, 6, 8]
    assert all(error.zh and error.en for error in refused.value.errors)
    assert session.scalar(select(func.count()).select_from(BankStatementLine)) == 0


def test_balances_must_follow_within_a_statement_and_from_the_one_before(session, actor):
    with pytest.raises(StatementRefused, match="should be"):
        read(session, actor, csv_of(PAID, CAME.replace("930.00", "931.00")))
    read(session, actor, csv_of(PAID))
    with pytest.raises(StatementRefused, match="does not follow"):
        read(session, actor, csv_of(CAME.replace("930.00", "999.00")))


def test_the_latest_first_in_english_or_from_excel_reads_the_same(session, actor):
    book = Workbook()
    book.active.append(["Bank of Test", None])
    book.active.append(["Date", "In", "Out", "Balance", "Counterparty", "Purpose", "Bank reference"])
    book.active.append([LATER, 30.1, None, 930.1, "林晓芸", "还款", "B-2"])
    book.active.append([DAY, None, 100, 900, "沪东远航", "放款", "B-1"])
    file = io.BytesIO()
    book.save(file)

    lines, errors = parse(spreadsheets.read("s.xlsx", file.getvalue()))

    assert errors == []
    assert [(line.on, line.signed) for line in lines] == [(DAY, D("-100.00")), (LATER, D("30.10"))]


@pytest.mark.parametrize(
    ("name", "data"), [("s.pdf", b"x"), ("s.xlsx", b"PK\x03\x04x"), ("s.csv", b"\xff\xfe\x00\x00")]
)
def test_what_is_no_table_is_refused(name, data):
    with pytest.raises(spreadsheets.FileNotATable):
        spreadsheets.read(name, data)


def test_lines_and_movements_are_matched_by_reference_then_by_day_but_not_when_in_doubt(session, actor):
    move(session, "m:1", "100.00", bank_reference="B-1")
    move(session, "m:2", "30.00", LATER, Direction.IN)
    read(session, actor, csv_of(PAID, CAME))
    assert reconciliation.match(session, DAY, LATER) == 2
    assert kinds(session) == []
    assert reconciliation.unsettled_days(session, DAY, LATER) == []

    for reference in ("m:3", "m:4"):
        move(session, reference, "7.00", LATER)
    read(session, actor, csv_of("2026-03-03,,7.00,923.00,x,y,B-3"))
    assert reconciliation.match(session, DAY, LATER) == 0


def test_each_way_of_differing_is_told_with_its_day(session, actor):
    move(session, "m:1", "100.00")
    move(session, "m:2", "5.00", posted=False)
    lines = [Line("1002", debit=D("9.00")), Line("1303", credit=D("9.00"))]
    ledger.post(session, "unrecorded:1", on=LATER, lines=lines, description="?", now=NOW)
    read(session, actor, csv_of(CAME))

    assert kinds(session) == [
        Difference.JOURNAL_ONLY,
        Difference.JOURNAL_ONLY,
        Difference.NOT_POSTED,
        Difference.BANK_ONLY,
        Difference.NOT_RECORDED,
    ]
    days = reconciliation.days(session, DAY, LATER)
    assert [(day.on, day.bank, day.journal, day.posted) for day in days] == [
        (LATER, D("30.00"), D("0.00"), D("9.00")),
        (DAY, D("0.00"), D("-105.00"), D("-100.00")),
    ]
    assert reconciliation.unsettled_days(session, DAY, LATER) == [DAY, LATER]


def test_unknown_money_goes_to_suspense_and_bank_charges_to_expense(session, actor):
    read(session, actor, csv_of(PAID, CAME))
    paid, came = session.scalars(select(BankStatementLine).order_by(BankStatementLine.id))

    with pytest.raises(settling.TreatmentRefused):
        settling.post(session, paid.id, Treatment.SUSPENSE, actor=actor, now=NOW)
    settling.post(session, came.id, Treatment.SUSPENSE, actor=actor, now=NOW, loan_no=None)
    settling.post(session, paid.id, Treatment.BANK_CHARGE, actor=actor, now=NOW)
    with pytest.raises(settling.LineSettled):
        settling.post(session, came.id, Treatment.SUSPENSE, actor=actor, now=NOW)

    trial = ledger.trial_balance(session, LATER)
    assert kinds(session) == []
    assert (trial.balance("2241"), trial.balance("6421")) == (D("-30.00"), D("100.00"))


def test_a_line_is_joined_by_hand_only_to_the_same_money(session, actor):
    read(session, actor, csv_of(CAME))
    (line,) = session.scalars(select(BankStatementLine))
    move(session, "m:1", "30.00", DAY, Direction.IN)
    move(session, "m:2", "31.00", DAY, Direction.IN)

    with pytest.raises(settling.NotTheSameMoney):
        settling.join(session, line.id, "m:2", actor=actor, now=NOW)
    settling.join(session, line.id, "m:1", actor=actor, now=NOW)

    assert kinds(session) == [Difference.JOURNAL_ONLY]


def test_an_explained_difference_is_settled_and_stays_on_the_list(session, actor):
    movement = move(session, "m:1", "100.00")
    with pytest.raises(settling.ExplanationMissing):
        settling.explain(
            session, Subject.MOVEMENT, movement.id, cause=Cause.IN_TRANSIT, note=" ", actor=actor, now=NOW
        )

    settling.explain(
        session, Subject.MOVEMENT, movement.id, cause=Cause.IN_TRANSIT, note="次日到账", actor=actor, now=NOW
    )

    (one,) = reconciliation.differences(session, DAY, LATER)
    assert (one.is_settled, one.explanation.note) == (True, "次日到账")
    assert reconciliation.unsettled_days(session, DAY, LATER) == []


def test_capital_and_rent_go_to_the_account_chosen_but_not_past_the_loans(session, actor):
    read(session, actor, csv_of(PAID, CAME))
    paid, came = session.scalars(select(BankStatementLine).order_by(BankStatementLine.id))

    for refused in ("1303", "1132.1", "1002", "9001", "8888", None):
        with pytest.raises(settling.AccountNotForBank):
            settling.post(session, paid.id, Treatment.CHOSEN, account=refused, actor=actor, now=NOW)
    settling.post(session, paid.id, Treatment.CHOSEN, account="6602", actor=actor, now=NOW)
    settling.post(session, came.id, Treatment.CHOSEN, account="4001", actor=actor, now=NOW)

    trial = ledger.trial_balance(session, LATER)
    assert (trial.balance("6602"), trial.balance("4001")) == (D("100.00"), D("-30.00"))
    assert kinds(session) == []
