"""A direct address to a record of another branch: every route that names one, asked by people of both branches."""

import pytest
from loan_pages import paid_out
from sqlalchemy import select

from lending.applications import Application
from lending.documents import Document
from lending.loans import Loan
from web.permissions import CUSTOMER, NEEDS

# Roles that read in a branch; the first person is of the branch of the loan, the second of the two others.
READERS = ("branch_manager", "contract_officer", "finance_checker", "reviewer_l1")


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    made = paid_out(tmp_path_factory)
    yield made
    made.close()


@pytest.fixture(scope="module")
def records(pages):
    """Of each kind of record one that belongs to the loan, by the name that routes give it."""
    with pages.house.database.read() as session:
        loan = session.scalars(select(Loan)).one()
        application = session.scalars(
            select(Application).where(Application.application_no == loan.application_no)
        ).one()
        document = session.scalar(select(Document.id).where(Document.business_key == loan.application_no))
        return {
            "loan_no": loan.loan_no,
            "application_no": loan.application_no,
            "business_key": loan.application_no,
            "customer_id": loan.customer_id,
            "vehicle_id": application.vehicle_id,
            "document_id": document,
            "kind": "receipt",
        }


def addresses(app, records):
    """The staff's pages that show one of the records."""
    for rule in app.url_map.iter_rules():
        if NEEDS.get(rule.endpoint) == CUSTOMER:
            continue
        names = set(rule.arguments)
        if "GET" in rule.methods and names and names <= {key for key, value in records.items() if value}:
            yield rule.endpoint, rule.build(dict(records))[1]


@pytest.mark.feature("M-006")
@pytest.mark.parametrize("reader", READERS)
def test_a_record_of_another_branch_is_no_page_for_who_reads_his_own(pages, records, reader):
    near, far = pages.browser(reader), pages.browser(f"{reader}_2")
    found = list(addresses(pages.app, records))

    there = {endpoint: near.get(address).status_code for endpoint, address in found}
    elsewhere = {endpoint: far.get(address).status_code for endpoint, address in found}

    assert {"loans.show", "cases.show", "customers.show", "vehicles.show"} <= set(NEEDS) & set(there)
    assert 200 in there.values()
    assert {endpoint: status for endpoint, status in elsewhere.items() if status not in (403, 404)} == {}
