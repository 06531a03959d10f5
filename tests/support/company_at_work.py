"""A company after its pay-outs: the days go by, the bank tells of money, loans are read from their pages."""

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import requests
from loan_road import Road, yuan
from outcomes import passed

from company.calendar import ZONE

NIGHTS_SECONDS_MAX = 240
MORNING = time(10)
RECEIPT, RETURNED = "receipt", "returned"
OVERDUE = ("到期未还本金", "到期未付利息", "罚息", "复利", "费用及代垫")
AUDITOR, CASHIER = "auditor", "finance_maker"
# The column of the debits of a day of which the bank has told nothing yet.
ORDERED = 3
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_NUMBER = re.compile(r"DZ-\d{4}-\d{7}")


def figures(sheet):
    """What is owed, by the page of the loan."""
    rows = [[sheet.text_of(cell) for cell in row.xpath("./td")] for row in sheet.select("#owed tbody tr")]
    return {row[0]: yuan(row[1]) for row in rows}


def overdue_of(sheet):
    """What is past due with all that came of it, in yuan, by the page of the loan."""
    owed = figures(sheet)
    return sum(owed[name] for name in OVERDUE if name in owed)


def days_late(sheet):
    """How many days a loan is past due as of now, by its page."""
    return int(sheet.select("[data-days]")[0].get("data-days"))


def paid_out(way):
    """The way of a loan that was released, once it is active, with its number and address."""
    way.loan()
    way.address = way.staff.loan_address(way.key)
    way.loan_no = way.address.rpartition("/")[2]
    return way


class CompanyAtWork:
    """An :class:`own_company.OwnCompany` with its people; ``seen`` are the ends that a story has seen on its pages."""

    def __init__(self, staff):
        self.staff, self.installation = staff, staff.installation
        self.seen = set()

    # Its days.

    @property
    def today(self):
        return self.installation.clock.now().astimezone(ZONE).date()

    def to(self, day, at=MORNING):
        """Let the clock come to an hour of a day, and the nights before it be worked off.

        On each first of a month, when loans fall due, it rests until the bank has told what it could collect.
        """
        first = (self.today.replace(day=1) + timedelta(days=32)).replace(day=1)
        while first < day:
            self._travel(first, MORNING)
            first = (first + timedelta(days=32)).replace(day=1)
        self._travel(day, at)

    def _travel(self, day, at):
        ahead = datetime.combine(day, at, ZONE) - self.installation.clock.now()
        assert day >= self.today, f"no way back to {day} from {self.today}"
        self.installation.travel(seconds=max(ahead.total_seconds(), 0))
        self.staff.sign_in("finance_accountant")
        self.staff.await_page(
            lambda: self.staff.visit("/books/day-end"),
            lambda sheet: f"营业日期：{day}" in sheet.html,
            f"the books stand at {day}",
            seconds=NIGHTS_SECONDS_MAX,
        )
        self.staff.await_page(
            lambda: self.staff.visit("/bank/receipts"),
            lambda sheet: {row[ORDERED] for row in sheet.rows() if _DAY.fullmatch(row[0])} <= {"—"},
            f"the bank has told of its debits of {day}",
        )

    # Its loans.

    def lent(self, applicant):
        """The way of an applicant from the entry to the loan that is paid out."""
        return paid_out(Road(self.staff, applicant).registered().release())

    def loan(self, way):
        self.staff.sign_in("postloan_manager")
        return self.staff.visit(way.address)

    def instalment(self, way, number):
        """Due date of an instalment and what is still to be paid of it, as the page of the loan shows it by now."""
        (row,) = self.loan(way).root.xpath(f"//tr[td[1]={number}][td[@data-to-pay]]")
        return date.fromisoformat(row[1].text_content()), Decimal(row.xpath("td/@data-to-pay")[0])

    # Its bank.

    def told(self, kind, reference, amount, *, purpose="", payer="", on=None):
        """The bank tells of money that came or went back; the number under which the product keeps it."""
        self.staff.sign_in(CASHIER)
        before = self._movements(self.staff.visit("/bank/receipts"))
        told = {
            "type": kind,
            "bank_reference": reference,
            "amount": str(amount),
            "value_date": (on or self.today).isoformat(),
            "payer_name": payer,
            "purpose": purpose,
            "callback_url": f"{self.installation.address}/hooks/bank",
        }
        address = f"{self.installation.bank_address}/transfers"
        requests.post(address, json=told, timeout=10).raise_for_status()
        sheet = self.staff.await_page(
            lambda: self.staff.visit("/bank/receipts"),
            lambda shown: self._movements(shown) - before,
            f"{kind} {reference} is told",
        )
        (number,) = self._movements(sheet) - before
        return number

    def _movements(self, sheet):
        return set(_NUMBER.findall(sheet.text))

    def paid(self, way, reference, amount):
        """The customer pays at the bank and names his loan; its number once it is posted."""
        number = self.told(RECEIPT, reference, amount, purpose=way.loan_no, payer=way.applicant.person.name)
        self.ends(number, "repayment/End_ReceiptPosted")
        return number

    # Its cases.

    def ends(self, key, *wanted):
        """See on the page of a case that it came to these ends, named ``process/event``."""
        for end in wanted:
            process_id, _slash, event = end.partition("/")
            self.staff.sign_in(AUDITOR)
            self.staff.await_page(
                lambda: self.staff.case(key),
                lambda _sheet, where=process_id, what=event: what in passed(self.staff, key, where),
                f"{key} comes to {end}",
            )
            self.seen.add(end)
