"""The anti-fraud step of the application: the score from outside, the facts of the table, alerts and verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.topics import Call, OutsideCall
from handlers.register import TOPICS
from handlers.world import FraudAnswer, World
from lending import applications, dealers, fraud, fraud_links, vehicles
from lending.errors import NotFound
from lending.fraud import FraudHit, FraudOutcome, FraudVerdict
from lending.fraud_links import Links

# A text of a question is never empty.
_UNKNOWN = "-"


@dataclass(frozen=True)
class _Question:
    """What the scoring is told: digests of what leads to people, the car and the dealer as they are."""

    phone: str
    address: str
    device: str
    vin: str
    dealer: str
    amount: str


@TOPICS.topic("query-fraud-score")
def query_fraud_score(call: Call, application_no: str) -> dict[str, object]:
    """Keep the score, once a request id."""
    answer: FraudAnswer = call.outcome[1]
    fraud.record_score(
        call.session,
        application_no,
        request_id=call.outcome[0],
        score=answer.score,
        model=answer.model,
        now=call.clock_now,
    )
    return {}


@query_fraud_score.outside
def _ask(call: OutsideCall, application_no: str) -> tuple[str, FraudAnswer]:
    """Ask for the score; asked again after a lost answer it is the same question."""
    world: World = call.world
    with world.database.read() as session:
        application = applications.get(session, application_no)
        kept = fraud_links.find_trace(session, application_no)
        if kept is None:
            raise NotFound(what_zh="联系方式留痕", what_en="contact trace of", key=application_no)
        asked = _Question(
            phone=_digest(kept.phone_index),
            address=_digest(kept.address_index),
            device=_digest(kept.device_index),
            vin=vehicles.get(session, application.vehicle_id or 0).vin,
            dealer=dealers.get(session, application.dealer_id or 0).social_credit_code,
            amount=str(application.amount),
        )
    answer = world.parties.fraud.score(
        request_id=call.idempotency_key,
        phone=asked.phone,
        address=asked.address,
        device=asked.device,
        vin=asked.vin,
        dealer=asked.dealer,
        amount=asked.amount,
    )
    return call.idempotency_key, answer


def _digest(index: bytes | None) -> str:
    return _UNKNOWN if index is None else index.hex()


def _links(call: Call, application_no: str) -> Links:
    kept = fraud_links.find_trace(call.session, application_no)
    if kept is None:
        raise NotFound(what_zh="联系方式留痕", what_en="contact trace of", key=application_no)
    return fraud_links.of(call.session, applications.get(call.session, application_no), kept, call.clock_now)


@TOPICS.facts("fraud-facts")
def fraud_facts(call: Call, application_no: str) -> dict[str, object]:
    """What the table of the fraud links asks: numbers of other people's applications, a share as a fraction, a score.

    A score that nobody gave is not zero: ``score_known`` is then false, and the table refers it to a person.
    """
    links, score = _links(call, application_no), fraud.latest(call.session, application_no).score
    return {
        "phone_others": len(links.phone),
        "address_others": len(links.address),
        "device_others": len(links.device),
        "vin_others": len(links.vehicle),
        "confirmed_links": len(links.confirmed),
        "dealer_applications": links.dealer_count,
        "dealer_share": links.dealer_share,
        "dealers_active": links.dealers,
        "score_known": score is not None,
        "score": 0 if score is None else score,
    }


@TOPICS.topic("record-fraud-check")
def record_fraud_check(
    call: Call, application_no: str, fraud_alerts: Sequence[Mapping[str, str]] | None
) -> dict[str, object]:
    """Any BLOCK wins, then REFER, else PASS; each hit with its facts, for the fraud desk and the case's page."""
    alerts = list(fraud_alerts or ())
    results = {alert["result"] for alert in alerts}
    outcome = next(
        (one for one in (FraudOutcome.BLOCK, FraudOutcome.REFER) if one.name in results), FraudOutcome.PASS
    )
    score = fraud.latest(call.session, application_no).score
    hits = [FraudHit(alert["fraud_hit"]) for alert in alerts]
    findings = fraud.explained(hits, _links(call, application_no), score)
    check = fraud.conclude(call.session, application_no, findings, outcome)
    return {
        "fraud_outcome": (check.outcome or outcome).value,
        "fraud_findings": "\n".join(one.label("zh") for one in findings),
        "fraud_findings_en": "\n".join(one.label("en") for one in findings),
        "fraud_problem": "；".join(dict.fromkeys(one.hit.zh for one in findings)),
        "fraud_verdict": None,
        "fraud_reason": None,
    }


@TOPICS.topic("record-fraud-verdict")
def record_fraud_verdict(
    call: Call, application_no: str, fraud_verdict: str, fraud_reason: str
) -> dict[str, object]:
    """Keep what the fraud desk decided and why."""
    fraud.judge(
        call.session,
        application_no,
        FraudVerdict(fraud_verdict),
        reason=fraud_reason,
        by=call.actor.employee_id,
        now=call.clock_now,
    )
    return {}
