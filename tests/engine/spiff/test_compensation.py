"""Compensation and transactions: what was done is undone, last first, and only then the case goes on."""

import diagrams as d
import pytest
from playing import Player, compiled

from engine.spiff import BpmnError


def undone(case):
    """What was undone, in order."""
    return [name for what, name, _ in case.clerk.history if what == "left" and name.startswith("un_")]


def done(*names):
    """Steps, each a person's, each undone by a service."""
    return "".join(
        d.user(name) + d.service(f"un_{name}", isForCompensation="true") + d.undoes(f"un_{name}", name)
        for name in names
    )


def booking(throw=None):
    return d.bundle(
        d.process(
            "p",
            d.start(),
            done("flight", "hotel", "car"),
            throw or d.throw("undo", d.undo()),
            d.user("after"),
            d.end(),
            d.path("s", "flight", "hotel", "car", "undo", "after", "e"),
        )
    )


def test_everything_is_undone_in_reverse_order(play):
    case = play(booking())
    for step in ("flight", "hotel", "car"):
        case.do(step)
    assert case.users == ["after"]
    assert undone(case) == ["un_car", "un_hotel", "un_flight"]
    case.do("after")
    assert case.over


def test_one_activity_alone_is_undone(play):
    case = play(booking(throw=d.throw("undo", d.undo("hotel"))))
    for step in ("flight", "hotel", "car"):
        case.do(step)
    assert undone(case) == ["un_hotel"]
    assert case.users == ["after"]


def conditional_booking():
    """The car is never reached when the hotel is full."""
    return d.bundle(
        d.process(
            "p",
            d.start(),
            done("flight", "hotel", "car"),
            d.gateway("exclusive", "full", default="f_ok"),
            d.end("undo", d.undo()),
            d.end(),
            d.path("s", "flight", "hotel", "full"),
            d.flow("full", "undo", "full = true"),
            d.flow("full", "car", flow_id="f_ok"),
            d.path("car", "e"),
        )
    )


def test_what_was_not_done_is_not_undone_and_the_end_waits_for_the_rest(play):
    case = play(conditional_booking())
    case.do("flight")
    case.do("hotel", {"full": True})
    assert case.over
    assert undone(case) == ["un_hotel", "un_flight"]
    assert case.ended_at == ("undo",)


def test_nothing_to_undo_is_undone_at_once(play):
    case = play(
        d.bundle(d.process("p", d.start(), d.throw("undo", d.undo()), d.end(), d.path("s", "undo", "e")))
    )
    assert case.over


def by_people(*steps):
    return "".join(
        d.user(name) + d.user(f"un_{name}", isForCompensation="true") + d.undoes(f"un_{name}", name)
        for name in steps
    )


def test_people_undo_one_after_the_other_and_the_case_waits_for_them(play):
    case = play(
        d.bundle(
            d.process(
                "p",
                d.start(),
                by_people("a", "b"),
                d.throw("undo", d.undo()),
                d.user("after"),
                d.end(),
                d.path("s", "a", "b", "undo", "after", "e"),
            )
        )
    )
    case.do("a")
    case.do("b", {"amount": 5})
    assert case.users == ["un_b"]
    assert case.seen("un_b")["amount"] == 5
    case.do("un_b", {"returned": 5})
    assert case.users == ["un_a"]
    assert case.seen("un_a")["returned"] == 5
    case.do("un_a")
    assert case.users == ["after"]
    case.do("after")
    assert case.over


def test_what_is_undone_once_is_not_undone_again(play):
    case = play(
        d.bundle(
            d.process(
                "p",
                d.start(),
                by_people("a"),
                d.throw("first", d.undo()),
                d.throw("second", d.undo()),
                d.end(),
                d.path("s", "a", "first", "second", "e"),
            )
        )
    )
    case.do("a")
    case.do("un_a")
    assert case.over
    assert case.clerk.times("un_a") == 1


def test_in_a_loop_each_round_is_undone(play):
    case = play(
        d.bundle(
            d.process(
                "p",
                d.start(),
                by_people("a"),
                d.gateway("exclusive", "g", default="f_done"),
                d.throw("undo", d.undo()),
                d.end(),
                d.path("s", "a", "g"),
                d.flow("g", "a", "again = true"),
                d.flow("g", "undo", flow_id="f_done"),
                d.path("undo", "e"),
            )
        )
    )
    for count in range(3):
        case.do("a", {"again": count < 2})
    for _ in range(3):
        assert case.users == ["un_a"]
        case.do("un_a")
    assert case.over


def nested(*outside, throw=None):
    return d.bundle(
        d.process(
            "p",
            d.start(),
            d.inside(
                "trip",
                d.start("ts"),
                by_people("a", "b"),
                d.end("te"),
                d.path("ts", "a", "b", "te"),
            ),
            by_people("c"),
            throw or d.throw("undo", d.undo()),
            d.user("after"),
            d.end(),
            d.path("s", "trip", "c", "undo", "after", "e"),
            *outside,
        )
    )


@pytest.mark.parametrize(
    ("throw", "order"),
    [(None, ["un_c", "un_b", "un_a"]), (d.throw("undo", d.undo("trip")), ["un_b", "un_a"])],
)
def test_what_was_done_inside_a_subprocess_is_undone_inside_it(play, throw, order):
    case = play(nested(throw=throw))
    for step in ("a", "b", "c"):
        case.do(step)
    for step in order:
        assert case.users == [step]
        case.do(step)
    assert case.users == ["after"]


def test_a_subprocess_with_a_handler_of_its_own_is_undone_by_that_alone(play):
    case = play(nested(d.user("un_trip", isForCompensation="true"), d.undoes("un_trip", "trip")))
    for step in ("a", "b", "c"):
        case.do(step)
    for step in ("un_c", "un_trip"):
        assert case.users == [step]
        case.do(step)
    assert case.users == ["after"]


def test_two_levels_down(play):
    case = play(
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.inside(
                    "outer",
                    d.start("os"),
                    d.inside("inner", d.start("is"), by_people("a"), d.end("ie"), d.path("is", "a", "ie")),
                    by_people("b"),
                    d.end("oe"),
                    d.path("os", "inner", "b", "oe"),
                ),
                d.end("undo", d.undo()),
                d.path("s", "outer", "undo"),
            )
        )
    )
    case.do("a")
    case.do("b")
    for step in ("un_b", "un_a"):
        assert case.users == [step]
        case.do(step)
    assert case.over
    entered = [token for what, _, token in case.clerk.history if what == "entered"]
    gone = [token for what, _, token in case.clerk.history if what in ("left", "cancelled")]
    assert sorted(entered) == sorted(gone)


def test_a_thrower_inside_a_subprocess_undoes_that_subprocess_only(play):
    case = play(
        d.bundle(
            d.process(
                "p",
                d.start(),
                by_people("before"),
                d.inside(
                    "trip",
                    d.start("ts"),
                    by_people("a"),
                    d.throw("undo", d.undo()),
                    d.end("te"),
                    d.path("ts", "a", "undo", "te"),
                ),
                d.end(),
                d.path("s", "before", "trip", "e"),
            )
        )
    )
    case.do("before")
    case.do("a")
    case.do("un_a")
    assert case.over


def test_from_an_event_subprocess_the_steps_around_it_are_undone(play):
    case = play(
        d.bundle(
            d.process(
                "p",
                d.start(),
                by_people("a"),
                d.user("b"),
                d.end(),
                d.path("s", "a", "b", "e"),
                d.on_event(
                    "on",
                    d.message("CustomerWithdrew"),
                    "undo",
                    "note",
                    parts=(d.throw("undo", d.undo()), d.user("note")),
                ),
            )
        )
    )
    case.do("a")
    case.message("CustomerWithdrew")
    assert case.users == ["un_a"]
    case.do("un_a")
    assert case.users == ["note"]
    case.do("note")
    assert case.over


@pytest.mark.parametrize("sequential", [True, False])
def test_each_instance_is_undone_with_its_own_item(play, sequential):
    case = play(
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.user("a", d.repeated(sequential=sequential)),
                d.user("un_a", isForCompensation="true"),
                d.undoes("un_a", "a"),
                d.throw("undo", d.undo()),
                d.end(),
                d.path("s", "a", "undo", "e"),
            )
        ),
        {"members": ["ann", "bob", "cao"]},
    )
    for _ in range(3):
        case.do("a")
    for member in ("cao", "bob", "ann"):
        assert case.seen("un_a")["member"] == member
        case.do("un_a")
    assert case.over


def test_inside_a_repeated_subprocess_each_instance_is_undone_with_its_own_item(play):
    case = play(
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.inside(
                    "trip",
                    d.start("ts"),
                    by_people("a", "b"),
                    d.end("te"),
                    d.path("ts", "a", "b", "te"),
                    extra=(d.repeated(sequential=True),),
                ),
                d.end("undo", d.undo()),
                d.path("s", "trip", "undo"),
            )
        ),
        {"members": ["ann", "bob"]},
    )
    for _ in range(2):
        case.do("a")
        case.do("b")
    for step, member in (("un_b", "bob"), ("un_a", "bob"), ("un_b", "ann"), ("un_a", "ann")):
        assert case.users == [step]
        assert case.seen(step)["member"] == member
        case.do(step)
    assert case.over


def test_an_error_while_undoing_is_caught_around_the_thrower(play):
    def broken(token):
        raise BpmnError("E1")

    case = play(
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.inside(
                    "main",
                    d.start("ms"),
                    d.user("a"),
                    d.service("un_a", topic="broken", isForCompensation="true"),
                    d.undoes("un_a", "a"),
                    d.throw("undo", d.undo()),
                    d.end("me"),
                    d.path("ms", "a", "undo", "me"),
                ),
                d.boundary("b", "main", d.error("E1")),
                d.user("manual"),
                d.end("em"),
                d.path("b", "manual", "em"),
                d.end(),
                d.path("s", "main", "e"),
            )
        ),
        topics={"broken": broken},
    )
    case.do("a")
    assert case.users == ["manual"]
    case.do("manual")
    assert case.over


def test_a_withdrawal_while_undoing_ends_the_undoing(play):
    case = play(
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.inside(
                    "main",
                    d.start("ms"),
                    by_people("a"),
                    d.throw("undo", d.undo()),
                    d.end("me"),
                    d.path("ms", "a", "undo", "me"),
                ),
                d.boundary("b", "main", d.message("CustomerWithdrew")),
                d.end("eb"),
                d.path("b", "eb"),
                d.end(),
                d.path("s", "main", "e"),
            )
        )
    )
    case.do("a")
    assert case.users == ["un_a"]
    case.message("CustomerWithdrew")
    assert case.over


def transaction():
    return d.bundle(
        d.process(
            "p",
            d.start(),
            d.node(
                "transaction",
                "pay",
                d.start("ps"),
                d.gateway("parallel", "fork"),
                by_people("a", "b"),
                d.user("other"),
                d.user("check"),
                d.gateway("exclusive", "g", default="f_ok"),
                d.end("cancel", "<cancelEventDefinition/>"),
                d.end("pe"),
                d.end("oe"),
                d.path("ps", "fork", "a", "b", "check", "g"),
                d.path("fork", "other", "oe"),
                d.flow("g", "cancel", "ok = false"),
                d.flow("g", "pe", flow_id="f_ok"),
            ),
            d.boundary("cancelled", "pay", "<cancelEventDefinition/>"),
            d.user("sorry"),
            d.end("es"),
            d.path("cancelled", "sorry", "es"),
            d.user("after"),
            d.end(),
            d.path("s", "pay", "after", "e"),
        )
    )


def test_a_cancelled_transaction_undoes_all_it_did_and_is_left_by_its_cancel_boundary(play):
    case = play(transaction())
    for step in ("a", "b"):
        case.do(step)
    case.do("check", {"ok": False})
    assert case.users == ["un_b"], "what was still open is taken away"
    assert case.clerk.times("other", "cancelled") == 1
    case.do("un_b")
    assert case.users == ["un_a"]
    case.do("un_a")
    assert case.users == ["sorry"]
    assert case.clerk.times("pay", "cancelled") == 1
    case.do("sorry")
    assert case.over


def test_a_transaction_with_nothing_to_undo_is_cancelled_at_once(play):
    case = play(
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.node(
                    "transaction",
                    "pay",
                    d.start("ps"),
                    d.user("check"),
                    d.end("cancel", "<cancelEventDefinition/>"),
                    d.path("ps", "check", "cancel"),
                ),
                d.boundary("cancelled", "pay", "<cancelEventDefinition/>"),
                d.end("es"),
                d.path("cancelled", "es"),
                d.end(),
                d.path("s", "pay", "e"),
            )
        )
    )
    case.do("check")
    assert case.over
    assert case.ended_at == ("cancel", "es")


def test_a_transaction_that_goes_well_goes_on(play):
    case = play(transaction())
    for step in ("a", "b", "other"):
        case.do(step)
    case.do("check", {"ok": True})
    assert case.users == ["after"]
    case.do("after")
    assert case.over


def test_records_of_what_can_be_undone_are_small_and_leave_with_their_subprocess():
    player = Player(compiled(nested(throw=d.node("task", "undo"))))
    empty = len(player.case.dump())
    for step in ("a", "b"):
        player.do(step)
    assert len(player.case.dump()) < empty + 200
    player.do("c")
    player.do("after")
    assert player.over
