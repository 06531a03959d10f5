"""Why was this decided: what a decision was given, the rows that matched in its tables, and what came out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import deployments
from engine.deployments import Definition, Deployment, LoadedDefinition
from engine.dmn.sheets import Column, Sheet, sheets
from engine.history import DecisionEvidence
from lending.identifiers import plate, vin
from web import cases, verdicts
from web.display import moment, yes_no
from web.language import current
from web.language import translate as _
from web.story import Texts
from web.summary import person_name, vehicle_number
from web.vehicles import plate_number
from web.wiring import wired

pages = Blueprint("evidence", __name__)
_SEALED = "sealed:"
_POLICIES = {
    "UNIQUE": "至多一行命中",
    "ANY": "命中各行结论相同",
    "PRIORITY": "按结论的优先次序",
    "FIRST": "取第一条命中的行",
    "RULE ORDER": "取全部命中的行，按行序",
    "OUTPUT ORDER": "取全部命中的行，按结论次序",
    "COLLECT": "汇总全部命中的行",
}


@dataclass(frozen=True)
class Line:
    """One row of a table as shown; ``chosen``: it matched."""

    number: int
    cells: tuple[str, ...]
    note: str
    chosen: bool


@dataclass(frozen=True)
class Asked:
    """One table that was asked: its headings, what the case brought to each condition, and its rows."""

    name: str
    policy: str
    conditions: tuple[str, ...]
    outputs: tuple[str, ...]
    brought: tuple[str, ...]
    lines: tuple[Line, ...]
    matched: str


@pages.get("/cases/<business_key>/decisions/<int:evidence_id>")
def show(business_key: str, evidence_id: int) -> ResponseReturnValue:
    """The evidence of one decision, for whoever may open the case; 404 else."""
    with wired().database.read() as session:
        cases.reach_any(session, business_key)
        row = session.get(DecisionEvidence, evidence_id)
        if row is None or row.business_key != business_key:
            abort(404)
        definition = _definition(session, row)
        texts = Texts([definition])
        tables = _tables(definition)
        found = [
            _asked(tables[each["decision"]], each, definition, texts)
            for each in row.matched or ()
            if each["decision"] in tables
        ]
        return render_template(
            "evidence.html",
            business_key=business_key,
            name=texts.element(row.process_id, row.element_id, row.decision_id),
            facts=_facts(session, row, definition, texts),
            inputs=_inputs(row, tables.values(), definition, texts),
            asked=found,
            outcome=verdicts.words(row.outputs, texts.choice, row.decision_id),
            tone=verdicts.tone(row.outputs),
        )


def _definition(session: Session, row: DecisionEvidence) -> LoadedDefinition:
    """The definition of the step's process in the deployment that decided; of another process if it has none there."""
    found = session.execute(
        select(Definition.id, Definition.process_id).where(Definition.deployment_id == row.deployment_id)
    ).all()
    chosen = min(found, key=lambda each: (each.process_id != row.process_id, each.id))
    return deployments.load_definition(session, chosen.id)


def _tables(definition: LoadedDefinition) -> dict[str, Sheet]:
    found: dict[str, Sheet] = {}
    for content in definition.contents.bundle.with_suffix(".dmn").values():
        found |= sheets(content)
    return found


def _facts(
    session: Session, row: DecisionEvidence, definition: LoadedDefinition, texts: Texts
) -> list[tuple[str, str]]:
    deployment = session.get_one(Deployment, row.deployment_id)
    return [
        (_("案件"), row.business_key),
        (_("流程"), texts.process(row.process_id)),
        (_("决策"), definition.texts(current()).get(row.decision_id) or _decision_name(row, definition)),
        (_("判定时间"), moment(row.at)),
        (_("决策表版本"), _("第 {version} 版", version=deployment.version)),
        (_("发布"), f"{moment(deployment.deployed_at)} {deployment.deployed_by_name}"),
    ]


def _decision_name(row: DecisionEvidence, definition: LoadedDefinition) -> str:
    model = definition.contents.decisions.get(row.decision_id)
    return model.decisions[row.decision_id].name if model else row.decision_id


def _inputs(
    row: DecisionEvidence, tables: Iterable[Sheet], definition: LoadedDefinition, texts: Texts
) -> list[tuple[str, str]]:
    """Each fact the decision read, under the heading that a table gives it, the asked ones before others."""
    asked = {each["decision"] for each in row.matched or ()}
    in_order = sorted(tables, key=lambda table: table.decision_id in asked)
    columns = {column.name: column for table in in_order for column in table.inputs}
    return [
        (
            _heading(columns[name], definition) if name in columns else name,
            _value(name, value, texts),
        )
        for name, value in row.inputs.items()
    ]


def _asked(sheet: Sheet, trace: Mapping[str, object], definition: LoadedDefinition, texts: Texts) -> Asked:
    inputs = trace["inputs"]
    values = inputs if isinstance(inputs, Mapping) else {}
    rules = trace["rules"]
    numbers = [int(rule["row"]) for rule in rules] if isinstance(rules, list) else []
    english = definition.texts(current())
    return Asked(
        name=english.get(sheet.decision_id) or sheet.name,
        policy=_(_POLICIES[sheet.hit_policy]) if sheet.hit_policy in _POLICIES else sheet.hit_policy,
        conditions=tuple(_heading(column, definition) for column in sheet.inputs),
        outputs=tuple(_heading(column, definition) for column in sheet.outputs),
        brought=tuple(_value(column.name, values.get(column.label), texts) for column in sheet.inputs),
        lines=tuple(
            Line(
                row.number,
                (*row.conditions, *row.outputs),
                english.get(row.id) or row.note,
                row.number in numbers,
            )
            for row in sheet.rows
        ),
        matched=", ".join(f"#{number}" for number in numbers),
    )


def _heading(column: Column, definition: LoadedDefinition) -> str:
    """What a column is called; in English its expression where nobody has named it."""
    if current() == "en":
        return definition.texts("en").get(column.id) or column.name
    return column.label


def _personal(name: str, text: str) -> str:
    """A name, a VIN or a plate as the person may see it, by the name of the input or by its own form."""
    if vin.is_valid(text):
        return vehicle_number(text)
    if plate.is_valid(text):
        return plate_number(text)
    return person_name(text) if name == "name" or name.endswith("_name") else text


def _value(name: str, value: object, texts: Texts) -> str:
    """A value as it reads; what is sealed stays so, what tells of a person is masked by role."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        return yes_no(value)
    if isinstance(value, list | tuple):
        return "、".join(_value(name, each, texts) for each in value) or _("无")
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    text = str(value)
    return _("已加密") if text.startswith(_SEALED) else texts.choice(name, text) or _personal(name, text)
