"""When it is safe to go back: what lies between, what other branches did, and what is opened again."""

import pytest
from diagrams import (
    boundary,
    bundle,
    call,
    end,
    gateway,
    inside,
    passes,
    path,
    process,
    repeated,
    returns,
    service,
    start,
    timer,
    undoes,
    user,
)
from engine_house import House, a_form
from going_back import at_the_end, desk, done, one_process, refusals, send_back

from engine.firing import fire_due
from engine.returning import (
    DoneBySeveral,
    EventBetween,
    JobHandedOut,
    NotBehind,
    OtherBranchMoved,
    StepNotRepeatable,
    WayBackLost,
)
from engine.tasks import UserTask
from engine.waits import TimerJob


@pytest.fixture
def house(sqlite_url, topics):
    built = House(sqlite_url, topics)
    yield built
    built.database.close()


def test_the_list_names_each_step_once_with_what_stands_in_the_way(house, topics):
    @topics.topic("post")
    def post(call):
        return {}

    at_the_end(house, service("posting", topic="post"))

    assert refusals(house, "decide", "reviewer_l2_east") == {
        "look": StepNotRepeatable,
        "enter": StepNotRepeatable,
    }


@pytest.mark.parametrize("repeatable", [True, False])
def test_a_case_goes_back_only_over_automatic_steps_that_may_be_done_twice(house, topics, repeatable):
    @topics.topic("note", repeatable=repeatable)
    def note(call):
        return {"times": call.data.get("times", 0) + 1}

    at_the_end(house, service("noting"))

    if not repeatable:
        with pytest.raises(StepNotRepeatable) as refused:
            send_back(house, "decide", "reviewer_l2_east", "look")
        assert "noting" in refused.value.text("zh")
        return
    send_back(house, "decide", "reviewer_l2_east", "look")
    house.complete("look", "reviewer_l1_east")
    with house.database.read() as session:
        assert house.engine.form_data(session, house.task("decide"))["times"] == 2


def test_no_case_goes_back_behind_a_job_done_or_handed_out(house, topics):
    @topics.topic("note", repeatable=True)
    def note(call):
        return {}

    @note.outside
    def send(call):
        return None

    house.deploy(
        one_process(
            desk("first"),
            gateway("parallel", "g"),
            desk("left"),
            service("order", asyncBefore_="true"),
            desk("right"),
            gateway("parallel", "j"),
            path("s", "first", "g", "left", "j", "e"),
            path("g", "order", "right", "j"),
        )
    )
    house.start("p")
    house.complete("first", "reviewer_l1_east")
    with pytest.raises(JobHandedOut):
        send_back(house, "left", "reviewer_l1_2", "first")
    house.work()

    with pytest.raises(StepNotRepeatable):
        send_back(house, "left", "reviewer_l1_2", "first")


def test_a_step_that_is_a_job_before_it_is_a_task_is_not_returned_to(house):
    house.deploy(
        one_process(
            desk("first", asyncBefore_="true"),
            desk("last", "reviewer_l2"),
            path("s", "first", "last", "e"),
        )
    )
    house.start("p")
    house.work()
    house.complete("first", "reviewer_l1_east")

    assert refusals(house, "last", "reviewer_l2_east") == {"first": StepNotRepeatable}


def test_no_case_goes_back_behind_a_timer_that_has_fired(house):
    late = boundary("late", "decide", timer("PT1H"), interrupting=False)
    files = one_process(
        desk("look"),
        desk("decide", "reviewer_l2"),
        late,
        desk("chase"),
        path("s", "look", "decide", "e"),
        path("late", "chase", "e2"),
        end("e2"),
    )
    house.deploy(files)
    house.start("p")
    house.complete("look", "reviewer_l1_east")
    assert refusals(house, "decide", "reviewer_l2_east") == {"look": None}
    house.later(hours=2)
    fire_due(house.engine, 10)

    with pytest.raises(EventBetween):
        send_back(house, "decide", "reviewer_l2_east", "look")


def test_a_timer_of_a_step_taken_away_goes_and_that_of_the_step_returned_to_begins_anew(house):
    late = boundary("late", "look", timer("PT9H"), interrupting=False)
    house.deploy(
        one_process(
            desk("look"),
            late,
            desk("decide", "reviewer_l2"),
            desk("chase"),
            end("e2"),
            path("s", "look", "decide", "e"),
            path("late", "chase", "e2"),
        )
    )
    house.start("p")
    house.later(hours=3)
    house.complete("look", "reviewer_l1_east")
    assert house.rows(TimerJob) == []

    send_back(house, "decide", "reviewer_l2_east", "look")

    (row,) = house.rows(TimerJob)
    assert (row.due_at - house.clock.now()).total_seconds() == 9 * 3600


PARALLEL = one_process(
    desk("first"),
    gateway("parallel", "g"),
    desk("left"),
    desk("right", "front_desk"),
    desk("right_two", "front_desk"),
    gateway("parallel", "j"),
    desk("last", "reviewer_l2"),
    path("s", "first", "g", "left", "j", "last", "e"),
    path("g", "right", "right_two", "j"),
)


def in_parallel(house):
    house.deploy(PARALLEL)
    house.start("p")
    house.complete("first", "reviewer_l1_east")


def test_going_back_before_a_split_takes_all_its_branches_away(house):
    in_parallel(house)
    house.complete("right", "front_desk_east")

    send_back(house, "left", "reviewer_l1_2", "first")

    assert [task.element_id for task in house.open_tasks()] == ["first"]
    house.complete("first", "reviewer_l1_east")
    assert {task.element_id for task in house.open_tasks()} == {"left", "right"}


def test_a_branch_returns_within_itself_and_leaves_the_other_alone(house):
    in_parallel(house)
    house.complete("right", "front_desk_east")
    left = house.task("left")

    send_back(house, "right_two", "front_desk_east", "right")

    assert {task.element_id for task in house.open_tasks()} == {"left", "right"}
    assert house.task("left").id == left.id
    with pytest.raises(NotBehind):
        send_back(house, "left", "reviewer_l1_2", "right")


def test_no_case_goes_back_into_one_branch_once_they_have_joined_or_the_other_has_moved(house):
    in_parallel(house)
    house.complete("right", "front_desk_east")
    house.complete("left", "reviewer_l1_east")
    house.complete("right_two", "front_desk_east")

    found = refusals(house, "last", "reviewer_l2_east")

    assert found == {
        "right_two": OtherBranchMoved,
        "left": OtherBranchMoved,
        "right": OtherBranchMoved,
        "first": None,
    }


CALLED = {
    "p.bpmn": bundle(
        process(
            "p",
            start(),
            call("visit", "inner", passes(name="name"), returns(found="found")),
            desk("decide", "reviewer_l2"),
            end(),
            path("s", "visit", "decide", "e"),
        )
    ),
    "inner.bpmn": bundle(
        process(
            "inner",
            start(),
            inside(
                "sub",
                start("s2"),
                desk("ask", "front_desk", formRef_="ask"),
                end("e2"),
                path("s2", "ask", "e2"),
            ),
            desk("report", "reviewer_l1"),
            end(),
            path("s", "sub", "report", "e"),
        )
    ),
    "ask.form": a_form("ask", "found"),
}


def test_a_called_process_that_has_ended_is_opened_again_with_what_it_knew(house):
    house.deploy(CALLED)
    instance_id = house.start("p", data={"name": "张三"})
    house.complete("ask", "front_desk_east", found="两处房产")
    house.complete("report", "reviewer_l1_east")

    send_back(house, "decide", "reviewer_l2_east", "ask")

    with house.database.read() as session:
        seen = house.engine.form_data(session, house.task("ask"))
    assert (seen["name"], seen["found"]) == ("张三", "两处房产")
    house.complete("ask", "front_desk_east", found="一处房产")
    house.complete("report", "reviewer_l1_east")
    with house.database.read() as session:
        assert house.engine.form_data(session, house.task("decide"))["found"] == "一处房产"
    house.complete("decide", "reviewer_l2_east")
    assert house.status(instance_id) == "completed"


def test_a_return_within_a_called_process_leaves_it_running(house):
    house.deploy(CALLED)
    house.start("p", data={"name": "张三"})
    house.complete("ask", "front_desk_east", found="两处房产")

    send_back(house, "report", "reviewer_l1_east", "ask")

    assert [task.element_id for task in house.open_tasks()] == ["ask"]
    house.complete("ask", "front_desk_east")
    assert [task.element_id for task in house.open_tasks()] == ["report"]


def test_a_round_of_several_people_is_not_entered_again_nor_sent_back_by_one_of_them(house):
    house.deploy(
        one_process(
            desk("first"),
            user("vote", repeated("voters"), candidateGroups_="risk_committee"),
            desk("last", "reviewer_l2"),
            path("s", "first", "vote", "last", "e"),
        )
    )
    house.start("p", data={"voters": [1, 2]})
    house.complete("first", "reviewer_l1_east")
    ballots = house.open_tasks("vote")
    actor = house.who("risk_committee_east")
    with pytest.raises(DoneBySeveral):
        house.do("send_back", ballots[0].id, actor, done(house, "first").id, "重来")
    for ballot, voter in zip(ballots, ("risk_committee_2", "risk_committee_3"), strict=True):
        house.complete_task(ballot.id, voter)

    assert refusals(house, "last", "reviewer_l2_east") == {"vote": DoneBySeveral, "first": None}


def test_a_step_with_a_compensation_in_between_is_not_gone_back_over(house, topics):
    @topics.topic("note", repeatable=True)
    def note(call):
        return {}

    house.deploy(
        one_process(
            desk("first"),
            desk("booked"),
            undoes("unbook", "booked"),
            service("unbook", isForCompensation="true"),
            desk("last", "reviewer_l2"),
            path("s", "first", "booked", "last", "e"),
        )
    )
    house.start("p")
    house.complete("first", "reviewer_l1_east")
    house.complete("booked", "reviewer_l1_east")

    found = refusals(house, "last", "reviewer_l2_east")

    assert {each.code for each in found.values()} == {"step_to_undo"}


def test_a_step_done_before_its_state_was_kept_is_refused(house):
    at_the_end(house)
    with house.database.write() as session:
        session.get_one(UserTask, done(house, "enter").id).state_before = None

    assert refusals(house, "decide", "reviewer_l2_east") == {"look": None, "enter": WayBackLost}
