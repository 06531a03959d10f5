"""The sidebar: which pages a person's roles open, with the numbers of what waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import Flask, g, request, url_for

from company.notices import unread_count
from engine import inbox
from engine.inbox import Filter, Tally
from web.access import allowed, beyond_own
from web.export_requests import may_follow as may_follow_exports
from web.language import translate as _
from web.proposals import may_follow_any
from web.session import me, session_over_text
from web.suspense import may_see as may_see_suspense
from web.wiring import wired


@dataclass(frozen=True)
class Item:
    """One line of the sidebar; ``on_phone`` ones stand in the bar at the foot of a phone."""

    title: str
    icon: str
    address: str
    current: bool
    count: int | None = None
    on_phone: bool = False
    live: str = ""  # which of the figures of web.live keeps the number up to date


@dataclass(frozen=True)
class Group:
    """A heading and its lines."""

    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Waiting:
    """The tallies of the person's own tasks and of the group's."""

    mine: Tally
    pool: Tally


def waiting() -> Waiting:
    """How many tasks wait for the person, counted once a request."""
    if "waiting" not in g:
        with wired().database.read() as session:
            actor, now = me().actor, wired().clock.now()
            mine, pool = Filter(view="mine"), Filter(view="group")
            g.waiting = Waiting(
                inbox.tally(session, actor, mine, now=now), inbox.tally(session, actor, pool, now=now)
            )
    return cast(Waiting, g.waiting)


def may_search() -> bool:
    """Whether the person may open any case, and so look for one."""
    return any(allowed(thing) for thing in ("application", "contract", "disbursement"))


def unread_notices() -> int:
    """How many notices the person has not read, counted once a request."""
    if "unread_notices" not in g:
        with wired().database.read() as session:
            g.unread_notices = unread_count(session, me().actor.employee_id or 0)
    return cast(int, g.unread_notices)


def navigation() -> list[Group]:
    """The groups that are not empty for this person."""
    desk = [
        _item(_("今日工作"), "home", "start.show", "start"),
        *_inbox(),
    ]
    if allowed("application"):
        desk.append(_item(_("案件查询"), "search", "cases.index", "cases", on_phone=True))
    if allowed("application", "C"):
        desk.append(_item(_("新建进件"), "file-plus", "cases.new", "cases", on_phone=True))
    if allowed("application"):
        desk.append(_item(_("前台服务流程表"), "list-details", "flow_sheet.index", "flow_sheet"))
        desk.append(_item(_("贷款计算器"), "coin", "calculator.show", "calculator"))
    lending = []
    if allowed("customer"):
        lending.append(
            _item(
                _("客户档案"), "user", "customers.index", "customers", "customer_merges", "customer_profiles"
            )
        )
    if may_search():
        lending.append(_item(_("车辆档案"), "car", "vehicles.index", "vehicles"))
    if allowed("contract"):
        # Who has no page of cases has the fourth place of a phone's bar for the loans.
        fourth = not allowed("application")
        lending.append(_item(_("贷款台账"), "cash", "loans.index", "loans", on_phone=fourth))
    lending += _after_pay_out()
    if allowed("collateral"):
        lending.append(_item(_("抵押台账"), "file-text", "collateral.index", "collateral", "pledges"))
    if allowed("application"):
        lending.append(_item(_("授信额度"), "coin", "credit_lines.index", "credit_lines"))
    if allowed("callback"):
        lending.append(_item(_("回访计划"), "calendar", "callbacks.index", "callbacks"))
    if allowed("complaint"):
        lending.append(_item(_("投诉"), "message", "customer_contacts.index", "customer_contacts"))
    if allowed("watch_list"):
        lending.append(_item(_("名单管理"), "alert-triangle", "watch_lists.index", "watch_lists"))
    lending += _rules()
    accounting = _accounting()
    groups = [
        Group(_("工作台"), tuple(desk)),
        Group(_("贷款业务"), tuple(lending)),
        Group(_("财务核算"), tuple(accounting)),
        Group(_("流程中心"), tuple(_centre())),
    ]
    return [group for group in groups if group.items]


def _inbox() -> list[Item]:
    """The person's own tasks, and those of the groups."""
    counts, pool = waiting(), request.args.get("tab") == "pool"
    place = ("inbox.show", "inbox")
    return [
        _item(
            _("我的待办"),
            "inbox",
            *place,
            count=counts.mine.all,
            on_phone=True,
            current=not pool,
            live="mine",
        ),
        _item(
            _("组任务池"),
            "users-group",
            *place,
            count=counts.pool.all,
            on_phone=True,
            current=pool,
            tab="pool",
            live="pool",
        ),
    ]


def _after_pay_out() -> list[Item]:
    """What was noticed and told after the pay-out."""
    items = []
    if allowed("callback"):
        items.append(_item(_("贷款预警"), "alert-triangle", "alerts.index", "alerts"))
    if beyond_own("legal"):
        items.append(_item(_("债权转让"), "file-text", "claim_packages.index", "claim_packages"))
    if allowed("collection_case"):
        places = ("collections", "collection_team", "agencies")
        items.append(_item(_("催收工作台"), "message-circle", "collections.index", *places))
    if beyond_own("ledger"):
        items.append(_item(_("消息记录"), "message", "messages.index", "messages"))
    return items


def _rules() -> list[Item]:
    """The rules of the house: dealers, products, prices, and the changes that wait for a second person."""
    items = []
    if allowed("dealer"):
        items.append(_item(_("经销商名录"), "building", "dealers.index", "dealers"))
    if allowed("product"):
        items.append(_item(_("产品与利率"), "percentage", "products.index", "products"))
        items.append(_item(_("资金方"), "building-bank", "funding.index", "funding"))
        items.append(_item(_("资料清单"), "files", "document_list.index", "document_list"))
    if allowed("price"):
        items.append(_item(_("车辆价格表"), "tag", "prices.index", "prices"))
    if allowed("product"):
        items.append(_item(_("贷款成数上限"), "car", "ceilings.index", "ceilings"))
    if allowed("contract", "U") or allowed("audit_log"):
        items.append(_item(_("合同文本"), "file-text", "contract_texts.index", "contract_texts"))
    if may_follow_any():
        items.append(_item(_("变更复核"), "checks", "proposals.index", "proposals"))
    return items


def _centre() -> list[Item]:
    """What runs the house: processes, incidents, people."""
    centre = []
    if allowed("process_models", "RX"):
        centre.append(_item(_("流程定义"), "sitemap", "processes.index", "processes"))
    if allowed("incident"):
        centre.append(_item(_("故障处理"), "alert-triangle", "incidents.index", "incidents"))
    centre += [
        _item(_("请假代理"), "user-share", "substitutions.index", "substitutions"),
        _item(_("培训"), "circle-check", "training.index", "training"),
        _item(_("法规库"), "files", "regulations.index", "regulations"),
    ]
    if allowed("users"):
        centre.append(_item(_("员工"), "users", "staff.index", "staff"))
        centre.append(_item(_("机构与部门"), "sitemap", "units.index", "units"))
        centre.append(_item(_("岗位管理"), "list-details", "positions.index", "positions"))
        centre.append(_item(_("角色与权限"), "checks", "roles.index", "roles"))
    if allowed("compliance"):
        centre.append(_item(_("合规台账"), "checks", "compliance.index", "compliance"))
    if allowed("retention"):
        centre.append(_item(_("保存期限"), "clock", "retention.index", "retention"))
    if may_follow_exports():
        centre.append(_item(_("导出审批"), "download", "export_requests.index", "export_requests"))
    if allowed("rules", "CAX") or (allowed("rules") and allowed("audit_log")):
        centre.append(_item(_("公司参数"), "list-details", "parameters.index", "parameters"))
    if allowed("rules", "X"):
        centre.append(_item(_("消息模板"), "message", "messages.templates", "messages"))
    if allowed("audit_log"):
        centre.append(_item(_("操作日志"), "history", "audit_log.index", "audit_log"))
    return centre


def _accounting() -> list[Item]:
    """The books: registers and ledger for who reads beyond own cases, the rest for who keeps the company's books."""
    items = []
    if beyond_own("ledger"):
        items.append(_item(_("业务台账"), "list-details", "registers.index", "registers"))
        items.append(_item(_("总账"), "report-money", "ledger.index", "ledger"))
    if allowed("books"):
        items.append(
            _item(
                _("凭证与报表"),
                "receipt-yuan",
                "vouchers.index",
                "vouchers",
                "books",
                "manual_vouchers",
                "opening",
                "day_end",
                "reports",
            )
        )
        items.append(_item(_("银行对账"), "building-bank", "bank.index", "bank"))
    if may_see_suspense():
        items.append(_item(_("到账与代扣"), "cash", "bank_receipts.index", "bank_receipts"))
        items.append(_item(_("暂收款认领"), "coin", "suspense.index", "suspense"))
    return items


def prepare(app: Flask) -> None:
    """Let the templates of ``app`` draw the sidebar."""
    app.jinja_env.globals.update(
        navigation=navigation,
        waiting=waiting,
        unread_notices=unread_notices,
        me=me,
        allowed=allowed,
        beyond_own=beyond_own,
        may_search=may_search,
        session_over_text=session_over_text,
    )


def _item(
    title: str,
    icon: str,
    endpoint: str,
    *areas: str,
    count: int | None = None,
    on_phone: bool = False,
    current: bool = True,
    tab: str | None = None,
    live: str = "",
) -> Item:
    here = request.blueprint in areas and ("inbox" in areas or _same_page(endpoint))
    return Item(title, icon, url_for(endpoint, tab=tab), here and current, count, on_phone, live)


def _same_page(endpoint: str) -> bool:
    """Pages of one area share its line in the sidebar unless they have their own."""
    own_lines = {"cases.new"}
    if request.endpoint in own_lines or endpoint in own_lines:
        return request.endpoint == endpoint
    return True
