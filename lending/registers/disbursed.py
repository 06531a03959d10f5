"""The disbursement register (放款台账): every payment of a loan, who registered and checked it, what the bank said."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from company.calendar import ZONE
from company.people import Employee
from lending.accounts import LOANS
from lending.books.subledgers import balance_of
from lending.dealers import Dealer
from lending.disbursements import AttemptStatus, Disbursement, PaymentAttempt
from lending.fund_journal import FundMovement
from lending.ledger import JournalEntry, JournalLine
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

COLUMNS = (
    Column("disbursement_no", "放款编号", "Disbursement"),
    Column("loan_no", "贷款编号", "Loan", Kind.LOAN, narrow=True),
    Column("paid_on", "付款日", "Paid on", Kind.DAY, narrow=True),
    Column("paid", "放款金额", "Paid", Kind.YUAN, summed=True, narrow=True),
    Column("returned_on", "退回日", "Returned on", Kind.DAY),
    Column("returned", "退回金额", "Returned", Kind.YUAN, summed=True),
    Column("payee", "收款人", "Payee"),
    Column("bank", "开户行", "Bank"),
    Column("account", "收款账号", "Account"),
    Column("maker", "登记人", "Maker", Kind.TEXT),
    Column("registered_at", "登记日", "Registered", Kind.DAY),
    Column("checker", "复核人", "Checker"),
    Column("checked_at", "复核日", "Checked", Kind.DAY),
    Column("bank_reference", "银行流水号", "Bank reference"),
    Column("status", "状态", "Status", narrow=True),
    Column("failure", "失败原因", "Reason of failure"),
)


def read(session: Session, asked: Asked) -> Page:
    """The disbursements paid, returned or (if neither yet) registered in the days asked for, by their id.

    The total paid less returned must equal what the ledger shows on the loans' account for pay-outs and their reversal.
    """
    rows = [_row(found, asked) for found in session.execute(_asked(asked))]
    shown, more = cut(rows, asked.limit, "id")
    paid, returned = _totals(session, asked)
    posted = session.scalar(
        select(balance_of(LOANS))
        .select_from(JournalLine)
        .join(JournalEntry)
        .where(
            JournalEntry.kind == "disbursement",
            JournalEntry.on.between(asked.since, asked.until),
            asked.lines,
        )
    )
    return Page(
        shown,
        more,
        {"paid": paid, "returned": returned},
        [
            TieLine(
                "放款减退回 / 试算平衡表 1303 贷款本期放款发生额",
                "Paid less returned / turnover of pay-outs on 1303 in the trial balance",
                paid - returned,
                posted or ZERO,
            )
        ],
    )


_Maker, _Checker = aliased(Employee), aliased(Employee)
_Latest = (
    select(PaymentAttempt.disbursement_id, func.max(PaymentAttempt.id).label("attempt_id"))
    .group_by(PaymentAttempt.disbursement_id)
    .subquery()
)
_RETURN = FundMovement.reference == "return:" + Disbursement.disbursement_no
_PAID = PaymentAttempt.status == AttemptStatus.SUCCEEDED


def _asked(
    asked: Asked,
) -> Select[Disbursement, PaymentAttempt, FundMovement, Employee, Employee, str]:
    paid = and_(_PAID, PaymentAttempt.value_date.between(asked.since, asked.until))
    back = FundMovement.value_date.between(asked.since, asked.until)
    registered = and_(
        or_(PaymentAttempt.id.is_(None), ~_PAID),
        Disbursement.registered_at >= _midnight(asked.since),
        Disbursement.registered_at < _midnight(asked.until + timedelta(days=1)),
    )
    query = (
        select(Disbursement, PaymentAttempt, FundMovement, _Maker, _Checker, Dealer.bank_name)
        .join(Loan, Loan.loan_no == Disbursement.loan_no)
        .join(Dealer, Dealer.id == Disbursement.dealer_id)
        .join(_Maker, _Maker.id == Disbursement.maker_id)
        .outerjoin(_Checker, _Checker.id == Disbursement.checker_id)
        .outerjoin(_Latest, _Latest.c.disbursement_id == Disbursement.id)
        .outerjoin(PaymentAttempt, PaymentAttempt.id == _Latest.c.attempt_id)
        .outerjoin(FundMovement, _RETURN)
        .where(asked.loans, or_(paid, back, registered), Disbursement.id > number_after(asked.after))
        .order_by(Disbursement.id)
    )
    return query.limit(asked.limit + 1) if asked.limit else query


def _row(
    found: tuple[Disbursement, PaymentAttempt | None, FundMovement | None, Employee, Employee | None, str],
    asked: Asked,
) -> dict[str, Value]:
    disbursement, attempt, back, maker, checker, bank = found
    paid_on = attempt.value_date if attempt and attempt.status is AttemptStatus.SUCCEEDED else None
    returned_on = back.value_date if back else None
    return {
        "id": disbursement.id,
        "disbursement_no": disbursement.disbursement_no,
        "loan_no": disbursement.loan_no,
        "paid_on": paid_on,
        "paid": disbursement.amount if _falls(paid_on, asked) else None,
        "returned_on": returned_on,
        "returned": disbursement.amount if _falls(returned_on, asked) else None,
        "payee": disbursement.payee_name,
        "bank": bank,
        "account": f"**** {disbursement.account_last4}",
        "maker": Name(maker.name, maker.name_en),
        "registered_at": disbursement.registered_at.astimezone(ZONE).date(),
        "checker": Name(checker.name, checker.name_en) if checker else None,
        "checked_at": disbursement.checked_at.astimezone(ZONE).date() if disbursement.checked_at else None,
        "bank_reference": attempt.bank_reference if attempt else None,
        "status": disbursement.status,
        "failure": attempt.failure if attempt else None,
    }


def _totals(session: Session, asked: Asked) -> tuple[Decimal, Decimal]:
    paid = session.scalar(
        select(func.sum(Disbursement.amount))
        .join(Loan, Loan.loan_no == Disbursement.loan_no)
        .join(PaymentAttempt, PaymentAttempt.disbursement_id == Disbursement.id)
        .where(asked.loans, _PAID, PaymentAttempt.value_date.between(asked.since, asked.until))
    )
    returned = session.scalar(
        select(func.sum(Disbursement.amount))
        .join(Loan, Loan.loan_no == Disbursement.loan_no)
        .join(FundMovement, _RETURN)
        .where(asked.loans, FundMovement.value_date.between(asked.since, asked.until))
    )
    return paid or ZERO, returned or ZERO


def _falls(day: date | None, asked: Asked) -> bool:
    return day is not None and asked.since <= day <= asked.until


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE)


REGISTER = Register("disbursements", "放款台账", "Disbursements", COLUMNS, read)
