"""Runs the JSON cases beside the diagrams: the real engine, handlers and forms, on a database of their own.

A case: ``title``; ``after``, another case whose steps come first; ``steps``; and what must be true at the end:
``ends_at`` and ``never`` (element ids), ``application`` (status), ``loan``, ``journal``, ``void_numbers``, ``paid``,
``purposes`` (of the orders the bank took), ``amounts`` (that the lists show, by process), ``score`` (grade),
``consents`` (which stand, by purpose), ``asked`` (how many questions each party took).
A step: ``{"at", "as", "answers"}`` completes a task, ``"refused"`` says with which code it must fail,
``"as_shown"`` sends back what the form shows filled in; ``{"message"}``
delivers one; ``{"bank"}`` lets it say "succeeded" or "failed", makes it forget the order ("forgets"), know of it
without a result ("ponders"), say of the first order that it is paid after all ("contradicts") or not answer at all
("down", then "up"); ``{"prices"}`` lets the price service quote ("price" and "new_price") or be "down";
``{"wait": {"days", "hours"}}``; ``{"incident"}`` and ``{"retry", "as"}`` name an element;
``{"do"}`` names a list of steps in processes/samples.json, whose answers ``"answers"`` replaces where they occur;
``{"open"}`` opens a second application as that person, ``{"list"}`` a change of the lists, ``{"booking", "as"}`` a
booking on the loan: the steps after it are about that. ``{"party", "says"}`` tells bureau, identity or sms how to
answer (:mod:`cheliu.case_parties`); ``{"consent_withdrawn"}`` names a purpose. A case ``begins`` with the process it
names, else with the entry.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cheliu import bank_results
from cheliu.bookings import open_booking
from cheliu.case_bank import CaseBank
from cheliu.case_checks import Difference, differences
from cheliu.case_house import BUSINESS_DATE, copy_house, found_template
from cheliu.case_parties import CaseParties
from cheliu.case_prices import CasePrices
from cheliu.consent_withdrawal import withdraw_consent
from cheliu.entry import ENTRY_PROCESS
from cheliu.list_changes import open_list_change
from cheliu.wiring import PROCESSES, House
from cheliu.working import work_off
from company.clock import StandingClock
from company.messages import Refusal
from company.organisation import the_company
from company.people import Actor, Employee, actor
from engine import jobs
from engine.deployments import load_definition
from engine.tasks import CaseFacts, Instance, TaskStatus, UserTask
from engine.waits import Incident
from forms.errors import FormRefused
from forms.files import HEAD_BYTES, Upload
from forms.model import read
from forms.view import prepare
from lending import applications, consents
from lending.consents import ConsentPurpose
from lending.life.kinds import EventKind
from lending.loans import Loan

_Step = dict[str, Any]
_FILE = "file:"
_PDF = b"%PDF-1.7\n% a document of a process case\n"


class CaseFailed(Exception):
    """The case did not go as written; the message says at which step and how."""


@dataclass
class Play:
    """One case being played: its house, its application."""

    house: House
    bank: CaseBank
    clock: StandingClock
    application_no: str
    payments_answered: int = 0


def run_folder(folder: Path) -> int:
    """Run every case below ``folder``, print a line for each; returns how many failed."""
    failed = 0
    with tempfile.TemporaryDirectory(prefix="cheliu-cases-") as place:
        template = found_template(Path(place))
        for at, path in enumerate(sorted(folder.rglob("cases/*.json"))):
            title = json.loads(path.read_text())["title"]
            try:
                run_case(path, template, Path(place) / str(at))
                print(f"ok      {path.parent.parent.name}/{path.stem}: {title}")
            except CaseFailed as wrong:
                failed += 1
                print(f"FAILED  {path.parent.parent.name}/{path.stem}: {title}\n        {wrong}")
    return failed


def run_case(path: Path, template: Path, home: Path, *, database_url: str = "") -> None:
    """Play one case on a copy of the template; raises CaseFailed.

    ``database_url``: a database that holds what the template's does, where that is not a file in its folder.
    """
    case = json.loads(path.read_text())
    house, bank, clock = copy_house(template, home, database_url=database_url)
    try:
        play = play_steps(case, house, bank, clock)
        wrong = differences(house, bank, play.application_no, case)
        if wrong:
            raise CaseFailed("; ".join(map(str, wrong)))
    finally:
        house.close()


def play_steps(case: dict[str, Any], house: House, bank: CaseBank, clock: StandingClock) -> Play:
    """Open an application and do the steps of the case, without a look at what must be true at its end."""
    begins = _begins(case)
    play = _open_application(house, bank, clock, case.get("by", "front_desk"), begins)
    for step in steps_of(case):
        _do(play, step)
    return play


def steps_of(case: _Step) -> list[_Step]:
    """The steps of a case, those of the case it comes ``after`` first."""
    before = case.get("after")
    first = steps_of(json.loads((PROCESSES / before).read_text())) if before else []
    return first + [each for step in case["steps"] for each in _spelt_out(step)]


def _spelt_out(step: _Step) -> list[_Step]:
    """The step itself, or the steps that it names, with the answers that it gives laid over theirs."""
    if "do" not in step:
        return [step]
    given = step.get("answers", {})
    named = json.loads((PROCESSES / "samples.json").read_text())[step["do"]]
    return [
        {**one, "answers": {name: given.get(name, value) for name, value in one["answers"].items()}}
        if "answers" in one
        else one
        for one in named
    ]


def _begins(case: Mapping[str, object]) -> str:
    """The process a case begins with: its own word, that of the case it comes after, else the entry."""
    before = case.get("after")
    if "begins" in case or not before:
        return str(case.get("begins", ENTRY_PROCESS))
    return _begins(json.loads((PROCESSES / str(before)).read_text()))


def _open_application(
    house: House, bank: CaseBank, clock: StandingClock, username: str, process_id: str = ENTRY_PROCESS
) -> Play:
    with house.database.write() as session:
        who = _person(house, username)
        unit_id = session.scalars(select(Employee.unit_id).where(Employee.username == username)).one()
        application = applications.open_draft(
            session, unit_id=unit_id, owner_id=who.employee_id, year=BUSINESS_DATE.year, now=clock.now()
        )
        number = application.application_no
        facts = CaseFacts(title=number, unit_id=unit_id, owner_id=who.employee_id)
        data = {"application_no": number}
        house.engine.start(session, process_id, number, data=data, actor=who, facts=facts)
    return Play(house, bank, clock, number)


def _do(play: Play, step: dict[str, Any]) -> None:
    if "at" in step:
        _complete(play, step)
    elif "message" in step:
        _deliver(play, step["message"], step.get("payload", {}))
    elif "bank" in step:
        _bank(play, step["bank"], step.get("reason", ""))
    elif "prices" in step:
        _prices(play.house, step["prices"])
    elif "wait" in step:
        _wait(play, int(step["wait"].get("days", 0)), int(step["wait"].get("hours", 0)))
    elif step.keys() & {"open", "booking", "list"}:
        play.application_no = _begin_another(play, step)
    elif "party" in step:
        _parties(play).obey(step["party"], step["says"])
    elif "consent_withdrawn" in step:
        _withdraw_consent(play, step["consent_withdrawn"])
    elif "incident" in step:
        _find_incident(play, step["incident"])
    elif "retry" in step:
        operator, incident_id = _person(play.house, step["as"]), _find_incident(play, step["retry"])
        with play.house.database.write() as session:
            jobs.retry_incident(play.house.engine, session, incident_id, operator)
    else:
        raise CaseFailed(f"a step of no known kind: {sorted(step)}")
    work_off(play.house)


def _complete(play: Play, step: dict[str, Any]) -> None:
    where = f"{step['at']} as {step['as']}"
    who = _person(play.house, step["as"])
    values, files = _with_files(play.house, _answers(step.get("answers", {})))
    refused: list[str] = []
    try:
        with play.house.database.write() as session:
            task_id = _open_task(play, step["at"], who)
            if step.get("as_shown"):
                values = _shown(play.house, session, task_id) | values
            play.house.engine.complete(session, task_id, who, values, files=files)
    except FormRefused as form_refused:
        refused = sorted(f"{path}:{error.code}" for path, error in form_refused.errors.items())
    except Refusal as refusal:
        refused = [refusal.code]
    expected = step.get("refused", [])
    expected = sorted([expected] if isinstance(expected, str) else expected)
    if refused != expected:
        raise CaseFailed(f"{where}: refused with {refused}, expected {expected}")


def _shown(house: House, session: Session, task_id: int) -> dict[str, object]:
    """What the form shows filled in already, as the browser sends it back."""
    task = session.get_one(UserTask, task_id)
    definition = load_definition(session, session.get_one(Instance, task.instance_id).definition_id)
    form = definition.form(task.form_key or "")
    data = prepare(form, house.engine.form_data(session, task), "zh", {})["data"]
    fields = {one.key for one in read(form).fields() if not one.read_only}
    return {key: value for key, value in data.items() if key in fields and value is not None}


def _open_task(play: Play, element_id: str, who: Actor) -> int:
    with play.house.database.read() as session:
        found = session.scalars(
            select(UserTask)
            .where(
                UserTask.business_key == play.application_no,
                UserTask.element_id == element_id,
                UserTask.status == TaskStatus.OPEN.value,
            )
            .order_by(UserTask.id)
        ).all()
        mine = [task.id for task in found if task.assignee_id in (None, who.employee_id)]
        if found:
            return mine[0] if mine else found[0].id
        open_now = session.scalars(
            select(UserTask.element_id).where(
                UserTask.business_key == play.application_no, UserTask.status == TaskStatus.OPEN.value
            )
        ).all()
        stuck = session.scalars(select(Incident).where(Incident.resolved_at.is_(None))).all()
    incidents = [f"{one.element_id}: {one.cause}" for one in stuck]
    raise CaseFailed(f"no open task {element_id}; open are {sorted(open_now)}, incidents {incidents}")


def _answers(written: dict[str, Any]) -> dict[str, Any]:
    """The answers of a step; ``sample`` names a set of processes/samples.json that they are laid over."""
    answers = dict(written)
    sample = answers.pop("sample", None)
    if sample is None:
        return answers
    samples = json.loads((PROCESSES / "samples.json").read_text())
    laid = {**samples[sample], **answers}
    return {name: value for name, value in laid.items() if value is not None}


def _with_files(house: House, answers: dict[str, Any]) -> tuple[dict[str, Any], dict[str, list[Upload]]]:
    files: dict[str, list[Upload]] = {}
    for name, value in answers.items():
        if isinstance(value, str) and value.startswith(_FILE):
            data = _PDF + name.encode()
            stored = house.world.files.put(data)
            reference = f"files::{name}"
            files[reference] = [
                Upload(value.removeprefix(_FILE), stored.size, stored.sha256, data[:HEAD_BYTES])
            ]
    return {**answers, **{reference.removeprefix("files::"): reference for reference in files}}, files


def _deliver(play: Play, name: str, payload: dict[str, Any]) -> None:
    with play.house.database.write() as session:
        play.house.engine.deliver(session, name, play.application_no, payload, f"case:{name}")


def _bank(play: Play, says: str, reason: str) -> None:
    if says in ("down", "up"):
        play.bank.is_down = says == "down"
        return
    if not play.bank.orders:
        raise CaseFailed("the bank was asked to pay nothing so far")
    request_id, order = list(play.bank.orders.items())[-1]
    if says == "forgets":
        play.bank.orders.clear()
        return
    if says == "ponders":
        order.status = "manual_review"
        return
    if says == "contradicts":
        request_id, order = next(iter(play.bank.orders.items()))
        says = "succeeded"
    order.status, order.reason = says, reason
    play.payments_answered += 1
    event = {
        "event_id": f"{request_id}:{play.payments_answered}",
        "request_id": request_id,
        "status": says,
        "reason": reason,
        "bank_reference": f"B{play.payments_answered:04d}",
        "value_date": order.value_date.isoformat(),
    }
    bank_results.receive(play.house.engine, event)


def _begin_another(play: Play, step: _Step) -> str:
    """The key of the case that the steps from here on are about."""
    if "open" in step:
        return _open_application(play.house, play.bank, play.clock, step["open"]).application_no
    return _open_booking(play, step) if "booking" in step else _open_list_change(play.house, step["list"])


def _open_list_change(house: House, username: str) -> str:
    with house.database.write() as session:
        case, _task_id = open_list_change(house.engine, session, _person(house, username))
        return case.business_key


def _open_booking(play: Play, step: _Step) -> str:
    """A booking on the one loan of the case."""
    with play.house.database.write() as session:
        loan_no = session.scalars(select(Loan.loan_no)).one()
        who, kind = _person(play.house, step["as"]), EventKind(step["booking"])
        return open_booking(play.house.engine, session, who, loan_no, kind).business_key


def _prices(house: House, says: dict[str, str] | str) -> None:
    prices = house.world.prices
    if not isinstance(prices, CasePrices):
        raise CaseFailed("the house of a case asks a price service of its own")
    prices.is_down = says == "down"
    prices.said = says if isinstance(says, dict) else {}


def _wait(play: Play, days: int, hours: int) -> None:
    """Let time pass and the worker look in between: each day anew, each ten minutes of an hour."""
    for _ in range(days):
        with play.house.database.write() as session:
            the_company(session).business_date += timedelta(days=1)
        play.clock.advance(timedelta(days=1))
        work_off(play.house)
    for _ in range(hours * 6):
        play.clock.advance(timedelta(minutes=10))
        work_off(play.house)


def _parties(play: Play) -> CaseParties:
    found = play.house.world.parties
    if not isinstance(found, CaseParties):
        raise CaseFailed("the parties of this house are not those of a case")
    return found


def _withdraw_consent(play: Play, purpose: str) -> None:
    """The customer takes the standing consent to this purpose back, told to the front desk."""
    who = _person(play.house, "front_desk")
    with play.house.database.write() as session:
        found = consents.require(session, play.application_no, ConsentPurpose(purpose))
        withdraw_consent(play.house.engine, session, who, found.id)


def _find_incident(play: Play, element_id: str) -> int:
    with play.house.database.read() as session:
        found = session.scalar(
            select(Incident.id).where(Incident.element_id == element_id, Incident.resolved_at.is_(None))
        )
    if found is None:
        raise CaseFailed(f"there is no open incident at {element_id}")
    return found


def _person(house: House, username: str) -> Actor:
    with house.database.read() as session:
        person_id = session.scalar(select(Employee.id).where(Employee.username == username))
        if person_id is None:
            raise CaseFailed(f"nobody signs in as {username}")
        return actor(session, person_id)


__all__ = ["CaseFailed", "Difference", "play_steps", "run_case", "run_folder", "steps_of"]
