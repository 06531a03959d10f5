"""The entry form's answers of each party, filed: company with licence, owners and figures, spouse, guarantors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from engine.topics import Call
from lending import corporates, customers, guarantees, relations, restrictions
from lending.applications import Application
from lending.corporates import Figures, Owner, OwnerBasis
from lending.customers import Customer, CustomerKind
from lending.errors import LendingError
from lending.guarantees import GuaranteeKind
from lending.parties import GUARANTORS, ApplicationParty, Named, PartyPlace
from lending.printing import coverage
from lending.relations import RelationKind

_OWNERS_MAX = 4
_PERCENT = Decimal(100)


class PartyDocumentExpired(LendingError):
    """A party's identity document or licence has run out."""

    code = "party_document_expired"
    zh = "{place}“{name}”的证件有效期至 {valid_until}，已过期，请提供有效证件。"
    en = "The document of {name} ({place}) was valid until {valid_until}; ask for a valid one."


@dataclass(frozen=True)
class Undertaking:
    """A guarantor as entered, and what he undertakes."""

    named: Named
    kind: GuaranteeKind
    period_months: int
    credit_code: str | None

    def keep(self, call: Call, party: ApplicationParty) -> None:
        """Write it down. Raises what :func:`lending.guarantees.undertake` refuses."""
        guarantees.undertake(
            call.session,
            party,
            kind=self.kind,
            period_months=self.period_months,
            credit_code=self.credit_code,
            now=call.clock_now,
        )


def file_applicant(call: Call, application: Application) -> Customer:
    """The company that applies, by name and credit code."""
    coverage.check(call.data["company_name"])
    return customers.register_corporate(
        call.session,
        call.world.vault,
        name=call.data["company_name"],
        credit_code=call.data["credit_code"],
        phone=call.reveal(call.data["mobile"]),
        address=call.reveal(call.data["address"]),
        unit_id=application.unit_id,
        owner_id=application.owner_id,
        now=call.clock_now,
    )


def file_company(call: Call, application: Application, company: Customer) -> Named:
    """Licence, owners and figures of the company that applies; returns its legal representative.

    Raises what :mod:`lending.corporates` refuses, and :class:`PartyDocumentExpired`.
    """
    representative = _person(call, application, PartyPlace.REPRESENTATIVE)
    corporates.file_licence(
        call.session,
        company,
        representative,
        established_on=_day(call, "established_on") or call.business_date,
        licence_valid_until=_day(call, "licence_valid_until"),
        on=call.business_date,
        now=call.clock_now,
    )
    corporates.name_owners(
        call.session, call.world.vault, company, _owners(call), on=call.business_date, now=call.clock_now
    )
    newest = int(call.data["statement_year"])
    figures = [_figures(call, newest - back, back + 1) for back in (0, 1)]
    corporates.file_statements(call.session, company, figures, on=call.business_date, now=call.clock_now)
    _relate(call, representative, company, RelationKind.REPRESENTATIVE)
    return Named(representative)


def file_spouse(call: Call, application: Application, applicant: Customer) -> Named:
    """The spouse who borrows jointly, with her income and repayments."""
    spouse = _person(call, application, PartyPlace.SPOUSE)
    _relate(call, spouse, applicant, RelationKind.SPOUSE)
    return Named(
        spouse,
        monthly_income=call.data["spouse_income"],
        monthly_debt=call.data["spouse_debt"],
    )


def file_guarantors(call: Call, application: Application) -> dict[PartyPlace, Undertaking]:
    """The guarantors that the entry names, with what each undertakes; nobody if the box is not ticked."""
    if call.data.get("has_guarantor") is not True:
        return {}
    places = GUARANTORS if call.data.get("second_guarantor") is True else GUARANTORS[:1]
    return {place: _guarantor(call, application, place) for place in places}


def _guarantor(call: Call, application: Application, place: PartyPlace) -> Undertaking:
    of = place.value
    is_company = call.data[f"{of}_kind"] == CustomerKind.CORPORATE.value
    if is_company:
        coverage.check(call.data[f"{of}_company"])
        customer = customers.register_corporate(
            call.session,
            call.world.vault,
            name=call.data[f"{of}_company"],
            credit_code=call.data[f"{of}_credit_code"],
            phone=call.reveal(call.data[f"{of}_mobile"]),
            address=call.reveal(call.data[f"{of}_address"]),
            unit_id=application.unit_id,
            owner_id=application.owner_id,
            now=call.clock_now,
        )
        _check_validity(call, place, customer.name)
    else:
        customer = _person(call, application, place, address=call.reveal(call.data[f"{of}_address"]))
    return Undertaking(
        Named(
            customer,
            represented_by=call.data.get(f"{of}_representative"),
            monthly_income=call.data.get(f"{of}_income"),
            monthly_debt=call.data.get(f"{of}_debt"),
            net_assets=call.data.get(f"{of}_net_assets"),
        ),
        GuaranteeKind(call.data[f"{of}_guarantee"]),
        int(call.data[f"{of}_period_months"]),
        customers.identity_of(call.session, call.world.vault, customer) if is_company else None,
    )


def _person(call: Call, application: Application, place: PartyPlace, address: str | None = None) -> Customer:
    of = place.value
    coverage.check(call.data[f"{of}_name"])
    _check_validity(call, place, call.data[f"{of}_name"])
    person = customers.register(
        call.session,
        call.world.vault,
        name=call.data[f"{of}_name"],
        identity=call.reveal(call.data[f"{of}_identity"]),
        phone=call.reveal(call.data[f"{of}_mobile"]),
        address=address,
        unit_id=application.unit_id,
        owner_id=application.owner_id,
        now=call.clock_now,
    )
    restrictions.require_free(call.session, person)
    return person


def _check_validity(call: Call, place: PartyPlace, name: str) -> None:
    until = _day(call, f"{place.value}_identity_until")
    if until is not None and until < call.business_date:
        raise PartyDocumentExpired(place=place, name=name, valid_until=until)


def _owners(call: Call) -> list[Owner]:
    filled = [at for at in range(1, _OWNERS_MAX + 1) if call.data.get(f"owner_{at}_name")]
    return [
        Owner(
            call.data[f"owner_{at}_name"],
            call.reveal(call.data[f"owner_{at}_identity"]),
            Decimal(str(call.data[f"owner_{at}_share"])) / _PERCENT,
            OwnerBasis(call.data[f"owner_{at}_basis"]),
        )
        for at in filled
    ]


def _figures(call: Call, year: int, column: int) -> Figures:
    return Figures(
        year,
        revenue=call.data[f"revenue_{column}"],
        net_profit=call.data[f"net_profit_{column}"],
        total_assets=call.data[f"total_assets_{column}"],
        total_liabilities=call.data[f"total_liabilities_{column}"],
    )


def _relate(call: Call, customer: Customer, other: Customer, kind: RelationKind) -> None:
    relations.relate(call.session, customer, other, kind, by=call.actor.employee_id, now=call.clock_now)


def _day(call: Call, name: str) -> date | None:
    value = call.data.get(name)
    return date.fromisoformat(value) if isinstance(value, str) else value
