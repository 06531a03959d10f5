"""Dealers: whom a car is bought from and the loan is paid to; the payee account is sealed."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Date, ForeignKey, LargeBinary, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Fen, Instant
from company.vault import Vault
from lending.columns import worded
from lending.errors import LendingError, NotFound
from lending.identifiers import uscc
from lending.labels import Labelled

UNSECURED_LIMIT = Decimal("20000000.00")


class DealerGrade(Labelled):
    """How far a dealer is trusted; it decides whether he is paid before the mortgage stands."""

    A = "A", "A 级", "Grade A"
    B = "B", "B 级", "Grade B"
    C = "C", "C 级", "Grade C"


class PayeeNotOnList(LendingError):
    """The account is not the one by which the dealer stands on the list of payees."""

    code = "payee_not_on_list"
    zh = "收款户名或账号与经销商名录不一致：名录户名为“{payee_name}”。请核对后重新登记，或先更新名录。"
    en = "Payee name or account differ from the dealer list, which says {payee_name}; correct them or update the list."


class DealerNotActive(LendingError):
    """The dealer is off the list."""

    code = "dealer_not_active"
    zh = "经销商“{dealer}”已停止合作，不能付款。"
    en = "{dealer} is no longer on the list of dealers and cannot be paid."


class AccountForm(LendingError):
    """An account has digits only."""

    code = "account_form"
    zh = "收款账号应为 8 至 32 位数字，请核对。"
    en = "The account has 8 to 32 digits; check it."


class Dealer(Base):
    """A dealer on the list, its account sealed; ``account_last4`` is what people see of it.

    ``unsecured_limit`` in yuan: what may be paid to him for cars whose mortgage is still to come;
    ``undertaking_until``: how long his undertaking to register them holds, None without one.
    """

    __tablename__ = "dealer"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    social_credit_code: Mapped[str] = mapped_column(String(18), unique=True)
    payee_name: Mapped[str] = mapped_column(String(120))
    bank_name: Mapped[str] = mapped_column(String(120))
    account_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    account_index: Mapped[bytes] = mapped_column(LargeBinary)
    account_last4: Mapped[str] = mapped_column(String(4))
    active: Mapped[bool] = mapped_column(default=True)
    grade: Mapped[DealerGrade] = mapped_column(worded(DealerGrade))
    unsecured_limit: Mapped[Decimal] = mapped_column(Fen)
    undertaking_until: Mapped[date | None] = mapped_column(Date)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(Instant)


def add(
    session: Session,
    vault: Vault,
    *,
    name: str,
    social_credit_code: str,
    bank_name: str,
    account: str,
    unit_id: int,
    now: datetime,
    payee_name: str | None = None,
    grade: DealerGrade = DealerGrade.B,
    unsecured_limit: Decimal = UNSECURED_LIMIT,
    undertaking_until: date | None = None,
) -> Dealer:
    """Put a dealer on the list; the payee's name is the dealer's unless given. ``account``: digits of the account."""
    number = account_digits(account)
    dealer = Dealer(
        name=name,
        social_credit_code=uscc.validate(social_credit_code),
        payee_name=payee_name or name,
        bank_name=bank_name,
        account_sealed=vault.seal(number),
        account_index=vault.blind_index("payee_account", number),
        account_last4=number[-4:],
        grade=grade,
        unsecured_limit=unsecured_limit,
        undertaking_until=undertaking_until,
        unit_id=unit_id,
        created_at=now,
    )
    session.add(dealer)
    session.flush()
    return dealer


def get(session: Session, dealer_id: int) -> Dealer:
    """The dealer, or :class:`NotFound`."""
    dealer = session.get(Dealer, dealer_id)
    if dealer is None:
        raise NotFound(what_zh="经销商", what_en="dealer", key=dealer_id)
    return dealer


def listed(session: Session, unit_ids: list[int] | None = None) -> list[Dealer]:
    """The active dealers, by name; only those of ``unit_ids`` when given."""
    asked = select(Dealer).where(Dealer.active).order_by(Dealer.name)
    return list(session.scalars(asked if unit_ids is None else asked.where(Dealer.unit_id.in_(unit_ids))))


def change(
    session: Session,
    vault: Vault,
    dealer: Dealer,
    *,
    bank_name: str | None = None,
    payee_name: str | None = None,
    account: str | None = None,
    grade: DealerGrade | None = None,
    unsecured_limit: Decimal | None = None,
    undertaking_until: date | None = None,
) -> None:
    """Write what is given of a dealer; payments already ordered keep the account they were ordered to."""
    dealer.bank_name = bank_name or dealer.bank_name
    dealer.payee_name = payee_name or dealer.payee_name
    dealer.grade = grade or dealer.grade
    if account is not None:
        number = account_digits(account)
        dealer.account_sealed = vault.seal(number)
        dealer.account_index = vault.blind_index("payee_account", number)
        dealer.account_last4 = number[-4:]
    if unsecured_limit is not None:
        dealer.unsecured_limit = unsecured_limit
    if undertaking_until is not None:
        dealer.undertaking_until = undertaking_until
    session.flush()


def set_active(session: Session, dealer: Dealer, active: bool) -> None:
    """Take a dealer off the list, or put him back: one who is off it is offered in no form and paid nothing."""
    dealer.active = active
    session.flush()


def account_of(vault: Vault, dealer: Dealer) -> str:
    """The payee account, opened: for the payment order."""
    return vault.open_text(dealer.account_sealed)


def check_payee(vault: Vault, dealer: Dealer, *, payee_name: str, account: str) -> None:
    """Refuse a payee that is not the dealer as listed (:class:`DealerNotActive`, :class:`PayeeNotOnList`)."""
    if not dealer.active:
        raise DealerNotActive(dealer=dealer.name)
    same_account = vault.blind_index("payee_account", account_digits(account)) == dealer.account_index
    if not same_account or payee_name.strip() != dealer.payee_name:
        raise PayeeNotOnList(payee_name=dealer.payee_name)


def account_digits(text: str) -> str:
    """The digits of an account without blanks and hyphens, or :class:`AccountForm`."""
    digits = text.replace(" ", "").replace("-", "")
    if not (digits.isascii() and digits.isdigit() and 8 <= len(digits) <= 32):
        raise AccountForm()
    return digits
