"""What the pages stand on: handed over by the command line, so that nothing in ``web`` reads the environment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

from flask import current_app, request
from flask_login import current_user
from sqlalchemy.orm import Session

from company import audit
from company.clock import Clock, SystemClock
from company.database import Database
from company.files import FileStore
from company.people import SYSTEM, Actor, Employee
from company.settings import Settings
from company.vault import Vault
from engine.assignment import PassedOn
from engine.runtime import Engine
from engine.tasks import Instance
from lending.consents import Consent
from lending.contact_gate import Decides
from lending.customers import Customer
from lending.life.kinds import EventKind
from lending.loan_changes import ChangeKind
from lending.personal_requests import RequestChannel, RequestKind
from lending.prepayments import LoanPrepayment, Wish


@dataclass(frozen=True)
class Wiring:
    """The running parts of the house, and what they do together.

    ``wake`` makes the worker look for due jobs at once; ``bank_answered`` delivers an event of the bank, or refuses;
    ``open_list_change`` begins a change of the lists for a person, ``open_line_change`` one of a credit line, likewise;
    ``open_data_request`` takes in what a customer asks for of his personal data, told kind, channel and wish;
    ``open_booking`` a booking of a kind on a loan, with the answers of its form;
    ``open_prepayment`` begins an early repayment of a loan for a person, who holds its first form;
    ``ask_prepayment`` one that a customer asks for himself, told loan, wish and ground;
    ``open_claim_package`` begins an assignment of claims,
    ``open_debt_transfer`` begins a change of debtor on a loan, likewise;
    ``open_application`` begins an application for a person and gives its case and the task that the person holds.

    ``open_reconsideration`` begins that of a rejected application, likewise.

    ``open_intake`` begins one with the whole intake at the front desk; ``withdraw_consent`` takes a consent back.
    ``dismiss`` lets an employee leave on a day, work and customers passing to a successor.
    ``contact_rules`` is the table that every contact passes.
    ``run_day_end`` lets the worker run what is left of the business date, for a person; False where none works.

    ``demo_progress`` tells how many of how many cases of a demo company are built, None once they all are.

    ``clock`` is the company's; ``wall_clock`` is the machine's, by which the age of a signed message is told.
    """

    database: Database
    engine: Engine
    clock: Clock
    vault: Vault
    files: FileStore
    settings: Settings
    wake: Callable[[], None]
    bank_answered: Callable[[Mapping[str, Any]], None]
    open_list_change: Callable[[Session, Actor], tuple[Instance, int | None]]
    open_line_change: Callable[[Session, Actor], tuple[Instance, int | None]]
    open_data_request: Callable[[Session, Actor, Customer, RequestKind, RequestChannel, str], Instance]
    open_booking: Callable[[Session, Actor, str, EventKind, Mapping[str, object]], Instance]
    open_prepayment: Callable[[Session, Actor, str], tuple[Instance, int | None]]
    ask_prepayment: Callable[[Session, Customer, str, Wish, str], LoanPrepayment]
    open_loan_change: Callable[[Session, Actor, str, ChangeKind], tuple[Instance, int | None]]
    open_claim_package: Callable[[Session, Actor], tuple[Instance, int | None]]
    open_debt_transfer: Callable[[Session, Actor, str], tuple[Instance, int | None]]
    open_application: Callable[[Session, Actor], tuple[Instance, int | None]]
    open_intake: Callable[[Session, Actor], tuple[Instance, int | None]]
    open_reconsideration: Callable[[Session, Actor, str], tuple[Instance, int | None]]
    withdraw_consent: Callable[[Session, Actor, int], Consent]
    dismiss: Callable[[Session, Actor, Employee, int | None, date], PassedOn]
    contact_rules: Decides
    run_day_end: Callable[[int | None], bool] = lambda _by: False
    demo_progress: Callable[[Session], tuple[int, int] | None] = lambda _session: None
    wall_clock: Clock = field(default_factory=SystemClock)


# What only its writer ever sees, every few seconds: what is typed so far.
_UNTOLD = frozenset({"inbox.save_draft"})
# What of an address opens something to whoever knows it, so that it is written nowhere.
_UNWRITTEN = frozenset({"token"})


def wired() -> Wiring:
    """The wiring of the application that answers this request."""
    return cast(Wiring, current_app.extensions["cheliu"])


@contextmanager
def command() -> Iterator[Session]:
    """The write transaction of a person's command; the audit learns from it where the request came from, and the reason
    if the form asks for one.

    No write goes without an entry: a command that notes no act of its own is noted by the route that was asked for.
    """
    with wired().database.write() as session:
        session.info["remote"] = request.remote_addr
        session.info["reason"] = request.form.get("reason", "").strip()
        yield session
        if not audit.is_told(session) and request.endpoint not in _UNTOLD:
            who = current_user.actor if current_user.is_authenticated else SYSTEM
            told = {name: it for name, it in (request.view_args or {}).items() if name not in _UNWRITTEN}
            thing = ", ".join(f"{name} {value}" for name, value in told.items())
            facts = {"route": request.endpoint}
            area = (request.blueprint or "")[:40]
            audit.record(session, wired().clock.now(), who, "request", area, thing[:80], after=facts)
