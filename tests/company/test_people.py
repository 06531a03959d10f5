"""Who may see and do what."""

from datetime import date

import pytest
from sqlalchemy import null, select

from company import people
from company.database import Database
from company.organisation import Unit, UnitInsideItself, branch_of, move_unit
from company.people import (
    SYSTEM,
    Actor,
    Employee,
    EmployeeUnknown,
    Grant,
    Permission,
    Role,
    RolesIncompatible,
    RoleUnknown,
    Scope,
    UsernameTaken,
)

TODAY = date(2026, 9, 1)


@pytest.fixture
def staff(database: Database) -> dict[str, int]:
    """One person for each way of reaching rows; their ids by user name."""
    places = {
        "front_desk": "SH",
        "front_desk_2": "HZ",
        "investigator": "SH-RISK",
        "reviewer_l1": "SH-RISK",
        "reviewer_l2": "HQ",
        "admin": "HQ",
    }
    ids = {}
    with database.write() as session:
        for username, code in places.items():
            unit = session.scalars(select(Unit).where(Unit.code == code)).one()
            role = username.removesuffix("_2")
            ids[username] = people.hire(session, username, "某人", unit, [role], "no hash").id
    return ids


def seen(database: Database, actor: Actor, action: str) -> set[str]:
    """Whom the actor reaches, as if each person owned an application in his own unit."""
    grants = people.may(actor, "application", action)
    with database.read() as session:
        condition = people.in_scope(grants, Employee.unit_id, Employee.id)
        return set(session.scalars(select(Employee.username).where(condition)))


def acting(database: Database, employee_id: int) -> Actor:
    with database.read() as session:
        return people.actor(session, employee_id)


def test_own_department_branch_and_all_reach_as_far_as_they_say(
    database: Database, staff: dict[str, int]
) -> None:
    reach = {name: seen(database, acting(database, staff[name]), "R") for name in staff}

    assert reach == {
        "front_desk": {"front_desk"},
        "front_desk_2": {"front_desk_2"},
        "investigator": {"investigator", "reviewer_l1"},
        "reviewer_l1": {"front_desk", "investigator", "reviewer_l1"},
        "reviewer_l2": set(staff),
        "admin": set(),
    }


def test_a_letter_the_matrix_does_not_give_opens_nothing(database: Database, staff: dict[str, int]) -> None:
    desk = acting(database, staff["front_desk"])

    assert people.may(desk, "application", "U")
    assert not people.may(desk, "application", "A")
    assert seen(database, desk, "A") == set()


def test_what_nobody_owns_is_nobodys_own(database: Database, staff: dict[str, int]) -> None:
    unowned = Grant("front_desk", Scope.OWN, None, 1)

    with database.read() as session:
        condition = people.in_scope([unowned], Employee.unit_id, null())
        assert session.scalars(select(Employee).where(condition)).all() == []


def test_the_administrator_has_no_business_rights_and_the_system_asks_for_none(
    database: Database, staff: dict[str, int]
) -> None:
    admin = acting(database, staff["admin"])

    assert {right.object for right in admin.rights} == {
        "rules",
        "users",
        "training",
        "process_models",
        "incident",
    }
    assert not SYSTEM.rights
    assert SYSTEM.employee_id is None


def test_a_unit_moved_to_another_branch_is_reached_from_there(
    database: Database, staff: dict[str, int]
) -> None:
    with database.write() as session:
        units = {unit.code: unit for unit in session.scalars(select(Unit))}
        with pytest.raises(UnitInsideItself):
            move_unit(session, units["SH"], parent=units["SH-RISK"])
        move_unit(session, units["SH-RISK"], parent=units["HZ"])

    with database.read() as session:
        assert branch_of(session, units["SH-RISK"].id).code == "HZ"
    assert seen(database, acting(database, staff["reviewer_l1"]), "R") == {
        "front_desk_2",
        "investigator",
        "reviewer_l1",
    }


def test_a_change_of_roles_ends_open_sessions(database: Database, staff: dict[str, int]) -> None:
    before = acting(database, staff["front_desk"])
    with database.write() as session:
        person = people.employee(session, staff["front_desk"])
        people.give_role(session, person, "customer_manager", session.get_one(Unit, person.unit_id))

    with database.read() as session:
        assert people.actor_of_session(session, before.employee_id or 0, before.session_epoch, TODAY) is None
        after = people.actor(session, staff["front_desk"], TODAY)
        assert people.actor_of_session(session, staff["front_desk"], after.session_epoch, TODAY) == after
    assert after.roles == {"front_desk", "customer_manager"}


def test_who_has_left_acts_no_more(database: Database, staff: dict[str, int]) -> None:
    epoch = acting(database, staff["front_desk"]).session_epoch
    with database.write() as session:
        people.deactivate(session, people.employee(session, staff["front_desk"]))

    with pytest.raises(EmployeeUnknown):
        acting(database, staff["front_desk"])
    with database.read() as session:
        assert people.actor_of_session(session, staff["front_desk"], epoch, TODAY) is None


@pytest.mark.parametrize(
    "roles", [("admin", "reviewer_l1"), ("collector", "auditor"), ("branch_manager", "finance_checker")]
)
def test_duties_that_must_stay_apart_are_not_given_to_one_person(
    database: Database, roles: tuple[str, str]
) -> None:
    with database.write() as session:
        unit = session.scalars(select(Unit).where(Unit.code == "SH")).one()
        first = people.hire(session, "one", "某人", unit, roles[:1], "no hash")
        with pytest.raises(RolesIncompatible):
            people.give_role(session, first, roles[1], unit)

    assert acting(database, first.id).roles == {roles[0]}


def test_a_second_person_of_the_same_name_and_an_unknown_role_are_refused(
    database: Database, staff: dict[str, int]
) -> None:
    with database.write() as session:
        unit = session.scalars(select(Unit).where(Unit.code == "SH")).one()
        with pytest.raises(UsernameTaken):
            people.hire(session, "front_desk", "某人", unit, [], "no hash")
        with pytest.raises(RoleUnknown):
            people.hire(session, "somebody", "某人", unit, ["queen"], "no hash")


def test_a_permission_the_administrator_changed_survives_the_next_start(database: Database) -> None:
    with database.write() as session:
        session.get_one(Permission, ("front_desk", "application")).actions = "R"
        session.get_one(Role, "front_desk").name = "接待"
        people.seed_roles(session)

    with database.read() as session:
        assert session.get_one(Permission, ("front_desk", "application")).actions == "R"
        assert session.get_one(Role, "front_desk").name == "接待"
