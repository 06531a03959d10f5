"""Building the demo company: founded in seconds, its sixty cases played through the engine, again where it stopped."""

from __future__ import annotations

from datetime import date, datetime

from rich.progress import Progress
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cheliu.bank import Bank
from cheliu.demo import price_table
from cheliu.demo.people import BRANCHES, PASSWORD, UNDERTAKING_UNTIL, found_demo
from cheliu.demo.playing import Player, shanghai
from cheliu.demo.script import Branch, Road, wish
from cheliu.demo.stands import STANDS, Stand, day_of
from cheliu.demo.state import is_built, mark_built, require_whole
from cheliu.demo.synthetic import Synthesizer
from cheliu.setting_up import DEPLOYMENT_NOTE
from cheliu.wiring import House, assemble, product_bundle
from company.clock import StandingClock, SystemClock
from company.migrations import upgrade
from company.organisation import Company, Unit
from company.people import SYSTEM, hash_password
from company.settings import Settings
from lending import dealers, seeding
from lending.applications import Application
from lending.dealers import Dealer

SEED = 20260915
NOW = shanghai("2026-09-15 10:30")
DAYS = [date(2026, 9, day) for day in (1, 2, 3, 4, 7, 8, 9, 10, 11, 14, 15)]
OPENING = "08:30"

ENTRY_STAFF = {"SH": "front_desk", "NJ": "front_desk_2", "HZ": "customer_manager_2"}

# The first branch is twice as busy as each of the others.
SHARE = (0, 1, 0, 2)

# Name, unified social credit code, bank, account.
# Of the first cases the mortgage is walked on too, a step each time the next case comes in.
MORTGAGED_OF = 10
_DEALERS = {
    "SH": ("上海浦江汽车销售有限公司", "913101151234567807", "工商银行上海张江支行", "6222021001234567"),
    "NJ": ("南京宁达汽车销售有限公司", "913201062345678906", "建设银行南京鼓楼支行", "6227001234567890"),
    "HZ": ("杭州西溪汽车销售有限公司", "91330106345678900U", "农业银行杭州文三支行", "6228481234567890"),
}


def prepare(settings: Settings) -> bool:
    """Bring the schema up to date, found the demo company, list its dealers and deploy the processes.

    Returns whether cases are to be built. A second time it changes nothing. The company's clock is set so that it shows
    the morning of the demo's last day.
    """
    house = assemble(settings, clock=StandingClock(shanghai(f"{DAYS[0]} {OPENING}")))
    try:
        upgrade(house.database, vault=house.world.vault)
        with house.database.read() as session:
            if session.get(Company, 1) is not None:
                require_whole(session)
                return not is_built(session)
        lay_foundation(house, DAYS[0], NOW)
        return True
    finally:
        house.close()


def lay_foundation(house: House, first_day: date, shown: datetime) -> None:
    """Found the company on its first business date, with dealers, prices, processes; its clock shows ``shown`` now."""
    password_hash = hash_password(PASSWORD)
    offset = round((shown - SystemClock().now()).total_seconds())
    with house.database.write() as session:
        found_demo(session, password_hash=password_hash, clock_offset_seconds=offset, first_day=first_day)
        seeding.seed(session)
        _list_dealers(session, house)
        price_table.publish(session, house.clock.now())
        house.engine.deploy(session, product_bundle(), SYSTEM, DEPLOYMENT_NOTE)


def _list_dealers(session: Session, house: House) -> None:
    units = {unit.code: unit.id for unit in session.scalars(select(Unit))}
    for code, (name, credit_code, bank_name, account) in _DEALERS.items():
        dealers.add(
            session,
            house.world.vault,
            name=name,
            social_credit_code=credit_code,
            bank_name=bank_name,
            account=account,
            unit_id=units[code],
            undertaking_until=UNDERTAKING_UNTIL,
            now=house.clock.now(),
        )


def found_without_cases(settings: Settings) -> None:
    """Found the demo company and leave it without cases, for a rehearsal: the worker begins at once."""
    prepare(settings)
    house = assemble(settings, clock=SystemClock())
    with house.database.write() as session:
        if not is_built(session):
            mark_built(session)
    house.close()


def build(settings: Settings) -> None:
    """Play the cases that are missing; needs the simulated bank, shows its progress, is the same on every machine."""
    prepare(settings)
    clock = StandingClock(shanghai(f"{DAYS[0]} {OPENING}"))
    house = assemble(settings, clock=clock, bank=Bank(settings.bank_url, callback_url=None))
    try:
        with house.database.read() as session:
            if is_built(session):
                return
            branches = branches_of(session)
        player, draw = Player(house, clock), Synthesizer(SEED)
        done = player.case_count()
        with Progress() as progress:
            paid: list[Road] = []
            bar = progress.add_task("演示案件 demo cases", total=len(STANDS), completed=done)
            for number, stand in enumerate(STANDS):
                asked = wish(draw, stand)
                if number < done:
                    continue
                player.move_to(shanghai(f"{day_of(number, DAYS)} {OPENING}"))
                paid = [earlier for earlier in paid if not earlier.mortgage()]
                road = Road(player, branches[SHARE[number % len(SHARE)]], asked, stand)
                road.walk()
                if number % 3:
                    road.claim()
                if stand is Stand.PAID and number < MORTGAGED_OF:
                    paid.append(road)
                progress.advance(bar)
        player.move_to(NOW)
        with house.database.write() as session:
            mark_built(session)
    finally:
        house.close()


def progress(session: Session) -> tuple[int, int] | None:
    """How many of how many demo cases stand; None once they all do, and in a company of one's own."""
    if is_built(session):
        return None
    begun = select(func.count()).select_from(Application)
    return min(session.scalar(begun) or 0, len(STANDS)), len(STANDS)


def branches_of(session: Session) -> list[Branch]:
    """The demo's branches, each with its people and its dealer."""
    listed = session.execute(select(Unit.code, Dealer.id).join(Dealer, Dealer.unit_id == Unit.id))
    dealer_ids = {row.code: row.id for row in listed}
    found = []
    for plan in BRANCHES:
        mark = "" if plan.code == BRANCHES[0].code else "_2"
        name, _credit_code, _bank, account = _DEALERS[plan.code]
        found.append(
            Branch(
                front_desk=ENTRY_STAFF[plan.code],
                investigator=f"investigator{mark}",
                l1=f"reviewer_l1{mark}",
                contract_officer=f"contract_officer{mark}",
                branch_manager=f"branch_manager{mark}",
                maker=f"finance_maker{mark}",
                checker=f"finance_checker{mark}",
                dealer_id=dealer_ids[plan.code],
                payee_name=name,
                payee_account=account,
            )
        )
    return found
