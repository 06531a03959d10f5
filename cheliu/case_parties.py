"""The parties of a process case that answer at once: they say what the case says, and count what they were asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from cheliu.parties import (
    BureauAnswer,
    CreditBureau,
    FraudAnswer,
    FraudScoring,
    IdentityAnswer,
    IdentityService,
    Parties,
    PartyUnreachable,
    SmsGateway,
)
from lending.bureau_reports import ReportFacts

# Of a valid form and of nobody.
SOMEBODY_ELSE = "360426199101010071"


@dataclass
class _Mood:
    """``says`` holds until the case says otherwise; ``asked`` are the request ids in their order."""

    says: str = ""
    asked: list[str] = field(default_factory=list)

    def note(self, party: str, request_id: str) -> None:
        if self.says == "down":
            raise PartyUnreachable(party=party, reason="the case")
        self.asked.append(request_id)


class CaseBureau(CreditBureau):
    """``foreign``: another person's report; ``incomplete``; ``overdue``; ``no_record``; ``down``; else a sound one."""

    def __init__(self) -> None:
        self.mood = _Mood()

    def report(
        self, *, request_id: str, name: str, identity_no: str, purpose: str, authorisation: str
    ) -> BureauAnswer:
        """Say it."""
        self.mood.note(self.name, request_id)
        says, none = self.mood.says, Decimal(0)
        facts = ReportFacts(
            has_record=says != "no_record",
            overdue_days=None if says == "incomplete" else 45 if says == "overdue" else 0,
            overdue_amount=Decimal("3200.00") if says == "overdue" else none,
            worst_overdue_days=45 if says == "overdue" else 0,
            overdue_times=1 if says == "overdue" else 0,
            overdue_consecutive=0,
            enquiries=1,
            credit_years=none if says == "no_record" else Decimal(5),
            unsecured_debt=none,
            monthly_debt=none,
        )
        return BureauAnswer(request_id, SOMEBODY_ELSE if says == "foreign" else identity_no, facts)


class CaseIdentity(IdentityService):
    """``mismatch``, ``listed`` by a court, ``silent`` about courts, ``down``; else it agrees."""

    def __init__(self) -> None:
        self.mood = _Mood()

    def check(self, *, request_id: str, name: str, identity_no: str, method: str) -> IdentityAnswer:
        """Say it."""
        self.mood.note(self.name, request_id)
        listed = None if self.mood.says == "silent" else self.mood.says == "listed"
        return IdentityAnswer(request_id, self.mood.says != "mismatch", listed)


class CaseSms(SmsGateway):
    """Takes every text, or is ``down``."""

    def __init__(self) -> None:
        self.mood = _Mood()
        self.texts: list[str] = []

    def send(self, *, request_id: str, mobile: str, text: str) -> None:
        """Take it."""
        self.mood.note(self.name, request_id)
        self.texts.append(text)


class CaseFraud(FraudScoring):
    """``suspicious`` (80), ``certain`` (95), ``silent`` (no score), ``down``; else 12."""

    def __init__(self) -> None:
        self.mood = _Mood()

    def score(
        self, *, request_id: str, phone: str, address: str, device: str, vin: str, dealer: str, amount: str
    ) -> FraudAnswer:
        """Say it."""
        self.mood.note(self.name, request_id)
        if self.mood.says == "silent":
            return FraudAnswer(request_id, None, "case")
        return FraudAnswer(request_id, {"suspicious": 80, "certain": 95}.get(self.mood.says, 12), "case")


@dataclass(frozen=True)
class CaseParties(Parties):
    """All of them for one case."""

    bureau: CaseBureau
    identity: CaseIdentity
    sms: CaseSms
    fraud: CaseFraud

    @classmethod
    def fresh(cls) -> CaseParties:
        """Nothing said, nothing asked."""
        return cls(CaseBureau(), CaseIdentity(), CaseSms(), CaseFraud())

    def obey(self, party: str, says: str) -> None:
        """From now on the party named behaves so."""
        self._moods[party].says = says

    def asked(self, party: str) -> int:
        """How many questions the party took."""
        return len(self._moods[party].asked)

    @property
    def _moods(self) -> dict[str, _Mood]:
        return {
            "bureau": self.bureau.mood,
            "identity": self.identity.mood,
            "sms": self.sms.mood,
            "fraud": self.fraud.mood,
        }
