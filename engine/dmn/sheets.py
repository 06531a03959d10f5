"""A decision table as its author wrote it: the headings and cells, for a page that shows which rows decided."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from engine.dmn.source import Source
from engine.xml import read_xml


@dataclass(frozen=True)
class Column:
    """A column by its id; ``label`` is its heading: the author's, else the expression or the name of the output."""

    id: str
    label: str
    name: str


@dataclass(frozen=True)
class SheetRow:
    """A rule: its number from 1 as in the evidence, the cells as written, and what its author noted."""

    number: int
    id: str
    conditions: tuple[str, ...]
    outputs: tuple[str, ...]
    note: str


@dataclass(frozen=True)
class Sheet:
    """A decision table; ``hit_policy`` is the word of the standard, such as FIRST."""

    decision_id: str
    name: str
    hit_policy: str
    inputs: tuple[Column, ...]
    outputs: tuple[Column, ...]
    rows: tuple[SheetRow, ...]


def sheets(xml: bytes) -> dict[str, Sheet]:
    """The tables of a DMN file by decision id. Raises XmlRefused; a deployed file has been read before."""
    source = Source(read_xml(xml, what="the decision model"))
    found = {}
    for decision in source.children(source.root, "decision"):
        table = source.child(decision, "decisionTable")
        if table is not None:
            sheet = _sheet(source, decision, table)
            found[sheet.decision_id] = sheet
    return found


def _sheet(source: Source, decision: etree._Element, table: etree._Element) -> Sheet:
    name = decision.get("name", "")
    return Sheet(
        decision_id=decision.get("id") or name,
        name=name,
        hit_policy=table.get("hitPolicy", "UNIQUE"),
        inputs=tuple(_input(source, column) for column in source.children(table, "input")),
        outputs=tuple(_output(column, name) for column in source.children(table, "output")),
        rows=tuple(
            _row(source, number, rule) for number, rule in enumerate(source.children(table, "rule"), 1)
        ),
    )


def _input(source: Source, column: etree._Element) -> Column:
    text = source.text(source.child(column, "inputExpression"))
    return Column(column.get("id", ""), column.get("label") or text, text)


def _output(column: etree._Element, owner: str) -> Column:
    name = column.get("name") or column.get("label") or owner
    return Column(column.get("id", ""), column.get("label") or name, name)


def _row(source: Source, number: int, rule: etree._Element) -> SheetRow:
    notes = [source.text(entry) for entry in source.children(rule, "annotationEntry")]
    description = source.child(rule, "description")
    if description is not None and description.text:
        notes.append(description.text.strip())
    return SheetRow(
        number=number,
        id=rule.get("id", ""),
        conditions=_cells(source, rule, "inputEntry"),
        outputs=_cells(source, rule, "outputEntry"),
        note="; ".join(note for note in notes if note),
    )


def _cells(source: Source, rule: etree._Element, kind: str) -> tuple[str, ...]:
    return tuple(source.text(entry) for entry in source.children(rule, kind))
