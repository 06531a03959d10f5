"""Credit applications: what a customer asks for and what was decided; where a case stands is asked of its process."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import Date, ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company import parameters
from company.database import Base, Fen, Instant, Rate, Tagged
from company.organisation import branch_of
from lending import approvals, limits, products, sequences, vehicles
from lending.approvals import Approval
from lending.columns import worded
from lending.customers import Customer
from lending.dealers import Dealer
from lending.errors import LendingError, NotFound, step
from lending.labels import Labelled
from lending.locks import held
from lending.maths.convention import Method
from lending.products import Product
from lending.vehicles import Vehicle, VehicleUse


class ApplicationStatus(Labelled):
    """The business facts of an application's life."""

    DRAFT = "draft", "草稿", "Draft"
    SUBMITTED = "submitted", "已提交", "Submitted"
    APPROVED = "approved", "已批准", "Approved"
    CONDITIONALLY_APPROVED = "conditionally_approved", "附条件批准", "Conditionally approved"
    REJECTED = "rejected", "已拒绝", "Rejected"
    WITHDRAWN = "withdrawn", "客户已撤回", "Withdrawn"
    CLOSED_TIMEOUT = "closed_timeout", "超时关闭", "Closed for lack of an answer"
    SIGNED = "signed", "已签约", "Signed"
    LAPSED = "lapsed", "已失效", "Lapsed"


class RejectionReason(Labelled):
    """Why an application is rejected, in words a customer may be told."""

    INCOME = "income", "收入不足以覆盖月供", "Income does not cover the instalments"
    CREDIT_HISTORY = "credit_history", "信用记录不符合要求", "Credit history does not meet our rules"
    VEHICLE = "vehicle", "车辆不符合要求", "The car does not meet our rules"
    DOCUMENTS = "documents", "资料不全或不实", "Documents incomplete or untrue"
    FRAUD = "fraud", "存在欺诈疑点", "Suspicion of fraud"
    FRAUD_ALERT = "fraud_alert", "触发反欺诈规则", "Stopped by the anti-fraud rules"
    POLICY = "policy", "不符合产品政策", "Outside the product's policy"
    LISTED = "listed", "客户、车辆或经销商在禁止受理名单内", "On a list of those we do not lend to"
    OTHER = "other", "其他", "Other"


_S = ApplicationStatus
TRANSITIONS = {
    _S.DRAFT: frozenset({_S.SUBMITTED, _S.REJECTED, _S.WITHDRAWN, _S.CLOSED_TIMEOUT}),
    _S.SUBMITTED: frozenset(
        {
            _S.DRAFT,
            _S.APPROVED,
            _S.CONDITIONALLY_APPROVED,
            _S.REJECTED,
            _S.WITHDRAWN,
            _S.CLOSED_TIMEOUT,
            _S.LAPSED,
        }
    ),
    _S.APPROVED: frozenset({_S.SIGNED, _S.WITHDRAWN, _S.LAPSED}),
    _S.CONDITIONALLY_APPROVED: frozenset({_S.SIGNED, _S.WITHDRAWN, _S.LAPSED}),
    _S.SIGNED: frozenset({_S.WITHDRAWN, _S.LAPSED}),
    _S.REJECTED: frozenset({_S.DRAFT}),  # only by a reconsideration
}
OPEN = frozenset({_S.SUBMITTED, _S.APPROVED, _S.CONDITIONALLY_APPROVED, _S.SIGNED})


class ApplicationAlreadyOpen(LendingError):
    """The same person already applies for the same car."""

    code = "application_already_open"
    zh = "该客户就同一辆车已有在办申请 {other}，不能重复申请。"
    en = "This customer already has the application {other} for the same car; one at a time."


class ReapplyTooSoon(LendingError):
    """A rejected customer applies again before the waiting time is over."""

    code = "reapply_too_soon"
    zh = "该客户的申请 {other} 于 {rejected_on} 被拒绝，{earliest} 之后方可重新申请。"
    en = "The application {other} was rejected on {rejected_on}; this customer may apply again from {earliest}."


class ApplicationExpired(LendingError):
    """The application was not decided within its validity."""

    code = "application_expired"
    zh = "申请 {application_no} 的有效期至 {valid_until}，已过期，请重新提交。"
    en = "The application {application_no} was valid until {valid_until}; submit a new one."


class DownPaymentMissing(LendingError):
    """The loan is not smaller than the price of the car."""

    code = "down_payment_missing"
    zh = "申请金额 {amount:,.2f} 元不得高于车价 {price:,.2f} 元。"
    en = "The amount {amount:,.2f} may not be higher than the price of the car, {price:,.2f}."


class RejectionReasonMissing(LendingError):
    """A rejection needs a reason."""

    code = "rejection_reason_missing"
    zh = "拒绝申请 {application_no} 时至少选择一个理由。"
    en = "Choose at least one reason to reject {application_no}."


class WithdrawalTooLate(LendingError):
    """The payment has been released, so that the customer can no longer withdraw."""

    code = "withdrawal_too_late"
    zh = "申请 {application_no} 的放款已复核放行，不能再撤回；如需退出请办理提前结清。"
    en = "The payment for {application_no} has been released; it cannot be withdrawn any more, only settled early."


class Application(Base):
    """One request. ``active_key`` is held while the application is open: it makes person and car unique."""

    __tablename__ = "application"
    __table_args__ = (UniqueConstraint("active_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    application_no: Mapped[str] = mapped_column(String(32), unique=True)
    status: Mapped[ApplicationStatus] = mapped_column(
        worded(ApplicationStatus), default=ApplicationStatus.DRAFT
    )
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"), index=True)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), index=True)
    vehicle_id: Mapped[int | None] = mapped_column(ForeignKey("vehicle.id"), index=True)
    dealer_id: Mapped[int | None] = mapped_column(ForeignKey("dealer.id"), index=True)
    product_id: Mapped[int | None] = mapped_column(ForeignKey("product.id"))
    amount: Mapped[Decimal | None] = mapped_column(Fen)
    term_months: Mapped[int | None]
    annual_rate: Mapped[Decimal | None] = mapped_column(Rate)
    method: Mapped[Method | None] = mapped_column(worded(Method))
    credit_line_id: Mapped[int | None] = mapped_column(ForeignKey("credit_line.id"), index=True)
    vehicle_use: Mapped[VehicleUse | None] = mapped_column(worded(VehicleUse))
    vehicle_price: Mapped[Decimal | None] = mapped_column(Fen)
    price_base: Mapped[Decimal | None] = mapped_column(Fen)
    submitted_on: Mapped[date | None] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)
    active_key: Mapped[str | None] = mapped_column(String(40))
    reason_codes: Mapped[list[str] | None] = mapped_column(Tagged)
    closing_note: Mapped[str | None] = mapped_column(String(500))
    closed_on: Mapped[date | None] = mapped_column(Date)
    released_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)

    @property
    def loan_to_value(self) -> Decimal:
        """The amount as a part of the price it is measured against, to 1e-8 (汽车贷款管理办法 第二十二条)."""
        if not self.amount or not self.price_base:
            return Decimal(0)
        return (self.amount / self.price_base).quantize(Decimal("0.00000001"))


def open_draft(
    session: Session, *, unit_id: int, owner_id: int | None, year: int, now: datetime
) -> Application:
    """A new, empty application with its number: ``APP-<region of the branch>-<year>-<running number>``."""
    branch = branch_of(session, unit_id)
    if branch.region is None:
        raise sequences.BranchHasNoCode(unit=branch.name)
    running = sequences.take(session, f"application:{branch.region}:{year}")
    application = Application(
        application_no=f"APP-{branch.region}-{year}-{running:06d}",
        unit_id=unit_id,
        owner_id=owner_id,
        created_at=now,
    )
    session.add(application)
    session.flush()
    return application


def get(session: Session, application_no: str, *, to_change: bool = False) -> Application:
    """The application, or :class:`NotFound`; ``to_change`` holds it until the transaction ends."""
    asked = select(Application).where(Application.application_no == application_no)
    application = session.scalar(held(asked) if to_change else asked)
    if application is None:
        raise NotFound(what_zh="申请", what_en="application", key=application_no)
    return application


def submit(
    session: Session,
    application_no: str,
    *,
    customer: Customer,
    vehicle: Vehicle,
    dealer: Dealer,
    product: Product,
    amount: Decimal,
    term_months: int,
    annual_rate: Decimal,
    method: Method,
    vehicle_use: VehicleUse,
    vehicle_price: Decimal,
    on: date,
    published_price: Decimal | None = None,
) -> Application:
    """Fill and submit a draft: within the product, within the law, the only open one for this person and car.

    ``amount`` and prices in yuan, ``annual_rate`` a fraction. The application is valid for 30 days from ``on``.
    """
    application = get(session, application_no, to_change=True)
    status = step(application_no, application.status, _S.SUBMITTED, TRANSITIONS)
    products.check_request(
        product, amount=amount, term_months=term_months, annual_rate=annual_rate, method=method
    )
    products.check_fit(product, vehicle.kind)
    base = vehicles.price_base(vehicle_price, published_price)
    if amount > vehicle_price:
        raise DownPaymentMissing(amount=amount, price=vehicle_price)
    refuse_reapplication(session, customer, on)
    application.active_key = _claim_car(session, customer, vehicle)
    application.status = status
    application.customer_id, application.vehicle_id = customer.id, vehicle.id
    application.dealer_id, application.product_id = dealer.id, product.id
    application.amount, application.term_months = amount, term_months
    application.annual_rate, application.method = annual_rate, method
    application.vehicle_use, application.vehicle_price = vehicle_use, vehicle_price
    application.price_base, application.submitted_on = base, application.submitted_on or on
    application.valid_until = on + _days(session, "application_valid_days", on)
    _check_law(session, application, amount=amount, term_months=term_months, on=on)
    session.flush()
    return application


def _claim_car(session: Session, customer: Customer, vehicle: Vehicle) -> str:
    """The key of person and car; the row of the car is held, so that two applications cannot both be the only one."""
    session.execute(select(Vehicle.id).where(Vehicle.id == vehicle.id).with_for_update())
    key = f"{customer.id}:{vehicle.id}"
    other = session.scalar(select(Application.application_no).where(Application.active_key == key))
    if other is not None:
        raise ApplicationAlreadyOpen(other=other)
    return key


def refuse_reapplication(session: Session, customer: Customer, on: date) -> None:
    """Refuse a customer who was rejected too short a time ago (:class:`ReapplyTooSoon`)."""
    rejected = session.scalars(
        select(Application)
        .where(Application.customer_id == customer.id, Application.status == _S.REJECTED)
        .order_by(Application.closed_on.desc())
    )
    for application in rejected:
        if application.reason_codes == [RejectionReason.DOCUMENTS.value] or application.closed_on is None:
            continue
        earliest = application.closed_on + _days(session, "reapply_after_days", on)
        if on < earliest:
            raise ReapplyTooSoon(
                other=application.application_no, rejected_on=application.closed_on, earliest=earliest
            )


def approve(
    session: Session,
    application_no: str,
    *,
    amount: Decimal,
    term_months: int,
    annual_rate: Decimal,
    method: Method,
    by: int | None,
    on: date,
    now: datetime,
    conditions: Sequence[str] = (),
    valid_until: date | None = None,
) -> Approval:
    """Grant these terms, within the product and the law; ``conditions`` come on top of the product's standard ones.

    The approval is valid for 60 days unless ``valid_until`` says otherwise; an application past its own validity is
    refused (:class:`ApplicationExpired`).
    """
    application = get(session, application_no, to_change=True)
    to = _S.CONDITIONALLY_APPROVED if conditions else _S.APPROVED
    status = step(application_no, application.status, to, TRANSITIONS)
    if application.valid_until is not None and on > application.valid_until:
        raise ApplicationExpired(application_no=application_no, valid_until=application.valid_until)
    product = session.get_one(Product, application.product_id)
    products.check_request(
        product, amount=amount, term_months=term_months, annual_rate=annual_rate, method=method
    )
    _check_law(session, application, amount=amount, term_months=term_months, on=on)
    application.status = status
    base, vehicle = application.price_base or amount, session.get_one(Vehicle, application.vehicle_id)
    return approvals.grant(
        session,
        application_no,
        amount=amount,
        term_months=term_months,
        annual_rate=annual_rate,
        method=method,
        loan_to_value=(amount / base).quantize(Decimal("0.00000001")),
        on=on,
        valid_until=valid_until or on + _days(session, "approval_valid_days", on),
        standard=(*product.standard_conditions, *vehicles.conditions_of(vehicle)),
        extra=conditions,
        by=by,
        now=now,
    )


def _check_law(
    session: Session, application: Application, *, amount: Decimal, term_months: int, on: date
) -> None:
    vehicle = session.get_one(Vehicle, application.vehicle_id)
    limits.check_loan(
        session,
        amount=amount,
        price_base=application.price_base or amount,
        term_months=term_months,
        kind=vehicle.kind,
        use=application.vehicle_use or VehicleUse.SELF,
        energy=vehicle.energy,
        on=on,
    )


def _days(session: Session, parameter: str, on: date) -> timedelta:
    return timedelta(days=parameters.value(session, parameter, on))


def hand_back(session: Session, application_no: str) -> Application:
    """Give a submitted application back to be completed: a draft again, its car free; a draft stays as it is."""
    application = get(session, application_no, to_change=True)
    if application.status is not _S.DRAFT:
        application.status = step(application_no, application.status, _S.DRAFT, TRANSITIONS)
        application.active_key = None
        session.flush()
    return application


def reject(
    session: Session, application_no: str, *, reason_codes: Sequence[str], on: date, note: str = ""
) -> Application:
    """Close the application with at least one :class:`RejectionReason`."""
    if not (reasons := [RejectionReason(code).value for code in reason_codes]):
        raise RejectionReasonMissing(application_no=application_no)
    application = _close(session, application_no, _S.REJECTED, on=on, note=note)
    application.reason_codes = reasons
    return application


def withdraw(session: Session, application_no: str, *, reason: str, on: date) -> Application:
    """Close the application at the customer's wish; a second time changes nothing.

    Refused once the payment is released (:class:`WithdrawalTooLate`). Contracts and an unpaid loan fall with it
    when :func:`lending.withdrawal.withdraw` is used.
    """
    application = get(session, application_no, to_change=True)
    if application.status is _S.WITHDRAWN:
        return application
    if application.released_at is not None:
        raise WithdrawalTooLate(application_no=application_no)
    return _close(session, application_no, _S.WITHDRAWN, on=on, note=reason)


def lapse(session: Session, application_no: str, *, on: date, note: str = "") -> Application:
    """Close an application whose validity has run out, or whose pay-out came back."""
    return _close(session, application_no, _S.LAPSED, on=on, note=note)


def close_timeout(session: Session, application_no: str, *, on: date) -> Application:
    """Close an application for which the customer gave no answer."""
    return _close(session, application_no, _S.CLOSED_TIMEOUT, on=on, note="")


def mark_signed(session: Session, application_no: str) -> Application:
    """The loan contract is signed; a second time changes nothing."""
    application = get(session, application_no, to_change=True)
    if application.status is not _S.SIGNED:
        application.status = step(application_no, application.status, _S.SIGNED, TRANSITIONS)
        session.flush()
    return application


def _close(
    session: Session, application_no: str, to: ApplicationStatus, *, on: date, note: str
) -> Application:
    application = get(session, application_no, to_change=True)
    application.status = step(application_no, application.status, to, TRANSITIONS)
    application.active_key = None
    application.closed_on = on
    application.closing_note = note or None
    session.flush()
    return application
