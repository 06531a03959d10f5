"""Every case beside a diagram goes as it is written, and those that differ most go so on PostgreSQL too."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from postgresql_server import copied_database, fresh_database

from cheliu.case_house import found_template
from cheliu.cases import run_case
from cheliu.wiring import PROCESSES

CASES = sorted(PROCESSES.glob("*/cases/*.json"))


# Between them they take every road: timers, jobs, messages, votes, refusals, withdrawal, repair.
ON_POSTGRESQL = (
    "credit_application/returned_then_approved",
    "loan_booking/returned_then_corrected",
    "loan_review/committee_approves",
    "loan_review/quorum_missed",
    "contract_signing/withdrawn_after_signing",
    "disbursement/bank_refuses_then_repaired",
    "disbursement/bank_down",
    "collateral_registration/used_car_mortgage_first",
    "collateral_release/reopened",
    "direct_debit/refused_and_again",
    "repayment/claimed",
    "callback_visit/link_answered",
)


# What some of them show; docs/features.md says where a person sees it.
SHOWN = {
    "preloan_investigation/two_investigators": ("M-046",),
    "preloan_investigation/accepted_not_investigated": ("M-046",),
    "preloan_investigation/mismatch_leads_to_visit": ("M-047",),
    "blacklist_change/removed_after_objection": ("M-015",),
    "blacklist_change/grey_list_widens_the_investigation": ("M-017",),
    "blacklist_change/vehicle_blacklisted": ("M-017",),
    "loan_review/conditional_approval": ("M-049",),
    "credit_application/corporate_approved": ("M-053",),
    "credit_application/used_car": ("M-053",),
    "credit_application/fraud_alert_cleared": ("M-048",),
    "credit_application/fraud_alert_confirmed": ("M-048",),
    "credit_application/fraud_score_blocks": ("M-048",),
    "credit_line_change/granted_and_drawn": ("M-045",),
    "collateral_registration/late": ("M-139",),
    "vehicle_appraisal/no_outside_price": ("M-134",),
    "callback_visit/link_answered": ("M-119",),
    "callback_visit/link_pledged": ("M-119",),
    "collateral_release/released": ("M-140",),
    "collateral_release/overpaid": ("M-140",),
    "direct_debit/refused_and_again": ("M-069",),
    "fund_use_check/supplied": ("M-071",),
    "fund_use_check/grave": ("M-071",),
    "prepayment/expired": ("M-074",),
    "prepayment/part_lower_by_hand": ("M-074",),
    "prepayment/part_shorter": ("M-074",),
    "prepayment/settled": ("M-074",),
    "prepayment/trade_in_free": ("M-074",),
    "repayment/account_changed": ("M-069",),
    "repayment/claimed": ("M-066",),
    "repayment/payer_differs": ("M-069",),
    "repayment/reversed": ("M-066",),
}
PLAYED = [
    pytest.param(
        path,
        id=f"{path.parent.parent.name}-{path.stem}",
        marks=[
            pytest.mark.feature(number) for number in SHOWN.get(f"{path.parent.parent.name}/{path.stem}", ())
        ],
    )
    for path in CASES
]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return found_template(tmp_path_factory.mktemp("cases"))


@pytest.mark.parametrize("path", PLAYED)
def test_the_case_goes_as_written(path: Path, template: Path, tmp_path: Path) -> None:
    run_case(path, template, tmp_path / "house")


@pytest.fixture(scope="module")
def postgresql_template(
    postgresql_folder: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, str]]:
    """The template's folder and its database."""
    with fresh_database(postgresql_folder) as url:
        yield found_template(tmp_path_factory.mktemp("cases"), database_url=url), url


@pytest.mark.parametrize("name", ON_POSTGRESQL)
def test_the_case_goes_the_same_way_on_postgresql(
    name: str, postgresql_template: tuple[Path, str], tmp_path: Path
) -> None:
    process_id, case = name.split("/")
    template, template_url = postgresql_template
    with copied_database(template_url) as url:
        run_case(
            PROCESSES / process_id / "cases" / f"{case}.json", template, tmp_path / "house", database_url=url
        )


def test_every_process_has_cases_for_withdrawal_and_for_its_errors() -> None:
    named = {path.parent.parent.name: {p.stem for p in path.parent.glob("*.json")} for path in CASES}
    assert all(len(cases) >= 5 for cases in named.values())
    assert set(named) == {
        "blacklist_change",
        "breach_review",
        "callback_visit",
        "claim_assignment",
        "collateral_registration",
        "collateral_release",
        "collections",
        "contract_signing",
        "credit_application",
        "credit_line_change",
        "data_subject_request",
        "debt_transfer",
        "direct_debit",
        "disbursement",
        "front_desk_intake",
        "fund_use_check",
        "loan_booking",
        "loan_extension",
        "loan_review",
        "overdue_handling",
        "preloan_investigation",
        "prepayment",
        "reconsideration",
        "repayment",
        "restructuring",
        "supplement",
        "vehicle_appraisal",
    }
