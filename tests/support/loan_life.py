"""A loan and the shortest words for what happens to it: 100,000 at 5.88 % over 36 equal instalments of 3,036.76.

It is paid out on 3 March 2026 and due on each 3rd.
"""

from datetime import UTC, date, datetime
from decimal import Decimal

from lending import loans
from lending.books import subledgers
from lending.life import changes
from lending.life.happenings import Happening
from lending.life.kinds import EventKind

D = Decimal
K = EventKind
PAID_ON = date(2026, 3, 3)
FIRST_DUE = date(2026, 4, 3)
NOW = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)


class Life:
    """The loan, and the shortest words for what happens to it."""

    def __init__(self, session, loan_no):
        self.session, self.loan_no = session, loan_no

    def tell(self, kind, on, amount="0.00", *, reference=None, booked_on=None, **facts):
        told = Happening(kind, on, D(amount), **facts)
        return changes.record(
            self.session,
            self.loan_no,
            told,
            reference=reference or f"{kind.name}-{on}",
            booked_on=booked_on or on,
            now=NOW,
        )

    def receive(self, on, amount, **facts):
        return self.tell(K.RECEIPT, on, amount, **facts)

    def reverse(self, reference, on):
        return changes.reverse(
            self.session, self.loan_no, reference, booked_on=on, reason="银行退回", now=NOW
        )

    def accrue(self, on):
        return changes.accrue_to(self.session, self.loan_no, on, now=NOW)

    @property
    def loan(self):
        return loans.get(self.session, self.loan_no)

    def balances(self, on):
        return subledgers.of_loan(self.session, self.loan_no, on)

    def schedule(self):
        return self.loan.current_schedule
