"""Staff in a real browser, acting only through the page: what a person sees, types and clicks."""

import re
import time
from contextlib import contextmanager
from urllib.parse import urlsplit

from playwright.sync_api import Error
from sheet import Sheet, fields_of
from staff import DOWNLOAD, PATIENCE_SECONDS, PAUSE_SECONDS, VIEWER, NeverCame, Outcome, Paper, Staff

from cheliu.demo.people import PASSWORD

DESK = {"viewport": {"width": 1440, "height": 900}, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}
SHOWN_MS = PATIENCE_SECONDS * 1000


def stands(handle):
    """Whether an element is still there to be seen; one whose page has been left is not."""
    try:
        return handle.is_visible()
    except Error:
        return False


class BrowserStaff(Staff):
    """Acts in Chromium: a context of its own for every window of every person."""

    def __init__(self, installation, browser):
        super().__init__(installation)
        self.browser = browser
        self.windows = {}
        self.errors = []
        self.at = None
        self.bank_window = None

    def _window(self):
        window = self.browser.new_context(**DESK, accept_downloads=True).new_page()
        window.set_default_timeout(SHOWN_MS / 2)
        window.on("pageerror", lambda error: self.errors.append(str(error)))
        return window

    def close(self):
        for window in (*self.windows.values(), self.bank_window):
            if window is not None:
                window.context.close()

    def sign_in(self, username, *, language="zh", window=1):
        key = (username, window)
        if self._has_been_away(key) and key in self.windows:
            self.windows.pop(key).context.close()
        if key not in self.windows:
            self.at = self.windows[key] = self._window()
            self._go("/sign-in")
            self.at.fill("#username", username)
            self.at.fill("#password", PASSWORD)
            self.at.locator(".sign-in-form button.btn-primary").click()
            self.at.locator(".side nav").wait_for()
        self.at = self.windows[key]
        if not self.at.locator("html").get_attribute("lang").startswith(language):
            self.at.locator(".top button[name=language]").click()
            self.at.locator(f"html[lang^={language}]").wait_for(state="attached")

    def _go(self, address):
        return self.at.goto(self.installation.address + address)

    def page(self):
        return Sheet(self.at.content(), urlsplit(self.at.url).path)

    @contextmanager
    def _leaving(self):
        """What is done inside leads to another page; returns when that one stands."""
        left = self.at.locator("body").element_handle()
        yield
        self._gone(left)
        self.at.wait_for_load_state()

    def _gone(self, element):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while stands(element):
            if time.monotonic() > deadline:
                raise NeverCame(f"what follows {self.at.url}: {self.page().messages}")
            self.at.wait_for_timeout(20)

    def visit(self, address):
        answer = self._go(address)
        for diagram in self.at.locator("[data-diagram]").all():
            diagram.locator("svg").first.wait_for()
        return Sheet(self.at.content(), urlsplit(self.at.url).path, answer.status)

    def new_application(self, begins="/cases/new"):
        self._go("/cases/new")
        self.at.locator(f"main form[action='{begins}'] button").click()
        self._form_is_open()
        return self.at.locator(".context a[href^='/cases/APP-']").first.inner_text()

    def _form_is_open(self):
        self.at.locator("[data-form-bar] [data-key=submit]").wait_for()
        self.at.locator("[data-form] .fjs-form").wait_for()

    def look_at(self, key, step):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            for tab in ("/inbox", "/inbox?tab=pool"):
                self._go(tab)
                row = self.at.locator("a.row-link", has_text=key).filter(has_text=step)
                if row.count():
                    # The list shows its first task already; the form to fill is the one that comes in its place.
                    shown = self.at.locator("#work > *").first.element_handle()
                    row.first.click()
                    self._gone(shown)
                    self.at.locator("section.task", has=self.at.get_by_role("heading", name=step)).wait_for()
                    self.at.locator(f".context a[href='/cases/{key}']").wait_for()
                    self.at.locator("[data-form] .fjs-form").wait_for()
                    return self.page()
            if time.monotonic() > deadline:
                raise NeverCame(f"no task {step} of {key} in the inbox; case: {self.case(key).text[:1500]}")
            time.sleep(PAUSE_SECONDS)

    def claim(self):
        with self._leaving():
            self.at.locator(".claim-bar button[data-key=claim]").click()
        return self.page()

    # The form. form-js names its inputs after the ids of the fields; which field has which key stands in the page.

    def _components(self):
        carried = self.page().carried_form()
        self.carried = carried["data"]
        return fields_of(carried["schema"])

    def _input(self, component, part=""):
        return self.at.locator(f"[data-form] :is(input, textarea)[id$='-{component['id']}{part}']")

    def fill(self, values):
        self._form_is_open()
        components = self._components()
        for key, value in values.items():
            self._put(components[key], value)

    def _put(self, component, value):
        kind = component["type"]
        if isinstance(value, Paper):
            content = {"name": value.name, "mimeType": "application/pdf", "buffer": value.data}
            self._input(component).set_input_files(content)
        elif kind in ("radio", "checklist"):
            offered = [option["value"] for option in self._offered(component)]
            for chosen in [value] if kind == "radio" else value:
                self._input(component, f"-{offered.index(chosen)}").check()
        elif kind == "checkbox":
            self._input(component).set_checked(value)
        elif kind == "select":
            self._choose(component, value)
        elif kind == "datetime":
            field = self._input(component, "-date")
            field.fill(value.replace("-", "/"))
            field.press("Enter")
            field.blur()
            self.at.locator(".flatpickr-calendar.open").wait_for(state="hidden")
        else:
            self._input(component).fill(str(value))

    def _offered(self, component):
        """The options of a choice: its own, or the list that came with the form, which an expression may narrow."""
        if "values" in component:
            return component["values"]
        source = component.get("valuesKey") or re.search(r"\w+_options", component["valuesExpression"])[0]
        return self.carried[source]

    def _choose(self, component, value):
        offered = self._offered(component)
        label = next(option["label"] for option in offered if option["value"] == value)
        # A select that can be searched has its text field in sight, another one only its frame.
        field = self.at.locator(f"input[id$='-{component['id']}']")
        self.at.locator(".fjs-form-field-select", has=field).locator(".fjs-input-group").click()
        self.at.locator(".fjs-dropdownlist-item").get_by_text(label, exact=True).click()

    def submit(self):
        before = self.at.locator(".problems").element_handles()
        body = self.at.locator("body").element_handle()
        self.at.locator("[data-form-bar] [data-key=submit]").click()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while stands(body):
            told = self.at.locator(".problems").count() and not any(map(stands, before))
            if told and stands(body):
                box = self.at.locator(".problems")
                return Outcome(
                    False, [box.locator("strong").inner_text(), *box.locator("li").all_inner_texts()]
                )
            if time.monotonic() > deadline:
                raise NeverCame(f"an answer to the form at {self.at.url}: {self.page().messages}")
            self.at.wait_for_timeout(40)
        self._gone(body)
        self.at.wait_for_load_state()
        return Outcome(True)

    def typed(self, key):
        return self._input(self._components()[key]).input_value()

    def leave_and_return(self):
        address = urlsplit(self.at.url).path
        self.at.locator("[data-form-bar] .saved:not(:empty)").wait_for()
        self._go("/inbox")
        self._go(address)
        self._form_is_open()

    def press(self, address, button, /, **fields):
        self._go(address)
        named = {"name": button, "include_hidden": True}
        named["exact"] = self.at.get_by_role("button", exact=True, **named).count() > 0
        form = self.at.locator("form", has=self.at.get_by_role("button", **named)).first
        if not form.is_visible():
            self.at.locator("details", has=form).locator("summary").click()
        for name, value in fields.items():
            self._set(form, name, value)
        with self._leaving():
            form.get_by_role("button", **named).click()
        return self.page()

    def _set(self, form, name, value):
        """Type into a field of a small form, choose in a list, or tick a box."""
        field = form.locator(f"[name={name}]")
        if form.locator(f"select[name={name}]").count():
            field.select_option(value)
        elif field.get_attribute("type") == "checkbox":
            field.check()
        else:
            field.fill(value)

    def press_in_row(self, address, text, button):
        self._go(address)
        with self._leaving():
            self.at.locator("tr", has_text=text).get_by_role("button", name=button).click()
        return self.page()

    def download(self, address, name):
        self._go(address)
        link = self.at.get_by_role("link", name=name).first
        if VIEWER.fullmatch(link.get_attribute("href")):
            with self._leaving():
                link.click()
            link = self.at.get_by_role("link", name=DOWNLOAD)
        with self.at.expect_download() as expected:
            link.click()
        return expected.value.path().read_bytes()

    def download_made(self, address, button):
        self._go(address)
        with self.at.expect_download() as expected:
            self.at.get_by_role("button", name=button).click()
        return expected.value.path().read_bytes()

    # The bank's page is another program's: it has a window of its own.

    def _bank(self):
        if self.bank_window is None:
            self.bank_window = self._window()
        self.bank_window.goto(self.installation.bank_address)
        return self.bank_window

    def set_bank(self, **switches):
        window = self._bank()
        for field in window.locator("form input").all():
            name = field.get_attribute("name")
            field.fill(str(switches.get(name, 0)))
        with window.expect_navigation():
            window.locator("form button").click()

    def bank_page(self):
        return Sheet(self._bank().content(), "the bank")
