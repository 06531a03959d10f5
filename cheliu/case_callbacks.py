"""What the cases of callbacks do beside the forms: give the borrower a grade, and answer by the link that was sent."""

from __future__ import annotations

import re
from functools import partial

from sqlalchemy import select

from cheliu.case_answers import answers
from cheliu.case_parties import CaseParties
from cheliu.case_tasks import CaseFailed, Step
from cheliu.wiring import House
from company.messages import Refusal
from lending import callback_links, callback_questions, customers, scores
from lending.loans import Loan

_LINK = re.compile(r"/callback/([\w-]+)")
_SCORES = {"A": 760, "B": 680, "C": 600, "D": 560}


def do(house: House, step: Step) -> None:
    """One step; CaseFailed where a link is refused otherwise than the step says."""
    if "graded" in step:
        _grade(house, step["graded"])
        return
    refused = _answer(house, step)
    if refused != step.get("refused"):
        raise CaseFailed(f"{step}: refused with {refused}")


def token_sent(house: House) -> str:
    """The token of the link that went out last by SMS; CaseFailed where none did."""
    parties = house.world.parties
    texts = parties.sms.texts if isinstance(parties, CaseParties) else []
    found: list[str] = [token for text in texts for token in _LINK.findall(text)]
    if not found:
        raise CaseFailed("no link was sent by SMS")
    return found[-1]


def _grade(house: House, grade: str) -> None:
    with house.database.write() as session:
        loan, now = session.scalars(select(Loan)).one(), house.clock.now()
        scores.record(session, loan.application_no, score=_SCORES[grade], grade=grade, inputs={}, now=now)


def _answer(house: House, step: Step) -> str | None:
    """Open the link with the end of the identity number, or the step's ``tail``, and answer; the code of a refusal."""
    vault, now, token = house.world.vault, house.clock.now(), token_sent(house)
    try:
        with house.database.write() as session:
            borrower = customers.get(session, session.scalars(select(Loan.customer_id)).one())
            tail = step.get("tail", customers.identity_of(session, vault, borrower)[-callback_links.TAIL :])
            if callback_links.tried(session, vault, token, tail, now) is None:
                return callback_links.TailWrong.code
        with house.database.write() as session:
            opened = callback_links.find(session, vault, token, now)
            if opened is None:
                raise callback_links.LinkGone()
            given = callback_questions.read(
                {name: str(value) for name, value in answers(step["link"]).items()}
            )
            deliver = partial(house.engine.deliver, session)
            callback_links.answer(session, vault, opened, given, deliver)
    except Refusal as refusal:
        return refusal.code
    return None
