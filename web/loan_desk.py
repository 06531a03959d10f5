"""What is done to a loan, from its page: the form of a booking, what it would come to, and sending it for approval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from company.messages import Refusal
from company.organisation import business_date
from engine.deployments import newest
from engine.tasks import Instance, InstanceStatus
from forms.errors import FormRefused
from lending import debt_transfers, queries
from lending.accounts import chart
from lending.bank import suspense
from lending.errors import NotFound
from lending.life import asking, bookings, changes
from lending.life.bookings import DESK_OF, Foreseen, Use
from lending.life.kinds import Component, EventKind
from lending.loans import Loan, LoanStatus
from lending.maths.choices import Prepayment
from lending.money import ZERO
from web.display import yuan
from web.language import current
from web.language import translate as _
from web.session import me
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("loan_desk", __name__)
PROCESS = "loan_booking"
FORM = "register_booking"
K = EventKind
_MONEY = ("booking_date", "booking_amount", "bank_reference")
FIELDS: dict[EventKind, tuple[str, ...]] = {
    K.RECEIPT: (*_MONEY, "booking_reason"),
    K.PREPAYMENT: (*_MONEY, "quote_no", "prepayment_rule", "booking_reason"),
    K.RECOVERY: (*_MONEY, "booking_reason"),
    K.SUBSIDY_RECEIPT: (*_MONEY, "booking_reason"),
    K.CLAIM: ("booking_date", "booking_amount", "claimed_reference", "booking_reason"),
    K.CHARGE: ("booking_date", "booking_amount", "booking_component", "booking_reason"),
    K.WAIVER: ("booking_date", "booking_amount", "booking_component", "booking_reason"),
    K.SUBSIDY: ("booking_date", "booking_amount", "rate_percent", "subsidy_returned", "booking_reason"),
    K.RATE_CHANGE: ("booking_date", "rate_percent", "booking_reason"),
    K.RESTRUCTURING: (
        "booking_date",
        "months_longer",
        "holiday_instalments",
        "rate_percent",
        "booking_reason",
    ),
    K.WRITE_OFF: ("booking_date", "booking_reason"),
    K.REVERSAL: ("booking_date", "reversed_reference", "booking_reason"),
}
"""The fields of the form that each kind asks for, in their order; an extension is asked for in a process of its own."""
LABELS = {
    "booking_date": "业务日期",
    "booking_amount": "金额（元）",
    "bank_reference": "银行流水号",
    "claimed_reference": "认领的暂收款",
    "quote_no": "提前还款报价编号（按报价办理时填写）",
    "prepayment_rule": "提前还款方式",
    "booking_component": "款项",
    "months_longer": "延长月数",
    "holiday_instalments": "只还息期数",
    "rate_percent": "年利率（%）",
    "subsidy_returned": "提前结清时未分摊贴息退还付款方",
    "reversed_reference": "被冲正的业务编号",
    "booking_reason": "办理原因",
}
_CHARGED = (Component.COST, Component.FEE)
_WAIVED = (Component.PENALTY, Component.COMPOUND, Component.INTEREST, *_CHARGED)
_RULES = (Prepayment.SHORTER_TERM, Prepayment.LOWER_INSTALMENT, Prepayment.NEXT_INSTALMENTS)
_WHEN_WRITTEN_OFF = (K.RECOVERY, K.CLAIM, K.REVERSAL)
_ALWAYS = (K.CLAIM, K.REVERSAL)
# What changes a plan or a debt that is still there.
_WHILE_OWED = (K.PREPAYMENT, K.RATE_CHANGE, K.RESTRUCTURING, K.WRITE_OFF, K.ASSIGNMENT, K.WAIVER)
_ANSWERS_MAX = 300


@dataclass(frozen=True)
class Problem:
    """What is wrong with the form: the field, empty for the whole of it, its label and the sentence."""

    field: str
    label: str
    text: str


@pages.get("/loans/<loan_no>/bookings/<kind>")
def show(loan_no: str, kind: str) -> ResponseReturnValue:
    """The form of a booking; what the address gives is filled in."""
    wanted = _kind(kind)
    given = {name: request.args.get(name, "")[:_ANSWERS_MAX] for name in FIELDS[wanted]}
    with wired().database.read() as session:
        loan = _loan(session, loan_no, wanted)
        debt_transfers.require_unchanging(session, loan_no, wanted)
        given["booking_date"] = given["booking_date"] or str(first_day(loan, business_date(session)))
        return _page(session, loan, wanted, given)


@pages.post("/loans/<loan_no>/bookings/<kind>")
def ask(loan_no: str, kind: str) -> ResponseReturnValue:
    """Show what the booking would come to, or send it for approval; 422 with what was typed when it is refused."""
    wanted = _kind(kind)
    given = {name: request.form.get(name, "").strip()[:_ANSWERS_MAX] for name in FIELDS[wanted]}
    foreseen: Foreseen | None = None
    problems: list[Problem] = []
    try:
        with command() as session:
            _loan(session, loan_no, wanted)
            debt_transfers.require_unchanging(session, loan_no, wanted)
            if request.form.get("do") == "preview":
                foreseen = _rehearsed(session, loan_no, wanted, given)
            else:
                case = wired().open_booking(session, me().actor, loan_no, wanted, _answers(given))
                tell(_("已送审，编号 {number}，由另一位有权人员审批。", number=case.business_key), "good")
                return redirect(url_for("loans.show", loan_no=loan_no), 303)
    except FormRefused as refused:
        texts = refused.texts(current())
        problems = [Problem(name, _(LABELS.get(name, name)), text) for name, text in texts.items()]
    except Refusal as refusal:
        problems = [Problem("", "", refusal.text(current()))]
    with wired().database.read() as session:
        page = _page(session, _loan(session, loan_no, wanted), wanted, given, foreseen, problems)
    return page, 422 if problems else 200


def first_day(loan: Loan, on: date) -> date:
    """The day that a form offers: the business date, or the loan's first day where the books stand before it."""
    return max(on, loan.value_date or on)


def open_bookings(session: Session, loan_no: str) -> list[Instance]:
    """The bookings of a loan that wait for approval or came back, the oldest first."""
    return list(
        session.scalars(
            select(Instance)
            .where(
                Instance.process_id == PROCESS,
                Instance.title == loan_no,
                Instance.status == InstanceStatus.RUNNING.value,
            )
            .order_by(Instance.id)
        )
    )


def to_be_asked(session: Session, loan: Loan) -> list[EventKind]:
    """What the person may ask for on the loan as it stands; a claim only while there is money of nobody to claim.

    Reversals are not among it: those begin at an event.
    """
    if loan.status not in (LoanStatus.ACTIVE, LoanStatus.SETTLED, LoanStatus.WRITTEN_OFF):
        return []
    gone = loan.status is LoanStatus.WRITTEN_OFF
    fitting = [kind for kind in FIELDS if (kind in _WHEN_WRITTEN_OFF) == gone or kind in _ALWAYS]
    if loan.status is LoanStatus.SETTLED:
        fitting = [kind for kind in fitting if kind not in _WHILE_OWED]
    if debt_transfers.change_under_way(session, loan.loan_no) is not None:
        fitting = [kind for kind in fitting if kind not in debt_transfers.RIVALS]
    return [
        kind
        for kind in fitting
        if kind is not K.REVERSAL
        and bookings.may_ask(session, me().actor, loan.loan_no, kind)
        and (kind is not K.CLAIM or suspense.is_any_left(session))
    ]


def may_book(session: Session, loan_no: str) -> bool:
    """Whether the person may ask for anything on the loan."""
    return any(bookings.may_ask(session, me().actor, loan_no, kind) for kind in DESK_OF)


def changing(session: Session, loan: Loan) -> str | None:
    """The number of the change under way that keeps some bookings from being asked for."""
    return debt_transfers.change_under_way(session, loan.loan_no)


def may_reverse(session: Session, loan_no: str) -> bool:
    """Whether the person may ask for a reversal on the loan."""
    return bookings.may_ask(session, me().actor, loan_no, K.REVERSAL)


def _kind(text: str) -> EventKind:
    if not EventKind.has(text) or EventKind(text) not in FIELDS:
        abort(404)
    return EventKind(text)


def _loan(session: Session, loan_no: str, kind: EventKind) -> Loan:
    """The loan; 404 outside the person's reach, 403 without the duty."""
    try:
        loan = queries.loan_record(session, me().actor, loan_no).loan
    except NotFound:
        abort(404)
    if not bookings.may_ask(session, me().actor, loan_no, kind):
        abort(403)
    return loan


def _answers(given: Mapping[str, str]) -> dict[str, object]:
    """What was filled in, as the form wants it: whole numbers as such, the rest as text."""
    answers: dict[str, object] = {}
    for name, text in given.items():
        if name == "subsidy_returned":
            answers[name] = text == "on"
        elif text:
            whole = name in ("months_longer", "holiday_instalments") and text.isascii() and text.isdigit()
            answers[name] = int(text[:9]) if whole else text
    return answers


def _rehearsed(session: Session, loan_no: str, kind: EventKind, given: Mapping[str, str]) -> Foreseen:
    engine, actor = wired().engine, me().actor
    data: dict[str, object] = {"loan_no": loan_no, "booking_kind": kind.value, "check_comment": None}
    definition = newest(session, PROCESS)
    checked = engine.context.forms.check(
        definition.form(FORM), _answers(given), data=data, files={}, english=definition.texts("en")
    )
    booking = asking.booking_of({**data, **checked.answers}, "preview")
    bookings.require_maker(session, actor, booking)
    return bookings.rehearse(
        session,
        booking,
        booked_on=business_date(session),
        now=wired().clock.now(),
        by=actor.employee_id,
    )


def _words(use: Use) -> str:
    """What the money of an event pays, in the reader's language."""
    parts = [f"{component.label(current())} {yuan(amount)}" for component, amount in use.paid.items()]
    if use.to_suspense:
        word = "转暂收款 {amount}" if use.to_suspense > 0 else "使用暂收款 {amount}"
        parts.append(_(word, amount=yuan(abs(use.to_suspense))))
    return " · ".join(parts) or "—"


def _own_suspense(session: Session, loan: Loan, on: date) -> Decimal:
    """What lies in the loan's own suspense already: no claim is needed for it."""
    reading = changes.reading_of(session, loan.loan_no, first_day(loan, on))
    return reading.state.suspense if reading else ZERO


def _page(
    session: Session,
    loan: Loan,
    kind: EventKind,
    given: Mapping[str, str],
    foreseen: Foreseen | None = None,
    problems: list[Problem] | None = None,
) -> str:
    language, on = current(), business_date(session)
    parts = [
        (component.label(language), yuan(amount))
        for component, amount in (foreseen.used if foreseen else {}).items()
    ]
    return render_template(
        "booking.html",
        loan=loan,
        kind=kind,
        desk=DESK_OF[kind],
        fields=FIELDS[kind],
        labels=LABELS,
        given=given,
        problems=problems or [],
        wrong={problem.field for problem in problems or []},
        foreseen=foreseen,
        is_back_dated=foreseen is not None and given["booking_date"] < str(on),
        stands_at=on if first_day(loan, on) > on else None,
        items=suspense.unclaimed(session).items if kind is K.CLAIM else [],
        own_suspense=_own_suspense(session, loan, on) if kind is K.CLAIM else None,
        parts=parts,
        reworked=[
            (each, _words(each.before), _words(each.after))
            for each in (foreseen.reworked if foreseen else ())
        ],
        accounts=chart(session),
        rules=[(rule.value, rule.label(language)) for rule in _RULES],
        components=[
            (each.value, each.label(language)) for each in (_CHARGED if kind is K.CHARGE else _WAIVED)
        ],
    )
