"""The conditions precedent of a pay-out: everything that must hold, in words, asked by maker and checker alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from company.messages import Language
from lending import applications, approvals, contracts, dealers, disclosure
from lending.applications import ApplicationStatus
from lending.contracts import ContractStatus
from lending.errors import LendingError
from lending.loans import Loan


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
    """What does not hold on the day ``on``, in the order in which it arises."""
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
    found.extend(
        Missing(f"condition:{condition.kind.value}", condition.label("zh"), condition.label("en"))
        for condition in approvals.open_conditions(approval)
    )
    return tuple(found)


def check(session: Session, loan: Loan, on: date) -> None:
    """Refuse a pay-out while anything is :func:`missing`."""
    found = missing(session, loan, on)
    if found:
        raise ConditionsMissing(missing=found)
