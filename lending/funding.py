"""Funding parties: whose money is lent, for which products, up to which limit, through which settlement account.

A party is kept in dated versions, like a product; a loan carries the version under which it was opened. What no
other party funds is lent from the house's own money.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import ColumnElement, Date, LargeBinary, String, UniqueConstraint, and_, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Fen, Tagged
from company.messages import Language
from company.organisation import business_date
from company.vault import Vault
from lending.columns import worded
from lending.dealers import account_digits
from lending.errors import LendingError, NotFound
from lending.labels import Labelled
from lending.money import exact
from lending.product_versions import BeginsInPast, VersionOutOfOrder
from lending.products import LONG_AGO, Product

OWN = "OWN"
_CODE = re.compile(r"[A-Z][A-Z0-9_]{1,15}")


class FundingKind(Labelled):
    """What a funding party is."""

    OWN = "own", "自有资金", "Own funds"
    BANK = "bank", "银行", "Bank"
    AUTO_FINANCE = "auto_finance", "汽车金融公司", "Auto finance company"
    LEASING = "leasing", "融资租赁公司", "Leasing company"


class FundingCodeRefused(LendingError):
    """A funding party is known by a short code."""

    code = "funding_code_refused"
    zh = "资金方代码“{text}”须为 2 至 16 位大写字母、数字或下划线，以字母开头。"
    en = "The code “{text}” is not 2 to 16 capitals, digits or underscores beginning with a letter."


class FundingPartyListed(LendingError):
    """A code stands for one party."""

    code = "funding_party_listed"
    zh = "资金方代码 {listed} 已存在，请在该资金方页面提出变更。"
    en = "The funding party {listed} exists already; propose a change on its page."


class FundingNameMissing(LendingError):
    """A funding party has a name."""

    code = "funding_name_missing"
    zh = "请填写资金方名称。"
    en = "Enter the name of the funding party."


class FundingAccountMissing(LendingError):
    """Whoever funds loans is settled with through an account."""

    code = "funding_account_missing"
    zh = "资金方“{name}”须有结算账户：请填写开户行和账号。"
    en = "{name} needs a settlement account: enter its bank and number."


class FundingLimitNotPositive(LendingError):
    """A limit is above zero; only own funds have none."""

    code = "funding_limit_not_positive"
    zh = "资金方“{name}”的额度必须大于零。"
    en = "The limit of {name} must be above zero."


class ProductFundedTwice(LendingError):
    """A product is lent from one party's money."""

    code = "product_funded_twice"
    zh = "产品 {product} 已由资金方 {other} 出资；请先从该资金方移除。"
    en = "{product} is funded by {other} already; take it from that party first."


class FundingParty(Base):
    """One version of a party. ``credit_limit`` in yuan, None without limit; in force between both days, inclusive."""

    __tablename__ = "funding_party"
    __table_args__ = (UniqueConstraint("code", "version"), UniqueConstraint("code", "valid_from"))

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16))
    version: Mapped[int]
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    name: Mapped[str] = mapped_column(String(80))
    kind: Mapped[FundingKind] = mapped_column(worded(FundingKind))
    credit_limit: Mapped[Decimal | None] = mapped_column(Fen)
    product_codes: Mapped[list[str]] = mapped_column(Tagged)
    bank_name: Mapped[str | None] = mapped_column(String(120))
    account_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    account_last4: Mapped[str | None] = mapped_column(String(4))
    active: Mapped[bool] = mapped_column(default=True)

    def label(self, language: Language) -> str:
        """What the party is called: by its name, the house's own money in the reader's language."""
        own = self.name == FundingKind.OWN.zh
        return FundingKind.OWN.label(language) if own else self.name


def in_force(on: date) -> ColumnElement[bool]:
    """The condition on :class:`FundingParty` of the versions that hold on a day."""
    return and_(
        FundingParty.valid_from <= on, or_(FundingParty.valid_to.is_(None), FundingParty.valid_to >= on)
    )


def listed(session: Session, on: date) -> list[FundingParty]:
    """The parties as they stand on a day, by code, also those that fund nothing new."""
    return list(session.scalars(select(FundingParty).where(in_force(on)).order_by(FundingParty.code)))


def versions(session: Session, code: str) -> list[FundingParty]:
    """Every version of a party, the latest first."""
    asked = select(FundingParty).where(FundingParty.code == code)
    return list(session.scalars(asked.order_by(FundingParty.version.desc())))


def get(session: Session, code: str, on: date) -> FundingParty:
    """A party as it stands on a day; before its first day, its first version. Or :class:`NotFound`."""
    found = versions(session, code)
    if not found:
        raise NotFound(what_zh="资金方", what_en="funding party", key=code)
    return next((each for each in found if each.valid_from <= on), found[-1])


def own(session: Session) -> FundingParty:
    """The house's own funds as they stand on the business date."""
    return get(session, OWN, business_date(session))


def for_product(session: Session, product_code: str) -> FundingParty:
    """Whose money a loan of a product opened on the business date is: the party that funds it, else own funds."""
    on = business_date(session)
    for party in listed(session, on):
        if party.active and product_code in party.product_codes:
            return party
    return own(session)


def check(
    session: Session, code: str, terms: Mapping[str, object], *, valid_from: date, today: date, new: bool
) -> None:
    """Refuse a version of a party that cannot be (the classes above, BeginsInPast, VersionOutOfOrder, NotFound).

    ``terms``: name, funding_kind, credit_limit, product_codes, bank_name, account_sealed, active.
    """
    if not _CODE.fullmatch(code):
        raise FundingCodeRefused(text=code[:20])
    found = versions(session, code)
    if new and found:
        raise FundingPartyListed(listed=code)
    if not new and not found:
        raise NotFound(what_zh="资金方", what_en="funding party", key=code)
    if valid_from < today:
        raise BeginsInPast(valid_from=valid_from, today=today)
    if found and valid_from <= found[0].valid_from:
        raise VersionOutOfOrder(product=code, latest=found[0].valid_from)
    name = str(terms.get("name") or "").strip()
    if not name:
        raise FundingNameMissing()
    _check_money(code, name, terms, found)
    if terms.get("active", True):
        _check_products(session, code, _codes(terms), valid_from)


def _check_money(code: str, name: str, terms: Mapping[str, object], before: Sequence[FundingParty]) -> None:
    limit = terms.get("credit_limit")
    if isinstance(limit, Decimal):
        if exact(limit) <= 0:
            raise FundingLimitNotPositive(name=name)
    elif code != OWN:
        raise FundingLimitNotPositive(name=name)
    has_account = bool(terms.get("account_sealed")) or bool(before and before[0].account_sealed)
    if code != OWN and not (has_account and terms.get("bank_name")):
        raise FundingAccountMissing(name=name)


def _check_products(session: Session, code: str, product_codes: Sequence[str], on: date) -> None:
    known = set(session.scalars(select(Product.code)))
    for product_code in product_codes:
        if product_code not in known:
            raise NotFound(what_zh="产品", what_en="product", key=product_code)
    asked = select(FundingParty).where(
        FundingParty.code != code,
        FundingParty.active,
        or_(FundingParty.valid_to.is_(None), FundingParty.valid_to >= on),
    )
    for other in session.scalars(asked):
        for product_code in other.product_codes:
            if product_code in product_codes:
                raise ProductFundedTwice(product=product_code, other=other.name)


def _codes(terms: Mapping[str, object]) -> list[str]:
    found = terms.get("product_codes")
    return [str(each) for each in found] if isinstance(found, list) else []


def publish(
    session: Session,
    vault: Vault,
    code: str,
    terms: Mapping[str, object],
    *,
    account: str | None,
    valid_from: date,
    today: date,
    new: bool,
) -> FundingParty:
    """Let a version hold from a day on, its account as before unless given anew; raises what :func:`check` does."""
    check(session, code, terms, valid_from=valid_from, today=today, new=new)
    before = versions(session, code)
    number = account_digits(account) if account else None
    limit = terms.get("credit_limit")
    made = FundingParty(
        code=code,
        version=before[0].version + 1 if before else 1,
        valid_from=valid_from,
        name=str(terms["name"]).strip()[:80],
        kind=FundingKind(str(terms["funding_kind"])),
        credit_limit=limit if isinstance(limit, Decimal) else None,
        product_codes=_codes(terms),
        bank_name=str(terms["bank_name"])[:120] if terms.get("bank_name") else None,
        active=bool(terms.get("active", True)),
    )
    if number is not None:
        made.account_sealed, made.account_last4 = vault.seal(number), number[-4:]
    elif before:
        made.account_sealed, made.account_last4 = before[0].account_sealed, before[0].account_last4
    if before:
        before[0].valid_to = valid_from - timedelta(days=1)
    session.add(made)
    session.flush()
    return made


def terms_of(party: FundingParty) -> dict[str, object]:
    """What a new version may say anew, as it stands; the account stays sealed and is not among it."""
    return {
        "name": party.name,
        "funding_kind": party.kind.value,
        "credit_limit": party.credit_limit,
        "product_codes": list(party.product_codes),
        "bank_name": party.bank_name,
        "active": party.active,
    }


def seed(session: Session) -> None:
    """Write the house's own funds, without limit, where there is no party yet."""
    if session.scalar(select(FundingParty.id).limit(1)) is None:
        session.add(
            FundingParty(
                code=OWN,
                version=1,
                valid_from=LONG_AGO,
                name=FundingKind.OWN.zh,
                kind=FundingKind.OWN,
                product_codes=[],
            )
        )
        session.flush()
