"""The store of lending on a real database: a founded company, its staff, a dealer, and steps of the way to a loan."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import loan_book
import loan_life
import pytest
from laid_out import fixtures
from sqlalchemy import select
from sqlalchemy.orm import Session

import company.files
import company.organisation
import company.people
from company import parameters
from company.database import Database
from company.organisation import Company, LenderType, Unit, UnitKind, add_unit
from company.parameter_values import VALUES
from company.people import Employee, hire, seed_roles
from company.vault import Vault
from lending import (
    applications,
    approvals,
    contracts,
    customers,
    dealers,
    disbursements,
    documents,
    loans,
    products,
    seeding,
    vehicles,
)
from lending.applications import Application
from lending.contracts import Contract, SigningMethod
from lending.dealers import Dealer
from lending.disbursements import PaymentAttempt
from lending.disclosure import DisclosureMethod
from lending.documents import DocumentKind, StoredDocument
from lending.life import beginning
from lending.maths.convention import Method
from lending.vehicles import Energy, VehicleKind, VehicleUse

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
TODAY = date(2026, 3, 2)
IDENTITY = "11010519491231002X"
OTHER_IDENTITY = "360426199101010071"
VIN = "LGXCE6CB4P0123456"
ACCOUNT = "31050161393600001234"
VAULT = Vault(b"0123456789abcdef0123456789abcdef")


@dataclass
class House:
    """The database and the people and keys that the steps need."""

    database: Database
    vault: Vault
    unit_id: int
    maker_id: int
    checker_id: int
    dealer_id: int

    def apply(
        self,
        session: Session,
        *,
        identity: str = IDENTITY,
        vin: str = VIN,
        amount: str = "100000.00",
        on: date = TODAY,
        use: VehicleUse = VehicleUse.SELF,
        kind: VehicleKind = VehicleKind.NEW,
        term_months: int = 36,
        price: str = "150000.00",
        method: Method = Method.EQUAL_INSTALMENT,
    ) -> Application:
        draft = applications.open_draft(
            session, unit_id=self.unit_id, owner_id=self.maker_id, year=on.year, now=NOW
        )
        customer = customers.register(
            session,
            self.vault,
            name="林晓芸" if identity == IDENTITY else "周明",
            identity=identity,
            phone="13812345678",
            address="上海市浦东新区测试路1号",
            card="6222021234567894",
            unit_id=self.unit_id,
            owner_id=self.maker_id,
            now=NOW,
        )
        vehicle = vehicles.register(
            session, vin_text=vin, model_name="远航 E5 2026款", kind=kind, energy=Energy.NEV, now=NOW
        )
        return applications.submit(
            session,
            draft.application_no,
            customer=customer,
            vehicle=vehicle,
            dealer=dealers.get(session, self.dealer_id),
            product=products.get(session, "BIZ_FLEET" if kind is VehicleKind.USED else "NEW_STD"),
            amount=Decimal(amount),
            term_months=term_months,
            annual_rate=Decimal("0.0588"),
            method=method,
            vehicle_use=use,
            vehicle_price=Decimal(price),
            on=on,
        )

    def approve(self, session: Session, application_no: str, **terms: object) -> None:
        granted = {
            "amount": Decimal("100000.00"),
            "term_months": 36,
            "annual_rate": Decimal("0.0588"),
            "method": Method.EQUAL_INSTALMENT,
            "by": self.checker_id,
            "on": TODAY,
            "now": NOW,
        }
        applications.approve(session, application_no, **(granted | terms))

    def generate(self, session: Session, application_no: str) -> Contract:
        return contracts.generate(session, application_no, by=self.maker_id, on=TODAY, now=NOW)

    def disclose(self, session: Session, contract_no: str) -> None:
        contracts.record_prints(session, contract_no, contract_sha256="a" * 64, sheet_sha256="b" * 64)
        contracts.confirm_disclosure(
            session,
            contract_no,
            method=DisclosureMethod.PAPER,
            reading_seconds=None,
            by=self.maker_id,
            on=TODAY,
            now=NOW,
        )

    def sign(self, session: Session) -> str:
        application = self.apply(session)
        self.approve(session, application.application_no)
        contract = self.generate(session, application.application_no)
        self.disclose(session, contract.contract_no)
        contracts.sign(session, contract.contract_no, method=SigningMethod.PAPER, on=TODAY, now=NOW)
        loans.open_from_contract(session, contract.contract_no, now=NOW)
        return contract.contract_no

    def meet_conditions(self, session: Session, loan_no: str) -> None:
        application_no = loans.get(session, loan_no).application_no
        for kind in ("down_payment_slip", "purchase_invoice", "insurance_policy"):
            stored = StoredDocument(kind.ljust(64, "0"), 1000, "application/pdf")
            documents.attach(
                session, application_no, DocumentKind(kind), f"{kind}.pdf", stored, by=self.maker_id, now=NOW
            )
        approvals.meet_conditions(
            session,
            application_no,
            ["down_payment", "invoice", "insurance"],
            by=self.maker_id,
            now=NOW,
        )

    def register(self, session: Session, loan_no: str, **facts: object) -> disbursements.Disbursement:
        usual = {
            "maker_id": self.maker_id,
            "payee_name": "沪东远航汽车销售有限公司",
            "payee_account": ACCOUNT,
            "amount": Decimal("100000.00"),
            "on": TODAY,
            "now": NOW,
        }
        return disbursements.register(session, self.vault, loan_no, **(usual | facts))

    def release(self, session: Session) -> PaymentAttempt:
        loan_no = self.sign(session)
        self.meet_conditions(session, loan_no)
        self.register(session, loan_no)
        return disbursements.check(session, loan_no, checker_id=self.checker_id, on=TODAY, now=NOW)


def found_company(database: Database) -> None:
    """A company of one branch with two people of finance, the products and a dealer."""
    with database.write() as session:
        session.add(
            Company(
                name="车流测试公司",
                name_en="Test company",
                code="CY",
                lender_type=LenderType.AUTO_FINANCE,
                business_date=TODAY,
            )
        )
        root = add_unit(
            session, parent=None, kind=UnitKind.COMPANY, code="HQ", name="总部", name_en="Head office"
        )
        branch: Unit = add_unit(
            session,
            parent=root,
            kind=UnitKind.BRANCH,
            code="SH1",
            name="上海浦东分公司",
            name_en="Shanghai Pudong",
            region="310115",
            contract_code="SH1",
        )
        seed_roles(session)
        for key, setting, valid_from, source in VALUES:
            parameters.publish(
                session, key, setting, valid_from=valid_from, source_text=source, approved_by="system"
            )
        hire(session, "finance_maker", "财务甲", branch, ["finance_maker"], "-")
        hire(session, "finance_checker", "财务乙", branch, ["finance_checker"], "-")
        seeding.seed(session)
        dealers.add(
            session,
            VAULT,
            name="沪东远航汽车销售有限公司",
            social_credit_code="91350100M000100Y43",
            bank_name="测试银行上海分行",
            account=ACCOUNT,
            unit_id=branch.id,
            now=NOW,
        )


sqlite_url, postgresql_url = fixtures(found_company)


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    database = Database(database_url)
    with database.read() as session:
        people = {person.username: person.id for person in session.scalars(select(Employee))}
        branch_id = session.scalars(select(Unit.id).where(Unit.code == "SH1")).one()
        dealer_id = session.scalars(select(Dealer.id)).one()
    yield House(database, VAULT, branch_id, people["finance_maker"], people["finance_checker"], dealer_id)
    database.close()


@pytest.fixture
def files(tmp_path: Path, house: House) -> company.files.FileStore:
    return company.files.FileStore(tmp_path / "files", house.vault)


@pytest.fixture
def life(house: House) -> Iterator[loan_life.Life]:
    """The loan of the support module, paid out, in a transaction of its own."""
    now, paid_on = loan_life.NOW, loan_life.PAID_ON
    with house.database.write() as session:
        attempt = house.release(session)
        disbursements.mark_sent(session, attempt.request_id, now=now)
        disbursements.succeed(session, attempt.request_id, value_date=paid_on, bank_reference="B-1", now=now)
        loan_no = session.query(loans.Loan).one().loan_no
        loans.activate(session, loan_no, value_date=paid_on, now=now)
        beginning.begin(session, loan_no, now=now)
        yield loan_life.Life(session, loan_no)


@pytest.fixture
def book(house: House, files: company.files.FileStore) -> loan_book.Book:
    """The books stand at the day of a first pay-out: 100,000 yuan over 36 months, due on the 3rd."""
    paid_on = loan_book.PAID_ON
    now = loan_book.at(paid_on)
    with house.database.write() as session:
        attempt = house.release(session)
        disbursements.mark_sent(session, attempt.request_id, now=now)
        disbursements.succeed(session, attempt.request_id, value_date=paid_on, bank_reference="B-1", now=now)
        loan_no = session.query(loans.Loan).one().loan_no
        loans.activate(session, loan_no, value_date=paid_on, now=now)
    made = loan_book.Book(house.database, house.vault, files, loan_no)
    made.open(paid_on)
    return made
