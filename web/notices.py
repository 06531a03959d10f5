"""Notices: what the house tells the person, each a sentence that leads to its task, case, loan or incident."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from company import notices
from company.notices import Notice
from engine.tasks import Instance, TaskStatus, UserTask
from engine.waits import Incident
from lending.applications import ApplicationStatus, RejectionReason
from web import story
from web.display import near
from web.language import current
from web.language import translate as _
from web.notices_of_house import of_the_house
from web.notices_of_loans import ON_A_COLLECTION, ON_A_LOAN, after_pay_out
from web.session import me
from web.story import Texts
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("notices", __name__)
ROWS_MAX = 100
# The icon of each template.
_ICONS = {
    "task_overdue": "clock",
    "task_sent_back": "arrow-left",
    "opinion_asked": "checks",
    "opinion_given": "checks",
    "task_copied": "share-3",
    "incident": "alert-triangle",
    "work_postponed": "alert-triangle",
    "loan_paid": "cash",
    "callback_warning": "alert-triangle",
    "callback_promise": "calendar",
    "breach_pursued": "alert-triangle",
    "loan_changed": "calendar",
    "booking_decided": "arrow-left",
    "debt_transferred": "user-share",
    "bank_contradicts": "alert-triangle",
    "collection_assigned": "message-circle",
    "collection_unassigned": "alert-triangle",
    "collection_unhandled": "alert-triangle",
    "collection_held": "alert-triangle",
    "promise_broken": "calendar",
    "day_end_refused": "alert-triangle",
    "compliance_review_due": "checks",
    "data_request_ended": "message",
    "data_request_due": "clock",
    "export_asked": "download",
    "export_decided": "download",
}
_OF_TASKS = frozenset(
    {"task_overdue", "task_sent_back", "opinion_asked", "opinion_given", "task_copied", "task_reminded"}
)
_BANK_RESULTS = {"succeeded": "成功", "failed": "失败"}


@dataclass(frozen=True)
class Row:
    """One notice, ready to be shown."""

    id: int
    icon: str
    text: str
    when: str
    unread: bool


@dataclass(frozen=True)
class Steps:
    """The names of the steps that notices speak of, in the reader's language, by task and by incident."""

    tasks: Mapping[int, str]
    incidents: Mapping[int, str]


@pages.get("/notices")
def index() -> ResponseReturnValue:
    """The person's latest notices, newest first."""
    now = wired().clock.now()
    with wired().database.read() as session:
        found = notices.of(session, _reader(), ROWS_MAX)
        steps = _steps(session, found)
        rows = [
            Row(
                notice.id,
                _ICONS.get(notice.template, "bell"),
                _sentence(notice, steps),
                near(notice.at, now),
                notice.read_at is None,
            )
            for notice in found
        ]
        return render_template("notices.html", rows=rows)


@pages.post("/notices/<int:notice_id>")
def follow(notice_id: int) -> ResponseReturnValue:
    """Mark one notice as read and go where it leads."""
    if notice_id >= 2**31:
        abort(404)
    with command() as session:
        notice = notices.open_one(session, _reader(), notice_id, wired().clock.now())
        if notice is None:
            abort(404)
        return redirect(_target(session, notice), 303)


@pages.post("/notices")
def read_all() -> ResponseReturnValue:
    """Mark every notice as read."""
    with command() as session:
        notices.mark_read(session, _reader(), wired().clock.now())
    tell(_("已全部标为已读。"), "good")
    return redirect(url_for("notices.index"), 303)


def _reader() -> int:
    return me().actor.employee_id or 0


def _sentence(notice: Notice, steps: Steps) -> str:
    """What happened; of a template that no sentence is written for, its name."""
    facts = notice.facts
    if notice.template in _OF_TASKS:
        told = _about_a_task(notice, steps.tasks.get(facts["task_id"], facts["task"]))
        if told is not None:
            return told
    match notice.template:
        case "task_overdue":
            task = steps.tasks.get(facts["task_id"], facts["task"])
            if facts["level"] == 1:
                return _("任务“{task}”已逾期：{key}。", task=task, key=facts["business_key"])
            return _("任务“{task}”逾期过久，已退回任务池：{key}。", task=task, key=facts["business_key"])
        case "incident":
            step = steps.incidents.get(facts["incident_id"], facts["name"])
            return _("步骤“{step}”发生技术故障，等待处理。", step=step)
        case "loan_paid":
            return _("贷款 {loan} 已放款：{key}。", loan=facts["loan_no"], key=facts["application_no"])
        case "bank_contradicts":
            said = _(_BANK_RESULTS.get(facts["reported"], facts["reported"]))
            words = "银行对付款 {order} 的答复前后不一（现称“{said}”），请核对贷款 {loan}。"
            return _(words, order=facts["request_id"], said=said, loan=facts["loan_no"])
        case "customer_reminder":
            return _("客户尚未补齐材料或提供车辆，请催办：{key}。", key=facts["application_no"])
        case "mortgage_late":
            return _("抵押登记已到办结期限：{key}。", key=facts["application_no"])
        case "list_decided":
            outcome = _("已批准") if facts["decision"] == "approve" else _("未批准")
            return _("名单变更 {key} {outcome}。", key=facts["entry_no"], outcome=outcome)
        case "list_objection_due":
            return _("名单 {key} 的提案或异议已满二十日，请尽快答复。", key=facts["entry_no"])
    return _more_sentences(notice)


def _more_sentences(notice: Notice) -> str:
    facts = notice.facts
    match notice.template:
        case "application_decided":
            return _decided(facts["application_no"], facts["outcome"], facts["reasons"])
        case "reconsideration_decided":
            outcome = _("重新办理") if facts["outcome"] == "overrule" else _("维持拒绝")
            return _("申请 {key} 复核结论：{outcome}。", key=facts["application_no"], outcome=outcome)
        case "insurance_ends":
            words = "保险单 {policy} 的保险期至 {day}，请联系客户续保：{key}。"
            return _(words, policy=facts["policy_no"], day=facts["valid_until"], key=facts["application_no"])
        case "conditions_late":
            late = "、".join(facts["conditions"])
            if current() == "en":
                late = ", ".join(facts["conditions_en"])
            words = "放款条件已过期限 {day}，尚未落实：{late}（{key}）。"
            return _(words, day=facts["due_on"], late=late, key=facts["application_no"])
        case "day_end_refused":
            return _("{day} 的日终未能完成，请查看原因并处理。", day=facts["day"])
    return of_the_house(notice) or after_pay_out(notice)


def _about_a_task(notice: Notice, task: str) -> str | None:
    """What a colleague did with a task; None of a notice that tells something else."""
    facts = notice.facts
    key, by = facts.get("business_key"), facts.get("by")
    match notice.template:
        case "task_sent_back":
            words = "{by}将案件退回到“{task}”（{key}）：{reason}"
            return _(words, by=by, task=task, key=key, reason=facts["reason"])
        case "opinion_asked":
            return _("{by}请您对“{task}”会签：{key}。", by=by, task=task, key=key)
        case "opinion_given":
            said = _("同意") if facts["verdict"] == "agree" else _("不同意")
            return _("{by}对“{task}”的会签意见：{said}（{key}）。", by=by, task=task, said=said, key=key)
        case "task_copied":
            return _("{by}将“{task}”抄送给您：{key}。", by=by, task=task, key=key)
        case "task_reminded":
            return _("{by}催办“{task}”：{key}。", by=by, task=task, key=key)
    return None


def _decided(key: str, decided: str, codes: Sequence[str]) -> str:
    """The outcome of an application, of a rejection with its reasons in plain words."""
    outcome = ApplicationStatus(decided).label(current())
    if not codes:
        return _("申请 {key} {outcome}。", key=key, outcome=outcome)
    between = "；" if current() == "zh" else "; "
    reasons = between.join(RejectionReason(code).label(current()) for code in codes)
    words = "申请 {key} {outcome}，请以通俗文字告知客户理由：{reasons}。"
    return _(words, key=key, outcome=outcome, reasons=reasons)


# Notices that lead to a case, with the fact that names it.
_ON_A_CASE = {
    "customer_reminder": "application_no",
    "application_decided": "application_no",
    "reconsideration_decided": "application_no",
    "conditions_late": "application_no",
    "booking_decided": "business_key",
}
# Where a notice leads that names no one thing.
_PAGES = {
    "task_copied": "work_lists.copies",
    "incident": "incidents.index",
    "work_postponed": "incidents.index",
    "list_decided": "watch_lists.index",
    "compliance_review_due": "compliance.index",
    "export_asked": "export_requests.index",
    "export_decided": "export_requests.index",
    "day_end_refused": "day_end.index",
}


def _target(session: Session, notice: Notice) -> str:
    """Where a notice leads: the task of who holds it, else the case; the loan; the incidents."""
    facts = notice.facts
    match notice.template:
        case "opinion_asked":
            return url_for("around_task.opinion", opinion_id=facts["opinion_id"])
        case "task_overdue" | "task_sent_back" | "opinion_given" | "task_reminded":
            task = session.get(UserTask, facts["task_id"])
            mine = task is not None and task.assignee_id in (None, notice.employee_id)
            if task and task.status == TaskStatus.OPEN and mine:
                return url_for("inbox.open_task", task_id=task.id)
            return url_for("cases.show", business_key=facts["business_key"])
        case "message_sent" if facts.get("loan_no") is None:
            return url_for("notices.index")
        case "debits_done":
            return url_for("bank_receipts.index")
        case template if template in ON_A_LOAN:
            return url_for("loans.show", loan_no=facts["loan_no"])
        case template if template in ON_A_COLLECTION:
            return url_for("collections.show", case_no=facts["case_no"])
        case "callback_warning" | "callback_promise":
            return url_for("callbacks.show", callback_no=facts["callback_no"])
        case template if template in _ON_A_CASE:
            return url_for("cases.show", business_key=facts[_ON_A_CASE[template]])
        case "mortgage_late" | "insurance_ends":
            return url_for("collateral.show", application_no=facts["application_no"])
        case "data_request_ended" | "data_request_due":
            return url_for("customers.show", customer_id=facts["customer_id"])
    return url_for(_PAGES.get(notice.template, "notices.index"))


def _steps(session: Session, found: Sequence[Notice]) -> Steps:
    task_ids = {notice.facts["task_id"] for notice in found if notice.template in _OF_TASKS}
    incident_ids = {notice.facts["incident_id"] for notice in found if notice.template == "incident"}
    tasks = session.scalars(select(UserTask).where(UserTask.id.in_(task_ids))).all()
    incidents = session.scalars(select(Incident).where(Incident.id.in_(incident_ids))).all()
    cases = {task.instance_id for task in tasks} | {
        incident.instance_id for incident in incidents if incident.instance_id
    }
    texts = Texts(
        story.definitions_of(session, session.scalars(select(Instance).where(Instance.id.in_(cases))))
    )
    return Steps(
        {task.id: texts.element(task.process_id, task.element_id, task.name) for task in tasks},
        {each.id: texts.element(each.process_id, each.element_id, each.name) for each in incidents},
    )
