"""The sentences of notices on loans after the pay-out."""

from __future__ import annotations

from company.notices import Notice
from web.display import yuan
from web.language import translate as _

ON_A_LOAN = ("message_sent", "refinance_suspected", "loan_overdue", "loan_cured", "fund_misused")
"""The templates that lead to a loan."""


def after_pay_out(notice: Notice) -> str:
    """What happened; of a template that no sentence is written for, its name."""
    facts = notice.facts
    match notice.template:
        case "message_sent":
            return str(facts["text"])
        case "refinance_suspected":
            return _("客户拟转贷提前结清贷款 {loan}，请尽快联系挽留。", loan=facts["loan_no"])
        case "loan_overdue":
            return _("贷款 {loan} 已逾期 {n} 天，请跟进。", loan=facts["loan_no"], n=facts["days"])
        case "loan_cured":
            return _("贷款 {loan} 的逾期款项已还清。", loan=facts["loan_no"])
        case "fund_misused":
            words = "贷款 {loan} 的资金用途与约定不符：{note}"
            return _(words, loan=facts["loan_no"], note=facts["note"])
        case "debits_done":
            words = "{day} 日终的扣款文件：成功 {n} 笔（{amount}），失败 {failed} 笔。"
            amount = yuan(facts["amount"]) if facts["amount"] else "0.00"
            return _(words, day=facts["day"], n=facts["collected"], amount=amount, failed=facts["failed"])
    return notice.template
