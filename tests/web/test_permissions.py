"""Who may do what: section 9's matrix, and every route asked by every role, over HTTP in one house."""

import re
from itertools import chain

import pytest
from routes import addresses
from sqlalchemy import select
from web_house import Visitor, WebHouse

from company.organisation import Unit, UnitKind, add_unit
from company.people import Employee, Role, Scope, hire, sessions
from company.people.matrix import ROLES, permissions
from web.permissions import ANYONE, CUSTOMER, NEEDS, OPEN

# Section 9 of the domain, cell by cell: the columns are roles, "R b" is read in the branch.
COLUMNS = """
front_desk customer_manager investigator appraiser reviewer_l1 reviewer_l2 risk_committee contract_officer
finance_maker finance_checker postloan_manager collector legal asset_disposal complaints_officer branch_manager
archive_officer admin auditor process_analyst
"""
SECTION_9 = """
customer|CR o|CRU o|R d|–|R b|R a|R a|R b|R b|R b|RU d|R o|R a|R o|R o|R b|R b|–|R a|–
application|CRU o|CRU o|RU d|R d|RA b|RA a|RA a|R b|–|–|R d|–|R a|–|R o|R b|–|–|R a|R a
appraisal|–|R o|R d|CRU o|R b|R a|R a|R b|–|–|R d|–|R a|R o|–|RA b|–|–|R a|R a
contract|–|R o|–|–|R b|R a|R a|CRU b|R b|R b|R d|R o|R a|R o|R o|R b|CRU b|–|R a|R a
disbursement|–|R o|–|–|–|–|R a|R b|CRU b|A b|–|–|–|–|–|R b|–|–|R a|R a
ledger|–|R o|–|–|R b|R a|R a|–|CRU b|A b|R d|R o|R a|R o|R o|RE b|–|–|RE a|R a
change|–|CRU o|–|–|RA b|RA a|RA a|CRU b|R b|R b|CRU d|CR o|R a|–|–|R b|–|–|R a|R a
collateral|–|R o|–|R d|–|–|–|CRU b|–|–|CRU d|R o|R a|CRU d|–|R b|CRU b|–|R a|R a
gps_position|–|–|–|–|–|–|–|–|–|–|R d|R o|R a|R o|–|–|–|–|–|–
callback|–|CRU o|–|–|–|–|–|–|–|–|CRU d|–|–|–|R o|R b|–|–|R a|R a
collection_case|–|R o|–|–|–|–|R a|–|–|–|R d|CRU o|CRU a|CRU o|R o|R b|–|–|R a|R a
legal|–|–|–|–|–|–|A a|–|R b|A b|R d|C o|CRU a|CRU a|–|R b|–|–|R a|R a
complaint|C o|C o|–|–|–|–|–|–|–|–|C o|C o|R a|–|CRU a|RA b|–|–|R a|R a
classification|–|–|–|–|–|–|A a|–|R b|R b|CRU d|–|R a|–|–|A b|–|–|R a|R a
rules|–|–|–|–|R a|CRU a|A a|–|–|–|R a|–|–|–|–|R b|–|X a|R a|R a
users|–|–|–|–|–|–|–|–|–|–|–|–|–|–|–|R b|–|CRU a|R a|–
process_models|–|–|–|–|–|–|–|–|–|–|–|–|–|–|–|–|–|X a|R a|CRU a
audit_log|–|–|–|–|–|–|–|–|–|–|–|–|–|–|–|–|–|–|RE a|–
"""
STAFF = [role_id for role_id, *_ in ROLES if role_id not in ("customer", "agency_collector")]


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """One house for all requests, without the tokens of forms: what is asked for here is the person."""
    home = tmp_path_factory.mktemp("permissions")
    made = WebHouse(home / "cheliu.db", home)
    made.app.config["WTF_CSRF_ENABLED"] = False
    yield made
    made.database.close()


def seat(house, username):
    """A client in which the person is signed in, without the tenth of a second that a password takes."""
    with house.database.write() as session:
        person = session.scalars(select(Employee).where(Employee.username == username)).one()
        given = {"remote": "127.0.0.1", "browser": "a test"}
        begun = sessions.open_one(session, person.id, person.session_epoch, house.clock.now(), **given)
        remembered = f"{person.id}:{person.session_epoch}:{begun.id}"
    visitor = Visitor(house.app.test_client())
    with visitor.client.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = remembered, True
    return visitor


def has(rights, need):
    """Whether rights as {object: {letter: scope}} satisfy one ``object:letters``."""
    thing, letters = need.split(":")
    held = [rights.get(thing, {}).get(letter) for letter in letters.rstrip("+")]
    return any(scope is not None and (scope != "o" or "+" not in letters) for scope in held)


def rights_of(role_id):
    found = {}
    for thing, role, letters, scope in permissions():
        if role == role_id:
            found[thing] = dict.fromkeys(letters, scope)
    return found


def expected(role_id, endpoint):
    """Whether the role may ask for a route, by the matrix alone."""
    need, rights = NEEDS[endpoint], rights_of(role_id)
    if need in (ANYONE, CUSTOMER):
        return need == ANYONE
    return all(any(has(rights, each) for each in part.split(" | ")) for part in need.split(" & "))


@pytest.mark.feature("M-004")
def test_the_roles_of_section_9_are_there_with_the_rights_of_its_matrix():
    told = {}
    for line in SECTION_9.strip().splitlines():
        thing, *cells = (cell.strip() for cell in line.split("|"))
        for role_id, cell in zip(COLUMNS.split(), cells, strict=True):
            if cell != "–":
                letters, scope = cell.split()
                told[thing, role_id] = (letters, scope)
    seeded = {(thing, role_id): (letters, scope) for thing, role_id, letters, scope in permissions()}
    of_the_table = {
        key: value
        for key, value in seeded.items()
        if key[0] in {thing for thing, _ in told} and key[1] in COLUMNS.split()
    }

    assert of_the_table == told
    assert {role_id for role_id, *_ in ROLES} >= {
        *COLUMNS.split(),
        "callback_agent",
        "customer",
        "agency_collector",
    }


def test_every_route_names_what_it_asks_of_a_person(house):
    routes = {rule.endpoint for rule in house.app.url_map.iter_rules()}

    assert routes - set(NEEDS) == set(), "name the permission of the new route in web/permissions.py"
    assert set(NEEDS) - routes == set()


@pytest.mark.feature("M-005")
@pytest.mark.parametrize("role_id", STAFF)
def test_a_role_is_answered_403_on_every_route_its_rights_do_not_name_and_never_on_the_others(house, role_id):
    person, wrong = seat(house, role_id), []
    json = {"Accept": "application/json"}
    for endpoint, method, path in addresses(house.app):
        if NEEDS[endpoint] in (OPEN, ANYONE, CUSTOMER):
            continue
        answer = person.client.open(path, method=method, headers=json)
        if (answer.status_code == 403) == expected(role_id, endpoint) or answer.status_code >= 500:
            wrong.append((endpoint, method, answer.status_code))

    assert wrong == [], "; ".join(map(str, wrong))


@pytest.mark.feature("M-005")
@pytest.mark.parametrize("role_id", STAFF)
def test_the_menu_shows_a_role_only_what_it_may_open(house, role_id):
    person = seat(house, role_id)
    page = person.get("/start").text
    menu = page[page.index("<nav") : page.index("</nav>")]
    links = re.findall(r'href="([^"]+)"', menu)
    adapter = house.app.url_map.bind("localhost")
    endpoints = {adapter.match(link.partition("?")[0])[0] for link in links}
    anywhere = set(
        chain.from_iterable(_menu(house, each) for each in ("auditor", "admin", "finance_checker"))
    )

    assert endpoints
    assert [each for each in endpoints if not expected(role_id, each)] == []
    assert {each for each in anywhere if not expected(role_id, each)}.isdisjoint(endpoints)


def _menu(house, role_id):
    return [endpoint for endpoint in NEEDS if endpoint.endswith(".index") and expected(role_id, endpoint)]


@pytest.fixture
def four(house):
    """Four cases: one's own, a colleague's of the department, one of the branch, one of another branch."""
    with house.database.write() as session:
        units = {unit.code: unit for unit in session.scalars(select(Unit))}
        desk = units.get("SH-D") or add_unit(
            session, parent=units["SH"], kind=UnitKind.DEPARTMENT, code="SH-D", name="门店", name_en="Store"
        )
        session.merge(Role(id="probe", name="探针", name_en="Probe", scope=Scope.OWN))
        session.flush()
        places = {"ann": desk, "bob": desk, "cid": units["SH"], "dora": units["NJ"]}
        known = set(session.scalars(select(Employee.username)))
        for name, unit in places.items():
            if name not in known:
                roles = ["front_desk"] + (["probe"] if name == "ann" else [])
                hire(session, name, name, unit, roles, "no hash")
    cases = {}
    for name in places:
        with house.database.write() as session:
            cases[name] = house.wiring.open_application(session, house.who(name))[0].business_key
    return cases


@pytest.mark.feature("M-006")
@pytest.mark.feature("M-007")
def test_the_same_list_holds_other_rows_for_own_department_branch_and_all_and_an_address_outside_is_404(
    house, four
):
    admin, seen, opened = seat(house, "admin"), {}, {}
    for scope in Scope:
        answer = admin.post(
            "/roles/probe",
            {
                "name": "探针",
                "scope": scope.value,
                "may_application": "R",
                "scope_application": scope.value,
                "reason": "试范围",
            },
        )
        ann = seat(house, "ann")
        listed = ann.get("/cases").text
        assert answer.status_code == 303, answer.text
        seen[scope.value] = "".join(name[0] for name, number in four.items() if number in listed)
        opened[scope.value] = [ann.get(f"/cases/{number}").status_code for number in four.values()]

    assert seen == {"own": "a", "department": "ab", "branch": "abc", "all": "abcd"}
    assert opened == {
        "own": [200, 404, 404, 404],
        "department": [200, 200, 404, 404],
        "branch": [200, 200, 200, 404],
        "all": [200, 200, 200, 200],
    }
