"""The parameters an administrator may change, and the parts of their values, in words of both languages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from company.messages import Language

Words = Mapping[str, tuple[str, str]]
_HOUR = timedelta(hours=1)

TITLES: Words = {
    "lpr_rate": ("贷款市场报价利率（LPR）", "Loan prime rate (LPR)"),
    "total_cost_cap": ("综合融资成本上限", "Cap of the all-in cost"),
    "apr_method": ("年化利率的算法", "How the annual rate is computed"),
    "disclosure_reading_seconds": ("成本明示表阅读时间（秒）", "Reading time of the cost sheet, seconds"),
    "term_limit": ("最长期限（月，含展期）", "Longest term in months, extensions included"),
    "ltv_table": ("贷款成数法规与制度上限", "Loan-to-value limits of law and house rules"),
    "penalty_multiplier": ("罚息倍数", "Penalty multiplier"),
    "compound_enabled": ("是否计收复利", "Whether compound interest is charged"),
    "allocation_order": ("还款冲抵顺序", "Order in which a receipt pays"),
    "grace_days": ("宽限天数", "Days of grace"),
    "holiday_grace": ("节假日顺延", "Grace over holidays"),
    "day_count": ("计息天数规则", "Day count"),
    "first_period_policy": ("首期规则", "Rule of the first period"),
    "prepayment_fee": ("提前还款费率", "Prepayment fee"),
    "application_valid_days": ("申请有效天数", "Days an application holds"),
    "approval_valid_days": ("批准有效天数", "Days an approval holds"),
    "reapply_after_days": ("拒绝后再申请间隔（天）", "Days before applying again"),
    "reconsideration_days": ("申请复核期限（天）", "Days to ask for reconsideration"),
    "conditions_precedent": ("放款条件", "Conditions before the pay-out"),
    "committee_majority": ("贷审会通过比例", "Majority of the committee"),
    "debt_to_income": ("债务收入比", "Debt to income"),
    "sla_table": ("办理时限（工作小时）", "Time for a task, working hours"),
    "sla_steps": ("超时提醒与退回倍数", "Overdue: reported and given back at"),
    "supplement_days": ("补件提醒与关闭（天）", "Missing papers: reminders and closing, days"),
    "bank_inquiry_delay": ("银行结果查询等待（小时）", "Wait before asking the bank, hours"),
    "message_kept_days": ("消息保留天数", "Days a message is kept"),
    "sign_in_policy": ("登录安全规则", "Rules of sign-in"),
    "valuation_model": ("车辆估值模型", "Valuation of cars"),
    "risk_notice_reading_seconds": ("贷款须知阅读时间（秒）", "Reading time of the risk notice, seconds"),
    "restricted_occupations": ("需人工关注的职业", "Occupations a person looks at"),
    "income_share_max": ("月供占收入上限", "Largest share of the income"),
    "beneficial_owner_share": ("受益所有人持股比例", "Share of a beneficial owner"),
    "group_exposure_max": ("关联客户授信上限（元）", "Exposure of a group, yuan"),
    "appraisal": ("评估规则", "Rules of appraisal"),
    "mortgage_days": ("抵押登记期限（天）", "Days to register the mortgage"),
    "export_rows_max": ("免审批导出行数", "Rows exported without approval"),
    "retention_rules": ("个人信息保存期限", "How long personal data are kept"),
    "provision_rates": ("拨备比例", "Provision rates"),
    "day_end_time": ("日终时间", "Time of the day-end"),
    "day_end_messages": ("日终通知日", "Days of which a day-end tells"),
    "debit_retry_days": ("代扣重试日（逾期天数）", "Days on which a debit is tried again"),
    "prepayment_conditions": ("提前还款条件", "Conditions of prepayment"),
    "contact_hours": ("联系客户时段", "Hours in which customers are reached"),
    "fund_use_days": ("资金用途凭证期限（天）", "Days to prove the use of the money"),
    "callback_quality_share": ("回访质检比例", "Share of callbacks checked"),
    "callback_link_days": ("自助回访链接有效天数", "Days for which a callback's link opens"),
}

# What stands inside a value; what is not here is shown as it is, such as a tenor or the number of a region.
PARTS: Words = {
    "act": ("到期处理", "Then"),
    "at": ("时间", "At"),
    "auto_finance": ("汽车金融公司", "Auto finance company"),
    "automatic": ("自动运行", "By itself"),
    "bank": ("商业银行", "Bank"),
    "battery_factor": ("电池衰减系数", "Factor of a worn battery"),
    "battery_health_min": ("电池健康度下限", "Lowest battery health"),
    "close": ("关闭", "Closed after"),
    "code": ("代码", "Code"),
    "commercial_new_fuel": ("营运新车（传统动力）", "Commercial, new, combustion"),
    "commercial_new_nev": ("营运新车（新能源）", "Commercial, new, new energy"),
    "condition_factors": ("车况系数", "Factor of the condition"),
    "contract_signing": ("签约", "Signing"),
    "dealer": ("经销商贷款", "Dealer loan"),
    "denominator": ("分母", "Of"),
    "desk": ("书面评估", "At the desk"),
    "deviation_max": ("复评偏差", "Deviation for a second appraiser"),
    "disbursement.checker": ("放款复核", "Checking a disbursement"),
    "disbursement.maker": ("放款登记", "Registering a disbursement"),
    "doubtful": ("可疑", "Doubtful"),
    "due": ("到期", "Due"),
    "due_days": ("期限（天）", "Due in days"),
    "due_in_days": ("到期前天数", "Days before the due date"),
    "failures_max": ("连续失败次数", "Failures"),
    "fee": ("费率", "Fee"),
    "from": ("从", "From"),
    "full_paid_min": ("全部提前还款已还期数", "Instalments paid, all of it"),
    "grave": ("严重", "Grave"),
    "hard": ("拒绝线", "Refused above"),
    "idle_minutes": ("闲置退出（分钟）", "Idle minutes"),
    "instalments_paid_max": ("已还期数至", "Instalments paid up to"),
    "invoice": ("发票", "Invoice"),
    "item": ("项目", "Item"),
    "kind": ("种类", "Kind"),
    "km_scale": ("里程折旧基数（公里）", "Scale of mileage, km"),
    "lock_minutes": ("锁定（分钟）", "Locked, minutes"),
    "loan_review.committee": ("贷审会", "Committee"),
    "loan_review.level_1": ("一级审核", "Review, level 1"),
    "loan_review.level_2": ("二级审核", "Review, level 2"),
    "loss": ("损失", "Loss"),
    "micro_loan": ("小额贷款公司", "Micro-loan company"),
    "mileage_factor_max": ("里程系数上限", "Highest factor of mileage"),
    "mileage_factor_min": ("里程系数下限", "Lowest factor of mileage"),
    "misuse": ("挪用", "Misuse"),
    "misuse_max": ("挪用上限", "Misuse, highest"),
    "misuse_min": ("挪用下限", "Misuse, lowest"),
    "months": ("月数", "Months"),
    "mortgage_first": ("先抵押后放款", "Mortgage first"),
    "name": ("名称", "Name"),
    "name_en": ("英文名称", "English name"),
    "nev_first_year_factor": ("新能源首年系数", "New energy, first year"),
    "new": ("新车", "New car"),
    "new_consumption_loan": ("新车（消费贷款）", "New car, consumption loan"),
    "normal": ("正常", "Normal"),
    "notify": ("提醒", "Reported"),
    "numerator": ("分子", "Votes"),
    "overdue": ("逾期", "Overdue"),
    "overdue_days": ("逾期天数", "Days past due"),
    "overdue_max": ("逾期上限", "Overdue, highest"),
    "overdue_min": ("逾期下限", "Overdue, lowest"),
    "owner": ("责任岗位", "Owner"),
    "partial_amount_min": ("部分提前还款最低金额（元）", "Smallest part, yuan"),
    "partial_paid_min": ("部分提前还款已还期数", "Instalments paid, a part"),
    "password_kinds_min": ("密码字符种类", "Kinds of characters"),
    "password_length_min": ("密码最短长度", "Shortest password"),
    "payment_first": ("先放款后抵押", "Pay-out first"),
    "per_year_max": ("每年次数", "Times a year"),
    "photos_min": ("照片张数", "Photos"),
    "posted": ("入账", "Posted"),
    "proof": ("证明资料", "Proof"),
    "rates": ("比例", "Rates"),
    "refer": ("人工线", "A person looks above"),
    "refinance": ("转贷", "Refinance"),
    "region_factors": ("地区系数", "Factor of the region"),
    "regulatory": ("法规规定的项", "Set by law"),
    "reminders": ("提醒", "Reminders"),
    "reminders_at": ("提醒发送时间", "Reminders go out at"),
    "return": ("退回任务池", "Given back"),
    "self_new_fuel": ("自用新车（传统动力）", "Own use, new, combustion"),
    "self_new_nev": ("自用新车（新能源）", "Own use, new, new energy"),
    "since": ("起算", "Counted from"),
    "site": ("现场评估", "On the spot"),
    "source": ("依据", "Source"),
    "standard": ("标准产品", "Standard"),
    "subsidised": ("贴息产品", "Subsidised"),
    "substandard": ("次级", "Substandard"),
    "to": ("至", "To"),
    "used": ("二手车", "Used car"),
    "usual_km_a_year": ("正常年里程（公里）", "Usual km a year"),
    "valid_days": ("有效天数", "Valid days"),
    "version": ("版本", "Version"),
    "watch": ("关注", "Watch"),
    "yearly_factor": ("年折旧系数", "Factor a year"),
}

# Values that are codes.
VALUES: Words = {
    "ACT/360": ("实际天数/360", "Actual/360"),
    "EFFECTIVE": ("实际年利率 (1+r)¹²−1", "Effective, (1+r)¹²−1"),
    "MONTH_PLUS_ODD": ("首月整月计息，零头天数另计", "A whole month, odd days apart"),
    "NOMINAL_12X": ("名义年利率（月利率×12）", "Nominal, 12 times the monthly rate"),
    "compound": ("复利", "Compound interest"),
    "daily": ("每日", "Daily"),
    "enforcement_cost": ("实现债权费用", "Costs of enforcement"),
    "fee": ("费用", "Fees"),
    "interest": ("利息", "Interest"),
    "month_end": ("月末", "At the end of the month"),
    "penalty": ("罚息", "Penalty interest"),
    "principal": ("本金", "Principal"),
    "student": ("学生", "Student"),
    "unemployed": ("无业", "Unemployed"),
}

# What the sources of a new company say beside the names of the rules.
_SOURCES = {
    "Default of the product; an administrator may publish another": "产品默认值，可另行发布",
    "(annex to be checked)": "（附件待核对）",
    "(forced reading)": "（强制阅读）",
    "(self-use decided by the institution)": "（自用车由机构自定）",
    "(financial institutions only)": "（仅金融机构）",
    "(a person decides)": "（由人决定）",
    "(the office decides within a day)": "（车管所一日内办结）",
    "(management table)": "（管理口径）",
}


def source(text: str, language: Language) -> str:
    """Where a value comes from, in the reader's language as far as it is the product's own wording.

    >>> source("民法典 第561条; Default of the product; an administrator may publish another", "zh")
    '民法典 第561条; 产品默认值，可另行发布'
    """
    if language == "zh":
        for english, chinese in _SOURCES.items():
            text = text.replace(english, chinese)
    return text


def value(part: object, language: Language) -> str:
    """A part of a value for reading: codes and yes or no in words, all else as it is typed.

    >>> value(["interest", "fee"], "zh"), value(True, "en"), value(Decimal("0.03"), "zh")
    ('利息、费用', 'Yes', '0.03')
    """
    if isinstance(part, bool):
        yes, no = ("是", "否") if language == "zh" else ("Yes", "No")
        return yes if part else no
    if isinstance(part, list):
        return ("、" if language == "zh" else ", ").join(value(each, language) for each in part)
    text = typed(part)
    for words in (VALUES, PARTS):
        if isinstance(part, str) and text in words:
            return _in(words, text, language)
    return text


def typed(part: object) -> str:
    """A part as it is typed: numbers in plain digits, a span in hours, a list with commas, nothing as nothing."""
    if part is None:
        return ""
    if isinstance(part, bool):
        return "1" if part else "0"
    if isinstance(part, timedelta):
        return f"{part / _HOUR:g}"
    if isinstance(part, Decimal):
        return f"{part:f}"
    if isinstance(part, list):
        return ", ".join(typed(each) for each in part)
    return str(part)


def title(key: str, language: Language) -> str:
    """What a parameter is called; its key where it is none of those that may be changed."""
    return _in(TITLES, key, language)


def part(path: str, language: Language) -> str:
    """What a part of a value is called: the words of each step of its path, rows by their number."""
    steps = [
        str(int(step) + 1) if step.isdecimal() else _in(PARTS, step, language) for step in path.split("/")
    ]
    return " · ".join(steps) if path else ("值" if language == "zh" else "Value")


def _in(words: Words, name: str, language: Language) -> str:
    if name not in words:
        return name
    return words[name][0 if language == "zh" else 1]
