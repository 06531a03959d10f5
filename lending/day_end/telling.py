"""What a day-end tells the processes: a due date ahead, a loan overdue for so many days, a category that changed.

A message goes out only if some process takes it by now, as a start or by a case that waits; what nobody takes is
counted and not kept, for the next day-end says it anew. Messages carry numbers, days and codes, no sums of money.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from company import outbox, parameters
from lending.day_end.ranges import Range
from lending.day_end.tables import DayEnd
from lending.life.positions import Category, LoanDay, LoanPosition

DUE_SOON = "RepaymentDueSoon"
OVERDUE = "LoanOverdue"
CATEGORY_CHANGED = "LoanCategoryChanged"
_KIND = "message"


def tell(session: Session, day: date, loans: Range, taken: Set[str], *, now: datetime) -> int:
    """Put the messages of a range into the outbox; returns how many. Put twice they are the same messages."""
    messages, ignored = {}, 0
    for name, loan_no, payload in _news(session, day, loans):
        if name not in taken:
            ignored += 1
            continue
        key = f"{name}:{loan_no}:{day}"
        messages[key] = {"name": name, "key": loan_no, "payload": payload, "message_id": key}
    outbox.put_all(session, _KIND, messages, now)
    made = session.get_one(DayEnd, day, with_for_update=True, populate_existing=True)
    made.messages += len(messages)
    made.ignored += ignored
    session.flush()
    return len(messages)


def _news(session: Session, day: date, loans: Range) -> Iterator[tuple[str, str, dict[str, object]]]:
    """Name, loan and contents of each message of a range."""
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
        )
        .join(LoanPosition, LoanPosition.loan_no == LoanDay.loan_no)
        .outerjoin(before, (before.day == day - timedelta(days=1)) & (before.loan_no == LoanDay.loan_no))
        .where(
            LoanDay.day == day,
            *loans.of(LoanDay.loan_no),
            *loans.of(LoanPosition.loan_no),
            LoanPosition.live,
            or_(
                LoanPosition.next_due.in_(list(ahead)),
                LoanDay.days_past_due.in_(overdue),
                LoanDay.category != before.category,
                before.category.is_(None) & (LoanDay.category != Category.NORMAL),
            ),
        )
        .order_by(LoanDay.loan_no)
    )
    for row in rows:
        shared = {"loan_no": row.loan_no, "business_date": day}
        if row.next_due in ahead:
            days = ahead[row.next_due]
            yield DUE_SOON, row.loan_no, {**shared, "due_date": row.next_due, "days_ahead": days}
        if row.days_past_due in overdue:
            facts = {"days_past_due": row.days_past_due, "category": row.category.value}
            yield OVERDUE, row.loan_no, {**shared, **facts}
        was = row.category_before or Category.NORMAL
        if row.category is not was:
            yield (
                CATEGORY_CHANGED,
                row.loan_no,
                {**shared, "category": row.category.value, "before": was.value},
            )
