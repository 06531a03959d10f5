"""The channels beside SMS: e-mail, DingTalk and WeCom, each an address of the apprise library from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cheliu.parties import PartyUnreachable
from company.messages import Refusal
from lending.message_templates import Way

CONFIGURABLE = (Way.EMAIL, Way.DINGTALK, Way.WECOM)


class ChannelNotConfigured(Refusal):
    """Nobody has said where messages of this channel go."""

    code = "channel_not_configured"
    zh = "渠道 {way} 未配置，请设置环境变量后重发。"
    en = "The channel {way} is not configured; set its environment variable, then send again."


@dataclass(frozen=True)
class Channels:
    """Where each channel goes, in the notation of apprise (``mailtos://…``, ``dingtalk://…``, ``wecombot://…``)."""

    addresses: Mapping[str, str] = field(default_factory=dict, repr=False)

    def send(self, way: Way, title: str, text: str) -> None:
        """Send a message. :class:`ChannelNotConfigured`, :class:`cheliu.parties.PartyUnreachable`."""
        address = self.addresses.get(way.value)
        if not address:
            raise ChannelNotConfigured(way=way.value)
        import apprise  # costs half a second, which no other command shall wait for

        sender = apprise.Apprise()
        if not sender.add(address):
            raise ChannelNotConfigured(way=way.value)
        if not sender.notify(body=text, title=title):
            raise PartyUnreachable(party=way.value, reason="not taken")
