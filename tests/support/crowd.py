"""Many applications at once, each walked by whoever has time, on a server that may vanish at any moment.

A walker keeps nothing in mind: where an application stands is read from the pages before each step, so that after a
lost answer the next step is the one that is really open.
"""

import itertools
import threading
import time
from collections import Counter
from contextlib import contextmanager
from queue import Empty, Queue

import requests
from loan_road import (
    CHECKER,
    DESK,
    DISCLOSURE,
    ENTRY,
    FORMAT,
    L1,
    L2,
    MAKER,
    PHONE,
    REPAIR,
    REPORT,
    SEAL,
    SIGNING,
    Applicant,
    Road,
)
from staff import NeverCame
from staff_http import HttpStaff, Window

PEOPLE = (
    "front_desk",
    "investigator",
    "reviewer_l1",
    "reviewer_l2",
    "contract_officer",
    "branch_manager",
    "finance_maker",
    "finance_checker",
    "auditor",
)
ACTIVE = "还款中"
IDLE_SECONDS = 1
# What a person's hand may meet while the server falls over; anything else is a finding.
GONE = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)


class Watch:
    """Knows which commands are under way, and which of them a kill has cut off."""

    def __init__(self):
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._under_way = {}
        self.cut_off = Counter()
        self.kills = []
        self.latest = time.monotonic()

    @contextmanager
    def command(self):
        number = next(self._numbers)
        with self._lock:
            self._under_way[number] = len(self.kills)
            self.latest = time.monotonic()
        try:
            yield
        except GONE:
            with self._lock:
                begun = self._under_way[number]
                if begun < len(self.kills):
                    self.cut_off[begun] += 1
            raise
        finally:
            with self._lock:
                del self._under_way[number]

    def kill(self, installation, *, patience_seconds=5):
        """Kill the server, while somebody waits for its answer if that comes to pass in time.

        From here on a command begun before counts as cut off if its answer never comes.
        """
        deadline = time.monotonic() + patience_seconds
        while not self._under_way and time.monotonic() < deadline:
            time.sleep(0.001)
        with self._lock:
            self.kills.append(len(self._under_way))
            installation.kill()

    @property
    def is_idle(self):
        """Whether nobody has had anything to do for a while: all wait for the bank, or for time to pass."""
        return not self._under_way and time.monotonic() - self.latest > IDLE_SECONDS

    @property
    def met(self):
        """How many kills cut a command off."""
        return sum(self.cut_off[kill] > 0 for kill in range(len(self.kills)))


class WatchedWindow(Window):
    """A window whose commands are watched."""

    watch: Watch

    def post(self, path, **fields):
        with self.watch.command():
            return super().post(path, **fields)

    def send(self, path, **content):
        with self.watch.command():
            return super().send(path, **content)


class Crowd:
    """The walkers: ``threads`` hands that take any application a step further until all are paid out."""

    def __init__(self, installation, draw, *, applications, threads):
        self.installation, self.draw = installation, draw
        self.wanted, self.threads = applications, threads
        self.watch = Watch()
        self.roads = []
        self.paid = set()
        self.findings = []
        self.refusals = Counter()
        self._opening = threading.Lock()
        self._waiting = Queue()
        self._first = HttpStaff(installation)
        for username in PEOPLE:
            self._first.sign_in(username)

    def staff(self):
        """The same signed-in people, with connections of their own."""
        staff = HttpStaff(self.installation)
        for key, window in self._first.windows.items():
            copied = WatchedWindow(requests.Session(), window.site)
            copied.watch = self.watch
            copied.session.cookies.update(window.session.cookies)
            copied.sheet = window.sheet
            staff.windows[key] = copied
        return staff

    def begin(self):
        for _ in range(self.wanted):
            self._waiting.put(None)
        self._hands = [threading.Thread(target=self._walk, daemon=True) for _ in range(self.threads)]
        for hand in self._hands:
            hand.start()

    @property
    def is_done(self):
        return len(self.paid) == self.wanted or not any(hand.is_alive() for hand in self._hands)

    def _walk(self):
        staff = self.staff()
        while len(self.paid) < self.wanted:
            try:
                road = self._waiting.get(timeout=0.2)
            except Empty:
                continue
            try:
                road = self._step(staff, road)
            except GONE:
                time.sleep(0.1)
            except (AssertionError, NeverCame) as refused:
                self.refusals[str(refused)[:160]] += 1
                if "操作没有生效" in str(refused):
                    self.findings.append(str(refused)[:500])
            except Exception as unforeseen:  # told at the end, and the others walk on
                self.findings.append(repr(unforeseen)[:500])
            if road is None or road.key not in self.paid:
                self._waiting.put(road)

    def _step(self, staff, road):
        """One step of one application; returns it, opened if it was not yet."""
        if road is None:
            return self._open(staff)
        road.staff = staff
        steps = self._open_steps(staff, road.key)
        for step, act in _ACTS.items():
            if step in steps:
                act(road)
                return road
        if self._is_active(staff, road.key):
            self.paid.add(road.key)
        else:
            time.sleep(0.1)
        return road

    def _open(self, staff):
        """Open an application; one whose answer was lost is found again in the inbox rather than opened twice."""
        with self._opening:
            staff.sign_in("front_desk")
            known = {each.key for each in self.roads}
            found = [key for key in self._entries(staff) if key not in known]
            key = found[0] if found else staff.new_application()
            road = Road(staff, Applicant(self.draw))
            road.key = key
            self.roads.append(road)
            return road

    def _entries(self, staff):
        rows = staff.visit("/inbox/rows").select("a.row-link")
        return [row.cssselect(".key")[0].text for row in rows if ENTRY in row.text_content()]

    def _open_steps(self, staff, key):
        staff.sign_in("auditor")
        rows = staff.visit(f"/cases?q={key}").rows(holding=key)
        return rows[0][5].split("、") if rows else []

    def _is_active(self, staff, key):
        return any(ACTIVE in row for row in staff.visit(f"/loans?q={key}").rows())


_ACTS = {
    ENTRY: Road.enter,
    DESK: Road.check_papers,
    PHONE: Road.call,
    REPORT: Road.report,
    L1: Road.approve_l1,
    L2: Road.review_l2,
    FORMAT: Road.check_format,
    DISCLOSURE: Road.disclose,
    SIGNING: Road.sign,
    SEAL: Road.seal,
    MAKER: Road.register,
    CHECKER: Road.release,
    REPAIR: Road.repair,
}
