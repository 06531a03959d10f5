"""The message templates a company starts with; an administrator publishes new versions of them.

Each row: key, audience, purpose, channels, Chinese text, English text. ``{company}``, ``{name}``, ``{tail}`` (the last
four of the loan's number) are filled in for every message to a customer; the others are the occasion's own.
"""

from __future__ import annotations

from typing import NamedTuple

_CUSTOMER = ("sms", "in_app")
_STAFF = ("in_app", "email", "dingtalk", "wecom")


class FirstText(NamedTuple):
    """One template as the product brings it; ``secret`` is the placeholder of the code or link that it carries."""

    key: str
    audience: str
    purpose: str
    channels: tuple[str, ...]
    zh: str
    en: str
    secret: str = ""


FIRST = (
    FirstText(
        "repayment_due",
        "customer",
        "reminder",
        ("sms",),
        "【{company}】{name}您好，您尾号{tail}的贷款本期应还{amount}元，还款日{on}，请保证还款账户余额充足。已还请忽略。",
        "[{company}] {name}, {amount} yuan of your loan ending {tail} fall due on {on}; please fund the account.",
    ),
    FirstText(
        "overdue_notice",
        "customer",
        "collection",
        _CUSTOMER,
        "【{company}】{name}您好，您尾号{tail}的贷款已逾期{days}天，应还{amount}元，请尽快还款；如有困难请联系我们。",
        "[{company}] {name}, your loan ending {tail} is {days} days past due with {amount} yuan; "
        "please pay, or call us if you cannot.",
    ),
    FirstText(
        "debit_failed",
        "customer",
        "reminder",
        _CUSTOMER,
        "【{company}】{name}您好，您尾号{tail}的贷款于{on}扣款{amount}元未成功，请检查还款账户。",
        "[{company}] {name}, {amount} yuan for your loan ending {tail} could not be collected on {on}; "
        "please look at your account.",
    ),
    FirstText(
        "receipt_booked",
        "customer",
        "service",
        ("sms",),
        "【{company}】{name}您好，您尾号{tail}的贷款已于{on}收到还款{amount}元。",
        "[{company}] {name}, {amount} yuan were received for your loan ending {tail} on {on}.",
    ),
    FirstText(
        "receipt_returned",
        "customer",
        "service",
        _CUSTOMER,
        "【{company}】{name}您好，您尾号{tail}的贷款{on}的还款{amount}元被银行退回，请重新还款。",
        "[{company}] {name}, the {amount} yuan of {on} for your loan ending {tail} were returned by the bank; "
        "please pay again.",
    ),
    FirstText(
        "portal_code",
        "customer",
        "access",
        ("sms",),
        "【{company}】验证码{code}，用于{what}，5分钟内有效。请勿告诉任何人，我们的员工不会向您索要。",
        "[{company}] {code} is your code, good for {what} and for 5 minutes. "
        "Tell it to nobody; our staff never ask for it.",
        secret="code",
    ),
    FirstText(
        "callback_link",
        "customer",
        "callback",
        ("sms",),
        "【{company}】{name}您好，请于{until}前打开 {link} 花一分钟回答尾号{tail}贷款的回访，不便填写可等我们来电。"
        "我们不会索要密码或验证码。",
        "[{company}] {name}, please answer a few questions on your loan ending {tail} by {until}: {link} "
        "Or wait for our call. We never ask for passwords or codes.",
        secret="link",
    ),
    FirstText(
        "data_request_answered",
        "customer",
        "service",
        ("sms",),
        "【{company}】{name}您好，您的个人信息请求{request_no}已有答复，请登录“我的贷款”查看。",
        "[{company}] {name}, your request {request_no} about your data is answered; sign in to “My loans” to read it.",
    ),
    FirstText(
        "prepayment_quote",
        "customer",
        "service",
        ("sms",),
        "【{company}】{name}您好，您尾号{tail}的贷款提前还款应付{amount}元，请于{on}当日24时前到账，逾时失效。",
        "[{company}] {name}, {amount} yuan repay your loan ending {tail} early, if they arrive by the end of {on}.",
    ),
    FirstText(
        "prepayment_done",
        "customer",
        "service",
        ("sms",),
        "【{company}】{name}您好，您尾号{tail}的贷款部分提前还款已入账，下期应还{amount}元（{on}），末期还款日{until}。",
        "[{company}] {name}, part of your loan ending {tail} is repaid; next: {amount} yuan on {on}, last on {until}.",
    ),
    FirstText(
        "prepayment_differs",
        "customer",
        "service",
        _CUSTOMER,
        "【{company}】{name}您好，您尾号{tail}的贷款收到{amount}元，与提前还款报价{total}元不符，报价已失效，请联系我们。",
        "[{company}] {name}, {amount} yuan came for your loan ending {tail}, not the quoted {total}; "
        "the quote is void, please call us.",
    ),
    FirstText(
        "loan_settled",
        "customer",
        "service",
        _CUSTOMER,
        "【{company}】{name}您好，您尾号{tail}的贷款已于{on}结清，尚欠{amount}元，结清证明已出具，我们将联系您办理解押。",
        "[{company}] {name}, your loan ending {tail} was settled on {on} with {amount} yuan owed; "
        "we call you to release the mortgage.",
    ),
    FirstText(
        "mortgage_released",
        "customer",
        "service",
        _CUSTOMER,
        "【{company}】{name}您好，您尾号{tail}的贷款所涉车辆抵押已于{on}解除，登记证书已交还。",
        "[{company}] {name}, the mortgage of the car of your loan ending {tail} was released on {on}.",
    ),
    FirstText(
        "fund_use_due",
        "customer",
        "service",
        _CUSTOMER,
        "【{company}】{name}您好，您尾号{tail}的贷款尚缺购车凭证（{what}），请于{on}前提供。",
        "[{company}] {name}, proof of the use of your loan ending {tail} is missing ({what}); please send it by {on}.",
    ),
    FirstText(
        "loan_alert",
        "staff",
        "service",
        _STAFF,
        "贷款 {loan_no} 预警：{what}。请在“贷款预警”中处理。",
        "Alert on loan {loan_no}: {what}. See to it under loan alerts.",
    ),
)
