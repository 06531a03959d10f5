"""What ties an application to those of other people: the same phone, address, device or car; how much one dealer sends.

Phone, address and device are kept as blind indexes: equal ones are found, none can be read. A spouse or relative who
lives at the same address is no stranger: customers of one risk group do not count.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import ColumnElement, ForeignKey, LargeBinary, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Instant
from company.organisation import Unit, branch_of
from company.vault import Vault
from lending import customers, relations
from lending.applications import Application, ApplicationStatus, RejectionReason
from lending.customers import Customer

LOOK_BACK = timedelta(days=90)
DEALER_WINDOW = timedelta(days=7)
_SHARE = Decimal("0.0001")


class ContactTrace(Base):
    """By what an application could be reached when it was checked; what is not known is NULL."""

    __tablename__ = "contact_trace"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_no: Mapped[str] = mapped_column(ForeignKey("application.application_no"), unique=True)
    phone_index: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    address_index: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    device_index: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    noted_at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True)
class Links:
    """The numbers of other people's applications that share something, oldest first, and the dealer's share.

    ``confirmed`` are those among them that were rejected for fraud; ``dealer_share`` is a fraction of the
    applications of the branch in the window, ``dealer_count`` their number, ``dealers`` how many dealers sent any.
    """

    phone: tuple[str, ...]
    address: tuple[str, ...]
    device: tuple[str, ...]
    vehicle: tuple[str, ...]
    confirmed: tuple[str, ...]
    dealer_count: int
    dealer_share: Decimal
    dealers: int


def plain_address(text: str) -> str:
    """An address as it is compared: letters, digits and characters alone, in one width.

    >>> plain_address("上海市徐汇区 示例路１号-2室") == plain_address("上海市徐汇区示例路1号2室")
    True
    """
    return "".join(sign for sign in unicodedata.normalize("NFKC", text) if sign.isalnum()).upper()


def trace(
    session: Session,
    vault: Vault,
    application: Application,
    *,
    device: str | None,
    now: datetime,
) -> ContactTrace:
    """Keep phone, address and device (an IMEI) of an application as they stand now; a second time corrects them."""
    customer = customers.get(session, application.customer_id or 0)
    address = customers.address_of(session, vault, customer)
    row = session.scalar(
        select(ContactTrace).where(ContactTrace.application_no == application.application_no)
    )
    if row is None:
        row = ContactTrace(application_no=application.application_no)
        session.add(row)
    row.phone_index = customer.phone_index
    row.address_index = vault.blind_index("address", plain_address(address)) if address else None
    row.device_index = vault.blind_index("device", device) if device else None
    row.noted_at = now
    session.flush()
    return row


def find_trace(session: Session, application_no: str) -> ContactTrace | None:
    """What was kept of an application, if it came so far."""
    return session.scalar(select(ContactTrace).where(ContactTrace.application_no == application_no))


def of(session: Session, application: Application, kept: ContactTrace, now: datetime) -> Links:
    """Everything that ties the application to others of the last ninety days; confirmed fraud counts at any age."""
    strangers = _strangers(session, application)
    shared = {
        name: _numbers(session, strangers, condition, since=now - LOOK_BACK)
        for name, condition in _conditions(application, kept).items()
    }
    confirmed = [
        number
        for condition in _conditions(application, kept).values()
        for number in _numbers(session, strangers, condition, only=_is_fraud)
    ]
    count, share, dealers = _concentration(session, application, now - DEALER_WINDOW)
    return Links(
        phone=shared.get("phone", ()),
        address=shared.get("address", ()),
        device=shared.get("device", ()),
        vehicle=shared.get("vehicle", ()),
        confirmed=tuple(dict.fromkeys(confirmed)),
        dealer_count=count,
        dealer_share=share,
        dealers=dealers,
    )


def _conditions(application: Application, kept: ContactTrace) -> dict[str, ColumnElement[bool]]:
    """By what another application would be found; what this one has not got ties it to nothing."""
    found: dict[str, ColumnElement[bool]] = {}
    for name, column, value in (
        ("phone", ContactTrace.phone_index, kept.phone_index),
        ("address", ContactTrace.address_index, kept.address_index),
        ("device", ContactTrace.device_index, kept.device_index),
    ):
        if value is not None:
            found[name] = column == value
    if application.vehicle_id is not None:
        found["vehicle"] = Application.vehicle_id == application.vehicle_id
    return found


def _strangers(session: Session, application: Application) -> tuple[ColumnElement[bool], ...]:
    """Applications of customers who do not make one risk with the applicant; a record merged away is who it became."""
    own: set[int] = set()
    for member in relations.group(session, application.customer_id or 0):
        own.update(session.scalars(select(Customer.id).where(Customer.id.in_(customers.records_of(member)))))
    return (
        Application.application_no != application.application_no,
        Application.status != ApplicationStatus.DRAFT,
        Application.customer_id.not_in(own),
    )


def _numbers(
    session: Session,
    conditions: tuple[ColumnElement[bool], ...],
    shared: ColumnElement[bool],
    *,
    since: datetime | None = None,
    only: Callable[[Application], bool] = lambda _one: True,
) -> tuple[str, ...]:
    asked = (
        select(Application)
        .outerjoin(ContactTrace, ContactTrace.application_no == Application.application_no)
        .where(*conditions, shared)
    )
    if since is not None:
        asked = asked.where(Application.created_at >= since)
    return tuple(one.application_no for one in session.scalars(asked.order_by(Application.id)) if only(one))


def _is_fraud(application: Application) -> bool:
    """Whether a person rejected it for fraud; what a rule stopped has a code of its own."""
    rejected = application.status is ApplicationStatus.REJECTED
    return rejected and RejectionReason.FRAUD.value in (application.reason_codes or ())


def _concentration(session: Session, application: Application, since: datetime) -> tuple[int, Decimal, int]:
    """How many applications the dealer sent to the branch since then, their share, and how many dealers sent any."""
    branch = branch_of(session, application.unit_id)
    units = select(Unit.id).where(Unit.path.startswith(branch.path))
    counted = session.execute(
        select(Application.dealer_id, func.count().label("applications"))
        .where(
            Application.unit_id.in_(units),
            Application.created_at >= since,
            Application.dealer_id.is_not(None),
            Application.status != ApplicationStatus.DRAFT,
        )
        .group_by(Application.dealer_id)
    ).all()
    by_dealer = {row.dealer_id: row.applications for row in counted}
    own, total = by_dealer.get(application.dealer_id, 0), sum(by_dealer.values())
    return own, (Decimal(own) / total).quantize(_SHARE) if total else Decimal(0), len(by_dealer)
