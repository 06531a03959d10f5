"""The sentences of notices on loans after the pay-out."""

from __future__ import annotations

from company.notices import Notice
from lending.breaches import BreachDecision
from lending.callback_kinds import CallbackOutcome, WarningLevel
from lending.life.kinds import EventKind
from lending.loan_changes import ChangeKind, RefusedFor
from lending.transfer_records import TransferRefusal
from web.display import yuan
from web.language import current
from web.language import translate as _

ON_A_LOAN = (
    "message_sent",
    "refinance_suspected",
    "loan_overdue",
    "loan_cured",
    "fund_misused",
    "loan_paid",
    "bank_contradicts",
    "breach_pursued",
    "loan_changed",
    "debt_transferred",
)
"""The templates that lead to a loan."""

ON_A_COLLECTION = (
    "collection_assigned",
    "collection_unassigned",
    "collection_unhandled",
    "collection_held",
    "promise_broken",
)
"""The templates that lead to a collection case."""


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
            told = _(words, day=facts["day"], n=facts["collected"], amount=amount, failed=facts["failed"])
            left = facts.get("unposted", 0)
            return told + (_("另有 {n} 笔已扣款未能入账，请处理。", n=left) if left else "")
    return _of_callbacks_and_changes(notice)


def _of_callbacks_and_changes(notice: Notice) -> str:
    facts = notice.facts
    match notice.template:
        case "callback_warning":
            words = "回访 {number} 发现“{outcome}”（{level}预警）：贷款 {key}。"
            outcome, level = CallbackOutcome(facts["outcome"]), WarningLevel(facts["warning"])
            said = {"outcome": outcome.label(current()), "level": level.label(current())}
            return _(words, number=facts["callback_no"], key=facts["loan_no"], **said)
        case "callback_promise":
            words = "客户在回访 {number} 中承诺三十天内还款，请核实：贷款 {key}。"
            return _(words, number=facts["callback_no"], key=facts["loan_no"])
        case "loan_changed":
            kind = ChangeKind(facts["kind"]).label(current())
            if facts["refused_for"] is None:
                return _("贷款 {key} 的{kind}已办理。", key=facts["loan_no"], kind=kind)
            why = RefusedFor(facts["refused_for"]).label(current())
            words = "贷款 {key} 的{kind}未能办理：{why}（最多可延长 {n} 个月），请告知客户。"
            return _(words, key=facts["loan_no"], kind=kind, why=why, n=facts["months_max"])
        case "debt_transferred":
            if facts["refused_for"] is None:
                return _("贷款 {key} 的债务人已变更。", key=facts["loan_no"])
            why = TransferRefusal(facts["refused_for"]).label(current())
            return _("贷款 {key} 的债务转移未能办理：{why}，请告知客户。", key=facts["loan_no"], why=why)
        case "booking_decided":
            said = {"key": facts["business_key"], "kind": EventKind(facts["kind"]).label(current())}
            said |= {"loan": facts["loan_no"], "by": facts["by"], "reason": facts["reason"]}
            if facts["decision"] == "refuse":
                return _("{by}不同意您送审的{kind}（{key}，贷款 {loan}）：{reason}", **said)
            return _("{by}退回您送审的{kind}（{key}，贷款 {loan}）：{reason}", **said)
        case "breach_pursued":
            decision = BreachDecision(facts["decision"]).label(current())
            return _("贷款 {key} 违约核查结论：{decision}。", key=facts["loan_no"], decision=decision)
    return _of_collections(notice)


def _of_collections(notice: Notice) -> str:
    said = {"number": notice.facts.get("case_no"), "loan": notice.facts.get("loan_no")}
    match notice.template:
        case "collection_assigned":
            return _("催收案件 {number} 已分派给您（贷款 {loan}），请按期联系。", **said)
        case "collection_unassigned":
            return _("催收案件 {number} 没有可分派的催收员（贷款 {loan}），请安排。", **said)
        case "collection_unhandled":
            return _("催收案件 {number} 逾时未办，已升级（贷款 {loan}），请督办。", **said)
        case "collection_held":
            return _("催收案件 {number} 因联系中了解的情况暂停（贷款 {loan}），请核实。", **said)
        case "promise_broken":
            return _("催收案件 {number} 的还款承诺未兑现（贷款 {loan}）。", **said)
    return notice.template
