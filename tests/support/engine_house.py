"""A small company with a real engine on a real database, for tests of the runtime."""

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import event, select

from company import calendar, parameters, people
from company.clock import StandingClock
from company.database import Database
from company.messages import Refusal
from company.organisation import Company, LenderType, Unit, UnitKind, add_unit
from company.vault import Vault
from engine import inbox
from engine.bundles import Bundle
from engine.context import Checked
from engine.jobs import Worker
from engine.runtime import Engine
from engine.tasks import CaseFacts, Instance, TaskStatus, UserTask
from engine.topics import Topics

# A Monday, 09:00 in Shanghai.
MONDAY = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)


class FieldMissing(Refusal):
    code = "field_missing"
    zh = "缺少字段 {field}"
    en = "the field {field} is missing"


class Gate:
    """A gate that knows required and sensitive fields, and refuses every key the form does not have."""

    def check(self, form, values, *, data, files, english):
        fields = json.loads(form)["components"]
        for each in fields:
            if each.get("required") and each["key"] not in values:
                raise FieldMissing(field=each["key"])
        unknown = set(values) - {each["key"] for each in fields}
        if unknown:
            raise FieldMissing(field=f"unknown {sorted(unknown)}")
        return Checked(dict(values), frozenset(each["key"] for each in fields if each.get("sensitive")))

    def problems(self, form, *, file):
        return []


@dataclass
class World:
    vault: Vault
    calls: list = field(default_factory=list)


def a_form(key, *fields):
    """A form whose fields are names; an asterisk makes one required, a bang sensitive."""
    components = [
        {"key": name.strip("*!"), "required": "*" in name, "sensitive": "!" in name} for name in fields
    ]
    return json.dumps({"id": key, "components": components}).encode()


def hire(session, username, unit, roles):
    """Somebody new; returns the number of the employee."""
    return people.hire(session, username, f"名{username}", unit, roles, "x").id


def found_company(database):
    """Two branches with the roles of a credit business, and an administrator."""
    with database.write() as session:
        session.add(
            Company(
                name="测试",
                name_en="Test",
                code="CY",
                lender_type=LenderType.MICRO_LOAN,
                business_date=date(2026, 1, 5),
            )
        )
        people.seed_roles(session)
        calendar.publish(session, 2026)
        parameters.publish(
            session,
            "message_kept_days",
            30,
            valid_from=date(2020, 1, 1),
            source_text="a test's company",
            approved_by="nobody",
        )
        root = add_unit(
            session, parent=None, kind=UnitKind.COMPANY, code="HQ", name="总部", name_en="Head office"
        )
        branches = {}
        for branch in ("east", "west"):
            branches[branch] = add_unit(
                session, parent=root, kind=UnitKind.BRANCH, code=branch, name=branch, name_en=branch
            )
            for role in ("front_desk", "reviewer_l1", "reviewer_l2", "risk_committee", "finance_maker"):
                hire(session, f"{role}_{branch}", branches[branch], [role])
        for username, role in (
            ("reviewer_l1_2", "reviewer_l1"),
            ("risk_committee_2", "risk_committee"),
            ("risk_committee_3", "risk_committee"),
            ("admin", "admin"),
        ):
            hire(session, username, branches["east"], [role])
        hire(session, "both", branches["east"], ["front_desk", "reviewer_l1", "reviewer_l2"])


class House:
    """The company that stands at ``url``, its people and its engine; ``now`` is the clock."""

    def __init__(self, url, topics):
        self.database = Database(url)
        self.clock = StandingClock(MONDAY)
        self.world = World(Vault(b"k" * 32))
        self.engine = Engine(
            database=self.database, clock=self.clock, topics=topics, forms=Gate(), world=self.world
        )
        with self.database.read() as session:
            self.units = {unit.code: unit.id for unit in session.scalars(select(Unit))}
            self.ids = {person.username: person.id for person in session.scalars(select(people.Employee))}

    def hire(self, session, username, unit, roles):
        self.ids[username] = hire(session, username, unit, roles)

    def who(self, username):
        """The person as of today: with the substitutions and the training that count today."""
        with self.database.read() as session:
            today = self.clock.now().astimezone(calendar.ZONE).date()
            return people.actor(session, self.ids[username], today)

    def deploy(self, files, name="test", by="admin"):
        actor = self.who(by)
        with self.database.write() as session:
            return self.engine.deploy(session, Bundle(name, files), actor, "a note")

    def start(self, process_id, key="APP-1", *, by="front_desk_east", unit="east", data=None):
        actor = self.who(by)
        facts = CaseFacts(f"客户 {key}", "一辆车", None, self.units[unit], actor.employee_id)
        with self.database.write() as session:
            return self.engine.start(session, process_id, key, data=data or {}, actor=actor, facts=facts).id

    def open_tasks(self, element_id=None):
        with self.database.read() as session:
            query = select(UserTask).where(UserTask.status == TaskStatus.OPEN.value).order_by(UserTask.id)
            found = session.scalars(query).all()
        return [task for task in found if element_id in (None, task.element_id)]

    def task(self, element_id):
        (found,) = self.open_tasks(element_id)
        return found

    def complete(self, element_id, by, **values):
        return self.complete_task(self.task(element_id).id, by, **values)

    def complete_task(self, task_id, by, **values):
        actor = self.who(by)
        with self.database.write() as session:
            return self.engine.complete(session, task_id, actor, values)

    def do(self, verb, *arguments, **named):
        """Any command of the engine in a transaction of its own."""
        with self.database.write() as session:
            return getattr(self.engine, verb)(session, *arguments, **named)

    def work(self):
        return Worker(self.engine).run_once()

    def later(self, **delta):
        self.clock.advance(timedelta(**delta))

    def status(self, instance_id):
        with self.database.read() as session:
            return session.get_one(Instance, instance_id).status

    def rows(self, table, **where):
        with self.database.read() as session:
            return list(session.scalars(select(table).filter_by(**where).order_by(table.id)))

    def inbox(self, username, **filters):
        actor = self.who(username)
        with self.database.read() as session:
            page = inbox.list_tasks(session, actor, inbox.Filter(**filters), now=self.clock.now())
            return [task.element_id for task in page.tasks]

    @contextmanager
    def statements(self):
        """The statements and commits executed within the block."""
        seen = []

        def on_statement(_connection, _cursor, statement, *_rest):
            seen.append(statement)

        def on_commit(_connection):
            seen.append("COMMIT")

        event.listen(self.database.engine, "before_cursor_execute", on_statement)
        event.listen(self.database.engine, "commit", on_commit)
        yield seen
        event.remove(self.database.engine, "before_cursor_execute", on_statement)
        event.remove(self.database.engine, "commit", on_commit)


def new_topics():
    return Topics()
