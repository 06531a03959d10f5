"""What a decision table decided, in the reader's words: the forms' own words for a code, else those of this list."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

from lending.appraisals import AppraisalMethod
from lending.collateral import MortgageOrder
from lending.document_requirements import Need
from lending.documents import DocumentKind
from lending.fraud import FraudHit
from lending.investigations import Mismatched, Severity
from lending.labels import Labelled
from lending.maths.convention import Method
from lending.prescreens import PrescreenReason
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
# Codes that the domain itself has words for.
_LABELLED: tuple[type[Labelled], ...] = (PrescreenReason, DocumentKind, Need)
# Codes of an output of this name alone.
_NAMED: dict[str, tuple[type[Labelled], ...]] = {
    "order": (MortgageOrder,),
    "item": (Mismatched,),
    "fraud_hit": (FraudHit,),
    "severity": (Severity,),
    "method": (AppraisalMethod, Method),
}
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


def words(outputs: object, choice: Choice) -> str:
    """What came out, without the names it is kept under; ``choice`` gives the forms' word for a field and its code.

    A code that nobody has a word for stays as it is.
    """
    found = [_word(name, value, choice) for name, value in _leaves("", outputs)]
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


def _word(name: str, value: object, choice: Choice) -> str:
    if value in (None, "none"):
        return ""
    if isinstance(value, bool):
        return yes_no(value)
    if isinstance(value, Decimal) and name in _SHARES:
        return share(value)
    code = str(value)
    for kind in (*_LABELLED, *_NAMED.get(name, ())):
        if kind.has(code):
            return kind(code).label(current())
    if name == "reason" and not code.isascii() and current() != "zh":
        return ""  # the words of the table's author, in the language of the table
    return choice(name, code) or (_(_WORDS[code]) if code in _WORDS else code)
