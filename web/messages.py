"""Messages to customers and staff: the delivery log, and the templates with their versions."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, or_, select

from company import audit
from company.database import IDS_END
from lending import deliveries, message_templates
from lending.customers import Customer
from lending.deliveries import Delivery, DeliveryStatus
from lending.loans import Loan
from lending.message_templates import Way
from web.access import allowed, beyond_own, grants, loans_in_books
from web.language import current
from web.language import translate as _
from web.session import me
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("messages", __name__)
ROWS_MAX = 100
# What each template tells, by its key.
_TITLES = {
    "repayment_due": "还款提醒",
    "overdue_notice": "逾期提醒",
    "debit_failed": "扣款失败通知",
    "receipt_booked": "还款入账通知",
    "receipt_returned": "还款冲回通知",
    "prepayment_quote": "提前还款报价",
    "prepayment_done": "提前还款完成通知",
    "prepayment_differs": "提前还款金额不符通知",
    "loan_settled": "贷款结清通知",
    "mortgage_released": "抵押解除通知",
    "fund_use_due": "资金用途凭证提醒",
    "loan_alert": "贷款预警（员工）",
    "portal_code": "客户自助登录验证码",
    "callback_link": "回访自助链接",
    "data_request_answered": "个人信息请求答复通知",
}
_PLACEHOLDERS = {
    "amount": "金额",
    "code": "验证码",
    "company": "公司名称",
    "days": "天数",
    "link": "链接",
    "loan_no": "贷款编号",
    "name": "客户姓名",
    "on": "日期",
    "request_no": "请求编号",
    "tail": "贷款编号后四位",
    "total": "合计金额",
    "until": "截止日期",
    "what": "事项",
}


def may_see() -> bool:
    """Whether the person reads the log or the templates."""
    return bool(beyond_own("ledger")) or allowed("rules", "RX")


@pages.get("/messages")
def index() -> ResponseReturnValue:
    """What was told on the loans whose books the person reads, the newest first; by outcome, loan or name if asked."""
    wanted, search = request.args.get("status", ""), request.args.get("q", "").strip()[:64]
    before = request.args.get("before", type=int)
    reach, _all = loans_in_books()
    asked = select(Delivery).join(Loan, Loan.loan_no == Delivery.loan_no).where(reach)
    if DeliveryStatus.has(wanted):
        asked = asked.where(Delivery.status == DeliveryStatus(wanted))
    if search:
        named = select(Customer.id).where(Customer.name.contains(search, autoescape=True))
        asked = asked.where(
            or_(Delivery.loan_no.contains(search, autoescape=True), Delivery.customer_id.in_(named))
        )
    if before is not None and 0 < before < IDS_END:
        asked = asked.where(Delivery.id < before)
    with wired().database.read() as session:
        found = list(session.scalars(asked.order_by(Delivery.id.desc()).limit(ROWS_MAX + 1)))
        rows = found[:ROWS_MAX]
        more = None
        if len(found) > ROWS_MAX:
            more = url_for("messages.index", status=wanted or None, q=search or None, before=rows[-1].id)
        return render_template(
            "messages.html",
            rows=rows,
            q=search,
            more=more,
            status=wanted,
            statuses=DeliveryStatus.choices(current()),
            may_resend=allowed("ledger", "C"),
            may_edit=allowed("rules", "RX"),
        )


@pages.post("/messages/<int:delivery_id>/again")
def again(delivery_id: int) -> ResponseReturnValue:
    """Let a message that failed be tried anew."""
    grants("ledger", "C")
    reach: ColumnElement[bool] = loans_in_books()[0]
    now = wired().clock.now()
    with command() as session:
        asked = select(Delivery).join(Loan, Loan.loan_no == Delivery.loan_no)
        found = session.scalar(asked.where(Delivery.id == delivery_id, reach))
        if found is None:
            abort(404)
        deliveries.send_again(session, found, now)
        audit.record(session, now, me().actor, "message.send_again", "delivery", delivery_id)
    wired().wake()
    return redirect(url_for("messages.index"), 303)


def title(key: str) -> str:
    """What a template is for, in words; its key where there are none."""
    return _(_TITLES[key]) if key in _TITLES else key


def explained(key: str) -> list[str]:
    """What a template can be filled with: each placeholder as it is written, and what it stands for."""
    return [f"{{{name}}} {_(_PLACEHOLDERS[name])}" for name in message_templates.placeholders(key)]


@pages.get("/messages/templates")
def templates() -> ResponseReturnValue:
    """Every template as it is used, and how a person may change it."""
    grants("rules", "RX")
    with wired().database.read() as session:
        return render_template(
            "message_templates.html",
            rows=message_templates.in_use(session),
            ways=Way.choices(current()),
            placeholders=explained,
            title=title,
            may_edit=allowed("rules", "X"),
        )


@pages.get("/messages/templates/<key>")
def template(key: str) -> ResponseReturnValue:
    """The versions of a template, the newest first."""
    grants("rules", "RX")
    with wired().database.read() as session:
        return render_template(
            "message_template.html", rows=message_templates.versions(session, key), title=title(key)
        )


@pages.post("/messages/templates/<key>")
def publish(key: str) -> ResponseReturnValue:
    """Let a new version of a template hold."""
    grants("rules", "X")
    now, actor = wired().clock.now(), me().actor
    with command() as session:
        made = message_templates.publish(
            session,
            key,
            text_zh=request.form.get("text_zh", ""),
            text_en=request.form.get("text_en", ""),
            channels=request.form.getlist("channels"),
            by=actor.employee_id,
            now=now,
        )
        facts = {"version": made.version, "zh": made.text_zh, "en": made.text_en, "channels": made.channels}
        audit.record(session, now, actor, "message_template.publish", "message_template", key, after=facts)
    tell(_("模板第 {n} 版已生效。", n=made.version), "good")
    return redirect(url_for("messages.templates"), 303)
