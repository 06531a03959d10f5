"""What staff do, in one vocabulary: a story is written in it once and acted in a browser or over HTTP.

``Staff`` holds what both ways share; ``staff_browser`` and ``staff_http`` act. Nothing here knows the database: what
is checked is read from the pages.
"""

import re
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from io import BytesIO

import pytest
import requests
from pypdf import PdfReader

PATIENCE_SECONDS = 30
PAUSE_SECONDS = 0.15
# A session ends after a quarter of an hour without a request: who has been away for longer than this signs in anew.
AWAY_SECONDS = 600
# A document of a case opens in a viewer, which offers it as a file.
VIEWER, DOWNLOAD = re.compile(r"/documents/\d+/view"), "下载"
# For a story whose point lies behind the page: acted over HTTP alone, where `staff` acts it in a browser as well.
OVER_HTTP = pytest.mark.parametrize(
    "staff", [pytest.param("over_http", marks=pytest.mark.postgresql)], indirect=True
)
# For one whose point is what a person sees.
IN_BROWSER = pytest.mark.parametrize(
    "staff", [pytest.param("in_browser", marks=pytest.mark.browser)], indirect=True
)
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


class NeverCame(AssertionError):
    """What a story waits for did not come in time."""


@dataclass(frozen=True)
class Paper:
    """A file that a person chooses."""

    name: str = "scan.pdf"
    data: bytes = PDF


@dataclass(frozen=True)
class Outcome:
    """How a submission ended: done, or the sentences that say what to correct."""

    done: bool
    problems: list[str] = field(default_factory=list)

    def tells(self, text):
        return any(text in problem for problem in self.problems)


class Staff(ABC):
    """The people of one installation; ``sign_in`` says whose hands act from there on."""

    def __init__(self, installation):
        self.installation = installation
        self.turned_to = {}

    # What a person does.

    def _has_been_away(self, key):
        """Whether the session of the window ``key`` may have ended since the person last turned to it."""
        now = time.monotonic()
        last, self.turned_to[key] = self.turned_to.get(key, now), now
        return now - last > AWAY_SECONDS

    @abstractmethod
    def sign_in(self, username, *, language="zh", window=1):
        """Act as this person; in ``window`` 2 the same person has a second browser open."""

    @abstractmethod
    def visit(self, address):
        """Open an address of the product and read the page."""

    @abstractmethod
    def new_application(self, begins="/cases/new"):
        """Open a new application by the button that ``begins`` it; its first form lies open. Returns its number."""

    @abstractmethod
    def look_at(self, key, step):
        """Open the task from the inbox without taking it, waiting until it is there."""

    @abstractmethod
    def claim(self):
        """Take the task that lies open; returns the sheet that follows."""

    @abstractmethod
    def fill(self, values):
        """Put values into the fields of the form by their keys; a Paper into a file field."""

    @abstractmethod
    def submit(self):
        """Send the form; returns an Outcome."""

    @abstractmethod
    def typed(self, key):
        """What stands in the field, as text."""

    @abstractmethod
    def leave_and_return(self):
        """Let the draft be saved, go away and open the same task again."""

    @abstractmethod
    def page(self):
        """The sheet that lies open."""

    @abstractmethod
    def press(self, address, button, /, **fields):
        """On the page at ``address`` fill the small form of the ``button``, and send it; returns what follows.

        The button has just that name, or where none has, the first one holds it.
        """

    @abstractmethod
    def press_in_row(self, address, text, button):
        """On the page at ``address`` press the button in the table row that holds the text."""

    @abstractmethod
    def download(self, address, name):
        """Follow the link of that name on the page at ``address``; returns the file's bytes."""

    @abstractmethod
    def download_made(self, address, button):
        """Press a button on the page at ``address`` that makes a file; returns its bytes."""

    @abstractmethod
    def set_bank(self, **switches):
        """Set the switches on the simulated bank's own page; those not named are off, results come at once."""

    @abstractmethod
    def bank_page(self):
        """The simulated bank's page."""

    # What follows from it.

    def open_task(self, key, step):
        """Find the task in the inbox, take it if nobody has, and have its form open."""
        sheet = self.look_at(key, step)
        if sheet.select(".claim-bar button"):
            self.claim()

    def do(self, key, step, **values):
        """Open a task, fill its form and send it; it must be taken."""
        self.open_task(key, step)
        self.fill(values)
        outcome = self.submit()
        assert outcome.done, f"{key} {step}: {outcome.problems}"

    def case(self, key):
        return self.visit(f"/cases/{key}")

    def withdraw(self, key, reason):
        return self.press(f"/cases/{key}", "确认撤回", reason=reason)

    def loan_address(self, key):
        """Where the loan of an application is shown."""
        found = self.case(key).links_to("/loans/")
        return found[0] if found else None

    def loan(self, key):
        address = self.loan_address(key)
        assert address, f"the page of {key} leads to no loan"
        return self.visit(address)

    def await_page(self, read, wanted, what, *, seconds=PATIENCE_SECONDS, meanwhile=None):
        """Read a page again and again until it is as wanted; ``meanwhile`` happens between two readings."""
        deadline = time.monotonic() + seconds
        while True:
            sheet = read()
            if wanted(sheet):
                return sheet
            if time.monotonic() > deadline:
                raise NeverCame(f"{what}; the page {sheet.address} says: {sheet.text[:1500]}")
            if meanwhile is not None:
                meanwhile()
            time.sleep(PAUSE_SECONDS)

    def await_case(self, key, text, **options):
        """The case page once it says so."""
        return self.await_page(
            lambda: self.case(key), lambda sheet: text in sheet.text, f"{key}: {text}", **options
        )

    def await_active(self, key, **options):
        """The loan page once the loan is active."""
        address = self.await_page(
            lambda: self.case(key), lambda sheet: sheet.links_to("/loans/"), f"{key}: a loan"
        ).links_to("/loans/")[0]
        return self.await_page(
            lambda: self.visit(address),
            lambda sheet: {"还款中", "Active"} & set(sheet.status_chips),
            f"{key}: an active loan",
            **options,
        )

    def set_party(self, party, **switches):
        """Set the switches of a simulated party that answers at once; those not named are off."""
        address = f"{self.installation.bank_address}/{party}/switches"
        requests.post(address, data=switches, timeout=10).raise_for_status()

    def retry_incident(self, key):
        return self.press_in_row("/incidents", key, "重试")

    def pdf_text(self, address, name):
        """The text of a document that is offered on a page."""
        pages = PdfReader(BytesIO(self.download(address, name))).pages
        return "".join("".join(page.extract_text() for page in pages).split())

    def payments(self, request_prefix):
        """The payments on the bank's page whose request number begins so: number, amount, status and so on."""
        return [
            row for row in self.bank_page().rows(holding=request_prefix) if row[0].startswith(request_prefix)
        ]
