"""What the mathematics of loans refuses: one class a rule, naming the field, the rule and its limit."""

from __future__ import annotations

from lending.errors import LendingError


class TermsRefused(LendingError):
    """The terms of a loan break a rule; no schedule is made of them."""

    code = "terms_refused"


class PrincipalNotPositive(TermsRefused):
    """A principal is above zero."""

    code = "principal_not_positive"
    zh = "本金 {principal} 无效：须为正数且精确到分。"
    en = "The principal {principal} is not a positive amount exact to the fen."


class RateOutOfRange(TermsRefused):
    """An annual rate is a fraction within bounds."""

    code = "rate_out_of_range"
    zh = "年利率 {annual_rate} 超出范围：以小数填写，应为 {low} 至 {high}（即 {low:.0%} 至 {high:.0%}）。"
    en = "The annual rate {annual_rate} is not within {low} to {high} ({low:.0%} to {high:.0%}), written as a fraction."


class InstalmentsOutOfRange(TermsRefused):
    """The number of instalments is within bounds."""

    code = "instalments_out_of_range"
    zh = "还款期数 {instalments} 不在允许范围 {low} 至 {high} 期之内。"
    en = "The number of instalments is {low} to {high}, not {instalments}."


class TermNotWholePeriods(TermsRefused):
    """A term is a whole number of the periods between two instalments."""

    code = "term_not_whole_periods"
    zh = "期限 {term_months} 个月不是每期 {months} 个月的整数倍。"
    en = "A term of {term_months} months is not a multiple of the {months} months between two instalments."


class DueDayOutOfRange(TermsRefused):
    """A due day is a day of the month."""

    code = "due_day_out_of_range"
    zh = "还款日 {due_day} 无效：应为 1 至 31。"
    en = "A due day is a day of the month from 1 to 31, not {due_day}."


class DateBeforeLoan(TermsRefused):
    """Nothing falls due, is received or changes before the loan is paid out."""

    code = "date_before_loan"
    zh = "{what_zh} {on} 早于放款日 {value_date}，请更正日期。"
    en = "The {what_en} {on} is not after the pay-out on {value_date}; correct the date."


class DueDatesNotRising(TermsRefused):
    """Each due date lies after the one before."""

    code = "due_dates_not_rising"
    zh = "还款日 {on} 不晚于前一期的 {before}，请更正日期。"
    en = "The due date {on} is not after the one before it, {before}."


class NeverAmortises(TermsRefused):
    """Each instalment pays more than the interest of its period, or the loan is never repaid."""

    code = "never_amortises"
    zh = "第 {number} 期还款额 {instalment} 元不足以支付利息 {interest} 元，贷款无法还清，请提高还款额。"
    en = "Instalment {number} of {instalment} does not cover its interest of {interest}; the loan never ends, raise it."


class NotRepaidInTime(TermsRefused):
    """A fixed amount repays the loan within the greatest number of instalments."""

    code = "not_repaid_in_time"
    zh = "按此还款额，{high} 期后仍有本金 {balance} 元未还，请提高还款额。"
    en = "At this amount {balance} would still be owed after {high} instalments, the most there can be; raise it."


class AgreementIncomplete(TermsRefused):
    """A method has the figures it needs."""

    code = "agreement_incomplete"
    zh = "还款方式“{method}”缺少：{needed_zh}。"
    en = "{method} needs {needed_en}."


class PartsDoNotSum(TermsRefused):
    """Agreed parts of the principal are one for each instalment, none negative, and sum to it."""

    code = "parts_do_not_sum"
    zh = (
        "各期本金共 {count} 期、合计 {total} 元，应为 {instalments} 期、合计等于本金 {principal} 元且无负数。"
    )
    en = "{count} parts sum to {total}; there must be {instalments}, none negative, that sum to {principal}."


class GraceTooLong(TermsRefused):
    """A grace ends before the last instalment."""

    code = "grace_too_long"
    zh = "宽限 {grace} 期无效：应为 0 至 {high} 期，最后一期必须还款。"
    en = "A grace of {grace} instalments is not within 0 to {high}; the last one must be paid."


class FinalAmountOutOfRange(TermsRefused):
    """A balloon is a part of the principal."""

    code = "final_amount_out_of_range"
    zh = "尾款 {amount} 元应不小于 0 且不超过本金 {principal} 元。"
    en = "The balloon {amount} is not within 0 and the principal {principal}."


class NoSuchRate(TermsRefused):
    """A rate exists that makes the payments worth what was received."""

    code = "no_such_rate"
    zh = "在 {low} 至 {high} 之间没有使现金流现值为零的利率，请核对金额与日期。"
    en = "No rate from {low} to {high} makes these payments worth what was received; check amounts and dates."


class ReceiptRefused(TermsRefused):
    """A receipt is a positive amount, exact to the fen, of at most what is owed."""

    code = "receipt_refused"
    zh = "收款 {amount} 元无效：应为大于 0 且不超过欠款 {owed} 元的金额，精确到分。"
    en = "A receipt of {amount} is not above 0, exact to the fen and at most the {owed} owed."
