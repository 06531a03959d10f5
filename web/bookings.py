"""What the house itself writes beside postings and payments, in the reader's language; what a person wrote stays."""

from __future__ import annotations

from lending.bank.settling import Treatment
from lending.life.kinds import EventKind
from lending.loan_changes import ChangeKind
from lending.prepayments import Scope
from web.language import current
from web.language import translate as _

_DAY_END = ("计提罚息及复利", "停止计息转表外", "计提贷款损失准备", "贷款形态调整")
_OWN_WORDS = frozenset({"发放贷款", "购车贷款放款", "放款生成", "计提利息", "更正计提", *_DAY_END})
_EVENTS = {kind.zh: kind for kind in EventKind}
_CORRECTION = "更正"
# What the house writes beside a case, by its Chinese words.
_KINDS = {each.zh: each for of in (Treatment, Scope, ChangeKind) for each in of}
_KINDS |= {each.value: each for each in Scope}  # as early repayments kept it before it was put into words


def booked(text: str) -> str:
    """A description or purpose as it is kept in the books, ready to be read."""
    if text in _KINDS:
        return _KINDS[text].label(current())
    kind = _EVENTS.get(text.removeprefix(_CORRECTION))
    if kind is not None:
        label = kind.label(current())
        return f"{_(_CORRECTION)} {label}" if text.startswith(_CORRECTION) else label
    return _(text) if text in _OWN_WORDS else text
