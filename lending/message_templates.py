"""Message templates: what a customer or the staff is told on an occasion, in versions that stay readable for ever."""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Instant, Tagged
from company.messages import Language
from lending.columns import worded
from lending.contact_gate import Purpose
from lending.errors import LendingError, NotFound
from lending.labels import Labelled
from lending.message_texts import FIRST
from lending.money import written

TEXT_MAX = 400
_GIVEN = ("company", "name", "tail")


class Audience(Labelled):
    """Who is told."""

    CUSTOMER = "customer", "客户", "Customer"
    STAFF = "staff", "员工", "Staff"


class Way(Labelled):
    """Over which channel a message goes."""

    SMS = "sms", "短信", "SMS"
    IN_APP = "in_app", "站内消息", "In the application"
    EMAIL = "email", "电子邮件", "E-mail"
    DINGTALK = "dingtalk", "钉钉", "DingTalk"
    WECOM = "wecom", "企业微信", "WeCom"


class TextEmptyOrLong(LendingError):
    """A message says something, briefly."""

    code = "message_text_length"
    zh = "模板的中、英文内容都不能为空，各不超过 {most} 字。"
    en = "Neither the Chinese nor the English text is empty or longer than {most} characters."


class PlaceholderUnknown(LendingError):
    """A template may only be filled with what the occasion gives."""

    code = "placeholder_unknown"
    zh = "模板中的 {name} 无法识别，可用的有：{known}。"
    en = "The placeholder {name} is not known; there are: {known}."


class WayMissing(LendingError):
    """A message goes some way."""

    code = "message_way_missing"
    zh = "请至少选择一个发送渠道；短信只能发给客户。"
    en = "Choose a channel at least; SMS go to customers only."


class SecretMissing(LendingError):
    """A message that brings a code or a link says it."""

    code = "message_secret_missing"
    zh = "该模板的中、英文内容都须含有 {name}，否则客户收不到。"
    en = "Both texts of this template must contain {name}; the customer gets it in no other way."


class SecretElsewhere(LendingError):
    """A code or a link goes to the customer's own telephone and nowhere else."""

    code = "message_secret_elsewhere"
    zh = "该模板带有验证码或链接，只能以短信发送。"
    en = "This template carries a code or a link and goes by SMS only."


class MessageTemplate(Base):
    """One version of a template; the newest one is used. ``channels`` are values of :class:`Way`.

    Version 1 is the product's own and is no row; ``made_at`` of it is None.
    """

    __tablename__ = "message_template"
    __table_args__ = (UniqueConstraint("key", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(40))
    version: Mapped[int]
    audience: Mapped[Audience] = mapped_column(worded(Audience))
    purpose: Mapped[Purpose] = mapped_column(worded(Purpose))
    channels: Mapped[list[str]] = mapped_column(Tagged)
    text_zh: Mapped[str] = mapped_column(String(TEXT_MAX))
    text_en: Mapped[str] = mapped_column(String(TEXT_MAX))
    made_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    made_at: Mapped[datetime | None] = mapped_column(Instant)

    @property
    def ways(self) -> tuple[Way, ...]:
        """The channels it goes over."""
        return tuple(Way(value) for value in self.channels)

    def text(self, language: Language) -> str:
        """The text with its placeholders."""
        return self.text_zh if language == "zh" else self.text_en


_BROUGHT = {text.key: text for text in FIRST}


def _first(key: str) -> MessageTemplate:
    """The product's own version, or :class:`NotFound`."""
    text = _BROUGHT.get(key)
    if text is None:
        raise NotFound(what_zh="消息模板", what_en="message template", key=key)
    return MessageTemplate(
        key=key,
        version=1,
        audience=Audience(text.audience),
        purpose=Purpose(text.purpose),
        channels=list(text.channels),
        text_zh=text.zh,
        text_en=text.en,
    )


def newest(session: Session, key: str) -> MessageTemplate:
    """The version of a template that is used, or :class:`NotFound`."""
    asked = select(MessageTemplate).where(MessageTemplate.key == key)
    found = session.scalar(asked.order_by(MessageTemplate.version.desc()).limit(1))
    return found or _first(key)


def in_use(session: Session) -> list[MessageTemplate]:
    """The newest version of each, in the order in which the product brings them."""
    return [newest(session, key) for key in _BROUGHT]


def versions(session: Session, key: str) -> list[MessageTemplate]:
    """Every version of a template, the newest first; :class:`NotFound`."""
    asked = select(MessageTemplate).where(MessageTemplate.key == key)
    return [*session.scalars(asked.order_by(MessageTemplate.version.desc())), _first(key)]


def publish(
    session: Session,
    key: str,
    *,
    text_zh: str,
    text_en: str,
    channels: list[str],
    by: int | None,
    now: datetime,
) -> MessageTemplate:
    """Let a new version hold from now on; what was sent keeps the version it was sent with.

    Raises :class:`TextEmptyOrLong`, :class:`PlaceholderUnknown`, :class:`WayMissing`, :class:`SecretMissing`,
    :class:`SecretElsewhere`.
    """
    before = newest(session, key)
    for text in (text_zh, text_en):
        if not text.strip() or len(text) > TEXT_MAX:
            raise TextEmptyOrLong(most=TEXT_MAX)
        _check_placeholders(key, text)
    ways = [way.value for way in Way if way.value in channels]
    if not ways or (before.audience is Audience.STAFF and Way.SMS.value in ways):
        raise WayMissing()
    _check_secret(_BROUGHT[key].secret, (text_zh, text_en), ways)
    made = MessageTemplate(
        key=key,
        version=before.version + 1,
        audience=before.audience,
        purpose=before.purpose,
        channels=ways,
        text_zh=text_zh.strip(),
        text_en=text_en.strip(),
        made_by=by,
        made_at=now,
    )
    session.add(made)
    session.flush()
    return made


def placeholders(key: str) -> tuple[str, ...]:
    """What a template of this key can be filled with."""
    return tuple(sorted({*_GIVEN, *_names(_BROUGHT[key].zh), *_names(_BROUGHT[key].en)}))


def render(template: MessageTemplate, facts: Mapping[str, object], language: Language) -> str:
    """The text with its placeholders filled: money with two decimals, days as they are written."""
    shown = {name: _shown(value) for name, value in facts.items()}
    return template.text(language).format_map({**dict.fromkeys(placeholders(template.key), "—"), **shown})


def _shown(value: object) -> str:
    if isinstance(value, Decimal):
        return written(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _check_placeholders(key: str, text: str) -> None:
    known = placeholders(key)
    try:
        names = _names(text)
    except ValueError:
        raise PlaceholderUnknown(name="{ }", known=known) from None
    for name in names:
        if name not in known:
            raise PlaceholderUnknown(name=f"{{{name}}}", known=known)


def _check_secret(secret: str, texts: Iterable[str], ways: list[str]) -> None:
    if not secret:
        return
    if any(secret not in _names(text) for text in texts):
        raise SecretMissing(name=f"{{{secret}}}")
    if ways != [Way.SMS.value]:
        raise SecretElsewhere()


def _names(text: str) -> set[str]:
    """The placeholders of a text; formats and attribute access count as part of the name, so that none is allowed."""
    found = set()
    for _literal, name, spec, conversion in string.Formatter().parse(text):
        if name is not None:
            found.add(name + (f":{spec}" if spec else "") + (f"!{conversion}" if conversion else ""))
    return found
