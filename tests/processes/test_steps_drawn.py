"""Every step and exception that the trade asks of a process is drawn, or its README says why not."""

import re

import pytest

from cheliu.wiring import PROCESSES
from engine.xml import read_xml

STANDARD = ("withdrawn", "supplement", "rejected", "task_overdue", "technical_error", "four_eyes")
# The steps of the field's description of each process, as its README lists them.
STEPS = {
    "credit_application": (
        "S create number",
        "R completeness",
        "G complete? no → supplement",
        "R duplicate check",
        "R anti-fraud rules",
        "U fraud desk",
        "R route",
        "C preloan_investigation",
        "C loan_review",
        "G result",
        "S notify",
        "S start contract_signing",
    ),
    "loan_review": (
        "R policy check",
        "R approval authority (DT-05)",
        "U L1",
        "G within authority?",
        "U L2",
        "U committee (vote)",
        "T quorum missed",
        "G approve / conditional / return / reject",
        "S write approval",
        "S notify",
    ),
    "preloan_investigation": (
        "S assign (area, load)",
        "U desk check",
        "R cross-validation list",
        "U phone verification",
        "G on-site needed? (R)",
        "U home/work/vehicle visit",
        "C vehicle_appraisal",
        "U interview",
        "U report",
        "R quality check",
        "T no contact 3 times on 3 days",
        "U fraud desk, blacklist proposal",
    ),
    "vehicle_appraisal": (
        "S request",
        "R method",
        "S VIN decode",
        "S reference prices",
        "U inspection form",
        "S model value",
        "U appraiser value",
        "R deviation",
        "U second appraiser",
        "U review",
        "S result valid",
    ),
    "contract_signing": (
        "S generate contract set",
        "U legal/format check",
        "S number",
        "S compute annualised cost",
        "U disclosure sheet",
        "U signing: paper with two staff",
        "M e-signature callback",
        "S verify signatures & hash",
        "S anchor evidence",
        "U seal",
        "C archive",
        "start collateral_registration, gps_install, disbursement",
        "T approval expiry → lapsed",
    ),
    "disbursement": (
        "R conditions precedent",
        "G missing? → exception approval or wait",
        "U maker registers",
        "R payee check",
        "U checker",
        "G mismatch → return",
        "S payment instruction",
        "M bank result",
        "G failed → U repair",
        "S post journal, activate schedule",
        "S schedule callbacks, fund-use check, reminders",
        "S notify",
        "2.5a order of mortgage and pay-out",
    ),
    "collateral_registration": (
        "U prepare",
        "U joint application",
        "T decision 1 day",
        "U enter mortgage date, scan",
        "S check public query",
        "U certificate to custody",
    ),
    "front_desk_intake": (
        "U registration",
        "U needs assessment",
        "U product sheet shown",
        "U privacy & credit-query authorisation",
        "R document list",
        "U collect/upload",
        "S OCR & classify",
        "U confirm differences",
        "S identity verification",
        "R DT-01a",
        "S bureau query",
        "S preliminary valuation",
        "R DT-01b",
        "R scorecard (DT-02)",
        "R max amount/LTV (DT-03)",
        "R recommendation (DT-04)",
        "U choose product",
        "R DT-01b … DT-03 again",
        "U risk notice with reading time",
        "C `credit_application`",
    ),
    "prepayment": (
        "U/portal quote",
        "R fee (DT-10)",
        "S quote valid until date 24:00",
        "customer confirms",
        "G minimum conditions",
        "U approve only for waiver",
        "M receipt",
        "S allocate",
        "S new schedule",
        "G balance 0",
        "C collateral_release",
        "S notify",
        "retention task",
    ),
    "collateral_release": (
        "trigger loan settled",
        "S settlement letter",
        "U certificate out of custody",
        "U joint application",
        "T 1 day",
        "U return to owner with receipt",
        "C GPS removal",
        "S delete/limit tracking data",
    ),
    "repayment": (
        "S match payer",
        "G unknown",
        "suspense U",
        "S allocate",
        "S post",
        "S close instalment",
        "S update DPD",
        "G fully settled",
        "reversed payment",
    ),
    "direct_debit": (
        "S direct-debit batch at T0",
        "retry T+1, T+3",
        "M bank result",
        "direct debit rejected",
    ),
    "collections": (
        "S open at DPD 1",
        "R strategy (DT-08)",
        "S assign",
        "M receipt → cured → close",
        "U contact tasks",
        "R pre-contact gate",
        "U result code",
        "G promise",
        "T promise date+1 → kept/broken",
        "R escalate",
        "C repossession, litigation, restructuring",
        "Suspend",
    ),
    "overdue_handling": (
        "T daily",
        "S accrue interest",
        "S mark due",
        "S direct-debit batch",
        "S penalty/compound accrual",
        "S DPD",
        "R classification (DT-07)",
        "R strategy (DT-08)",
        "S open/advance collection case",
        "S ledger snapshot",
        "customer notices T+1, T+3",
    ),
    "fund_use_check": (
        "30 d after disbursement",
        "S evidence on file",
        "alert W19 yellow",
        "U evidence",
        "alert W19 red at 60 d",
        "misuse",
    ),
    "callback_visit": (
        "S build preparation pack",
        "R method",
        "U contact: up to 3 attempts on 3 different days",
        "G reached?",
        "no → third-party data check",
        "S unreachable warning",
        "U checklist form",
        "R outcome (DT-06b)",
        "good → S next date with longer interval",
        "info_change → U update",
        "hardship → C restructuring",
        "misuse / pledged / transferred → early_warning level red + U legal",
        "damage → C vehicle_appraisal + insurance",
        "U quality sample 5%",
    ),
    "loan_extension": (
        "U request with reason",
        "R limit check (3.8)",
        "U post-loan inspection (short)",
        "C vehicle_appraisal if LTV unknown or > 90%",
        "U consent of guarantor/mortgagor in writing",
        "R authority",
        "U review",
        "U supplementary agreement & new disclosure sheet",
        "S schedule version n+1",
        "R classification",
        "S notify",
    ),
    "restructuring": (
        "U hardship form + evidence",
        "R eligibility",
        "R options",
        "U review",
        "U agreement",
        "S schedule version",
        "S flag restructured, class ≥ 关注, observation 12 months",
        "T monthly observation",
    ),
    "debt_transfer": (
        "U request",
        "R eligibility",
        "new debtor passes full DT-01..03",
        "C preloan_investigation",
        "U consent of guarantor and co-borrowers",
        "C loan_review",
        "U vehicle transfer",
        "C signing of transfer agreement",
        "S switch debtor, keep history",
        "C callback in 30 d",
    ),
    "claim_assignment": (
        "U package definition",
        "S data tape (masked)",
        "U pricing",
        "U approval (risk_committee)",
        "U contract with buyer",
        "S settle",
        "S notice to debtor and guarantor",
        "S update creditor, payee account",
        "S credit-bureau update",
    ),
}
NOT_DRAWN = "不画"
REASON_MIN = 8
ELEMENT = re.compile(
    r"`((?:[a-z_]+/)?(?:Start|Task|Gateway|Event|Timer|Error|End|Call|SubProcess|Link)_\w+)`"
)
ROW = re.compile(r"^\| (.+?) \| (.*?) \| ?(.*?) ?\|$", re.M)


def tables(process_id: str) -> list[tuple[str, str, str]]:
    """The rows (step, elements, words) of every table of the README that has a column of elements."""
    page = (PROCESSES / process_id / "README.md").read_text(encoding="utf-8")
    found = []
    for block in page.split("\n\n"):
        rows = ROW.findall(block)
        if rows and rows[0][1] == "图中元素":
            found += [row for row in rows[1:] if not row[0].startswith("-")]
    return found


def ids(process_id: str) -> set[str]:
    root = read_xml((PROCESSES / process_id / f"{process_id}.bpmn").read_bytes(), what="diagram")
    return {one.get("id") for one in root.iter() if one.get("id")}


@pytest.mark.parametrize("process_id", STEPS)
def test_every_step_is_an_element_of_a_diagram_or_the_readme_says_why_not(process_id: str) -> None:
    rows = tables(process_id)

    assert [step for step, _, _ in rows if step not in STANDARD] == list(STEPS[process_id])
    for step, where, words in rows:
        named = [each.split("/") for each in ELEMENT.findall(where)]
        missing = [
            "/".join(one) for one in named if one[-1] not in ids(one[0] if len(one) > 1 else process_id)
        ]
        assert missing == [], step
        assert named or (where.startswith(NOT_DRAWN) and len(words) >= REASON_MIN), step


@pytest.mark.parametrize("process_id", STEPS)
def test_every_standard_exception_is_drawn_or_said(process_id: str) -> None:
    assert [step for step, _, _ in tables(process_id) if step in STANDARD] == list(STANDARD)
