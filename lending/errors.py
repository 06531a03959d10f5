"""The root of every refusal of the lending domain, and the refusals that several of its modules share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, TypeVar, runtime_checkable

from company.messages import Language, Refusal
from lending.labels import Labelled

StatusT = TypeVar("StatusT", bound=Labelled)


@runtime_checkable
class Worded(Protocol):
    """Whatever has words of its own for a reader of either language."""

    def label(self, language: Language) -> str:
        """The words in ``language``."""


class LendingError(Refusal):
    """A rule of lending was broken; facts that carry words of their own are shown in the reader's language."""

    code = "lending_refused"

    def text(self, language: Language) -> str:
        """The sentence in ``language``, its labelled facts included."""
        return (self.zh if language == "zh" else self.en).format(**_worded(self.facts, language))


class NotFound(LendingError):
    """No such record in the domain store."""

    code = "not_found"
    zh = "没有找到{what_zh}“{key}”，请核对编号。"
    en = "There is no {what_en} {key}; check the number."


class StatusRefused(LendingError):
    """The record is not in a state from which this step is allowed."""

    code = "status_refused"
    zh = "{key} 当前状态为“{status}”，不能变为“{to}”。"
    en = "{key} is {status}; it cannot become {to}."


def _worded(facts: Mapping[str, object], language: Language) -> dict[str, object]:
    return {name: _words(value, language) for name, value in facts.items()}


def _words(value: object, language: Language) -> object:
    if isinstance(value, Worded):
        return value.label(language)
    if isinstance(value, Refusal):
        return value.text(language)
    if isinstance(value, (tuple, list)):
        return ("、" if language == "zh" else ", ").join(str(_words(item, language)) for item in value)
    return value


def step(
    key: str, status: StatusT, to: StatusT, transitions: Mapping[StatusT, frozenset[StatusT]]
) -> StatusT:
    """The state ``to``, if the life cycle lets a record move there from ``status``; else :class:`StatusRefused`."""
    if to not in transitions.get(status, frozenset()):
        raise StatusRefused(key=key, status=status, to=to)
    return to
