"""The data tape of a package, with every name and number masked, and the list of its loans for the credit bureau."""

from __future__ import annotations

from sqlalchemy.orm import Session

from company.masking import mask_name, mask_vin
from lending import callback_facts, collateral, customers, loan_changes, loans, vehicles
from lending.claim_records import ClaimPackage, TapeRow
from lending.claim_transfers import items
from lending.life.positions import LoanPosition
from lending.loans import Loan

HEAD = (
    "序号",
    "债务人（掩码）",
    "债务人类型",
    "截止日",
    "本金",
    "利息及其他",
    "债权合计",
    "逾期天数",
    "五级分类",
    "年利率",
    "起息日",
    "到期日",
    "车辆",
    "车架号（掩码）",
    "估值",
    "抵押",
    "担保人数",
)
BUREAU_HEAD = ("贷款编号", "业务状态", "转让日", "受让人", "受让人统一社会信用代码", "本金", "利息及其他")


def rows(session: Session, package: ClaimPackage) -> list[TapeRow]:
    """The lines of the tape in the order of the package's loans; amounts in yuan on the cut-off day."""
    found: list[TapeRow] = []
    for number, item in enumerate(items(session, package), 1):
        loan = loans.get(session, item.loan_no)
        customer = customers.get(session, loan.customer_id)
        found.append(
            [
                number,
                mask_name(customer.name),
                customer.kind.zh,
                package.cut_off,
                item.principal,
                item.other,
                item.claim,
                item.days_past_due,
                _category(session, loan),
                f"{loan.annual_rate:.4%}",
                loan.value_date,
                loan.maturity_date,
                *_security(session, loan),
            ]
        )
    return found


def _category(session: Session, loan: Loan) -> str:
    position = session.get(LoanPosition, loan.loan_no)
    return position.decided.zh if position and position.decided else "—"


def _security(session: Session, loan: Loan) -> TapeRow:
    vehicle = vehicles.get(session, loan.vehicle_id)
    value, _on = callback_facts.valuation_of(session, loan)
    mortgage = collateral.find(session, loan.application_no)
    return [
        vehicle.model_name,
        mask_vin(vehicle.vin),
        value,
        mortgage.status.zh if mortgage else "—",
        len(loan_changes.bound(session, loan)),
    ]


def bureau_rows(session: Session, package: ClaimPackage) -> list[TapeRow]:
    """What the credit bureau is told of each loan of a settled package, in the columns of :data:`BUREAU_HEAD`."""
    to = package.buyer_name, package.buyer_code
    return [
        [each.loan_no, "转出", package.settled_on, *to, each.principal, each.other]
        for each in items(session, package)
    ]
