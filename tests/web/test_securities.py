"""Securities and funding at the page: the life of a car, pledges looked up by hash, other property, whose money."""

import pytest
from customers_at_hand import ZHANG, enter
from sqlalchemy import select

from company.audit import AuditEntry
from company.organisation import business_date
from lending import collateral, evidence_ledger, funding, pledged_property, vehicle_history, vehicles
from lending.applications import Application, ApplicationStatus
from lending.collateral import MortgageOrder
from lending.pledged_property import PledgedProperty, PledgeStatus
from lending.printing import versions
from lending.proposals import Proposal, ProposalStatus
from lending.vehicle_history import VehicleEvent, VehicleHappening
from lending.vehicles import Energy, VehicleKind

VIN = "LGXCE6CB4P0123456"


def business_day(house):
    with house.database.read() as session:
        return business_date(session)


def refused(visitor, address, data, page="/inbox"):
    """What the next page says of a command that was refused; the command answers with that page."""
    assert visitor.post(address, data).status_code == 303
    return visitor.get(page).text


def a_car(house, number="APP-1", name="张三丰", identity=ZHANG):
    """A car whose mortgage is being registered for an application of Shanghai; its id."""
    owner, now = enter(house, name, identity), house.clock.now()
    actor = house.who("customer_manager")
    with house.database.write() as session:
        car = vehicles.register(
            session,
            vin_text=VIN,
            model_name="比亚迪 汉EV 2023款",
            kind=VehicleKind.USED,
            energy=Energy.NEV,
            now=now,
        )
        application = Application(
            application_no=number,
            status=ApplicationStatus.SIGNED,
            unit_id=actor.unit_id,
            owner_id=actor.employee_id,
            customer_id=owner,
            vehicle_id=car.id,
            created_at=now,
        )
        session.add(application)
        session.flush()
        collateral.open_for(
            session, house.vault, application, MortgageOrder.MORTGAGE_FIRST, on=now.date(), now=now
        )
        return car.id


@pytest.fixture
def car(house):
    return a_car(house)


@pytest.mark.feature("M-136")
def test_the_life_of_a_car_tells_what_happened_when_from_whom_and_who_wrote_it_down(house, car):
    officer = house.browser("contract_officer")
    officer.get(f"/vehicles/{car}")
    today = business_day(house).isoformat()
    noted = [
        ("registered", "registry"),
        ("damaged", "inspection"),
        ("transferred", "registry"),
        ("sealed", "court"),
        ("unsealed", "court"),
        ("repossessed", "other"),
        ("sold", "other"),
    ]
    for happening, source in noted:
        sent = {"happening": happening, "source": source, "on": today, "note": f"依据-{happening}"}
        assert officer.post(f"/vehicles/{car}/events", sent).status_code == 303

    with house.database.write() as session:
        vehicle_history.record(
            session, car, VehicleHappening.MORTGAGED, on=house.clock.now().date(), now=house.clock.now()
        )
    page = officer.get(f"/vehicles/{car}").text
    assert all(f"依据-{happening}" in page for happening, _source in noted)
    assert "法院文书" in page
    assert "车管所查询" in page
    assert "业务流程" in page
    assert today in page
    with house.database.read() as session:
        rows = session.scalars(select(VehicleEvent).where(VehicleEvent.recorded_by.is_not(None))).all()
        assert {row.happening.value for row in rows} == {happening for happening, _source in noted}
        assert session.scalar(select(AuditEntry.id).where(AuditEntry.action == "vehicle.note")) is not None


def test_what_a_person_writes_into_the_life_of_a_car_is_proven_past_and_within_reach(house, car):
    officer = house.browser("contract_officer")
    officer.get(f"/vehicles/{car}")
    today = business_day(house)
    good = {"happening": "sealed", "source": "court", "on": today.isoformat(), "note": "（2026）沪01执1号"}

    for wrong, words in (
        ({"note": " "}, "依据"),
        ({"on": "2999-01-01"}, "晚于今天"),
        ({"happening": "mortgaged"}, "不能手工补记"),
        ({"source": "process"}, "不能手工补记"),
    ):
        assert words in refused(officer, f"/vehicles/{car}/events", good | wrong)
    manager = house.browser("customer_manager")
    manager.get(f"/vehicles/{car}")
    assert "记录事件" not in manager.get(f"/vehicles/{car}").text
    assert manager.post(f"/vehicles/{car}/events", good).status_code == 403

    with house.database.read() as session:
        assert vehicle_history.sealed_since(session, car) is None


@pytest.mark.feature("M-143")
def test_a_car_is_active_collateral_once_and_the_ledger_finds_it_by_the_hash_of_its_vin(house, car):
    now = house.clock.now()
    with house.database.write() as session:
        actor = house.who("customer_manager")
        other = Application(
            application_no="APP-2",
            status=ApplicationStatus.SIGNED,
            unit_id=actor.unit_id,
            owner_id=actor.employee_id,
            customer_id=session.scalar(select(Application.customer_id)),
            vehicle_id=car,
            created_at=now,
        )
        session.add(other)
        session.flush()
        with pytest.raises(collateral.AlreadyCollateral):
            collateral.open_for(
                session, house.vault, other, MortgageOrder.PAYMENT_FIRST, on=now.date(), now=now
            )
    officer = house.browser("contract_officer")
    officer.get("/pledged-cars")

    found = officer.post("/pledged-cars", {"vin": VIN.lower()})
    assert "已是抵押物" in found.text
    assert "存证完整" in found.text
    assert "APP-1" in found.text
    assert "未抵押" in officer.post("/pledged-cars", {"vin": "LSVAA4182E2123456"}).text
    assert officer.post("/pledged-cars", {"vin": "LGX"}).status_code == 422

    with house.database.write() as session:
        collateral.cancel(session, "APP-1", on=now.date(), now=now)
        assert evidence_ledger.look_up(session, house.vault, VIN).pledge is None
        collateral.open_for(session, house.vault, other, MortgageOrder.PAYMENT_FIRST, on=now.date(), now=now)
        assert evidence_ledger.look_up(session, house.vault, VIN).pledge.application_no == "APP-2"
        assert evidence_ledger.broken(session) == []
        entries = evidence_ledger.look_up(session, house.vault, VIN).entries
        assert [entry.fact.value for entry in entries] == ["pledged", "freed", "pledged"]
        assert all(VIN.encode() not in entry.vin_hash for entry in entries)
        entries[1].application_no = "APP-2"
        session.flush()
        assert evidence_ledger.broken(session) == [2]
        assert not evidence_ledger.look_up(session, house.vault, VIN).links_hold


def test_who_looks_a_car_up_does_not_learn_whose_application_of_another_branch_it_secures(house, car):
    with house.database.write() as session:
        application = session.scalar(select(Application).where(Application.application_no == "APP-1"))
        record = collateral.get(session, "APP-1")
        application.owner_id = house.who("branch_manager").employee_id
        record.unit_id = application.unit_id
    manager = house.browser("customer_manager")
    manager.get("/pledged-cars")

    page = manager.post("/pledged-cars", {"vin": VIN}).text

    assert "已是抵押物" in page
    assert "APP-1" not in page
    assert "其他机构的申请" in page


@pytest.mark.feature("M-019")
def test_other_property_is_taken_into_custody_and_given_back_when_a_second_person_confirms(house, car):
    officer, archivist = house.browser("contract_officer"), house.browser("archive_officer")
    officer.get("/collateral/APP-1")
    today = business_day(house).isoformat()
    thing = {
        "kind": "deposit",
        "description": "工行定期存单 0012",
        "value": "50000",
        "slot": "B-2-7",
        "handed_by": "张三丰",
        "received_by": "何静",
        "on": today,
    }
    assert officer.post("/collateral/APP-1/pledges", thing).status_code == 303
    for wrong, words in (
        ({"slot": " "}, "保管位置"),
        ({"value": "0"}, "应大于 0"),
        ({"on": "2999-01-01"}, "晚于今天"),
    ):
        assert words in refused(officer, "/collateral/APP-1/pledges", thing | wrong)
    page = officer.get("/collateral/APP-1").text
    assert "工行定期存单 0012" in page
    assert "B-2-7" in page
    assert "张三丰 → 何静" in page
    assert "在库" in page
    with house.database.read() as session:
        pledge_id = session.scalar(select(PledgedProperty.id))

    assert "领取人" in refused(officer, f"/pledges/{pledge_id}/release", {"reason": "贷款结清", "to": " "})
    release = {"reason": "贷款结清", "to": "张三丰"}
    assert officer.post(f"/pledges/{pledge_id}/release", release).status_code == 303
    assert "确认归还" not in officer.get("/collateral/APP-1").text
    assert "须由另一人" in refused(officer, f"/pledges/{pledge_id}/decision", {"do": "release"})
    assert "确认归还" in archivist.get("/collateral/APP-1").text
    assert archivist.post(f"/pledges/{pledge_id}/decision", {"do": "keep"}).status_code == 303
    assert officer.post(f"/pledges/{pledge_id}/release", release).status_code == 303
    assert archivist.post(f"/pledges/{pledge_id}/decision", {"do": "release"}).status_code == 303

    assert "已解押归还" in officer.get("/collateral/APP-1").text
    with house.database.read() as session:
        kept = session.scalar(select(PledgedProperty))
        assert kept.status is PledgeStatus.RELEASED
        assert kept.released_by == house.who("archive_officer").employee_id
        assert pledged_property.of_application(session, "APP-1") == [kept]
        actions = set(session.scalars(select(AuditEntry.action).where(AuditEntry.object_type == "pledge")))
    assert actions == {"pledge.take_in", "pledge.ask_release", "pledge.keep", "pledge.release"}


def test_a_funding_party_is_proposed_by_one_and_approved_by_another_person(house):
    proposer, approver = house.browser("reviewer_l2"), house.browser("risk_committee")
    proposer.get("/funding/new")
    today = business_day(house).isoformat()
    party = {
        "code": "BANK_SH",
        "name": "示例银行上海分行",
        "kind": "bank",
        "credit_limit": "5000000",
        "product_codes": ["NEW_STD", "USED_STD"],
        "bank_name": "示例银行上海分行营业部",
        "account": "31050161393600001234",
        "active": "1",
        "valid_from": today,
        "reason": "合作协议 2026-01",
    }
    for wrong in (
        {"credit_limit": ""},
        {"account": ""},
        {"code": "x y"},
        {"name": ""},
        {"product_codes": ["NO"]},
    ):
        assert proposer.post("/funding/new", party | wrong).status_code == 422
    assert proposer.post("/funding/new", party).status_code == 303
    with house.database.read() as session:
        proposal = session.scalar(select(Proposal))
        assert proposal.status is ProposalStatus.OPEN
        assert "31050161393600001234" not in str(proposal.change)
        assert funding.versions(session, "BANK_SH") == []

    assert proposer.post(f"/changes/{proposal.id}/approve").status_code == 403
    approver.get("/changes")
    assert "**** 1234" in approver.get("/changes").text
    assert approver.post(f"/changes/{proposal.id}/approve").status_code == 303

    page = proposer.get("/funding/BANK_SH").text
    assert "示例银行上海分行" in page
    assert "¥5,000,000" in page
    assert "**** 1234" in page
    later = party | {"credit_limit": "6000000", "account": "", "valid_from": "2026-12-01"}
    assert proposer.post("/funding/BANK_SH", later).status_code == 303
    with house.database.read() as session:
        change = session.scalar(select(Proposal.id).order_by(Proposal.id.desc()).limit(1))
    assert approver.post(f"/changes/{change}/approve").status_code == 303
    with house.database.read() as session:
        newest, first = funding.versions(session, "BANK_SH")
        assert (newest.version, newest.account_last4, first.valid_to.isoformat()) == (2, "1234", "2026-11-30")
        assert funding.for_product(session, "NEW_STD").id == first.id
        assert funding.for_product(session, "BIZ_FLEET").code == funding.OWN
    clash = party | {"code": "LEASE_1", "product_codes": ["USED_STD"]}
    answer = proposer.post("/funding/new", clash)
    assert answer.status_code == 422
    assert "示例银行上海分行" in answer.text


@pytest.mark.feature("M-055")
def test_a_page_lists_every_version_of_every_contract_text_with_its_days_and_hash(house):
    officer = house.browser("contract_officer")

    page = officer.get("/contract-texts").text

    for template, found in versions.released().items():
        assert template in page
        assert all(version.sha256 in page and version.valid_from.isoformat() in page for version in found)
    assert "合同文本" in officer.get("/inbox").text
