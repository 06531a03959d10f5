"""Decisions of rule tasks: asked of the deployment's own tables, with the evidence of how they came about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from engine.bpmn.model import Element
from engine.deployments import LoadedDefinition
from engine.dmn import DecisionResult, DmnError
from engine.errors import EngineError
from engine.feel import FeelError
from engine.feel.errors import FeelNameMissing
from engine.history import DecisionEvidence
from engine.spiff import Token
from engine.tasks import Instance, table_of


class DecisionUnknown(EngineError):
    """The deployment holds no such decision. Facts: ``decision``, ``element``."""

    code = "decision_unknown"
    zh = "步骤 {element} 引用的决策 {decision} 不在本次部署中。"
    en = "Step {element} asks for the decision {decision}, which the deployment does not hold."


class DecisionShapeUnfit(EngineError):
    """The decision's result has not the shape that camunda:mapDecisionResult asks for."""

    code = "decision_shape_unfit"
    zh = "步骤 {element} 的决策结果不符合映射方式 {mapping}，请检查决策表的输出列或命中策略。"
    en = "Step {element}: the decision's result does not fit {mapping}; check the table's outputs and hit policy."


class DecisionFactMissing(EngineError):
    """The decision reads a fact that nobody has given. Facts: ``element``, ``decision``, ``fact``."""

    code = "decision_fact_missing"
    zh = "步骤 {element} 的决策 {decision} 需要 {fact}，但没有人提供；请检查取数程序或流程的输入映射。"
    en = (
        "Step {element}: the decision {decision} reads {fact}, which nobody has given; "
        "check the facts handler or the input mapping."
    )


class DecisionFailed(EngineError):
    """The decision cannot be taken on these facts. Facts: ``element``, ``decision``, ``reason`` (a Refusal)."""

    code = "decision_failed"
    zh = "步骤 {element} 的决策 {decision} 无法得出结果，请联系管理员检查决策表：{reason}"
    en = (
        "Step {element}: the decision {decision} cannot be taken; ask the administrator to check it: {reason}"
    )


@dataclass(frozen=True)
class Evidence:
    """One decision taken: inputs, the rows that matched in each table, and what goes into process data."""

    element: Element
    decision_id: str
    deployment_id: int
    inputs: Mapping[str, Any]
    matched: Sequence[Mapping[str, Any]]
    results: Mapping[str, Any]


def decide(definition: LoadedDefinition, token: Token, inputs: Mapping[str, Any], now: datetime) -> Evidence:
    """Ask the element's decision; only what it reads of ``inputs`` is kept as evidence.

    A fact that is read but absent is DecisionFactMissing: only one that is given as None counts as unknown. What else
    keeps the decision from being taken (a value of the wrong type, two rules of a unique table) is DecisionFailed.
    """
    element = token.element
    decision_id = element.decision_ref or ""
    model = definition.contents.decisions.get(decision_id)
    if model is None:
        raise DecisionUnknown(decision=decision_id, element=element.key)
    read = model.input_names(decision_id)
    kept = {name: value for name, value in inputs.items() if name in read}
    try:
        result = model.evaluate(decision_id, kept, strict=True, now=now)
    except FeelNameMissing as missing:
        raise DecisionFactMissing(element=element.key, decision=decision_id, fact=missing.name) from missing
    except (DmnError, FeelError) as failed:
        raise DecisionFailed(element=element.key, decision=decision_id, reason=failed) from failed
    matched = [
        {
            "decision": table.decision_id,
            "hit_policy": table.hit_policy,
            "inputs": table.inputs,
            "rules": [
                {"row": hit.index, "rule": hit.rule_id, "note": hit.annotation, "outputs": hit.outputs}
                for hit in table.rules
            ],
        }
        for table in result.trace
    ]
    return Evidence(element, decision_id, definition.deployment_id, kept, matched, _mapped(element, result))


def write_evidence(session: Session, instance: Instance, evidence: Sequence[Evidence], now: datetime) -> None:
    """Insert the evidence of a turn's decisions in one statement."""
    if not evidence:
        return
    rows = [
        {
            "business_key": instance.business_key,
            "instance_id": instance.id,
            "process_id": each.element.process_id,
            "element_id": each.element.id,
            "decision_id": each.decision_id,
            "deployment_id": each.deployment_id,
            "at": now,
            "inputs": dict(each.inputs),
            "matched": list(each.matched),
            "outputs": dict(each.results),
        }
        for each in evidence
    ]
    session.execute(insert(table_of(DecisionEvidence)), rows)


def _mapped(element: Element, result: DecisionResult) -> Mapping[str, Any]:
    """What camunda:mapDecisionResult and resultVariable make of the result; without a variable, the outputs by name."""
    value: Any = result.value
    mapping = element.map_decision_result or ("singleResult" if element.result_variable is None else "")
    rows = value if isinstance(value, list) else [] if value is None else [value]
    if mapping in ("singleEntry", "singleResult") and len(rows) > 1:
        raise DecisionShapeUnfit(element=element.key, mapping=mapping)
    shaped: Any
    if mapping == "singleEntry":
        shaped = _only_entry(element, rows[0]) if rows else None
    elif mapping == "singleResult":
        shaped = rows[0] if rows else None
    elif mapping == "collectEntries":
        shaped = [_only_entry(element, row) for row in rows]
    elif mapping == "resultList":
        shaped = rows
    else:
        shaped = value
    if element.result_variable is not None:
        return {element.result_variable: shaped}
    if shaped is None:
        return {}
    if not isinstance(shaped, Mapping):
        raise DecisionShapeUnfit(element=element.key, mapping=f"{mapping} without resultVariable")
    return shaped


def _only_entry(element: Element, row: Any) -> Any:
    if not isinstance(row, Mapping):
        return row
    if len(row) != 1:
        raise DecisionShapeUnfit(element=element.key, mapping=element.map_decision_result)
    return next(iter(row.values()))
