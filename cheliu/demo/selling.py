"""What changes hands in the living demo: cars with their debt, claims in packages, money whose loan is found later."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from cheliu.demo.borrowers import Borrower, Fate, Habit, yuan
from cheliu.demo.duties import Answers, Duty, Work, said
from cheliu.demo.said import DESK_FOUND, INTERVIEW_HELD, PHONE_SAID, REPORT_WRITTEN, VISIT_SEEN
from cheliu.demo.synthetic import Person, Synthesizer
from lending import claim_transfers, loans
from lending.bank.receipts import BankReceipt
from lending.claim_records import ClaimItem
from lending.collections.cases import CollectionCase
from lending.loan_changes import open_of
from lending.loans import Loan, LoanStatus
from lending.transfer_records import DebtTransfer
from lending.vehicles import Vehicle

SOLD_FROM_DAY = 91
BULK = claim_transfers.BULK_FROM
_PRICE_SHARE = Decimal("0.62")
_BUYERS_FROM = 500  # behind the serial numbers of the applicants


def to_be_sold(session: Session, borrowers: Mapping[str, Borrower]) -> list[str]:
    """The loans that legal would sell: long overdue, of those borrowers, in no package and not being changed."""
    asked = (
        select(Loan)
        .join(CollectionCase, CollectionCase.open_for == Loan.loan_no)
        .where(
            Loan.status == LoanStatus.ACTIVE,
            CollectionCase.days_past_due >= SOLD_FROM_DAY,
            Loan.loan_no.not_in(select(ClaimItem.open_for).where(ClaimItem.open_for.is_not(None))),
        )
        .order_by(Loan.loan_no)
    )
    return [
        loan.loan_no
        for loan in session.scalars(asked)
        if is_fated(borrowers[loan.application_no], Fate.SOLD) and open_of(session, loan.loan_no) is None
    ]


def is_fated(borrower: Borrower, fate: Fate) -> bool:
    """Whether a borrower stops paying, and this becomes of his loan."""
    return borrower.habit is Habit.STOPS and borrower.fate is fate


def _packed(work: Work) -> Answers | None:
    with work.player.house.database.read() as session:
        chosen = to_be_sold(session, work.borrowers)
    if not chosen:
        return None
    return {
        "package_loans": "\n".join(chosen),
        "pilot_confirmed": len(chosen) >= BULK,
        "buyer_name": "上海示例资产管理有限公司",
        "buyer_code": "91310000MA1FL0000N",
        "buyer_account": "上海示例资产管理有限公司 示例银行浦东支行 31050110462300009999",
    }


def _priced(work: Work) -> Answers:
    with work.player.house.database.read() as session:
        package = claim_transfers.get(session, work.key)
        claims = sum((each.claim for each in claim_transfers.items(session, package)), Decimal(0))
    price = (claims * _PRICE_SHARE).quantize(Decimal(1))
    return {"package_price": yuan(price), "price_basis": "按车辆估值与回收周期折现"}


def _paid(work: Work) -> Answers:
    with work.player.house.database.read() as session:
        price = claim_transfers.get(session, work.key).price or Decimal(0)
    return {"received_amount": yuan(price), "bank_reference": f"ZR{work.today:%Y%m%d}-{work.key[-6:]}"}


def _proven(work: Work) -> Answers:
    with work.player.house.database.read() as session:
        notices = claim_transfers.notices(session, claim_transfers.get(session, work.key))
        numbers = [each.notice_no for each in notices]
    proofs = "\n".join(f"{number} EX{work.today:%Y%m%d}{place:03d}CN" for place, number in enumerate(numbers))
    return {
        "notice_way": "registered_mail",
        "reached_on": work.today.isoformat(),
        "notice_proofs": proofs,
    }


def _signed(work: Work) -> Answers:
    return {"sign_state": "signed", "contract_signed_on": work.today.isoformat()}


def _buyer(borrower: Borrower) -> Person:
    """Who takes the car and the debt over."""
    return Synthesizer(borrower.seed + borrower.number, first=_BUYERS_FROM + borrower.number).person()


def _newcomer(work: Work) -> Answers:
    borrower, person = work.borrower, _buyer(work.borrower)
    instalment = borrower.asked.amount / borrower.asked.term_months
    return {
        "customer_name": person.name,
        "identity_no": person.identity_no,
        "mobile": person.mobile,
        "address": person.address,
        "identity_valid_until": date(work.today.year + 8, 6, 30).isoformat(),
        "residence_years": 6,
        "employer_months": 50,
        "marital": "single",
        "housing": "mortgaged",
        "occupation": "company",
        "monthly_income": yuan(max(person.monthly_income, instalment * 4).quantize(Decimal(1))),
        "monthly_debt": "0.00",
        "related_party": False,
        "transfer_reason": "sold",
        "vehicle_status": "normal",
        "vehicle_use": "self",
        "vehicle_price": yuan(borrower.asked.price * Decimal("0.85")),
        "published_price": yuan(borrower.asked.price * Decimal("0.85")),
    }


_NEWCOMERS_PAPERS = {
    "doc_credit_authorisation": "征信查询授权书",
    "doc_privacy_consent": "个人信息处理同意书",
    "doc_resident_id_front": "居民身份证（正面）",
    "doc_resident_id_back": "居民身份证（背面）",
    "doc_bank_statement": "银行流水",
}


def _terms(work: Work) -> tuple[Decimal, int]:
    """What is left of the debt and of its months."""
    with work.player.house.database.read() as session:
        asked = select(DebtTransfer).where(DebtTransfer.application_no == work.key)
        transfer = session.scalars(asked).one()
        loan = loans.get(session, transfer.loan_no)
        return transfer.principal, loan.term_months - transfer.instalments_paid


def _desk(work: Work) -> Answers:
    income = _newcomer(work)["monthly_income"]
    price = yuan(work.borrower.asked.price * Decimal("0.85"))
    return dict(DESK_FOUND) | {"proven_income": income, "contract_price": price}


def _report(work: Work) -> Answers:
    principal, months = _terms(work)
    return dict(REPORT_WRITTEN) | {"proposed_amount": yuan(principal), "proposed_term_months": months}


def _approved(level: str) -> Duty:
    def answers(work: Work) -> Answers:
        principal, months = _terms(work)
        return {
            f"{level}_decision": "approve",
            f"{level}_comment": "收入稳定，同意承接",
            f"{level}_amount": yuan(principal),
            f"{level}_term_months": months,
        }

    return Duty(f"reviewer_{level}", answers)


def _passed_on(work: Work) -> Answers:
    day = work.today.isoformat()
    return {
        "vehicle_outcome": "transferred",
        "delivered_on": day,
        "vehicle_transferred_on": day,
        "plate_after": f"沪A{work.borrower.number % 100_000:05d}",
        "new_certificate_no": f"3100{work.today:%Y%m%d}{work.borrower.number % 100:02d}",
    }


def _claimed(work: Work) -> Answers:
    """The payer calls and shows the slip; the loan is that of the car he names. Of some nobody hears."""
    with work.player.house.database.read() as session:
        receipt = session.scalars(select(BankReceipt).where(BankReceipt.receipt_no == work.key)).one()
        digits = receipt.purpose.rsplit(" ", 1)[-1]
        asked = select(Loan.loan_no).join(Vehicle, Vehicle.id == Loan.vehicle_id)
        found = session.scalars(asked.where(Vehicle.vin.endswith(digits))).all()
    if len(found) != 1 or work.lots.random() < 0.25:
        return {"claim_choice": "leave"}
    return {"claim_choice": "claim", "claim_loan_no": found[0], "claim_reason": "客户来电，并提供银行回单"}


_INVESTIGATION = "preloan_investigation"
DUTIES: Mapping[tuple[str, str], Duty] = {
    ("claim_assignment", "Task_DefinePackage"): Duty("legal", _packed),
    ("claim_assignment", "Task_PricePackage"): Duty("asset_disposal", _priced),
    ("claim_assignment", "Task_ApproveSale"): Duty(
        "risk_committee", said(approval_decision="approve", approval_comment="同意转让")
    ),
    ("claim_assignment", "Task_SignContract"): Duty(
        "legal", _signed, {"doc_assignment_contract": "债权转让合同（签字）"}
    ),
    ("claim_assignment", "Task_ConfirmPrice"): Duty("finance_accountant", _paid),
    ("claim_assignment", "Task_ProveNotices"): Duty("legal", _proven),
    ("claim_assignment", "Task_ReportBureau"): Duty(
        "legal", lambda work: {"bureau_reported": True, "bureau_batch": f"ZX-{work.today:%Y-%m}"}
    ),
    ("debt_transfer", "Task_EnterTransfer"): Duty("postloan_manager", _newcomer, _NEWCOMERS_PAPERS),
    ("debt_transfer", "Task_CollectConsents"): Duty("contract_officer", said(consents_state="complete")),
    ("debt_transfer", "Task_SignAgreement"): Duty(
        "contract_officer", said(sign_state="signed"), {"doc_signed_transfer": "债务转移协议（签字）"}
    ),
    ("debt_transfer", "Task_TransferVehicle"): Duty(
        "contract_officer", _passed_on, {"doc_mortgage_papers": "转移登记材料"}
    ),
    (_INVESTIGATION, "Task_DeskCheck"): Duty("investigator", _desk),
    (_INVESTIGATION, "Task_VerifyByPhone"): Duty("investigator", said(**PHONE_SAID)),
    (_INVESTIGATION, "Task_VisitOnSite"): Duty(
        "investigator", said(**VISIT_SEEN), {"doc_visit_photos": "上门照片"}
    ),
    (_INVESTIGATION, "Task_Interview"): Duty(
        "investigator", said(**INTERVIEW_HELD), {"doc_interview_record": "面谈记录"}
    ),
    (_INVESTIGATION, "Task_WriteReport"): Duty("investigator", _report),
    (_INVESTIGATION, "Task_Countersign"): Duty(
        "investigator", said(countersign_decision="agree", countersign_comment="已抽查，同意。")
    ),
    ("loan_review", "Task_ReviewL1"): _approved("l1"),
    ("loan_review", "Task_ReviewL2"): _approved("l2"),
    ("repayment", "Task_ClaimReceipt"): Duty("finance_maker", _claimed),
}
