"""An investigator's visit on a telephone of 360 pixels: place and photo from the device, a network that fails."""

import json
from types import SimpleNamespace

import pytest
from loan_pages import LoanPages, wiring_of
from shared_app import borrow, served
from sqlalchemy import select
from staff_browser import BrowserStaff

from cheliu.case_house import copy_house, found_template
from cheliu.cases import play_steps
from cheliu.wiring import PROCESSES
from engine.assignment import draft
from engine.tasks import UserTask
from lending import documents, photos
from lending.documents import DocumentKind
from lending.investigations import Visit

NARROW = {"width": 360, "height": 740}
HERE = {"latitude": 31.230416, "longitude": 121.4737, "accuracy": 12}
FINDING = "住址与单位属实，家人在场"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A house with one case that waits for the visit, behind its pages."""
    folder = tmp_path_factory.mktemp("visit")
    house, bank, clock = copy_house(found_template(folder), folder / "house")
    case = json.loads((PROCESSES / "preloan_investigation/cases/mismatch_leads_to_visit.json").read_text())
    before = [step["at"] for step in case["steps"]].index("Task_VisitOnSite")
    play_steps({**case, "steps": case["steps"][:before]}, house, bank, clock)
    made = LoanPages(house, borrow(wiring_of(house, clock, folder / "house")), "")
    yield made
    made.close()


@pytest.fixture
def staff(made, browser, phone_page):
    """The investigator with a narrow telephone that tells where it is."""
    with served(made.app) as address:
        staff = BrowserStaff(SimpleNamespace(address=address), browser)
        phone_page.context.grant_permissions(["geolocation"])
        phone_page.context.set_geolocation(HERE)
        phone_page.set_viewport_size(NARROW)
        staff.at = phone_page
        phone_page.goto(f"{address}/sign-in")
        phone_page.fill("#username", "investigator")
        phone_page.fill("#password", "cheliu-demo")
        phone_page.locator(".sign-in-form button.btn-primary").click()
        phone_page.wait_for_url("**/start")
        yield staff


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]


def kept(made, task_id):
    """What the investigator's draft says of the visit."""
    house = made.house
    with house.database.read() as session:
        saved = draft(house.engine.context, session, task_id, made.who("investigator"))
        return (saved or {}).get("visit_finding")


@pytest.mark.feature("M-186")
def test_a_visit_is_written_down_on_the_spot_whatever_the_network_does_and_counts_once(made, staff):
    page, address = staff.at, staff.installation.address
    task_id = made.task("Task_VisitOnSite")
    with made.house.database.read() as session:
        number = session.get_one(UserTask, task_id).business_key

    page.goto(f"{address}/inbox?tab=pool")
    assert fits(page)
    page.goto(f"{address}/inbox/{task_id}")
    if (claim := page.locator(".claim-bar button[data-key=claim]")).count():
        with staff._leaving():
            claim.click()
    staff._form_is_open()
    camera = staff._input(staff._components()["doc_visit_photos"])
    assert camera.get_attribute("capture") == "environment"
    page.get_by_role("button", name="附上我的位置").click()
    page.get_by_text("误差约 12 米").wait_for()
    assert staff.typed("visit_latitude") == "31.230416"
    assert fits(page)

    page.context.set_offline(True)
    shot = {"name": "上门.jpg", "mimeType": "image/jpeg", "buffer": JPEG}
    camera.set_input_files(shot)
    staff.fill({"visit_places": ["home", "work"], "visit_photo_count": 3, "visit_finding": FINDING})
    page.get_by_text("连接中断").first.wait_for()
    submit = page.locator("[data-form-bar] [data-key=submit]")
    submit.click()
    page.locator(".toast-line.bad").wait_for()
    assert made.task("Task_VisitOnSite") == task_id, "nothing has arrived"
    assert kept(made, task_id) is None

    page.context.set_offline(False)
    page.locator("[data-form-bar] .saved", has_text="草稿").wait_for()
    assert kept(made, task_id) == FINDING
    assert staff.typed("visit_finding") == FINDING
    sent = []
    page.on("request", lambda each: sent.append(each.url) if each.method == "POST" else None)
    with staff._leaving():
        submit.dblclick()
    assert [each for each in sent if each.endswith(f"/inbox/{task_id}")] == [f"{address}/inbox/{task_id}"]
    with made.house.database.read() as session:
        visits = session.scalars(select(Visit)).all()
        places = {
            (visit.place, str(visit.latitude.normalize()), str(visit.longitude.normalize()))
            for visit in visits
        }
        assert len(visits) == 2
        assert places == {(place, "31.230416", "121.4737") for place in ("home", "work")}
        assert documents.find(session, number, DocumentKind.VISIT_PHOTOS) is not None

    page.goto(f"{address}/cases/{number}/photos")
    page.get_by_role("button", name="附上我的位置").click()
    page.get_by_text("误差约 12 米").wait_for()
    page.locator("input[name=photo]").set_input_files(shot)
    upload = page.locator("[data-place-form] button.btn-primary")
    page.context.set_offline(True)
    upload.click()
    page.locator(".toast-line.bad").wait_for()
    page.context.set_offline(False)
    assert fits(page)
    with staff._leaving():
        upload.click()
    assert page.locator(".photos figure").count() == 1
    assert fits(page)
    with made.house.database.read() as session:
        (photo,) = photos.of_case(session, number)
        assert str(photo.latitude.normalize()) == "31.230416"
