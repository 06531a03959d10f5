"""What a decision table decided, in the reader's words: the forms' own words for a code, else those of this list."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

from lending.appraisals import AppraisalMethod
from lending.callback_kinds import CallbackMethod, CallbackOutcome, WarningLevel
from lending.collateral import MortgageOrder
from lending.collections.kinds import Action
from lending.document_requirements import Need
from lending.documents import DocumentKind
from lending.fraud import FraudHit
from lending.investigations import Mismatched, Severity
from lending.labels import Labelled
from lending.life.positions import Category
from lending.loan_changes import RefusedFor
from lending.maths.convention import Method
from lending.overrides import HardRule, SoftRule
from lending.prescreens import PrescreenReason
from lending.transfer_records import TransferRefusal
from web.display import share, yes_no
from web.language import current
from web.language import translate as _

Choice = Callable[[str, str], str | None]

_WORDS = {
    "accept": "准入",
    "supplement": "补充资料",
    "reject": "拒绝",
    "policy": "不符合产品政策",
    "income": "收入不足以还款",
    "documents": "资料不齐",
    "complete": "条件齐备",
    "unsigned": "合同未签署",
    "undisclosed": "成本明示表未确认",
    "approval_expired": "批复已到期",
    "dealer_inactive": "经销商未启用",
    "conditions_open": "放款条件未落实",
    "match": "一致",
    "not_on_list": "不在名录内",
    "name_differs": "户名不一致",
    "account_differs": "账号不一致",
    "above_value": "超过车辆评估价值",
    "appraisal_expired": "评估已过有效期",
    "insurance_lapsed": "保险已失效",
    "mortgage_missing": "抵押未登记",
    "stop": "禁止受理",
    "refer": "转人工关注",
    "simplify": "可简化调查",
    "simplified": "简化调查",
    "standard": "标准调查",
    "full": "全面调查",
    "within": "在允许偏差之内",
    "second": "须第二人评估",
    "l1": "初审",
    "l2": "复审",
    "committee": "贷审会",
    "interview": "面谈记录",
    "mismatches": "不一致项的说明",
    "purpose": "购车用途",
    "REJECT": "拒绝",
    "BLOCK": "阻断",
    "REFER": "转人工关注",
}
# Codes that say what is done next or by whom, not that something is wrong.
_NEUTRAL = {
    "eligible": "符合条件",
    "breach_review": "违约核查",
    "restructuring": "还款计划调整",
    "collector": "催收员",
    "senior": "资深催收员",
    "complaints_officer": "投诉专员",
    "system": "系统",
    "agency": "委外机构",
    "legal": "法务",
    "desk": "贷后处理",
    "message": "短信提醒",
    "owner": "客户经理联系",
    "reviewer_l2": "复审",
    "risk_committee": "贷审会",
    "guarantor_1": "保证人一",
    "guarantor_2": "保证人二",
    "representative": "法定代表人",
    "spouse": "配偶",
}
# Codes that the domain itself has words for.
_LABELLED: tuple[type[Labelled], ...] = (PrescreenReason, DocumentKind, Need)
# Codes of an output of this name alone.
_NAMED: dict[str, tuple[type[Labelled], ...]] = {
    "order": (MortgageOrder,),
    "item": (Mismatched,),
    "fraud_hit": (FraudHit,),
    "severity": (Severity,),
    "method": (AppraisalMethod, Method),
    "outcome": (CallbackOutcome,),
    "warning": (WarningLevel,),
    "visit_method": (CallbackMethod,),
    "action": (Action,),
    "category": (Category,),
    "exception": (SoftRule,),
    "stop": (HardRule,),
}
# Codes of an output of a decision: two tables may mean different things by one word.
_OF_DECISION: dict[tuple[str, str], type[Labelled]] = {
    ("transfer_eligibility", "result"): TransferRefusal,
    ("extension_limits", "result"): RefusedFor,
    ("hardship_eligibility", "result"): RefusedFor,
}
# What numbers and flags are worth telling only with what they are of; without a heading they tell nothing in one line.
_HEADED = {
    "factor": "间隔乘以 {value}",
    "fixed_months": "{value} 个月后再访",
    "fixed_days": "{value} 天后再访",
    "due_days": "{value} 个工作日内办理",
    "months": "间隔 {value} 个月",
    "steps": "调整 {value} 级",
    "points": "{value} 分",
    "term_months_max": "最长 {value} 期",
    "fee_rate": "费率 {value}",
}
_FLAGS = {
    "pair": "两人调查",
    "visit": "原则上门",
    "visit_needed": "上门",
    "with_letter": "先寄催收函",
    "third_party_wanted": "先查第三方",
}
# What steers the process and tells a reader nothing.
_SILENT = frozenset({"script", "repeat_days", "person_acts"})
_GOOD = frozenset(
    {
        "accept",
        "complete",
        "match",
        "none",
        "within",
        "simplify",
        "simplified",
        "standard",
        "full",
        "l1",
        "l2",
        "committee",
    }
)
_SHARES = frozenset({"ltv_limit"})


def words(outputs: object, choice: Choice, decision_id: str = "") -> str:
    """What came out, without the names it is kept under; ``choice`` gives the forms' word for a field and its code.

    A code that nobody has a word for stays as it is. ``decision_id`` tells words apart that tables use differently.
    """
    found = [_word(name, value, choice, decision_id) for name, value in _leaves("", outputs)]
    return " · ".join(text for text in found if text) or _("无")


def tone(outputs: object) -> str:
    """How an outcome reads: ``late`` when it refuses, ``soon`` when something stands in the way, else ``calm``."""
    codes = {value for name, value in _leaves("", outputs) if isinstance(value, str)}
    if codes & {"reject", "REJECT", "BLOCK"}:
        return "late"
    hindered = any(code in _WORDS and code not in _GOOD for code in codes)
    return (
        "soon" if hindered or any(name == "exceptions" for name, _value in _leaves("", outputs)) else "calm"
    )


def _leaves(name: str, outputs: object) -> Iterator[tuple[str, object]]:
    """Every single value with the nearest name above it."""
    if isinstance(outputs, Mapping):
        for key, value in outputs.items():
            yield from _leaves(key, value)
    elif isinstance(outputs, list):
        for value in outputs:
            yield from _leaves(name, value)
    else:
        yield name, outputs


def _word(name: str, value: object, choice: Choice, decision_id: str) -> str:
    if value in (None, "none") or name in _SILENT:
        return ""
    if isinstance(value, bool):
        return (_(_FLAGS[name]) if value else "") if name in _FLAGS else yes_no(value)
    if isinstance(value, Decimal) and name in _SHARES:
        return share(value)
    if name in _HEADED:
        return _(
            _HEADED[name], value=share(value) if name == "fee_rate" and isinstance(value, Decimal) else value
        )
    code = str(value)
    own = _OF_DECISION.get((decision_id, name))
    for kind in (*([own] if own else []), *_LABELLED, *_NAMED.get(name, ())):
        if kind.has(code):
            return kind(code).label(current())
    if name == "reason" and not code.isascii() and current() != "zh":
        return ""  # the words of the table's author, in the language of the table
    own_word = _WORDS.get(code) or _NEUTRAL.get(code)
    return choice(name, code) or (_(own_word) if own_word else code)
