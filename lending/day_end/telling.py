"""What a day-end tells the processes: a due date ahead, a loan overdue for so many days or not any more, its category.

Customers are reminded of a due date by message, not by a case: a reminder a loan is a row, sent in the morning.

A message goes out only if some process takes it by now, as a start or by a case that waits; what nobody takes is
counted and not kept, for the next day-end says it anew. Messages carry numbers, days and codes, no sums of money.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from datetime import date, datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from company import outbox, parameters
from lending import deliveries
from lending.bank import debits
from lending.bank.debits import Ordered
from lending.day_end.ranges import Range
from lending.day_end.tables import DayEnd, DebitFile
from lending.deliveries import Told
from lending.life.positions import Category, LoanDay, LoanPosition
from lending.loans import Loan

DUE_SOON = "RepaymentDueSoon"
OVERDUE = "LoanOverdue"
CURED = "LoanCured"
DEBIT_FILE = "DebitFileMade"
CATEGORY_CHANGED = "LoanCategoryChanged"
REMINDER = "repayment_due"
_KIND = "message"


def tell(session: Session, day: date, loans: Range, taken: Set[str], *, now: datetime) -> int:
    """Put the messages of a range into the outbox; returns how many. Put twice they are the same messages."""
    messages, ignored = {}, 0
    reminders: list[Told] = []
    for name, loan_no, customer_id, payload in _news(session, day, loans):
        if name == DUE_SOON:
            facts = {"on": payload["due_date"]}
            occasion = f"{loan_no}:{payload['due_date']}:{payload['days_ahead']}"
            reminders.append(Told(REMINDER, occasion, loan_no, customer_id, facts))
        if name not in taken:
            ignored += 1
            continue
        key = f"{name}:{loan_no}:{day}"
        messages[key] = {"name": name, "key": loan_no, "payload": payload, "message_id": key}
    outbox.put_all(session, _KIND, messages, now)
    morning = max(now, deliveries.morning_after(session, day))
    deliveries.queue_all(session, reminders, now=now, due_at=morning)
    made = session.get_one(DayEnd, day, with_for_update=True, populate_existing=True)
    made.messages += len(messages)
    made.ignored += ignored
    session.flush()
    return len(messages)


def tell_debits(
    session: Session, day: date, taken: Set[str], ordered: Sequence[Ordered], *, now: datetime
) -> None:
    """Let the day's debit file go to the bank, now that the books stand on the day of collection.

    Its items are noted as ordered at once: a day-end that runs before the bank has them does not ask again.
    """
    file = session.get(DebitFile, day)
    if file is None or not ordered or DEBIT_FILE not in taken:
        return
    debits.note_orders(session, day, ordered)
    key = debits.batch_id(day)
    payload = {"batch_id": key, "debit_day": day}
    message = {"name": DEBIT_FILE, "key": key, "payload": payload, "message_id": f"{DEBIT_FILE}:{day}"}
    outbox.put(session, _KIND, f"{DEBIT_FILE}:{day}", message, now)


def _news(session: Session, day: date, loans: Range) -> Iterator[tuple[str, str, int, dict[str, object]]]:
    """Name, loan, its customer and contents of each message of a range."""
    steps = parameters.value(session, "day_end_messages", day)
    ahead: dict[date, int] = {day + timedelta(days=1 + days): days for days in steps["due_in_days"]}
    overdue: set[int] = set(steps["overdue_days"])
    before = aliased(LoanDay)
    rows = session.execute(
        select(
            LoanDay.loan_no,
            LoanDay.days_past_due,
            LoanDay.category,
            LoanPosition.next_due,
            before.category.label("category_before"),
            before.days_past_due.label("overdue_before"),
            Loan.customer_id,
        )
        .join(LoanPosition, LoanPosition.loan_no == LoanDay.loan_no)
        .join(Loan, Loan.loan_no == LoanDay.loan_no)
        .outerjoin(before, (before.day == day - timedelta(days=1)) & (before.loan_no == LoanDay.loan_no))
        .where(
            LoanDay.day == day,
            *loans.of(LoanDay.loan_no),
            *loans.of(LoanPosition.loan_no),
            LoanPosition.live,
            or_(
                LoanPosition.next_due.in_(list(ahead)),
                LoanDay.days_past_due.in_(overdue),
                (LoanDay.days_past_due > 0) != (func.coalesce(before.days_past_due, 0) > 0),
                LoanDay.category != before.category,
                before.category.is_(None) & (LoanDay.category != Category.NORMAL),
            ),
        )
        .order_by(LoanDay.loan_no)
    )
    for row in rows:
        shared = {"loan_no": row.loan_no, "business_date": day}
        to = (row.loan_no, row.customer_id)
        if row.next_due in ahead:
            days = ahead[row.next_due]
            yield DUE_SOON, *to, {**shared, "due_date": row.next_due, "days_ahead": days}
        late, late_before = row.days_past_due, row.overdue_before or 0
        if late in overdue or (late and not late_before):
            facts = {"days_past_due": late, "category": row.category.value}
            yield OVERDUE, *to, {**shared, **facts}
        elif late_before and not late:
            yield CURED, *to, shared
        was = row.category_before or Category.NORMAL
        if row.category is not was:
            yield CATEGORY_CHANGED, *to, {**shared, "category": row.category.value, "before": was.value}
