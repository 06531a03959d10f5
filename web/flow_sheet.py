"""The service flow sheet of the front desk: every running case, its stage, who has it, how long, what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from company import parameters
from company.organisation import business_date
from company.people import Employee, in_scope
from engine import deployments
from engine.tasks import Instance, InstanceStatus, TaskStatus, UserTask
from lending import document_requirements
from lending.applications import Application
from lending.spreadsheets import Table, workbook
from web import handoff, story, summary
from web.access import grants
from web.display import Deadline, deadline, moment, span
from web.exporting import Leaving, hand_out
from web.handoff import HandOff
from web.language import current, named
from web.language import translate as _
from web.story import Texts
from web.wiring import wired

pages = Blueprint("flow_sheet", __name__)
ROWS_MAX = 200
INTAKE = "front_desk_intake"
# The stages of the front desk's way, in their order; what runs after the pay-out has pages of its own.
STAGES = (
    INTAKE,
    "credit_application",
    "reconsideration",
    "contract_signing",
    "disbursement",
    "collateral_registration",
)


@dataclass(frozen=True)
class Row:
    """One running case: its stage and step, who answers for it and who has it, since when, and what is missing.

    ``since`` is when the step began, ``handed`` how long the case lay between front desk and back office.
    """

    business_key: str
    customer: str
    stage: str
    step: str
    owner: str
    holder: str
    begun: datetime
    elapsed: str
    in_step: str
    deadline: Deadline | None
    handed: str
    missing: str


@pages.get("/intake")
def index() -> ResponseReturnValue:
    """The sheet, oldest case first; ``stage`` shows one stage alone, ``late`` what is past its deadline."""
    grants("application")
    with wired().database.read() as session:
        return render_template(
            "flow_sheet.html",
            rows=_rows(session, ROWS_MAX),
            stages=_stages(session),
            stage=_stage(),
            late=_late(),
            most=ROWS_MAX,
        )


@pages.get("/intake/workbook")
def export() -> ResponseReturnValue:
    """The sheet as an Excel workbook, names masked, for a purpose; not more rows than leave without an approval."""
    grants("application")
    now = wired().clock.now()
    with wired().database.read() as session:
        most: int = parameters.value(session, "export_rows_max", business_date(session))
        rows = _rows(session, min(most, ROWS_MAX))
    return hand_out(
        Leaving(
            what=_("前台服务流程表"),
            rows=len(rows),
            filename=f"flow-sheet-{now:%Y%m%d-%H%M}.xlsx",
            written=lambda mark: workbook([_table(rows, now)], mark),
            subject=("flow_sheet.export", "flow_sheet", ""),
            facts={},
        )
    )


def _table(rows: Sequence[Row], now: datetime) -> Table:
    head = (
        _("申请号"),
        _("客户"),
        _("阶段"),
        _("步骤"),
        _("负责人"),
        _("办理人"),
        _("开始"),
        _("历时"),
        _("本步耗时"),
        _("时限"),
        _("交接耗时"),
        _("缺少"),
    )
    cells = [
        (
            row.business_key,
            row.customer,
            row.stage,
            row.step,
            row.owner,
            row.holder,
            moment(row.begun),
            row.elapsed,
            row.in_step,
            row.deadline.text if row.deadline else "",
            row.handed,
            row.missing,
        )
        for row in rows
    ]
    return Table(_("前台服务流程表"), head, cells, [moment(now)])


def _stage() -> str | None:
    asked = request.args.get("stage", "")
    return asked if asked in STAGES else None


def _late() -> bool:
    return "late" in request.args


def _stages(session: Session) -> list[tuple[str, str]]:
    """The stages in which cases run, with their names."""
    running = session.scalars(_running().with_only_columns(Instance.definition_id).order_by(None).distinct())
    loaded = [deployments.load_definition(session, definition_id) for definition_id in running]
    texts = {each.process_id: Texts([each]) for each in loaded}
    return [(stage, texts[stage].process(stage)) for stage in STAGES if stage in texts]


def _running() -> Select[Instance]:
    """The cases of the stages that run within the person's reach, oldest first."""
    return (
        select(Instance)
        .join(Application, Application.application_no == Instance.business_key)
        .where(
            Instance.process_id.in_(STAGES),
            Instance.status == InstanceStatus.RUNNING.value,
            in_scope(grants("application"), Application.unit_id, Application.owner_id),
        )
        .order_by(Instance.started_at, Instance.id)
    )


def _rows(session: Session, most: int) -> list[Row]:
    now = wired().clock.now()
    asked = _running()
    if stage := _stage():
        asked = asked.where(Instance.process_id == stage)
    if _late():
        late = select(UserTask.instance_id).where(
            UserTask.status == TaskStatus.OPEN.value, UserTask.due_at <= now
        )
        asked = asked.where(Instance.id.in_(late))
    cases = session.scalars(asked.limit(most)).all()
    known = _Known(session, cases, now)
    return [known.row(case) for case in cases]


class _Known:
    """What the rows of one sheet need, asked once for all of them."""

    def __init__(self, session: Session, cases: Sequence[Instance], now: datetime) -> None:
        self.now = now
        self.texts = Texts(story.definitions_of(session, cases))
        keys = {case.business_key for case in cases}
        self.missing = document_requirements.missing_of(session, keys)
        self.handed = handoff.of_cases(session, keys)
        self.waiting: dict[int, UserTask] = {}
        asked = select(UserTask).where(
            UserTask.instance_id.in_([case.id for case in cases]), UserTask.status == TaskStatus.OPEN.value
        )
        for task in session.scalars(asked.order_by(UserTask.order_at, UserTask.id)):
            self.waiting.setdefault(task.instance_id, task)
        ids = {case.owner_id for case in cases} | {task.assignee_id for task in self.waiting.values()}
        people = select(Employee).where(Employee.id.in_([one for one in ids if one is not None]))
        self.people = {one.id: named(one) for one in session.scalars(people)}

    def row(self, case: Instance) -> Row:
        """The row of one case: of its open tasks the one that is due first."""
        task = self.waiting.get(case.id)
        missing = self.missing.get(case.business_key, [])
        return Row(
            business_key=case.business_key,
            customer=summary.person_name(case.title),
            stage=self.texts.process(task.process_id if task else case.process_id),
            step=self._step(task),
            owner=self.people.get(case.owner_id or 0, ""),
            holder=self.people.get(task.assignee_id or 0, "") if task else "",
            begun=case.started_at,
            elapsed=span(self.now - case.started_at),
            in_step=span(self.now - task.created_at) if task else "",
            deadline=deadline(task.due_at, self.now) if task else None,
            handed=self._handed(self.handed.get(case.business_key)),
            missing="、".join(row.label(current()) for row in missing),
        )

    def _step(self, task: UserTask | None) -> str:
        if task is None:
            return _("等待客户或外部机构")
        return self.texts.element(task.process_id, task.element_id, task.name)

    def _handed(self, found: HandOff | None) -> str:
        if found is None:
            return ""
        waited = span(found.waited(self.now))
        return waited if found.taken_at else _("{span}，待接手", span=waited)
