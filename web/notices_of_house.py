"""The sentences of notices about the house itself: requests of data subjects, rules to review, exports to let go."""

from __future__ import annotations

from company.notices import Notice
from lending.personal_requests import RequestOutcome
from web.language import current
from web.language import translate as _

# What the poll does row by row, and what waits when it fails.
POSTPONED = {
    "callback_begin": "发起到期回访",
    "callback_end": "结束贷款已终结的回访",
    "collection_begin": "建立遗漏的催收案件",
    "collection_end": "结束贷款已终结的催收",
    "revaluation": "车辆重新估值",
}


def of_the_house(notice: Notice) -> str | None:
    """What is told, as a sentence; None of a notice about something else."""
    facts = notice.facts
    match notice.template:
        case "data_request_ended":
            outcome = RequestOutcome(facts["outcome"]).label(current())
            return _(
                "个人信息请求 {number} 已办结：{outcome}，请答复客户。",
                number=facts["request_no"],
                outcome=outcome,
            )
        case "data_request_due":
            return _("个人信息请求 {number} 最迟 {day} 答复。", number=facts["request_no"], day=facts["due"])
        case "compliance_review_due":
            name = facts["name_en"] if current() == "en" else facts["name"]
            return _("合规要求“{name}”应于 {day} 前复核。", name=name, day=facts["due"])
        case "export_asked":
            return _("有一份导出等待审批：{what}。", what=facts["what"])
        case "export_decided":
            outcome = _("已批准") if facts["status"] == "approved" else _("未批准")
            return _("导出“{what}”{outcome}。", what=facts["what"], outcome=outcome)
        case "work_postponed":
            work = _(POSTPONED.get(facts["kind"], facts["kind"]))
            return _("后台工作“{work}”（{key}）失败，稍后自动重试。", work=work, key=facts["key"])
    return None
