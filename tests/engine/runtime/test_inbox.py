"""The inbox: the right tasks, by deadline, a page at a time, with their figures."""

from dataclasses import replace
from decimal import Decimal

import pytest
from diagrams import bundle, end, path, process, start, user
from sqlalchemy import select

from company.organisation import Unit
from company.people import Employee, withdraw_role
from engine import bulk, inbox
from engine.errors import NotAllowed, ReceiverNotEligible, TaskTakenBy
from engine.inbox import Filter, Page
from engine.offers import rank_at
from engine.tasks import CaseFacts, Instance, UserTask


@pytest.fixture
def tasks(house):
    """Six tasks, due 1, 2 … 5 days from now and one without a deadline."""
    house.deploy(
        {
            "p.bpmn": bundle(
                process(
                    "p",
                    start(),
                    user("look", candidateGroups_="reviewer_l1", dueDate_="=due"),
                    end(),
                    path("s", "look", "e"),
                )
            )
        }
    )
    actor = house.who("front_desk_east")
    for number in (3, 1, 0, 5, 2, 4):
        facts = CaseFacts(
            f"客户{number}号",
            f"100%_车 {number}",
            Decimal(number * 1000),
            house.units["east"],
            actor.employee_id,
        )
        data = {"due": f"P{number}D" if number else None}
        with house.database.write() as session:
            house.engine.start(session, "p", f"APP-{number}", data=data, actor=actor, facts=facts)


EVERYTHING, FIRST = Filter(), Page()


def listed(house, filter=EVERYTHING, page=FIRST, who="reviewer_l1_east"):
    actor = house.who(who)
    with house.database.read() as session:
        return inbox.list_tasks(session, actor, filter, page, now=house.clock.now())


def keys(page):
    return [task.business_key for task in page.tasks]


def test_tasks_stand_in_the_order_of_their_deadlines_those_without_last(house, tasks):
    assert keys(listed(house)) == ["APP-1", "APP-2", "APP-3", "APP-4", "APP-5", "APP-0"]
    assert keys(listed(house, page=Page(order="newest"))) == [
        "APP-4",
        "APP-2",
        "APP-5",
        "APP-0",
        "APP-1",
        "APP-3",
    ]
    assert keys(listed(house, page=Page(order="amount")))[:2] == ["APP-5", "APP-4"]


def test_pages_follow_each_other_without_gap_or_overlap_even_if_a_task_is_done_between(house, tasks):
    first = listed(house, page=Page(size=2))
    house.complete_task(first.tasks[0].id, "reviewer_l1_east")
    second = listed(house, page=Page(size=2, after=first.next))
    third = listed(house, page=Page(size=2, after=second.next))

    assert [keys(page) for page in (first, second, third)] == [
        ["APP-1", "APP-2"],
        ["APP-3", "APP-4"],
        ["APP-5", "APP-0"],
    ]
    assert (third.next, third.has_more) == (None, False)
    assert keys(listed(house, page=Page(size=2, offset=3))) == ["APP-5", "APP-0"]


def test_the_list_is_narrowed_by_view_urgency_and_text(house, tasks):
    mine = listed(house).tasks[0]
    house.do("claim", mine.id, house.who("reviewer_l1_east"))
    house.later(days=1, hours=1)

    assert keys(listed(house, Filter(view="mine"))) == ["APP-1"]
    assert "APP-1" not in keys(listed(house, Filter(view="group")))
    assert keys(listed(house, Filter(urgency="overdue"))) == ["APP-1"]
    assert keys(listed(house, Filter(urgency="due_soon"))) == ["APP-2"]
    assert keys(listed(house, Filter(text="户3"))) == ["APP-3"]
    assert keys(listed(house, Filter(text="app-4"))) == ["APP-4"]
    assert keys(listed(house, Filter(text="100%_车 5"))) == ["APP-5"]
    assert keys(listed(house, Filter(text="%1"))) == []
    assert keys(listed(house, Filter(business_key="APP-2", process_id="p", element_id="look"))) == ["APP-2"]


def test_the_figures_come_in_one_statement_and_agree_with_the_lists(house, tasks):
    house.do("claim", listed(house).tasks[0].id, house.who("reviewer_l1_east"))
    house.later(days=1, hours=1)
    actor = house.who("reviewer_l1_east")

    with house.database.read() as session, house.statements() as seen:
        found = inbox.tally(session, actor, now=house.clock.now())

    assert (found.all, found.soon, found.late) == (6, 1, 1)
    assert found.newest == max(task.id for task in house.open_tasks())
    assert len([statement for statement in seen if statement.startswith("SELECT")]) == 1
    with house.database.read() as session:
        others = [
            inbox.tally(session, house.who(name), Filter(view=view), now=house.clock.now()).all
            for name, view in (
                ("reviewer_l1_2", "all"),
                ("reviewer_l1_2", "mine"),
                ("reviewer_l1_east", "mine"),
                ("reviewer_l1_east", "group"),
            )
        ]
    assert others == [5, 0, 1, 5]


def test_a_task_page_knows_what_the_person_may_do(house, tasks):
    task = listed(house).tasks[0]
    me, colleague, stranger = (
        house.who(name) for name in ("reviewer_l1_east", "reviewer_l1_2", "finance_maker_east")
    )
    house.do("claim", task.id, me)

    with house.database.read() as session:
        mine, taken, foreign = (inbox.task(session, task.id, actor) for actor in (me, colleague, stranger))

    assert (mine.is_mine, mine.may_claim, mine.may_complete, mine.refusal) == (True, False, True, None)
    assert (taken.may_claim, taken.may_complete, taken.refusal) == (False, False, None)
    assert foreign.may_complete is False
    assert foreign.refusal.code == "not_eligible"


def test_money_at_risk_goes_ahead_of_its_deadline_and_a_page_goes_on_behind_its_last_row(house, tasks):
    with house.database.write() as session:
        case = session.scalars(select(Instance).where(Instance.business_key == "APP-4")).one()
        facts = replace(case.facts, amount=Decimal(1_000_000))
        house.engine.describe(session, case.id, facts)

    first = listed(house, page=Page(size=2, order="priority"))
    rest = listed(house, page=Page(order="priority", after=first.next))

    assert keys(first) == ["APP-4", "APP-1"]
    assert keys(rest) == ["APP-2", "APP-3", "APP-5", "APP-0"]
    assert keys(listed(house))[:4] == ["APP-1", "APP-2", "APP-3", "APP-4"]


def test_a_recounted_deadline_moves_the_rank_too(house, tasks):
    with house.database.read() as session:
        found = session.scalars(select(UserTask).order_by(UserTask.rank_at)).all()

    assert [task.rank_at for task in found] == [rank_at(task.order_at, task.amount) for task in found]


def test_no_more_tasks_are_counted_than_anybody_wants_to_know(house, tasks, monkeypatch):
    monkeypatch.setattr(inbox, "COUNTED_MAX", 4)
    house.later(days=1, hours=1)

    with house.database.read() as session:
        found = inbox.tally(session, house.who("reviewer_l1_east"), now=house.clock.now())

    assert (found.all, found.soon, found.late) == (4, 1, 1)


def test_a_word_finds_keys_known_elsewhere(house, tasks):
    actor = house.who("reviewer_l1_east")
    asked = [
        Filter(),
        Filter(text="客户3号"),
        Filter(text="沪A12345", found_keys=("APP-5",)),
        Filter(found_keys=()),
    ]

    def counted(who):
        with house.database.read() as session:
            return [inbox.tally(session, who, each, now=house.clock.now()).all for each in asked]

    assert counted(actor) == [6, 1, 1, 0]
    assert counted(house.who("reviewer_l1_west")) == [0, 0, 0, 0]


def test_what_one_has_done_and_started_stays_listed_as_long_as_one_may_see_it(house, tasks):
    house.complete_task(house.open_tasks()[0].id, "reviewer_l1_east")
    house.later(minutes=1)
    house.complete_task(house.open_tasks()[0].id, "reviewer_l1_east")

    def done(name, **page):
        with house.database.read() as session:
            return [task.business_key for task in inbox.done_by(session, house.who(name), limit=5, **page)]

    def started(name, **page):
        with house.database.read() as session:
            return [case.business_key for case in inbox.started_by(session, house.who(name), limit=2, **page)]

    assert done("reviewer_l1_east") == ["APP-1", "APP-3"]
    assert done("reviewer_l1_east", before=house.clock.now()) == ["APP-3"]
    assert done("reviewer_l1_2") == []
    assert started("front_desk_east") == ["APP-4", "APP-2"]
    assert started("reviewer_l1_east") == []
    with house.database.write() as session:
        person = session.get_one(Employee, house.ids["reviewer_l1_east"])
        withdraw_role(session, person, "reviewer_l1", session.get_one(Unit, house.units["east"]))
    assert done("reviewer_l1_east") == []


def test_many_are_claimed_at_once_and_what_is_refused_is_told(house, tasks):
    ids = [task.id for task in house.open_tasks()]
    house.do("claim", ids[0], house.who("reviewer_l1_2"))

    with house.database.write() as session:
        done = bulk.claim_many(house.engine.context, session, [*ids, ids[1]], house.who("reviewer_l1_east"))

    assert done.count == 5
    assert {task_id: type(why) for task_id, why in done.refused.items()} == {ids[0]: TaskTakenBy}
    with house.database.write() as session, pytest.raises(bulk.TooManyTasks):
        bulk.claim_many(house.engine.context, session, [], house.who("reviewer_l1_east"))


def test_a_supervisor_gives_tasks_of_his_units_to_who_may_do_them(house, tasks):
    with house.database.write() as session:
        for branch in ("east", "west"):
            unit = session.get_one(Unit, house.units[branch])
            house.hire(session, f"manager_{branch}", unit, ["branch_manager"])
    ids = [task.id for task in house.open_tasks()][:2]

    def assign(by, to):
        with house.database.write() as session:
            context, receiver = house.engine.context, house.ids[to]
            done = bulk.assign_many(context, session, ids, house.who(by), receiver, "分流")
            return done.count, {type(why) for why in done.refused.values()}

    assert assign("manager_west", "reviewer_l1_east") == (0, {NotAllowed})
    assert assign("reviewer_l1_east", "reviewer_l1_2") == (0, {NotAllowed})
    assert assign("manager_east", "reviewer_l1_west") == (0, {ReceiverNotEligible})
    assert assign("manager_east", "reviewer_l1_east") == (2, set())
    assert assign("manager_east", "reviewer_l1_2") == (2, set())
    assert house.inbox("reviewer_l1_2", view="mine") == ["look", "look"]
    with house.database.read() as session:
        assert len(bulk.supervised(session, house.who("manager_east"))) == 6
        assert bulk.supervised(session, house.who("manager_west")) == []
