"""What a collector types of a contact on the page of its case, read, written down, and named where it is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TypeVar

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from company.messages import Refusal
from company.organisation import business_date
from engine.tasks import Instance, TaskStatus, UserTask
from forms.errors import FormRefused, Required, TooLong
from lending import typed
from lending.collections import contact_log, results
from lending.collections.cases import CollectionCase
from lending.collections.contact_log import Came, Kind
from lending.collections.kinds import UNANSWERED, ResultCode
from lending.collections.results import Promised
from lending.contact_gate import Channel, ContactAttempt
from web.language import current
from web.language import translate as _
from web.session import me
from web.wiring import wired

RECORDING_MAX = 80
VISIT_TASK = "Task_Visit"
_KINDS: Mapping[str, Kind] = {
    "Task_Contact": contact_log.CALL,
    "Task_ContactGuarantor": contact_log.GUARANTOR_CALL,
    VISIT_TASK: contact_log.VISIT,
}
"""Which contact each of the process's contact tasks waits for."""
_TASK_FIELDS = ("result_code", "contact_note", "recording_ref", "contact_minutes")
_Value = TypeVar("_Value")


def tasks_of(session: Session, found: CollectionCase) -> list[UserTask]:
    """The contact tasks of a case that are open for the person, the newest first; none of a case that has ended."""
    if found.open_for is None:  # what is open under the loan's number is of the case of who owes it now
        return []
    asked = (
        select(UserTask)
        .join(Instance, Instance.id == UserTask.instance_id)
        .where(
            Instance.process_id == "collections",
            UserTask.business_key == found.loan_no,
            UserTask.status == TaskStatus.OPEN.value,
            UserTask.element_id.in_(_KINDS),
            or_(UserTask.assignee_id.is_(None), UserTask.assignee_id == me().actor.employee_id),
        )
    )
    return list(session.scalars(asked.order_by(UserTask.id.desc())))


def finished_by(tasks: list[UserTask], awaited: ContactAttempt | None) -> UserTask | None:
    """The task that asked for the contact that was let through; a call never does a visit's task."""
    if awaited is None:
        return None
    return next((task for task in tasks if _KINDS[task.element_id].covers(awaited)), None)


def write_down(session: Session, found: CollectionCase, form: Mapping[str, str]) -> ResultCode:
    """Write down what came of the contact that was let through: by its task, or by itself if no task asked for it.

    Raises :class:`FormRefused` with each field that is wrong, and what the process and the domain refuse.
    """
    code = form.get("result_code", "")
    if not ResultCode.has(code):
        raise FormRefused({"result_code": typed.NotAChoice(text=code[:40])})
    result = ResultCode(code)
    now, actor, wiring = wired().clock.now(), me().actor, wired()
    awaited = contact_log.awaited(session, found, actor.employee_id, now)
    if awaited is None:
        raise contact_log.NotAskedBefore()
    task = finished_by(tasks_of(session, found), awaited)
    again = result in UNANSWERED and form.get("again") == "1"
    if task is not None and not again:
        wiring.engine.complete(session, task.id, actor, _answers(form, task))
        return result
    came, promised = _read(session, form, result, awaited.channel)
    results.record_by_itself(
        session,
        wiring.vault,
        found,
        came,
        promised,
        by=actor.employee_id,
        now=now,
        books_at=business_date(session),
    )
    return result


def problems(refusal: Refusal) -> list[str]:
    """What is wrong, in the reader's language, a field by its name on the page; what is of no field stands alone."""
    if not isinstance(refusal, FormRefused):
        return [refusal.text(current())]
    names = {
        "result_code": _("联系结果"),
        "promise_amount": _("承诺金额"),
        "promise_on": _("承诺还款日"),
        "contact_minutes": _("用时（分钟）"),
        "recording_ref": _("录音编号"),
        "contact_note": _("说明"),
        "companion": _("同行人用户名"),
        "visit_place": _("地点"),
    }
    texts = refusal.texts(current())
    colon = "：" if current() == "zh" else ": "
    # a field that is not of this page comes last, by its own label or key
    ordered = [path for path in names if path in texts] + [path for path in texts if path not in names]
    labels = {**refusal.names.get(current(), {}), **names}
    return [labels.get(path, path) + colon + texts[path] if path else texts[path] for path in ordered]


def _answers(form: Mapping[str, str], task: UserTask) -> dict[str, object]:
    """The answers of the task's form that were given on the page, as they were typed."""
    names = list(_TASK_FIELDS)
    if form.get("result_code") == ResultCode.PROMISE.value:
        names += ["promise_amount", "promise_on"]
    if task.element_id == VISIT_TASK:
        names += ["companion", "visit_place"]
    return {name: form[name] for name in names if form.get(name)}


def _read(
    session: Session, form: Mapping[str, str], result: ResultCode, channel: Channel
) -> tuple[Came, Promised | None]:
    """What was typed of a contact without a task; :class:`FormRefused` with every field that cannot be read."""
    errors: dict[str, Refusal] = {}

    def read(name: str, reader: Callable[[str], _Value], *, needed: bool = False) -> _Value | None:
        text = form.get(name, "")
        if not text:
            if needed:
                errors[name] = Required()
            return None
        try:
            return reader(text)
        except Refusal as refusal:
            errors[name] = refusal
            return None

    promises, visits = result is ResultCode.PROMISE, channel is Channel.VISIT
    amount: Decimal | None = read("promise_amount", typed.positive_amount, needed=True) if promises else None
    on = read("promise_on", typed.calendar_day, needed=True) if promises else None
    minutes = read("contact_minutes", _minutes)
    recording = read("recording_ref", _recording)
    companion = read("companion", str, needed=True) if visits else None
    if errors:
        raise FormRefused(errors)
    came = Came(
        result,
        form.get("contact_note", ""),
        minutes,
        recording,
        results.colleague(session, companion),
    )
    return came, Promised(amount, on) if amount is not None and on is not None else None


def _minutes(text: str) -> int:
    minutes = typed.whole_number(text)
    if minutes > contact_log.MINUTES_MAX:
        raise contact_log.MinutesRefused(most=contact_log.MINUTES_MAX)
    return minutes


def _recording(text: str) -> str:
    if len(text) > RECORDING_MAX:
        raise TooLong(maximum=RECORDING_MAX, actual=len(text))
    return text
