"""A good payer who gets a link instead of a call: the loan of :class:`paid_loan.PaidLoan`, called back once before."""

from datetime import date

from paid_loan import PaidLoan
from portal_visit import AtPortal, borrower
from sqlalchemy import select

from cheliu.case_callbacks import token_sent
from cheliu.working import work_off
from lending import customers, scores
from lending.callback_link_records import CallbackLink
from lending.loans import Loan

FIRST_DAY, LINK_DAY = date(2026, 10, 15), date(2027, 10, 20)
ANSWERS = {
    "address_state": "same",
    "phone_state": "same",
    "job_state": "same",
    "income_state": "same",
    "driver": "self",
    "use_found": "private",
    "vehicle_state": "good",
    "third_party_claim": "none",
    "paying": "easy",
    "nps": "9",
}


class LinkedLoan(PaidLoan):
    """The first callback was good and the borrower's grade is A: :meth:`come_to_the_link` sends one."""

    def __init__(self, home):
        super().__init__(home)
        self.until(FIRST_DAY)
        self.call_back()
        with self.house.database.write() as session:
            scores.record(
                session,
                self.loan.application_no,
                score=760,
                grade="A",
                inputs={},
                now=self.clock.now(),
            )

    def come_to_the_link(self):
        """Come to a working day past that of the second callback."""
        self.until(LINK_DAY)
        return self

    @property
    def link(self):
        return self.rows(CallbackLink)[-1]

    @property
    def visit(self):
        return next(each for each in self.visits() if each.id == self.link.visit_id)

    @property
    def address(self):
        return f"/callback/{token_sent(self.house)}"

    @property
    def tail(self):
        """The last four of the borrower's identity number."""
        with self.house.database.read() as session:
            found = customers.get(session, session.scalars(select(Loan.customer_id)).one())
            return customers.identity_of(session, self.house.world.vault, found)[-4:]

    def customer(self):
        return AtLink(self)

    def worked_off(self):
        work_off(self.house)
        return self


class AtLink(AtPortal):
    """The browser of who got the link."""

    def open(self, address=None):
        self.at = address or self.paid.address
        return self.get(self.at)

    def tell(self, tail, **answers):
        """Post the digits, with the answers where there are any."""
        more = {"answered": "1", **answers} if answers else {}
        return self.post(self.at, {"tail": tail, **more})


__all__ = ["ANSWERS", "FIRST_DAY", "LINK_DAY", "AtLink", "LinkedLoan", "borrower"]
