"""The demo company behind the real pages: founded, staffed, with a small process of two tasks, and browsers for all."""

import functools
import json
import re
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from laid_out import sqlite, sqlite_template
from openings import openings
from shared_app import borrow, give_back
from sqlalchemy import select

from cheliu.demo.people import PASSWORD, found_demo
from company import people
from company.clock import StandingClock
from company.database import Database
from company.files import FileStore
from company.people import SYSTEM, Employee
from company.settings import Settings
from company.vault import Vault
from engine.bundles import Bundle
from engine.runtime import Engine
from engine.tasks import TaskStatus, UserTask
from engine.topics import Topics
from forms.gate import Gate
from lending import seeding
from web.wiring import Wiring

DIAGRAM = Path(__file__).parents[1] / "web" / "credit_application.bpmn"

# A Tuesday, 10:00 in Shanghai: the business date of the demo company.
TUESDAY = datetime(2026, 9, 15, 2, 0, tzinfo=UTC)

ENTRY = {
    "id": "entry",
    "type": "default",
    "components": [
        {"type": "text", "id": "Text_Head", "text": "### 录入申请"},
        {
            "type": "textfield",
            "id": "Field_Name",
            "key": "customer_name",
            "label": "客户姓名",
            "validate": {"required": True},
            "layout": {"row": "one", "columns": 8},
        },
        {
            "type": "textfield",
            "id": "Field_Phone",
            "key": "phone",
            "label": "手机号码",
            "validate": {"required": True, "pattern": "^1[3-9]\\d{9}$"},
            "properties": {"sensitive": "true", "check": "mobile"},
            "layout": {"row": "one", "columns": 8},
        },
        {
            "type": "number",
            "id": "Field_Amount",
            "key": "amount",
            "label": "申请金额",
            "validate": {"required": True, "min": 10000, "max": 500000},
            "properties": {"money": "true"},
            "layout": {"row": "two", "columns": 8},
        },
        {
            "type": "textfield",
            "id": "Field_Number",
            "key": "application_no",
            "label": "申请号",
            "readonly": True,
            "layout": {"row": "two", "columns": 8},
        },
        {"type": "filepicker", "id": "Field_Papers", "key": "papers", "label": "资料", "multiple": True},
        {"type": "button", "id": "Button_Submit", "action": "submit", "label": "提交申请"},
    ],
}
REVIEW = {
    "id": "review",
    "type": "default",
    "components": [
        {"type": "text", "id": "Text_Head", "text": "### 审核意见"},
        {
            "type": "select",
            "id": "Field_Decision",
            "key": "decision",
            "label": "审核结论",
            "validate": {"required": True},
            "values": [{"label": "同意", "value": "approve"}, {"label": "拒绝", "value": "reject"}],
            "layout": {"row": "one", "columns": 8},
        },
        {
            "type": "textfield",
            "id": "Field_Phone",
            "key": "phone",
            "label": "手机号码",
            "disabled": True,
            "properties": {"check": "mobile"},
            "layout": {"row": "one", "columns": 8},
        },
        {"type": "textarea", "id": "Field_Opinion", "key": "opinion", "label": "审核意见"},
    ],
}
ENGLISH = {
    "credit_application": "Credit application",
    "Task_Enter": "Enter application",
    "Task_Review": "Review, level 1",
    "Start_Opened": "Received",
    "End_Done": "Finished",
    "entry/Text_Head": "### Application",
    "entry/Text_Head#text": "### Application",
    "entry/Field_Name": "Customer",
    "entry/Field_Phone": "Mobile",
    "entry/Field_Amount": "Amount",
    "entry/Field_Number": "Application",
    "entry/Field_Papers": "Documents",
    "entry/Button_Submit": "Submit application",
    "review/Text_Head#text": "### Opinion",
    "review/Field_Decision": "Decision",
    "review/Field_Decision#approve": "Approve",
    "review/Field_Decision#reject": "Reject",
    "review/Field_Phone": "Mobile",
    "review/Field_Opinion": "Opinion",
}


def bundle():
    """Entry by a customer manager, review by another person of level 1."""
    return Bundle(
        "lending",
        {
            "credit_application.bpmn": DIAGRAM.read_bytes(),
            "entry.form": json.dumps(ENTRY).encode(),
            "review.form": json.dumps(REVIEW).encode(),
            "en.json": json.dumps(ENGLISH).encode(),
        },
    )


@functools.cache
def password_hash():
    """One hash for all people of all tests: making it takes a tenth of a second."""
    return people.hash_password(PASSWORD)


@dataclass
class World:
    vault: Vault


@functools.cache
def founded():
    """A SQLite file with the demo's people, products and processes, to be copied: founding takes half a second."""
    path = sqlite_template().with_name("founded.db")
    database = Database(sqlite(path))
    with database.write() as session:
        found_demo(session, password_hash=password_hash(), clock_offset_seconds=0)
        seeding.seed(session)
    with database.write() as session:
        engine = Engine(
            database=database, clock=StandingClock(TUESDAY), topics=Topics(), forms=Gate(), world=None
        )
        engine.deploy(session, bundle(), SYSTEM, "测试部署")
    database.close()
    return path


class WebHouse:
    """The running product without its worker, on a SQLite file at ``path``; ``browser`` gives a signed-in client."""

    def __init__(self, path, home):
        url = f"sqlite:///{path}"
        shutil.copyfile(founded(), path)
        self.settings = Settings.from_environment({"CHELIU_HOME": str(home), "DATABASE_URL": url})
        self.database = Database(url)
        self.clock = StandingClock(TUESDAY)
        self.vault = self.settings.vault()
        self.engine = Engine(
            database=self.database,
            clock=self.clock,
            topics=Topics(),
            forms=Gate(),
            world=World(self.vault),
        )
        self.woken = 0
        self.wiring = Wiring(
            database=self.database,
            engine=self.engine,
            clock=self.clock,
            vault=self.vault,
            files=FileStore(home / "files", self.vault),
            settings=self.settings,
            wake=self.wake,
            **openings(self.engine),
        )
        self.app = self.lent = borrow(self.wiring)

    def close(self):
        self.database.close()
        give_back(self.lent, self.database)

    def wake(self):
        self.woken += 1

    def later(self, **delta):
        self.clock.advance(timedelta(**delta))

    def who(self, username):
        with self.database.read() as session:
            employee_id = session.scalar(select(Employee.id).where(Employee.username == username))
            return people.actor(session, employee_id)

    def tasks(self, element_id=None):
        with self.database.read() as session:
            asked = select(UserTask).where(UserTask.status == TaskStatus.OPEN).order_by(UserTask.id)
            return [task for task in session.scalars(asked) if element_id in (None, task.element_id)]

    def visitor(self):
        """A client nobody has signed in with."""
        return Visitor(self.app.test_client())

    def browser(self, username):
        """The client of a signed-in person."""
        visitor = self.visitor()
        answer = visitor.sign_in(username)
        assert answer.status_code == 303, answer.text
        return visitor


class Visitor:
    """A browser without scripts: keeps cookies and sends the token of the page it has last seen."""

    def __init__(self, client):
        self.client = client
        self.token = ""

    def get(self, address, **options):
        answer = self.client.get(address, **options)
        if found := re.search(r'data-csrf="([^"]+)"', answer.text if answer.mimetype == "text/html" else ""):
            self.token = found[1]
        return answer

    def post(self, address, data=None, **options):
        return self.client.post(address, data={"csrf_token": self.token, **(data or {})}, **options)

    def send(self, address, data):
        """As the form's script sends it: files and fields, the token in a header."""
        headers = {"X-CSRFToken": self.token, "Accept": "application/json"}
        return self.client.post(address, data=data, headers=headers, content_type="multipart/form-data")

    def sign_in(self, username, password=PASSWORD, **fields):
        self.get("/sign-in")
        answer = self.post("/sign-in", {"username": username, "password": password, **fields})
        self.get("/inbox")
        return answer
