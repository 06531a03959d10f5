"""The repayment register (还款台账): every receipt on a loan and what it was put to, read from its entry."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session, aliased

from company.database import Fen
from company.people import Employee
from lending.accounts import (
    BANK,
    FEE_INCOME,
    INTEREST_RECEIVABLE,
    LOANS,
    OTHER_RECEIVABLES,
    PENALTY_INCOME,
    PENALTY_RECEIVABLE,
    SUSPENSE,
    within,
)
from lending.customers import Customer
from lending.debtors import debtor_id
from lending.fund_journal import FundMovement
from lending.labels import Labelled
from lending.ledger import JournalEntry, JournalLine
from lending.life.events import LoanEvent, LoanPosting
from lending.life.kinds import Component
from lending.loans import Loan
from lending.money import ZERO
from lending.registers.shape import (
    Asked,
    Column,
    Kind,
    Name,
    Page,
    Register,
    TieLine,
    Value,
    cut,
    number_after,
)

# The kinds of entries by which a borrower's money is put to a loan.
KINDS = ("receipt", "prepayment", "recovery")


class Mark(Labelled):
    """What a receipt has to do with a reversal."""

    REVERSED = "reversed", "已冲正", "Reversed"
    REVERSAL = "reversal", "冲正", "Reversal"


COLUMNS = (
    Column("reference", "还款编号", "Receipt", Kind.ENTRY),
    Column("loan_no", "贷款编号", "Loan", Kind.LOAN, narrow=True),
    Column("customer", "客户", "Customer", Kind.PERSON),
    Column("on", "还款日", "Paid on", Kind.DAY, narrow=True),
    Column("received", "收款金额", "Received", Kind.YUAN, summed=True, narrow=True),
    Column("from_suspense", "使用暂收款", "From suspense", Kind.YUAN, summed=True),
    Column("principal", "本金", "Principal", Kind.YUAN, summed=True, narrow=True),
    Column("interest", "利息", "Interest", Kind.YUAN, summed=True),
    Column("penalty", "罚息及复利", "Penalty and compound", Kind.YUAN, summed=True),
    Column("compound", "其中复利", "Of it compound", Kind.YUAN),
    Column("fee", "费用", "Fees", Kind.YUAN, summed=True),
    Column("cost", "代垫费用", "Costs advanced", Kind.YUAN, summed=True),
    Column("to_suspense", "转暂收款", "To suspense", Kind.YUAN, summed=True),
    Column("other", "税额及其他", "VAT and other", Kind.YUAN, summed=True),
    Column("period", "还至期次", "Paid up to No.", Kind.COUNT),
    Column("due_date", "该期到期日", "Due on", Kind.DAY),
    Column("due_amount", "该期应还", "Instalment", Kind.YUAN),
    Column("remaining", "到期未还", "Due and unpaid after it", Kind.YUAN),
    Column("maker", "经办", "Maker"),
    Column("checker", "复核", "Checker"),
    Column("channel", "银行流水号", "Bank reference"),
    Column("reversed", "冲正标记", "Reversal"),
)


def _net(*conditions: ColumnElement[bool]) -> ColumnElement[Decimal]:
    """Credit less debit of an entry's lines for which the conditions hold."""
    return func.coalesce(func.sum(JournalLine.credit - JournalLine.debit).filter(*conditions), 0, type_=Fen)


_PENALTY = within(JournalLine.account, PENALTY_RECEIVABLE) | within(JournalLine.account, PENALTY_INCOME)
_PARTS: dict[str, ColumnElement[Decimal]] = {
    "received": -_net(within(JournalLine.account, BANK)),
    "from_suspense": func.coalesce(
        func.sum(JournalLine.debit).filter(within(JournalLine.account, SUSPENSE)), 0, type_=Fen
    ),
    "principal": _net(within(JournalLine.account, LOANS)),
    "interest": _net(within(JournalLine.account, INTEREST_RECEIVABLE), ~_PENALTY),
    "penalty": _net(_PENALTY),
    "fee": _net(within(JournalLine.account, FEE_INCOME)),
    "cost": _net(within(JournalLine.account, OTHER_RECEIVABLES)),
    "to_suspense": func.coalesce(
        func.sum(JournalLine.credit).filter(within(JournalLine.account, SUSPENSE)), 0, type_=Fen
    ),
}
_SOURCES = ("received", "from_suspense")
_OF_THE_EVENT = ("compound", "period", "due_date", "due_amount", "remaining", "maker", "checker")


def read(session: Session, asked: Asked) -> Page:
    """The receipts and their reversals dated in the days asked for, by the id of their entry.

    The money received must equal the fund journal's, and the principal what the ledger shows for receipts.
    """
    shown, more = cut(_rows(session, asked), asked.limit, "id")
    totals = _totals(session, asked)
    return Page(shown, more, totals, _ties(session, asked, totals))


def _of_receipts(asked: Asked) -> ColumnElement[bool]:
    return JournalEntry.kind.in_(KINDS) & JournalEntry.on.between(asked.since, asked.until)


def _rows(session: Session, asked: Asked) -> list[dict[str, Value]]:
    reversal, reversed_ = aliased(JournalEntry), aliased(JournalEntry)
    query = (
        select(
            JournalEntry.id,
            JournalEntry.reference,
            JournalEntry.on,
            JournalEntry.reverses_id,
            exists().where(reversal.reverses_id == JournalEntry.id),
            func.min(Loan.loan_no),
            func.min(Customer.name),
            func.min(FundMovement.bank_reference),
            *_PARTS.values(),
        )
        .join(JournalLine)
        .join(Loan, Loan.loan_no == JournalLine.loan_no)
        .outerjoin(reversed_, reversed_.id == JournalEntry.reverses_id)  # its money is that of its debtor
        .join(Customer, Customer.id == debtor_id(func.coalesce(reversed_.on, JournalEntry.on)))
        .outerjoin(FundMovement, FundMovement.journal_reference == JournalEntry.reference)
        .where(_of_receipts(asked), asked.loans, JournalEntry.id > number_after(asked.after))
        .group_by(JournalEntry.id)
        .order_by(JournalEntry.id)
    )
    found = session.execute(query.limit(asked.limit + 1) if asked.limit else query)
    rows: list[dict[str, Value]] = []
    for entry_id, reference, on, reverses, undone, loan_no, customer, channel, *parts in found:
        row: dict[str, Value] = {
            "id": entry_id,
            "reference": reference,
            "loan_no": loan_no,
            "customer": customer,
            "on": on,
            "channel": channel,
            "reversed": Mark.REVERSAL if reverses else Mark.REVERSED if undone else None,
        }
        row.update(_with_rest(dict(zip(_PARTS, parts, strict=True))))
        rows.append(row)
    return _with_events(session, rows)


def _with_events(session: Session, rows: list[dict[str, Value]]) -> list[dict[str, Value]]:
    """The rows with what the event behind each entry knows: where the money stopped, and what stayed unpaid then."""
    told: dict[str, dict[str, Value]] = {}
    references = [str(row["reference"]) for row in rows]
    maker, checker = aliased(Employee), aliased(Employee)
    for start in range(0, len(references), 500):
        found = session.execute(
            select(LoanPosting.entry_reference, LoanEvent, maker, checker)
            .join(LoanEvent, LoanEvent.id == LoanPosting.event_id)
            .outerjoin(maker, maker.id == LoanEvent.recorded_by)
            .outerjoin(checker, checker.id == LoanEvent.checked_by)
            .where(LoanPosting.entry_reference.in_(references[start : start + 500]))
        )
        for reference, event, made, checked in found:
            told[reference] = {
                "maker": Name(made.name, made.name_en) if made else None,
                "checker": Name(checked.name, checked.name_en) if checked else None,
                "compound": event.used.get(Component.COMPOUND.value),
                **_standing(event),
            }
    return [row | told.get(str(row["reference"]), dict.fromkeys(_OF_THE_EVENT)) for row in rows]


def _standing(event: LoanEvent) -> dict[str, Value]:
    """The last instalment that had been paid on when the event was over, and what was due and unpaid then."""
    nothing: dict[str, Value] = {"period": None, "due_date": None, "due_amount": None, "remaining": None}
    if event.state_data is None:
        return nothing
    state = event.state
    if state.frozen_on is not None:
        return nothing
    late = state.parts[: state.due]
    paid = [part for part in late if part.principal_paid or part.interest_paid]
    nothing["remaining"] = sum((part.to_pay for part in late), ZERO)
    if not paid:
        return nothing
    last = paid[-1]
    return nothing | {
        "period": last.number,
        "due_date": last.due_date,
        "due_amount": last.principal + last.interest,
    }


def _with_rest(parts: dict[str, Decimal]) -> dict[str, Decimal]:
    """The parts, and what of the money went anywhere else: output VAT above all."""
    came = parts["received"] + parts["from_suspense"]
    went = sum((amount for part, amount in parts.items() if part not in _SOURCES), ZERO)
    return parts | {"other": came - went}


def _totals(session: Session, asked: Asked) -> dict[str, Decimal]:
    row = session.execute(
        select(*_PARTS.values())
        .select_from(JournalLine)
        .join(JournalEntry)
        .join(Loan, Loan.loan_no == JournalLine.loan_no)
        .where(_of_receipts(asked), asked.loans)
    ).one()
    return _with_rest(dict(zip(_PARTS, row, strict=True)))


def _ties(session: Session, asked: Asked, totals: dict[str, Decimal]) -> list[TieLine]:
    posted = session.execute(
        select(_PARTS["received"], _PARTS["principal"], _PARTS["interest"])
        .select_from(JournalLine)
        .join(JournalEntry)
        .where(_of_receipts(asked), asked.lines)
    ).one()
    names = (
        ("收款金额 / 试算平衡表 1002 还款发生额", "Received / turnover of receipts on 1002"),
        ("本金 / 试算平衡表 1303 还款发生额", "Principal / turnover of receipts on 1303"),
        ("利息 / 试算平衡表 1132 还款发生额", "Interest / turnover of receipts on 1132"),
    )
    return [
        TieLine(zh, en, totals[part], amount)
        for (zh, en), part, amount in zip(names, ("received", "principal", "interest"), posted, strict=True)
    ]


REGISTER = Register("repayments", "还款台账", "Repayments", COLUMNS, read)
