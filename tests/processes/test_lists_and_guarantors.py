"""What the white list changes and never changes, what is on file of a guarantor, and exceptions of a pay-out."""

import json

import pytest
from sqlalchemy import select

from cheliu.case_checks import differences
from cheliu.case_house import BUSINESS_DATE, copy_house, found_template
from cheliu.cases import play_steps
from cheliu.wiring import PROCESSES
from engine.history import ActivityHistory, DecisionEvidence
from lending import conditions, contract_sets, contracts, guarantees, loans, release_exceptions, watch_lists
from lending.bureau_reports import BureauReport
from lending.consents import Consent, ConsentPurpose
from lending.guarantees import GuaranteeKind
from lending.identity_checks import IdentityCheck
from lending.parties import PartyPlace
from lending.release_exceptions import ExceptionVerdict
from lending.watch_lists import Colour, EntryStatus, Subject

LISTED = "310104199003074510"


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    return found_template(tmp_path_factory.mktemp("lists"))


@pytest.fixture
def house(template, tmp_path):
    """A house of cases with its bank and clock."""
    made = copy_house(template, tmp_path / "house")
    yield made
    made[0].close()


def case(name):
    return json.loads((PROCESSES / f"{name}.json").read_text())


def whitelist(house, clock):
    """The applicant of the samples stands on the white list."""
    with house.database.write() as session:
        entry = watch_lists.propose(
            session,
            house.world.vault,
            watch_lists.next_number(session, BUSINESS_DATE.year),
            subject=Subject.PERSON,
            number=LISTED,
            colour=Colour.WHITE,
            reason="三年按时还款的存量客户",
            source="贷后评价 2026-08",
            valid_until=BUSINESS_DATE.replace(year=BUSINESS_DATE.year + 1),
            by=None,
            on=BUSINESS_DATE,
            now=clock.now(),
        )
        watch_lists.decide(
            session, entry, EntryStatus.ACTIVE, by=None, on=BUSINESS_DATE, now=clock.now(), note="同意"
        )


def decided(house, decision_id):
    """What a table said in the case, the newest time."""
    with house.database.read() as session:
        asked = select(DecisionEvidence.outputs).where(DecisionEvidence.decision_id == decision_id)
        return session.scalar(asked.order_by(DecisionEvidence.id.desc()).limit(1))


ENTERED = {
    "title": "二手车",
    "steps": [{"at": "Task_EnterApplication", "as": "front_desk", "answers": {"sample": "used_car"}}],
}


@pytest.mark.feature("M-016")
@pytest.mark.parametrize("listed", [True, False])
def test_who_stands_on_the_white_list_is_investigated_more_simply_by_the_tables(house, listed):
    made, bank, clock = house
    if listed:
        whitelist(made, clock)

    play_steps(ENTERED, made, bank, clock)

    assert decided(made, "list_treatment") == {"list_treatment": "simplify" if listed else "none"}
    scope = decided(made, "investigation_scope")
    assert scope["investigation_scope"]["scope"] == ("simplified" if listed else "standard")


@pytest.mark.feature("M-016")
def test_the_white_list_spares_nobody_the_identity_check(house):
    made, bank, clock = house
    whitelist(made, clock)
    played = case("front_desk_intake/cases/identity_fails_twice_then_rejected")

    play = play_steps(played, made, bank, clock)

    assert differences(made, bank, play.application_no, played) == []


@pytest.mark.feature("M-018")
def test_a_guarantor_is_checked_on_his_own_and_bound_by_application_and_contract(house):
    made, bank, clock = house
    play = play_steps(case("contract_signing/cases/guarantor_signed"), made, bank, clock)

    with made.database.read() as session:
        ((party, guarantee),) = guarantees.of_application(session, play.application_no)
        assert (party.place, party.application_no) == (PartyPlace.GUARANTOR_1, play.application_no)
        assert isinstance(guarantee.kind, GuaranteeKind)
        assert 6 <= guarantee.period_months <= 36
        report = session.scalar(select(BureauReport).where(BureauReport.customer_id == party.customer_id))
        consent = session.scalar(
            select(Consent).where(
                Consent.customer_id == party.customer_id, Consent.purpose == ConsentPurpose.BUREAU_QUERY
            )
        )
        assert report.consent_id == consent.id
        assert consent.stands
        checked = select(IdentityCheck).where(IdentityCheck.customer_id == party.customer_id)
        assert session.scalar(checked) is not None
        contract = contracts.find_open(session, play.application_no)
        documents = contract_sets.documents_of(session, contract.contract_no)
        agreement = next(one for one in documents if one.place == party.place)
        signatures = contract_sets.signatures_of(session, contract.contract_no)
        assert (agreement.document_no, party.customer_id) in {
            (one.document_no, one.customer_id) for one in signatures
        }


@pytest.mark.feature("M-064")
def test_an_exception_of_a_pay_out_has_its_asker_its_approver_and_reasons(house):
    made, bank, clock = house
    play = play_steps(case("disbursement/cases/exception_approved"), made, bank, clock)

    with made.database.read() as session:
        refused, approved = release_exceptions.of_application(session, play.application_no)
        assert (refused.verdict, approved.verdict) == (ExceptionVerdict.REFUSED, ExceptionVerdict.APPROVED)
        assert approved.asked_by != approved.decided_by
        assert approved.decided_by is not None
        assert approved.reason
        assert approved.decision_reason
        assert release_exceptions.covered(session, play.application_no) == {
            "insurance_lapsed",
            "condition:insurance",
        }
        loan = loans.of_application(session, play.application_no)
        assert conditions.missing(session, loan, BUSINESS_DATE) == ()
        steps = select(ActivityHistory.element_id).where(ActivityHistory.element_id == "Task_DecideException")
        assert len(session.scalars(steps).all()) >= 2
