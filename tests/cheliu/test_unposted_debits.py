"""What the bank collected and could not be posted: shown with its reason, not asked for again, ended by two people.

The loan of :mod:`paid_loan`: due on each 15th with 3,036.76, the first time on 15 October 2026.
"""

from datetime import date, timedelta
from decimal import Decimal
from html import escape

import pytest
from sqlalchemy import select, text

from cheliu import case_money, day_end
from cheliu.working import work_off
from company import migrations
from lending import ledger, loans
from lending.bank import settling, statements, suspense
from lending.bank.debits import DebitItem, DebitStatus
from lending.bank.settling import Treatment
from lending.bank.statements import BankStatementLine, Controls
from lending.fund_journal import FundMovement
from lending.life.events import LoanEvent
from lending.life.kinds import EventKind
from lending.loans import LoanStatus
from lending.proposals import Proposal

DUE = Decimal("3036.76")
BEFORE = date(2026, 10, 14)
KEY = "2026-10-14/1"
MAKER, CHECKER = "finance_maker", "finance_checker"


def hold(made, status):
    """The loan is in a state in which nothing is posted on it, or in its own again."""
    with made.house.database.write() as session:
        loans.get(session, made.loan_no).status = status


@pytest.fixture
def unposted(made):
    """The bank has collected the first instalment while nothing could be posted on the loan."""
    case_money.give_card(made.house, "6222020200112233446")
    case_money.stand_at(made.house, made.clock, BEFORE)
    day_end.run(made.house)
    hold(made, LoanStatus.CANCELLED)
    for _ in range(2):
        work_off(made.house)
        made.clock.advance(timedelta(hours=2))
    work_off(made.house)
    hold(made, LoanStatus.ACTIVE)
    return made


def propose(made, ending):
    browser = made.browser(MAKER)
    browser.get("/bank/receipts")
    answer = browser.post("/bank/receipts/debits", {"key": KEY, "ending": ending, "reason": "已查明"})
    assert answer.status_code == 303
    return made.rows(Proposal)


def approve(made, username, proposal_id):
    browser = made.browser(username)
    browser.get("/changes")
    return browser.post(f"/changes/{proposal_id}/approve").status_code


def receipts(made):
    with made.house.database.read() as session:
        asked = select(LoanEvent).where(LoanEvent.kind == EventKind.RECEIPT)
        return [(row.amount, row.recorded_by, row.checked_by) for row in session.scalars(asked)]


@pytest.mark.parametrize("key", [f"2026-10-14/{2**70}", "2026-10-14/0", "2026-10-14/2", "2026-10-14", "x/1"])
def test_what_was_not_collected_is_not_ended(unposted, key):
    browser = unposted.browser(MAKER)
    browser.get("/bank/receipts")
    answer = browser.post("/bank/receipts/debits", {"key": key, "ending": "post", "reason": "已查明"})

    assert answer.status_code == 303
    assert unposted.rows(Proposal) == []


def test_a_collection_has_one_name_and_so_one_proposal(unposted):
    browser = unposted.browser(MAKER)
    browser.get("/bank/receipts")
    for key in ("2026-10-14/01", KEY):
        browser.post("/bank/receipts/debits", {"key": key, "ending": "suspense", "reason": "已查明"})

    assert [each.key for each in unposted.rows(Proposal)] == [KEY]


def test_its_chinese_reason_stays_when_the_schema_goes_back_and_comes_again(unposted):
    before = unposted.rows(DebitItem)[0].reason
    database = unposted.house.database
    with database.write() as session:  # the house was built from the models, which are the newest step
        session.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
        session.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": migrations.head()})

    migrations.downgrade(database, "0032", vault=unposted.house.world.vault)
    migrations.upgrade(database, vault=unposted.house.world.vault)

    (item,) = unposted.rows(DebitItem)
    assert (item.status, item.reason, item.reason_en) == (DebitStatus.UNPOSTED, before, None)
    migrations.require_no_difference(database)


def test_it_is_shown_with_its_reason_and_the_days_case_ends(unposted):
    (item,) = unposted.rows(DebitItem)
    page = unposted.browser(MAKER).get("/bank/receipts").text
    finance = unposted.browser(MAKER).get("/notices").text

    assert item.status is DebitStatus.UNPOSTED
    assert item.reason
    assert item.reason in page
    reader = unposted.browser(MAKER)
    reader.post("/language", {"language": "en"})
    english = reader.get("/bank/receipts").text
    assert item.reason_en
    assert escape(item.reason_en) in english
    assert item.reason not in english
    assert "已扣款未入账" in page
    assert "另有 1 笔已扣款未能入账" in finance
    assert unposted.running("direct_debit") == []


def test_two_people_post_it_after_all(unposted):
    (proposal,) = propose(unposted, "post")
    waiting = unposted.browser(MAKER).get("/bank/receipts").text
    own = approve(unposted, MAKER, proposal.id)
    done = approve(unposted, CHECKER, proposal.id)

    assert "待复核" in waiting
    assert own == 403
    assert done == 303
    people = [unposted.who(name).employee_id for name in (MAKER, CHECKER)]
    assert receipts(unposted) == [(DUE, *people)]
    assert unposted.rows(DebitItem)[0].status is DebitStatus.COLLECTED
    assert "已扣款未入账</h2>" not in unposted.browser(MAKER).get("/bank/receipts").text


def test_two_people_put_it_into_suspense_from_where_another_checks_its_claim(unposted):
    (proposal,) = propose(unposted, "suspense")
    assert approve(unposted, CHECKER, proposal.id) == 303

    with unposted.house.database.read() as session:
        (item,) = suspense.unclaimed(session).items
        assert (item.rest, item.bank_reference) == (DUE, "KK-2026-10-14-1")
        assert ledger.trial_balance(session, item.on).difference == 0
        assert suspense.makers(session, item.reference) == {unposted.who(MAKER).employee_id}
    assert unposted.rows(DebitItem)[0].status is DebitStatus.IN_SUSPENSE
    assert receipts(unposted) == []


def put_in_suspense_from_the_statement(made):
    """The clerk reads the bank's statement in, on which the collection is money of which only the bank knew."""
    (item,) = made.rows(DebitItem)
    head = "日期,收入,支出,余额,对方户名,摘要,银行流水号"
    data = f"{head}\n2026-10-15,{item.amount},,{item.amount},王某,批量代扣,{item.bank_reference}".encode()
    facts = {"actor": made.who(MAKER), "now": made.clock.now()}
    with made.house.database.write() as session:
        statements.import_file(session, "s.csv", data, controls=Controls(), **facts)
        line_id = session.scalars(select(BankStatementLine.id)).one()
        settling.post(session, line_id, Treatment.SUSPENSE, **facts)


def bank_moved(made):
    """What the collection brought to the bank's account by the books."""
    with made.house.database.read() as session:
        asked = select(FundMovement.amount).where(FundMovement.bank_reference == "KK-2026-10-14-1")
        return list(session.scalars(asked))


def test_what_a_statement_brought_into_suspense_is_not_brought_in_again(unposted):
    (before,) = propose(unposted, "post")
    put_in_suspense_from_the_statement(unposted)
    approve(unposted, CHECKER, before.id)

    assert unposted.rows(DebitItem)[0].status is DebitStatus.UNPOSTED
    assert receipts(unposted) == []
    assert bank_moved(unposted) == [DUE]


def test_to_post_what_a_statement_brought_into_suspense_is_not_even_proposed(unposted):
    put_in_suspense_from_the_statement(unposted)
    browser = unposted.browser(MAKER)
    browser.get("/bank/receipts")
    browser.post("/bank/receipts/debits", {"key": KEY, "ending": "post", "reason": "已查明"})

    assert "已按对账单转入暂收款" in browser.get("/bank/receipts").text
    assert unposted.rows(Proposal) == []


def test_what_a_statement_brought_into_suspense_ends_there_and_is_claimed(unposted):
    put_in_suspense_from_the_statement(unposted)
    (proposal,) = propose(unposted, "suspense")
    assert approve(unposted, CHECKER, proposal.id) == 303

    assert unposted.rows(DebitItem)[0].status is DebitStatus.IN_SUSPENSE
    assert bank_moved(unposted) == [DUE]
    with unposted.house.database.read() as session:
        assert [each.rest for each in suspense.unclaimed(session).items] == [DUE]


def test_what_still_cannot_be_posted_stays_and_says_why(unposted):
    hold(unposted, LoanStatus.CANCELLED)
    (proposal,) = propose(unposted, "post")
    approve(unposted, CHECKER, proposal.id)

    assert unposted.rows(DebitItem)[0].status is DebitStatus.UNPOSTED
    assert receipts(unposted) == []
    assert unposted.rows(Proposal)[0].status.value == "proposed"


def test_the_next_files_do_not_ask_for_the_same_money(unposted):
    case_money.run_day_ends(unposted.house, unposted.clock, 4)

    assert [(each.day, each.amount) for each in unposted.rows(DebitItem)] == [(BEFORE, DUE)]
