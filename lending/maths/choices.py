"""The choices a convention is made of: each an enumeration whose value is stored and whose words are printed."""

from __future__ import annotations

from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
)

from lending.labels import Labelled


class Method(Labelled):
    """How principal and interest are spread over the instalments."""

    EQUAL_INSTALMENT = "equal_instalment", "等额本息", "Equal instalments"
    EQUAL_PRINCIPAL = "equal_principal", "等额本金", "Equal principal"
    INTEREST_FIRST = "interest_first", "先息后本", "Interest first, principal at the end"
    BALLOON = "balloon", "气球贷（弹性尾款）", "Balloon"
    STEP = "step", "阶梯还款", "Stepped instalments"
    CUSTOM = "custom_stepped", "自定义本金计划", "Principal by agreed parts"
    FLAT = "flat_fee", "分期手续费（固定费率）", "Flat rate"
    BULLET = "bullet", "到期一次性还本付息", "One payment at maturity"
    FIXED_INSTALMENT = "fixed_instalment", "固定还款额还清为止", "A fixed amount until repaid"
    FIXED_PRINCIPAL = "fixed_principal", "固定本金加利息", "A fixed principal plus interest"


class PeriodRate(Labelled):
    """What part of a year a full period counts."""

    TWELFTH = "twelfth", "年利率除以12", "One twelfth of the annual rate"
    DAYS = "days", "每期按天数计息", "By the days of each period"


class DayCount(Labelled):
    """What part of a year a number of days counts; :mod:`lending.maths.daycounts` has the formulas."""

    ACT_360 = "act_360", "实际天数/360", "Actual days / 360"
    ACT_364 = "act_364", "实际天数/364", "Actual days / 364"
    ACT_365 = "act_365", "实际天数/365", "Actual days / 365"
    ACT_366 = "act_366", "实际天数/366", "Actual days / 366"
    ACT_365_25 = "act_365_25", "实际天数/365.25", "Actual days / 365.25"
    ACT_365L = "act_365l", "实际天数/365L", "Actual days / 365L (366 when the period ends in a leap year)"
    NO_LEAP_365 = "nl_365", "实际天数（不计2月29日）/365", "Actual days without 29 February / 365"
    ACT_ACT_ISDA = "act_act_isda", "实际/实际（ISDA）", "Actual / actual (ISDA, split at 1 January)"
    ACT_ACT_YEAR_END = "act_act_year_end", "实际/实际（年末分段）", "Actual / actual (split at 31 December)"
    ACT_ACT_AFB = "act_act_afb", "实际/实际（AFB）", "Actual / actual (AFB)"
    ACT_PAY_OUT_YEAR = (
        "act_pay_out_year",
        "实际天数/放款年度天数",
        "Actual days / days of the year of the pay-out",
    )
    BOND_30_360 = "30_360", "30/360（债券基准）", "30/360 (bond basis)"
    US_30U_360 = "30u_360", "30U/360", "30U/360 (end of February counts as the 30th)"
    EURO_30E_360 = "30e_360", "30E/360", "30E/360 (Eurobond basis)"
    ISDA_30E_360 = "30e_360_isda", "30E/360（ISDA）", "30E/360 (ISDA)"
    PART_OF_PERIOD = "part_of_period", "实际天数/当期天数", "Actual days / days of the period they lie in"


class FirstPeriod(Labelled):
    """The interest of a first period that is longer than a regular one."""

    ACTUAL_DAYS = "actual_days", "按实际天数计息", "Interest for the actual days"
    MONTH_PLUS_ODD = "month_plus_odd", "整月加零头天数计息", "One month and the odd days"
    SHIFT = "shift", "按整月计息，零头天数不计", "One month, odd days free"


class OddInterest(Labelled):
    """Where the interest of the odd days of a first period is paid."""

    ON_TOP = "on_top", "首期另加零头利息", "On top of the first instalment"
    INSIDE = "inside", "含在首期还款额内", "Inside the first instalment, which repays less principal"


class LevelRate(Labelled):
    """The rate of a period by which the equal instalment is solved."""

    REGULAR = "regular", "按标准期利率", "A regular period's, whatever its days"
    EACH_PERIOD = "each_period", "按各期实际利率", "Each period's own"
    FIRST_PERIOD = "first_period", "按首期利率", "The first period's, for all"


class Rounding(Labelled):
    """How an amount is brought to its unit."""

    HALF_UP = "half_up", "四舍五入", "Half up"
    HALF_EVEN = "half_even", "四舍六入五成双", "Half to even"
    HALF_DOWN = "half_down", "五舍六入", "Half down"
    UP = "up", "向上进位", "Away from zero"
    DOWN = "down", "直接舍去", "Towards zero"
    CEILING = "ceiling", "向上取整", "Up"
    FLOOR = "floor", "向下取整", "Down"
    NONE = "none", "不舍入", "Not at all"

    @property
    def mode(self) -> str:
        """The rounding mode of :mod:`decimal`; of NONE, half up, for what has to be written down."""
        return _MODES.get(self, ROUND_HALF_UP)


_MODES = {
    Rounding.HALF_EVEN: ROUND_HALF_EVEN,
    Rounding.HALF_DOWN: ROUND_HALF_DOWN,
    Rounding.UP: ROUND_UP,
    Rounding.DOWN: ROUND_DOWN,
    Rounding.CEILING: ROUND_CEILING,
    Rounding.FLOOR: ROUND_FLOOR,
}


class RoundingMoment(Labelled):
    """When the interest of a period is rounded."""

    PERIOD = "period", "每期汇总后舍入一次", "Once, when the period's parts are summed"
    SUB_PERIOD = "sub_period", "每个分段各自舍入", "In every part of the period"


class Residue(Labelled):
    """Which instalment takes what rounding leaves."""

    LAST_INSTALMENT = "last_instalment", "末期补足尾差", "The last instalment takes the rest"
    FIRST_INSTALMENT = "first_instalment", "首期补足尾差", "The first instalment takes the rest"
    LEFT_OPEN = "left_open", "每期相等，尾差留在余额", "All are equal, the rest stays as a balance"
    IMPLIED_RATE = (
        "implied_rate",
        "尾差摊入利率",
        "Interest follows the rate that the rounded instalments imply",
    )


class Correction(Labelled):
    """Whether the equal instalment is tried again when the last one differs from it."""

    NONE = "none", "不修正", "The rounded annuity stands"
    ONCE = "once", "按尾差平摊修正一次", "Once, by the difference spread over the instalments"


class Unit(Labelled):
    """The unit in which the distance of due dates is counted."""

    DAY = "day", "天", "days"
    WEEK = "week", "周", "weeks"
    MONTH = "month", "个月", "months"
    YEAR = "year", "年", "years"


class MissingDay(Labelled):
    """What a due day 29 to 31 becomes in a month without it."""

    MONTH_END = (
        "month_end",
        "无该日的月份取月末，次月恢复",
        "The last day of that month; the next month returns",
    )
    NEXT_MONTH = (
        "next_month",
        "无该日的月份顺延至次月1日，次月恢复",
        "The first day of the following month; the next one returns",
    )


class BusinessDay(Labelled):
    """Where a due date goes that is no business day."""

    AS_IT_FALLS = "as_it_falls", "到期日不调整", "It stays"
    FOLLOWING = "following", "顺延至下一工作日", "To the next business day"
    MODIFIED_FOLLOWING = (
        "modified_following",
        "顺延至下一工作日，跨月则提前",
        "To the next business day, or back when that lies in another month",
    )
    PRECEDING = "preceding", "提前至上一工作日", "To the business day before"


class Rest(Labelled):
    """From when on a receipt, or its absence, changes the interest."""

    DAILY = "daily", "按日计息余额", "From its day on"
    DUE_DATE = "due_date", "自下一到期日起", "From the next due date on"


class EarlyReceipt(Labelled):
    """What a receipt before the due date pays first."""

    PRINCIPAL = "principal", "先冲本金，利息到期日支付", "Principal; the interest stays due on its date"
    INTEREST = "interest", "先付至当日利息，再还本金", "The interest to its day, then principal"


class Prepayment(Labelled):
    """What a payment beyond the instalment due changes."""

    LOWER_INSTALMENT = "reduce_instalment", "减少每期还款额", "The instalments become lower"
    SHORTER_TERM = "shorten_term", "缩短还款期限", "The term becomes shorter"
    NEXT_INSTALMENTS = "next_instalments", "抵扣后续期次本金", "It pays the principal of the next instalments"
    LAST_INSTALMENT = "last_instalment", "每期不变，末期减少", "The instalments stay, the last one is lower"


class PayOffInterest(Labelled):
    """How far interest is charged when a loan is repaid in full between two due dates."""

    TO_THE_DAY = "to_the_day", "计至结清日", "To the day of repayment"
    TO_THE_DUE_DATE = "to_the_due_date", "计至当期到期日", "To the end of the period"


class Compound(Labelled):
    """Whether unpaid interest itself bears interest (复利)."""

    NONE = "none", "不计复利", "It does not"
    AT_PENALTY_RATE = "at_penalty_rate", "按罚息利率计收复利", "At the penalty rate"
