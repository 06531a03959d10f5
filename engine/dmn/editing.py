"""Changing single rows of a decision table, everything else left as its author wrote it."""

from __future__ import annotations

from collections.abc import Mapping

from lxml import etree

from engine.dmn.source import Source
from engine.errors import EngineError
from engine.xml import read_xml


class RowGone(EngineError):
    """The table no longer has the row that was to be changed. Facts: ``decision``, ``row``."""

    code = "table_row_gone"
    zh = "决策表 {decision} 已没有行 {row}，请按现行版本重新提出变更。"
    en = (
        "The table {decision} no longer has the row {row}; propose the change again, of the version in force."
    )


def with_output(xml: bytes, decision_id: str, row_id: str, output: str, cell: str) -> bytes:
    """The file with the cell of one output of a row replaced by a FEEL text (:class:`RowGone`)."""
    table = _Table(xml, decision_id)
    entries = table.source.children(table.row(row_id), "outputEntry")
    table.write(entries[table.output_names().index(output)], cell)
    return table.bytes()


def without_row(xml: bytes, decision_id: str, row_id: str) -> bytes:
    """The file without a row (:class:`RowGone`)."""
    table = _Table(xml, decision_id)
    table.table.remove(table.row(row_id))
    return table.bytes()


def with_row(
    xml: bytes,
    decision_id: str,
    row_id: str,
    *,
    conditions: Mapping[str, str],
    outputs: Mapping[str, str],
    note: str,
) -> bytes:
    """The file with one more row at the end: cells by input expression and output name, ``-`` where nothing is said."""
    table = _Table(xml, decision_id)
    row = table.add(table.table, "rule", row_id)
    table.add(row, "description", None).text = note
    for number, name in enumerate(table.input_names(), 1):
        table.write(table.add(row, "inputEntry", f"In_{row_id}_{number}"), conditions.get(name, "-"))
    for number, name in enumerate(table.output_names(), 1):
        table.write(table.add(row, "outputEntry", f"Out_{row_id}_{number}"), outputs[name])
    return table.bytes()


class _Table:
    """One decision table of a file that is being changed."""

    def __init__(self, xml: bytes, decision_id: str) -> None:
        self.decision_id = decision_id
        self.source = Source(read_xml(xml, what="the decision model"))
        decisions = self.source.children(self.source.root, "decision")
        found = [
            table
            for decision in decisions
            if decision.get("id") == decision_id
            and (table := self.source.child(decision, "decisionTable")) is not None
        ]
        if not found:
            raise RowGone(decision=decision_id, row="-")
        self.table = found[0]

    def row(self, row_id: str) -> etree._Element:
        """The row of an id, or RowGone."""
        for rule in self.source.children(self.table, "rule"):
            if rule.get("id") == row_id:
                return rule
        raise RowGone(decision=self.decision_id, row=row_id)

    def input_names(self) -> list[str]:
        """The expressions of the inputs, in the order of the columns."""
        inputs = self.source.children(self.table, "input")
        return [self.source.text(self.source.child(each, "inputExpression")) for each in inputs]

    def output_names(self) -> list[str]:
        """The names of the outputs, in the order of the columns."""
        return [each.get("name", "") for each in self.source.children(self.table, "output")]

    def add(self, parent: etree._Element, name: str, element_id: str | None) -> etree._Element:
        """A new last child of a DMN name."""
        made = etree.SubElement(parent, f"{{{self.source.namespace}}}{name}")
        if element_id is not None:
            made.set("id", element_id)
        return made

    def write(self, entry: etree._Element, cell: str) -> None:
        """Let a cell hold this FEEL text."""
        text = self.source.child(entry, "text")
        (self.add(entry, "text", None) if text is None else text).text = cell

    def bytes(self) -> bytes:
        """The whole file, as it is deployed."""
        written: bytes = etree.tostring(
            self.source.root.getroottree(), xml_declaration=True, encoding="UTF-8"
        )
        return written
