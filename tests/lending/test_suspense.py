"""Money in suspense that nobody knew: put to a loan by a claim, in parts, taken back, and never more than came.

The loan of :mod:`loan_life`: 100,000 at 5.88 % over 36 equal instalments of 3,036.76, paid out on 3 March 2026.
"""

from datetime import date, timedelta

import pytest
from loan_life import FIRST_DUE, NOW, PAID_ON, D, K

from lending import fund_journal, ledger
from lending.bank import suspense
from lending.bank.statements import BankStatement, BankStatementLine
from lending.bank.suspense import ClaimAboveRest, ClaimBeforeMoney, ClaimCheckedByMaker
from lending.errors import NotFound
from lending.fund_journal import Direction
from lending.ledger import Line
from lending.life import changes, errors
from lending.life.happenings import Happening
from lending.registers.catalogue import REGISTERS
from lending.registers.shape import Asked

CAME = date(2026, 4, 1)
UNKNOWN = "suspense:main:B-77"


@pytest.fixture
def unknown(life):
    """5,000 yuan from somebody, in suspense since 1 April."""
    entry = ledger.post(
        life.session,
        UNKNOWN,
        on=CAME,
        lines=[Line("1002", debit=D("5000.00")), Line("2241", credit=D("5000.00"))],
        description="转入暂收款待认领",
        now=NOW,
    )
    fund_journal.record(
        life.session,
        UNKNOWN,
        direction=Direction.IN,
        amount=D("5000.00"),
        value_date=CAME,
        counterparty="王某",
        purpose="转账",
        now=NOW,
        bank_reference="B-77",
        journal_reference=entry.reference,
    )
    return life


def claim(life, on, amount, *, reference, claimed=UNKNOWN, booked_on=None, **people):
    told = Happening(K.CLAIM, on, D(amount))
    facts = {"reference": reference, "booked_on": booked_on or on, "now": NOW, **people}
    return suspense.claim(life.session, life.loan_no, told, claimed, **facts)


def check_ties(life, on):
    assert ledger.trial_balance(life.session, on).difference == 0
    for register in REGISTERS.values():
        page = register.read(life.session, Asked(date(2026, 1, 1), on, limit=None))
        assert [tie for tie in page.ties if not tie.holds] == []


@pytest.mark.feature("M-066")
def test_a_claim_pays_what_is_due_out_of_suspense_and_leaves_the_rest_to_others(unknown):
    life = unknown
    done = claim(life, FIRST_DUE, "3036.76", reference="ZW-1")
    again = claim(life, FIRST_DUE, "3036.76", reference="ZW-1")

    found = suspense.unclaimed(life.session)
    page = REGISTERS["repayments"].read(life.session, Asked(FIRST_DUE, FIRST_DUE))
    assert done.event.used == {"interest": D("490.00"), "principal": D("2546.76")}
    assert again.event is done.event
    assert [(item.rest, item.counterparty, item.bank_reference) for item in found.items] == [
        (D("1963.24"), "王某", "B-77")
    ]
    assert (found.posted, found.difference) == (D("1963.24"), 0)
    assert life.balances(FIRST_DUE)["2241"] == 0
    assert ledger.trial_balance(life.session, FIRST_DUE).balance("1002") == D("-95000.00")
    (row,) = page.rows
    assert (row["received"], row["from_suspense"], row["principal"]) == (D(0), D("3036.76"), D("2546.76"))
    check_ties(life, FIRST_DUE)


@pytest.mark.feature("M-066")
def test_a_claim_taken_back_leaves_the_money_to_be_claimed_and_every_balance_as_it_was(unknown):
    life = unknown
    life.accrue(FIRST_DUE)
    before = life.balances(FIRST_DUE)
    claim(life, FIRST_DUE, "5000.00", reference="ZW-1")
    kept = life.balances(FIRST_DUE)["2241"]
    taken = suspense.unclaimed(life.session)

    life.reverse("claim:ZW-1", FIRST_DUE)

    assert (kept, taken.items, taken.posted) == (D("-1963.24"), [], D(0))
    assert life.balances(FIRST_DUE) == before
    assert suspense.item(life.session, UNKNOWN).rest == D("5000.00")
    check_ties(life, FIRST_DUE)


def test_whether_anything_is_left_is_known_without_reckoning_all_of_it(unknown):
    life, known = unknown, []

    def look():
        known.append(suspense.is_any_left(life.session))
        assert known[-1] == bool(suspense.unclaimed(life.session).items)

    look()
    claim(life, FIRST_DUE, "3036.76", reference="ZW-1")
    look()
    claim(life, FIRST_DUE, "1963.24", reference="ZW-2")
    look()
    life.reverse("claim:ZW-2", FIRST_DUE)
    look()
    life.reverse("claim:ZW-1", FIRST_DUE)
    ledger.reverse(life.session, UNKNOWN, on=FIRST_DUE, now=NOW, reason="银行退回")
    look()

    assert known == [True, True, False, True, False]


def test_a_claim_on_a_loan_written_off_is_a_recovery(unknown):
    life, on = unknown, date(2026, 4, 18)
    life.tell(K.WRITE_OFF, on, reason="借款人死亡，无遗产")
    claim_before = life.balances(on)["9002"]

    claim(life, on, "1000.00", reference="ZW-1")

    assert claim_before - life.balances(on)["9002"] == D("1000.00")
    assert suspense.item(life.session, UNKNOWN).rest == D("4000.00")
    check_ties(life, on)


@pytest.mark.parametrize(
    ("on", "amount", "claimed", "refusal", "said"),
    [
        (FIRST_DUE, "5000.01", UNKNOWN, ClaimAboveRest, "5,000.00"),
        (CAME - timedelta(days=1), "100.00", UNKNOWN, ClaimBeforeMoney, "2026-04-01"),
        (FIRST_DUE, "100.00", "suspense:main:B-78", NotFound, "B-78"),
        (FIRST_DUE, "100.00", f"disbursement:{PAID_ON}", NotFound, "disbursement"),
        (FIRST_DUE, "0.00", UNKNOWN, errors.AmountNotPositive, "0"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_claim_that_cannot_be_is_refused_and_leaves_nothing(unknown, on, amount, claimed, refusal, said):
    life = unknown
    life.accrue(FIRST_DUE)
    before = life.balances(FIRST_DUE)

    with pytest.raises(refusal, match=said) as refused, life.session.begin_nested():
        claim(life, on, amount, reference="ZW-1", claimed=claimed, booked_on=FIRST_DUE)

    assert refused.value.text("zh") != refused.value.text("en")
    assert life.balances(FIRST_DUE) == before
    assert suspense.item(life.session, UNKNOWN).rest == D("5000.00")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_read_the_statement_in_or_claims_does_not_approve_the_claim(unknown, house):
    life, maker, checker = unknown, house.maker_id, house.checker_id
    movement = fund_journal.get(life.session, UNKNOWN)
    read_in = BankStatement(
        bank_account=movement.bank_account,
        filename="x.csv",
        sha256="a" * 64,
        first_day=CAME,
        last_day=CAME,
        lines_read=1,
        lines_known=0,
        total_in=movement.amount,
        total_out=D("0.00"),
        imported_by=checker,
        imported_at=NOW,
    )
    life.session.add(read_in)
    life.session.flush()
    line = {"on": CAME, "direction": Direction.IN, "amount": movement.amount, "bank_reference": "B-77"}
    life.session.add(
        BankStatementLine(
            statement_id=read_in.id,
            bank_account=movement.bank_account,
            counterparty="王某",
            purpose="转账",
            movement_id=movement.id,
            **line,
        )
    )
    life.session.flush()

    for by, checked_by in ((maker, maker), (maker, checker)):
        with pytest.raises(ClaimCheckedByMaker, match="B-77"), life.session.begin_nested():
            claim(life, FIRST_DUE, "100.00", reference="ZW-1", by=by, checked_by=checked_by)
    read_in.imported_by = None
    done = claim(life, FIRST_DUE, "100.00", reference="ZW-1", by=maker, checked_by=checker)

    assert (done.event.recorded_by, done.event.checked_by) == (maker, checker)
    facts = {"booked_on": FIRST_DUE, "reason": "认错", "now": NOW, "by": checker}
    with pytest.raises(errors.ReversalCheckedByMaker):
        changes.reverse(life.session, life.loan_no, "claim:ZW-1", checked_by=maker, **facts)
