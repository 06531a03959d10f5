"""The inbox: the right tasks, by deadline, a page at a time, with their figures."""

from decimal import Decimal

import pytest
from diagrams import bundle, end, path, process, start, user

from engine import inbox
from engine.inbox import Filter, Page
from engine.tasks import CaseFacts


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
        found = inbox.counts(session, actor, now=house.clock.now())

    assert (found.all, found.mine, found.group, found.due_soon, found.overdue) == (6, 1, 5, 1, 1)
    assert len([statement for statement in seen if statement.startswith("SELECT")]) == 1
    with house.database.read() as session:
        others = inbox.counts(session, house.who("reviewer_l1_2"), now=house.clock.now())
    assert (others.all, others.mine) == (5, 0)


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
