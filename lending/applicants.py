"""Who applies, before anything is submitted: whose draft it is, and who else used the same contact lately."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lending import applications, consents
from lending.applications import Application
from lending.customers import Customer


def name_applicant(session: Session, application_no: str, customer: Customer) -> Application:
    """Say for whom a draft is; consents given under a file that turned out wrong follow to the right one."""
    application = applications.get(session, application_no, to_change=True)
    if application.customer_id not in (None, customer.id):
        consents.follow(session, application_no, application.customer_id or 0, customer.id)
    application.customer_id = customer.id
    session.flush()
    return application


def same_contact(session: Session, customer: Customer, since: datetime) -> int:
    """How many applications since a moment, this one included, stand under the customer's mobile number."""
    asked = select(func.count(Application.id)).join(Customer, Customer.id == Application.customer_id)
    asked = asked.where(Customer.phone_index == customer.phone_index, Application.created_at >= since)
    return session.scalar(asked) or 0
