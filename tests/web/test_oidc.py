"""Sign-in by an identity provider, over real HTTP: who is linked, and what is not believed."""

from dataclasses import replace

import pytest
import requests
from identity_provider import CLIENT_ID, CLIENT_SECRET, IdentityProvider
from joserfc.jwk import RSAKey
from sqlalchemy import func, select
from web_house import Visitor

from company.audit import AuditEntry
from company.people import Employee, deactivate, second_factor
from company.people.outside_identities import IdentityLink
from company.settings import OpenIdProvider, SettingInvalid, Settings
from web.application import create_app


@pytest.fixture
def provider():
    made = IdentityProvider()
    yield made
    made.close()


@pytest.fixture
def app(house, provider):
    """The house with the provider configured; the front desk clerk has an address and a staff number."""
    named = OpenIdProvider(provider.issuer, CLIENT_ID, CLIENT_SECRET, staff_claim="employee_number")
    with house.database.write() as session:
        person = session.scalars(select(Employee).where(Employee.username == "front_desk")).one()
        person.email, person.staff_no = "lin@example.com", "E-0001"
    return create_app(replace(house.wiring, settings=replace(house.settings, oidc=named)))


def sign_in(app, provider, **claims):
    """The way of a browser to the provider and back; the visitor and the last answer."""
    provider.claims = claims
    visitor = Visitor(app.test_client())
    there = visitor.get("/sign-in/provider?next=/notices")
    back = requests.get(there.location, allow_redirects=False, timeout=10).headers["Location"]
    return visitor, visitor.get(back.removeprefix("http://127.0.0.1:8000"))


BELIEVED = {"sub": "u1", "email": "Lin@Example.com", "email_verified": True}


def links(house):
    with house.database.read() as session:
        return session.scalar(select(func.count()).select_from(IdentityLink))


def test_a_verified_address_leads_to_its_employee_and_the_account_stays_linked(house, app, provider):
    page = Visitor(app.test_client()).get("/sign-in").text
    visitor, first = sign_in(app, provider, **BELIEVED)
    _again, second = sign_in(app, provider, sub="u1", email="other@example.com", email_verified=True)
    with house.database.read() as session:
        acts = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()

    assert "统一身份认证登录" in page
    assert (first.status_code, first.location) == (303, "/notices")
    assert visitor.get("/inbox").status_code == 200
    assert second.status_code == 303
    assert links(house) == 1
    assert acts[-3:] == ["employee.identity_linked", "sign_in", "sign_in"]


def test_who_is_known_to_the_provider_has_not_signed_in_before_the_code(house, app, provider):
    with house.database.write() as session:
        person = session.scalars(select(Employee).where(Employee.username == "front_desk")).one()
        begun = second_factor.begin(session, house.vault, person)
        session.get_one(second_factor.SecondFactor, person.id).confirmed_at = house.clock.now()

    visitor, answer = sign_in(app, provider, **BELIEVED)

    assert begun
    assert answer.location.startswith("/sign-in/code")
    assert visitor.get("/inbox").status_code == 303
    with house.database.read() as session:
        acts = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert acts[-1] == "sign_in_provider"
    assert "sign_in" not in acts


def test_a_staff_number_leads_to_its_employee_too(house, app, provider):
    _visitor, answer = sign_in(app, provider, sub="u2", employee_number="E-0001")

    assert answer.status_code == 303
    assert links(house) == 1


@pytest.mark.parametrize(
    "claims",
    [
        {**BELIEVED, "email_verified": False},
        {"sub": "u3", "email": "nobody@example.com", "email_verified": True},
        {"sub": "u3"},
        {**BELIEVED, "aud": "another client"},
        {**BELIEVED, "iss": "https://elsewhere.example"},
        {**BELIEVED, "exp": 1_000_000_000},
        {**BELIEVED, "nonce": "of another sign-in"},
    ],
)
def test_what_is_not_verified_or_not_meant_for_us_is_refused_with_the_same_words_and_creates_nobody(
    house, app, provider, claims
):
    visitor, answer = sign_in(app, provider, **claims)

    assert answer.status_code == 401
    assert "没有对应的在岗员工" in answer.text
    assert visitor.get("/inbox").status_code == 303
    assert links(house) == 0


def test_a_token_signed_by_another_key_and_a_code_of_another_browser_are_refused(house, app, provider):
    shown, provider.key = provider.key, RSAKey.generate_key(2048, {"kid": "one"})
    _visitor, forged = sign_in(app, provider, **BELIEVED)
    provider.key = shown
    there = Visitor(app.test_client()).get("/sign-in/provider")
    back = requests.get(there.location, allow_redirects=False, timeout=10).headers["Location"]
    stolen = Visitor(app.test_client()).get(back.removeprefix("http://127.0.0.1:8000"))

    assert (forged.status_code, stolen.status_code) == (401, 401)
    assert links(house) == 0


def test_who_has_left_does_not_come_in_and_an_employee_has_one_account_until_it_is_unlinked(
    house, app, provider
):
    sign_in(app, provider, **BELIEVED)
    _visitor, other = sign_in(app, provider, **{**BELIEVED, "sub": "u9"})
    admin = house.browser("admin")
    desk = house.who("front_desk").employee_id
    admin.get(f"/staff/{desk}")
    admin.post(f"/staff/{desk}/identity")
    _visitor, after = sign_in(app, provider, **{**BELIEVED, "sub": "u9"})
    with house.database.write() as session:
        deactivate(session, session.get_one(Employee, desk))
    _visitor, left = sign_in(app, provider, **{**BELIEVED, "sub": "u9"})

    assert [answer.status_code for answer in (other, after, left)] == [401, 303, 401]


def test_without_a_provider_there_is_no_such_way_in(house):
    assert house.visitor().get("/sign-in/provider").status_code == 404
    assert house.visitor().get("/sign-in/provider/back").status_code == 404
    assert "统一身份认证登录" not in house.visitor().get("/sign-in").text


@pytest.mark.parametrize(
    "given", [{"OIDC_ISSUER": "http://plain.example"}, {"OIDC_ISSUER": "https://id.example"}]
)
def test_a_provider_is_named_by_https_and_with_our_id_there(tmp_path, given):
    with pytest.raises(SettingInvalid):
        Settings.from_environment({"CHELIU_HOME": str(tmp_path), **given})
