"""The script of the demo: what each of the sixty applications asks for, and the step at which it stands today."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from cheliu.demo.playing import Player
from cheliu.demo.reception import Station, Visit, receive
from cheliu.demo.said import (
    DESK_FOUND,
    INTERVIEW_HELD,
    MORTGAGE_PAPERS,
    OTHER_INVESTIGATOR,
    PAPERS,
    PHONE_SAID,
    REPORT_WRITTEN,
    VISIT_SEEN,
)
from cheliu.demo.stands import Stand
from cheliu.demo.synthetic import Car, Person, Synthesizer
from cheliu.entry import ENTRY_PROCESS, INTAKE_PROCESS

# The stands at the front desk, and how far the reception goes for each.
_STATIONS: Mapping[Stand, Station] = {
    Stand.RECEIVED: Station.DOCUMENTS,
    Stand.SUPPLEMENT: Station.SUPPLEMENT,
    Stand.CHOICE: Station.CHOICE,
    Stand.NOTICE: Station.NOTICE,
    Stand.INTAKE_L1: Station.HANDED_OVER,
}

STEP_MINUTES, HURRIED_STEP_MINUTES = 6, 1


@dataclass(frozen=True)
class Wish:
    """What a customer asks for."""

    person: Person
    car: Car
    vin: str
    amount: Decimal
    term_months: int
    method: str
    price: Decimal


@dataclass(frozen=True)
class Branch:
    """Who works on the cases of a branch."""

    front_desk: str
    investigator: str
    l1: str
    contract_officer: str
    branch_manager: str
    maker: str
    checker: str
    dealer_id: int
    payee_name: str
    payee_account: str


def wish(draw: Synthesizer, stand: Stand, model_year: int = 2026) -> Wish:
    """Draw a customer; the amount decides the road: above 500,000 only a committee approves."""
    person, car = draw.person(), draw.car()
    price = car.price + 100 * draw.below(40)
    if stand is Stand.COMMITTEE:
        car = Car("蔚来 ET9", "nev", Decimal(788000), "LJ1")
        price, amount = car.price, Decimal(560000 + 10000 * draw.below(4))
    elif stand is Stand.L2:
        amount = Decimal(205000 + 5000 * draw.below(4))
        car = Car("理想 L9 Max", "nev", Decimal(429800), "HLX")
        price = car.price
    else:
        amount = (price * Decimal(draw.choice(("0.5", "0.6", "0.7"))) // 1000) * 1000
    return Wish(
        person=person,
        car=car,
        vin=draw.vin(car, model_year),
        amount=amount,
        term_months=draw.choice((24, 36, 36, 48, 60)),
        method=draw.choice(("equal_instalment", "equal_instalment", "equal_principal")),
        price=price,
    )


def entry_answers(asked: Wish, branch: Branch) -> dict[str, Any]:
    """The entry form, filled in."""
    income = max(asked.person.monthly_income, asked.amount / asked.term_months * 4)
    return {
        "customer_name": asked.person.name,
        "identity_no": asked.person.identity_no,
        "mobile": asked.person.mobile,
        "address": asked.person.address,
        "monthly_income": _yuan(income),
        "monthly_debt": "0",
        "vehicle_kind": "new",
        "vehicle_use": "self",
        "energy": "nev" if asked.car.energy == "nev" else "fuel",
        "dealer_id": branch.dealer_id,
        "model_name": asked.car.model,
        "vin": asked.vin,
        "vehicle_price": _yuan(asked.price),
        "published_price": _yuan(asked.price),
        "product_code": "NEW_STD",
        "method": asked.method,
        "amount": _yuan(asked.amount),
        "term_months": asked.term_months,
        "entry_note": "",
    }


def _yuan(amount: Decimal) -> str:
    return f"{amount:.2f}"


class Road:
    """Walks one application to where it shall stand."""

    def __init__(
        self,
        player: Player,
        branch: Branch,
        asked: Wish,
        stand: Stand,
        *,
        minutes: int = STEP_MINUTES,
        key: str | None = None,
    ) -> None:
        """Open the application; ``key`` is the number of one that was opened before."""
        self.player, self.branch, self.asked, self.stand = player, branch, asked, stand
        self.minutes = HURRIED_STEP_MINUTES if stand is Stand.BANK else minutes
        self.key = key or player.open_case(
            branch.front_desk, INTAKE_PROCESS if stand in _STATIONS else ENTRY_PROCESS
        )

    def walk(self) -> None:
        """Take the steps of the road until the stand is reached."""
        if self.stand in _STATIONS:
            self._receive()
            return
        if self.stand is Stand.ENTRY:
            return
        for step in (self._enter, self._investigate, self._review, self._sign, self._pay):
            step()
            self.player.wait(self.minutes if self.minutes == HURRIED_STEP_MINUTES else self.minutes + 1)
            if self._has_arrived(step):
                return

    def _receive(self) -> None:
        """From the front desk on; one that is handed over is submitted as it stands and waits for level 1."""
        entry = entry_answers(self.asked, self.branch)
        visit = Visit(self.key, self.asked.person, entry, self.branch.front_desk)
        receive(self.player, visit, _STATIONS[self.stand])
        if self.stand is Stand.INTAKE_L1:
            self._do("Task_EnterApplication", self.branch.front_desk, entry)
            self._investigate()

    def claim(self) -> None:
        """Let the person whose turn it is take the task, so that it lies in his own inbox."""
        waiting = {
            Stand.INVESTIGATION: ("Task_DeskCheck", self.branch.investigator),
            Stand.L1: ("Task_ReviewL1", self.branch.l1),
            Stand.L2: ("Task_ReviewL2", "reviewer_l2"),
            Stand.FORMAT: ("Task_CheckFormat", self.branch.contract_officer),
            Stand.DISCLOSURE: ("Task_ConfirmDisclosure", self.branch.contract_officer),
            Stand.SIGNING: ("Task_SignContracts", self.branch.contract_officer),
            Stand.SEAL: ("Task_SealContracts", self.branch.branch_manager),
            Stand.MAKER: ("Task_RegisterDisbursement", self.branch.maker),
            Stand.CHECKER: ("Task_CheckDisbursement", self.branch.checker),
            Stand.REPAIR: ("Task_RepairPayment", self.branch.maker),
            Stand.RETURNED: ("Task_EnterApplication", self.branch.front_desk),
            Stand.INTAKE_L1: ("Task_ReviewL1", self.branch.l1),
            Stand.RECEIVED: ("Task_CollectDocuments", self.branch.front_desk),
            Stand.CHOICE: ("Task_ChooseProduct", self.branch.front_desk),
            Stand.NOTICE: ("Task_ConfirmRiskNotice", self.branch.front_desk),
        }
        if self.stand in waiting:
            self.player.claim(self.key, *waiting[self.stand])

    def _has_arrived(self, step: Callable[[], None]) -> bool:
        last: dict[Stand, Callable[[], None]] = {
            Stand.INVESTIGATION: self._enter,
            Stand.L1: self._investigate,
            Stand.WITHDRAWN: self._enter,
            Stand.L2: self._review,
            Stand.COMMITTEE: self._review,
            Stand.REJECTED: self._review,
            Stand.RETURNED: self._review,
            Stand.FORMAT: self._review,
            Stand.DISCLOSURE: self._sign,
            Stand.SIGNING: self._sign,
            Stand.SEAL: self._sign,
            Stand.VOIDED: self._sign,
            Stand.MAKER: self._sign,
        }
        return last.get(self.stand) == step

    def _do(self, element_id: str, username: str, answers: Mapping[str, Any], **papers: str) -> None:
        self.player.do(self.key, element_id, username, answers, **papers)
        self.player.wait(self.minutes)

    def _enter(self) -> None:
        self._do(
            "Task_EnterApplication", self.branch.front_desk, entry_answers(self.asked, self.branch), **PAPERS
        )
        if self.stand is Stand.WITHDRAWN:
            self.player.withdraw(self.key, self.branch.front_desk, "客户改为全款购车")

    def _investigate(self) -> None:
        """Papers and a call; above 200,000 yuan (new energy 250,000) an interview, above 300,000 two people."""
        income = entry_answers(self.asked, self.branch)["monthly_income"]
        is_large = self.asked.amount > 300_000
        is_medium = self.asked.amount > (250_000 if self.asked.car.energy == "nev" else 200_000)
        who = self.player.holder(self.key, "Task_DeskCheck") or self.branch.investigator
        second = OTHER_INVESTIGATOR[who]
        self._do(
            "Task_DeskCheck",
            who,
            dict(DESK_FOUND) | {"proven_income": income, "contract_price": _yuan(self.asked.price)},
        )
        self._do("Task_VerifyByPhone", who, PHONE_SAID)
        if is_large:
            self._do("Task_VisitOnSite", who, VISIT_SEEN, doc_visit_photos="上门照片")
        if is_medium:
            self._do("Task_Interview", who, INTERVIEW_HELD, doc_interview_record="面谈记录")
        terms = {"proposed_amount": _yuan(self.asked.amount), "proposed_term_months": self.asked.term_months}
        self._do("Task_WriteReport", who, dict(REPORT_WRITTEN) | terms)
        if is_large:
            agreed = {"countersign_decision": "agree", "countersign_comment": "已抽查照片与流水，同意。"}
            self._do("Task_Countersign", second, agreed)

    def mortgage(self) -> bool:
        """Do what is due of the mortgage: papers and joint application, and a working day later the certificate.

        Returns whether it is finished.
        """
        today = self.player.today()
        officer = self.branch.contract_officer
        if self._is_open("Task_PreparePapers"):
            policy = {"policy_no": f"PDAA{today.year}{self.key[-6:]}", "policy_from": today.isoformat()}
            policy |= {"policy_until": (today + timedelta(days=365)).isoformat()}
            self._do(
                "Task_PreparePapers", officer, dict(MORTGAGE_PAPERS) | policy, doc_insurance_policy="保险单"
            )
            applied: dict[str, object] = {
                "applied_on": today.isoformat(),
                "acceptance_no": f"SL{self.key[-6:]}",
            }
            self._do(
                "Task_ApplyJointly", officer, applied | {"owner_present": True, "office_name": "市车管所"}
            )
        elif self._is_open("Task_EnterMortgage"):
            registered: dict[str, object] = {
                "office_decision": "registered",
                "registered_on": today.isoformat(),
            }
            registered |= {"certificate_no": f"3100{self.key[-6:]}01", "public_query_done": True}
            self._do("Task_EnterMortgage", officer, registered, doc_registration_certificate="机动车登记证书")
            stored = {"custody_slot": f"A-{self.key[-2:]}", "handed_by": self.asked.person.name}
            self._do(
                "Task_StoreCertificate", officer, stored | {"items_received": ["registration_certificate"]}
            )
            return True
        return False

    def _review(self) -> None:
        decision = {Stand.REJECTED: "reject", Stand.RETURNED: "return"}.get(self.stand, "approve")
        answers: dict[str, Any] = {"l1_decision": decision, "l1_comment": _L1_COMMENTS[decision]}
        if decision == "approve":
            answers |= {"l1_amount": _yuan(self.asked.amount), "l1_term_months": self.asked.term_months}
        elif decision == "reject":
            answers["l1_reasons"] = ["income"]
        self._do("Task_ReviewL1", self.branch.l1, answers)
        if decision != "approve" or self.stand is Stand.L2:
            return
        if self._is_open("Task_ReviewL2"):
            second = {"l2_decision": "approve", "l2_comment": "同意一审意见，额度与期限合理。"}
            second |= {"l2_amount": _yuan(self.asked.amount), "l2_term_months": str(self.asked.term_months)}
            self._do("Task_ReviewL2", "reviewer_l2", second)
        if self.stand is Stand.COMMITTEE:
            ballot = {"ballot": {"vote": "for", "comment": "车辆保值率高，还款来源充足。"}}
            self._do("Task_VoteInCommittee", "risk_committee", ballot)

    def _is_open(self, element_id: str) -> bool:
        return self.player.is_open(self.key, element_id)

    def _sign(self) -> None:
        today = self.player.today().isoformat()
        steps: tuple[tuple[Stand, str, str, dict[str, Any], dict[str, str]], ...] = (
            (
                Stand.DISCLOSURE,
                "Task_CheckFormat",
                self.branch.contract_officer,
                {"format_check": "right"},
                {},
            ),
            (
                Stand.SIGNING,
                "Task_ConfirmDisclosure",
                self.branch.contract_officer,
                {"disclosure_method": "paper", "reading_seconds": 95, "disclosure_confirmed": True},
                {"doc_cost_sheet": "综合融资成本明示表（签字）"},
            ),
            (
                Stand.SEAL,
                "Task_SignContracts",
                self.branch.contract_officer,
                {
                    "signed_on": today,
                    "second_staff": self.branch.front_desk,
                    "signatures_seen": [
                        "loan:borrower",
                        "mortgage:borrower",
                        "debit:borrower",
                        "location:borrower",
                    ],
                    "conditions_met": ["down_payment", "invoice", "insurance", "consent"],
                    "identity_verified": True,
                },
                {
                    "doc_signed_contract": "借款合同（签字）",
                    "doc_purchase_invoice": "购车发票",
                    "doc_insurance_policy": "保险单",
                },
            ),
            (
                Stand.MAKER,
                "Task_SealContracts",
                self.branch.branch_manager,
                {"sealed_on": today, "seal_register_no": f"YZ{today[2:4]}{today[5:7]}-{self.key[-3:]}"}
                | {"seal_confirmed": True},
                {},
            ),
        )
        for reached, element_id, username, answers, papers in steps:
            self._do(element_id, username, answers, **papers)
            if reached is self.stand:
                return
            if self.stand is Stand.VOIDED and reached is Stand.SEAL:
                self.player.withdraw(self.key, self.branch.front_desk, "客户放弃购车")
                return

    def _pay(self) -> None:
        registration = {
            "payee_name": self.branch.payee_name,
            "payee_account": self.branch.payee_account,
            "purpose": "购车款",
            "maker_comment": "",
        }
        self._do("Task_RegisterDisbursement", self.branch.maker, registration)
        if self.stand is Stand.CHECKER:
            return
        refuses, is_down = self.stand is Stand.REPAIR, self.stand is Stand.BANK_DOWN
        self.player.set_bank(refuse_next=int(refuses), down=int(is_down))
        self._do("Task_CheckDisbursement", self.branch.checker, {"checker_decision": "approve"})
        if is_down:
            for pause in (2, 6, 31):
                self.player.wait(pause)
                self.player.work()
            self.player.set_bank(refuse_next=0, down=0)
        elif self.stand is not Stand.BANK:
            self.player.hear_bank()


_L1_COMMENTS = {
    "approve": "收入稳定，首付来源清楚，同意。",
    "reject": "收入证明与流水不符，偿债能力不足。",
    "return": "请补充近六个月银行流水的最后一页。",
}
