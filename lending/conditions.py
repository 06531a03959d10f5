"""The conditions precedent of a pay-out: everything that must hold, in words, asked by maker and checker alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from company.messages import Language
from lending import (
    applications,
    appraisals,
    approvals,
    collateral,
    consents,
    contracts,
    dealers,
    disclosure,
    drawings,
    funding_limits,
    insurance,
    limits,
    release_exceptions,
    vehicles,
)
from lending.applications import ApplicationStatus
from lending.collateral import MortgageOrder
from lending.contracts import ContractStatus
from lending.errors import LendingError
from lending.loans import Loan
from lending.vehicles import VehicleUse


@dataclass(frozen=True)
class Missing:
    """One condition that does not hold yet; ``code`` is stable, for the decision and the form."""

    code: str
    zh: str
    en: str

    def label(self, language: Language) -> str:
        """What is missing, in the reader's language."""
        return self.zh if language == "zh" else self.en


class ConditionsMissing(LendingError):
    """Money is not paid while a condition is open."""

    code = "conditions_missing"
    zh = "放款条件未满足：{missing}。请补齐或经审批豁免后再办理。"
    en = "Conditions of the pay-out are open: {missing}. Meet them or have them waived first."


def missing(session: Session, loan: Loan, on: date) -> tuple[Missing, ...]:
    """What does not hold on the day ``on`` and no approved exception covers, in the order in which it arises."""
    excepted = release_exceptions.covered(session, loan.application_no)
    return tuple(one for one in _open(session, loan, on) if one.code not in excepted)


def _open(session: Session, loan: Loan, on: date) -> list[Missing]:
    application = applications.get(session, loan.application_no)
    contract = contracts.get(session, loan.loan_no)
    approval = approvals.get(session, loan.application_no)
    sheet = disclosure.of_contract(session, loan.loan_no)
    found = []
    if application.status is not ApplicationStatus.SIGNED or contract.status is not ContractStatus.SIGNED:
        found.append(Missing("contract_not_signed", "合同尚未签署", "the contract is not signed"))
    if sheet.confirmed_at is None:
        found.append(
            Missing("disclosure_not_confirmed", "融资成本明示表尚未确认", "the cost sheet is not confirmed")
        )
    if on > approval.valid_until:
        found.append(
            Missing(
                "approval_expired",
                f"批复已于 {approval.valid_until} 到期",
                f"the approval was valid until {approval.valid_until}",
            )
        )
    if not dealers.get(session, loan.dealer_id).active:
        found.append(Missing("dealer_not_active", "经销商已停止合作", "the dealer is off the list"))
    if consents.taken_back(session, loan.application_no):
        found.append(
            Missing(
                "condition:consent_withdrawn",
                "当事人已撤回必要的授权，须重新取得授权",
                "a party has withdrawn a consent that the loan needs; ask for it anew",
            )
        )
    if not drawings.is_covered(session, application, loan.principal, on):
        found.append(
            Missing(
                "condition:credit_line",
                "授信额度已到期、终止或余额不足，不能支用",
                "the credit line has ended or has too little left",
            )
        )
    if not funding_limits.is_covered(session, loan, on):
        found.append(
            Missing(
                "condition:funding_limit",
                "资金方已停止出资或额度不足，须调整资金方额度后放款",
                "the funding party has stopped or has too little of its limit left; have the limit changed first",
            )
        )
    found.extend(_security(session, loan, on))
    found.extend(
        Missing(f"condition:{condition.kind.value}", condition.label("zh"), condition.label("en"))
        for condition in approvals.open_conditions(approval)
    )
    return found


def _security(session: Session, loan: Loan, on: date) -> list[Missing]:
    """What is wrong with the car as a security: its appraisal, its insurance, its mortgage where that goes first."""
    found = []
    appraisal = appraisals.standing(session, loan.application_no)
    if appraisal is not None and appraisal.valid_until is not None and on > appraisal.valid_until:
        found.append(
            Missing(
                "appraisal_expired",
                f"车辆评估已于 {appraisal.valid_until} 到期，须重新评估后放款",
                f"the appraisal was valid until {appraisal.valid_until}; appraise the car again",
            )
        )
    if _above_law(session, loan):
        found.append(
            Missing(
                "loan_above_value",
                "贷款金额超过按最新评估价计算的法定上限，须调减金额重新审批",
                "the loan is above the legal part of the newest appraisal; have a lower amount approved",
            )
        )
    policy = insurance.lapsed(session, loan.application_no, on)
    if policy is not None:
        found.append(
            Missing(
                "insurance_lapsed",
                f"保险单 {policy.policy_no} 的保险期至 {policy.valid_until}，须续保",
                f"the policy {policy.policy_no} covers until {policy.valid_until}; have it renewed",
            )
        )
    record = collateral.find(session, loan.application_no)
    waits = record is not None and record.mortgage_order is MortgageOrder.MORTGAGE_FIRST
    if record is not None and waits and record.registered_on is None:
        found.append(Missing("mortgage_not_registered", "抵押登记尚未办妥", "the mortgage is not registered"))
    return found


def _above_law(session: Session, loan: Loan) -> bool:
    """Whether the newest appraisal leaves too little; by the law of the day of the approval, whose terms hold."""
    application = applications.get(session, loan.application_no)
    vehicle = vehicles.get(session, loan.vehicle_id)
    limit = limits.legal_loan_to_value(
        session,
        kind=vehicle.kind,
        use=application.vehicle_use or VehicleUse.SELF,
        energy=vehicle.energy,
        on=approvals.get(session, loan.application_no).approved_on,
    )
    return application.price_base is not None and loan.principal > application.price_base * limit


def check(session: Session, loan: Loan, on: date) -> None:
    """Refuse a pay-out while anything is :func:`missing`."""
    found = missing(session, loan, on)
    if found:
        raise ConditionsMissing(missing=found)
