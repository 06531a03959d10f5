"""What the notice of an assignment says to a debtor or guarantor."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from company.masking import mask_identity
from company.organisation import branch_of, the_company
from company.vault import Vault
from lending import customers, loans
from lending.claim_records import ClaimItem, ClaimNotice, ClaimPackage
from lending.money import written
from lending.printing import Facts
from lending.printing.facts import who
from lending.printing.wording import written_day


def notice(session: Session, vault: Vault, package: ClaimPackage, told: ClaimNotice, *, on: date) -> Facts:
    """Everything the notice prints; the addressee's number masked."""
    loan = loans.get(session, told.loan_no)
    item = session.get_one(ClaimItem, (package.id, told.loan_no))
    addressee = who(session, vault, customers.get(session, told.customer_id))
    return {
        "lender": the_company(session).name,
        "branch": branch_of(session, loan.unit_id).name,
        "notice_no": told.notice_no,
        "addressee": {
            "name": addressee["name"],
            "identity_label": addressee["identity_label"],
            "identity_masked": mask_identity(addressee["identity"]),
        },
        "contract_no": loan.loan_no,
        "transferred_on": written_day(package.settled_on or on),
        "principal": written(item.principal),
        "other": written(item.other),
        "buyer": package.buyer_name,
        "buyer_account": package.buyer_account,
        "written_on": written_day(on),
    }
