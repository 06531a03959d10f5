"""A customer at the portal: asks for a code, reads it in the SMS that went out, and signs in."""

import re

from sqlalchemy import select
from web_house import Visitor

from cheliu.delivering import deliver_due
from cheliu.dispatch import carry_out
from lending import customers
from lending.loans import Loan


def borrower(paid):
    """The customer of the paid-out loan: id and mobile number."""
    with paid.house.database.read() as session:
        customer = customers.get(session, session.scalars(select(Loan.customer_id)).one())
        return customer.id, customers.phone_of(session, paid.house.world.vault, customer)


class AtPortal(Visitor):
    """The browser of a customer of a :class:`paid_loan.PaidLoan`."""

    def __init__(self, paid):
        super().__init__(paid.app.test_client())
        self.paid = paid

    @property
    def texts(self):
        return self.paid.house.world.parties.sms.texts

    def code(self):
        """The code of the latest SMS, once the worker has sent what waits."""
        while carry_out(self.paid.house.engine) + deliver_due(self.paid.house):
            pass
        return re.findall(r"验证码(\d{6})", self.texts[-1])[-1]

    def ask_code(self, phone):
        self.get("/my/sign-in")
        return self.post("/my/sign-in/code", {"phone": phone})

    def enter(self, phone, code, **more):
        answer = self.post("/my/sign-in", {"phone": phone, "code": code, **more})
        self.get("/my")
        return answer

    def come_in(self, phone):
        """Sign in, as who has the telephone in his hand."""
        self.ask_code(phone)
        answer = self.enter(phone, self.code())
        assert answer.status_code == 303, answer.text
        return self
