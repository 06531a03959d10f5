"""The anti-fraud check of an application: what the rules found, the score from outside, and a person's verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Instant, Tagged
from company.messages import Language
from lending.columns import worded
from lending.errors import LendingError, NotFound
from lending.fraud_links import Links
from lending.labels import Labelled


class FraudHit(Labelled):
    """What the table of the fraud links may find."""

    PHONE = "shared_phone", "同一手机号码出现在他人的申请中", "Another applicant has the same mobile number"
    ADDRESS = (
        "shared_address",
        "同一住址出现在多名他人的申请中",
        "Several other applicants live at the same address",
    )
    DEVICE = "shared_device", "同一手机设备用于他人的申请", "Another applicant used the same device"
    VEHICLE = "shared_vin", "同一车架号出现在他人的申请中", "Another applicant named the same VIN"
    DEALER = "dealer_concentration", "经销商申请过于集中", "Applications come from one dealer above measure"
    CONFIRMED = (
        "confirmed_link",
        "与已确认欺诈的申请相关联",
        "Tied to an application that was confirmed as fraud",
    )
    SCORE = "fraud_score", "反欺诈评分偏高", "High fraud score"
    SCORE_MISSING = "score_missing", "反欺诈评分缺失", "The fraud score is missing"


class FraudOutcome(Labelled):
    """What an alert does."""

    PASS = "pass", "未发现疑点", "Nothing found"
    CLEARED_BEFORE = "cleared_before", "同样的疑点此前已排除", "The same was cleared before"
    REFER = "refer", "转反欺诈岗", "Referred to the fraud desk"
    BLOCK = "block", "阻断", "Blocked"


class FraudVerdict(Labelled):
    """What the fraud desk makes of it."""

    CLEARED = "cleared", "排除疑点", "Cleared"
    CONFIRMED = "confirmed", "确认欺诈", "Confirmed"


class FraudVerdictUnexplained(LendingError):
    """A verdict has a reason."""

    code = "fraud_verdict_unexplained"
    zh = "请写明排除或确认欺诈的依据。"
    en = "Write down why the suspicion is cleared or confirmed."


class FraudCheck(Base):
    """One check: ``score`` from 0 (harmless) to 100, None where the service said none; ``hits`` as :class:`Finding`."""

    __tablename__ = "fraud_check"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_no: Mapped[str] = mapped_column(ForeignKey("application.application_no"), index=True)
    request_id: Mapped[str] = mapped_column(String(120), unique=True)
    score: Mapped[int | None]
    model: Mapped[str] = mapped_column(String(60))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    outcome: Mapped[FraudOutcome | None] = mapped_column(worded(FraudOutcome))
    hits: Mapped[list[dict[str, object]]] = mapped_column(Tagged)
    verdict: Mapped[FraudVerdict | None] = mapped_column(worded(FraudVerdict))
    verdict_reason: Mapped[str | None] = mapped_column(String(500))
    verdict_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    verdict_at: Mapped[datetime | None] = mapped_column(Instant)

    @property
    def findings(self) -> list[Finding]:
        """What was found, as it was found."""
        return [Finding.read(one) for one in self.hits]


@dataclass(frozen=True)
class Finding:
    """One hit with its facts: the numbers of the other applications, or a figure as text in both languages."""

    hit: FraudHit
    cases: tuple[str, ...] = ()
    figure_zh: str = ""
    figure_en: str = ""

    def label(self, language: Language) -> str:
        """The hit and its facts, in a line."""
        if language == "zh":
            return f"{self.hit.zh}：{'、'.join(self.cases) or self.figure_zh or '请人工核实'}"
        return f"{self.hit.en}: {', '.join(self.cases) or self.figure_en or 'verify by hand'}"

    def written(self) -> dict[str, object]:
        """As it is stored."""
        return {
            "hit": self.hit.value,
            "cases": list(self.cases),
            "zh": self.figure_zh,
            "en": self.figure_en,
        }

    @classmethod
    def read(cls, stored: Mapping[str, object]) -> Finding:
        """As it was stored."""
        cases = stored["cases"]
        return cls(
            FraudHit(str(stored["hit"])),
            tuple(str(one) for one in cases) if isinstance(cases, list) else (),
            str(stored["zh"]),
            str(stored["en"]),
        )


def record_score(
    session: Session, application_no: str, *, request_id: str, score: int | None, model: str, now: datetime
) -> FraudCheck:
    """Begin a check with the score as it came; the same request id is the same check."""
    known = session.scalar(select(FraudCheck).where(FraudCheck.request_id == request_id))
    if known is not None:
        return known
    check = FraudCheck(
        application_no=application_no,
        request_id=request_id,
        score=score,
        model=model[:60],
        asked_at=now,
        hits=[],
    )
    session.add(check)
    session.flush()
    return check


def latest(session: Session, application_no: str) -> FraudCheck:
    """The newest check of an application, or :class:`NotFound`."""
    found = of_application(session, application_no)
    if not found:
        raise NotFound(what_zh="反欺诈检查", what_en="fraud check of", key=application_no)
    return found[-1]


def of_application(session: Session, application_no: str) -> list[FraudCheck]:
    """Every check of an application, oldest first."""
    asked = select(FraudCheck).where(FraudCheck.application_no == application_no)
    return list(session.scalars(asked.order_by(FraudCheck.id)))


def explained(hits: Sequence[FraudHit], links: Links, score: int | None) -> list[Finding]:
    """Each hit once, with the facts that it rests on."""
    share_zh = f"七日内 {links.dealer_count} 笔，占本机构 {links.dealer_share:.0%}"
    share_en = f"{links.dealer_count} in seven days, {links.dealer_share:.0%} of the branch"
    told = {
        FraudHit.PHONE: Finding(FraudHit.PHONE, links.phone),
        FraudHit.ADDRESS: Finding(FraudHit.ADDRESS, links.address),
        FraudHit.DEVICE: Finding(FraudHit.DEVICE, links.device),
        FraudHit.VEHICLE: Finding(FraudHit.VEHICLE, links.vehicle),
        FraudHit.CONFIRMED: Finding(FraudHit.CONFIRMED, links.confirmed),
        FraudHit.DEALER: Finding(FraudHit.DEALER, figure_zh=share_zh, figure_en=share_en),
        FraudHit.SCORE: Finding(FraudHit.SCORE, figure_zh=f"{score} 分", figure_en=f"{score} points"),
        FraudHit.SCORE_MISSING: Finding(FraudHit.SCORE_MISSING),
    }
    return [told[hit] for hit in dict.fromkeys(hits)]


def conclude(
    session: Session, application_no: str, findings: Sequence[Finding], outcome: FraudOutcome
) -> FraudCheck:
    """Write what the rules found into the newest check.

    What a person has cleared for this application before is not asked again, unless more has come to light: a referral
    then becomes :attr:`FraudOutcome.CLEARED_BEFORE`. A block stays a block.
    """
    check = latest(session, application_no)
    check.hits = [one.written() for one in findings]
    check.outcome = outcome
    if outcome is FraudOutcome.REFER and _is_cleared(session, application_no, findings):
        check.outcome = FraudOutcome.CLEARED_BEFORE
    session.flush()
    return check


def _is_cleared(session: Session, application_no: str, findings: Sequence[Finding]) -> bool:
    cleared: dict[FraudHit, set[str]] = {}
    for check in of_application(session, application_no):
        if check.verdict is FraudVerdict.CLEARED:
            for one in check.findings:
                cleared.setdefault(one.hit, set()).update(one.cases)
    return all(one.hit in cleared and cleared[one.hit].issuperset(one.cases) for one in findings)


def judge(
    session: Session,
    application_no: str,
    verdict: FraudVerdict,
    *,
    reason: str,
    by: int | None,
    now: datetime,
) -> FraudCheck:
    """Keep the verdict of the fraud desk with its reason (:class:`FraudVerdictUnexplained`)."""
    if not reason.strip():
        raise FraudVerdictUnexplained()
    check = latest(session, application_no)
    check.verdict, check.verdict_reason = verdict, reason.strip()[:500]
    check.verdict_by, check.verdict_at = by, now
    session.flush()
    return check
