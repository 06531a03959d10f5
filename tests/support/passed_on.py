"""A loan that another customer takes over, as at the end of a change of debtor."""

from decimal import Decimal

from customers_at_hand import LI, enter

from lending import applications, debt_transfers, loans

OTHER_PHONE = "13822223333"


def pass_on(paid, on):
    """Let 李四 owe the loan of a :class:`paid_loan.PaidLoan` from ``on``; the id of the new debtor."""
    paid.database, paid.vault = paid.house.database, paid.house.world.vault
    newcomer = enter(paid, "李四", LI, OTHER_PHONE, owner="front_desk")
    with paid.house.database.write() as session:
        loan = loans.get(session, paid.loan_no)
        made = {"unit_id": loan.unit_id, "owner_id": loan.owner_id, "year": 2026, "now": paid.clock.now()}
        number = applications.open_draft(session, **made).application_no
        asked = {"principal": Decimal("95000.00"), "instalments_paid": 2, "on": on, "by": None}
        transfer = debt_transfers.begin(session, loan, number, **asked)
        transfer.to_customer_id = newcomer
        debt_transfers.switch(session, transfer.transfer_no, on=on)
    return newcomer
