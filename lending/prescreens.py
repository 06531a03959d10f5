"""Pre-screening (DT-01): what the tables' hits come to, the reasons in words a customer may be told, and the record."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Fen, Instant, Tagged
from lending.applications import RejectionReason
from lending.columns import worded
from lending.errors import LendingError
from lending.labels import Labelled


class PrescreenOutcome(Labelled):
    """What a pre-screening comes to."""

    PASS = "pass", "通过", "Passed"
    REFER = "refer", "转人工关注", "Referred"
    REJECT = "reject", "不通过", "Rejected"


class Stage(Labelled):
    """Before or after the bureau's report."""

    BEFORE_BUREAU = "before_bureau", "征信前（DT-01a）", "Before the bureau (DT-01a)"
    AFTER_BUREAU = "after_bureau", "征信后（DT-01b）", "After the bureau (DT-01b)"


class PrescreenReason(Labelled):
    """The reason codes of DT-01."""

    ID_INVALID = "ID_INVALID", "身份证件无效或已过期", "The identity document is invalid or expired"
    AGE_MIN = "AGE_MIN", "未满十八周岁", "Younger than eighteen"
    AGE_MAX = "AGE_MAX", "贷款到期时超过年龄上限", "Too old when the loan would end"
    BLACKLIST = "BLACKLIST", "不符合本公司准入名单要求", "Does not meet our admission list"
    GREYLIST = "GREYLIST", "名单提示，需人工核实", "Listed for a closer look"
    ID_VERIFY = "ID_VERIFY", "身份核验未通过", "The identity could not be verified"
    CUR_OVERDUE = "CUR_OVERDUE", "目前有逾期未还的贷款", "A loan is overdue at present"
    HIST_90 = "HIST_90", "近两年有九十天以上的逾期", "Overdue ninety days or more within two years"
    HIST_FREQ = "HIST_FREQ", "近两年逾期次数过多", "Too often overdue within two years"
    ENQ = "ENQ", "近三个月征信查询次数较多", "Many bureau enquiries within three months"
    COURT = "COURT", "列入法院被执行人或失信名单", "Listed by a court as debtor"
    THIN_FILE = "THIN_FILE", "尚无信用记录", "No credit record yet"
    LEVERAGE = "LEVERAGE", "信用类负债较高", "Much unsecured debt"
    DTI_HARD = "DTI_HARD", "月供超过收入可承受范围", "The instalments are more than the income can bear"
    DTI_SOFT = "DTI_SOFT", "月供占收入比例偏高", "The instalments take a large part of the income"
    VEH_AGE = "VEH_AGE", "贷款到期时车龄超过上限", "The car would be too old when the loan ends"
    VIN_DUP = "VIN_DUP", "该车已作其他贷款的抵押物", "The car already secures another loan"
    VEH_STATUS = "VEH_STATUS", "车辆被查封、抵押或已报废", "The car is sealed, mortgaged or scrapped"
    TERM_LAW = "TERM_LAW", "期限超过规定上限", "The term is longer than the rules allow"
    DEALER = "DEALER", "经销商不在合作名单", "The dealer is not on our list"
    JOB = "JOB", "职业需人工核实", "The occupation needs a closer look"
    AMOUNT = "AMOUNT", "金额不在受理范围", "The amount is outside our range"
    FRAUD_LINK = "FRAUD_LINK", "联系方式与多笔申请相同", "The same contact stands in several applications"

    @property
    def binds_people_too(self) -> bool:
        """Whether law or a fact stands behind it that no person may decide away."""
        return self in _FIXED

    @property
    def as_rejection(self) -> RejectionReason:
        """The heading under which the application is rejected."""
        return _HEADINGS.get(self, RejectionReason.POLICY)


_FIXED = frozenset(
    {
        PrescreenReason.ID_INVALID,
        PrescreenReason.AGE_MIN,
        PrescreenReason.ID_VERIFY,
        PrescreenReason.VIN_DUP,
        PrescreenReason.TERM_LAW,
    }
)
_HEADINGS = {
    **dict.fromkeys(
        (PrescreenReason.CUR_OVERDUE, PrescreenReason.HIST_90, PrescreenReason.HIST_FREQ),
        RejectionReason.CREDIT_HISTORY,
    ),
    **dict.fromkeys(
        (PrescreenReason.VEH_AGE, PrescreenReason.VIN_DUP, PrescreenReason.VEH_STATUS),
        RejectionReason.VEHICLE,
    ),
    PrescreenReason.DTI_HARD: RejectionReason.INCOME,
    PrescreenReason.ID_INVALID: RejectionReason.DOCUMENTS,
}


class RuleInputMissing(LendingError):
    """A rule is asked only when everything it reads is known; what is unknown is never a pass."""

    code = "rule_input_missing"
    zh = "缺少判定所需的信息：{missing}；请补全后再判定。"
    en = "The rules cannot be asked while this is unknown: {missing}; complete it first."


class ReasonStands(LendingError):
    """A reason that rests on law or on a fact is not decided away."""

    code = "reason_stands"
    zh = "拒绝理由“{reasons}”出于法规或事实，不能人工推翻。"
    en = "No person may overrule these reasons: {reasons}."


class PrescreenResult(Base):
    """One pre-screening: outcome, reason codes (with their result), and the amount and term it was asked about."""

    __tablename__ = "prescreen_result"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_no: Mapped[str] = mapped_column(ForeignKey("application.application_no"), index=True)
    stage: Mapped[Stage] = mapped_column(worded(Stage))
    outcome: Mapped[PrescreenOutcome] = mapped_column(worded(PrescreenOutcome))
    reasons: Mapped[list[str]] = mapped_column(Tagged)
    overruled: Mapped[list[str]] = mapped_column(Tagged)
    amount: Mapped[Decimal] = mapped_column(Fen)
    term_months: Mapped[int]
    screened_at: Mapped[datetime] = mapped_column(Instant)


def conclude(
    hits: Iterable[tuple[str, str]], overruled: Collection[str] = ()
) -> tuple[PrescreenOutcome, list[PrescreenReason]]:
    """What the hits (result, reason code) come to: any REJECT wins, then any REFER, else PASS.

    A REJECT whose reason a person has overruled counts as REFER. The reasons are those of the outcome.

    >>> conclude([("REFER", "ENQ"), ("REJECT", "COURT")])[1]
    [<PrescreenReason.COURT: 'COURT'>]
    >>> conclude([("REJECT", "COURT")], {"COURT"})[0].value
    'refer'
    """
    found: dict[str, list[PrescreenReason]] = {"REJECT": [], "REFER": []}
    for result, code in hits:
        weighed = "REFER" if result == "REJECT" and code in overruled else result
        if weighed in found:
            found[weighed].append(PrescreenReason(code))
    if found["REJECT"]:
        return PrescreenOutcome.REJECT, found["REJECT"]
    if found["REFER"]:
        return PrescreenOutcome.REFER, found["REFER"]
    return PrescreenOutcome.PASS, []


def record(
    session: Session,
    application_no: str,
    stage: Stage,
    outcome: PrescreenOutcome,
    reasons: Iterable[PrescreenReason],
    *,
    overruled: Iterable[str],
    amount: Decimal,
    term_months: int,
    now: datetime,
) -> PrescreenResult:
    """Keep one pre-screening."""
    result = PrescreenResult(
        application_no=application_no,
        stage=stage,
        outcome=outcome,
        reasons=[reason.value for reason in reasons],
        overruled=list(overruled),
        amount=amount,
        term_months=term_months,
        screened_at=now,
    )
    session.add(result)
    session.flush()
    return result


def of_application(session: Session, application_no: str) -> list[PrescreenResult]:
    """Every pre-screening, oldest first."""
    asked = select(PrescreenResult).where(PrescreenResult.application_no == application_no)
    return list(session.scalars(asked.order_by(PrescreenResult.id)))


def check_overrulable(codes: Iterable[str]) -> None:
    """Refuse to overrule what binds people too (:class:`ReasonStands`)."""
    fixed = [reason for reason in map(PrescreenReason, codes) if reason.binds_people_too]
    if fixed:
        raise ReasonStands(reasons=fixed)
