"""What the front desk does beside its tasks: an intake begun, consents taken back, materials that came."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from company.people import in_scope
from engine.waits import MessageSubscription
from lending import consents
from lending.applications import Application
from lending.consents import Consent
from lending.customers import Customer
from web import summary
from web.access import grants, held_grants
from web.language import translate as _
from web.session import me
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("intake", __name__)
MATERIALS = "MaterialsSupplied"


@pages.post("/cases/new/intake")
def start() -> ResponseReturnValue:
    """Open a draft application and begin the intake at the front desk; its first task is held by the person."""
    grants("application", "C")
    with command() as session:
        case, task_id = wired().open_intake(session, me().actor)
    if task_id is None:
        return redirect(url_for("cases.show", business_key=case.business_key), 303)
    return redirect(url_for("inbox.open_task", task_id=task_id), 303)


def consents_of(session: Session, business_key: str) -> list[tuple[Consent, str]]:
    """Every party's answers to every purpose, the latest of each, with the party's name."""
    newest = {
        (each.customer_id, each.purpose): each for each in consents.of_application(session, business_key)
    }
    return [
        (each, summary.person_name(session.get_one(Customer, each.customer_id).name))
        for each in sorted(newest.values(), key=lambda each: each.id)
    ]


def awaits_materials(session: Session, business_key: str) -> int | None:
    """The id of what waits for the customer's materials, None when nothing does."""
    return session.scalar(
        select(MessageSubscription.id).where(
            MessageSubscription.message_name == MATERIALS,
            MessageSubscription.correlation_key == business_key,
        )
    )


def may_change(session: Session, business_key: str) -> bool:
    """Whether the person may change this application at all."""
    reach = in_scope(held_grants("application", "U"), Application.unit_id, Application.owner_id)
    asked = select(Application.id).where(Application.application_no == business_key, reach)
    return session.scalar(asked) is not None


def require_change(session: Session, business_key: str) -> None:
    """404 for an application that the person may not change."""
    grants("application", "U")
    if not may_change(session, business_key):
        abort(404)


@pages.post("/cases/<business_key>/supplied")
def supplied(business_key: str) -> ResponseReturnValue:
    """The customer has brought what was missing: the case that waits for it goes on."""
    with command() as session:
        require_change(session, business_key)
        waits = awaits_materials(session, business_key)
        if waits is not None:
            wired().engine.deliver(
                session, MATERIALS, business_key, {}, f"materials:{business_key}:{waits}", actor=me().actor
            )
    wired().wake()
    tell(_("已登记客户补交资料。"), "good")
    return redirect(url_for("cases.show", business_key=business_key), 303)


@pages.post("/cases/<business_key>/consents/<int:consent_id>/withdraw")
def withdraw_consent(business_key: str, consent_id: int) -> ResponseReturnValue:
    """The customer takes a consent back; a case that needs it stops for a person."""
    with command() as session:
        require_change(session, business_key)
        consent = session.get(Consent, consent_id)
        if consent is None or consent.application_no != business_key:
            abort(404)
        wired().withdraw_consent(session, me().actor, consent_id)
    wired().wake()
    tell(_("已登记客户撤回同意。"), "good")
    return redirect(url_for("cases.show", business_key=business_key), 303)
