"""Everything that happened with a customer on one timeline: contacts, promises, visits, payments, papers and cases.

One query shape: each source is a select of the same columns, all are united, ordered by time and read a page at a time.
A new kind of record is one more :class:`Source` in :data:`SOURCES`. What lies outside the person's scope is in none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import (
    BigInteger,
    Integer,
    Select,
    SQLColumnExpression,
    String,
    and_,
    case,
    cast,
    exists,
    literal,
    null,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from company.database import Fen, Instant
from company.people import Employee, in_scope
from engine.deployments import load_definition
from engine.tasks import Instance
from lending.applications import Application
from lending.callback_kinds import AttemptResult, CallbackStatus
from lending.callbacks import CallbackAttempt, CallbackVisit
from lending.contact_gate import ContactAttempt, Result
from lending.contacts import CallbackRecord, Complaint, ContactWay
from lending.customers import Customer
from lending.deliveries import Delivery, DeliveryStatus
from lending.documents import Document, DocumentKind
from lending.labels import Labelled
from lending.life.events import MONEY, LoanEvent
from lending.life.kinds import EventKind
from lending.loans import Loan
from lending.transfer_records import LoanDebtor
from web import cases, customers
from web.access import allowed, grants, held_grants
from web.contact_panel import THINGS, rule_words
from web.language import current, named
from web.language import translate as _
from web.story import Texts
from web.wiring import wired

pages = Blueprint("customer_timeline", __name__)
PAGE_ROWS = 40
_SEPARATOR = "~"


class Row(NamedTuple):
    """One record: its instant, its source, its id there, what it belongs to, its word, its note, its sum, by whom."""

    at: datetime
    source: str
    id: int
    key: str | None
    word: str | None
    note: str | None
    amount: Decimal | None
    by: int | None


_Select = Select[datetime, str, int, str, str, str, Decimal, int]


@dataclass(frozen=True)
class Source:
    """A kind of record: what it is called, whether the person may see any, its select, and the words of its column."""

    name: str
    label: str
    visible: Callable[[], bool]
    rows: Callable[[int], _Select]
    words: type[Labelled] | None = None


@dataclass(frozen=True)
class Line:
    """One line as the page shows it."""

    row: Row
    label: str
    word: str
    note: str
    who: str
    address: str | None
    taken_back: bool


def _loans(customer_id: int, thing: str = "contract") -> Select[str]:
    """The loans that the customer owes or has owed, within the person's reach."""
    once = select(LoanDebtor.loan_no).where(LoanDebtor.customer_id == customer_id)
    return select(Loan.loan_no).where(
        or_(Loan.customer_id == customer_id, Loan.loan_no.in_(once)),
        in_scope(held_grants(thing), Loan.unit_id, Loan.owner_id.expression),
    )


def _applications(customer_id: int) -> Select[str]:
    """The applications of the customer that the person may open."""
    return select(Application.application_no).where(Application.customer_id == customer_id, cases.readable())


def _columns(
    source: str,
    at: SQLColumnExpression[datetime],
    row_id: SQLColumnExpression[int],
    key: SQLColumnExpression[str | None],
    *,
    word: SQLColumnExpression[str | None] | None = None,
    note: SQLColumnExpression[str | None] | None = None,
    amount: SQLColumnExpression[Decimal | None] | None = None,
    by: SQLColumnExpression[int | None] | None = None,
) -> _Select:
    """The select of one source, in the columns of :class:`Row`; enumerations as their stored words."""
    empty = cast(null(), String)
    return select(
        type_coerce(at, Instant).label("at"),
        literal(source).label("source"),
        row_id.label("id"),
        type_coerce(key, String).label("key"),
        (empty if word is None else cast(word, String)).label("word"),
        (empty if note is None else cast(note, String)).label("note"),
        type_coerce(cast(null(), BigInteger) if amount is None else amount, Fen).label("amount"),
        (cast(null(), Integer) if by is None else cast(by, Integer)).label("by"),
    )


def _contacts(customer_id: int) -> _Select:
    """What people asked the gate for and what it refused: what the product itself was let send is a message."""
    made = ContactAttempt
    told = _columns("contact", made.at, made.id, made.loan_no, word=made.result, note=made.note, by=made.by)
    return told.where(made.customer_id == customer_id, or_(made.by.is_not(None), made.allowed.is_(False)))


def _messages(customer_id: int) -> _Select:
    sent = Delivery
    told = _columns("message", sent.queued_at, sent.id, sent.loan_no, word=sent.status, note=sent.text)
    return told.where(sent.customer_id == customer_id)


def _talks(customer_id: int) -> _Select:
    held = CallbackRecord
    return _columns(
        "talk", held.recorded_at, held.id, held.loan_no, word=held.way, by=held.recorded_by
    ).where(held.customer_id == customer_id)


def _complaints(customer_id: int) -> _Select:
    told = Complaint
    return _columns(
        "complaint", told.recorded_at, told.id, told.loan_no, word=told.way, by=told.recorded_by
    ).where(told.customer_id == customer_id)


def _visits(customer_id: int) -> _Select:
    tried, visit = CallbackAttempt, CallbackVisit
    return (
        _columns(
            "visit",
            tried.made_at,
            tried.visit_id * 10 + tried.number,
            visit.callback_no,
            word=tried.result,
            note=tried.note,
            by=tried.made_by,
        )
        .join(visit, visit.id == tried.visit_id)
        .where(visit.loan_no.in_(_loans(customer_id, "callback")))
    )


def _callbacks(customer_id: int) -> _Select:
    """A callback stands where it was planned, with how far it is."""
    visit = CallbackVisit
    return _columns(
        "callback", visit.planned_at, visit.id, visit.callback_no, word=visit.status, by=visit.made_by
    ).where(visit.loan_no.in_(_loans(customer_id, "callback")))


def _payments(customer_id: int) -> _Select:
    """What was paid, and with the sign turned what of it was taken back."""
    paid, first = LoanEvent, aliased(LoanEvent)
    taken_back = exists().where(first.id == paid.reverses_id, first.kind.in_(MONEY))
    return _columns(
        "payment",
        paid.recorded_at,
        paid.id,
        paid.loan_no,
        word=paid.kind,
        note=paid.reason,
        amount=case((paid.kind == EventKind.REVERSAL, -paid.amount), else_=paid.amount),
        by=paid.recorded_by,
    ).where(or_(paid.kind.in_(MONEY), taken_back), paid.loan_no.in_(_loans(customer_id)))


def _papers(customer_id: int) -> _Select:
    paper = Document
    return _columns(
        "document",
        paper.attached_at,
        paper.id,
        paper.business_key,
        word=paper.kind,
        note=paper.filename,
        by=paper.attached_by,
    ).where(paper.business_key.in_(_applications(customer_id)))


def _cases(customer_id: int) -> _Select:
    case = Instance
    return _columns(
        "case",
        case.started_at,
        case.id,
        case.business_key,
        word=case.process_id,
        note=case.subtitle,
        amount=case.amount,
        by=case.started_by_id,
    ).where(case.business_key.in_(_applications(customer_id)))


def _reaches_people() -> bool:
    return any(allowed(thing) for thing in THINGS)


def _may_open_cases() -> bool:
    return any(allowed(thing) for thing in ("application", "contract", "disbursement"))


SOURCES = (
    Source("contact", "联系", _reaches_people, _contacts, Result),
    Source("message", "消息", _reaches_people, _messages, DeliveryStatus),
    Source("talk", "沟通记录", _reaches_people, _talks, ContactWay),
    Source("complaint", "投诉", lambda: allowed("complaint"), _complaints, ContactWay),
    Source("visit", "回访联系", lambda: allowed("callback"), _visits, AttemptResult),
    Source("callback", "回访", lambda: allowed("callback"), _callbacks, CallbackStatus),
    Source("payment", "还款", lambda: allowed("contract"), _payments, EventKind),
    Source("document", "资料", _may_open_cases, _papers, DocumentKind),
    Source("case", "案件", _may_open_cases, _cases),
)


@pages.get("/customers/<int:customer_id>/timeline")
def show(customer_id: int) -> ResponseReturnValue:
    """A page of the timeline, the latest first; of one kind when asked."""
    grants("customer")
    kind = request.args.get("kind", "")
    wanted = [each for each in SOURCES if each.visible() and kind in ("", each.name)]
    with wired().database.read() as session:
        customer = customers.reached(session, customer_id)
        rows = read(session, customer.id, wanted, after=_cursor(request.args.get("after", "")))
        more = None
        if rows[PAGE_ROWS:]:
            last = rows[PAGE_ROWS - 1]
            after = _SEPARATOR.join((last.at.isoformat(), last.source, str(last.id)))
            more = url_for("customer_timeline.show", customer_id=customer_id, kind=kind or None, after=after)
        return render_template(
            "customer_timeline.html",
            customer=customer,
            lines=_shown(session, customer, rows[:PAGE_ROWS]),
            kinds=[(each.name, _(each.label)) for each in SOURCES if each.visible()],
            kind=kind,
            more=more,
        )


def read(
    session: Session, customer_id: int, sources: list[Source], *, after: tuple[datetime, str, int] | None
) -> list[Row]:
    """One row more than a page, the latest first, those after a place if one is given."""
    if not sources:
        return []
    found = union_all(*(each.rows(customer_id) for each in sources)).subquery()
    asked = select(found)
    if after is not None:
        at, source, row_id = after
        place = found.c
        asked = asked.where(
            or_(
                place.at < at,
                and_(place.at == at, place.source > source),
                and_(place.at == at, place.source == source, place.id > row_id),
            )
        )
    asked = asked.order_by(found.c.at.desc(), found.c.source, found.c.id).limit(PAGE_ROWS + 1)
    return [Row(*row) for row in session.execute(asked)]


def _cursor(text: str) -> tuple[datetime, str, int] | None:
    parts = text.split(_SEPARATOR)
    if len(parts) != 3 or not parts[2].isdigit():
        return None
    try:
        at = datetime.fromisoformat(parts[0])
    except ValueError:
        return None
    return (at, parts[1], int(parts[2])) if at.tzinfo else None


def _shown(session: Session, customer: Customer, rows: list[Row]) -> list[Line]:
    ids = {row.by for row in rows if row.by}
    people = {one.id: named(one) for one in session.scalars(select(Employee).where(Employee.id.in_(ids)))}
    by_name = {each.name: each for each in SOURCES}
    rules = rule_words(session)
    names = _process_names(session, [row.id for row in rows if row.source == "case"])
    taken_back = _taken_back(session, [row.id for row in rows if row.source == "payment"])
    return [
        Line(
            row,
            _(by_name[row.source].label),
            names.get(row.id, "") if row.source == "case" else _worded(by_name[row.source].words, row.word),
            rules.get(row.note or "", row.note or "") if row.source == "contact" else row.note or "",
            people.get(row.by or 0, ""),
            _address(row),
            row.source == "payment" and row.id in taken_back,
        )
        for row in rows
    ]


def _taken_back(session: Session, event_ids: list[int]) -> set[int]:
    """Those of the events that were reversed."""
    return set(
        session.scalars(
            select(LoanEvent.id).where(LoanEvent.id.in_(event_ids), LoanEvent.reversed_by_id.is_not(None))
        )
    )


def _process_names(session: Session, case_ids: list[int]) -> dict[int, str]:
    """What the processes of cases are called in the reader's language, by the id of the case."""
    found = session.scalars(select(Instance).where(Instance.id.in_(case_ids))).all()
    return {
        case.id: Texts([load_definition(session, case.definition_id)]).process(case.process_id)
        for case in found
    }


def _worded(words: type[Labelled] | None, word: str | None) -> str:
    if word is None:
        return ""
    return words(word).label(current()) if words is not None and words.has(word) else word


def _address(row: Row) -> str | None:
    match row.source:
        case "document":
            return url_for("documents.view", document_id=row.id)
        case "case":
            return url_for("cases.show", business_key=row.key)
        case "visit" | "callback":
            return url_for("callbacks.show", callback_no=row.key)
    return url_for("loans.show", loan_no=row.key) if row.key and allowed("contract") else None
