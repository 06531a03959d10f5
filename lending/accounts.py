"""The chart of accounts: numbers after 企业会计准则, rows that an accountant may extend."""

from __future__ import annotations

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base
from company.messages import Language
from lending.columns import worded
from lending.labels import Labelled


class AccountKind(Labelled):
    """What an account measures."""

    ASSET = "asset", "资产", "Asset"
    LIABILITY = "liability", "负债", "Liability"
    INCOME = "income", "收入", "Income"
    EXPENSE = "expense", "费用", "Expense"
    OFF_BALANCE = "off_balance", "表外", "Off balance"


class Account(Base):
    """An account of the chart."""

    __tablename__ = "account"

    code: Mapped[str] = mapped_column(String(12), primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(60))
    kind: Mapped[AccountKind] = mapped_column(worded(AccountKind))

    @property
    def on_balance(self) -> bool:
        """Whether its entries must balance."""
        return self.kind is not AccountKind.OFF_BALANCE

    def label(self, language: Language) -> str:
        """Its name for a person who reads ``language``."""
        return self.name if language == "zh" else self.name_en


BANK = "1002"
LOANS = "1303"

_CHART = (
    (BANK, "银行存款", "Cash at bank", AccountKind.ASSET),
    ("1132", "应收利息", "Interest receivable", AccountKind.ASSET),
    ("1221", "其他应收款", "Other receivables", AccountKind.ASSET),
    (LOANS, "贷款", "Loans", AccountKind.ASSET),
    ("1303.1", "贷款－正常", "Loans, normal", AccountKind.ASSET),
    ("1303.2", "贷款－逾期", "Loans, overdue", AccountKind.ASSET),
    ("1303.3", "贷款－非应计", "Loans, non-accrual", AccountKind.ASSET),
    ("1304", "贷款损失准备", "Loan-loss allowance", AccountKind.ASSET),
    ("1441", "抵债资产", "Repossessed assets", AccountKind.ASSET),
    ("2221.1", "应交增值税－销项税额", "Output VAT", AccountKind.LIABILITY),
    ("2221.9", "应交增值税－待转销项税额", "Output VAT pending", AccountKind.LIABILITY),
    ("2241", "其他应付款－暂收款", "Suspense", AccountKind.LIABILITY),
    ("2401", "递延收益－贴息", "Deferred subsidy", AccountKind.LIABILITY),
    ("6011", "利息收入", "Interest income", AccountKind.INCOME),
    ("6021", "手续费收入", "Fee income", AccountKind.INCOME),
    ("6051", "其他业务收入", "Other income", AccountKind.INCOME),
    ("6702", "信用减值损失", "Credit impairment", AccountKind.EXPENSE),
    ("9001", "表外应收未收利息", "Uncollected interest, off balance", AccountKind.OFF_BALANCE),
    ("9002", "已核销债权", "Written-off claims", AccountKind.OFF_BALANCE),
)


def seed(session: Session) -> None:
    """Write the accounts that are missing; those that exist stay as they are."""
    present = set(session.scalars(select(Account.code)))
    session.add_all(
        Account(code=code, name=name, name_en=name_en, kind=kind)
        for code, name, name_en, kind in _CHART
        if code not in present
    )
    session.flush()
