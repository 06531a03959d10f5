"""The step of the parties, up and down, with a guarantor's papers in the tables."""

from datetime import UTC, date, datetime

from sqlalchemy import text

import lending.tables
from company import migrations
from company.database import Database
from company.founding import found
from company.organisation import the_company, unit_of
from company.vault import Vault
from lending import consents, customers, document_requirements, documents, fraud, identity_checks, parties
from lending.applications import Application
from lending.consents import CORE
from lending.contract_numbers import ContractNumber, NumberKind
from lending.document_requirements import Listed
from lending.documents import DocumentKind, StoredDocument
from lending.fraud_links import ContactTrace
from lending.identity_checks import CheckMethod, IdentityResult
from lending.parties import Named, PartyPlace

NOW, TODAY = datetime(2026, 3, 2, tzinfo=UTC), date(2026, 3, 2)


def fill(session):
    """An application with a company as guarantor: its own consents, papers, check and contract number."""
    vault = Vault(b"0123456789abcdef0123456789abcdef")
    assert the_company(session).name
    unit = unit_of(session, 1).id
    filing = {"unit_id": unit, "owner_id": None, "now": NOW}
    person = customers.register(
        session, vault, name="林晓芸", identity="11010519491231002X", phone="13800138000", **filing
    )
    company = customers.register_corporate(
        session,
        vault,
        name="长" * 70 + "有限公司",
        credit_code="91310115MA1K3ABC1G",
        phone="13900139000",
        **filing,
    )
    session.add(Application(application_no="APP-1", unit_id=unit, customer_id=person.id, created_at=NOW))
    session.flush()
    session.add(ContactTrace(application_no="APP-1", device_index=b"i" * 32, noted_at=NOW))
    fraud.record_score(session, "APP-1", request_id="F-1", score=12, model="m", now=NOW)
    parties.name(session, "APP-1", person, {PartyPlace.GUARANTOR_1: Named(company)}, now=NOW)
    for one in (person, company):
        consents.record(session, "APP-1", one.id, set(CORE), by=None, now=NOW, asked=CORE)
    for place in ("", "guarantor_1"):
        stored = StoredDocument(place.ljust(64, "0"), 10, "application/pdf")
        kind = DocumentKind.PRIVACY_CONSENT
        documents.attach(session, "APP-1", kind, "a.pdf", stored, by=None, now=NOW, place=place)
    listed = [Listed("privacy_consent", "required", "-", place) for place in ("", "guarantor_1")]
    document_requirements.replace(session, "APP-1", listed, now=NOW)
    for customer_id in (None, company.id):
        identity_checks.record(
            session,
            "APP-1",
            customer_id=customer_id,
            method=CheckMethod.TWO_ELEMENTS,
            result=IdentityResult.VERIFIED,
            now=NOW,
        )
    for number, kind in (("A", NumberKind.LOAN), ("B", NumberKind.GUARANTEE)):
        session.add(
            ContractNumber(contract_no=number, kind=kind, application_no="APP-1", unit_id=unit, taken_at=NOW)
        )


def test_going_back_keeps_the_applicants_own_and_drops_what_the_step_before_cannot_read(database_url):
    assert lending.tables.TABLES
    database = Database(database_url)
    migrations.upgrade(database)
    with database.write() as session:
        found(
            session,
            name="测试汽贸融资有限公司",
            name_en="Test Lending Ltd",
            units=(),
            lender_type="auto_finance",
            business_date=TODAY,
        )
        fill(session)

    migrations.downgrade(database, "0009")
    with database.read() as session:
        kept = {
            table: session.execute(text(f"SELECT count(*) FROM {table}")).scalar()
            for table in ("customer", "consent", "document", "document_requirement", "identity_check")
        }
        numbers = session.execute(text("SELECT kind FROM contract_number")).scalars().all()
        parameters = session.execute(
            text("SELECT count(*) FROM parameter WHERE key = 'beneficial_owner_share'")
        ).scalar()
    migrations.upgrade(database)
    migrations.require_no_difference(database)

    assert kept == {
        "customer": 2,
        "consent": 2,
        "document": 1,
        "document_requirement": 1,
        "identity_check": 1,
    }
    assert numbers == ["JK"]
    assert parameters == 0
    with database.read() as session:
        assert session.scalar(text("SELECT count(*) FROM parameter WHERE key = 'group_exposure_max'")) == 1
        # What was kept of the application is gone; by its customer's phone it is known again.
        trace = session.execute(text("SELECT phone_index, device_index FROM contact_trace")).one()
        assert (len(trace.phone_index), trace.device_index) == (32, None)
        assert session.scalar(text("SELECT count(*) FROM fraud_check")) == 0
    database.close()
