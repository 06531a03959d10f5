"""The handlers behind service tasks and decisions: registered by topic, called with names bound from process data."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from company.people import Actor
from engine.bpmn.model import Element
from engine.errors import ParameterMissing, TopicUnknown


@dataclass(frozen=True)
class OutsideCall:
    """What the outside step of a job knows; no transaction is open while it runs.

    ``idempotency_key`` is the same at every attempt of the same step: hand it to the other party, so that an answer
    lost on the way makes nothing happen twice.
    """

    clock_now: datetime
    business_key: str
    instance_id: int
    idempotency_key: str
    element: Element
    data: Mapping[str, Any]
    world: Any
    reveal: Callable[[str], str]


@dataclass(frozen=True)
class Call:
    """What a handler knows of the step it does, and the session of the command it is part of; it never commits.

    ``outcome`` is what the outside step returned. ``describe`` changes what lists show of the case (title, subtitle,
    amount, unit_id, owner_id). ``reveal`` gives the clear text behind ``sealed:<id>``.
    """

    session: Session
    clock_now: datetime
    business_date: date
    actor: Actor
    business_key: str
    instance_id: int
    element: Element
    data: Mapping[str, Any]
    world: Any
    reveal: Callable[[str], str]
    describe: Callable[..., None]
    outcome: Any = None


class Handler:
    """One topic's function, and the outside step that may precede it.

    ``repeatable``: doing it again, with other answers, leaves the case as if it had been done once. A case may go back
    over such a step and over no other.
    """

    def __init__(self, name: str, function: Callable[..., Any], *, repeatable: bool = False) -> None:
        self.name = name
        self.function = function
        self._repeatable = repeatable
        self.outside_function: Callable[..., Any] | None = None
        self._names = _bound_names(function)
        self._outside_names: Mapping[str, bool] = {}

    @property
    def repeatable(self) -> bool:
        """Whether a case may go back over it: never over a step that talked to the world."""
        return self._repeatable and self.outside_function is None

    @property
    def names(self) -> Mapping[str, bool]:
        """Each name that the function or its outside step is called with, and whether it must be there."""
        both = {**self._outside_names, **self._names}
        return {name: both[name] or self._outside_names.get(name, False) for name in both}

    def __call__(self, call: Call, **names: Any) -> Any:
        """The function itself, as a test calls it."""
        return self.function(call, **names)

    def outside(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Register the step that talks to the world before the function runs; the task becomes a job."""
        self.outside_function = function
        self._outside_names = _bound_names(function)
        return function

    def arguments(self, element: Element, data: Mapping[str, Any]) -> dict[str, Any]:
        """What the function would be called with; ParameterMissing names a required name nobody has written."""
        return _bind(self.name, self._names, element, data)

    def run_outside(self, call: OutsideCall) -> Any:
        """The result of the outside step, or None where there is none."""
        if self.outside_function is None:
            return None
        return self.outside_function(call, **_bind(self.name, self._outside_names, call.element, call.data))


@dataclass
class Topics:
    """The registry of handlers and facts handlers, filled by the modules of ``handlers``."""

    _handlers: dict[str, Handler] = field(default_factory=dict)
    _facts: dict[str, Handler] = field(default_factory=dict)

    def topic(self, name: str, *, repeatable: bool = False) -> Callable[[Callable[..., Any]], Handler]:
        """Register the function of a service task's topic; a ``repeatable`` one may be gone back over."""
        return _registering(self._handlers, name, repeatable=repeatable)

    def facts(self, name: str) -> Callable[[Callable[..., Any]], Handler]:
        """Register the function that gathers the inputs of a rule task's decision."""
        return _registering(self._facts, name)

    def names(self) -> frozenset[str]:
        """Every topic there is."""
        return frozenset(self._handlers)

    def facts_names(self) -> frozenset[str]:
        """Every facts handler there is."""
        return frozenset(self._facts)

    def handler(self, name: str | None) -> Handler:
        """The handler of a topic, or TopicUnknown."""
        return _found(self._handlers, name)

    def facts_handler(self, name: str) -> Handler:
        """The facts handler of that name, or TopicUnknown."""
        return _found(self._facts, name)


def _registering(
    registry: dict[str, Handler], name: str, *, repeatable: bool = False
) -> Callable[[Callable[..., Any]], Handler]:
    def register(function: Callable[..., Any]) -> Handler:
        if name in registry:
            raise ValueError(f"two handlers are named {name}")
        registry[name] = Handler(name, function, repeatable=repeatable)
        return registry[name]

    return register


def _found(registry: Mapping[str, Handler], name: str | None) -> Handler:
    handler = registry.get(name or "")
    if handler is None:
        raise TopicUnknown(topic=name)
    return handler


def _bound_names(function: Callable[..., Any]) -> dict[str, bool]:
    """Each name after the call itself, and whether it must be there."""
    parameters = list(inspect.signature(function).parameters.values())[1:]
    for parameter in parameters:
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY):
            raise TypeError(f"{function.__qualname__}: {parameter} cannot be bound by name")
    return {parameter.name: parameter.default is parameter.empty for parameter in parameters}


def _bind(topic: str, names: Mapping[str, bool], element: Element, data: Mapping[str, Any]) -> dict[str, Any]:
    for name, required in names.items():
        if required and name not in data:
            raise ParameterMissing(topic=topic, parameter=name, element=element.key)
    return {name: data[name] for name in names if name in data}
