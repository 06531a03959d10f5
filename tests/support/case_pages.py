"""A house in which process cases are played, with the pages of the product on it."""

import json

from openings import openings
from shared_app import borrow, give_back
from web_house import Visitor

from cheliu.case_house import copy_house
from cheliu.cases import go_on, play_steps
from cheliu.wiring import PROCESSES
from web.wiring import Wiring


def case_of(name):
    """A case of the product by ``process/cases/name``."""
    return json.loads((PROCESSES / f"{name}.json").read_text(encoding="utf-8"))


def case_samples(name):
    """A list of steps that the cases share."""
    return json.loads((PROCESSES / "samples.json").read_text(encoding="utf-8"))[name]


class CasePages:
    """One case being played, and browsers of its people."""

    def __init__(self, template, home):
        self.house, self.bank, self.clock = copy_house(template, home)
        self.played = None

    def play(self, case):
        """Begin a case and do its steps; returns its business key."""
        self.played = play_steps(case, self.house, self.bank, self.clock)
        return self.played.application_no

    def go_on(self, *steps):
        """Do further steps."""
        go_on(self.played, list(steps))

    @property
    def key(self):
        return self.played.application_no

    def read(self):
        return self.house.database.read()

    def browser(self, username):
        """The client of a signed-in person."""
        if "app" not in vars(self):
            self.app = borrow(
                Wiring(
                    database=self.house.database,
                    engine=self.house.engine,
                    clock=self.clock,
                    vault=self.house.world.vault,
                    files=self.house.world.files,
                    settings=self.house.settings,
                    wake=lambda: None,
                    **openings(self.house.engine),
                )
            )
        visitor = Visitor(self.app.test_client())
        assert visitor.sign_in(username).status_code == 303
        return visitor

    def close(self):
        self.house.close()
        if "app" in vars(self):
            give_back(self.app, self.house.database)
