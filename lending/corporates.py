"""What is known of a company that borrows or guarantees: its licence, who acts for it, who owns it, what it earns.

受益所有人信息管理办法 (2024) 第六条: who holds 25 % or more, or controls it otherwise, or, failing both,
manages it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Date, ForeignKey, LargeBinary, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company import parameters
from company.database import Base, Fen, Instant, Rate
from company.vault import Vault
from lending.columns import worded
from lending.customers import Customer
from lending.errors import LendingError, NotFound
from lending.identifiers import resident_id
from lending.labels import Labelled

# DT-11 asks for the statements of two years.
STATEMENT_YEARS = 2


class OwnerBasis(Labelled):
    """Why a person counts as beneficial owner."""

    SHARE = "share", "直接或间接持股达到门槛", "Holds shares of the threshold or more"
    CONTROL = "control", "通过协议等方式实际控制", "Controls it by agreement or otherwise"
    MANAGEMENT = "management", "日常经营管理负责人", "Manages it from day to day"


class LicenceExpired(LendingError):
    """The business licence of a company has run out."""

    code = "licence_expired"
    zh = "“{name}”的营业执照有效期至 {valid_until}，已过期，请提供换发后的执照。"
    en = "The business licence of {name} was valid until {valid_until}; ask for the renewed one."


class EstablishedInFuture(LendingError):
    """A company was founded before today."""

    code = "established_in_future"
    zh = "成立日期 {established_on} 晚于今天，请按营业执照更正。"
    en = "The day of establishment {established_on} is after today; correct it by the licence."


class BeneficialOwnerMissing(LendingError):
    """Every company has a beneficial owner."""

    code = "beneficial_owner_missing"
    zh = "请登记“{name}”的受益所有人；无人持股达到门槛或实际控制时，登记日常经营管理负责人。"
    en = "Enter the beneficial owners of {name}; where nobody holds or controls it, who manages it."


class BeneficialOwnerTwice(LendingError):
    """The same person is named twice."""

    code = "beneficial_owner_twice"
    zh = "受益所有人“{name}”重复登记。"
    en = "The beneficial owner {name} is entered twice."


class ShareBelowThreshold(LendingError):
    """Who holds less than the threshold is no owner by his shares."""

    code = "share_below_threshold"
    zh = "“{name}”持股 {share:.2%}，未达到 {threshold:.0%}，不能以持股认定受益所有人，请改选认定依据或删除。"
    en = "{name} holds {share:.2%}, less than {threshold:.0%}: no owner by shares; choose another ground or remove."


class SharesAboveWhole(LendingError):
    """All shares together are the whole at most."""

    code = "shares_above_whole"
    zh = "受益所有人持股合计 {total:.2%}，超过 100%，请核对股权结构。"
    en = "The shares add up to {total:.2%}, more than the whole; compare with the register of shareholders."


class StatementsMissing(LendingError):
    """A company shows the statements of two consecutive years."""

    code = "statements_missing"
    zh = "请提供“{name}”最近两个连续会计年度（{years}）的财务报表摘要。"
    en = "Enter the statements of {name} for the last two years in a row ({years})."


@dataclass(frozen=True)
class Owner:
    """A beneficial owner as entered; ``share`` is a fraction of the whole."""

    name: str
    identity: str
    share: Decimal
    basis: OwnerBasis


@dataclass(frozen=True)
class Figures:
    """The summary of one year's statements, in yuan; losses are negative."""

    year: int
    revenue: Decimal
    net_profit: Decimal
    total_assets: Decimal
    total_liabilities: Decimal

    @property
    def net_assets(self) -> Decimal:
        """What is left of the assets after the liabilities."""
        return self.total_assets - self.total_liabilities


class CorporateProfile(Base):
    """A company's licence and who represents it by law; ``licence_valid_until`` None: without end."""

    __tablename__ = "corporate_profile"

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    established_on: Mapped[date] = mapped_column(Date)
    licence_valid_until: Mapped[date | None] = mapped_column(Date)
    representative_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    filed_at: Mapped[datetime] = mapped_column(Instant)


class BeneficialOwner(Base):
    """One owner; his number is sealed under a key of his own and found by the index that customers have too."""

    __tablename__ = "beneficial_owner"

    id: Mapped[int] = mapped_column(primary_key=True)
    corporate_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    person_key_id: Mapped[int] = mapped_column(ForeignKey("person_key.id"))
    name: Mapped[str] = mapped_column(String(60))
    identity_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    identity_index: Mapped[bytes] = mapped_column(LargeBinary, index=True)
    share: Mapped[Decimal] = mapped_column(Rate)
    basis: Mapped[OwnerBasis] = mapped_column(worded(OwnerBasis))
    named_at: Mapped[datetime] = mapped_column(Instant)


class FinancialStatement(Base):
    """The summary of one year, in yuan."""

    __tablename__ = "financial_statement"

    corporate_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    revenue: Mapped[Decimal] = mapped_column(Fen)
    net_profit: Mapped[Decimal] = mapped_column(Fen)
    total_assets: Mapped[Decimal] = mapped_column(Fen)
    total_liabilities: Mapped[Decimal] = mapped_column(Fen)
    filed_at: Mapped[datetime] = mapped_column(Instant)


def file_licence(
    session: Session,
    corporate: Customer,
    representative: Customer,
    *,
    established_on: date,
    licence_valid_until: date | None,
    on: date,
    now: datetime,
) -> CorporateProfile:
    """Keep what the business licence says. Raises :class:`LicenceExpired`, :class:`EstablishedInFuture`."""
    if established_on > on:
        raise EstablishedInFuture(established_on=established_on)
    if licence_valid_until is not None and licence_valid_until < on:
        raise LicenceExpired(name=corporate.name, valid_until=licence_valid_until)
    profile = session.get(CorporateProfile, corporate.id)
    if profile is None:
        profile = CorporateProfile(customer_id=corporate.id)
        session.add(profile)
    profile.established_on, profile.licence_valid_until = established_on, licence_valid_until
    profile.representative_id, profile.filed_at = representative.id, now
    session.flush()
    return profile


def name_owners(
    session: Session, vault: Vault, corporate: Customer, owners: Sequence[Owner], *, on: date, now: datetime
) -> list[BeneficialOwner]:
    """Let these be the beneficial owners, instead of those named before.

    An owner by shares holds the ``beneficial_owner_share`` of the day or more. Raises :class:`BeneficialOwnerMissing`,
    :class:`BeneficialOwnerTwice`, :class:`ShareBelowThreshold`, :class:`SharesAboveWhole`, and malformed numbers.
    """
    threshold: Decimal = parameters.value(session, "beneficial_owner_share", on)
    if not owners:
        raise BeneficialOwnerMissing(name=corporate.name)
    total = sum((owner.share for owner in owners), Decimal(0))
    if total > 1:
        raise SharesAboveWhole(total=total)
    numbers: set[str] = set()
    for owner in owners:
        number = resident_id.validate(owner.identity)
        if number in numbers:
            raise BeneficialOwnerTwice(name=owner.name)
        numbers.add(number)
        if owner.basis is OwnerBasis.SHARE and owner.share < threshold:
            raise ShareBelowThreshold(name=owner.name, share=owner.share, threshold=threshold)
    session.execute(delete(BeneficialOwner).where(BeneficialOwner.corporate_id == corporate.id))
    rows = [_named(session, vault, corporate, owner, now) for owner in owners]
    session.add_all(rows)
    session.flush()
    return rows


def _named(
    session: Session, vault: Vault, corporate: Customer, owner: Owner, now: datetime
) -> BeneficialOwner:
    number, key = resident_id.validate(owner.identity), vault.new_person_key(session)
    return BeneficialOwner(
        corporate_id=corporate.id,
        person_key_id=key,
        name=owner.name,
        identity_sealed=vault.seal_for(session, key, number),
        identity_index=vault.blind_index("identity", number),
        share=owner.share,
        basis=owner.basis,
        named_at=now,
    )


def file_statements(
    session: Session, corporate: Customer, statements: Sequence[Figures], *, on: date, now: datetime
) -> list[FinancialStatement]:
    """Keep the summaries of two years in a row, the newer one of last year or the year before.

    The accounts of a year are closed some months into the next one. Raises :class:`StatementsMissing`.
    """
    years = sorted(figures.year for figures in statements)
    if len(years) < STATEMENT_YEARS or years[-1] - years[0] != len(years) - 1 or years[-1] < on.year - 2:
        raise StatementsMissing(name=corporate.name, years=[on.year - 2, on.year - 1])
    rows = []
    for figures in statements:
        row = session.get(FinancialStatement, (corporate.id, figures.year))
        if row is None:
            row = FinancialStatement(corporate_id=corporate.id, year=figures.year)
            session.add(row)
        row.revenue, row.net_profit = figures.revenue, figures.net_profit
        row.total_assets, row.total_liabilities = figures.total_assets, figures.total_liabilities
        row.filed_at = now
        rows.append(row)
    session.flush()
    return rows


def profile_of(session: Session, corporate_id: int) -> CorporateProfile:
    """The licence of a company, or :class:`NotFound`."""
    profile = session.get(CorporateProfile, corporate_id)
    if profile is None:
        raise NotFound(what_zh="企业档案", what_en="company file", key=corporate_id)
    return profile


def owners_of(session: Session, corporate_id: int) -> list[BeneficialOwner]:
    """The beneficial owners, in the order of their entry."""
    asked = select(BeneficialOwner).where(BeneficialOwner.corporate_id == corporate_id)
    return list(session.scalars(asked.order_by(BeneficialOwner.id)))


def identity_of(session: Session, vault: Vault, owner: BeneficialOwner) -> str:
    """The owner's identity number, opened; who asks is for the caller to record."""
    return vault.open_for(session, owner.person_key_id, owner.identity_sealed)


def newest_figures(session: Session, corporate_id: int) -> Figures | None:
    """The summary of the newest year; None while there is none."""
    asked = select(FinancialStatement).where(FinancialStatement.corporate_id == corporate_id)
    row = session.scalar(asked.order_by(FinancialStatement.year.desc()).limit(1))
    if row is None:
        return None
    return Figures(row.year, row.revenue, row.net_profit, row.total_assets, row.total_liabilities)
