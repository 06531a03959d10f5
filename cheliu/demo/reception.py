"""The front desk of the demo: customers received from the registration on, up to the step where the script stops."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from cheliu.demo.playing import Player
from cheliu.demo.synthetic import Person

_MINUTES = 4
_VALID_UNTIL = "2036-06-30"
PAPERS: Mapping[str, str] = {
    "doc_resident_id_front": "居民身份证（正面）",
    "doc_resident_id_back": "居民身份证（背面）",
    "doc_bank_statement": "银行流水",
    "doc_sales_contract": "购车合同",
    "doc_down_payment_slip": "首付款凭证",
}
_LICENCE = {"doc_driving_licence": "驾驶证"}


class Station(IntEnum):
    """How far an intake has come."""

    DOCUMENTS = 1
    SUPPLEMENT = 2
    CHOICE = 3
    NOTICE = 4
    HANDED_OVER = 5


@dataclass(frozen=True)
class Visit:
    """One customer's visit: who, what the entry form would say, and by whom he is received."""

    key: str
    person: Person
    entry: Mapping[str, object]
    username: str


def receive(player: Player, visit: Visit, until: Station) -> None:
    """Take the steps of the front desk until the station is reached."""
    _register(player, visit)
    if until is Station.DOCUMENTS:
        return
    _documents(player, visit, complete=until is not Station.SUPPLEMENT)
    if until <= Station.CHOICE:
        return
    _choose(player, visit)
    _do(player, visit, "Task_ShowRiskNotice", {"notice_handed": True})
    if until is Station.NOTICE:
        return
    _do(
        player,
        visit,
        "Task_ConfirmRiskNotice",
        {"notice_confirmed": True},
        doc_signed_risk_notice="贷款须知（签字）",
    )


def _register(player: Player, visit: Visit) -> None:
    entry = visit.entry
    person = {
        name: entry[name]
        for name in ("customer_name", "identity_no", "mobile", "address", "monthly_income", "monthly_debt")
    }
    about = {"residence_years": 4, "housing": "mortgaged", "marital": "single", "related_party": False}
    work = {"occupation": "company", "employer_months": 38}
    _do(player, visit, "Task_RegisterCustomer", {**person, **about, **work})
    car = {
        name: entry[name]
        for name in (
            "vehicle_kind",
            "vehicle_use",
            "energy",
            "dealer_id",
            "model_name",
            "vin",
            "vehicle_price",
            "published_price",
            "amount",
            "term_months",
        )
    }
    _do(player, visit, "Task_AssessNeeds", {**car, "vehicle_status": "normal", "registered": False})
    _do(player, visit, "Task_ShowProductSheet", {"sheet_shown": True})
    given = {f"consent_{purpose}": True for purpose in ("personal_information", "bureau_query")}
    _do(
        player,
        visit,
        "Task_GiveConsents",
        {**given, "consent_face_recognition": True, "consent_marketing": False},
        doc_privacy_consent="个人信息处理同意书",
        doc_credit_authorisation="征信查询授权书",
    )


def _documents(player: Player, visit: Visit, *, complete: bool) -> None:
    """All papers, or all but the driving licence."""
    name, papers = visit.person.name, {**PAPERS, **(_LICENCE if complete else {})}
    _do(player, visit, "Task_CollectDocuments", {}, **papers)
    read: dict[str, object] = {
        "read_identity_name": name,
        "read_identity_no": visit.person.identity_no,
        "identity_valid_until": _VALID_UNTIL,
        "read_statement_name": name,
        "statement_months": 6,
        "statement_average": visit.entry["monthly_income"],
        "read_buyer_name": name,
        "read_payer_name": name,
        "vehicle_status": "normal",
        "originals_seen": True,
    }
    if complete:
        read |= {"read_licence_name": name, "licence_valid_until": _VALID_UNTIL}
    _do(player, visit, "Task_ConfirmDocuments", read)


def _choose(player: Player, visit: Visit) -> None:
    chosen = {"offer_rank": "1", "amount": visit.entry["amount"], "term_months": visit.entry["term_months"]}
    _do(player, visit, "Task_ChooseProduct", {**chosen, "choice_reason": "月供在预算之内"})


def _do(player: Player, visit: Visit, element_id: str, answers: Mapping[str, object], **papers: str) -> None:
    player.do(visit.key, element_id, visit.username, answers, **papers)
    player.wait(_MINUTES)
