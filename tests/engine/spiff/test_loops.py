"""Activities done again and again: standard loops, repeated activities inside repeated ones, joins in loops."""

import diagrams as d
import pytest
from playing import Player, compiled


def looping(*parts, task=d.user, **attributes):
    return d.bundle(
        d.process(
            "p",
            d.start(),
            task("a", *parts, **attributes),
            d.user("after"),
            d.end(),
            d.path("s", "a", "after", "e"),
        )
    )


def test_a_loop_goes_on_while_its_condition_holds_asked_after_each_round(play):
    case = play(looping(d.looped("again = true")))
    for count in range(3):
        assert case.users == ["a"]
        case.do("a", {"again": count < 2, "count": count})
    assert case.users == ["after"]
    assert case.seen("after")["count"] == 2


def test_asked_before_it_may_not_run_at_all(play):
    case = play(looping(d.looped("stock > 0", before=True)), {"stock": 0})
    assert case.users == ["after"]
    case = play(looping(d.looped("stock > 0", before=True)), {"stock": 2})
    for left in (1, 0):
        case.do("a", {"stock": left})
    assert case.users == ["after"]


@pytest.mark.parametrize("condition", [None, "true"])
def test_a_loop_ends_after_its_maximum(play, condition):
    case = play(looping(d.looped(condition, maximum=3)))
    for _ in range(3):
        case.do("a")
    assert case.users == ["after"]


def test_the_condition_may_count_the_rounds(play):
    case = play(looping(d.looped("loopCounter < rounds")), {"rounds": 2})
    for _ in range(2):
        case.do("a")
    assert case.users == ["after"]
    assert "loopCounter" not in case.seen("after")


def test_a_subprocess_and_a_job_may_loop_and_be_withdrawn(play):
    case = play(
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.inside(
                    "main",
                    d.start("ms"),
                    d.user("w"),
                    d.service("job", asyncBefore_="true"),
                    d.end("me"),
                    d.path("ms", "w", "job", "me"),
                    extra=(d.looped("true", maximum=9),),
                ),
                d.boundary("b", "main", d.message("CustomerWithdrew")),
                d.end("eb"),
                d.path("b", "eb"),
                d.end(),
                d.path("s", "main", "e"),
            )
        )
    )
    for _ in range(2):
        case.do("w")
        case.job("job")
    case.message("CustomerWithdrew")
    assert case.over
    assert case.clerk.times("main") == 2
    assert case.clerk.times("main", "cancelled") == 1


def test_five_thousand_automatic_rounds_in_one_command_leave_nothing_behind():
    counted = looping(
        d.looped("n < 5000"),
        "<script>n + 1</script>",
        task=lambda node_id, *parts: d.node(
            "scriptTask", node_id, *parts, scriptFormat="feel", resultVariable_="n"
        ),
    )
    player = Player(compiled(counted), {"n": 0})
    assert player.users == ["after"]
    assert player.seen("after")["n"] == 5000
    assert len(player.case.dump()) < 300


def test_five_thousand_rounds_through_gateways_in_one_command():
    drawn = d.bundle(
        d.process(
            "p",
            d.start(),
            d.gateway("exclusive", "enter"),
            d.node("scriptTask", "a", "<script>n + 1</script>", scriptFormat="feel", resultVariable_="n"),
            d.gateway("exclusive", "g", default="f_done"),
            d.end(),
            d.path("s", "enter", "a", "g"),
            d.flow("g", "enter", "n < 5000"),
            d.flow("g", "e", flow_id="f_done"),
        )
    )
    player = Player(compiled(drawn), {"n": 0})
    assert player.over
    assert player.data["n"] == 5000


def test_repeated_activities_inside_a_repeated_subprocess(play):
    """Committees, each with members: an outer instance for a committee, an inner one for a member."""
    case = play(
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.inside(
                    "committee",
                    d.start("cs"),
                    d.user("vote", d.repeated("group.members", "member", made="votes", collected="ballot")),
                    d.end("ce"),
                    d.path("cs", "vote", "ce"),
                    extra=(d.repeated("groups", "group", made="all_votes", collected="votes"),),
                ),
                d.user("after"),
                d.end(),
                d.path("s", "committee", "after", "e"),
            )
        ),
        {"groups": [{"members": ["ann", "bob"]}, {"members": ["cao"]}]},
    )
    assert case.users == ["vote"] * 3
    assert [case.seen("vote", n)["member"] for n in range(3)] == ["ann", "bob", "cao"]
    case.do("vote", {"ballot": "c"}, 2)
    case.do("vote", {"ballot": "b"}, 1)
    assert case.users == ["vote"]
    case.do("vote", {"ballot": "a"})
    assert case.seen("after")["all_votes"] == [["c"], ["b", "a"]]
    assert "votes" not in case.seen("after")


def test_the_inner_condition_counts_the_inner_instances_only(play):
    case = play(
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.inside(
                    "committee",
                    d.start("cs"),
                    d.user("vote", d.repeated(until="nrOfCompletedInstances = 1")),
                    d.end("ce"),
                    d.path("cs", "vote", "ce"),
                    extra=(d.repeated("groups", "group", sequential=True),),
                ),
                d.end(),
                d.path("s", "committee", "e"),
            )
        ),
        {"groups": [1, 2, 3], "members": ["ann", "bob"]},
    )
    for _ in range(3):
        assert case.users == ["vote", "vote"]
        case.do("vote")
    assert case.over


def test_two_tokens_pass_through_one_activity_each_on_its_own(play):
    case = play(
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.gateway("parallel", "fork"),
                d.gateway("exclusive", "merge"),
                d.user("a"),
                d.boundary("b", "a", d.message("BankResult")),
                d.end("eb"),
                d.path("b", "eb"),
                d.end(),
                d.path("s", "fork", "merge", "a", "e"),
                d.flow("fork", "merge", flow_id="f_second"),
            )
        )
    )
    assert (case.users, case.messages) == (["a", "a"], ["b", "b"])
    case.message("BankResult", {}, 0)
    assert (case.users, case.messages) == (["a"], ["b"])
    case.do("a")
    assert case.over


def inclusive_loop():
    """Two branches, one of which may be done again; then both come together."""
    return d.bundle(
        d.process(
            "p",
            d.start(),
            d.gateway("inclusive", "split", default="f_c"),
            d.user("a"),
            d.gateway("exclusive", "enter"),
            d.user("b"),
            d.gateway("exclusive", "redo", default="f_ok"),
            d.node("task", "c"),
            d.gateway("inclusive", "join"),
            d.user("z"),
            d.gateway("exclusive", "more", default="f_done"),
            d.gateway("exclusive", "first"),
            d.end(),
            d.path("s", "first", "split"),
            d.flow("split", "a", "true"),
            d.flow("split", "enter", "both"),
            d.flow("split", "c", flow_id="f_c"),
            d.path("a", "join", "z", "more"),
            d.path("enter", "b", "redo"),
            d.flow("redo", "enter", "again = true"),
            d.flow("redo", "join", flow_id="f_ok"),
            d.path("c", "join"),
            d.flow("more", "first", "round < 2"),
            d.flow("more", "e", flow_id="f_done"),
        )
    )


def test_an_inclusive_join_waits_for_a_branch_in_a_loop_and_works_anew_in_each_round(play):
    case = play(inclusive_loop(), {"both": True, "round": 0})
    for count in range(3):
        assert case.users == ["a", "b"]
        case.do("a")
        assert case.users == ["b"]
        case.do("b", {"again": True})
        assert case.users == ["b"]
        case.do("b", {"again": False})
        assert case.users == ["z"]
        case.do("z", {"round": count})
    assert case.over


def test_an_inclusive_join_takes_one_token_of_each_flow_and_the_next_set_next_time(play):
    """Two tokens come over the same flow: they are two rounds, not one."""
    case = play(
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.gateway("parallel", "fork"),
                d.gateway("exclusive", "merge"),
                d.user("a"),
                d.user("b"),
                d.gateway("inclusive", "join"),
                d.user("z"),
                d.end(),
                d.path("s", "fork", "merge", "a", "join", "z", "e"),
                d.flow("fork", "merge", flow_id="f_second"),
                d.path("fork", "b", "join"),
            )
        )
    )
    assert case.users == ["a", "a", "b"]
    case.do("b")
    case.do("a")
    assert case.users == ["a", "z"]
    case.do("a")
    assert case.users == ["z", "z"]
    case.do("z")
    case.do("z")
    assert case.over


def test_an_inclusive_join_does_not_wait_for_what_can_only_come_over_a_flow_that_has_a_token(play):
    """BPMN 2.0, 13.4.3: what would come over a flow on which a token waits already is the next set."""
    case = play(
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.gateway("parallel", "fork"),
                d.user("a"),
                d.user("slow"),
                d.gateway("exclusive", "merge"),
                d.user("b"),
                d.gateway("inclusive", "join"),
                d.user("z"),
                d.end(),
                d.path("s", "fork", "a", "merge", "join", "z", "e"),
                d.path("fork", "slow", "merge"),
                d.path("fork", "b", "join"),
            )
        )
    )
    case.do("a")
    case.do("b")
    assert case.users == ["slow", "z"]
    case.do("slow")
    assert case.users == ["z", "z"]


def test_a_loop_of_jobs_is_left_by_one_job_behind_it(play):
    case = play(
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.service("a", d.looped(maximum=2), asyncBefore_="true", asyncAfter_="true"),
                d.user("after"),
                d.end(),
                d.path("s", "a", "after", "e"),
            )
        )
    )
    for _ in range(3):
        assert (case.jobs, case.users) == (["a"], [])
        case.job("a")
    assert (case.jobs, case.users) == ([], ["after"])
