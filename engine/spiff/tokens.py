"""What the token layer hands to the runtime, and what it asks of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from engine.bpmn.model import Data, Element

WaitKind = Literal["user", "job", "timer", "message", "signal", "condition"]
Status = Literal["running", "completed", "cancelled"]


@dataclass(frozen=True, slots=True)
class Token:
    """One arrival at an element.

    ``id`` is a small integer, stable for the life of the case and never used twice. ``data`` is what the element
    sees: process data with its input parameters laid over; treat it as read-only. ``index`` and ``item`` belong to
    multi-instance elements (None elsewhere). ``process_id`` is ``element.process_id``.
    """

    id: int
    element: Element
    data: Data
    index: int | None = None
    item: Any = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something the case waits for.

    kind "user": complete(token.id, answers); "job": grant(token.id), its step being done already where ``after``;
    "timer": fire_timer(token.id) from ``due_at`` on; "message": deliver(token.id, payload) for ``message_name`` with
    ``correlation_key`` (None: the business key); "signal": receive_signal(token.id, payload) for ``signal_name``;
    "condition": nobody answers it, the case asks again whenever its data may have changed. An event gateway appears
    once for each event it waits for.
    """

    token: Token
    kind: WaitKind
    due_at: datetime | None = None
    message_name: str | None = None
    correlation_key: str | None = None
    signal_name: str | None = None
    after: bool = False
    in_working_time: bool = False


class Host(Protocol):
    """What the runtime gives to the tokens; all of it runs inside the caller's transaction."""

    def now(self) -> datetime:
        """The clock, aware UTC."""
        ...

    def service(self, token: Token) -> Data:
        """Do the service task; return what to merge into process data. May raise BpmnError."""
        ...

    def decide(self, token: Token) -> Data:
        """Answer the rule task; return what to merge into process data. May raise BpmnError."""
        ...

    def send(self, token: Token, message_name: str, correlation_key: str | None, payload: Data) -> None:
        """Send a message of the diagram to whoever waits for it under the key (None: the business key)."""
        ...

    def signal(self, token: Token, signal_name: str, payload: Data) -> None:
        """Tell other cases of a signal; the case itself has received it already."""
        ...

    def due_at(self, token: Token, text: str, since: datetime | None = None) -> datetime:
        """When a timer reading ``text`` (ISO duration or date; FEEL already evaluated) fires; aware UTC.

        Counted from ``since``, else from now.
        """
        ...

    def entered(self, token: Token) -> None:
        """A token arrived at an element."""
        ...

    def left(self, token: Token, results: Data) -> None:
        """A token left an element normally; ``results`` is what it added to process data."""
        ...

    def cancelled(self, token: Token) -> None:
        """A token that had entered an element was taken away."""
        ...

    def flowed(self, process_id: str, flow_id: str) -> None:
        """A sequence flow was taken (to colour the diagram)."""
        ...
