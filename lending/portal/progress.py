"""How far an application has come, in words for who applied: no rule, no score, nobody else's data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from lending.applications import Application, ApplicationStatus
from lending.customers import records_of
from lending.labels import Labelled
from lending.loans import Loan, LoanStatus


class Stage(Labelled):
    """The four stages that a customer is told of, in their order."""

    PAPERS = "papers", "提交资料", "Papers"
    REVIEW = "review", "审核", "Review"
    SIGNING = "signing", "签约", "Signing"
    PAID_OUT = "paid_out", "放款", "Pay-out"


class Told(Labelled):
    """What is told of an application."""

    COLLECTING = (
        "collecting",
        "正在整理申请资料，请按客户经理的提示补齐。",
        "Your papers are being put together.",
    )
    REVIEWED = (
        "reviewed",
        "申请已受理，正在审核。如需补充资料，我们会联系您。",
        "Your application is being reviewed; we call you if anything is missing.",
    )
    APPROVED = "approved", "审核已通过，请与客户经理预约签约。", "Approved: make an appointment to sign."
    CONDITIONS = (
        "conditions",
        "审核已通过，放款前还须完成客户经理告知的条件。",
        "Approved, on the conditions that your customer manager tells you.",
    )
    SIGNED = "signed", "合同已签，正在办理放款。", "Signed: the pay-out is being prepared."
    PAID_OUT = "paid_out", "已放款，还款计划见“我的贷款”。", "Paid out; the schedule stands under your loans."
    DECLINED = (
        "declined",
        "本次申请未获通过。您可以在“我的信息”要求解释说明，由人工答复。",
        "This application was not accepted. You may ask for an explanation under “My data”; a person answers it.",
    )
    WITHDRAWN = "withdrawn", "您已撤回本次申请。", "You have withdrawn this application."
    CLOSED = (
        "closed",
        "本次申请已过有效期，如仍需贷款请重新申请。",
        "This application is no longer valid; apply again if you still need the loan.",
    )


_S = ApplicationStatus
_TOLD: dict[ApplicationStatus, tuple[Stage, Told]] = {
    _S.DRAFT: (Stage.PAPERS, Told.COLLECTING),
    _S.SUBMITTED: (Stage.REVIEW, Told.REVIEWED),
    _S.APPROVED: (Stage.SIGNING, Told.APPROVED),
    _S.CONDITIONALLY_APPROVED: (Stage.SIGNING, Told.CONDITIONS),
    _S.SIGNED: (Stage.PAID_OUT, Told.SIGNED),
    _S.REJECTED: (Stage.REVIEW, Told.DECLINED),
    _S.WITHDRAWN: (Stage.REVIEW, Told.WITHDRAWN),
    _S.CLOSED_TIMEOUT: (Stage.REVIEW, Told.CLOSED),
    _S.LAPSED: (Stage.SIGNING, Told.CLOSED),
}
_OVER = frozenset({Told.DECLINED, Told.WITHDRAWN, Told.CLOSED})
_PAID = (LoanStatus.ACTIVE, LoanStatus.SETTLED, LoanStatus.WRITTEN_OFF, LoanStatus.TRANSFERRED)


@dataclass(frozen=True)
class Progress:
    """An application as its applicant is told of it. ``is_over``: it ended without a loan; ``loan_no``: once paid."""

    application: Application
    stage: Stage
    told: Told
    submitted_on: date | None
    loan_no: str | None

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes of it."""
        return self.told in _OVER

    @property
    def stages(self) -> list[tuple[Stage, str]]:
        """Each stage with ``done``, ``now``, ``ended`` or ``ahead``."""
        order = list(Stage)
        at = order.index(self.stage)
        here = "ended" if self.is_over else "done" if self.told is Told.PAID_OUT else "now"
        return [
            (stage, "done" if number < at else here if number == at else "ahead")
            for number, stage in enumerate(order)
        ]


def of(session: Session, customer_id: int) -> list[Progress]:
    """The applications of a customer, the latest first; not those that others made and in which he has a part."""
    rows = session.execute(
        select(Application, Loan.loan_no, Loan.status)
        .outerjoin(Loan, Loan.application_no == Application.application_no)
        .where(Application.customer_id.in_(records_of(customer_id)))
        .order_by(Application.id.desc())
    )
    found = []
    for application, loan_no, status in rows:
        stage, told = _TOLD[application.status]
        if status in _PAID:
            stage, told = Stage.PAID_OUT, Told.PAID_OUT
        paid_no = loan_no if status in _PAID else None
        found.append(Progress(application, stage, told, application.submitted_on, paid_no))
    return found
