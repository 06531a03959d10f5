"""What the values of a proposed change are called and how they read."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from lending import document_rules
from lending.bank.unposted import DebitEnding
from lending.ceilings import Segment
from lending.dealers import DealerGrade
from lending.funding import FundingKind
from lending.labels import Labelled
from lending.life.positions import Category
from lending.maths.convention import Method
from lending.products import FeeKind
from lending.rate_plans import GRADES
from web.display import day, percent, yes_no, yuan
from web.language import current
from web.language import translate as _
from web.wiring import wired

_WORDED: dict[str, type[Labelled]] = {
    "grade": DealerGrade,
    "category": Category,
    "funding_kind": FundingKind,
    "debit_ending": DebitEnding,
}
LABELS = {
    "name": "名称",
    "name_en": "英文名称",
    "bank_name": "开户行",
    "payee_name": "收款户名",
    "account_sealed": "收款账号",
    "grade": "等级",
    "unsecured_limit": "先放款后抵押限额",
    "undertaking_until": "承诺有效期至",
    "active": "在用",
    "amount_min": "最低金额",
    "amount_max": "最高金额",
    "term_months_min": "最短期限（月）",
    "term_months_max": "最长期限（月）",
    "grace_days": "宽限天数",
    "rate_min": "最低年利率",
    "rate_max": "最高年利率",
    "rate_usual": "常用年利率",
    "penalty_multiplier": "罚息倍数",
    "prepayment_fee_rate": "提前还款费率",
    "methods": "还款方式",
    "brand": "品牌",
    "series": "车系",
    "model": "型号",
    "model_year": "年款",
    "region": "地区代码前缀",
    "price": "价格",
    "funding_kind": "类别",
    "credit_limit": "出资额度",
    "product_codes": "出资产品",
    "category": "五级分类",
    "row": "清单的行",
    "kind": "资料",
    "need": "要求",
    "customer_kind": "客户",
    "product_code": "产品",
    "vehicle_kind": "车辆",
    "kept_until": "保存期限届满日",
    "source": "依据",
    "debit_ending": "处理方式",
}
_OF_DOCUMENTS = {"kind", "need", "customer_kind", "vehicle_kind"}
_AMOUNTS = {"unsecured_limit", "amount_min", "amount_max", "price", "credit_limit"}


def label_of(name: str) -> str:
    """What a value of a change is called."""
    if FeeKind.has(name):
        return FeeKind(name).label(current())
    if Segment.has(name):
        return Segment(name).label(current())
    if name in GRADES:
        return _("等级 {grade} 利差", grade=name)
    return _(LABELS[name]) if name in LABELS else name


def shown(name: str, value: object) -> str:
    """A value of a change as it reads; an account by its last four digits."""
    if value is None or value == "":
        return "—"
    if name == "account_sealed":
        text = str(value)
        if text.startswith("*"):
            return text
        return f"**** {wired().vault.open_text(bytes.fromhex(text))[-4:]}"
    if isinstance(value, bool):
        return yes_no(value)
    if isinstance(value, Decimal):
        if name == "penalty_multiplier":
            return f"{value.normalize():f}"
        return yuan(value) if name in _AMOUNTS or FeeKind.has(name) else percent(value)
    if isinstance(value, date):
        return day(value)
    if name == "product_codes" and isinstance(value, list):
        return " ".join(str(each) for each in value) or "—"
    if isinstance(value, list):
        return ("、" if current() == "zh" else ", ").join(Method(each).label(current()) for each in value)
    if name in _OF_DOCUMENTS:
        return document_rules.shown(name, str(value), current())
    return _WORDED[name](str(value)).label(current()) if name in _WORDED else str(value)
