"""What handlers need of the world outside: the vault, the file store, the bank and short readings of the database."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import date
from decimal import Decimal
from typing import Protocol

from sqlalchemy.orm import Session

from company.files import FileStore
from company.vault import Vault
from lending.bank.debits import Answered, Ordered
from lending.bureau_reports import ReportFacts
from lending.contact_gate import Decides


class PaymentAnswer(Protocol):
    """What the bank says of one request: processing, succeeded, failed, or unknown when it never received it."""

    @property
    def status(self) -> str:
        """processing, succeeded, failed or unknown."""

    @property
    def reason(self) -> str:
        """Why it failed."""

    @property
    def bank_reference(self) -> str:
        """The bank's own number of the payment."""

    @property
    def value_date(self) -> date | None:
        """The day the money moved."""


class Bank(Protocol):
    """The bank's payment service; the same request id is paid once."""

    def pay(
        self,
        *,
        request_id: str,
        amount: Decimal,
        payee_name: str,
        payee_account: str,
        purpose: str,
        value_date: date,
    ) -> PaymentAnswer:
        """Instruct a payment."""

    def ask(self, request_id: str) -> PaymentAnswer:
        """Ask what became of it."""

    def collect(self, *, batch_id: str, collect_on: date, items: Sequence[Ordered]) -> None:
        """Order the direct debits of a day; the same batch id is taken once."""

    def collected(self, batch_id: str, *, after: int, limit: int) -> Sequence[Answered]:
        """Ask what became of the items behind a number."""


class PriceQuote(Protocol):
    """What a price service says of a car, in yuan."""

    @property
    def reference(self) -> str:
        """The service's own number of the quote."""

    @property
    def source_name(self) -> str:
        """Who says so."""

    @property
    def new_price(self) -> Decimal:
        """Of such a car new."""

    @property
    def price(self) -> Decimal:
        """Of this one."""

    @property
    def quoted_on(self) -> date:
        """The day of the quote."""


class VehiclePrices(Protocol):
    """The price service; the same request id is one quote."""

    def quote(
        self,
        *,
        request_id: str,
        model_name: str,
        first_registered_on: date | None,
        mileage_km: int,
        region: str,
    ) -> PriceQuote | None:
        """Ask for a price; None when it does not know the model."""


class IdentityAnswer(Protocol):
    """What the identity check says of a name and a number."""

    @property
    def agrees(self) -> bool:
        """Whether they belong together."""

    @property
    def court_listed(self) -> bool | None:
        """Whether a court lists the person; None when it does not say."""


class IdentityService(Protocol):
    """The identity check; the same request id is one check."""

    def check(self, *, request_id: str, name: str, identity_no: str, method: str) -> IdentityAnswer:
        """Ask whether name and number (and face) belong together."""


class BureauAnswer(Protocol):
    """A report as it came."""

    @property
    def identity_no(self) -> str:
        """Of whom it speaks."""

    @property
    def facts(self) -> ReportFacts:
        """What it says."""


class CreditBureau(Protocol):
    """The credit bureau; the same request id is one enquiry."""

    def report(
        self, *, request_id: str, name: str, identity_no: str, purpose: str, authorisation: str
    ) -> BureauAnswer:
        """Query a person under a consent."""


class SmsGateway(Protocol):
    """Sends short messages; the same request id is one message."""

    def send(self, *, request_id: str, mobile: str, text: str) -> None:
        """Send a text."""


class FraudAnswer(Protocol):
    """What the fraud scoring says."""

    @property
    def score(self) -> int | None:
        """From 0 (harmless) to 100; None when it has none."""

    @property
    def model(self) -> str:
        """Which model said so."""


class FraudScoring(Protocol):
    """The fraud scoring; the same request id is one score."""

    def score(
        self, *, request_id: str, phone: str, address: str, device: str, vin: str, dealer: str, amount: str
    ) -> FraudAnswer:
        """Ask for a score; what identifies people is a digest."""


class Parties(Protocol):
    """The parties that answer at once."""

    @property
    def bureau(self) -> CreditBureau:
        """Reports on people's credit."""

    @property
    def identity(self) -> IdentityService:
        """Checks identities."""

    @property
    def sms(self) -> SmsGateway:
        """Sends short messages."""

    @property
    def fraud(self) -> FraudScoring:
        """Scores applications."""


class Readable(Protocol):
    """A database that can be read for a moment."""

    def read(self) -> AbstractContextManager[Session]:
        """A session that changes nothing."""


class World(Protocol):
    """Everything together, as the wiring hands it over."""

    @property
    def vault(self) -> Vault:
        """Opens and seals personal values."""

    @property
    def files(self) -> FileStore:
        """Keeps documents."""

    @property
    def bank(self) -> Bank:
        """Pays."""

    @property
    def prices(self) -> VehiclePrices:
        """Quotes what cars are worth."""

    @property
    def parties(self) -> Parties:
        """Bureau, identity check and SMS."""

    @property
    def contact_rules(self) -> Decides:
        """The table that every contact with a customer passes."""

    @property
    def database(self) -> Readable:
        """For the outside step of a job, which runs in no transaction."""
