"""Plays the staff of the demo company: everything goes through the engine's own commands, as the right person."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import requests
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from cheliu.bank_results import FINAL, receive
from cheliu.demo.papers import upload
from cheliu.entry import open_application
from cheliu.wiring import House
from cheliu.working import work_off
from company import people
from company.clock import StandingClock
from company.organisation import Unit, open_business_day
from company.people import Actor, Employee
from engine.tasks import TaskStatus, UserTask
from lending.applications import Application
from lending.disbursements import AttemptStatus, PaymentAttempt

SHANGHAI = ZoneInfo("Asia/Shanghai")
BANK_PATIENCE_SECONDS = 30
_OF_THE_FIRST = frozenset({"HQ", "SH"})


class StepMissing(Exception):
    """The script expects a task that does not stand open: script and diagram have drifted apart."""


class Player:
    """One hand that plays all the staff, on a clock that it moves itself."""

    def __init__(
        self, house: House, clock: StandingClock, *, switches: Mapping[str, int] | None = None
    ) -> None:
        self.house = house
        self.clock = clock
        self._usual = dict(switches or {})
        self._actors: dict[str, Actor] = {}

    def actor(self, username: str) -> Actor:
        """The person who signs in with this name."""
        if username not in self._actors:
            with self.house.database.read() as session:
                found = session.scalars(select(Employee.id).where(Employee.username == username)).one()
                self._actors[username] = people.actor(session, found)
        return self._actors[username]

    def actor_at(self, role: str, unit_id: int) -> Actor:
        """The person who holds a duty for a branch: those of the second and third branch share one."""
        with self.house.database.read() as session:
            code = session.get_one(Unit, unit_id).code
        return self.actor(role if code in _OF_THE_FIRST else f"{role}_2")

    def move_to(self, at: datetime) -> None:
        """Let time pass until ``at``; the books follow when a new day begins."""
        if at > self.clock.now():
            self.clock.advance(at - self.clock.now())
        with self.house.database.write() as session:
            open_business_day(session, self.today())

    def wait(self, minutes: int) -> None:
        """Let minutes pass."""
        self.clock.advance(timedelta(minutes=minutes))

    def open_case(self, username: str, process_id: str) -> str:
        """A new application by this person, begun with this process; returns its number."""
        with self.house.database.write() as session:
            case, _task_id = open_application(self.house.engine, session, self.actor(username), process_id)
            return case.business_key

    def do(
        self, business_key: str, element_id: str, username: str, answers: Mapping[str, Any], **papers: str
    ) -> None:
        """Complete the task as this person and let the worker go on; see :meth:`complete`."""
        self.complete(business_key, element_id, username, answers, **papers)
        self.work()

    def complete(
        self, business_key: str, element_id: str, username: str, answers: Mapping[str, object], **papers: str
    ) -> None:
        """Complete the task as this person; ``papers`` are titles of specimens by file field."""
        uploads = {
            f"files::{field}": [upload(self.house.world.files, title)] for field, title in papers.items()
        }
        values = dict(answers) | {field: f"files::{field}" for field in papers}
        with self.house.database.write() as session:
            task_id = _open_task(session, business_key, element_id, self.actor(username).employee_id)
            if task_id is None:
                raise StepMissing(f"{business_key}: {element_id} is not open")
            self.house.engine.complete(session, task_id, self.actor(username), values, files=uploads)

    def claim(self, business_key: str, element_id: str, username: str) -> None:
        """Take the task if it is free."""
        actor = self.actor(username)
        with self.house.database.write() as session:
            task_id = _open_task(session, business_key, element_id, actor.employee_id)
            if task_id is not None:
                self.house.engine.claim(session, task_id, actor)

    def holder(self, business_key: str, element_id: str) -> str | None:
        """Who holds the open task of the step, by sign-in name; None when nobody does."""
        with self.house.database.read() as session:
            task_id = _open_task(session, business_key, element_id)
            held = select(Employee.username).join(UserTask, UserTask.assignee_id == Employee.id)
            return session.scalar(held.where(UserTask.id == task_id))

    def work(self) -> None:
        """Let the worker do what is due."""
        work_off(self.house)

    def withdraw(self, business_key: str, username: str, reason: str) -> None:
        """The customer withdraws, told to this person."""
        payload = {"withdrawal_reason": reason, "withdrawn_by": self.actor(username).employee_id}
        with self.house.database.write() as session:
            self.house.engine.deliver(
                session,
                "CustomerWithdrew",
                business_key,
                payload,
                f"withdrawal:{business_key}",
                actor=self.actor(username),
            )
        self.work()

    def hear_bank(self) -> None:
        """Ask the bank for the results of all payments under way, and deliver them as its callback would."""
        with self.house.database.read() as session:
            under_way = select(PaymentAttempt.request_id).where(PaymentAttempt.status == AttemptStatus.SENT)
            request_ids = list(session.scalars(under_way.order_by(PaymentAttempt.id)))
        for request_id in request_ids:
            answer = self._final_answer(request_id)
            receive(self.house.engine, answer)
            self.work()

    def _final_answer(self, request_id: str) -> dict[str, Any]:
        until = time.monotonic() + BANK_PATIENCE_SECONDS
        while time.monotonic() < until:
            answer = self.house.world.bank.ask(request_id)
            if answer.status in FINAL and answer.value_date is not None:
                return {
                    "event_id": f"{request_id}:{answer.status}",
                    "request_id": request_id,
                    "status": answer.status,
                    "reason": answer.reason,
                    "bank_reference": answer.bank_reference,
                    "value_date": answer.value_date.isoformat(),
                }
            time.sleep(0.05)
        raise TimeoutError(f"the simulated bank gave no result for {request_id}")

    def set_bank(self, **switches: int) -> None:
        """Set the simulated bank's switches, as a person does on its page; those not named are as usual, or off."""
        requests.post(
            f"{self.house.settings.bank_url}/switches", data={**self._usual, **switches}, timeout=10
        ).raise_for_status()

    def is_open(self, business_key: str, element_id: str) -> bool:
        """Whether the task waits for somebody."""
        with self.house.database.read() as session:
            return _open_task(session, business_key, element_id) is not None

    def today(self) -> date:
        """The day on the clock, in Shanghai."""
        return self.clock.now().astimezone(SHANGHAI).date()

    def case_count(self) -> int:
        """How many applications there are."""
        with self.house.database.read() as session:
            return session.scalar(select(func.count()).select_from(Application)) or 0


def _open_task(
    session: Session, business_key: str, element_id: str, employee_id: int | None = None
) -> int | None:
    """The oldest open task of the step; with ``employee_id`` one that is free or held by that person."""
    waits: tuple[ColumnElement[bool], ...] = (
        UserTask.business_key == business_key,
        UserTask.element_id == element_id,
        UserTask.status == TaskStatus.OPEN,
    )
    if employee_id is not None:
        waits += ((UserTask.assignee_id.is_(None)) | (UserTask.assignee_id == employee_id),)
    return session.scalar(select(UserTask.id).where(*waits).order_by(UserTask.id).limit(1))


def shanghai(text: str) -> datetime:
    """An instant from local time, ``2026-09-01 09:00``."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)
