"""Why a day-end does not run, or is not complete."""

from __future__ import annotations

from lending.errors import LendingError


class DayEndRefused(LendingError):
    """A day-end does not run."""

    code = "day_end_refused"


class DaySkipped(DayEndRefused):
    """Days are closed one after the other."""

    code = "day_end_skips"
    zh = "营业日期为 {business_date}，不能对 {day} 做日终：请先完成 {business_date} 的日终，日终不得跳日。"
    en = "The books stand at {business_date}: run its day-end before that of {day}; no day is skipped."


class DayInFuture(DayEndRefused):
    """A day ends when it has come."""

    code = "day_end_in_future"
    zh = "{day} 尚未到来（今天是 {today}），不能做日终。"
    en = "{day} has not come yet (today is {today}); its day-end cannot be run."


class DayBeforeIncomplete(DayEndRefused):
    """A day is closed after the one before is."""

    code = "day_before_incomplete"
    zh = "{before} 的日终尚未完成，请先续做并完成，再做 {day} 的日终。"
    en = "The day-end of {before} is not complete; finish it before that of {day}."


class LoansFailed(DayEndRefused):
    """A day is complete when every loan was carried."""

    code = "day_end_loans_failed"
    zh = "{day} 的日终未完成：{count} 笔贷款处理失败（{first}），请排除原因后重试。"
    en = "The day-end of {day} is not complete: {count} loans failed ({first}); mend them and try again."
