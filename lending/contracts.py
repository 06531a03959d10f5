"""Loan contracts: generated from the approval, disclosed, signed or voided; they never differ from the approval."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Date, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company import parameters
from company.database import Base, Fen, Instant, Rate, Tagged
from lending import applications, approvals, contract_numbers, contract_sets, disclosure, encumbrance, limits
from lending.applications import ApplicationStatus
from lending.approvals import Approval
from lending.columns import worded
from lending.contract_numbers import NumberKind
from lending.disclosure import DisclosureMethod, DisclosureSheet
from lending.errors import LendingError, NotFound, StatusRefused, step
from lending.labels import Labelled
from lending.locks import held
from lending.maths.convention import Convention, Method
from lending.maths.schedules import Schedule, schedule
from lending.maths.terms import Agreement
from lending.products import Product


class ContractStatus(Labelled):
    """The life of a contract."""

    GENERATED = "generated", "已生成", "Generated"
    DISCLOSED = "disclosed", "已明示融资成本", "Cost disclosed"
    SIGNED = "signed", "已签署", "Signed"
    VOIDED = "voided", "已作废", "Voided"


class SigningMethod(Labelled):
    """How the borrower signs."""

    PAPER = "paper", "纸质签署（两名员工在场）", "On paper, two members of staff present"
    ELECTRONIC = "electronic", "电子签名", "Electronic signature"


_S = ContractStatus
TRANSITIONS = {
    _S.GENERATED: frozenset({_S.DISCLOSED, _S.VOIDED}),
    _S.DISCLOSED: frozenset({_S.SIGNED, _S.VOIDED}),
    _S.SIGNED: frozenset({_S.VOIDED}),
}


class TermOfApproval(Labelled):
    """The terms that a contract shares with its approval."""

    AMOUNT = "amount", "金额", "amount"
    TERM_MONTHS = "term_months", "期限", "term"
    ANNUAL_RATE = "annual_rate", "年利率", "annual rate"
    METHOD = "method", "还款方式", "repayment method"


class ContractDiffersFromApproval(LendingError):
    """A term of the contract is not the approved one."""

    code = "contract_differs_from_approval"
    zh = "合同与批复不一致：{terms}。请按批复重新生成合同。"
    en = "The contract differs from the approval in: {terms}. Generate it again from the approval."


class ApprovalExpired(LendingError):
    """The approval's validity has run out."""

    code = "approval_expired"
    zh = "批复有效期至 {valid_until}，已过期，不能继续签约或放款。"
    en = "The approval was valid until {valid_until}; it can no longer be signed or paid out."


class ContractStillOpen(LendingError):
    """An application has one contract at a time."""

    code = "contract_still_open"
    zh = "申请 {application_no} 已有合同 {contract_no}，请先作废再重新生成。"
    en = "{application_no} already has the contract {contract_no}; void it before generating another."


class DisclosureNotConfirmed(LendingError):
    """The cost sheet is confirmed before the contract is signed."""

    code = "disclosure_not_confirmed"
    zh = "请先由借款人确认综合融资成本明示表，再签署合同 {contract_no}。"
    en = "The borrower confirms the all-in cost sheet before {contract_no} is signed."


class NotPrinted(LendingError):
    """The document that is to be shown has not been made."""

    code = "contract_not_printed"
    zh = "合同 {contract_no} 的文件尚未生成，请先生成 PDF。"
    en = "The documents of {contract_no} have not been printed yet; make the PDF first."


class ReadingTimeTooShort(LendingError):
    """The sheet was confirmed before it could be read."""

    code = "reading_time_too_short"
    zh = "明示表至少阅读 {least} 秒，实际 {seconds} 秒。"
    en = "The cost sheet is read for at least {least} seconds, not {seconds}."


class SignedBeforeDisclosure(LendingError):
    """The contract bears an earlier date than the confirmation of its cost sheet."""

    code = "signed_before_disclosure"
    zh = "签署日期 {signed_on} 早于明示表的确认日期 {confirmed_on}，须先确认明示表再签合同，请更正。"
    en = "The signing date {signed_on} is before the cost sheet was confirmed on {confirmed_on}; correct it."


class SignedInFuture(LendingError):
    """A signature bears no date still to come."""

    code = "signed_in_future"
    zh = "签署日期 {signed_on} 晚于今天 {today}，请更正。"
    en = "The signing date {signed_on} is after today, {today}; correct it."


class Contract(Base):
    """A loan contract with its own copy of every term. ``due_day`` None: the day of the month of the pay-out."""

    __tablename__ = "contract"

    id: Mapped[int] = mapped_column(primary_key=True)
    contract_no: Mapped[str] = mapped_column(ForeignKey("contract_number.contract_no"), unique=True)
    application_no: Mapped[str] = mapped_column(ForeignKey("application.application_no"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    status: Mapped[ContractStatus] = mapped_column(worded(ContractStatus), default=ContractStatus.GENERATED)
    amount: Mapped[Decimal] = mapped_column(Fen)
    term_months: Mapped[int]
    annual_rate: Mapped[Decimal] = mapped_column(Rate)
    method: Mapped[Method] = mapped_column(worded(Method))
    due_day: Mapped[int | None]
    planned_value_date: Mapped[date] = mapped_column(Date)
    penalty_multiplier: Mapped[Decimal] = mapped_column(Rate)
    prepayment_fee_rate: Mapped[Decimal] = mapped_column(Rate)
    grace_days: Mapped[int]
    convention_data: Mapped[dict[str, str]] = mapped_column(Tagged)
    agreement_data: Mapped[dict[str, str] | None] = mapped_column(Tagged)
    allocation_data: Mapped[dict[str, str] | None] = mapped_column(Tagged)
    fees_data: Mapped[list[dict[str, str]] | None] = mapped_column(Tagged)
    generated_at: Mapped[datetime] = mapped_column(Instant)
    generated_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    printed_sha256: Mapped[str | None] = mapped_column(String(64))
    signed_on: Mapped[date | None] = mapped_column(Date)
    signed_at: Mapped[datetime | None] = mapped_column(Instant)
    signing_method: Mapped[SigningMethod | None] = mapped_column(worded(SigningMethod))

    @property
    def convention(self) -> Convention:
        """The convention the loan will keep."""
        return Convention.from_data(self.convention_data)

    def plan(self, value_date: date | None = None) -> Schedule:
        """The schedule for a pay-out on ``value_date``, by default the planned day."""
        start = value_date or self.planned_value_date
        return schedule(
            principal=self.amount,
            annual_rate=self.annual_rate,
            term_months=self.term_months,
            method=self.method,
            value_date=start,
            due_day=self.due_day or start.day,
            convention=self.convention,
            agreement=Agreement.from_data(self.agreement_data or {}),
        )


def generate(
    session: Session,
    application_no: str,
    *,
    by: int | None,
    on: date,
    now: datetime,
    due_day: int | None = None,
    planned_value_date: date | None = None,
    amount: Decimal | None = None,
    term_months: int | None = None,
    annual_rate: Decimal | None = None,
    method: Method | None = None,
) -> Contract:
    """Take the numbers and write the contract and its cost sheet from the approval.

    Terms that are given must be the approved ones (:class:`ContractDiffersFromApproval`). The annualised cost must
    lie within the cap. Raises also :class:`ApprovalExpired`, :class:`ContractStillOpen`.
    """
    application = applications.get(session, application_no, to_change=True)
    if application.status not in (ApplicationStatus.APPROVED, ApplicationStatus.CONDITIONALLY_APPROVED):
        raise StatusRefused(key=application_no, status=application.status, to=ApplicationStatus.SIGNED)
    other = find_open(session, application_no)
    if other is not None:
        raise ContractStillOpen(application_no=application_no, contract_no=other.contract_no)
    approval = approvals.get(session, application_no)
    product = session.get_one(Product, application.product_id)
    contract = _with_terms_of(approval, product, application.unit_id, by, now)
    given = {"amount": amount, "term_months": term_months, "annual_rate": annual_rate, "method": method}
    for name, term in given.items():
        if term is not None:
            setattr(contract, name, term)
    contract.due_day, contract.planned_value_date = due_day, planned_value_date or on
    compare_with_approval(contract, approval, on)
    contract.contract_no = contract_numbers.take(
        session,
        NumberKind.LOAN,
        unit_id=contract.unit_id,
        year=on.year,
        application_no=application_no,
        now=now,
    )
    session.add(contract)
    session.flush()
    sheet = disclosure.draw_up(
        session,
        contract.contract_no,
        application_no=application_no,
        unit_id=application.unit_id,
        product=product,
        plan=contract.plan(),
        annual_rate=contract.annual_rate,
        on=on,
        now=now,
    )
    limits.check_cost(session, sheet.effective_cost, on)
    contract_sets.draw_up(
        session, contract.contract_no, application_no, contract.unit_id, year=on.year, now=now
    )
    return contract


def _with_terms_of(
    approval: Approval, product: Product, unit_id: int, by: int | None, now: datetime
) -> Contract:
    return Contract(
        application_no=approval.application_no,
        unit_id=unit_id,
        generated_at=now,
        generated_by=by,
        amount=approval.amount,
        term_months=approval.term_months,
        annual_rate=approval.annual_rate,
        method=approval.method,
        penalty_multiplier=product.penalty_multiplier,
        prepayment_fee_rate=product.prepayment_fee_rate,
        grace_days=product.grace_days,
        convention_data=product.convention_data,
        agreement_data=product.agreement_data,
        allocation_data=product.allocation_data,
        fees_data=[fee.as_data() for fee in product.own_fees(approval.amount)],
    )


def compare_with_approval(contract: Contract, approval: Approval, on: date) -> None:
    """Block a contract that differs from its approval or comes after its validity."""
    terms = [
        term for term in TermOfApproval if getattr(contract, term.value) != getattr(approval, term.value)
    ]
    if terms:
        raise ContractDiffersFromApproval(terms=terms)
    if on > approval.valid_until:
        raise ApprovalExpired(valid_until=approval.valid_until)


def get(session: Session, contract_no: str, *, to_change: bool = False) -> Contract:
    """The contract, or :class:`NotFound`; ``to_change`` holds it until the transaction ends."""
    asked = select(Contract).where(Contract.contract_no == contract_no)
    contract = session.scalar(held(asked) if to_change else asked)
    if contract is None:
        raise NotFound(what_zh="合同", what_en="contract", key=contract_no)
    return contract


def find_open(session: Session, application_no: str) -> Contract | None:
    """The application's contract that is not voided, if there is one."""
    return session.scalar(
        select(Contract).where(Contract.application_no == application_no, Contract.status != _S.VOIDED)
    )


def of_application(session: Session, application_no: str) -> Contract:
    """The application's contract that is not voided, or :class:`NotFound`."""
    contract = find_open(session, application_no)
    if contract is None:
        raise NotFound(what_zh="有效合同", what_en="contract of", key=application_no)
    return contract


def record_prints(
    session: Session,
    contract_no: str,
    *,
    contract_sha256: str,
    sheet_sha256: str,
    others: Mapping[str, str] | None = None,
) -> Contract:
    """Keep the hashes of the PDFs that were made and stored for a generated contract; ``others`` by their numbers."""
    contract = get(session, contract_no, to_change=True)
    if contract.status is not _S.GENERATED:
        raise StatusRefused(key=contract_no, status=contract.status, to=_S.GENERATED)
    contract.printed_sha256 = contract_sha256
    disclosure.of_contract(session, contract_no).printed_sha256 = sheet_sha256
    if others is not None:
        contract_sets.keep_prints(session, contract_no, others)
    session.flush()
    return contract


def confirm_disclosure(
    session: Session,
    contract_no: str,
    *,
    method: DisclosureMethod,
    reading_seconds: int | None,
    by: int | None,
    on: date,
    now: datetime,
) -> DisclosureSheet:
    """The borrower has read and confirmed the cost sheet; in a pop-up only after the reading time that is set."""
    contract = get(session, contract_no, to_change=True)
    compare_with_approval(contract, approvals.get(session, contract.application_no), on)
    sheet = disclosure.of_contract(session, contract_no)
    if contract.printed_sha256 is None or sheet.printed_sha256 is None:
        raise NotPrinted(contract_no=contract_no)
    least: int = parameters.value(session, "disclosure_reading_seconds", on)
    if method is DisclosureMethod.POP_UP and (reading_seconds or 0) < least:
        raise ReadingTimeTooShort(least=least, seconds=reading_seconds or 0)
    contract.status = step(contract_no, contract.status, _S.DISCLOSED, TRANSITIONS)
    sheet.confirmation_method, sheet.reading_seconds = method, reading_seconds
    sheet.confirmed_at, sheet.confirmed_by = now, by
    session.flush()
    return sheet


def sign(
    session: Session,
    contract_no: str,
    *,
    method: SigningMethod,
    on: date,
    now: datetime,
    signed_on: date | None = None,
) -> Contract:
    """The borrower has signed: contract and application are signed from now on.

    ``on`` is the business date, on which the approval must still be valid whatever date the paper bears;
    ``signed_on`` is that date, by default ``on``: not after it (:class:`SignedInFuture`) and not before the cost sheet
    was confirmed (:class:`SignedBeforeDisclosure`). Raises :class:`DisclosureNotConfirmed` before that,
    :class:`lending.encumbrance.VehicleAlreadyFinanced`, and compares with the approval again.
    """
    contract = get(session, contract_no, to_change=True)
    if contract.status is _S.GENERATED:
        raise DisclosureNotConfirmed(contract_no=contract_no)
    status = step(contract_no, contract.status, _S.SIGNED, TRANSITIONS)
    compare_with_approval(contract, approvals.get(session, contract.application_no), on)
    signed_on = signed_on or on
    if signed_on > on:
        raise SignedInFuture(signed_on=signed_on, today=on)
    # The business date may lag behind the calendar for some hours; the paper is dated by it.
    confirmed_on = min(disclosure.of_contract(session, contract_no).confirmed_day, on)
    if signed_on < confirmed_on:
        raise SignedBeforeDisclosure(signed_on=signed_on, confirmed_on=confirmed_on)
    encumbrance.check_free(session, applications.get(session, contract.application_no, to_change=True))
    contract.status = status
    contract.signing_method, contract.signed_on, contract.signed_at = method, signed_on, now
    applications.mark_signed(session, contract.application_no)
    session.flush()
    return contract


def void(session: Session, contract_no: str, *, reason: str, by: int | None, now: datetime) -> Contract:
    """Void a contract, its cost sheet and the documents around it; all their numbers go on the void list."""
    contract = get(session, contract_no, to_change=True)
    contract.status = step(contract_no, contract.status, _S.VOIDED, TRANSITIONS)
    sheet = disclosure.of_contract(session, contract_no)
    for number in (contract_no, sheet.sheet_no):
        contract_numbers.void(session, number, reason=reason, by=by, now=now)
    contract_sets.void(session, contract_no, reason=reason, by=by, now=now)
    session.flush()
    return contract


def void_all(
    session: Session, application_no: str, *, reason: str, by: int | None, now: datetime
) -> list[str]:
    """Void every contract of an application that is not voided yet; returns their numbers, none the second time."""
    numbers = session.scalars(
        select(Contract.contract_no).where(
            Contract.application_no == application_no, Contract.status != _S.VOIDED
        )
    ).all()
    return [void(session, number, reason=reason, by=by, now=now).contract_no for number in numbers]
