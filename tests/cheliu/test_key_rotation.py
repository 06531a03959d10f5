"""The master key changes while the company works: everything is sealed anew, a kill loses nothing, the old key goes."""

import os
import shutil
import signal
from pathlib import Path

import pytest
from click.testing import CliRunner
from customers_at_hand import LI, PHONE, ZHANG
from sqlalchemy import LargeBinary, select
from web_house import founded

from cheliu import rotation
from cheliu.command import main
from cheliu.rotation import PLACES, UNDER_A_PERSONS_KEY, StillSealedByOldKey
from cheliu.wiring import House, open_house
from company.database import Base
from company.people import Employee
from company.people.employees import PLACE_OF_MOBILE
from company.settings import Settings
from company.vault import PersonKey, SealBroken, SealedValue
from engine.tasks import Draft
from lending import contacts, customers
from lending.contacts import ContactWay, Said

WORDS = "还款日当天多次来电催促"


class Installation:
    """A company on SQLite with its key in a file."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environment = {"CHELIU_HOME": str(home), "DATABASE_URL": f"sqlite:///{home}/cheliu.db"}

    def open(self) -> House:
        return open_house(Settings.from_environment(self.environment))

    def run(self, *arguments: str):
        return CliRunner().invoke(main, list(arguments), env={"CHELIU_SECRET_KEY": "", **self.environment})


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """A founded company with people, an answer, a file, a complaint: rotated once, in the order of the tests."""
    made = Installation(tmp_path_factory.mktemp("rotation"))
    shutil.copyfile(founded(), made.home / "cheliu.db")
    house = made.open()
    vault, now = house.world.vault, house.clock.now()
    with house.database.write() as session:
        person = session.scalars(select(Employee).where(Employee.username == "customer_manager")).one()
        person.mobile_sealed = vault.seal(PHONE, about=PLACE_OF_MOBILE)
        for name, identity in (("张三丰", ZHANG), ("李四", LI)):
            customer = customers.register(
                session,
                vault,
                name=name,
                identity=identity,
                phone=PHONE,
                unit_id=person.unit_id,
                owner_id=person.id,
                now=now,
            )
        said = Said(None, ContactWay.PHONE, now.date(), WORDS)
        contacts.receive(
            session, vault, customer, said, about_id=None, by=person.id, today=now.date(), now=now
        )
        for number in range(3):
            vault.keep(session, f"APP-{number}", "phone", PHONE)
    house.world.files.put(b"%PDF-1.7 a document")
    house.close()
    return made


def readable(house: House) -> list[object]:
    """All that was sealed, opened: people found by number, phones, answers, words, files."""
    vault = house.world.vault
    with house.database.read() as session:
        found = customers.find_by_identity(session, vault, LI)
        assert found is not None
        person = session.scalars(select(Employee).where(Employee.username == "customer_manager")).one()
        told = contacts.complaints_of(session, found.id)
        return [
            customers.identity_of(session, vault, found),
            customers.phone_of(session, vault, found),
            vault.open_text(person.mobile_sealed, about=PLACE_OF_MOBILE),
            [contacts.words_of(session, vault, each) for each in told],
            [vault.reveal(session, f"sealed:{each.id}") for each in session.scalars(select(SealedValue))],
            [house.world.files.read(name) for name in house.world.files.names()],
        ]


ALL = [LI, PHONE, PHONE, [WORDS], [PHONE] * 3, [b"%PDF-1.7 a document"]]


def killed_after(house: House, calls: int) -> int:
    """The signal that ended a process which was killed in the middle of a rotation."""
    child = os.fork()
    if child == 0:
        left = [calls]

        def told(_what, _done, _whole):
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)

        rotation.reseal(house, told)
        os._exit(0)
    return os.WTERMSIG(os.waitpid(child, 0)[1])


@pytest.mark.feature("M-174")
def test_a_new_key_seals_everything_anew_even_when_killed_in_the_middle_and_the_old_one_goes(
    company, monkeypatch
):
    monkeypatch.setattr(rotation, "BATCH", 2)
    old = (company.home / "secret.key").read_text().split()
    assert company.run("rotate-key", "--new-key").exit_code == 0
    house = company.open()
    house.database.close()

    assert killed_after(house, 2) == signal.SIGKILL

    house = company.open()
    assert readable(house) == ALL
    with pytest.raises(StillSealedByOldKey):
        rotation.require_nothing_old(house)
    house.close()
    assert company.run("rotate-key", "--retire").exit_code == 1
    done = company.run("rotate-key")
    assert done.exit_code == 0, done.output
    assert "sealed anew: 0" in company.run("rotate-key").output
    assert company.run("rotate-key", "--retire").exit_code == 0
    left = (company.home / "secret.key").read_text()
    assert not set(old) & set(left.split())
    house = company.open()
    assert readable(house) == ALL
    assert len(house.settings.secret_keys) == 1
    house.close()


def test_what_no_key_opens_is_named_and_stays(company):
    house = company.open()
    with house.database.write() as session:
        session.add(SealedValue(business_key="APP-9", name="phone", ciphertext=b"\x01none" + bytes(40)))
    try:
        outcome = rotation.reseal(house, lambda *_: None)
        assert outcome.unreadable == ["sealed_value.ciphertext 4"]
        with pytest.raises(StillSealedByOldKey), house.database.read():
            rotation.require_nothing_old(house)
    finally:
        with house.database.write() as session:
            session.delete(session.get_one(SealedValue, 4))
        house.close()


def test_every_sealed_column_is_rotated_or_stands_under_a_persons_key():
    held = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary)
        and (column.name.endswith("sealed") or column.name in ("wrapped", "ciphertext"))
    }

    named = {place.name for place in PLACES if place.column != "change"}
    assert held == named | UNDER_A_PERSONS_KEY
    assert {PersonKey.__tablename__, Draft.__tablename__} <= {place.table.name for place in PLACES}


def test_a_proposals_account_and_a_damaged_index_line_are_told_apart(company):
    house = company.open()
    vault, old = (
        house.world.vault,
        Settings.from_environment({**company.environment, "CHELIU_SECRET_KEY": "o" * 32}),
    )
    place = next(place for place in PLACES if place.column == "change")
    sealed = old.vault().seal("6222021234567894").hex()

    with pytest.raises(SealBroken):
        place.reseal(vault, {"change": {"account_sealed": sealed}})
    assert place.reseal(vault, {"change": {"grade": "A"}}) is None
    fresh = place.reseal(old.vault(), {"change": {"account_sealed": sealed}})
    assert fresh is None
    house.close()
    key = company.home / "secret.key"
    before = key.read_text()
    key.write_text(before.replace("index:", "index:zz"))
    broken = company.run("backup", str(company.home / "x.zip"))
    key.write_text(before)
    assert broken.exit_code == 1
    assert "index:" in broken.output
