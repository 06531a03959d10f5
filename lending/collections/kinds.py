"""The words of collections: stages, what is done, how contacts end, what became of promises and cases."""

from __future__ import annotations

from lending.labels import Labelled


class Stage(Labelled):
    """How late a loan is, in months begun (M-number = days past due / 30, rounded up)."""

    M1 = "m1", "M1 早期（1–30 天）", "M1 early (1–30 days)"
    M2 = "m2", "M2 中期（31–60 天）", "M2 mid (31–60 days)"
    M3 = "m3", "M3 后期（61–90 天）", "M3 late (61–90 days)"
    M4 = "m4", "M4+ 不良（91–180 天）", "M4+ non-performing (91–180 days)"
    M7 = "m7", "M7+ 深度（180 天以上）", "M7+ deep (over 180 days)"


FIRST_DAYS = {Stage.M1: 1, Stage.M2: 31, Stage.M3: 61, Stage.M4: 91, Stage.M7: 181}
"""The first day past due of each stage."""


def stage_of(days_past_due: int) -> Stage:
    """The stage of so many days past due; a loan that is not late counts as early.

    >>> [stage_of(days).name for days in (1, 30, 31, 90, 91, 180, 181)]
    ['M1', 'M1', 'M2', 'M3', 'M4', 'M4', 'M7']
    """
    begun = [stage for stage, first in FIRST_DAYS.items() if days_past_due >= first]
    return begun[-1] if begun else Stage.M1


class Action(Labelled):
    """What the strategy (DT-08) asks for next."""

    MESSAGE = "message", "短信提醒", "Message"
    CALL = "call", "电话催收", "Call"
    LETTER_CALL = "letter_call", "催收函并电话", "Letter and call"
    VISIT = "visit", "上门并联系保证人", "Visit and guarantor"
    LETTER = "letter", "催收函", "Demand letter"
    LEGAL = "legal", "法务处置", "Legal"
    HOLD = "hold", "暂停催收", "On hold"
    AGENCY = "agency", "委外催收中", "With an agency"


IN_SPITE_OF_A_PROMISE = frozenset({Action.HOLD, Action.AGENCY, Action.LEGAL})
"""Any other step waits for the day of a promise that is pending."""


class CaseStatus(Labelled):
    """The life of a collection case."""

    OPEN = "open", "催收中", "Open"
    PROMISED = "promised", "已承诺", "Promised"
    HELD = "held", "暂停", "On hold"
    PLACED = "placed", "已委外", "With an agency"
    LEGAL = "legal", "法务处置", "Legal"
    CURED = "closed_cured", "已还清逾期", "Cured"
    SETTLED = "closed_settled", "已结清", "Settled"
    WRITTEN_OFF = "closed_written_off", "已核销", "Written off"
    SOLD = "closed_sold", "债权已转让", "Claim sold"
    PASSED_ON = "closed_passed_on", "债务已转移", "Owed by somebody else"


CLOSED = frozenset(
    {
        CaseStatus.CURED,
        CaseStatus.SETTLED,
        CaseStatus.WRITTEN_OFF,
        CaseStatus.SOLD,
        CaseStatus.PASSED_ON,
    }
)


class ResultCode(Labelled):
    """How a contact ended."""

    PROMISE = "connected_promise", "承诺还款", "Promised to pay"
    REFUSED = "connected_refuse", "拒绝还款", "Refuses to pay"
    HARDSHIP = "connected_hardship", "还款困难", "Hardship"
    DISPUTE = "connected_dispute", "对债务有异议", "Disputes the debt"
    WRONG_PERSON = "wrong_person", "非本人", "Wrong person"
    NO_ANSWER = "no_answer", "无人接听", "No answer"
    BUSY = "busy", "占线", "Busy"
    SWITCHED_OFF = "switched_off", "关机", "Switched off"
    INVALID_NUMBER = "invalid_number", "号码无效", "Invalid number"
    DECEASED = "deceased", "被告知已故", "Said to be deceased"
    MESSAGE_LEFT = "message_left", "已留言", "Message left"


UNANSWERED = frozenset({ResultCode.NO_ANSWER, ResultCode.BUSY, ResultCode.SWITCHED_OFF})
"""After these the same number may be tried again today, as often as the gate lets it."""


class PromiseStatus(Labelled):
    """What became of a promise to pay."""

    PENDING = "pending", "待兑现", "Pending"
    KEPT = "kept", "已兑现", "Kept"
    PARTLY = "partly", "部分兑现", "Partly kept"
    BROKEN = "broken", "未兑现", "Broken"
    LAPSED = "lapsed", "债务转移，不再等待", "Lapsed: owed by somebody else"


class Skill(Labelled):
    """What a collector is able to do."""

    EARLY = "early", "早期电话", "Early calls"
    SENIOR = "senior", "资深", "Senior"
    FIELD = "field", "外访", "Field visits"


class Recovery(Labelled):
    """What legal decides for a case."""

    PLAN = "plan", "协商还款计划", "Agree on a plan"
    HANDOVER = "handover", "协商自愿交车", "Voluntary hand-over"
    PAYMENT_ORDER = "payment_order", "申请支付令", "Payment order"
    LITIGATION = "litigation", "移交诉讼", "Hand over to litigation"
    OUTSOURCE = "outsource", "委外催收", "Place with an agency"


IN_COURT = frozenset({Recovery.PAYMENT_ORDER, Recovery.LITIGATION})
"""For these the evidence pack is made and handed over."""


class PlacementEnd(Labelled):
    """Why an agency no longer has a case."""

    CURED = "cured", "已还清逾期", "Cured"
    ENDED = "ended", "贷款已终结", "Loan ended"
    EXPIRED = "expired", "到期收回", "Expired"
    RECALLED = "recalled", "提前收回", "Recalled"
