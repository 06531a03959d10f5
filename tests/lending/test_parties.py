"""Companies, the people beside a borrower, guarantees, and what hangs together."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select

from lending import (
    bureau_reports,
    consents,
    corporates,
    customers,
    disbursements,
    documents,
    exposure,
    guarantees,
    loans,
    parties,
    relations,
    watch_lists,
)
from lending.consents import CORE, ConsentMissing, ConsentPurpose
from lending.corporates import Figures, Owner, OwnerBasis
from lending.customers import CustomerKind
from lending.documents import DocumentKind, StoredDocument
from lending.errors import NotFound
from lending.guarantees import GuaranteeKind
from lending.identifiers.errors import IdentifierRefused
from lending.parties import Named, PartyPlace
from lending.relations import RelationKind
from lending.watch_lists import Colour, EntryStatus, Subject

NOW, TODAY = datetime(2026, 3, 2, 2, 0, tzinfo=UTC), date(2026, 3, 2)
IDENTITY, WIFE, FRIEND = "11010519491231002X", "330106198811114471", "320102198607212253"
FLEET, SISTER, HOSPITAL = "91310115MA1K3ABC1G", "91320106MA2L4DEF21", "12310000425012345C"


def person(house, session, identity, name, phone="13800138000"):
    return customers.register(
        session,
        house.vault,
        name=name,
        identity=identity,
        phone=phone,
        unit_id=house.unit_id,
        owner_id=house.maker_id,
        now=NOW,
    )


def company(house, session, code, name):
    return customers.register_corporate(
        session,
        house.vault,
        name=name,
        credit_code=code,
        phone="13900139000",
        unit_id=house.unit_id,
        owner_id=house.maker_id,
        now=NOW,
    )


def activated(house, session):
    attempt = house.release(session)
    disbursements.mark_sent(session, attempt.request_id, now=NOW)
    disbursements.succeed(session, attempt.request_id, value_date=TODAY, bank_reference="B1", now=NOW)
    number = session.scalars(select(loans.Loan.loan_no)).one()
    return loans.activate(session, number, value_date=TODAY, now=NOW)


def own(house, session, corporate, *owners):
    return corporates.name_owners(
        session,
        house.vault,
        corporate,
        [Owner(name, number, Decimal(share), OwnerBasis(basis)) for name, number, share, basis in owners],
        on=TODAY,
        now=NOW,
    )


def relate(session, one, other, kind):
    return relations.relate(session, one, other, kind, by=None, now=NOW)


def guarantee(house, session, application, guarantor, place=PartyPlace.GUARANTOR_1, **has):
    applicant = customers.get(session, application.customer_id)
    (party,) = parties.name(
        session, application.application_no, applicant, {place: Named(guarantor, **has)}, now=NOW
    )
    code = customers.identity_of(session, house.vault, guarantor)
    is_company = guarantor.kind is CustomerKind.CORPORATE
    row = guarantees.undertake(
        session,
        party,
        kind=GuaranteeKind.JOINT,
        period_months=36,
        credit_code=code if is_company else None,
        now=NOW,
    )
    return party, row


def test_a_company_is_found_by_its_credit_code_and_never_mixed_up_with_a_person(house):
    with house.database.write() as session:
        fleet = company(house, session, FLEET, "上海示例城配物流有限公司")
        again = company(house, session, FLEET, "上海示例城配物流有限公司")
        with pytest.raises(IdentifierRefused):
            company(house, session, FLEET[:-1] + "H", "另一家有限公司")
        with pytest.raises(customers.CustomerNameDiffers):
            company(house, session, FLEET, "另一家有限公司")

        assert again is fleet
        assert fleet.kind is CustomerKind.CORPORATE
        assert customers.find_by_credit_code(session, house.vault, FLEET) is fleet
        assert customers.find_by_identity(session, house.vault, FLEET) is None
        assert customers.identity_of(session, house.vault, fleet) == FLEET
        assert FLEET.encode() not in fleet.identity_sealed


@pytest.mark.parametrize(
    ("owners", "refused"),
    [
        ((), corporates.BeneficialOwnerMissing),
        ((("甲", IDENTITY, "0.2", "share"),), corporates.ShareBelowThreshold),
        ((("甲", IDENTITY, "0.6", "share"), ("乙", WIFE, "0.5", "share")), corporates.SharesAboveWhole),
        (
            (("甲", IDENTITY, "0.5", "share"), ("甲", IDENTITY, "0.5", "share")),
            corporates.BeneficialOwnerTwice,
        ),
    ],
)
def test_owners_that_cannot_be_are_refused(house, owners, refused):
    with house.database.write() as session:
        fleet = company(house, session, FLEET, "上海示例城配物流有限公司")
        with pytest.raises(refused):
            own(house, session, fleet, *owners)


def test_who_holds_less_than_the_threshold_may_control_or_manage_the_company(house):
    with house.database.write() as session:
        fleet = company(house, session, FLEET, "上海示例城配物流有限公司")

        own(house, session, fleet, ("甲", IDENTITY, "0.1", "control"))
        rows = own(house, session, fleet, ("乙", WIFE, "0", "management"))

        assert [row.name for row in corporates.owners_of(session, fleet.id)] == ["乙"]
        assert corporates.identity_of(session, house.vault, rows[0]) == WIFE


def test_the_licence_must_be_valid_and_the_statements_of_two_years_in_a_row(house):
    def figures(year):
        return Figures(year, Decimal(9), Decimal(-1), Decimal(8), Decimal(3))

    with house.database.write() as session:
        fleet = company(house, session, FLEET, "上海示例城配物流有限公司")
        boss = person(house, session, IDENTITY, "林晓芸")
        day = {"on": TODAY, "now": NOW}
        with pytest.raises(corporates.LicenceExpired):
            corporates.file_licence(
                session,
                fleet,
                boss,
                established_on=date(2018, 1, 1),
                licence_valid_until=date(2026, 3, 1),
                **day,
            )
        with pytest.raises(corporates.EstablishedInFuture):
            corporates.file_licence(
                session, fleet, boss, established_on=date(2026, 3, 3), licence_valid_until=None, **day
            )
        for years in ((2025,), (2025, 2023), (2022, 2021)):
            with pytest.raises(corporates.StatementsMissing):
                corporates.file_statements(session, fleet, [figures(year) for year in years], **day)
        corporates.file_statements(session, fleet, [figures(2025), figures(2024)], **day)

        newest = corporates.newest_figures(session, fleet.id)
        assert (newest.year, newest.net_assets) == (2025, Decimal(5))


def test_a_group_hangs_together_by_marriage_representation_and_common_owners_but_not_by_guarantee(house):
    with house.database.write() as session:
        fleet = company(house, session, FLEET, "上海示例城配物流有限公司")
        sister = company(house, session, SISTER, "南京示例运输有限公司")
        boss, wife = person(house, session, IDENTITY, "林晓芸"), person(house, session, WIFE, "林若溪")
        friend = person(house, session, FRIEND, "罗建平")
        relate(session, boss, fleet, RelationKind.REPRESENTATIVE)
        relate(session, wife, boss, RelationKind.SPOUSE)
        relate(session, friend, fleet, RelationKind.GUARANTOR)
        for one in (fleet, sister):
            own(house, session, one, ("沈国华", "310104198203161120", "0.6", "share"))

        assert relations.group(session, fleet.id) == {fleet.id, sister.id, boss.id, wife.id}
        assert relations.group(session, wife.id) == relations.group(session, sister.id)
        assert relations.group(session, friend.id) == {friend.id}
        with pytest.raises(relations.RelatedToSelf):
            relate(session, boss, boss, RelationKind.SPOUSE)


def test_an_owner_who_is_a_customer_belongs_to_the_group_and_its_debts_count_together(house):
    with house.database.write() as session:
        loan = activated(house, session)
        asked = house.apply(
            session, identity="360426199101010071", vin="LFPH3ACC8N1A00001", amount="80000.00"
        )
        fleet = company(house, session, FLEET, "上海示例城配物流有限公司")
        other = customers.get(session, asked.customer_id)
        own(house, session, fleet, ("林晓芸", IDENTITY, "0.7", "share"))
        relate(session, other, fleet, RelationKind.ASSOCIATE)

        together = relations.group(session, fleet.id)

        assert together == {fleet.id, loan.customer_id, other.id}
        owed = exposure.of_customers(session, together)
        assert owed == loan.principal + Decimal("80000.00")
        assert exposure.of_customers(session, together, besides=asked.application_no) == loan.principal


def test_nobody_guarantees_for_himself_or_holds_two_places(house):
    with house.database.write() as session:
        application = house.apply(session)
        applicant = customers.get(session, application.customer_id)
        friend = person(house, session, FRIEND, "罗建平")
        number = application.application_no

        with pytest.raises(parties.PartyIsApplicant):
            parties.name(session, number, applicant, {PartyPlace.GUARANTOR_1: Named(applicant)}, now=NOW)
        twice = {PartyPlace.SPOUSE: Named(friend), PartyPlace.GUARANTOR_1: Named(friend)}
        with pytest.raises(parties.PartyTwice):
            parties.name(session, number, applicant, twice, now=NOW)
        acting = {PartyPlace.REPRESENTATIVE: Named(friend), PartyPlace.GUARANTOR_1: Named(friend)}
        assert len(parties.name(session, number, applicant, acting, now=NOW)) == 2
        assert parties.people(session, number) == [friend]
        assert parties.name(session, number, applicant, {}, now=NOW) == []


def test_a_guarantee_counts_what_the_guarantor_answers_for_elsewhere_and_what_he_can_bear(house):
    with house.database.write() as session:
        first = house.apply(session)
        second = house.apply(
            session, identity="360426199101010071", vin="LFPH3ACC8N1A00001", amount="80000.00"
        )
        friend = person(house, session, FRIEND, "罗建平")
        haulier = company(house, session, SISTER, "南京示例运输有限公司")
        guarantee(house, session, second, friend)
        has = {"monthly_income": Decimal("8000.00"), "monthly_debt": Decimal("1000.00")}
        party, _row = guarantee(house, session, first, friend, **has)

        elsewhere = guarantees.guaranteed(session, friend.id, besides=first.application_no)
        burden = guarantees.capacity(
            friend, party, instalment=Decimal("3000.00"), amount=Decimal("100000.00"), elsewhere=elsewhere
        )

        assert elsewhere == Decimal("80000.00")
        assert burden == Decimal("0.5000")
        party.customer_id, party.net_assets = haulier.id, Decimal("360000.00")
        of_company = guarantees.capacity(
            haulier, party, instalment=Decimal(1), amount=Decimal("100000.00"), elsewhere=elsewhere
        )
        assert of_company == Decimal("0.5000")
        assert guarantees.is_guarantor_of(session, friend.id, second.customer_id)


def test_public_bodies_guarantee_nothing_and_the_period_has_bounds(house):
    with house.database.write() as session:
        application = house.apply(session)
        hospital = company(house, session, HOSPITAL, "上海示例公立医院")
        with pytest.raises(guarantees.GuarantorBarred):
            guarantee(house, session, application, hospital)
        party = parties.in_place(session, application.application_no, PartyPlace.GUARANTOR_1)
        for months in (5, 37):
            with pytest.raises(guarantees.GuaranteePeriodRefused):
                guarantees.undertake(
                    session,
                    party,
                    kind=GuaranteeKind.GENERAL,
                    period_months=months,
                    credit_code=None,
                    now=NOW,
                )


def test_each_party_consents_for_itself_and_what_one_takes_back_does_not_touch_the_others(house):
    with house.database.write() as session:
        application = house.apply(session)
        number, friend = application.application_no, person(house, session, FRIEND, "罗建平")
        for customer_id in (application.customer_id, friend.id):
            consents.record(session, number, customer_id, set(CORE), by=None, now=NOW, asked=CORE)

        own_consent = consents.require(session, number, ConsentPurpose.BUREAU_QUERY)
        of_friend = consents.require(session, number, ConsentPurpose.BUREAU_QUERY, friend.id)
        consents.withdraw(session, of_friend.id, by=None, now=NOW)

        assert consents.require(session, number, ConsentPurpose.BUREAU_QUERY) is own_consent
        with pytest.raises(ConsentMissing):
            consents.require(session, number, ConsentPurpose.BUREAU_QUERY, friend.id)
        assert [one.customer_id for one in consents.taken_back(session, number)] == [friend.id]
        consents.record(session, number, friend.id, set(CORE), by=None, now=NOW, asked=CORE)
        assert consents.taken_back(session, number) == []
        with pytest.raises(NotFound):
            bureau_reports.latest(session, number, friend.id)


def test_the_lists_look_at_every_party_and_at_the_owners_of_a_company(house):
    def listed(session, subject, number, entry_no):
        entry = watch_lists.propose(
            session,
            house.vault,
            entry_no,
            subject=subject,
            number=number,
            colour=Colour.BLACK,
            reason="骗贷",
            source="法院",
            valid_until=date(2027, 1, 1),
            by=None,
            on=TODAY,
            now=NOW,
        )
        watch_lists.decide(session, entry, EntryStatus.ACTIVE, by=None, on=TODAY, now=NOW, note="")

    with house.database.write() as session:
        application = house.apply(session)
        applicant = customers.get(session, application.customer_id)
        haulier = company(house, session, SISTER, "南京示例运输有限公司")
        own(house, session, haulier, ("顾敏", WIFE, "0.6", "share"))
        assert watch_lists.hits(session, house.vault, application, TODAY) == []
        named = {PartyPlace.GUARANTOR_1: Named(haulier)}
        parties.name(session, application.application_no, applicant, named, now=NOW)
        listed(session, Subject.COMPANY, SISTER, "LIST-1")
        listed(session, Subject.PERSON, WIFE, "LIST-2")

        found = watch_lists.hits(session, house.vault, application, TODAY)

        assert {hit.subject for hit in found} == {Subject.COMPANY, Subject.PERSON}


def test_the_papers_of_a_party_stand_beside_those_of_the_applicant(house):
    with house.database.write() as session:
        number = house.apply(session).application_no
        for place in ("", "guarantor_1", "guarantor_1"):
            stored = StoredDocument((place or "own").ljust(64, "0"), 10, "application/pdf")
            kind = DocumentKind.RESIDENT_ID_FRONT
            documents.attach(session, number, kind, "a.pdf", stored, by=None, now=NOW, place=place)

        assert [(one.place, one.version) for one in documents.current(session, number)] == [
            ("", 1),
            ("guarantor_1", 1),
        ]
