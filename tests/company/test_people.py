"""Who may see and do what."""

from sqlalchemy import select

from company import people
from company.database import Base, Database
from company.organisation import UnitKind, add_unit
from company.people import Employee


def test_a_branch_grant_opens_the_branch_and_nothing_beside_it(database_url: str) -> None:
    database = Database(database_url)
    Base.metadata.create_all(database.engine)
    with database.write() as session:
        people.seed_roles(session)
        root = add_unit(
            session, parent=None, kind=UnitKind.COMPANY, code="HQ", name="总部", name_en="Head office"
        )
        east, west = (
            add_unit(session, parent=root, kind=UnitKind.BRANCH, code=code, name=code, name_en=code)
            for code in ("east", "west")
        )
        desk = add_unit(
            session, parent=east, kind=UnitKind.DEPARTMENT, code="desk", name="柜台", name_en="Desk"
        )
        reviewer = people.hire(session, "reviewer_l1", "审核", desk, ["reviewer_l1"], "x")
        mine = people.hire(session, "front_desk", "前台", desk, ["front_desk"], "x")
        far = people.hire(session, "front_desk_2", "前台", west, ["front_desk"], "x")

    with database.read() as session:
        actor = people.actor(session, reviewer.id)
        seen = session.scalars(
            select(Employee.username).where(
                people.in_scope(people.may(actor, "application", "A"), Employee.unit_id, Employee.id)
            )
        ).all()

    assert set(seen) == {reviewer.username, mine.username}
    assert far.username not in seen
    database.close()
