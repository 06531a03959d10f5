"""What a customer is asked who answers a callback himself: the part of the checklist that he alone can speak to.

The answers carry the names and values of the staff's checklist (processes/callback_visit, ``callback_form``), so that
the same tables judge both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from company.messages import Language
from lending.errors import LendingError

COMPLAINT = "complaint_text"
COMPLAINT_MAX = 500
_SAME = (("same", "没有变化", "No change"), ("changed", "有变化", "Changed"))


class AnswerMissing(LendingError):
    """A callback is answered whole."""

    code = "callback_answer_missing"
    zh = "还有 {count} 个问题没有回答，请补充后再提交。"
    en = "{count} questions are not answered yet; answer them and send again."


class ComplaintTooLong(LendingError):
    """A complaint given here is brief; a longer one has its own ways."""

    code = "callback_complaint_length"
    zh = "意见最多 {most} 字，请精简，或致电我们。"
    en = "Write {most} characters at the most, or call us."


@dataclass(frozen=True)
class Question:
    """One question; ``options`` are value, Chinese and English words. An ``optional`` one may stay open."""

    key: str
    zh: str
    en: str
    options: tuple[tuple[str, str, str], ...]
    optional: bool = False

    def words(self, language: Language) -> str:
        """The question."""
        return self.zh if language == "zh" else self.en

    def choices(self, language: Language) -> list[tuple[str, str]]:
        """Value and words of each answer."""
        return [(value, zh if language == "zh" else en) for value, zh, en in self.options]


PAYING = "paying"
QUESTIONS = (
    Question("address_state", "联系地址有变化吗？", "Has your address changed?", _SAME),
    Question("phone_state", "手机号码要换吗？", "Will your mobile number change?", _SAME),
    Question("job_state", "工作有变化吗？", "Has your job changed?", _SAME),
    Question("income_state", "收入有变化吗？", "Has your income changed?", _SAME),
    Question(
        "driver",
        "车辆主要由谁使用？",
        "Who drives the car?",
        (
            ("self", "本人", "I do"),
            ("spouse", "配偶", "My spouse"),
            ("family", "家人", "My family"),
            ("other", "其他人", "Somebody else"),
        ),
    ),
    Question(
        "use_found",
        "车辆用来做什么？",
        "What is the car used for?",
        (
            ("private", "自用", "Private"),
            ("ride_hailing", "网约车", "Ride hailing"),
            ("rental", "出租", "Rented out"),
            ("goods", "运货", "Goods"),
        ),
    ),
    Question(
        "vehicle_state",
        "车辆状况如何？",
        "What state is the car in?",
        (
            ("good", "完好", "Good"),
            ("damaged", "有损坏", "Damaged"),
            ("repaired", "坏过，已修好", "Was damaged, is repaired"),
        ),
    ),
    Question(
        "third_party_claim",
        "车辆抵押、转让或借给过别人吗？",
        "Was the car pledged, passed on or lent?",
        (
            ("none", "没有", "No"),
            ("pledged", "质押给了别人", "Pledged"),
            ("transferred", "转让给了别人", "Passed on"),
            ("lent", "借给了别人", "Lent"),
        ),
    ),
    Question(
        PAYING,
        "近期还款有困难吗？",
        "Is it difficult to pay at present?",
        (
            ("easy", "没有", "No"),
            ("soon", "有些困难，三十天内能还上", "A little; I can pay within thirty days"),
            ("hard", "比较困难，三十天内还不上", "Yes; I cannot pay within thirty days"),
        ),
    ),
    Question(
        "nps",
        "您愿意把我们推荐给朋友吗？（0 不愿意，10 非常愿意）",
        "Would you recommend us? (0 no, 10 gladly)",
        tuple((str(n), str(n), str(n)) for n in range(11)),
        optional=True,
    ),
)
# How hard it is to pay, 0 to 10, and whether it passes within thirty days, as the table of outcomes reads it.
_DIFFICULTY = {"easy": (0, True), "soon": (5, True), "hard": (8, False)}


def read(given: Mapping[str, str]) -> dict[str, object]:
    """The answers as the checklist names them, the complaint among them in the clear.

    Raises :class:`AnswerMissing`, also for what is none of the answers offered; :class:`ComplaintTooLong`.
    """
    chosen = {each.key: given.get(each.key, "") for each in QUESTIONS}
    missing = [
        each.key
        for each in QUESTIONS
        if chosen[each.key] not in {value for value, _zh, _en in each.options}
        and not (each.optional and not chosen[each.key])
    ]
    if missing:
        raise AnswerMissing(count=len(missing))
    words = given.get(COMPLAINT, "").strip()
    if len(words) > COMPLAINT_MAX:
        raise ComplaintTooLong(most=COMPLAINT_MAX)
    difficulty, can_pay_soon = _DIFFICULTY[chosen.pop(PAYING)]
    nps = chosen.pop("nps")
    return {
        **chosen,
        "difficulty": difficulty,
        "can_pay_soon": can_pay_soon,
        **({"nps": int(nps)} if nps else {}),
        **({COMPLAINT: words} if words else {}),
    }
