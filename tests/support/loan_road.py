"""The road of a loan, step by step, in the vocabulary of the staff; every story takes it as far as it needs."""

import json
from dataclasses import dataclass, field
from decimal import Decimal

from installation import ROOT, TODAY
from lxml import etree
from staff import Paper

from cheliu.demo.building import _DEALERS as DEALERS
from cheliu.demo.synthetic import Synthesizer

# Steps as the diagrams name them.
ENTRY, L1, L2, COMMITTEE = "录入申请", "初审", "终审", "贷审会表决"
FORMAT, DISCLOSURE, SIGNING, SEAL = "审核合同格式", "确认成本明示表", "办理合同签署", "合同用印"
DESK, PHONE, VISIT, TALK = "案头核查", "电话核实", "上门核实", "面谈"
REPORT, COUNTERSIGN = "撰写调查报告", "第二人复核"
MAKER, CHECKER, REPAIR = "登记放款", "复核放款", "修复付款信息"

REQUIRED_PAPERS = (
    "doc_resident_id_front",
    "doc_resident_id_back",
    "doc_bank_statement",
    "doc_sales_contract",
    "doc_down_payment_slip",
    "doc_credit_authorisation",
    "doc_privacy_consent",
)


@dataclass(frozen=True)
class Crew:
    """Who does what in a branch."""

    branch: str = "SH"
    dealer_id: int = 1
    mark: str = ""
    committee: tuple[str, ...] = ("risk_committee", "risk_committee_2", "risk_committee_3")

    def of(self, role):
        return f"{role}{self.mark}"


SHANGHAI = Crew()
NANJING = Crew("NJ", 2, "_2")


@dataclass
class Applicant:
    """An invented customer with a wish; no two stories share one."""

    draw: Synthesizer
    amount: str = "100000.00"
    price: str = "150000.00"
    income: str = "20000.00"
    term: str = "36"
    energy: str = "fuel"
    person: object = field(init=False)
    car: object = field(init=False)
    vin: str = field(init=False)

    def __post_init__(self):
        self.person, self.car = self.draw.person(), self.draw.car()
        self.vin = self.draw.vin(self.car)

    def answers(self, crew):
        return {
            "customer_name": self.person.name,
            "identity_no": self.person.identity_no,
            "mobile": self.person.mobile,
            "address": self.person.address,
            "monthly_income": self.income,
            "monthly_debt": "0.00",
            "vehicle_kind": "new",
            "vehicle_use": "self",
            "energy": self.energy,
            "dealer_id": crew.dealer_id,
            # No model that the price service knows: what these cars are said to cost is invented.
            "model_name": f"{self.car.model} LX",
            "vin": self.vin,
            "vehicle_price": self.price,
            "published_price": self.price,
            "product_code": "NEW_STD",
            "method": "equal_instalment",
            "amount": self.amount,
            "term_months": self.term,
            **{key: Paper(f"{key}.pdf") for key in REQUIRED_PAPERS},
        }


IDENTITY_PAPERS = ("resident_id_front", "resident_id_back", "privacy_consent", "credit_authorisation")


def party_answers(place, person):
    """A person in a place of an application: who it is, what each has agreed to, the papers."""
    return {
        f"{place}_name": person.name,
        f"{place}_identity": person.identity_no,
        f"{place}_mobile": person.mobile,
        f"{place}_identity_until": "2040-01-01",
        f"{place}_consent_personal_information": True,
        f"{place}_consent_bureau_query": True,
        **{f"doc_{kind}__{place}": Paper(f"{place}-{kind}.pdf") for kind in IDENTITY_PAPERS},
    }


@dataclass
class Guaranteed(Applicant):
    """An applicant for whom another person answers."""

    guarantor: object = field(init=False)

    def __post_init__(self):
        super().__post_init__()
        self.guarantor = self.draw.person()

    def answers(self, crew):
        return {
            **super().answers(crew),
            "has_guarantor": True,
            "guarantor_1_kind": "individual",
            **party_answers("guarantor_1", self.guarantor),
            "guarantor_1_address": self.guarantor.address,
            "guarantor_1_guarantee": "joint",
            "guarantor_1_period_months": "36",
            "guarantor_1_income": "18000.00",
            "guarantor_1_debt": "1000.00",
        }


@dataclass
class CompanyApplicant(Applicant):
    """A company that buys a van; its representative owns it."""

    name: str = "上海示例城配物流有限公司"
    credit_code: str = "91310115MA1K3ABC1G"

    def answers(self, crew):
        own = super().answers(crew)
        of_people = ("customer_name", "identity_no", "doc_resident_id_front", "doc_resident_id_back")
        years = {
            f"{figure}_{column}": amount
            for column in (1, 2)
            for figure, amount in (
                ("revenue", "9600000.00"),
                ("net_profit", "480000.00"),
                ("total_assets", "5200000.00"),
                ("total_liabilities", "2100000.00"),
            )
        }
        papers = ("business_licence", "articles", "board_resolution", "financial_statements")
        return {
            "customer_kind": "corporate",
            **{key: value for key, value in own.items() if key not in of_people},
            "vehicle_use": "commercial",
            "product_code": "BIZ_FLEET",
            "company_name": self.name,
            "credit_code": self.credit_code,
            "established_on": "2018-05-10",
            "company_consent_personal_information": True,
            "company_consent_bureau_query": True,
            **party_answers("representative", self.person),
            "owner_1_name": self.person.name,
            "owner_1_identity": self.person.identity_no,
            "owner_1_share": "100",
            "owner_1_basis": "share",
            "statement_year": "2025",
            **years,
            **{f"doc_{kind}": Paper(f"{kind}.pdf") for kind in papers},
        }


def signing_answers():
    """The signing on paper; who was the second of our staff is missing."""
    papers = ("doc_signed_contract", "doc_purchase_invoice", "doc_insurance_policy")
    return {
        "signed_on": TODAY,
        "signatures_seen": ["loan:borrower", "mortgage:borrower", "debit:borrower", "location:borrower"],
        "conditions_met": ["down_payment", "invoice", "insurance", "consent"],
        "identity_verified": True,
        **{key: Paper(f"{key}.pdf") for key in papers},
    }


class Road:
    """One application on its way; ``steps`` are the names of the steps in the language of the pages."""

    def __init__(self, staff, applicant, crew=SHANGHAI, *, language="zh", steps=None):
        self.staff, self.applicant, self.crew, self.language = staff, applicant, crew, language
        self.steps = steps or {}
        self.key = None
        self.investigated = False

    def act(self, role, step, **values):
        """Let the person of the branch do the step."""
        self.as_(self.crew.of(role))
        self.staff.do(self.key, self.steps.get(step, step), **values)

    def as_(self, username):
        self.staff.sign_in(username, language=self.language)
        return self.staff

    def open(self):
        """Open the application: it has a number and an empty entry form."""
        self.as_(self.crew.of("front_desk"))
        self.key = self.staff.new_application()
        return self

    def enter(self):
        if self.key is None:
            self.open()
        self.act("front_desk", ENTRY, **self.applicant.answers(self.crew))
        return self

    @property
    def investigator(self):
        return self.crew.of("investigator")

    def investigate(self):
        """All the steps of the investigation that a new car of this amount needs; a company is visited."""
        self.investigated = True
        self.check_papers().call()
        is_company = isinstance(self.applicant, CompanyApplicant)
        if is_company or float(self.applicant.amount) > 300000:
            self.visit()
        if is_company or float(self.applicant.amount) > 200000:
            self.talk()
        self.report()
        return self.countersign() if float(self.applicant.amount) > 300000 else self

    def _look_into(self, step, **values):
        self.as_(self.investigator)
        self.staff.do(self.key, self.steps.get(step, step), **values)
        return self

    def check_papers(self, **differing):
        found = {
            "desk_result": "complete",
            "proven_income": self.applicant.income,
            "bureau_debt": "0.00",
            "contract_price": self.applicant.price,
            "down_payment_payer": "applicant",
            "employer_match": "same",
            "address_match": "same",
            "phone_in_own_name": True,
        }
        return self._look_into(DESK, **{**found, **differing})

    def call(self):
        said = {"phone_parties": ["borrower"], "phone_finding": "家庭自用，月供由工资支付。"}
        return self._look_into(PHONE, phone_result="reached", **said, video_interview=True)

    def visit(self):
        seen = {"visit_places": ["home"], "visit_photo_count": "8", "visit_finding": "住址属实。"}
        return self._look_into(VISIT, **seen, doc_visit_photos=Paper("visit.pdf"))

    def talk(self):
        record = {"doc_interview_record": Paper("interview.pdf"), "identity_seen": True}
        return self._look_into(TALK, interview_mode="in_person", interview_finding="用途清楚。", **record)

    def report(self):
        words = {"report_income": "流水稳定，足以覆盖月供。", "report_purpose": "家庭自用，首付自有。"}
        terms = {"proposed_amount": self.applicant.amount, "proposed_term_months": self.applicant.term}
        return self._look_into(REPORT, **words, report_opinion="grant", **terms)

    def countersign(self):
        self.as_("investigator_2" if self.investigator == "investigator" else "investigator")
        agreed = {"countersign_decision": "agree", "countersign_comment": "已抽查，同意。"}
        self.staff.do(self.key, self.steps.get(COUNTERSIGN, COUNTERSIGN), **agreed)
        return self

    def review_l1(self):
        return (self if self.investigated else self.investigate()).approve_l1()

    def approve_l1(self):
        answers = {"l1_decision": "approve", "l1_comment": "收入稳定，同意。"}
        terms = {"l1_amount": self.applicant.amount, "l1_term_months": self.applicant.term}
        self.act("reviewer_l1", L1, **answers, **terms)
        return self

    def review_l2(self):
        self.as_("reviewer_l2")
        answers = {"l2_decision": "approve", "l2_comment": "同意初审意见。"}
        terms = {"l2_amount": self.applicant.amount, "l2_term_months": self.applicant.term}
        self.staff.do(self.key, self.steps.get(L2, L2), **answers, **terms)
        return self

    def vote(self, *ballots):
        """Let the members vote one after the other, the chair first; a settled round asks the others no more."""
        for username, ballot in zip(self.crew.committee, ballots, strict=False):
            self.as_(username)
            self.staff.do(
                self.key, self.steps.get(COMMITTEE, COMMITTEE), vote=ballot, comment="还款来源充足。"
            )
        return self

    def check_format(self):
        self.act("contract_officer", FORMAT, format_check="right")
        return self

    def disclose(self):
        sheet = {"disclosure_method": "paper", "reading_seconds": "95", "doc_cost_sheet": Paper("sheet.pdf")}
        self.act("contract_officer", DISCLOSURE, **sheet, disclosure_confirmed=True)
        return self

    def sign(self, **differing):
        answers = {**signing_answers(), "second_staff": self.crew.of("front_desk"), **differing}
        self.act("contract_officer", SIGNING, **answers)
        return self

    def seal(self):
        self.act("branch_manager", SEAL, sealed_on=TODAY, seal_register_no="YZ2609-01", seal_confirmed=True)
        return self

    def make_contracts(self):
        return self.check_format().disclose().sign().seal()

    @property
    def payee(self):
        name, _code, _bank, account = DEALERS[self.crew.branch]
        return {"payee_name": name, "payee_account": account, "purpose": "购车款"}

    def repair(self):
        self.act("finance_maker", REPAIR, **self.payee, maker_comment="经销商已解冻账户")
        return self

    def register(self, maker=None):
        self.as_(maker or self.crew.of("finance_maker"))
        self.staff.do(self.key, self.steps.get(MAKER, MAKER), **self.payee)
        return self

    def release(self, checker=None):
        self.as_(checker or self.crew.of("finance_checker"))
        self.staff.do(self.key, self.steps.get(CHECKER, CHECKER), checker_decision="approve")
        return self

    def approved(self):
        return self.enter().review_l1()

    def registered(self):
        return self.approved().make_contracts().register()

    def loan(self):
        """The loan page, read by the branch's maker, once the loan is active."""
        self.as_(self.crew.of("finance_maker"))
        return self.staff.await_active(self.key)


def yuan(text):
    """An amount as it reads on a page."""
    return Decimal(text.replace(",", "").replace("¥", "").strip())


def english_steps():
    """The steps' English names by their Chinese ones, as the processes bring them."""
    found = {}
    for folder in (ROOT / "processes").iterdir():
        diagrams = list(folder.glob("*.bpmn"))
        if diagrams:
            english = json.loads((folder / "en.json").read_text())
            for element in etree.parse(diagrams[0]).iter("{*}userTask"):
                found[element.get("name")] = english[element.get("id")]
    return found
