"""Staff without a browser: speaks the routes, tokens and forms that the pages speak, over HTTP."""

import json
import re
import time
from urllib.parse import urljoin, urlsplit

import requests
from sheet import Sheet, fields_of
from staff import DOWNLOAD, PATIENCE_SECONDS, PAUSE_SECONDS, VIEWER, NeverCame, Outcome, Paper, Staff

from cheliu.demo.people import PASSWORD
from engine.feel import compile_expression

ANSWER_SECONDS_MAX = 60
DEEPEST_INBOX_PAGE = 20


class Window:
    """One browser window of one person: cookies, the page that lies open, and what has been typed on it."""

    def __init__(self, session, site):
        self.session, self.site = session, site
        self.sheet = None
        self.values = {}
        self.papers = {}

    def read(self, answer):
        self.sheet = Sheet(answer.text, urlsplit(answer.url).path, answer.status_code)
        return self.sheet

    def get(self, path):
        return self.read(self.session.get(self.site + path, timeout=ANSWER_SECONDS_MAX))

    @property
    def token(self):
        return self.sheet.root.body.get("data-csrf")

    def post(self, path, **fields):
        fields["csrf_token"] = self.token
        page = self.site + self.sheet.address
        return self.read(
            self.session.post(
                self.site + path, data=fields, headers={"Referer": page}, timeout=ANSWER_SECONDS_MAX
            )
        )

    def send(self, path, **content):
        """As the form's script sends."""
        headers = {
            "X-CSRFToken": self.token,
            "Accept": "application/json",
            "Referer": self.site + self.sheet.address,
        }
        return self.session.post(self.site + path, headers=headers, timeout=ANSWER_SECONDS_MAX, **content)

    @property
    def form(self):
        """The attributes of the form's place on the page: where it is sent, its version."""
        return self.sheet.select("[data-form]")[0]

    def components(self):
        """The form's fields by key."""
        return fields_of(self.sheet.carried_form()["schema"])

    def answers(self):
        """What the form would send: fields of a group with a path lie below it."""
        sent = {}
        paths = {key: component["path"] for key, component in self.components().items()}
        for key, value in self.values.items():
            place = sent
            for part in paths.get(key, ()):
                place = place.setdefault(part, {})
            place[key] = value
        return sent


def editable(component, data):
    """Whether a browser would let the person change the field: it is shown on these data, and open."""
    hidden_if = (component.get("conditional") or {}).get("hide", "").removeprefix("=")
    hidden = hidden_if and compile_expression(hidden_if, data).evaluate(data) is True
    return not hidden and not component.get("readonly") and not component.get("disabled")


def as_posted(value):
    if isinstance(value, list):
        return [str(each) for each in value]
    return value


class HttpStaff(Staff):
    """Acts over HTTP; one connection and one set of cookies a window."""

    def __init__(self, installation):
        super().__init__(installation)
        self.windows = {}
        self.at = None

    def sign_in(self, username, *, language="zh", window=1):
        key = (username, window)
        if self._has_been_away(key) or key not in self.windows:
            self.at = self.windows[key] = Window(requests.Session(), self.installation.address)
            self.at.get("/sign-in")
            answer = self.at.post("/sign-in", username=username, password=PASSWORD)
            assert answer.status == 200, f"{username}: {answer.text[:300]}"
        self.at = self.windows[key]
        if (self.at.sheet.root.get("lang") or language)[:2] != language:
            self.at.post("/language", language=language, next="/")

    def page(self):
        return self.at.sheet

    def visit(self, address):
        return self.at.get(address)

    def new_application(self, begins="/cases/new"):
        self.visit("/cases/new")
        self._opened(self.at.post(begins))
        return self.key_of_page()

    def key_of_page(self):
        return self.at.sheet.links_to("/cases/APP-")[0].rpartition("/")[2]

    def _opened(self, sheet):
        """Begin a form anew: what the page carries stands in the fields."""
        carried = sheet.carried_form()
        self.at.papers = {}
        self.at.values = {}
        if carried:
            kept = carried["data"]
            self.at.values = {
                key: kept[key]
                for key, component in self.at.components().items()
                if editable(component, kept)
                and component["type"] != "filepicker"
                and kept.get(key) is not None
            }
        return sheet

    def look_at(self, key, step):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            for tab in ("", "?tab=pool"):
                if address := self._row(f"/inbox/rows{tab}", key, step):
                    return self._opened(self.visit(address))
            if time.monotonic() > deadline:
                raise NeverCame(f"no task {step} of {key} in the inbox; case: {self.case(key).text[:1500]}")
            time.sleep(PAUSE_SECONDS)

    def _row(self, address, key, step):
        for _ in range(DEEPEST_INBOX_PAGE):
            sheet = self.visit(address)
            for row in sheet.select("a.row-link"):
                text = sheet.text_of(row)
                if key in text and step in text:
                    return row.get("href")
            more = sheet.select(".more[hx-get]")
            if not more:
                return None
            address = more[0].get("hx-get")
        return None

    def claim(self):
        return self._opened(self.at.post(self.at.sheet.select(".claim-bar")[0].get("action")))

    def fill(self, values):
        for key, value in values.items():
            if isinstance(value, Paper):
                self.at.values[key] = f"files::{key}"
                self.at.papers[key] = value
            else:
                self.at.values[key] = as_posted(value)

    def submit(self):
        form = self.at.form
        files = [
            (f"files::{key}", (paper.name, paper.data, "application/octet-stream"))
            for key, paper in self.at.papers.items()
        ]
        fields = {
            "version": form.get("data-version"),
            "answers": json.dumps(self.at.answers(), ensure_ascii=False),
        }
        body = [(name, (None, value)) for name, value in fields.items()] + files
        answer = self.at.send(form.get("data-send"), files=body)
        told = (
            answer.json()
            if "json" in answer.headers.get("Content-Type", "")
            else {"message": answer.text[:300]}
        )
        if answer.status_code == 200:
            self._opened(self.visit(told["next"]))
            return Outcome(True)
        labels = {key: component.get("label") or key for key, component in self.at.components().items()}
        lines = [
            f"{labels.get(key.split('.')[-1], key)}: {text}" for key, text in told.get("errors", {}).items()
        ]
        return Outcome(False, [told.get("message", ""), *lines])

    def typed(self, key):
        return str(self.at.values.get(key, ""))

    def leave_and_return(self):
        address, form = self.at.sheet.address, self.at.form
        kept = {key: value for key, value in self.at.values.items() if key not in self.at.papers}
        answer = self.at.send(form.get("data-draft"), json=kept)
        assert answer.ok, answer.text[:300]
        self.visit("/inbox")
        self._opened(self.visit(address))

    def press(self, address, button, /, **fields):
        sheet = self.visit(address)
        named = [
            (sheet.text_of(each), form)
            for form in sheet.select("form")
            for each in sheet.select("button", form)
            if button in sheet.text_of(each)
        ]
        assert named, f"{address} has no button {button}: {sheet.text[:500]}"
        form = min(named, key=lambda each: each[0] != button)[1]
        return self.at.post(form.get("action") or address, **fields)

    def press_in_row(self, address, text, button):
        sheet = self.visit(address)
        for row in sheet.select("tr"):
            if text in sheet.text_of(row) and (forms := sheet.select("form", row)):
                assert button in sheet.text_of(forms[0])
                return self.at.post(forms[0].get("action"))
        raise AssertionError(f"{address} has no row {text} with a button: {sheet.text[:800]}")

    def download(self, address, name):
        link = self.visit(address).link(name)
        assert link, f"{address} offers no {name}"
        if VIEWER.fullmatch(link):
            link = self.visit(link).link(DOWNLOAD)
        answer = self.at.session.get(urljoin(self.installation.address, link), timeout=ANSWER_SECONDS_MAX)
        assert answer.ok, answer.status_code
        assert re.match("attachment", answer.headers["Content-Disposition"])
        return answer.content

    def download_made(self, address, button):
        sheet = self.visit(address)
        (form,) = [form for form in sheet.select("form") if button in sheet.text_of(form)]
        answer = self.at.send(form.get("action"))
        assert answer.ok, answer.status_code
        return answer.content

    def set_bank(self, **switches):
        requests.post(
            f"{self.installation.bank_address}/switches", data={"settle_ms": 0, **switches}, timeout=10
        ).raise_for_status()

    def bank_page(self):
        answer = requests.get(self.installation.bank_address, timeout=10)
        return Sheet(answer.content.decode(), "the bank", answer.status_code)
