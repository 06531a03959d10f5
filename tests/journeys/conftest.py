"""Whole installations, one of each kind a test process, and the staff who act in them."""

import pytest
from company_at_work import CompanyAtWork
from installation import running
from loan_road import Applicant, Road
from own_company import running_own
from postgresql_server import fresh_database
from staff_browser import BrowserStaff
from staff_http import HttpStaff
from telephones import telephones

from cheliu.demo.synthetic import Synthesizer


@pytest.fixture(scope="session")
def on_sqlite(tmp_path_factory):
    """A running installation on SQLite."""
    with running(tmp_path_factory.mktemp("on_sqlite")) as installation:
        yield installation


@pytest.fixture(scope="session")
def on_postgresql(tmp_path_factory, postgresql_folder):
    """A running installation on PostgreSQL."""
    with (
        fresh_database(postgresql_folder) as url,
        running(tmp_path_factory.mktemp("on_postgresql"), url) as made,
    ):
        yield made


@pytest.fixture(scope="session")
def staff_in_browser(on_sqlite, browser):
    """People who act in a browser on the SQLite installation; they stay signed in from story to story."""
    staff = BrowserStaff(on_sqlite, browser)
    yield staff
    staff.close()


@pytest.fixture(scope="session")
def staff_over_http(on_postgresql):
    """People who act over HTTP on the PostgreSQL installation."""
    return HttpStaff(on_postgresql)


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """A company of one's own whose books follow its clock, its people over HTTP; one for the stories of a module."""
    with (
        telephones() as phones,
        running_own(tmp_path_factory.mktemp("own"), SMS_URL=phones.address) as made,
    ):
        staff = HttpStaff(made)
        staff.set_bank()
        at_work = CompanyAtWork(staff)
        at_work.phones = phones
        yield at_work


@pytest.fixture(scope="module")
def in_browser(company, browser):
    """The same company's people in a browser."""
    staff = BrowserStaff(company.installation, browser)
    yield staff
    staff.close()
    assert not staff.errors, f"uncaught errors in the page's scripts: {staff.errors}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """What a story says it reaches, it has itself seen on the pages, not another before it."""
    company = item.funcargs.get("company")
    if company is not None:
        company.seen.clear()
    result = yield
    claimed = {end for marker in item.iter_markers("reaches") for end in marker.args}
    unseen = claimed - company.seen if claimed else claimed
    assert not unseen, f"claimed, and not seen on a page: {sorted(unseen)}"
    return result


TWICE = [
    pytest.param("in_browser", marks=pytest.mark.browser),
    pytest.param("over_http", marks=pytest.mark.postgresql),
]


@pytest.fixture(params=TWICE)
def staff(request):
    """A story is acted in a browser on SQLite, over HTTP on PostgreSQL, or, where it says neither, both ways."""
    found = request.getfixturevalue(f"staff_{request.param}")
    found.set_bank()
    yield found
    if request.param == "in_browser":
        errors, found.errors = found.errors, []
        assert not errors, f"uncaught errors in the page's scripts: {errors}"


@pytest.fixture
def staff_on_the_first_day(postgresql_folder, tmp_path):
    """As ``staff`` over HTTP, on an installation where no other story has let a day pass: the books stand at today."""
    with fresh_database(postgresql_folder) as url, running(tmp_path / "own", url) as installation:
        found = HttpStaff(installation)
        found.set_bank()
        yield found


class Recorder(Synthesizer):
    """Remembers whom it has drawn: their names are data on the pages."""

    def __init__(self, seed):
        super().__init__(seed)
        self.people = []

    def person(self):
        self.people.append(super().person())
        return self.people[-1]


@pytest.fixture(scope="session")
def draw():
    """Invented people and cars, none twice."""
    return Recorder(20260901)


@pytest.fixture
def road(staff, draw):
    """Makes a road for a fresh applicant."""

    def begin(crew=None, **wish):
        options = {name: wish.pop(name) for name in ("language", "steps") if name in wish}
        applicant = Applicant(draw, **wish)
        return Road(staff, applicant, crew, **options) if crew else Road(staff, applicant, **options)

    return begin
