"""One task as a person sees it: the form with the draft, who may take it over, and the case around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from company import masking
from company.people import Employee
from engine import deployments, opinions
from engine.deployments import LoadedDefinition
from engine.history import ActivityHistory, Happening
from engine.opinions import TaskOpinion
from engine.tasks import Draft, Instance, TaskStatus, UserTask
from forms.model import read
from forms.view import prepare, read_whole
from lending.callbacks import CallbackVisit
from lending.documents import DocumentKind
from lending.loans import Loan
from web import register, story, summary
from web.access import allowed
from web.display import Deadline, deadline, near
from web.language import current, named
from web.language import translate as _
from web.register import Paper
from web.session import me
from web.story import Diagram, Hit, Line, Texts
from web.summary import Facts
from web.wiring import wired

ACCOUNT_DIGITS_MIN = 12
_MASKS = {
    "resident_id": masking.mask_identity,
    "mobile": masking.mask_phone,
    "bank_card": masking.mask_card,
    "vin": masking.mask_vin,
    "plate": masking.mask_plate,
}


@dataclass(frozen=True)
class TaskView:
    """Everything the template of a task needs."""

    id: int
    version: int
    name: str
    title: str
    business_key: str
    deadline: Deadline | None
    mine: bool
    assignee: str
    form: dict[str, Any]
    submit_label: str | None
    saved: str
    progress: str
    diagram: Diagram
    summary: Facts
    about: tuple[str, str] | None
    documents: list[Paper]
    decisions: list[Hit]
    timeline: list[Line]
    may_send_back: bool
    sent_back: tuple[str, str] | None
    opinions: Sequence[TaskOpinion]
    outstanding: str
    kinds: Sequence[DocumentKind]


def load(session: Session, task: UserTask, *, whole: bool = False) -> TaskView:
    """The view of a task that the person may see; ``whole``: with the sealed values that who holds it reads."""
    wiring, actor = wired(), me().actor
    now = wiring.clock.now()
    case = session.get_one(Instance, task.instance_id)
    definition = deployments.load_definition(session, case.definition_id)
    texts = Texts([definition])
    mine = task.assignee_id is not None and task.assignee_id in actor.desks
    draft = session.get(Draft, (task.id, actor.employee_id)) if mine else None
    form = _form(session, task, definition, whole=whole)
    asked = opinions.of_task(session, task.id)
    holder = session.get(Employee, task.assignee_id) if task.assignee_id else None
    return TaskView(
        id=task.id,
        version=task.version,
        name=texts.element(task.process_id, task.element_id, task.name),
        title=summary.person_name(task.title),
        business_key=task.business_key,
        deadline=deadline(task.due_at, now),
        mine=mine,
        assignee=named(holder),
        form=form,
        submit_label=_submit_label(form["schema"]),
        saved=_("草稿已于 {when} 保存", when=near(draft.saved_at, now)) if draft else "",
        progress=story.progress(case, definition, now),
        diagram=story.diagram(session, case, definition, task.process_id, task.element_id),
        summary=summary.of(session, task.business_key),
        about=_about(session, task),
        documents=register.documents_of(session, task.business_key),
        decisions=story.hits(session, task.business_key, texts),
        timeline=story.timeline(session, task.business_key, texts, now),
        may_send_back=(mine or task.assignee_id is None) and _has_earlier_steps(session, task),
        sent_back=_sent_back(session, task),
        opinions=asked,
        outstanding="、".join(each.asked_of_name for each in asked if each.ended_at is None),
        kinds=list(DocumentKind),
    )


def _about(session: Session, task: UserTask) -> tuple[str, str] | None:
    """The page of what the task is about, and its words: a callback's tells how the customer is reached."""
    if task.process_id != "callback_visit" or not allowed("callback"):
        return None
    asked = select(CallbackVisit.callback_no).join(Loan, Loan.loan_no == CallbackVisit.loan_no)
    number = session.scalar(
        asked.where(Loan.application_no == task.business_key, CallbackVisit.open_for.is_not(None))
    )
    if number is None:
        return None
    return url_for("callbacks.show", callback_no=number), _("联系方式与回访 {number}", number=number)


def _has_earlier_steps(session: Session, task: UserTask) -> bool:
    done = select(UserTask.id).where(
        UserTask.instance_id == task.instance_id, UserTask.status == TaskStatus.DONE.value
    )
    return session.scalar(done.limit(1)) is not None


def _sent_back(session: Session, task: UserTask) -> tuple[str, str] | None:
    """Who returned the case to this very task, and why; None where nobody did."""
    row = session.scalar(
        select(ActivityHistory)
        .where(
            ActivityHistory.instance_id == task.instance_id,
            ActivityHistory.kind == Happening.SENT_BACK.value,
            ActivityHistory.at == task.created_at,
        )
        .order_by(ActivityHistory.id.desc())
        .limit(1)
    )
    told = row.results if row is not None and isinstance(row.results, dict) else {}
    if row is None or told.get("to") != f"{task.process_id}/{task.element_id}":
        return None
    return row.actor_name, row.note or ""


def read_by_holder(session: Session, task: UserTask) -> tuple[list[str], Mapping[str, object]]:
    """The sealed values that the person, who holds the task, reads whole on its form, and the data of the case."""
    if task.form_key is None or task.assignee_id is None or task.assignee_id not in me().actor.desks:
        return [], {}
    definition = deployments.load_definition(
        session, session.get_one(Instance, task.instance_id).definition_id
    )
    form = definition.form(task.form_key)
    if not any(each.holder_reads for each in read(form).fields()):
        return [], {}
    data = wired().engine.form_data(session, task)
    return read_whole(form, data), data


def _form(session: Session, task: UserTask, definition: LoadedDefinition, *, whole: bool) -> dict[str, Any]:
    """The form for the browser; what the holder has typed lies over the process data, chosen files excepted."""
    if task.form_key is None:
        return {"schema": {"type": "default", "components": []}, "data": {}}
    wiring = wired()
    data = _in_language(wiring.engine.form_data(session, task))
    typed = (
        wiring.engine.draft(session, task.id, me().actor) if task.assignee_id in me().actor.desks else None
    )
    data |= {key: value for key, value in (typed or {}).items() if not _is_file_choice(value)}

    def mask(check: str, reference: str) -> str:
        clear = wiring.vault.reveal(session, reference, business_key=task.business_key)
        account = clear.isdecimal() and len(clear) >= ACCOUNT_DIGITS_MIN
        return _MASKS.get(check, masking.mask_card if account else masking.mask_name)(clear)

    def opens(_check: str, reference: str) -> str:
        return wiring.vault.reveal(session, reference, business_key=task.business_key)

    form, texts = definition.form(task.form_key), definition.texts(current())
    return prepare(form, data, current(), texts, mask=mask, opens=opens if whole else None)


def _in_language(data: Mapping[str, object]) -> dict[str, object]:
    """The process data; in English a text that a step wrote in both languages is the one under ``<key>_en``."""
    if current() != "en":
        return dict(data)
    return {key: data.get(f"{key}_en", value) for key, value in data.items()}


def _is_file_choice(value: Any) -> bool:
    """A file chosen in the browser is known there only; its reference means nothing later."""
    return isinstance(value, str) and value.startswith("files::")


def _submit_label(schema: dict[str, Any]) -> str | None:
    """What the form's own submit button says: the bar below the form says it instead."""
    for component in schema.get("components", ()):
        if component.get("type") == "button" and component.get("action", "submit") == "submit":
            return str(component.get("label") or "") or None
    return None
