"""The front desk's own pages: the start of an intake, its flow sheet, consents taken back, materials that came."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from company import parameters
from company.organisation import business_date
from company.people import Employee, in_scope
from engine.tasks import Instance, InstanceStatus, TaskStatus, UserTask
from engine.waits import MessageSubscription
from lending import consents, document_requirements
from lending.applications import Application
from lending.consents import Consent
from lending.customers import Customer
from web import story, summary
from web.access import grants
from web.display import Deadline, deadline, moment, span
from web.language import current, named
from web.language import translate as _
from web.session import me
from web.story import Texts
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("intake", __name__)
INTAKE = "front_desk_intake"
MATERIALS = "MaterialsSupplied"
ROWS_MAX = 200


@dataclass(frozen=True)
class Row:
    """One running intake: where it stands, who has it, since when, and what is missing."""

    business_key: str
    customer: str
    step: str
    owner: str
    holder: str
    begun: datetime
    elapsed: str
    deadline: Deadline | None
    missing: str


@pages.post("/cases/new/intake")
def start() -> ResponseReturnValue:
    """Open a draft application and begin the intake at the front desk; its first task is held by the person."""
    grants("application", "C")
    with command() as session:
        case, task_id = wired().open_intake(session, me().actor)
    if task_id is None:
        return redirect(url_for("cases.show", business_key=case.business_key), 303)
    return redirect(url_for("inbox.open_task", task_id=task_id), 303)


@pages.get("/intake")
def index() -> ResponseReturnValue:
    """The flow sheet: every running intake within the person's reach, oldest first."""
    grants("application")
    with wired().database.read() as session:
        return render_template("intake.html", rows=_rows(session, ROWS_MAX))


@pages.get("/intake.csv")
def export() -> ResponseReturnValue:
    """The flow sheet as a file, names masked, not more rows than may leave without an approval."""
    grants("application")
    with wired().database.read() as session:
        most: int = parameters.value(session, "export_rows_max", business_date(session))
        rows = _rows(session, min(most, ROWS_MAX))
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    writer.writerow(
        [_("申请号"), _("步骤"), _("负责人"), _("办理人"), _("开始"), _("历时"), _("时限"), _("缺少")]
    )
    for row in rows:
        late = row.deadline.text if row.deadline else ""
        writer.writerow(
            map(
                _harmless,
                (
                    row.business_key,
                    row.step,
                    row.owner,
                    row.holder,
                    moment(row.begun),
                    row.elapsed,
                    late,
                    row.missing,
                ),
            )
        )
    name = {"Content-Disposition": "attachment; filename=intake.csv"}
    return Response("\ufeff" + sheet.getvalue(), content_type="text/csv; charset=utf-8", headers=name)


def _harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text


def _rows(session: Session, limit: int) -> list[Row]:
    now = wired().clock.now()
    running = session.scalars(
        select(Instance)
        .join(Application, Application.application_no == Instance.business_key)
        .where(
            Instance.process_id == INTAKE,
            Instance.status == InstanceStatus.RUNNING.value,
            in_scope(grants("application"), Application.unit_id, Application.owner_id),
        )
        .order_by(Instance.started_at)
        .limit(limit)
    ).all()
    texts = Texts(story.definitions_of(session, running))
    waiting: dict[int, UserTask] = {}
    asked = select(UserTask).where(
        UserTask.instance_id.in_([case.id for case in running]), UserTask.status == TaskStatus.OPEN
    )
    for task in session.scalars(asked.order_by(UserTask.id)):
        waiting.setdefault(task.instance_id, task)
    return [_row(session, case, waiting.get(case.id), texts, now) for case in running]


def _row(session: Session, case: Instance, task: UserTask | None, texts: Texts, now: datetime) -> Row:
    owner = session.get(Employee, case.owner_id) if case.owner_id else None
    holder = session.get(Employee, task.assignee_id) if task and task.assignee_id else None
    missing = document_requirements.missing(session, case.business_key)
    step = texts.element(task.process_id, task.element_id, task.name) if task else _("等待客户或外部机构")
    return Row(
        business_key=case.business_key,
        customer=summary.person_name(case.title),
        step=step,
        owner=named(owner),
        holder=named(holder),
        begun=case.started_at,
        elapsed=span(now - case.started_at),
        deadline=deadline(task.due_at, now) if task else None,
        missing="、".join(row.label(current()) for row in missing),
    )


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


def _require_change(session: Session, business_key: str) -> None:
    """404 for an application that the person may not change."""
    reach = in_scope(grants("application", "U"), Application.unit_id, Application.owner_id)
    if (
        session.scalar(select(Application.id).where(Application.application_no == business_key, reach))
        is None
    ):
        abort(404)


@pages.post("/cases/<business_key>/supplied")
def supplied(business_key: str) -> ResponseReturnValue:
    """The customer has brought what was missing: the case that waits for it goes on."""
    with command() as session:
        _require_change(session, business_key)
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
        _require_change(session, business_key)
        consent = session.get(Consent, consent_id)
        if consent is None or consent.application_no != business_key:
            abort(404)
        wired().withdraw_consent(session, me().actor, consent_id)
    wired().wake()
    tell(_("已登记客户撤回同意。"), "good")
    return redirect(url_for("cases.show", business_key=business_key), 303)
