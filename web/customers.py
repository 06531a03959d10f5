"""Customers: the search, one customer with all that is known, a new one, corrections, a number shown for a reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from company import audit
from company.messages import Refusal
from company.organisation import business_date
from company.people import Scope, in_scope
from lending import customer_changes, customers, duplicates, personal_profiles, restrictions
from lending.applications import Application
from lending.customer_changes import CustomerField
from lending.customers import Customer
from lending.identifiers import resident_id, uscc
from lending.loans import Loan, LoanStatus
from lending.personal_access import AccessKind, AccessPurpose
from lending.personal_profiles import Employment, MaritalStatus
from web import circumstances, contact_list, contact_panel, customer_protection, customer_record
from web.access import allowed, grants, held_grants
from web.customer_record import Masked, masked
from web.language import current
from web.language import translate as _
from web.session import me
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("customers", __name__)
PAGE_ROWS = 50
CIRCUMSTANCES = (
    "employment",
    "employer",
    "position",
    "employed_since",
    "monthly_income",
    "marital_status",
    "dependants",
)
_IDENTITY_LENGTH, _PHONE_LENGTH, _TAIL_LENGTH = 18, 11, 4


@dataclass(frozen=True)
class Row:
    """One customer in the list, numbers masked."""

    customer: Customer
    shown: Masked
    applications: int
    loans: int


def reach(actions: str = "R") -> ColumnElement[bool]:
    """The customers that the person may do any of ``actions`` with: in scope themselves, or through an application.

    One whose data are restricted is there for who answers for privacy, and for as long as a loan is to be repaid.
    """
    found = grants("customer", actions)
    through = select(Application.customer_id).where(
        Application.customer_id.is_not(None), in_scope(found, Application.unit_id, Application.owner_id)
    )
    return and_(
        or_(in_scope(found, Customer.unit_id, Customer.owner_id), Customer.id.in_(through)), _usable()
    )


def _usable() -> ColumnElement[bool]:
    running = select(Loan.customer_id).where(Loan.status == LoanStatus.ACTIVE)
    keeping = in_scope(held_grants("privacy", "UA"), Customer.unit_id, Customer.owner_id)
    return or_(Customer.id.not_in(restrictions.restricted()), Customer.id.in_(running), keeping)


def reached(session: Session, customer_id: int, actions: str = "R") -> Customer:
    """The customer, or 404 when there is none or it lies outside the person's scope."""
    condition = reach(actions)
    customer = None
    if customer_id < 2**31:
        customer = session.scalar(select(Customer).where(Customer.id == customer_id, condition))
    if customer is None:
        abort(404)
    return customer


def writes(things: Iterable[str], actions: str) -> ColumnElement[bool]:
    """The customers about whom the person may write a record of any of ``things``: read, and in reach of that right.

    What one creates with a reach of one's own is one's own: it asks for a customer whom one reads in one's own right,
    not for a colleague whose substitute one is.
    """
    held = [grant for thing in things for grant in held_grants(thing, actions)]
    if "C" in actions and any(grant.scope is Scope.OWN for grant in held):
        me_ = me().actor.employee_id
        held += [grant for grant in held_grants("customer") if grant.employee_id == me_]
    through = select(Application.customer_id).where(
        Application.customer_id.is_not(None), in_scope(held, Application.unit_id, Application.owner_id)
    )
    return and_(reach(), or_(in_scope(held, Customer.unit_id, Customer.owner_id), Customer.id.in_(through)))


def may_write(session: Session, customer: Customer, things: Iterable[str], actions: str) -> bool:
    """Whether the customer is one of those of :func:`writes`."""
    asked = select(Customer.id).where(Customer.id == customer.id, writes(things, actions))
    return session.scalar(asked) is not None


def reached_to_write(session: Session, customer_id: int, things: Iterable[str], actions: str) -> Customer:
    """The customer about whom the person may write a record of ``things``, or 404."""
    customer = reached(session, customer_id)
    if not may_write(session, customer, things, actions):
        abort(404)
    return customer


@pages.get("/customers")
def index() -> ResponseReturnValue:
    """The list, newest first, or those whose name holds ``q``."""
    wanted = request.args.get("q", "").strip()[:64]
    before = request.args.get("before", type=int)
    asked = select(Customer).where(
        reach(), Customer.merged_into_id.is_(None), Customer.id.not_in(restrictions.restricted())
    )
    if wanted:
        asked = asked.where(Customer.name.contains(wanted, autoescape=True))
    if before is not None:
        asked = asked.where(Customer.id < before)
    with wired().database.read() as session:
        found = session.scalars(asked.order_by(Customer.id.desc()).limit(PAGE_ROWS + 1)).all()
        more = (
            url_for("customers.index", q=wanted, before=found[PAGE_ROWS - 1].id)
            if found[PAGE_ROWS:]
            else None
        )
        rows = _rows(session, list(found[:PAGE_ROWS]))
        return render_template("customers.html", rows=rows, q=wanted, more=more)


@pages.post("/customers")
def search() -> ResponseReturnValue:
    """Find by name, or by a whole identity number, a phone, or the last four of either or of a card.

    A number is sent this way only: in an address it would stay in histories and logs.
    """
    condition = reach()
    wanted = request.form.get("q", "").strip()[:64]
    if not any(sign.isdigit() for sign in wanted):
        return redirect(url_for("customers.index", q=wanted or None), 303)
    with wired().database.read() as session:
        ids = [customer.id for customer in _by_number(session, wanted.replace(" ", "").upper())]
        asked = select(Customer).where(condition, Customer.id.in_(ids)).order_by(Customer.id)
        rows = _rows(session, list(session.scalars(asked)))
        return render_template("customers.html", rows=rows, q=wanted, more=None)


def _by_number(session: Session, number: str) -> list[Customer]:
    vault = wired().vault
    if len(number) == _IDENTITY_LENGTH and resident_id.is_valid(number):
        holder = customers.find_by_identity(session, vault, number)
        return [holder] if holder else []
    if len(number) == _IDENTITY_LENGTH and uscc.is_valid(number):
        company = customers.find_by_credit_code(session, vault, number)
        return [company] if company else []
    if len(number) == _PHONE_LENGTH and number.isdigit():
        return customers.find_by_phone(session, vault, number)
    if len(number) == _TAIL_LENGTH and number[:3].isdigit():
        return [
            customer
            for kind in ("identity", "phone", "card")
            for customer in customers.find_by_last_four(session, vault, kind, number)
        ]
    return []


def _rows(session: Session, found: list[Customer]) -> list[Row]:
    ids = [customer.id for customer in found]
    counts = []
    for column in (Application.customer_id, Loan.customer_id):
        asked = select(column, func.count()).where(column.in_(ids)).group_by(column)
        counts.append({row[0]: row[1] for row in session.execute(asked)})
    return [
        Row(customer, masked(session, customer), counts[0].get(customer.id, 0), counts[1].get(customer.id, 0))
        for customer in found
    ]


@pages.get("/customers/<int:customer_id>")
def show(customer_id: int) -> ResponseReturnValue:
    """One customer; a record that was merged leads to the one that stands. Who looked is written down once a visit."""
    with wired().database.read() as session:
        customer = reached(session, customer_id)
        if customer.merged_into_id is not None:
            return redirect(url_for("customers.show", customer_id=customers.survivor(session, customer).id))
        shown = page(session, customer)
        known = customer_protection.visit_is_known(session, customer)
    if not known:
        with command() as session:
            customer_protection.note(session, customer_id, AccessKind.PAGE)
    return shown


def page(session: Session, customer: Customer, opened: tuple[str, str] | None = None) -> str:
    """The page of a customer; ``opened``: a field and its whole value, shown for a short time."""
    may_change = _may(session, customer, "U")
    return render_template(
        "customer.html",
        record=customer_record.load(session, customer),
        customer=customer,
        opened=opened,
        fields=list(CustomerField),
        employments=Employment.choices(current()),
        marriages=MaritalStatus.choices(current()),
        revealable=customer_record.revealable() if may_change or allowed("ledger", "U") else [],
        purposes=AccessPurpose.choices(current()),
        protection=customer_protection.load(session, customer),
        field_label=customer_record.field_label,
        may_change=may_change,
        contacts=contact_list.load(
            session,
            customer,
            may_call=may_write(session, customer, ["callback"], "C"),
            may_complain=may_write(session, customer, ["complaint"], "C"),
            may_answer=may_write(session, customer, ["complaint"], "U"),
        ),
        gate=contact_panel.load(
            session,
            customer,
            may_ask=may_write(session, customer, contact_panel.THINGS, "CU"),
            may_note=may_write(session, customer, contact_panel.THINGS, "U"),
        ),
        duplicates=_duplicates(session, customer) if may_change else None,
    )


def _may(session: Session, customer: Customer, actions: str) -> bool:
    if not allowed("customer", actions):
        return False
    return session.scalar(select(Customer.id).where(Customer.id == customer.id, reach(actions))) is not None


@dataclass(frozen=True)
class Alike:
    """Another record that may be the same person; ``shown`` is None where it lies outside the person's reach."""

    customer_id: int
    shown: Masked | None
    why: str


def _duplicates(session: Session, customer: Customer) -> list[Alike]:
    condition = reach("U")
    found = []
    for each in duplicates.of(session, wired().vault, customer):
        mine = session.scalar(select(Customer.id).where(Customer.id == each.customer.id, condition))
        why = ("、" if current() == "zh" else ", ").join(one.label(current()) for one in each.likenesses)
        found.append(Alike(each.customer.id, masked(session, each.customer) if mine else None, why))
    return found


@pages.post("/customers/<int:customer_id>/correct")
def correct(customer_id: int) -> ResponseReturnValue:
    """Write new values over the old ones, which are kept, with the reason."""
    wiring = wired()
    reason = request.form.get("reason", "")
    given = {field: request.form.get(field.value, "").strip() for field in CustomerField}
    with command() as session:
        customer = reached(session, customer_id, "U")
        done = [
            field.value
            for field, text in given.items()
            if text
            and customer_changes.correct(
                session,
                wiring.vault,
                customer,
                field,
                text,
                reason=reason,
                by=me().actor.employee_id,
                now=wiring.clock.now(),
            )
        ]
        if done:
            audit.record(
                session,
                wiring.clock.now(),
                me().actor,
                "customer.correct",
                "customer",
                customer.id,
                after={"fields": done, "reason": reason.strip()[:200]},
            )
    tell(_("已更正，原值保留在变更记录中。") if done else _("没有需要更正的内容。"), "good")
    return redirect(url_for("customers.show", customer_id=customer_id), 303)


@pages.get("/customers/new")
def new() -> ResponseReturnValue:
    """The form of a new customer."""
    grants("customer", "C")
    return _new_page({}, None)


def _new_page(given: dict[str, str], problem: str | None) -> str:
    return render_template(
        "customer_new.html",
        given=given,
        problem=problem,
        employments=Employment.choices(current()),
        marriages=MaritalStatus.choices(current()),
    )


@pages.post("/customers/new")
def create() -> ResponseReturnValue:
    """Register a customer; one whose number is known already is not made twice, the page says which it is."""
    grants("customer", "C")
    wiring, actor = wired(), me().actor
    given = {
        name: request.form.get(name, "").strip()
        for name in ("name", "identity", "phone", "address", "card", *CIRCUMSTANCES)
    }
    try:
        with command() as session:
            number = resident_id.validate(given["identity"])
            known = customers.find_by_identity(session, wiring.vault, number)
            if known is not None:
                return _known(session, known, given)
            customer = customers.register(
                session,
                wiring.vault,
                name=given["name"],
                identity=number,
                phone=given["phone"],
                address=given["address"] or None,
                card=given["card"] or None,
                unit_id=actor.unit_id or 0,
                owner_id=actor.employee_id,
                now=wiring.clock.now(),
            )
            if given["employment"]:
                personal_profiles.file(
                    session,
                    customer,
                    circumstances.read(given),
                    on=business_date(session),
                    by=actor.employee_id,
                    now=wiring.clock.now(),
                )
            audit.record(session, wiring.clock.now(), actor, "customer.create", "customer", customer.id)
            customer_id = customer.id
    except Refusal as refusal:
        return _new_page(given, refusal.text(current())), 422
    tell(_("已建立客户档案。"), "good")
    return redirect(url_for("customers.show", customer_id=customer_id), 303)


def _known(session: Session, known: Customer, given: dict[str, str]) -> ResponseReturnValue:
    """The number stands already: lead to it if it is in reach, else say that somebody else has it."""
    mine = session.scalar(select(Customer.id).where(Customer.id == known.id, reach()))
    if mine is not None:
        tell(_("该证件号码已建档，已转到现有客户。"), "good")
        return redirect(url_for("customers.show", customer_id=known.id), 303)
    problem = _("该证件号码已由其他机构或同事建档，不能重复建立；请联系分公司经理。")
    return _new_page(given, problem), 422
