"""Outside parties that answer at once, as we call them: credit bureau, identity check, SMS gateway, fraud scoring.

Each question carries a request id; asked again under the same id it is the same question, and nothing happens twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import requests

from cheliu.bank import ANSWER_SECONDS, CONNECT_SECONDS
from company.messages import Refusal
from lending.bureau_reports import ReportFacts, facts_from

BUREAU, IDENTITY, SMS = "征信机构 credit bureau", "身份核验服务 identity service", "短信网关 SMS gateway"
FRAUD = "反欺诈评分服务 fraud scoring"
SCORE_MAX = 100


class PartyUnreachable(Refusal):
    """The party gave no answer that can be used; asked again later it may."""

    code = "party_unreachable"
    zh = "{party} 暂时没有可用的应答（{reason}）；案件在此等待，系统会自动重试，恢复后也可由管理员立即重试。"
    en = "{party} gives no usable answer ({reason}); the case waits here and is tried again, or an operator retries it."


class PartyRefused(Refusal):
    """The party took the question and will not answer it."""

    code = "party_refused"
    zh = "{party} 拒绝了请求（{reason}）；请联系对方核实后，由管理员重试。"
    en = "{party} refused the request ({reason}); clear it with them, then retry."


@dataclass(frozen=True)
class BureauAnswer:
    """A report as it came: the number it speaks of, and what it says."""

    request_id: str
    identity_no: str
    facts: ReportFacts


@dataclass(frozen=True)
class IdentityAnswer:
    """Whether name and number (and face) belong together, and whether a court lists the person; None: not said."""

    request_id: str
    agrees: bool
    court_listed: bool | None


@dataclass(frozen=True)
class FraudAnswer:
    """A score from 0 (harmless) to 100, None where the service has none, and the model it comes from."""

    request_id: str
    score: int | None
    model: str


class _Party:
    """One party behind one address."""

    name = ""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._session = requests.Session()

    def _ask(self, path: str, request_id: str, **asked: str) -> Mapping[str, object]:
        """The answer to one question; PartyUnreachable also for the answer to another one (sent twice, or mixed up)."""
        try:
            response = self._session.post(
                f"{self._url}/{path}",
                json={"request_id": request_id, **asked},
                timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
            )
        except requests.RequestException as lost:
            raise PartyUnreachable(party=self.name, reason=type(lost).__name__) from lost
        if response.status_code >= 500:
            raise PartyUnreachable(party=self.name, reason=f"HTTP {response.status_code}")
        if not response.ok:
            raise PartyRefused(party=self.name, reason=f"HTTP {response.status_code}")
        try:
            answer = response.json()
        except ValueError as garbled:
            raise PartyUnreachable(party=self.name, reason="unreadable") from garbled
        if not isinstance(answer, dict) or answer.get("request_id") != request_id:
            raise PartyUnreachable(party=self.name, reason="answer to another request")
        return answer


class CreditBureau(_Party):
    """The client of the credit bureau."""

    name = BUREAU

    def report(
        self, *, request_id: str, name: str, identity_no: str, purpose: str, authorisation: str
    ) -> BureauAnswer:
        """The report on a person, queried under the consent ``authorisation``; asked twice it is one enquiry.

        Raises :class:`PartyUnreachable`, :class:`PartyRefused`.
        """
        answer = self._ask(
            "reports",
            request_id,
            name=name,
            identity_no=identity_no,
            purpose=purpose,
            authorisation=authorisation,
        )
        try:
            return BureauAnswer(request_id, str(answer["identity_no"]), facts_from(answer))
        except (KeyError, ValueError) as garbled:
            raise PartyUnreachable(party=self.name, reason="unreadable") from garbled


class IdentityService(_Party):
    """The client of the identity check."""

    name = IDENTITY

    def check(self, *, request_id: str, name: str, identity_no: str, method: str) -> IdentityAnswer:
        """Whether they belong together; ``method`` is face or two_elements. PartyUnreachable, PartyRefused."""
        answer = self._ask("checks", request_id, name=name, identity_no=identity_no, method=method)
        result, listed = answer.get("result"), answer.get("court_listed")
        if result not in ("match", "mismatch") or not (listed is None or isinstance(listed, bool)):
            raise PartyUnreachable(party=self.name, reason="unreadable")
        return IdentityAnswer(request_id, result == "match", listed)


class SmsGateway(_Party):
    """The client of the SMS gateway."""

    name = SMS

    def send(self, *, request_id: str, mobile: str, text: str) -> None:
        """Send a text once, however often it is asked. PartyUnreachable, PartyRefused."""
        self._ask("messages", request_id, mobile=mobile, text=text)


class FraudScoring(_Party):
    """The client of the fraud scoring: it is told by which contacts, car and dealer, never who applies."""

    name = FRAUD

    def score(
        self, *, request_id: str, phone: str, address: str, device: str, vin: str, dealer: str, amount: str
    ) -> FraudAnswer:
        """The score of an application; ``phone``, ``address``, ``device`` are digests, ``amount`` yuan as text.

        Raises :class:`PartyUnreachable`, :class:`PartyRefused`.
        """
        answer = self._ask(
            "scores",
            request_id,
            phone=phone,
            address=address,
            device=device,
            vin=vin,
            dealer=dealer,
            amount=amount,
        )
        score = answer.get("score")
        is_score = isinstance(score, int) and not isinstance(score, bool) and 0 <= score <= SCORE_MAX
        if not (score is None or is_score):
            raise PartyUnreachable(party=self.name, reason="unreadable")
        return FraudAnswer(
            request_id, score if isinstance(score, int) else None, str(answer.get("model", ""))
        )


@dataclass(frozen=True)
class Parties:
    """All of them together, as the wiring hands them over."""

    bureau: CreditBureau
    identity: IdentityService
    sms: SmsGateway
    fraud: FraudScoring
