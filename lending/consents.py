"""Consents of each party: one record a purpose, with the text that was shown, when it was given and when taken back.

个人信息保护法 第十三至十七、二十八、二十九条: each purpose is asked for on its own, may be refused, and is withdrawn as
easily as it was given; 征信业管理条例 第十八、二十九条: no bureau query without a written consent.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Instant
from company.messages import Language
from lending.applications import Application
from lending.columns import worded
from lending.errors import LendingError, NotFound
from lending.labels import Labelled
from lending.locks import held


class ConsentPurpose(Labelled):
    """What personal data may be used for."""

    PERSONAL_INFORMATION = "personal_information", "处理个人信息", "Processing of personal information"
    BUREAU_QUERY = "bureau_query", "查询征信", "Credit bureau query"
    FACE_RECOGNITION = "face_recognition", "人脸核验", "Face recognition"
    MARKETING = "marketing", "营销联系", "Marketing"
    LOCATION = "location", "车载定位", "Location of the car"

    @property
    def is_core(self) -> bool:
        """Whether the loan cannot be handled without it; no service is refused for want of any other."""
        return self in (ConsentPurpose.PERSONAL_INFORMATION, ConsentPurpose.BUREAU_QUERY)


CORE = tuple(purpose for purpose in ConsentPurpose if purpose.is_core)
# What an applicant is asked at the front desk; the location of the car comes up with the contracts.
AT_THE_DESK = tuple(purpose for purpose in ConsentPurpose if purpose is not ConsentPurpose.LOCATION)

TEXT_VERSION = "2026-09"
_TEXTS: dict[ConsentPurpose, tuple[str, str]] = {
    ConsentPurpose.PERSONAL_INFORMATION: (
        "同意贷款人为办理本次汽车贷款处理本人的身份、联系、收入、车辆信息，不用于其他目的。",
        "The lender may process identity, contact, income and vehicle data for this car loan and nothing else.",
    ),
    ConsentPurpose.BUREAU_QUERY: (
        "授权贷款人为审批本次贷款向征信机构查询本人信用报告，并报送本笔贷款的信用信息。",
        "The lender may query the credit bureau for this application and report this loan to it.",
    ),
    ConsentPurpose.FACE_RECOGNITION: (
        "单独同意以人脸比对核验身份；不同意的，改以姓名与证件号码核验，不影响办理。",
        "Separate consent to compare the face; without it name and number are compared, and nothing is refused.",
    ),
    ConsentPurpose.MARKETING: (
        "同意接收新产品信息；不同意不影响办理，可随时退订。",
        "News of products may be sent; refusing changes nothing, and it can be stopped at any time.",
    ),
    ConsentPurpose.LOCATION: (
        "单独同意在贷款期间处理所购车辆的位置信息，仅用于防范车辆灭失风险；不同意不影响合同效力，可随时撤回。",
        "Separate consent to process where the car is, against its loss alone; refusing leaves the contract as it is.",
    ),
}


class ConsentMissing(LendingError):
    """A purpose is pursued only with a consent that stands."""

    code = "consent_missing"
    zh = "申请 {application_no} 没有有效的“{purpose}”同意，不能继续；请先取得客户书面同意。"
    en = "{application_no} has no standing consent to {purpose}; ask the customer for it in writing first."


class ConsentAlreadyWithdrawn(LendingError):
    """A consent is taken back once."""

    code = "consent_already_withdrawn"
    zh = "该项“{purpose}”同意已于 {withdrawn_at:%Y-%m-%d %H:%M} 撤回，或从未给出。"
    en = "The consent to {purpose} was already withdrawn, or never given."


class Consent(Base):
    """One party's answer to one purpose; ``round`` counts how often the application asked this party."""

    __tablename__ = "consent"
    __table_args__ = (UniqueConstraint("application_no", "customer_id", "purpose", "round"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    application_no: Mapped[str] = mapped_column(ForeignKey("application.application_no"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    purpose: Mapped[ConsentPurpose] = mapped_column(worded(ConsentPurpose))
    round: Mapped[int]
    text_version: Mapped[str] = mapped_column(String(16))
    given: Mapped[bool]
    answered_at: Mapped[datetime] = mapped_column(Instant)
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))

    @property
    def stands(self) -> bool:
        """Whether it was given and not taken back."""
        return self.given and self.withdrawn_at is None


def text(purpose: ConsentPurpose, language: Language) -> str:
    """The words the customer is asked to agree to, of :data:`TEXT_VERSION`."""
    zh, en = _TEXTS[purpose]
    return zh if language == "zh" else en


def record(
    session: Session,
    application_no: str,
    customer_id: int,
    given: Collection[ConsentPurpose],
    *,
    by: int | None,
    now: datetime,
    asked: Sequence[ConsentPurpose] = AT_THE_DESK,
) -> list[Consent]:
    """Write a party's answer to every purpose ``asked``, those refused too; a new round stands beside the old ones.

    Raises :class:`ConsentMissing` when a core purpose is refused: there is no loan without it.
    """
    for purpose in asked:
        if purpose.is_core and purpose not in given:
            raise ConsentMissing(application_no=application_no, purpose=purpose)
    before = of_application(session, application_no)
    turn = max((each.round for each in before if each.customer_id == customer_id), default=0) + 1
    written = [
        Consent(
            application_no=application_no,
            customer_id=customer_id,
            purpose=purpose,
            round=turn,
            text_version=TEXT_VERSION,
            given=purpose in given,
            answered_at=now,
            answered_by=by,
        )
        for purpose in asked
    ]
    session.add_all(written)
    session.flush()
    return written


def of_application(session: Session, application_no: str) -> list[Consent]:
    """Every answer, oldest first."""
    asked = select(Consent).where(Consent.application_no == application_no)
    return list(session.scalars(asked.order_by(Consent.id)))


def standing(
    session: Session, application_no: str, purpose: ConsentPurpose, customer_id: int | None = None
) -> Consent | None:
    """A party's newest answer to a purpose if it stands; without ``customer_id`` that of who applies."""
    if customer_id is None:
        applicant = select(Application.customer_id).where(Application.application_no == application_no)
        customer_id = session.scalar(applicant)
    asked = select(Consent).where(
        Consent.application_no == application_no,
        Consent.customer_id == customer_id,
        Consent.purpose == purpose,
    )
    newest = session.scalar(asked.order_by(Consent.round.desc()).limit(1))
    return newest if newest is not None and newest.stands else None


def require(
    session: Session, application_no: str, purpose: ConsentPurpose, customer_id: int | None = None
) -> Consent:
    """The consent that stands, or :class:`ConsentMissing`; without ``customer_id`` that of who applies."""
    consent = standing(session, application_no, purpose, customer_id)
    if consent is None:
        raise ConsentMissing(application_no=application_no, purpose=purpose)
    return consent


def taken_back(session: Session, application_no: str) -> list[Consent]:
    """The core consents that a party has withdrawn and not given anew, oldest first."""
    newest = {
        (each.customer_id, each.purpose): each
        for each in of_application(session, application_no)
        if each.purpose.is_core
    }
    return [each for each in newest.values() if each.withdrawn_at is not None]


def follow(session: Session, application_no: str, before: int, after: int) -> None:
    """The file of who gave consents was corrected: they are those of the customer ``after`` from now on."""
    session.execute(
        update(Consent)
        .where(Consent.application_no == application_no, Consent.customer_id == before)
        .values(customer_id=after)
    )


def withdraw(session: Session, consent_id: int, *, by: int | None, now: datetime) -> Consent:
    """Take a consent back from now on; what was done under it stays lawful (第十五条).

    Raises :class:`ConsentAlreadyWithdrawn`, :class:`NotFound`.
    """
    consent = session.scalar(held(select(Consent).where(Consent.id == consent_id)))
    if consent is None:
        raise NotFound(what_zh="同意记录", what_en="consent", key=consent_id)
    if not consent.stands:
        raise ConsentAlreadyWithdrawn(
            purpose=consent.purpose, withdrawn_at=consent.withdrawn_at or consent.answered_at
        )
    consent.withdrawn_at, consent.withdrawn_by = now, by
    session.flush()
    return consent
