"""Two records of one person: the suspects, the comparison side by side, the merge and its taking back."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from company import audit
from lending import duplicates, merging
from lending.customer_changes import CustomerField
from lending.customers import Customer
from lending.merging import CustomerMerge
from web.customer_record import Masked, masked
from web.customers import reach, reached
from web.display import moment
from web.language import translate as _
from web.session import me
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("customer_merges", __name__)
TAKEN = (CustomerField.PHONE, CustomerField.ADDRESS, CustomerField.CARD)
# What people call the places that name a customer.
_PLACES = {
    "application": "申请",
    "loan": "贷款",
    "consent": "授权",
    "collateral": "抵押物",
}


@dataclass(frozen=True)
class Side:
    """One of the two records: what it shows, what names it, and which applications keep it from being merged away."""

    customer: Customer
    shown: Masked
    made: str
    holds: list[tuple[str, int]]
    running: list[str]


@pages.get("/customers/duplicates")
def index() -> ResponseReturnValue:
    """The groups of customers in reach that share a phone or a card."""
    condition = reach("U")
    with wired().database.read() as session:
        groups = [
            [(customer, masked(session, customer)) for customer in members]
            for members in duplicates.suspects(session, condition)
        ]
        return render_template("duplicates.html", groups=groups)


@pages.get("/customers/<int:customer_id>/merge/<int:other_id>")
def compare(customer_id: int, other_id: int) -> ResponseReturnValue:
    """Both records side by side; the first is proposed to stand."""
    with wired().database.read() as session:
        sides = [_side(session, reached(session, each, "U")) for each in (customer_id, other_id)]
        if customer_id == other_id or any(side.customer.merged_into_id for side in sides):
            abort(404)
        return render_template("customer_merge.html", sides=sides, taken=TAKEN)


def _side(session: Session, customer: Customer) -> Side:
    holds = []
    for place in merging.places():
        count = session.scalar(
            select(func.count()).select_from(place.table).where(place.column == customer.id)
        )
        if count:
            holds.append((_place(place.table.name), count))
    return Side(
        customer,
        masked(session, customer),
        moment(customer.created_at),
        holds,
        merging.under_way(session, customer.id),
    )


def _place(table: str) -> str:
    return _(_PLACES.get(table, "其他记录"))


@pages.post("/customers/<int:customer_id>/merge/<int:other_id>")
def merge(customer_id: int, other_id: int) -> ResponseReturnValue:
    """Let the chosen one stand for both."""
    wiring, actor = wired(), me().actor
    keep = request.form.get("keep", type=int)
    if keep not in (customer_id, other_id):
        abort(400)
    gone = other_id if keep == customer_id else customer_id
    take = [field for field in TAKEN if request.form.get(f"take_{field.value}")]
    with command() as session:
        for each in (keep, gone):
            reached(session, each, "U")
        row = merging.merge(
            session,
            wiring.vault,
            survivor_id=keep,
            merged_id=gone,
            take=take,
            reason=request.form.get("reason", ""),
            by=actor.employee_id,
            now=wiring.clock.now(),
        )
        facts = {
            "merged": gone,
            "moved": row.moved,
            "taken": [field.value for field in take],
            "reason": row.reason,
        }
        audit.record(session, wiring.clock.now(), actor, "customer.merge", "customer", keep, after=facts)
    tell(_("已合并：客户 {merged} 并入客户 {kept}，名下记录已全部转移。", merged=gone, kept=keep), "good")
    return redirect(url_for("customers.show", customer_id=keep), 303)


@pages.post("/customers/merges/<int:merge_id>/undo")
def undo(merge_id: int) -> ResponseReturnValue:
    """Take a merge back: both records stand again, each with what was its own."""
    wiring, actor = wired(), me().actor
    with command() as session:
        row = session.get(CustomerMerge, merge_id) if merge_id < 2**31 else None
        if row is None:
            abort(404)
        for each in (row.survivor_id, row.merged_id):
            reached(session, each, "U")
        row = merging.undo(session, merge_id, by=actor.employee_id, now=wiring.clock.now())
        facts = {"merged": row.merged_id, "moved": row.moved}
        audit.record(
            session, wiring.clock.now(), actor, "customer.unmerge", "customer", row.survivor_id, after=facts
        )
        home = row.survivor_id
    tell(_("已撤销合并，记录已退回原档案。"), "good")
    return redirect(url_for("customers.show", customer_id=home), 303)
