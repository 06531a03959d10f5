"""Runs the JSON cases beside the diagrams: the real engine, handlers and forms, on a database of their own.

A case: ``title``; ``after``, another case whose steps come first; ``steps``; and what must be true at the end:
``ends_at`` and ``never`` (element ids), ``application`` (status), ``loan``, ``journal``, ``void_numbers``, ``paid``,
``purposes`` (of the orders the bank took), ``amounts`` (that the lists show, by process), ``score`` (grade),
``consents`` (which stand, by purpose), ``told`` (templates and outcomes of SMS), ``alerts`` (kind and level),
``mortgage`` (status), ``debtors`` (names, in order),
``prepayments`` (status and fee of each), ``asked`` (how many questions each party took).
A step: ``{"at", "as", "answers"}`` completes a task, ``"refused"`` says with which code it must fail,
``"as_shown"`` sends back what the form shows filled in; ``{"message"}``
delivers one; ``{"bank"}`` lets it say "succeeded" or "failed", makes it forget the order ("forgets"), know of it
without a result ("ponders"), say of the first order that it is paid after all ("contradicts") or not answer at all
("down", then "up"); ``{"prices"}`` lets the price service quote ("price" and "new_price") or be "down";
``{"wait": {"days", "hours"}}``; ``{"incident"}`` and ``{"retry", "as"}`` name an element;
``{"do"}`` names a list of steps in processes/samples.json, whose answers ``"answers"`` replaces where they occur;
``{"prepayment": true, "as"}`` begins an early repayment, ``{"instalments"}`` pays so many on their due dates,
``{"money"}`` is a movement that the bank tells of (``"type"``, ``"id"``, ``"amount"``, ``"purpose"``, ``"payer"``),
``{"about": "loan"}`` or ``"application"`` says what the steps after it are about, ``{"day_ends"}`` runs so many (LOAN
stands for the loan's number anywhere),
``{"until"}`` lets the books stand at a day, ``{"card"}`` gives the borrower an account to collect from,
``{"debits"}`` says whether the bank "collects" or "refuses": all in :mod:`cheliu.case_money`.
``{"open"}`` opens a second application as that person, ``{"list"}`` a change of the lists, ``{"line"}`` one of a
credit line, ``{"booking", "as"}`` a booking on the loan, ``{"change", "as"}`` a request of its customer,
``{"debt_transfer", "as"}`` a change of debtor, ``{"claim_package", "as"}`` an assignment of claims,
``{"request", "as", "wish"}`` one of the applicant about the personal data: the steps after it are about that.
``{"graded"}`` gives the borrower a grade; ``{"link", "tail"}`` answers a callback by the link that was sent.
``{"party", "says"}`` tells bureau, identity or sms how to answer (:mod:`cheliu.case_parties`);
``{"consent_withdrawn"}`` names a purpose, ``"of"`` the place of another party who takes it back; ``{"reconsider"}``
begins the reconsideration as that person. A case
``begins`` with the process it names, else with the entry.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from cheliu import bank_results, case_callbacks, case_money
from cheliu.case_answers import answers, with_files
from cheliu.case_bank import CaseBank
from cheliu.case_beginnings import begun
from cheliu.case_checks import Difference, differences
from cheliu.case_house import BUSINESS_DATE, copy_house, found_template
from cheliu.case_parties import CaseParties
from cheliu.case_prices import CasePrices
from cheliu.case_tasks import CaseFailed, Step, open_task, shown
from cheliu.consent_withdrawal import withdraw_consent
from cheliu.entry import ENTRY_PROCESS
from cheliu.reconsidering import open_reconsideration
from cheliu.wiring import PROCESSES, House
from cheliu.working import work_off
from company.clock import StandingClock
from company.messages import Refusal
from company.organisation import the_company
from company.people import Actor, Employee, actor
from engine import jobs
from engine.tasks import CaseFacts
from engine.waits import Incident
from forms.errors import FormRefused
from lending import applications, consents, parties
from lending.consents import ConsentPurpose
from lending.parties import PartyPlace

SHARED = "disbursement/cases/paid.json"
_OF_THE_ROAD = frozenset({"asked", "score", "by", "begins"})
"""What a case may say of the road to the pay-out; such a case goes it itself."""


@dataclass
class Play:
    """One case being played: its house, its application."""

    house: House
    bank: CaseBank
    clock: StandingClock
    application_no: str
    payments_answered: int = 0


_paid_out: dict[Path, Play] = {}


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
    if case.get("after") == SHARED and not database_url and not case.keys() & _OF_THE_ROAD:
        play = _from_the_pay_out(template, home)
        steps = [each for step in case["steps"] for each in _spelt_out(step)]
    else:
        house, bank, clock = copy_house(template, home, database_url=database_url)
        play = _open_application(house, bank, clock, case.get("by", "front_desk"), _begins(case))
        steps = steps_of(case)
    try:
        go_on(play, steps)
        wrong = differences(play.house, play.bank, play.application_no, case)
        if wrong:
            raise CaseFailed("; ".join(map(str, wrong)))
    finally:
        play.house.close()


def _from_the_pay_out(template: Path, home: Path) -> Play:
    """A loan that was just paid out: its road is played once a template, its end copied for every case after it."""
    if template not in _paid_out:
        house, bank, clock = copy_house(template, template.parent / "paid_out")
        first = json.loads((PROCESSES / SHARED).read_text())
        _paid_out[template] = play_steps(first, house, bank, clock)
        house.close()
    paid = _paid_out[template]
    house, bank, clock = copy_house(template.parent / "paid_out", home)
    clock.advance(paid.clock.now() - clock.now())
    bank.orders = deepcopy(paid.bank.orders)
    return Play(house, bank, clock, paid.application_no, paid.payments_answered)


def play_steps(case: dict[str, Any], house: House, bank: CaseBank, clock: StandingClock) -> Play:
    """Open an application and do the steps of the case, without a look at what must be true at its end."""
    play = _open_application(house, bank, clock, case.get("by", "front_desk"), _begins(case))
    go_on(play, steps_of(case))
    return play


def go_on(play: Play, steps: list[Step]) -> None:
    """Do further steps of a case."""
    for step in steps:
        _do(play, step)


def steps_of(case: dict[str, Any]) -> list[Step]:
    """The steps of a case, those of the case it comes ``after`` first."""
    before = case.get("after")
    first = steps_of(json.loads((PROCESSES / before).read_text())) if before else []
    return first + [each for step in case["steps"] for each in _spelt_out(step)]


def _spelt_out(step: Step) -> list[Step]:
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
    kind = next((each for each in _STEPS if each in step), None)
    if kind is None:
        raise CaseFailed(f"a step of no known kind: {sorted(step)}")
    _STEPS[kind](play, case_money.filled(play.house, step))
    work_off(play.house)


def _complete(play: Play, step: Step) -> None:
    where = f"{step['at']} as {step['as']}"
    who = _person(play.house, step["as"])
    values, files = with_files(play.house, answers(step.get("answers", {})))
    refused: list[str] = []
    try:
        with play.house.database.write() as session:
            task_id = open_task(play.house, play.application_no, step["at"], who)
            if step.get("as_shown"):
                values = shown(play.house, session, task_id) | values
            play.house.engine.complete(session, task_id, who, values, files=files)
    except FormRefused as form_refused:
        refused = sorted(f"{path}:{error.code}" for path, error in form_refused.errors.items())
    except Refusal as refusal:
        refused = [refusal.code]
    expected = step.get("refused", [])
    expected = sorted([expected] if isinstance(expected, str) else expected)
    if refused != expected:
        raise CaseFailed(f"{where}: refused with {refused}, expected {expected}")


def _deliver(play: Play, name: str, step: Step) -> None:
    payload, message_id = step.get("payload", {}), f"case:{step.get('id', name)}"
    with play.house.database.write() as session:
        play.house.engine.deliver(session, name, play.application_no, payload, message_id)


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


def _begin_another(play: Play, step: Step) -> None:
    """Begin the case that the steps from here on are about."""
    house = play.house
    if "open" in step:
        play.application_no = _open_application(house, play.bank, play.clock, step["open"]).application_no
        return
    who = _person(house, next(step[name] for name in ("as", "line", "list") if name in step))
    with house.database.write() as session:
        play.application_no = begun(house.engine, session, who, play.application_no, step).business_key


def _money(play: Play, step: Step) -> None:
    """What happens to a loan after its pay-out; "refused" says with which code an early repayment must fail."""
    who = _person(play.house, step["as"]) if "as" in step else None
    number, refused = case_money.do(play.house, play.bank, play.clock, step, who)
    if refused != step.get("refused"):
        raise CaseFailed(f"{step}: refused with {refused}")
    play.application_no = number or play.application_no


def _reconsider(play: Play, step: Step) -> None:
    """The customer asks this person for a reconsideration; "refused" says with which code it must fail."""
    refused = None
    try:
        with play.house.database.write() as session:
            who = _person(play.house, step["reconsider"])
            open_reconsideration(play.house.engine, session, who, play.application_no)
    except Refusal as refusal:
        refused = refusal.code
    if refused != step.get("refused"):
        raise CaseFailed(f"reconsider: refused with {refused}, expected {step.get('refused')}")


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


def _withdraw_consent(play: Play, purpose: str, place: str | None) -> None:
    """Who applies, or the party in ``place``, takes the standing consent back, told to the front desk."""
    who = _person(play.house, "front_desk")
    with play.house.database.write() as session:
        party = parties.in_place(session, play.application_no, PartyPlace(place)) if place else None
        of = party.customer_id if party else None
        found = consents.require(session, play.application_no, ConsentPurpose(purpose), of)
        withdraw_consent(play.house.engine, session, who, found.id)


def _retry(play: Play, step: Step) -> None:
    operator, incident_id = _person(play.house, step["as"]), _find_incident(play, step["retry"])
    with play.house.database.write() as session:
        jobs.retry_incident(play.house.engine, session, incident_id, operator)


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


_STEPS: dict[str, Callable[[Play, Step], object]] = {
    "at": _complete,
    "message": lambda play, step: _deliver(play, step["message"], step),
    "prepayment": _money,
    "instalments": _money,
    "about": _money,
    "money": _money,
    "day_ends": _money,
    "until": _money,
    "card": _money,
    "graded": lambda play, step: case_callbacks.do(play.house, step),
    "link": lambda play, step: case_callbacks.do(play.house, step),
    "debits": _money,
    "bank": lambda play, step: _bank(play, step["bank"], step.get("reason", "")),
    "prices": lambda play, step: _prices(play.house, step["prices"]),
    "wait": lambda play, step: _wait(
        play, int(step["wait"].get("days", 0)), int(step["wait"].get("hours", 0))
    ),
    "open": _begin_another,
    "booking": _begin_another,
    "request": _begin_another,
    "change": _begin_another,
    "debt_transfer": _begin_another,
    "claim_package": _begin_another,
    "party": lambda play, step: _parties(play).obey(step["party"], step["says"]),
    "consent_withdrawn": lambda play, step: _withdraw_consent(
        play, step["consent_withdrawn"], step.get("of")
    ),
    "reconsider": _reconsider,
    "list": _begin_another,
    "line": _begin_another,
    "incident": lambda play, step: _find_incident(play, step["incident"]),
    "retry": _retry,
}

__all__ = ["CaseFailed", "Difference", "go_on", "play_steps", "run_case", "run_folder", "steps_of"]
