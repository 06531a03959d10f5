"""What a receipt, a certificate of settlement and the quote of a prepayment say."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from company.calendar import ZONE
from company.organisation import branch_of, business_date, the_company
from company.vault import Vault
from lending import customers, ledger, loans, settlement, vehicles
from lending.accounts import BANK, chart
from lending.debtors import debtor_on
from lending.errors import NotFound
from lending.fund_journal import Direction, FundMovement
from lending.ledger import JournalEntry
from lending.life.quotes import LoanQuote
from lending.money import ZERO, in_capitals, written
from lending.printing import Facts
from lending.printing.wording import written_day


def settlement_certificate(session: Session, vault: Vault, loan_no: str, *, on: date) -> Facts:
    """Everything the certificate prints, the identity number in clear; refused like :func:`settlement.settled`."""
    found = settlement.settled(session, loan_no, on)
    loan = loans.get(session, loan_no)
    customer = customers.get(session, debtor_on(session, loan, found.settled_on))
    vehicle = vehicles.get(session, loan.vehicle_id)
    return {
        "loan_no": loan_no,
        "lender": the_company(session).name,
        "branch": branch_of(session, loan.unit_id).name,
        "borrower": customer.name,
        "identity": customers.identity_of(session, vault, customer),
        "principal": written(found.principal),
        "principal_capitals": in_capitals(found.principal),
        "repaid": written(found.repaid),
        "balance": written(found.principal - found.repaid),
        "value_date": written_day(loan.value_date or found.settled_on),
        "settled_on": written_day(found.settled_on),
        "issued_on": written_day(on),
        "vehicle": vehicle.model_name,
        "vin": vehicle.vin,
    }


def receipt(session: Session, loan_no: str, movement_id: int) -> Facts:
    """Everything the receipt of a movement of money in prints; :class:`NotFound` for any other movement.

    The parts are the entry's lines other than the bank's, summed by account: they make the amount.
    """
    movement = session.scalar(
        select(FundMovement).where(
            FundMovement.id == movement_id,
            FundMovement.loan_no == loan_no,
            FundMovement.direction == Direction.IN,
            FundMovement.journal_reference.is_not(None),
        )
    )
    if movement is None or movement.journal_reference is None:
        raise NotFound(what_zh="还款", what_en="receipt", key=movement_id)
    loan = loans.get(session, loan_no)
    entry = ledger.get(session, movement.journal_reference)
    reversal = session.scalar(select(JournalEntry.id).where(JournalEntry.reverses_id == entry.id))
    return {
        "reference": entry.reference,
        "lender": the_company(session).name,
        "branch": branch_of(session, loan.unit_id).name,
        "borrower": customers.get(session, debtor_on(session, loan, movement.value_date)).name,
        "loan_no": loan_no,
        "paid_on": written_day(movement.value_date),
        "bank_reference": movement.bank_reference or "—",
        "amount": written(movement.amount),
        "amount_capitals": in_capitals(movement.amount),
        "parts": _parts(session, entry),
        "reversed": "yes" if reversal else "",
    }


def prepayment_quote(session: Session, found: LoanQuote) -> Facts:
    """Everything the quote of a prepayment prints; the percentage is the fee's, of the principal repaid."""
    loan = loans.get(session, found.loan_no)
    quoted_on = found.quoted_at.astimezone(ZONE).date()
    named = (
        ("到期款项", found.due),
        ("归还本金", found.principal),
        ("应计利息", found.interest),
        (f"提前还款费（本金的 {found.fee_rate:.2%}）", found.fee),
        ("减：暂收款", -found.suspense),
        ("加：结清后退还的暂收款", found.left_over),
    )
    if found.rule is None:
        afterwards = "贷款全部结清，可申请结清证明并办理抵押注销登记。"
    else:
        amount = written(found.next_amount or ZERO)
        last = written_day(found.last_due or found.pay_on)
        afterwards = f"剩余 {found.instalments} 期，下期应还 {amount} 元，贷款到期日 {last}。"
    return {
        "quote_no": found.quote_no,
        "lender": the_company(session).name,
        "branch": branch_of(session, loan.unit_id).name,
        "borrower": customers.get(session, debtor_on(session, loan, quoted_on)).name,
        "loan_no": found.loan_no,
        "kind": found.rule.zh if found.rule else "全部结清",
        "valid_until": written_day(found.valid_until),
        "total": written(found.total),
        "total_capitals": in_capitals(found.total),
        "parts": [[name, written(amount)] for name, amount in named if amount],
        "afterwards": afterwards,
        "issued_on": written_day(business_date(session)),
    }


def _parts(session: Session, entry: JournalEntry) -> list[list[str]]:
    accounts = chart(session)
    sums: dict[str, Decimal] = {}
    for line in entry.lines:
        if line.account != BANK and accounts[line.account].on_balance:
            sums[line.account] = sums.get(line.account, ZERO) + line.credit - line.debit
    return [[accounts[code].name, written(amount)] for code, amount in sorted(sums.items()) if amount]
