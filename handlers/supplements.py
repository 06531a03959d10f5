"""Supplement and short messages: what the customer is asked for, told and reminded of."""

from __future__ import annotations

from company import parameters
from engine.topics import Call, OutsideCall
from handlers.register import TOPICS
from handlers.world import World

# No name, number or reason of a person goes into a short message.
_TEXTS = {
    "supplement": "【车流】您的贷款申请 {no} 需补充资料：{what}。请尽快交到办理网点。",
    "reminder": "【车流】您的贷款申请 {no} 尚缺资料，请尽快补交。",
    "reminder_last": "【车流】您的贷款申请 {no} 仍缺资料，再不补交将自动关闭。",
    "handed_over": "【车流】您的贷款申请 {no} 已受理并转入审批。",
    "rejected": "【车流】您的贷款申请 {no} 未能通过，理由由网点告知；如有新的情况可申请复核一次。",
    "approved": "【车流】您的贷款申请 {no} 已获批准，请与客户经理约定签约时间。",
    "closed": "【车流】您的贷款申请 {no} 因未补交资料已关闭，可随时重新申请。",
    "upheld": "【车流】您的贷款申请 {no} 经复核维持原结论，理由由网点告知。",
    "reopened": "【车流】您的贷款申请 {no} 经复核已重新办理，请与客户经理联系。",
    "change_made": "【车流】您的贷款（申请 {no}）还款计划已变更，请按补充协议还款。",
    "change_refused": "【车流】您的贷款（申请 {no}）变更申请未能办理，理由由网点告知。",
    "debtor_changed": "【车流】贷款债务人变更（申请 {no}）已办结，请各方按债务转移协议履行。",
    "transfer_refused": "【车流】贷款债务人变更（申请 {no}）未能办理，理由由网点告知。",
}
_WHAT_CHARACTERS_MAX = 60


@TOPICS.topic("open-supplement")
def open_supplement(call: Call) -> dict[str, object]:
    """After how many days the customer is reminded, and after how many the time is over."""
    days = parameters.value(call.session, "supplement_days", call.business_date)
    first, second = days["reminders"]
    return {
        "first_reminder_after": f"P{first}D",
        "second_reminder_after": f"P{second}D",
        "supplement_closes_after": f"P{days['close']}D",
    }


@TOPICS.topic("close-supplement")
def close_supplement(call: Call, supplement_outcome: str) -> dict[str, object]:
    """What came of it: supplied or timeout."""
    return {"supplement_result": supplement_outcome}


@TOPICS.topic("send-sms")
def send_sms(call: Call, template: str) -> dict[str, object]:
    """The text is with the gateway; nothing else is to be kept."""
    return {}


@send_sms.outside
def _send(
    call: OutsideCall, application_no: str, template: str, mobile: str, documents_problem: str = ""
) -> None:
    """Send the text once, however often the step is tried."""
    world: World = call.world
    text = message(template, application_no, documents_problem)
    world.parties.sms.send(request_id=call.idempotency_key, mobile=call.reveal(mobile), text=text)


def message(template: str, application_no: str, documents_problem: str = "") -> str:
    """The words of a short message."""
    return _TEXTS[template].format(no=application_no, what=documents_problem[:_WHAT_CHARACTERS_MAX])
