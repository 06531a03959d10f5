"""Assignment of claims: a package of loans sold to a buyer, its price, its settlement in the books, the notices.

民法典 第五百四十五至五百四十七条: claims may be assigned, the mortgage follows (第四百零七条); an assignment has no
effect on the debtor before he is notified (第五百四十六条), nor on a guarantor (第六百九十六条).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import ROUND_FLOOR, Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from lending import fund_journal, loans, sequences
from lending.claim_records import ClaimItem, ClaimNotice, ClaimPackage, NoticeWay, PackageStatus
from lending.debt_transfers import under_way
from lending.errors import LendingError, NotFound
from lending.fund_journal import Direction
from lending.life import beginning, changes
from lending.life.applying import claim_of
from lending.life.happenings import Happening
from lending.life.kinds import EventKind
from lending.loan_changes import Bound, ChangeOfEndedLoan, ChangeOpen, bound, open_of
from lending.loans import Loan, LoanStatus
from lending.locks import held
from lending.money import FEN, ZERO, exact

BULK_FROM = 3
"""So many loans sold at once are a bulk transfer (批量转让, 金融企业不良资产批量转让管理办法 第三条)."""
PACKAGE_MAX = 200


class PackageLoanUnfit(LendingError):
    """Only loans on the books that nothing else changes are sold."""

    code = "package_loan_unfit"
    zh = "贷款 {loan_no} 不能入包：{why}。请从清单中删除或先办结。"
    en = "The loan {loan_no} cannot be sold: {why_en}. Take it off the list or end what is under way first."


class PackageEmpty(LendingError):
    """A package holds loans, each once."""

    code = "package_empty"
    zh = "请填写 1 至 {limit} 笔贷款编号，每行一笔。"
    en = "Write between 1 and {limit} loan numbers, one a line."


class BulkOfPersonalClaims(LendingError):
    """Personal bad loans are sold in bulk only by institutions of the pilot, until it ends."""

    code = "bulk_of_personal_claims"
    zh = "个人贷款 {count} 笔一次转让属批量转让，仅限试点机构；请确认试点资格，或分开转让。"
    en = "{count} personal loans at once are a bulk transfer, for institutions of the pilot; confirm, or split it."


class PriceTooLow(LendingError):
    """Each claim has a price."""

    code = "package_price_too_low"
    zh = "总价 {price} 元不足以使 {count} 笔债权各有价款。"
    en = "The price of {price} is less than a fen for each of {count} claims."


class PriceNotReceived(LendingError):
    """A claim passes against its price."""

    code = "package_price_not_received"
    zh = "收到 {received} 元，与合同价款 {price} 元不符，不能交割。"
    en = "{received} were received, not the price of {price}; the claims do not pass."


class ContractDayWrong(LendingError):
    """A contract is signed before it is performed."""

    code = "assignment_contract_day"
    zh = "签约日 {on} 不能晚于今天 {today}。"
    en = "The contract cannot be signed on {on}, after today, {today}."


class NoticeUnproven(LendingError):
    """Whoever owes or secures a claim is told, with proof."""

    code = "notice_unproven"
    zh = "通知 {notices} 尚无送达凭证，请补充送达方式、日期和凭证号；送达不到的以公告方式通知。"
    en = "There is no proof for the notices {notices}; add way, day and number, announce those that cannot be reached."


def begin(session: Session, *, unit_id: int, owner_id: int | None, on: date) -> ClaimPackage:
    """A new, empty package with its number."""
    number = sequences.take(session, f"claim_package:{on.year}")
    package = ClaimPackage(
        package_no=f"ZR-{on.year}-{number:06d}",
        status=PackageStatus.DEFINED,
        unit_id=unit_id,
        owner_id=owner_id,
        cut_off=on,
    )
    session.add(package)
    session.flush()
    return package


def get(session: Session, package_no: str, *, to_change: bool = False) -> ClaimPackage:
    """The package, or :class:`NotFound`; ``to_change`` holds it until the transaction ends."""
    asked = select(ClaimPackage).where(ClaimPackage.package_no == package_no)
    package = session.scalar(held(asked) if to_change else asked)
    if package is None:
        raise NotFound(what_zh="债权包", what_en="package of claims", key=package_no)
    return package


def items(session: Session, package: ClaimPackage) -> list[ClaimItem]:
    """The loans of a package by their number."""
    asked = select(ClaimItem).where(ClaimItem.package_id == package.id)
    return list(session.scalars(asked.order_by(ClaimItem.loan_no)))


def notices(session: Session, package: ClaimPackage) -> list[ClaimNotice]:
    """The notices of a package in their order."""
    asked = select(ClaimNotice).where(ClaimNotice.package_id == package.id)
    return list(session.scalars(asked.order_by(ClaimNotice.id)))


def sold(session: Session, loan_no: str) -> tuple[ClaimPackage, ClaimItem] | None:
    """The package in which a loan was, or is being, sold."""
    asked = select(ClaimPackage, ClaimItem).join(ClaimItem, ClaimItem.package_id == ClaimPackage.id)
    row = session.execute(asked.where(ClaimItem.open_for == loan_no)).first()
    return None if row is None else (row[0], row[1])


def fill(
    session: Session, package: ClaimPackage, chosen: Sequence[Loan], *, pilot: bool, on: date, now: datetime
) -> list[ClaimItem]:
    """Put loans into a package with what is owed of each on the day, in place of those before.

    Raises :class:`PackageEmpty`, :class:`PackageLoanUnfit`, :class:`BulkOfPersonalClaims` unless ``pilot``.
    """
    if not 0 < len(chosen) <= PACKAGE_MAX or len({loan.loan_no for loan in chosen}) < len(chosen):
        raise PackageEmpty(limit=PACKAGE_MAX)
    if len(chosen) >= BULK_FROM and not pilot:
        raise BulkOfPersonalClaims(count=len(chosen))
    for before in items(session, package):
        session.delete(before)
    session.flush()
    package.cut_off = on
    found = [_item(session, package, loan, on, now) for loan in chosen]
    session.add_all(found)
    session.flush()
    return found


def _item(session: Session, package: ClaimPackage, loan: Loan, on: date, now: datetime) -> ClaimItem:
    _refuse_unfit(session, loan)
    beginning.begin(session, loan.loan_no, now=now)
    reading = changes.reading_of(session, loan.loan_no, on)
    if reading is None:
        raise ChangeOfEndedLoan(loan_no=loan.loan_no, status=loan.status)
    principal = reading.state.principal
    return ClaimItem(
        package_id=package.id,
        loan_no=loan.loan_no,
        open_for=loan.loan_no,
        principal=principal,
        other=claim_of(reading.ground, reading.state, on) - principal,
        days_past_due=reading.days_past_due,
    )


def _refuse_unfit(session: Session, loan: Loan) -> None:
    if loan.status is not LoanStatus.ACTIVE:
        raise PackageLoanUnfit(
            loan_no=loan.loan_no, why=loan.status.zh, why_en=f"it is {loan.status.en.lower()}"
        )
    change, transfer = open_of(session, loan.loan_no), under_way(session, loan.loan_no)
    if change is not None or transfer is not None:
        number = change.change_no if change else transfer.transfer_no if transfer else ""
        raise ChangeOpen(loan_no=loan.loan_no, change_no=number)
    other = sold(session, loan.loan_no)
    if other is not None:
        number = other[0].package_no
        raise PackageLoanUnfit(
            loan_no=loan.loan_no, why=f"已在债权包 {number} 中", why_en=f"it is in {number}"
        )


def price(session: Session, package: ClaimPackage, total: Decimal) -> None:
    """Share the price among the claims by their size, exact to the fen: the remainders go to the largest first."""
    found = items(session, package)
    if exact(total) < FEN * len(found):
        raise PriceTooLow(price=total, count=len(found))
    spread, whole = total - FEN * len(found), sum((each.claim for each in found), ZERO)
    for each in found:
        each.price = FEN + (spread * each.claim / whole).quantize(FEN, rounding=ROUND_FLOOR)
    left = total - sum((each.price or ZERO for each in found), ZERO)
    for each in sorted(found, key=lambda one: (-one.claim, one.loan_no))[: int(left / FEN)]:
        each.price = (each.price or ZERO) + FEN
    package.price = total
    session.flush()


def settle(
    session: Session,
    package: ClaimPackage,
    *,
    received: Decimal,
    bank_reference: str,
    on: date,
    now: datetime,
    by: int | None,
    checked_by: int | None,
) -> None:
    """The price is in: every loan leaves the books as an event of its life, against its share. Once.

    Raises :class:`PriceNotReceived`, and what the events refuse.
    """
    if package.price is None or received != package.price:
        raise PriceNotReceived(received=received, price=package.price or ZERO)
    entries = []
    for item in items(session, package):
        told = Happening(
            EventKind.ASSIGNMENT, on, item.price or ZERO, reason=f"{package.package_no} {package.buyer_name}"
        )
        done = changes.record(
            session,
            item.loan_no,
            told,
            reference=f"{package.package_no}:{item.loan_no}",
            booked_on=on,
            now=now,
            by=by,
            checked_by=checked_by,
        )
        item.event_reference = done.event.reference
        entries += [posting.entry_reference for posting in done.event.postings]
    fund_journal.record(
        session,
        f"assignment:{package.package_no}",
        direction=Direction.IN,
        amount=package.price,
        value_date=on,
        counterparty=package.buyer_name,
        purpose="债权转让价款",
        now=now,
        bank_reference=bank_reference,
        journal_reference=entries[0] if entries else None,
    )
    package.status, package.settled_on, package.bank_reference = PackageStatus.SETTLED, on, bank_reference
    session.flush()


def write_notices(session: Session, package: ClaimPackage, *, now: datetime) -> list[ClaimNotice]:
    """One notice for each debtor and for each who secures the claim; written again they are the same."""
    known = {(each.loan_no, each.customer_id) for each in notices(session, package)}
    for item in items(session, package):
        loan = loans.get(session, item.loan_no)
        told = [("debtor", loan.customer_id), *_securing(bound(session, loan))]
        for place, customer_id in told:
            if (item.loan_no, customer_id) not in known:
                count = len(known) + 1
                known.add((item.loan_no, customer_id))
                session.add(
                    ClaimNotice(
                        notice_no=f"{package.package_no}-{count:03d}",
                        package_id=package.id,
                        loan_no=item.loan_no,
                        customer_id=customer_id,
                        place=place,
                        written_at=now,
                    )
                )
    session.flush()
    return notices(session, package)


def sign(session: Session, package: ClaimPackage, *, on: date, today: date) -> None:
    """The contract with the buyer is signed, not in the future (:class:`ContractDayWrong`)."""
    if on > today:
        raise ContractDayWrong(on=on, today=today)
    package.contract_signed_on = on
    session.flush()


def _securing(parties: Sequence[Bound]) -> list[tuple[str, int]]:
    return [(each.place, each.customer.id) for each in parties]


def prove(
    session: Session, package: ClaimPackage, numbers: Mapping[str, str], way: NoticeWay, *, on: date
) -> list[str]:
    """Write down the proof of notices, number of the notice to number of the proof; those still without one."""
    found = notices(session, package)
    for each in found:
        if each.notice_no in numbers:
            each.way, each.proof_no, each.reached_on = way, numbers[each.notice_no], on
    session.flush()
    return [each.notice_no for each in found if each.reached_on is None]


def complete(session: Session, package: ClaimPackage, *, on: date) -> None:
    """Every debtor and guarantor is told (:class:`NoticeUnproven`): the buyer is the creditor towards all."""
    open_ones = [each.notice_no for each in notices(session, package) if each.reached_on is None]
    if open_ones:
        raise NoticeUnproven(notices=open_ones)
    package.status, package.ended_on = PackageStatus.COMPLETED, on
    session.flush()


def refuse(session: Session, package: ClaimPackage, *, comment: str | None, on: date) -> None:
    """The package is not sold: its loans are free again."""
    package.status, package.comment, package.ended_on = PackageStatus.REFUSED, comment, on
    for each in items(session, package):
        each.open_for = None
    session.flush()
