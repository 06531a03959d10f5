"""The parameters a company starts with. Money is Decimal yuan, rates and ratios Decimal fractions, terms months.

Each row: key, value, first day, source. "Default" in a source means that no outside authority sets the number.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from company.privacy_values import PERSONAL_ITEMS, RETENTION_RULES

D = Decimal

_DEFAULT = "Default of the product; an administrator may publish another"
_CONTACT = "中国银行业协会《金融机构个人消费类贷款催收工作指引（试行）》(2026-01); " + _DEFAULT
_LONG_AGO = date(2020, 1, 1)

VALUES: tuple[tuple[str, object, date, str], ...] = (
    # Loan prime rate by tenor; published on the 20th of a month. Load the current one before going live.
    ("lpr_rate", {"1Y": D("0.03")}, date(2025, 5, 20), "全国银行间同业拆借中心 LPR 公告 2025-05-20"),
    # The highest total annualised cost of a loan, all interest, penalties and fees together, by lender type.
    (
        "total_cost_cap",
        {"bank": D("0.24"), "auto_finance": D("0.24"), "micro_loan": D("0.24")},
        _LONG_AGO,
        "法发〔2017〕22号; 小额贷款公司综合融资成本管理工作指引 (2025-12)",
    ),
    # NOMINAL_12X (12 times the monthly internal rate) or EFFECTIVE ((1+r)^12-1); printed with its label.
    (
        "apr_method",
        "NOMINAL_12X",
        _LONG_AGO,
        "人民银行公告〔2021〕第3号; 金规〔2026〕2号 (annex to be checked)",
    ),
    # Seconds the cost sheet stays open before it can be confirmed.
    ("disclosure_reading_seconds", 10, _LONG_AGO, "金规〔2026〕2号 (forced reading); " + _DEFAULT),
    # Longest term in months by lender type and kind, every extension included.
    (
        "term_limit",
        {
            "bank": {"new": 60, "used": 36, "dealer": 12, "new_consumption_loan": 84},
            "auto_finance": {"new": 60, "used": 36, "dealer": 12},
            "micro_loan": {"new": 60, "used": 36, "dealer": 12},
        },
        _LONG_AGO,
        "汽车贷款管理办法 (2017) 第六条; 84 个月: 金融监管总局 2025-03 关于发展消费金融的通知",
    ),
    # Highest loan to price base, by use, age and energy; "regulatory": which of them no table may exceed.
    (
        "ltv_table",
        {
            "self_new_fuel": D("0.80"),
            "self_new_nev": D("0.85"),
            "commercial_new_fuel": D("0.70"),
            "commercial_new_nev": D("0.75"),
            "used": D("0.70"),
            "refinance": D("0.60"),
            "regulatory": ["commercial_new_fuel", "commercial_new_nev", "used"],
        },
        _LONG_AGO,
        "银发〔2017〕234号; 2024 汽车贷款通知 (self-use decided by the institution)",
    ),
    # What a new product begins with; then the product's own figure counts, and at signing the contract's.
    # Times the contract rate: for overdue principal, and for misused funds; the higher one applies, never both.
    (
        "penalty_multiplier",
        {
            "overdue": D("1.5"),
            "overdue_min": D("1.3"),
            "overdue_max": D("1.5"),
            "misuse": D("2.0"),
            "misuse_min": D("1.5"),
            "misuse_max": D("2.0"),
        },
        _LONG_AGO,
        "银发〔2003〕251号",
    ),
    (
        "compound_enabled",
        {"bank": True, "auto_finance": True, "micro_loan": False},
        _LONG_AGO,
        "银发〔2003〕251号 (financial institutions only)",
    ),
    # In which order a receipt pays what is owed, oldest instalment first.
    (
        "allocation_order",
        ["enforcement_cost", "penalty", "compound", "interest", "principal", "fee"],
        _LONG_AGO,
        "民法典 第561条; " + _DEFAULT,
    ),
    # What a new product begins with, in calendar days.
    ("grace_days", 0, _LONG_AGO, _DEFAULT),
    # A payment on the next working day is accepted without penalty.
    ("holiday_grace", True, _LONG_AGO, _DEFAULT),
    ("day_count", "ACT/360", _LONG_AGO, "人民币存贷款计结息规则 (2005): 日利率 = 年利率/360"),
    ("first_period_policy", "MONTH_PLUS_ODD", _LONG_AGO, _DEFAULT),
    # What a new product begins with: its fee is that of the first row.
    # Fraction of prepaid principal: the first row whose instalments_paid_max is not exceeded; None is no bound.
    (
        "prepayment_fee",
        {
            "standard": [
                {"instalments_paid_max": 12, "fee": D("0.03")},
                {"instalments_paid_max": 24, "fee": D("0.02")},
                {"instalments_paid_max": None, "fee": D("0")},
            ],
            "subsidised": [
                {"instalments_paid_max": 12, "fee": D("0.05")},
                {"instalments_paid_max": 24, "fee": D("0.03")},
                {"instalments_paid_max": None, "fee": D("0")},
            ],
        },
        _LONG_AGO,
        _DEFAULT,
    ),
    # Calendar days: how long an application and an approval hold, and when one may apply again after a refusal.
    ("application_valid_days", 30, _LONG_AGO, _DEFAULT),
    ("approval_valid_days", 60, _LONG_AGO, _DEFAULT),
    ("reapply_after_days", 90, _LONG_AGO, _DEFAULT),
    # Calendar days after a rejection within which the customer may ask, once, that it is reconsidered.
    ("reconsideration_days", 20, _LONG_AGO, "个人信息保护法 第24条 (a person decides); " + _DEFAULT),
    # The conditions that reviewers choose from: whose task each is, due how many days after the approval, and which
    # document proves it. A line with a code that the domain does not know brings its names along.
    (
        "conditions_precedent",
        [
            {
                "code": "down_payment",
                "owner": "customer_manager",
                "due_days": 15,
                "proof": "down_payment_slip",
            },
            {"code": "invoice", "owner": "customer_manager", "due_days": 15, "proof": "purchase_invoice"},
            {"code": "insurance", "owner": "customer_manager", "due_days": 15, "proof": "insurance_policy"},
            {"code": "gps_active", "owner": "postloan_manager", "due_days": 30, "proof": None},
            {"code": "mortgage_registered", "owner": "contract_officer", "due_days": 30, "proof": None},
            {"code": "consent", "owner": "customer_manager", "due_days": 15, "proof": "privacy_consent"},
            {"code": "guarantor", "owner": "contract_officer", "due_days": 30, "proof": None},
            {"code": "income_proof", "owner": "customer_manager", "due_days": 15, "proof": "bank_statement"},
            {
                "code": "debit_account",
                "name": "还款账户已开立并授权扣款",
                "name_en": "Repayment account opened, debit mandate given",
                "owner": "contract_officer",
                "due_days": 30,
                "proof": None,
            },
        ],
        _LONG_AGO,
        _DEFAULT,
    ),
    # The share of the committee's votes that approves.
    ("committee_majority", {"numerator": 2, "denominator": 3}, _LONG_AGO, _DEFAULT),
    # Monthly debt service to income: above "refer" a person looks, above "hard" it is refused.
    ("debt_to_income", {"refer": D("0.50"), "hard": D("0.55")}, _LONG_AGO, _DEFAULT),
    # Working hours a task may take, by process and step.
    (
        "sla_table",
        {
            "loan_review.level_1": D("8"),
            "loan_review.level_2": D("8"),
            "loan_review.committee": D("22.5"),
            "contract_signing": D("37.5"),
            "disbursement.maker": D("4"),
            "disbursement.checker": D("2"),
        },
        _LONG_AGO,
        _DEFAULT,
    ),
    # At which multiple of its working hours a task is reported, and at which it goes back to the group.
    ("sla_steps", {"notify": D("1"), "return": D("2")}, _LONG_AGO, _DEFAULT),
    # After how many days a customer is reminded of missing papers, and after how many the case is closed.
    ("supplement_days", {"reminders": [2, 5], "close": 15}, _LONG_AGO, _DEFAULT),
    # How long to wait for the bank's word before asking for it.
    ("bank_inquiry_delay", timedelta(days=1), _LONG_AGO, _DEFAULT),
    # Calendar days a message is kept while no case waits for it.
    ("message_kept_days", 30, _LONG_AGO, _DEFAULT),
    (
        "sign_in_policy",
        {
            "failures_max": 5,
            "lock_minutes": 15,
            "idle_minutes": 15,
            "password_length_min": 12,
            "password_kinds_min": 3,
        },
        _LONG_AGO,
        "GB/T 22239-2019; " + _DEFAULT,
    ),
    # What a car is worth: the price of a new one, times factors for age, mileage, condition and place. Kilometres;
    # ``region_factors`` by the first two digits of the region code, 1 where none stands.
    (
        "valuation_model",
        {
            "version": "2026-1",
            "yearly_factor": D("0.85"),
            "nev_first_year_factor": D("0.78"),
            "usual_km_a_year": D("15000"),
            "km_scale": D("300000"),
            "mileage_factor_min": D("0.85"),
            "mileage_factor_max": D("1.05"),
            "condition_factors": {"S": D("1.03"), "A": D("1.00"), "B": D("0.95"), "C": D("0.85")},
            "battery_health_min": D("0.80"),
            "battery_factor": D("0.90"),
            "region_factors": {"31": D("1.00"), "32": D("0.99"), "33": D("1.00")},
        },
        _LONG_AGO,
        _DEFAULT,
    ),
    # Seconds the risk notice lies before the customer before it can be confirmed.
    ("risk_notice_reading_seconds", 30, _LONG_AGO, _DEFAULT),
    # Occupations (codes of the registration form) that a person looks at; never sex, ethnicity or region.
    ("restricted_occupations", ["student", "unemployed"], _LONG_AGO, _DEFAULT),
    # Largest part of the income that all instalments together may take, when the highest amount is computed.
    ("income_share_max", D("0.50"), _LONG_AGO, _DEFAULT),
    # From which share of a company on its holder is a beneficial owner.
    ("beneficial_owner_share", D("0.25"), _LONG_AGO, "受益所有人信息管理办法 (2024) 第六条"),
    # What one group of customers may owe together before a person looks, in yuan.
    ("group_exposure_max", D("3000000.00"), _LONG_AGO, _DEFAULT),
    # Appraisals: photos an inspection needs, days a value stands by kind of car, and above which deviation from the
    # reference price a second appraiser looks.
    (
        "appraisal",
        {
            "photos_min": {"invoice": 0, "desk": 6, "site": 20},
            "valid_days": {"new": 60, "used": 30},
            "deviation_max": D("0.10"),
        },
        _LONG_AGO,
        _DEFAULT,
    ),
    # Calendar days until the mortgage must be registered: from the signing where it goes first, else from the pay-out.
    (
        "mortgage_days",
        {"mortgage_first": 7, "payment_first": 30},
        _LONG_AGO,
        "机动车登记规定 第三十二条 (the office decides within a day); " + _DEFAULT,
    ),
    # Rows that may leave the house without an approval.
    ("export_rows_max", 200, _LONG_AGO, _DEFAULT),
    # Each item of personal data with purpose, basis and consent; how long which kind of data is kept.
    ("personal_items", PERSONAL_ITEMS, _LONG_AGO, "个人信息保护法 第13—17、28—29条; " + _DEFAULT),
    (
        "retention_rules",
        RETENTION_RULES,
        _LONG_AGO,
        "反洗钱法 (2024) 第34条; 会计档案管理办法 (财政部令第79号); " + _DEFAULT,
    ),
    # The part of the principal that is provided for, by category; "posted": "month_end" or "daily".
    (
        "provision_rates",
        {
            "rates": {
                "normal": D("0.015"),
                "watch": D("0.03"),
                "substandard": D("0.30"),
                "doubtful": D("0.60"),
                "loss": D("1"),
            },
            "posted": "month_end",
        },
        _LONG_AGO,
        "财金〔2012〕20号 (management table); " + _DEFAULT,
    ),
    # When serve runs the day-end of the day before (local time, HH:MM); "automatic" False leaves it to a person.
    ("day_end_time", {"automatic": True, "at": "00:30"}, _LONG_AGO, _DEFAULT),
    # How many days before a due date, and on which days past due, a day-end tells the processes.
    (
        "day_end_messages",
        {"due_in_days": [5, 1, 0], "overdue_days": [1, 3, 4, 7, 15, 16, 31, 46, 61, 91, 181, 271, 361]},
        _LONG_AGO,
        _DEFAULT,
    ),
    # On which days after the due date an unpaid instalment is collected again.
    ("debit_retry_days", [1, 3], _LONG_AGO, _DEFAULT),
    # Before a loan is repaid early: instalments paid (all of it, part of it), the smallest part in yuan, how often.
    (
        "prepayment_conditions",
        {
            "full_paid_min": 1,
            "partial_paid_min": 6,
            "partial_amount_min": D("10000.00"),
            "per_year_max": 2,
        },
        _LONG_AGO,
        _DEFAULT,
    ),
    # When a customer may be reached (local time, HH:MM), and at which hour reminders go out.
    ("contact_hours", {"from": "08:00", "to": "22:00", "reminders_at": "09:00"}, _LONG_AGO, _CONTACT),
    # Days after the pay-out by which the use of the money is proven, and by which a missing proof is grave.
    ("fund_use_days", {"due": 30, "grave": 60}, _LONG_AGO, _DEFAULT),
    # Days after which a price of the table that nobody has replaced is flagged as stale.
    ("price_stale_days", 90, _LONG_AGO, _DEFAULT),
    # The share of callbacks that a second person checks.
    ("callback_quality_share", D("0.05"), _LONG_AGO, _DEFAULT),
    # Days for which a customer can answer a callback by the link that was sent, the day of sending not counted.
    ("callback_link_days", 5, _LONG_AGO, _DEFAULT),
)
