"""What the adoption of a file finds: problems that refuse it, and notes on what was translated or ignored."""

from __future__ import annotations

from lxml import etree

from engine.bpmn import dialect
from engine.bpmn.foreign.vocabulary import Standing, Word
from engine.bpmn.model import Element, Kind, Problem
from engine.bpmn.rules import problem

_PARTS = ("EventDefinition", "LoopCharacteristics", "Expression", "extensionElements")


class Findings:
    """Problems and notes of one file, each with the element it is about."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.notes: list[Problem] = []

    def note(self, node: etree._Element | None, code: str, **facts: object) -> None:
        """Something was translated or has no effect."""
        self.notes.append(problem(self.file, _element_of(node), code, **facts))

    def refuse(self, node: etree._Element | None, code: str, **facts: object) -> None:
        """Something cannot run."""
        self.problems.append(problem(self.file, _element_of(node), code, **facts))

    def word(self, node: etree._Element, name: str, word: Word) -> None:
        """A word of a vocabulary that does not simply run; one without a sentence is passed over in silence."""
        if word.standing is Standing.REFUSED:
            self.refuse(node, "word_refused", word=name, zh=word.zh, en=word.en)
        elif word.standing is Standing.IGNORED and word.en:
            self.note(node, "ignored_word", word=name, zh=word.zh, en=word.en)


def _element_of(node: etree._Element | None) -> Element | None:
    """What a person sees of ``node`` in the drawing: itself, or the element whose part it is."""
    while node is not None:
        name = dialect.local_name(node)
        if name == "definitions":
            return None
        if node.get("id") and name and not name.endswith(_PARTS):
            return Element(node.get("id") or "", node.get("name") or "", Kind.PLAIN_TASK, "")
        node = node.getparent()
    return None
