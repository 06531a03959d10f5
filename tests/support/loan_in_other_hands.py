"""A loan that somebody else owes from a day on, as a change of debtor leaves it."""

from customers_at_hand import LI, PHONE

from lending import customers, loans
from lending.transfer_records import LoanDebtor


def pass_on(session, vault, loan_no, since, *, now):
    """Let an invented person owe the loan from a day on; the ids of who owed it and of who owes it."""
    loan = loans.get(session, loan_no)
    newcomer = customers.register(
        session,
        vault,
        name="李新主",
        identity=LI,
        phone=PHONE,
        unit_id=loan.unit_id,
        owner_id=loan.owner_id,
        now=now,
    )
    former = loan.customer_id
    session.add(LoanDebtor(loan_no=loan_no, since=loan.value_date, until=since, customer_id=former))
    session.flush()
    session.add(LoanDebtor(loan_no=loan_no, since=since, until=None, customer_id=newcomer.id))
    loan.customer_id = newcomer.id
    session.flush()
    return former, newcomer.id
