"""Every process of the product is deployed with a version and a diagram, and a case shows where it stands."""

import html
import json
import re

import pytest
from loan_pages import LoanPages, wiring_of
from shared_app import borrow
from sqlalchemy import select

from cheliu.case_house import copy_house, found_template
from cheliu.cases import play_steps
from cheliu.wiring import PROCESSES
from engine.tasks import Instance, TaskStatus, UserTask

DRAWN = sorted(path.parent.name for path in PROCESSES.glob("*/*.bpmn"))


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """A house with a case that waits in the called investigation, and one that belongs to no application."""
    folder = tmp_path_factory.mktemp("processes")
    house, bank, clock = copy_house(found_template(folder), folder / "house")
    case = json.loads((PROCESSES / "preloan_investigation/cases/mismatch_leads_to_visit.json").read_text())
    play_steps({**case, "steps": case["steps"][:1]}, house, bank, clock)
    made = LoanPages(house, borrow(wiring_of(house, clock, folder / "house")), "")
    yield made
    made.close()


def shown(page):
    """Where the page says the case stands: the elements of its diagram by their state, and the diagram's address."""
    positions = json.loads(html.unescape(re.search(r"data-positions='([^']+)'", page)[1]))
    return positions, html.unescape(re.search(r'data-diagram="([^"]+)"', page)[1])


@pytest.mark.feature("M-187")
def test_more_than_twenty_processes_are_deployed_each_with_version_diagram_and_page(pages):
    analyst = pages.browser("process_analyst")
    listed = analyst.get("/processes").text

    assert len(DRAWN) >= 20
    for name in DRAWN:
        assert f'href="/processes/{name}"' in listed, name
    page = analyst.get(f"/processes/{DRAWN[0]}").text
    address = html.unescape(re.search(r'data-diagram="([^"]+)"', page)[1])
    assert "<bpmn:process" in analyst.get(address).text


@pytest.mark.feature("M-187")
def test_the_diagram_of_a_case_shows_the_step_it_stands_at_also_in_a_called_process(pages):
    with pages.house.database.read() as session:
        (task,) = session.scalars(select(UserTask).where(UserTask.status == TaskStatus.OPEN)).all()

    positions, address = shown(pages.browser("investigator").get(f"/cases/{task.business_key}").text)

    assert task.element_id == "Task_DeskCheck"
    assert positions["now"] == ["Task_DeskCheck"]
    assert address.endswith("/preloan_investigation.bpmn")


@pytest.mark.feature("M-187")
def test_a_case_that_belongs_to_no_application_has_a_page_for_who_reaches_it_and_none_for_others(pages):
    person = pages.browser("front_desk")
    person.get("/lists")
    person.post("/lists/changes")
    with pages.house.database.read() as session:
        asked = select(Instance).where(Instance.process_id == "blacklist_change")
        case = session.scalars(asked).one()
        number = case.business_key

    page = person.get(f"/cases/{number}")
    started = person.get("/lists/started").text

    assert page.status_code == 200
    assert shown(page.text)[0]["now"]
    assert f'href="/cases/{number}?case={case.id}"' in started
    assert pages.browser("front_desk_2").get(f"/cases/{number}").status_code == 404
