"""What a collector is advised to say, by the script that the strategy names; the human decides what is said."""

from __future__ import annotations

from datetime import date

from company.messages import Language

_OPENING = (
    "您好，我是{lender}的工作人员（报姓名和工号），本次通话会录音。请问是{name}本人吗？（先核对两项身份信息；非本人不透露债务。）",
    "Good day, this is {lender} (say your name and number); the call is recorded. Am I speaking with {name}? "
    "(Verify two items first; tell nobody else of the debt.)",
)
_BODIES: dict[str, tuple[str, str]] = {
    "first": (
        "您本期应还款项已逾期 {days} 天，共 {amount} 元。是忘记了还是有困难？请问哪一天可以还清？",
        "Your instalment is {days} days late, {amount} yuan in all. Was it forgotten, or is there a difficulty? "
        "On which day can you pay?",
    ),
    "promise": (
        "款项已逾期 {days} 天，共 {amount} 元，罚息按合同每天增加。请约定一个具体的还款日期和金额。",
        "It is {days} days late, {amount} yuan, and penalty interest grows daily under the contract. "
        "Please agree on a day and an amount.",
    ),
    "broken": (
        "您上次承诺的还款没有到账。现逾期 {days} 天，共 {amount} 元。请说明原因，并约定确实能做到的日期。",
        "What you promised has not arrived. It is {days} days late now, {amount} yuan. "
        "Please say why, and name a day that you can keep.",
    ),
    "bureau": (
        "款项已逾期 {days} 天，共 {amount} 元。依您的授权，逾期信息将报送征信；请尽快还款，有困难可申请调整计划。",
        "It is {days} days late, {amount} yuan. Under your consent the arrears are reported to the credit bureau; "
        "please pay soon, or ask for an adjusted plan.",
    ),
    "visit": (
        "两人同行、出示工作证、征得同意后再进入。说明逾期 {days} 天、{amount} 元，了解困难和车辆情况。",
        "Two people, show your cards, enter with consent only. Say that it is {days} days late, {amount} yuan; "
        "ask about difficulties and the car.",
    ),
    "letter": (
        "告知书面催收函已寄出：逾期 {days} 天，共 {amount} 元，限期还款；确认收件地址。",
        "Say that a demand letter was sent: {days} days late, {amount} yuan, with a day to pay by; check the address.",
    ),
    "plan": (
        "说明可协商还款计划；不得承诺减免。逾期 {days} 天，共 {amount} 元。",
        "Offer to agree on a plan; promise no waiver. {days} days late, {amount} yuan.",
    ),
    "handover": (
        "说明可自愿交车处置并签署确认；不得强行收车。逾期 {days} 天，共 {amount} 元。",
        "Explain a voluntary, signed hand-over; no repossession by force. {days} days late, {amount} yuan.",
    ),
    "court": (
        "说明将依法主张权利，仍可随时还款和解。逾期 {days} 天，共 {amount} 元。不夸大法律后果。",
        "Say that the claim is pursued by law and may still be settled. {days} days late, {amount} yuan. "
        "Do not overstate consequences.",
    ),
}
_AS_OF = (
    "（以上天数和金额截至 {on}。）",
    " (Days and amount as of {on}.)",
)
_NEVER = (
    "不得冒充司法机关、威胁、侮辱、虚假陈述、额外收费、诱导借贷，不得向第三人透露债务。",
    "Never pose as an authority, threaten, insult, state falsehoods, ask for extra fees, push to borrow, tell others.",
)


def lines(
    script: str, language: Language, *, lender: str, name: str, days: int, amount: str, on: date
) -> list[str]:
    """The suggested lines in the reader's language; of a script that is unknown, those of the first call.

    ``on`` is the business date of the days and the amount: it is said, for the customer may have paid since.
    """
    which = 0 if language == "zh" else 1
    body = _BODIES.get(script, _BODIES["first"])[which]
    return [
        _OPENING[which].format(lender=lender, name=name),
        body.format(days=days, amount=amount) + _AS_OF[which].format(on=on),
        _NEVER[which],
    ]
