"""What the life of a loan refuses: one class a rule, naming field, rule and remedy."""

from __future__ import annotations

from lending.errors import LendingError


class EventRefused(LendingError):
    """Something cannot happen to this loan as told."""

    code = "loan_event_refused"


class EventBeforeLoan(EventRefused):
    """Nothing happens to a loan before it is paid out."""

    code = "event_before_loan"
    zh = "日期 {on} 早于贷款 {loan_no} 的起息日 {value_date}，请更正日期。"
    en = "{on} is before the loan {loan_no} was paid out on {value_date}; correct the date."


class EventInFuture(EventRefused):
    """Nothing is recorded before its day."""

    code = "event_in_future"
    zh = "日期 {on} 晚于营业日期 {today}，请在当日办理。"
    en = "{on} is after the business date {today}; record it on its day."


class LoanNotRunning(EventRefused):
    """Only a loan that was paid out has a life."""

    code = "loan_not_running"
    zh = "贷款 {loan_no} 状态为“{status}”，不能办理“{kind}”。"
    en = "The loan {loan_no} is {status}; “{kind}” cannot be recorded."


class EventReferenceTaken(EventRefused):
    """One reference stands for one event."""

    code = "event_reference_taken"
    zh = "业务编号 {reference} 已用于 {on} 的 {amount:,.2f} 元（{kind}），内容不同不能重复使用；如有误请先冲正。"
    en = (
        "The reference {reference} stands for {kind} of {amount:,.2f} on {on}; "
        "it cannot stand for anything else. Reverse that one if it is wrong."
    )


class AmountNotPositive(EventRefused):
    """An amount is above zero."""

    code = "event_amount_not_positive"
    zh = "金额 {amount} 元无效：应大于 0。"
    en = "The amount {amount} must be above 0."


class PrepaymentTooSmall(EventRefused):
    """A prepayment pays all that is due, and some principal that is not."""

    code = "prepayment_too_small"
    zh = "提前还款 {amount:,.2f} 元不足：须先付清到期款项、应计利息和费用共 {first:,.2f} 元，其余才归还本金。"
    en = "{amount:,.2f} is too little: {first:,.2f} of what is due, interest and fees come first, then principal."


class NothingNotDue(EventRefused):
    """Only principal that is not due can be paid early, extended or repriced."""

    code = "nothing_not_due"
    zh = "贷款已无未到期本金，不能办理“{kind}”。"
    en = "All principal is due; “{kind}” needs some that is not."


class ChangeInInterestGrace(EventRefused):
    """A schedule is not changed while interest is being deferred."""

    code = "change_in_interest_grace"
    zh = "付息宽限期内（前 {grace} 期）不能变更还款计划，请在宽限期后办理。"
    en = "The schedule cannot change during the grace of interest (the first {grace} instalments); do it afterwards."


class WaiverTooLarge(EventRefused):
    """No more is waived than is owed."""

    code = "waiver_too_large"
    zh = "减免{component} {amount:,.2f} 元超过所欠 {owed:,.2f} 元，请更正金额。"
    en = "{amount:,.2f} of {component} cannot be waived: {owed:,.2f} is owed. Correct the amount."


class PrincipalNotWaived(EventRefused):
    """Principal is written off, not waived."""

    code = "principal_not_waived"
    zh = "本金不能减免，请办理核销。"
    en = "Principal is not waived; write it off."


class ExtensionTooLong(EventRefused):
    """An extension is one month to its limit."""

    code = "extension_too_long"
    zh = "展期 {months} 个月无效：本笔贷款可展期 1 至 {limit} 个月。"
    en = "An extension of {months} months is not possible; this loan takes 1 to {limit}."


class ExtensionNotWholePeriods(EventRefused):
    """An extension is a whole number of instalments."""

    code = "extension_not_whole_periods"
    zh = "展期 {months} 个月不是每期 {every} 个月的整数倍。"
    en = "{months} months are not a whole number of instalments of {every} months."


class NothingToWriteOff(EventRefused):
    """A claim is written off once, while there is one."""

    code = "nothing_to_write_off"
    zh = "贷款没有可核销的余额，或已经核销。"
    en = "Nothing is owed that could be written off, or it was written off already."


class NotWrittenOff(EventRefused):
    """Only a claim that was written off is recovered."""

    code = "not_written_off"
    zh = "贷款未核销，请按还款登记。"
    en = "The loan was not written off; record a receipt."


class WrittenOffAlready(EventRefused):
    """After the write-off money is a recovery, and nothing else changes."""

    code = "written_off_already"
    zh = "贷款已于 {on} 核销，不能办理“{kind}”；收到款项请按核销后收回登记。"
    en = "The loan was written off on {on}; “{kind}” is not possible. Record money as a recovery."


class LaterEventBroken(EventRefused):
    """A back-dated event leaves every later one possible."""

    code = "later_event_broken"
    zh = "补记后，{on} 的“{kind}”（{reference}）不再成立：{why} 请先冲正该笔。"
    en = "With this, “{kind}” of {on} ({reference}) is no longer possible: {why_en} Reverse that one first."


class NotReversible(EventRefused):
    """Pay-outs, due dates and reversals are not reversed here; anything else once."""

    code = "event_not_reversible"
    zh = "“{kind}”（{reference}）不能冲正，或已冲正。"
    en = "“{kind}” ({reference}) cannot be reversed here, or was reversed already."


class ReversalCheckedByMaker(EventRefused):
    """Who recorded something, or asks for its reversal, does not approve the reversal."""

    code = "event_reversal_checked_by_maker"
    zh = "复核人是“{kind}”（{reference}）或其冲正的经办人，请由他人复核。"
    en = "The checker recorded “{kind}” ({reference}) or asks for its reversal; another person has to check it."


class ReasonMissing(EventRefused):
    """A change says why."""

    code = "event_reason_missing"
    zh = "请填写“{kind}”的原因（2 至 200 个字）。"
    en = "Say why: “{kind}” needs a reason of 2 to 200 characters."


class LoanHasHistory(EventRefused):
    """A pay-out is not taken back behind receipts and changes."""

    code = "loan_has_history"
    zh = "贷款 {loan_no} 放款后已有还款或变更，请先逐笔冲正再登记放款退回。"
    en = "Receipts or changes followed the pay-out of {loan_no}; reverse them before it is taken back."


class QuoteNotValid(EventRefused):
    """A quote holds for its day and for the loan as it was."""

    code = "quote_not_valid"
    zh = "报价 {quote_no} 已失效：有效至 {valid_until}，且报价后贷款不得有新变动。请重新报价。"
    en = "The quote {quote_no} no longer holds: valid until {valid_until}, and for the loan as it was. Ask anew."


class RestructuringEmpty(EventRefused):
    """A restructuring changes the term, the rate or the next instalments."""

    code = "restructuring_empty"
    zh = "重组须至少变更一项：延长月数、年利率或只还息期数（1 至 {holiday_max} 期）。"
    en = "A restructuring changes the term, the rate, or 1 to {holiday_max} instalments to interest alone."


class SubsidyAgreed(EventRefused):
    """A loan has one subsidy."""

    code = "subsidy_agreed"
    zh = "贷款已约定贴息，如有误请先冲正。"
    en = "A subsidy was agreed already; reverse that one if it is wrong."


class SubsidyRateMissing(EventRefused):
    """The lender's own rate is above the borrower's: that is what is subsidised."""

    code = "subsidy_rate_missing"
    zh = "请填写高于客户年利率 {rate:.4%} 的资金方年利率，贴息按它分摊。"
    en = "Give the lender's own rate, above the customer's {rate:.4%}: the subsidy is spread by it."


class SubsidyNotOwed(EventRefused):
    """No more is paid of a subsidy than is owed."""

    code = "subsidy_not_owed"
    zh = "贴息款 {amount:,.2f} 元超过尚未收到的 {owed:,.2f} 元，请核对金额。"
    en = "{amount:,.2f} is more than the {owed:,.2f} that is still owed of the subsidy; check the amount."


class QuoteForThePast(EventRefused):
    """A quote is for today or later."""

    code = "quote_for_the_past"
    zh = "还款日 {pay_on} 早于营业日期 {today}，请选择当日或以后的日期。"
    en = "{pay_on} is before the business date {today}; choose that day or a later one."


class EnoughToEnd(EventRefused):
    """What is enough for all of the loan is quoted as its settlement."""

    code = "enough_to_end"
    zh = "{amount:,.2f} 元已足够全部结清，请改为办理“全部结清”，不必填写金额。"
    en = "{amount:,.2f} is enough to end the loan; choose repayment in full, which needs no amount."


class ReceiptAboveOwed(EventRefused):
    """No more is received on a loan than is owed of it."""

    code = "receipt_above_owed"
    zh = "收款金额 {amount:,.2f} 元超过本笔贷款全部欠款 {owed:,.2f} 元，请核对金额；多收部分请在银行对账中转入暂收款。"
    en = (
        "{amount:,.2f} is more than the {owed:,.2f} owed in all on this loan; check the amount. "
        "Money beyond that is put into suspense at the bank reconciliation."
    )


class BookingNotAllowed(EventRefused):
    """Who asks for something and who lets it happen each have that duty, and the loan in their reach."""

    code = "booking_not_allowed"
    zh = "您的岗位不能{act}贷款 {loan_no} 的“{kind}”，请由有权岗位办理。"
    en = "Your role cannot {act_en} “{kind}” on the loan {loan_no}; somebody with that duty does."


class CheckedByMaker(EventRefused):
    """Nobody checks what they asked for."""

    code = "checked_by_maker"
    zh = "“{kind}”由您本人登记，须由另一人审批。"
    en = "You asked for this “{kind}” yourself; another person approves it."


class WaiverByReceiver(EventRefused):
    """Who posts receipts of a loan approves no waiver on it."""

    code = "waiver_by_receiver"
    zh = "您登记或复核过贷款 {loan_no} 的还款，不能审批其减免，请由他人审批。"
    en = "You posted receipts of {loan_no}, so you cannot approve a waiver on it; somebody else does."


class EventBeforeTakeOver(EventRefused):
    """What happened before a loan was taken over stays with the system that kept it then."""

    code = "event_before_take_over"
    zh = "日期 {on} 早于贷款 {loan_no} 的期初转入日 {taken_over}，请以转入日或以后的日期登记。"
    en = "{on} is before the loan {loan_no} was taken over on {taken_over}; date it on that day or later."
