"""What the product says to a person when it refuses: one error class a broken rule, in Chinese and in English."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

Language = Literal["zh", "en"]


class Refusal(Exception):
    """A rule of the house was broken; nothing has been written.

    A subclass is named after the rule, carries a stable ``code`` shared by BPMN boundary events, pages and tests,
    and two sentences that name the field, the rule and the remedy. ``facts`` fill the sentences' placeholders; one that
    is a refusal itself, the reason of another, is said in the same language.

    >>> class AmountTooHigh(Refusal):
    ...     code = "amount_too_high"
    ...     zh = "申请金额 {amount} 元超过上限 {limit} 元，请调低金额。"
    ...     en = "The amount {amount} is above the limit {limit}; enter a lower one."
    >>> AmountTooHigh(amount=5, limit=3).text("en")
    'The amount 5 is above the limit 3; enter a lower one.'
    """

    code: ClassVar[str] = "refused"
    zh: ClassVar[str] = "操作被拒绝。"
    en: ClassVar[str] = "The request was refused."

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        super().__init__(self.text("en"))

    def text(self, language: Language) -> str:
        """The sentence for a person who reads ``language``."""
        facts = {
            name: fact.text(language) if isinstance(fact, Refusal) else fact
            for name, fact in self.facts.items()
        }
        return (self.zh if language == "zh" else self.en).format(**facts)
