"""Multi-instance tasks: a committee votes, together or one after the other."""

import diagrams as d
import pytest

FIVE = ["ann", "bob", "cao", "deng", "eve"]


def voting(loop, *more, after="decide"):
    return d.bundle(
        d.process(
            "p",
            d.start(),
            d.user("vote", loop),
            *more,
            d.user("decide"),
            d.end(),
            d.path("s", "vote", after),
            d.path("decide", "e"),
        )
    )


COLLECTED = voting(d.repeated(made="votes", collected="ballot"))


def test_each_member_gets_a_task_and_answers_come_together(play):
    case = play(voting(d.repeated()), {"members": FIVE})
    assert case.users == ["vote"] * 5
    assert [case.seen("vote", n)["member"] for n in range(5)] == FIVE
    for name in ("deng", "ann", "eve", "bob", "cao"):
        left = [case.seen("vote", n)["member"] for n in range(len(case.users))]
        case.do("vote", {f"ballot_{name}": True}, left.index(name))
    seen = case.seen("decide")
    assert all(seen[f"ballot_{name}"] for name in FIVE)
    assert "member" not in seen


def test_ballots_are_collected_in_the_order_of_voting(play):
    case = play(COLLECTED, {"members": FIVE[:3]})
    case.do("vote", {"ballot": "third"}, 2)
    case.do("vote", {"ballot": "first"}, 0)
    case.do("vote", {"ballot": "second"}, 0)
    seen = case.seen("decide")
    assert seen["votes"] == ["third", "first", "second"]
    assert not {"member", "ballot", "loopCounter"} & set(seen)


def test_a_member_does_not_see_the_ballots_before_they_are_in(play):
    case = play(COLLECTED, {"members": FIVE[:2]})
    case.do("vote", {"ballot": True, "comment": "fine"}, 0)
    assert "comment" not in case.seen("vote")


TWO_THIRDS = voting(
    d.repeated(
        made="votes",
        collected="ballot",
        until="count(votes[item = true]) * 3 >= nrOfInstances * 2 or count(votes[item = false]) * 3 > nrOfInstances",
    )
)


@pytest.mark.parametrize(
    "ballots",
    ["yynyy", "yyyy", "nn", "nyn", "ynyyn"],
    ids=["5 of 5", "4 yes", "2 no", "3rd decides", "mixed"],
)
def test_the_vote_ends_as_soon_as_it_is_decided(play, ballots):
    case = play(TWO_THIRDS, {"members": FIVE})
    for count, ballot in enumerate(ballots):
        assert case.users == ["vote"] * (5 - count)
        case.do("vote", {"ballot": ballot == "y"})
    assert case.users == ["decide"]
    assert case.seen("decide")["votes"] == [ballot == "y" for ballot in ballots]
    assert case.clerk.times("vote", "cancelled") == 5 - len(ballots)


def test_the_condition_sees_the_answers_just_given_and_the_counts(play):
    chair = voting(
        d.repeated(made="votes", collected="ballot", until="final = true or nrOfActiveInstances < 2")
    )
    case = play(chair, {"members": FIVE})
    case.do("vote", {"ballot": 1, "final": False}, 4)
    assert case.users == ["vote"] * 4
    case.do("vote", {"ballot": 2, "final": True}, 2)
    assert case.users == ["decide"]

    case = play(chair, {"members": FIVE[:3]})
    for _ in range(2):
        case.do("vote", {"ballot": 1, "final": False})
    assert case.users == ["decide"]


def test_one_after_the_other(play):
    case = play(
        voting(d.repeated(sequential=True, made="votes", collected="ballot", until="stop = true")),
        {"members": FIVE},
    )
    for count in range(3):
        assert case.users == ["vote"]
        assert case.seen("vote")["member"] == FIVE[count]
        case.do("vote", {"ballot": count, "stop": count == 2})
    assert case.seen("decide")["votes"] == [0, 1, 2]


@pytest.mark.parametrize("sequential", [False, True])
def test_an_empty_committee_is_done_at_once(play, sequential):
    case = play(voting(d.repeated(sequential=sequential, made="votes", collected="ballot")), {"members": []})
    assert case.seen("decide")["votes"] == []


def test_members_as_a_context_give_a_context(play):
    case = play(COLLECTED, {"members": {"ann": 1, "bob": 2}})
    case.do("vote", {"ballot": "b"}, 1)
    case.do("vote", {"ballot": "a"}, 0)
    assert case.seen("decide")["votes"] == {"ann": "a", "bob": "b"}


def test_a_second_round_starts_with_an_empty_list(play):
    case = play(
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.user("vote", d.repeated(made="votes", collected="ballot")),
                d.user("decide"),
                d.gateway("exclusive", "again", default="f_no"),
                d.end(),
                d.path("s", "vote", "decide", "again"),
                d.flow("again", "vote", "again = true"),
                d.flow("again", "e", flow_id="f_no"),
            )
        ),
        {"members": FIVE[:2]},
    )
    for round_no in (0, 1):
        for n in (0, 1):
            case.do("vote", {"ballot": [round_no, n]})
        case.do("decide", {"again": round_no == 0})
    assert case.over
    assert case.data["votes"] == [[1, 0], [1, 1]]


def test_without_a_quorum_in_time_the_meeting_is_called_again(play):
    case = play(
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.user("vote", d.repeated(made="votes", collected="ballot")),
                d.boundary("quorum", "vote", d.timer("P2D")),
                d.service("reschedule"),
                d.user("decide"),
                d.end(),
                d.path("s", "vote", "decide", "e"),
                d.path("quorum", "reschedule", "vote"),
            )
        ),
        {"members": FIVE[:3]},
    )
    case.do("vote", {"ballot": 1})
    case.later(days=3)
    assert (case.users, case.clerk.times("reschedule")) == (["vote"] * 3, 1)
    for n in (2, 1, 0):
        case.do("vote", {"ballot": n}, n)
    assert case.seen("decide")["votes"] == [2, 1, 0]
    assert case.timers == []


def test_a_withdrawal_sends_the_committee_home(play):
    case = play(
        voting(
            d.repeated(made="votes", collected="ballot"),
            d.boundary("withdrawn", "vote", d.message("CustomerWithdrew")),
            d.user("file"),
            d.end("ew"),
            d.path("withdrawn", "file", "ew"),
        ),
        {"members": FIVE},
    )
    case.do("vote", {"ballot": 1}, 2)
    case.message("CustomerWithdrew")
    assert case.users == ["file"]
    assert case.clerk.times("vote", "cancelled") == 4
    case.do("file")
    assert case.over


def test_a_called_process_for_each_member(play):
    case = play(
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.call(
                    "each",
                    "ballot",
                    d.passes(member="member"),
                    d.returns(ballot="cast"),
                    parts=(d.repeated(made="votes", collected="ballot"),),
                ),
                d.boundary("withdrawn", "each", d.message("CustomerWithdrew")),
                d.end("ew"),
                d.path("withdrawn", "ew"),
                d.user("decide"),
                d.end(),
                d.path("s", "each", "decide", "e"),
            ),
            d.process(
                "ballot",
                d.start("bs"),
                d.user("cast"),
                d.boundary("t", "cast", d.timer("P1D"), interrupting=False),
                d.end("te"),
                d.end("be"),
                d.path("t", "te"),
                d.path("bs", "cast", "be"),
            ),
        ),
        {"members": FIVE[:3]},
    )
    assert [case.seen("cast", n) for n in range(3)] == [{"member": name} for name in FIVE[:3]]
    assert case.timers == ["t"] * 3
    for n in range(3):
        case.do("cast", {"cast": n})
    assert case.seen("decide")["votes"] == [0, 1, 2]


def test_jobs_of_a_repeated_service_are_one_an_instance(play):
    case = play(
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.service("tell", d.repeated(), asyncBefore_="true"),
                d.user("after"),
                d.end(),
                d.path("s", "tell", "after", "e"),
            )
        ),
        {"members": FIVE[:3]},
    )
    for left in (3, 2, 1):
        assert case.jobs == ["tell"] * left
        case.job("tell")
    assert case.users == ["after"]
