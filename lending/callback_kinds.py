"""The words of callbacks: their life, why and how they are made, what comes of an attempt and of the whole."""

from __future__ import annotations

from lending.labels import Labelled


class CallbackStatus(Labelled):
    """The life of a callback."""

    PLANNED = "planned", "已计划", "Planned"
    PREPARING = "preparing", "准备中", "Being prepared"
    CONTACTING = "contacting", "联系中", "Being made"
    DONE = "done", "已完成", "Done"
    UNREACHABLE = "unreachable", "未联系上", "Not reached"
    REFUSED = "refused", "客户拒绝", "Refused"
    CANCELLED = "cancelled", "已取消", "Cancelled"


class PlanReason(Labelled):
    """Why a callback was planned for its day."""

    FIRST = "first", "放款后首次", "First after the pay-out"
    INTERVAL = "interval", "按频率表", "By the table of intervals"
    OUTCOME = "outcome", "按上次结果", "By the last outcome"
    CHANGED = "changed", "等级或逾期变化", "Grade or arrears changed"
    ASKED = "asked", "人工安排", "Asked for"
    TRANSFER = "transfer", "债务转移后", "After a change of debtor"


class CallbackMethod(Labelled):
    """How the customer is looked up."""

    PHONE = "phone", "电话访谈", "By telephone"
    ON_SITE = "on_site", "实地检查", "On site"
    LINK = "link", "客户自助", "Answered by the customer himself"


class AttemptResult(Labelled):
    """What came of one attempt."""

    REACHED = "reached", "联系上本人", "Reached"
    NO_ANSWER = "no_answer", "无人接听或不在", "No answer"
    WRONG_PERSON = "wrong_person", "非本人（未透露债务）", "Another person (the debt was not told)"
    DECLINED = "declined", "本人拒绝回访", "Declined"
    DECEASED = "deceased", "被告知已故", "Said to be deceased"


class CallbackOutcome(Labelled):
    """What a callback found."""

    GOOD = "good", "正常", "Good"
    INFO_CHANGED = "info_changed", "信息变更", "Information changed"
    HARDSHIP_MINOR = "hardship_minor", "短期困难", "Short hardship"
    HARDSHIP_MAJOR = "hardship_major", "还款困难", "Hardship"
    MISUSE = "misuse", "违约用途", "Misuse"
    DAMAGE = "damage", "车辆受损", "Car damaged"
    SECOND_PLEDGE = "second_pledge", "车辆被质押", "Car pledged again"
    TRANSFERRED = "transferred", "车辆被转让", "Car passed on"
    COMPLAINT = "complaint", "客户投诉", "Complaint"
    UNREACHABLE = "unreachable", "联系不上", "Not reached"
    REFUSED = "refused", "拒绝回访", "Refused"
    DECEASED = "deceased", "客户已故", "Deceased"


class WarningLevel(Labelled):
    """How urgently others are told."""

    NONE = "none", "无", "None"
    YELLOW = "yellow", "黄色", "Yellow"
    RED = "red", "红色", "Red"
