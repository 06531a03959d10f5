"""The borrowers' money in the living demo: instalments sent to the bank, early repayments, requests to change a loan.

What the bank tells of a transfer is told here as its callback would tell it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from cheliu import bank_events
from cheliu.debt_transfers import open_debt_transfer
from cheliu.demo.borrowers import Borrower, Habit, yuan
from cheliu.demo.playing import Player
from cheliu.loan_changes import open_loan_change
from cheliu.prepaying import open_prepayment
from company.messages import Refusal
from lending import customers, loan_changes, loans, prepayments
from lending.bank.receipts import BankReceipt, ReceiptKind, ReceiptStatus
from lending.callback_intervals import months_between
from lending.collections.kinds import PromiseStatus
from lending.collections.promises import PromiseToPay
from lending.customers import Customer
from lending.life import changes
from lending.life.positions import LoanPosition
from lending.loan_changes import ChangeKind
from lending.loans import Loan, LoanStatus
from lending.money import ZERO
from lending.prepayments import LoanPrepayment, PrepaymentStatus
from lending.transfer_records import DebtTransfer

_ASKERS = frozenset({Habit.PART, Habit.FULL, Habit.EXTENDS, Habit.HARDSHIP, Habit.SELLS})
_STRANGER = "周代付"
_RETURNED_AFTER_DAYS, _ASKS_AFTER_DAYS = 4, 20
# The shares that come in of what those promise who have stopped paying.
_PROMISES_KEPT = (Decimal(0), Decimal(0), Decimal("0.4"), Decimal(1), Decimal(1))
# What a payer writes who has no loan number at hand.
BY_CAR, CAR_DIGITS = "还车贷 车架号尾号 ", 6


class Purse:
    """What the borrowers pay and ask for on a day; they are known by the number of their application."""

    def __init__(self, player: Player, borrowers: Mapping[str, Borrower]) -> None:
        self._player, self._borrowers = player, borrowers
        self.told = 0  # of how many transfers the bank has told

    def agree(self, application_no: str, borrower: Borrower) -> None:
        """The account from which he lets the bank collect, entered with his record."""
        if not borrower.pays_by_card:
            return
        vault = self._player.house.world.vault
        with self._player.house.database.write() as session:
            asked = select(Customer).join(Loan, Loan.customer_id == Customer.id)
            customer = session.scalars(asked.where(Loan.application_no == application_no)).one()
            phone = customers.phone_of(session, vault, customer)
            customers.keep_contact(session, vault, customer, phone=phone, address=None, card=borrower.card)

    def pay(self, day: date) -> None:
        """Send what the borrowers without a card pay on this day."""
        paying = self._paying(day) + self._as_promised(day)
        for loan_no, borrower, amount in paying:
            payer = _STRANGER if borrower.habit is Habit.STRANGER else borrower.asked.person.name
            if borrower.names_loan(day):
                self._transfer(day, payer, f"还贷款 {loan_no}", amount)
            else:
                self._transfer(day, "亲友代付", f"{BY_CAR}{borrower.asked.vin[-CAR_DIGITS:]}", amount)
        returned = self._return(day)
        if paying or returned:
            self._player.work()

    def _as_promised(self, day: date) -> list[tuple[str, Borrower, Decimal]]:
        """What those who have stopped paying pay of what they promised for this day: all, a part, mostly nothing."""
        asked = (
            select(PromiseToPay, Loan.application_no)
            .join(Loan, Loan.loan_no == PromiseToPay.loan_no)
            .where(PromiseToPay.on == day, PromiseToPay.status == PromiseStatus.PENDING)
            .order_by(PromiseToPay.id)
        )
        found = []
        with self._player.house.database.read() as session:
            for promise, key in session.execute(asked):
                borrower = self._borrowers[key]
                share = borrower.by_chance(f"promise:{day}").choice(_PROMISES_KEPT)
                amount = (promise.amount * share).quantize(Decimal("0.01"))
                if borrower.habit is Habit.STOPS and amount > ZERO:
                    found.append((promise.loan_no, borrower, amount))
        return found

    def _return(self, day: date) -> int:
        """The bank takes back some of the transfers of a few days ago; how many."""
        before = day - timedelta(days=_RETURNED_AFTER_DAYS)
        asked = (
            select(BankReceipt.bank_reference, BankReceipt.amount, Loan.application_no)
            .join(Loan, Loan.loan_no == BankReceipt.loan_no)
            .where(
                BankReceipt.on == before,
                BankReceipt.kind == ReceiptKind.RECEIPT,
                BankReceipt.status == ReceiptStatus.POSTED,
                Loan.status == LoanStatus.ACTIVE,
            )
        )
        with self._player.house.database.read() as session:
            rows = session.execute(asked.order_by(BankReceipt.id)).all()
        returned = [row for row in rows if self._borrowers[row.application_no].is_returned(before)]
        for reference, amount, _key in returned:
            self._tell("returned", f"TH-{reference}", reference, amount, day, "银行退回")
        return len(returned)

    def _paying(self, day: date) -> list[tuple[str, Borrower, Decimal]]:
        """Who of those on whose loans something is or falls due sends money on a day, and how much it is."""
        asked = (
            select(LoanPosition, Loan.application_no, Loan.value_date)
            .join(Loan, Loan.loan_no == LoanPosition.loan_no)
            .where(
                LoanPosition.live,
                Loan.status == LoanStatus.ACTIVE,
                or_(LoanPosition.next_due == day, LoanPosition.oldest_day.is_not(None)),
            )
            .order_by(LoanPosition.loan_no)
        )
        unnamed = select(BankReceipt.purpose).where(
            BankReceipt.status.in_((ReceiptStatus.ARRIVED, ReceiptStatus.SUSPENSE)),
            BankReceipt.on > day - timedelta(days=_ASKS_AFTER_DAYS),
        )
        found = []
        with self._player.house.database.read() as session:
            sent = set(session.scalars(unnamed))  # who has paid waits before he pays again
            for position, key, value_date in session.execute(asked):
                borrower = self._borrowers[key]
                if f"{BY_CAR}{borrower.asked.vin[-CAR_DIGITS:]}" in sent:
                    continue
                due = date.fromordinal(position.oldest_day) if position.oldest_day else day
                months = months_between(value_date or day, day)
                if borrower.pays_by_card or not borrower.sends_money(day, due, months):
                    continue
                amount = _asked_for(session, position, day)
                if amount > ZERO:
                    found.append((position.loan_no, borrower, amount))
        return found

    def _transfer(self, day: date, payer: str, purpose: str, amount: Decimal) -> None:
        self.told += 1
        reference = f"ZZ-{day:%Y%m%d}-{self.told:06d}"
        self._tell("receipt", reference, reference, amount, day, purpose, payer)

    def _tell(
        self,
        kind: str,
        event_id: str,
        reference: str,
        amount: Decimal,
        day: date,
        purpose: str,
        payer: str = "",
    ) -> None:
        told = {
            "type": kind,
            "event_id": event_id,
            "bank_reference": reference,
            "amount": yuan(amount),
            "value_date": day.isoformat(),
            "payer_name": payer,
            "purpose": purpose,
        }
        bank_events.receive(self._player.house, told)

    def ask(self, day: date) -> None:
        """Begin what the borrowers come for on this day, halfway between two due dates, where nothing is overdue."""
        with self._player.house.database.read() as session:
            running = session.execute(
                select(Loan.loan_no, Loan.application_no, Loan.value_date, LoanPosition.oldest_day)
                .join(LoanPosition, LoanPosition.loan_no == Loan.loan_no)
                .where(Loan.status == LoanStatus.ACTIVE)
                .order_by(Loan.loan_no)
            ).all()
        for loan_no, key, value_date, oldest_day in running:
            borrower = self._borrowers[key]
            if borrower.habit not in _ASKERS or value_date is None or oldest_day is not None:
                continue
            days_after = (day - value_date).days - 30 * borrower.turn_months - 15
            if 0 <= days_after < 7 and not self._asked_before(loan_no, borrower):
                self._begin(loan_no, borrower)

    def _asked_before(self, loan_no: str, borrower: Borrower) -> bool:
        with self._player.house.database.read() as session:
            if borrower.habit in (Habit.PART, Habit.FULL):
                return bool(prepayments.of_loan(session, loan_no))
            if borrower.habit is Habit.SELLS:
                asked = select(DebtTransfer.id).where(DebtTransfer.loan_no == loan_no)
                return session.scalar(asked.limit(1)) is not None
            return bool(loan_changes.of_loan(session, loan_no))

    def _begin(self, loan_no: str, borrower: Borrower) -> None:
        player = self._player
        try:
            with player.house.database.write() as session:
                unit_id = loans.get(session, loan_no).unit_id
                engine = player.house.engine
                if borrower.habit in (Habit.PART, Habit.FULL):
                    open_prepayment(engine, session, player.actor_at("finance_maker", unit_id), loan_no)
                elif borrower.habit is Habit.SELLS:
                    open_debt_transfer(engine, session, player.actor_at("postloan_manager", unit_id), loan_no)
                else:
                    kind = ChangeKind.EXTENSION if borrower.habit is Habit.EXTENDS else ChangeKind.HARDSHIP
                    actor = player.actor_at("postloan_manager", unit_id)
                    open_loan_change(engine, session, actor, loan_no, kind)
        except Refusal:
            return  # another request of the loan is under way

    def settle(self, day: date) -> None:
        """Send the money for the early repayments that were confirmed on this day."""
        with self._player.house.database.read() as session:
            awaited = session.scalars(
                select(LoanPrepayment)
                .where(LoanPrepayment.status == PrepaymentStatus.AWAITED)
                .order_by(LoanPrepayment.id)
            ).all()
            sums = [(each.loan_no, prepayments.quote_of(session, each)) for each in awaited]
            owed = [(loan_no, quote.total) for loan_no, quote in sums if quote.pay_on == day]
            names = {
                loan_no: self._borrowers[loans.get(session, loan_no).application_no].asked.person.name
                for loan_no, _total in owed
            }
        for loan_no, total in owed:
            self._transfer(day, names[loan_no], f"还贷款 {loan_no}", total)
        if owed:
            self._player.work()


def _asked_for(session: Session, position: LoanPosition, day: date) -> Decimal:
    """All that is overdue, and what falls due on the day."""
    reading = changes.reading_of(session, position.loan_no, day)
    if reading is None:
        return ZERO
    owed = reading.principal_overdue + reading.interest_overdue + position.other_owed
    owed += reading.penalty_earned - reading.penalty_met - position.suspense
    return owed + position.next_amount if position.next_due == day else owed
