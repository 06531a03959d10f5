"""Called processes, mappings and parameters, messages, jobs."""

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import diagrams as d
import pytest
from playing import Clerk, Player, compiled

from engine.spiff import BpmnError, Case
from engine.spiff.errors import ExpressionFailed, TimerNotDue

THREE_LEVELS = d.bundle(
    d.process(
        "p",
        d.start(),
        d.user("u0"),
        d.call(
            "c1", "q1", d.passes(case_id="application_id", limit="=amount * 2"), d.returns(found="result")
        ),
        d.user("u9"),
        d.end(),
        d.path("s", "u0", "c1", "u9", "e"),
    ),
    d.process(
        "q1",
        d.start("s1"),
        d.user("u1"),
        d.call("c2", "q2", d.passes(customer="case_id"), d.returns(result="score")),
        d.end("e1"),
        d.path("s1", "u1", "c2", "e1"),
    ),
    d.process(
        "q2",
        d.start("s2"),
        d.user("u2"),
        d.catch("answer", d.message("BankResult")),
        d.user("u3"),
        d.end("e2"),
        d.path("s2", "u2", "answer", "u3", "e2"),
    ),
)


def test_a_called_process_sees_what_is_passed_and_returns_what_is_named(play):
    case = play(THREE_LEVELS, {"application_id": 7, "amount": 10, "secret": 1})
    case.do("u0")
    assert case.seen("u1") == {"case_id": 7, "limit": 20}
    case.do("u1")
    assert case.seen("u2") == {"customer": 7}
    case.do("u2", {"score": 600})
    case.message("BankResult", {"bank": "ok"})
    assert case.seen("u3") == {"customer": 7, "score": 600, "bank": "ok"}
    case.do("u3", {"score": 650})
    assert case.seen("u9") == {"application_id": 7, "amount": 10, "secret": 1, "found": 650}
    case.do("u9")
    assert case.over
    assert case.clerk.times("c1") == 1


def test_elements_of_called_processes_are_found_by_process_and_element():
    definition = compiled(THREE_LEVELS)
    assert definition.elements["q2/u2"].candidate_groups == ("clerk",)
    assert "p/u2" not in definition.elements


def test_parameters_are_literal_feel_or_a_variable_and_outputs_are_all_that_is_kept(play):
    shown = []

    def price(token):
        shown.append({name: token.data[name] for name in ("kind", "total", "who")})
        return {"fee": Decimal("1.50"), "internal": True}

    case = play(
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.service(
                    "price",
                    topic="price",
                    extensions=d.parameters(
                        {"kind": "car loan", "total": "=amount + 1", "who": "${clerk}"},
                        {"charged": "=fee * 2"},
                    ),
                ),
                d.user("after"),
                d.end(),
                d.path("s", "price", "after", "e"),
            )
        ),
        {"amount": 10, "clerk": "ann"},
        topics=lambda: {"price": price},
    )
    assert shown[0] == {"kind": "car loan", "total": 11, "who": "ann"}
    assert case.data == {"amount": 10, "clerk": "ann", "charged": Decimal("3.00")}


def test_a_parameter_that_reads_a_missing_variable_names_it(play):
    with pytest.raises(ExpressionFailed, match="nobody_wrote_this"):
        play(
            d.bundle(
                d.process(
                    "p",
                    d.start(),
                    d.service("x", extensions=d.parameters({"a": "=nobody_wrote_this"})),
                    d.end(),
                    d.path("s", "x", "e"),
                )
            )
        )


def test_a_rule_task_answers_into_process_data(play):
    case = play(
        d.bundle(
            d.process(
                "p", d.start(), d.rule("grade"), d.user("after"), d.end(), d.path("s", "grade", "after", "e")
            )
        ),
        {"score": 700},
        decisions={"grade": lambda token: {"grade": "A" if token.data["score"] > 600 else "B"}},
    )
    assert case.seen("after")["grade"] == "A"


MESSAGES = d.bundle(
    d.process(
        "p",
        d.start(),
        d.gateway("parallel", "fork"),
        d.call("left", "q", d.returns(left="k")),
        d.call("right", "q", d.returns(right="k")),
        d.gateway("parallel", "join"),
        d.user("z"),
        d.end(),
        d.path("s", "fork", "left", "join", "z", "e"),
        d.path("fork", "right", "join"),
    ),
    d.process("q", d.start("qs"), d.receive("wait", "BankResult"), d.end("qe"), d.path("qs", "wait", "qe")),
)


def test_a_message_goes_to_exactly_the_token_it_was_sent_to(play):
    case = play(MESSAGES)
    assert case.messages == ["wait", "wait"]
    case.message("BankResult", {"k": "second"}, 1)
    assert case.messages == ["wait"]
    case.message("BankResult", {"k": "first"}, 0)
    assert case.seen("z") == {"left": "first", "right": "second"}


def test_a_message_may_be_for_a_key_of_the_case(play):
    keyed = (
        d.HEAD
        + '<message id="m_Paid" name="Paid"><extensionElements>'
        + d.properties(correlationKey="=payment_no")
        + "</extensionElements></message>"
        + d.process("p", d.start(), d.catch("paid", d.message("Paid")), d.end(), d.path("s", "paid", "e"))
        + "<bpmndi:BPMNDiagram/></definitions>"
    )
    case = play(keyed.encode(), {"payment_no": "P1"})
    waits = getattr(case, "players", [case])[0].case.waiting()
    assert [(each.message_name, each.correlation_key) for each in waits] == [("Paid", "P1")]


def test_a_job_waits_until_granted_and_can_be_granted_again_after_a_crash():
    attempts = []

    def bureau(token):
        attempts.append(token.id)
        if len(attempts) == 1:
            raise ConnectionError("bureau is down")
        return {"bureau_id": 77}

    definition = compiled(
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.service("bureau", topic="bureau", asyncBefore_="true"),
                d.user("after"),
                d.end(),
                d.path("s", "bureau", "after", "e"),
            )
        )
    )
    player = Player(definition, clerk=Clerk({"bureau": bureau}))
    assert (player.jobs, player.users, attempts) == (["bureau"], [], [])
    saved = player.case.dump()
    with pytest.raises(ConnectionError):
        player.job("bureau")

    player.case = Case.load(definition, saved, player.clerk)
    assert player.jobs == ["bureau"]
    player.job("bureau")

    assert player.seen("after") == {"bureau_id": 77}
    assert len(set(attempts)) == 1, "the same token at each attempt"


def test_an_error_of_a_job_finds_its_boundary(play):
    def declined(token):
        raise BpmnError("E1", "declined", {"reason": "no money"})

    case = play(
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.service("bureau", topic="bureau", asyncBefore_="true"),
                d.boundary("b", "bureau", d.error("E1")),
                d.user("manual"),
                d.end("em"),
                d.end(),
                d.path("s", "bureau", "e"),
                d.path("b", "manual", "em"),
            )
        ),
        topics={"bureau": declined},
    )
    case.job("bureau")
    assert case.seen("manual") == {"reason": "no money"}


def test_a_withdrawal_takes_a_pending_job_away(play):
    case = play(
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.inside(
                    "main",
                    d.start("ms"),
                    d.service("bureau", asyncBefore_="true"),
                    d.end("me"),
                    d.path("ms", "bureau", "me"),
                ),
                d.boundary("withdrawn", "main", d.message("CustomerWithdrew")),
                d.end("ew"),
                d.end(),
                d.path("s", "main", "e"),
                d.path("withdrawn", "ew"),
            )
        )
    )
    assert case.jobs == ["bureau"]
    case.message("CustomerWithdrew")
    assert (case.jobs, case.over) == ([], True)


def test_the_key_may_stand_on_the_event_itself(play):
    case = play(
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.node(
                    "receiveTask",
                    "paid",
                    messageRef="m_BankResult",
                    extensions=d.properties(correlationKey="payment_no"),
                ),
                d.end(),
                d.path("s", "paid", "e"),
            )
        ),
        {"payment_no": "P2"},
    )
    waits = getattr(case, "players", [case])[0].case.waiting()
    assert waits[0].correlation_key == "P2"


def test_cancelling_a_case_takes_everything_away(play):
    case = play(THREE_LEVELS, {"application_id": 7, "amount": 10})
    case.do("u0")
    for player in getattr(case, "players", [case]):
        player.case.cancel()
        again = type(player.case).load(player.compiled, player.case.dump(), player.clerk)
        assert (again.status, again.waiting()) == ("cancelled", ())
        assert player.clerk.times("u1", "cancelled") == player.clerk.times("c1", "cancelled") == 1


def test_a_timer_is_not_fired_before_its_time(play):
    case = play(
        d.bundle(d.process("p", d.start(), d.catch("t", d.timer("PT1H")), d.end(), d.path("s", "t", "e")))
    )
    for player in getattr(case, "players", [case]):
        with pytest.raises(TimerNotDue):
            player.case.fire_timer(player.case.waiting()[0].token.id)


def test_dates_instants_amounts_and_durations_stay_what_they_were(play):
    given = {
        "day": date(2026, 3, 1),
        "at": datetime(2026, 3, 1, 8, tzinfo=timezone(timedelta(hours=8))),
        "amount": Decimal("1234.50"),
        "wait": timedelta(days=2),
        "nested": {"rows": [{"amount": Decimal("0.10")}]},
    }
    case = play(
        d.bundle(d.process("p", d.start(), d.user("a"), d.user("b"), d.end(), d.path("s", "a", "b", "e"))),
        given,
    )
    case.do("a", {"more": Decimal("0.10")})
    seen = case.seen("b")
    expected = {**given, "more": Decimal("0.10")}
    assert seen == expected
    assert {name: type(value) for name, value in seen.items()} == {
        name: type(value) for name, value in expected.items()
    }


def test_a_list_changed_by_who_gave_it_does_not_change_the_case(play):
    rows = [1]
    case = play(
        d.bundle(d.process("p", d.start(), d.user("a"), d.user("b"), d.end(), d.path("s", "a", "b", "e"))),
        {"given": rows},
    )
    case.do("a", {"rows": rows})
    rows.append(2)
    assert case.seen("b") == {"given": [1], "rows": [1]}


def test_a_float_is_refused_before_it_is_saved():
    player = Player(
        compiled(
            d.bundle(d.process("p", d.start(), d.user("a"), d.user("b"), d.end(), d.path("s", "a", "b", "e")))
        )
    )
    with pytest.raises(TypeError, match="Decimal"):
        player.do("a", {"rate": 0.1})
