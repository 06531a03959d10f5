"""Standard phrases: words that a person often writes into an opinion, his own and those of the company."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ForeignKey, Index, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company import CompanyError
from company.database import Base
from company.people import Actor, may

PHRASE_CHARACTERS_MAX = 300
PHRASES_MAX = 100


class PhraseEmpty(CompanyError):
    """A phrase says something, and not too much. Fact: ``limit``."""

    code = "phrase_empty"
    zh = "常用意见须填写内容，且不超过 {limit} 字。"
    en = "A standard phrase needs words, at most {limit} characters."


class TooManyPhrases(CompanyError):
    """A list of phrases that nobody reads helps nobody. Fact: ``limit``."""

    code = "too_many_phrases"
    zh = "常用意见最多 {limit} 条，请先删除不用的。"
    en = "There are {limit} standard phrases already; delete one that is not used."


class PhraseNotYours(CompanyError):
    """A person changes his own phrases; those of the company belong to who keeps the rules."""

    code = "phrase_not_yours"
    zh = "只能维护自己的常用意见；公司常用意见由规则维护人员维护。"
    en = "You may keep your own phrases only; the company's are kept by whoever keeps the rules."


class Phrase(Base):
    """One phrase; of the company where ``employee_id`` is None."""

    __tablename__ = "phrase"
    __table_args__ = (Index("ix_phrase_employee_id", "employee_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    employee_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    text: Mapped[str] = mapped_column(String(PHRASE_CHARACTERS_MAX))


def of(session: Session, actor: Actor) -> Sequence[Phrase]:
    """The person's own phrases and then the company's, each in the order in which they were added."""
    mine = (Phrase.employee_id == actor.employee_id) | Phrase.employee_id.is_(None)
    return session.scalars(select(Phrase).where(mine).order_by(Phrase.employee_id.is_(None), Phrase.id)).all()


def may_keep_companys(actor: Actor) -> bool:
    """Whether the person keeps the phrases that everybody sees."""
    return bool(may(actor, "rules", "U"))


def add(session: Session, actor: Actor, text: str, *, companys: bool = False) -> Phrase:
    """Add a phrase of one's own, or one of the company. PhraseEmpty, TooManyPhrases, PhraseNotYours."""
    words = text.strip()
    if not words or len(words) > PHRASE_CHARACTERS_MAX:
        raise PhraseEmpty(limit=PHRASE_CHARACTERS_MAX)
    if actor.employee_id is None or (companys and not may_keep_companys(actor)):
        raise PhraseNotYours()
    owner = None if companys else actor.employee_id
    there = select(func.count()).where(Phrase.employee_id.is_not_distinct_from(owner))
    if (session.scalar(there) or 0) >= PHRASES_MAX:
        raise TooManyPhrases(limit=PHRASES_MAX)
    phrase = Phrase(employee_id=owner, text=words)
    session.add(phrase)
    session.flush()
    return phrase


def remove(session: Session, actor: Actor, phrase_id: int) -> Phrase:
    """Delete a phrase that one keeps. PhraseNotYours, also where there is none."""
    phrase = session.get(Phrase, phrase_id)
    own = phrase is not None and phrase.employee_id == actor.employee_id
    companys = phrase is not None and phrase.employee_id is None and may_keep_companys(actor)
    if phrase is None or actor.employee_id is None or not (own or companys):
        raise PhraseNotYours()
    session.delete(phrase)
    session.flush()
    return phrase
