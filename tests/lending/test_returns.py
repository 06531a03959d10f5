"""Money that the bank takes back: reversed as it came, from a loan or from suspense, by two people, else refused.

The loan of :mod:`loan_life`: 100,000 at 5.88 % over 36 equal instalments of 3,036.76, paid out on 3 March 2026.
"""

from datetime import date

import pytest
from loan_life import FIRST_DUE, NOW, D, K
from sqlalchemy import select

from company.vault import Vault
from lending import ledger
from lending.bank import receipts, returns, suspense
from lending.bank.receipts import ReceiptKind, ReceiptStatus, Said
from lending.fund_journal import FundMovement
from lending.ledger import Line
from lending.life.happenings import Happening
from lending.registers.catalogue import REGISTERS
from lending.registers.shape import Asked

CAME, BACK = date(2026, 4, 1), date(2026, 4, 7)
VAULT = Vault(b"0123456789abcdef0123456789abcdef")


class Bank:
    """The bank as it tells of money, and the shortest words for what is done with it."""

    def __init__(self, life, house):
        self.life, self.session = life, life.session
        self.maker, self.checker = house.maker_id, house.checker_id

    def tells(self, reference, amount, *, on=CAME, kind=ReceiptKind.RECEIPT, again=""):
        said = Said(f"{kind.value}:{reference}{again}", kind, reference, D(amount), on, "王某", "", "转账")
        return receipts.arrive(self.session, VAULT, said, now=NOW)[0]

    def in_suspense(self, reference="B-71", amount="5000.00"):
        came = self.tells(reference, amount)
        receipts.to_suspense(self.session, came, now=NOW)
        return came

    def takes_back(self, reference="B-71", amount="5000.00", *, again="", by=None, checked_by=None):
        found = self.tells(reference, amount, on=BACK, kind=ReceiptKind.RETURNED, again=again)
        done = returns.take_back(self.session, found, booked_on=BACK, now=NOW, by=by, checked_by=checked_by)
        return found, done

    def claim(self, amount, reference, *, of="B-71", by=None, checked_by=None):
        told = Happening(K.CLAIM, FIRST_DUE, D(amount))
        entry = f"suspense:MAIN:{of}"
        facts = {"booked_on": FIRST_DUE, "now": NOW, "by": by, "checked_by": checked_by}
        return suspense.claim(self.session, self.life.loan_no, told, entry, reference=reference, **facts)

    def balance(self, account, on=BACK):
        return ledger.trial_balance(self.session, on).balance(account)

    def moved(self, reference):
        asked = select(FundMovement).where(FundMovement.bank_reference == reference)
        rows = self.session.scalars(asked.order_by(FundMovement.id))
        return [(row.direction.value, row.amount) for row in rows]


@pytest.fixture
def bank(life, house):
    return Bank(life, house)


def check_ties(bank, on=BACK):
    assert ledger.trial_balance(bank.session, on).difference == 0
    for register in REGISTERS.values():
        page = register.read(bank.session, Asked(date(2026, 1, 1), on, limit=None))
        assert [tie for tie in page.ties if not tie.holds] == []


@pytest.mark.feature("M-066")
def test_money_still_in_suspense_goes_back_out_of_suspense(bank):
    came = bank.in_suspense()

    found, done = bank.takes_back()

    assert done == []
    assert (came.status, found.status) == (ReceiptStatus.REVERSED, ReceiptStatus.REVERSED)
    assert (bank.balance("2241"), bank.balance("1002")) == (D(0), D("-100000.00"))
    assert suspense.unclaimed(bank.session).items == []
    assert bank.moved("B-71") == [("in", D("5000.00")), ("out", D("5000.00"))]
    check_ties(bank)


@pytest.mark.feature("M-066")
def test_what_was_claimed_of_it_in_parts_is_taken_from_the_loan_first(bank):
    life = bank.life
    life.accrue(BACK)
    before = life.balances(BACK)
    bank.in_suspense()
    bank.claim("3036.76", "ZW-1")
    bank.claim("100.00", "ZW-2")

    _found, done = bank.takes_back()

    assert [each.event.amount for each in done] == [D("3036.76"), D("100.00")]
    assert life.balances(BACK) == before
    assert bank.balance("2241") == 0
    check_ties(bank)


def test_a_receipt_of_a_loan_goes_back_from_the_loan(bank):
    life = bank.life
    came = bank.tells("B-72", "3036.76", on=FIRST_DUE)
    came.loan_no = life.loan_no
    receipts.post(bank.session, came, booked_on=FIRST_DUE, now=NOW)

    found, done = bank.takes_back("B-72", "3036.76")

    assert (found.loan_no, len(done), came.status) == (life.loan_no, 1, ReceiptStatus.REVERSED)
    assert bank.moved("B-72") == [("in", D("3036.76")), ("out", D("3036.76"))]
    check_ties(bank)


def test_a_return_told_twice_moves_money_once_and_says_why(bank):
    bank.in_suspense()
    bank.takes_back()

    with pytest.raises(returns.ReturnedBefore, match="B-71"):
        bank.takes_back(again="-again")

    assert bank.moved("B-71") == [("in", D("5000.00")), ("out", D("5000.00"))]


@pytest.mark.parametrize(
    ("amount", "posted", "refusal"),
    [
        ("5000.00", False, returns.ReturnTooEarly),
        ("4999.99", True, returns.ReturnOfOtherSum),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_cannot_be_reversed_is_refused_with_a_reason_that_stays(bank, amount, posted, refusal):
    bank.in_suspense() if posted else bank.tells("B-71", "5000.00")
    found = bank.tells("B-71", amount, on=BACK, kind=ReceiptKind.RETURNED)

    with pytest.raises(refusal) as refused:
        returns.find(bank.session, found)
    returns.note_refusal(bank.session, found, refused.value)

    assert found.status is ReceiptStatus.REFUSED
    assert found.reason["zh"] != found.reason["en"]
    assert "B-71" in found.reason["en"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_never_came_is_refused(bank):
    with pytest.raises(returns.ReturnOfNothing, match="B-9"):
        bank.takes_back("B-9")


def test_suspense_that_a_voucher_has_emptied_gives_nothing_back(bank):
    bank.in_suspense()
    lines = [Line("2241", debit=D("5000.00")), Line("1002", credit=D("5000.00"))]
    ledger.post(bank.session, "manual:1", on=BACK, lines=lines, description="退款", now=NOW)

    found = bank.tells("B-71", "5000.00", on=BACK, kind=ReceiptKind.RETURNED)
    with pytest.raises(returns.ReturnOfMoneyUsed, match=r"0\.00"):
        returns.find(bank.session, found)
    with pytest.raises(returns.ReturnOfMoneyUsed, match=r"0\.00"), bank.session.begin_nested():
        bank.takes_back()

    assert bank.balance("2241") == 0
    assert bank.moved("B-71") == [("in", D("5000.00"))]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_claimed_does_not_check_that_it_is_taken_back(bank):
    bank.in_suspense()
    bank.claim("100.00", "ZW-1", by=bank.maker, checked_by=bank.checker)

    with pytest.raises(returns.CheckedByMaker, match="B-71"), bank.session.begin_nested():
        bank.takes_back(by=None, checked_by=bank.maker)
    _found, done = bank.takes_back(by=bank.maker, checked_by=bank.checker)

    assert [(each.event.recorded_by, each.event.checked_by) for each in done] == [(bank.maker, bank.checker)]
