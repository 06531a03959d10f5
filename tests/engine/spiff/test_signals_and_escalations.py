"""Signals reach all who wait, escalations the nearest who cares, messages are sent: what a case throws itself."""

from decimal import Decimal

import diagrams as d
import pytest
from playing import Clerk, Player, compiled

from engine.spiff import BpmnError, UncaughtBpmnError
from engine.spiff.errors import ExpressionFailed


def catching(*parts, around=()):
    return d.bundle(d.process("p", d.start(), *parts, d.end(), *around))


BROADCAST = d.bundle(
    d.process(
        "p",
        d.start(),
        d.call("c", "q"),
        d.boundary("b", "c", d.signal("RateChanged"), interrupting=False),
        d.user("rate"),
        d.end("er"),
        d.path("b", "rate", "er"),
        d.end(),
        d.path("s", "c", "e"),
    ),
    d.process(
        "q",
        d.start("qs"),
        d.user("w"),
        d.boundary("b2", "w", d.signal("RateChanged"), interrupting=False),
        d.user("rate2"),
        d.end("er2"),
        d.path("b2", "rate2", "er2"),
        d.end("qe"),
        d.path("qs", "w", "qe"),
    ),
)


def test_a_signal_from_outside_reaches_every_level_one_token_at_a_time(play):
    case = play(BROADCAST)
    assert case.signals == ["b", "b2"]
    case.signal("b", {"rate": 3})
    assert case.users == ["rate", "w"]
    case.signal("b2", {"rate": 3})
    assert case.users == ["rate", "rate2", "w"]
    for step in ("w", "rate2", "rate"):
        case.do(step)
    assert case.over


def test_a_signal_or_a_time_whichever_comes_first(play):
    gate = (
        d.gateway("eventBased", "g"),
        d.catch("c", d.signal("RateChanged")),
        d.catch("t", d.timer("P1D")),
        d.user("a"),
        d.user("b"),
        d.end("eb"),
        d.path("s", "g", "c", "a", "e"),
        d.path("g", "t", "b", "eb"),
    )
    case = play(catching(*gate))
    case.signal("RateChanged", {"rate": 3})
    assert (case.users, case.timers, case.signals) == (["a"], [], [])
    assert case.seen("a")["rate"] == 3

    later = play(catching(*gate))
    later.later(days=1)
    assert (later.users, later.signals) == (["b"], [])


THROWN = d.bundle(
    d.process(
        "p",
        d.start(),
        d.gateway("parallel", "fork"),
        d.catch("c", d.signal("RateChanged")),
        d.user("a"),
        d.call("deep", "q"),
        d.user("b"),
        d.throw("tell", d.signal("RateChanged"), extensions=d.parameters({"rate": "=new_rate"})),
        d.user("after"),
        d.end(),
        *(d.end(f"e{n}") for n in (1, 2)),
        d.path("s", "fork", "c", "a", "e"),
        d.path("fork", "deep", "e1"),
        d.path("fork", "b", "tell", "after", "e2"),
    ),
    d.process(
        "q",
        d.start("qs"),
        d.user("w"),
        d.boundary("gone", "w", d.signal("RateChanged")),
        d.end("qg"),
        d.path("gone", "qg"),
        d.end("qe"),
        d.path("qs", "w", "qe"),
    ),
)


def test_a_signal_thrown_in_a_case_reaches_all_its_branches_and_called_processes_at_once(play):
    case = play(THROWN)
    assert case.users == ["b", "w"]
    case.do("b", {"new_rate": Decimal("0.08")})
    assert case.users == ["a", "after"]
    assert case.seen("a")["rate"] == Decimal("0.08")
    assert case.clerk.signals == [("RateChanged", {"rate": Decimal("0.08")})]
    assert case.clerk.times("tell") == 1
    case.do("a")
    case.do("after")
    assert case.over


def test_a_signal_end_may_take_its_own_subprocess_away(play):
    case = play(
        catching(
            d.inside(
                "main",
                d.start("ms"),
                d.gateway("parallel", "fork"),
                d.user("a"),
                d.user("b"),
                d.end("shout", d.signal("DayClosed")),
                d.end("me"),
                d.path("ms", "fork", "a", "shout"),
                d.path("fork", "b", "me"),
            ),
            d.boundary("closed", "main", d.signal("DayClosed")),
            d.user("file"),
            d.end("ef"),
            d.path("closed", "file", "ef"),
            d.path("s", "main", "e"),
        )
    )
    case.do("a")
    assert case.users == ["file"]
    assert case.clerk.times("shout", "cancelled") == 1
    case.do("file")
    assert case.over


def test_a_signal_nobody_waits_for_is_told_to_others_and_the_case_goes_on(play):
    case = play(catching(d.user("a"), d.throw("tell", d.signal("DayClosed")), d.path("s", "a", "tell", "e")))
    case.do("a")
    assert case.over
    assert case.clerk.signals == [("DayClosed", {})]


def escalating(*boundaries):
    """A subprocess that escalates on its way from first to second."""
    return catching(
        d.inside(
            "main",
            d.start("ms"),
            d.user("first"),
            d.throw("up", d.escalation("X"), extensions=d.parameters({"level": "2"})),
            d.user("second"),
            d.end("me"),
            d.path("ms", "first", "up", "second", "me"),
        ),
        *boundaries,
        d.user("boss"),
        d.end("eb"),
        d.path("boss", "eb"),
        d.path("s", "main", "e"),
    )


@pytest.mark.parametrize("order", [("boss", "second"), ("second", "boss")])
def test_an_escalation_calls_the_boss_and_the_work_goes_on(play, order):
    case = play(
        escalating(d.boundary("b", "main", d.escalation("X"), interrupting=False), d.path("b", "boss"))
    )
    case.do("first")
    assert case.users == ["boss", "second"]
    assert case.seen("boss")["level"] == "2"
    for step in order:
        case.do(step)
    assert case.over


def test_an_interrupting_escalation_takes_the_work_away(play):
    case = play(escalating(d.boundary("b", "main", d.escalation()), d.path("b", "boss")))
    case.do("first")
    assert case.users == ["boss"]
    case.do("boss")
    assert case.over


def test_an_escalation_that_nobody_catches_is_passed(play):
    case = play(
        escalating(d.boundary("b", "main", d.escalation("Y"), interrupting=False), d.path("b", "boss"))
    )
    case.do("first")
    assert case.users == ["second"]


def test_the_end_of_a_called_process_may_escalate_to_its_caller_two_levels_up(play):
    case = play(
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.call("outer", "middle"),
                d.boundary(
                    "b",
                    "outer",
                    '<escalationEventDefinition escalationRef="x_X" camunda:escalationCodeVariable="which"/>',
                    interrupting=False,
                ),
                d.user("boss"),
                d.end("eb"),
                d.path("b", "boss", "eb"),
                d.user("after"),
                d.end(),
                d.path("s", "outer", "after", "e"),
            ),
            d.process(
                "middle", d.start("ms"), d.call("deep", "inner"), d.end("me"), d.path("ms", "deep", "me")
            ),
            d.process(
                "inner", d.start("is"), d.user("w"), d.end("up", d.escalation("X")), d.path("is", "w", "up")
            ),
        )
    )
    case.do("w")
    assert case.users == ["after", "boss"]
    assert case.seen("boss")["which"] == "X"


@pytest.mark.parametrize("interrupting", [True, False])
def test_an_escalation_may_start_an_event_subprocess(play, interrupting):
    case = play(
        catching(
            d.user("first"),
            d.throw("up", d.escalation("X")),
            d.user("second"),
            d.path("s", "first", "up", "second", "e"),
            d.on_event("on", d.escalation("X"), "boss", parts=(d.user("boss"),), interrupting=interrupting),
        )
    )
    case.do("first")
    assert case.users == (["boss"] if interrupting else ["boss", "second"])
    for step in case.users:
        case.do(step)
    assert case.over


def test_an_error_leaves_its_code_and_message_where_the_boundary_says(play):
    def decline(token):
        raise BpmnError("E1", "no money")

    case = play(
        catching(
            d.service("x", topic="decline"),
            d.boundary(
                "b",
                "x",
                '<errorEventDefinition camunda:errorCodeVariable="code" camunda:errorMessageVariable="why"/>',
            ),
            d.user("manual"),
            d.end("em"),
            d.path("b", "manual", "em"),
            d.path("s", "x", "e"),
        ),
        topics={"decline": decline},
    )
    assert case.seen("manual") == {"code": "E1", "why": "no money"}


SENDING = {
    "send task": d.node(
        "sendTask", "send", messageRef="m_BankResult", extensions=d.parameters({"paid": "=amount"})
    ),
    "throw event": d.throw("send", d.message("BankResult"), extensions=d.parameters({"paid": "=amount"})),
    "mapping": d.throw(
        "send",
        '<messageEventDefinition messageRef="m_BankResult"><extensionElements>'
        + d.passes(paid="amount")
        + "</extensionElements></messageEventDefinition>",
    ),
}


@pytest.mark.parametrize("drawn", SENDING)
def test_a_message_is_sent_with_what_its_parameters_name(play, drawn):
    case = play(
        catching(SENDING[drawn], d.user("after"), d.path("s", "send", "after", "e")),
        {"amount": 5, "secret": 1},
    )
    assert case.clerk.sent == [("BankResult", None, {"paid": 5})]
    assert case.users == ["after"]


def test_a_message_end_sends_to_the_key_it_names():
    keyed = d.end("e", d.message("BankResult")).replace(
        "<messageEvent",
        f"<extensionElements>{d.properties(correlationKey='=no')}</extensionElements><messageEvent",
    )
    player = Player(compiled(d.bundle(d.process("p", d.start(), keyed, d.path("s", "e")))), {"no": "P1"})
    assert player.over
    assert player.clerk.sent == [("BankResult", "P1", {})]


@pytest.mark.parametrize(
    "drawn",
    [
        d.node("sendTask", "send", type_="external", topic_="tell"),
        d.throw("send", '<messageEventDefinition camunda:type="external" camunda:topic="tell"/>'),
    ],
)
def test_what_is_sent_through_a_topic_is_done_as_a_service_task_is(play, drawn):
    case = play(
        catching(drawn, d.user("after"), d.path("s", "send", "after", "e")),
        topics={"tell": lambda token: {"sent": token.element.id}},
    )
    assert case.seen("after") == {"sent": "send"}
    assert case.clerk.sent == []


def test_a_failed_sending_through_a_topic_is_a_business_error_like_any_other():
    def refuse(token):
        raise BpmnError("E1")

    sending = catching(
        d.throw("send", '<messageEventDefinition camunda:topic="tell"/>'),
        d.path("s", "send", "e"),
        d.on_event("on", d.error("E1"), "note", parts=(d.user("note"),)),
    )
    assert Player(compiled(sending), clerk=Clerk({"tell": refuse})).users == ["note"]
    alone = sending.replace(b'errorRef="e_E1"', b'errorRef="e_E2"')
    with pytest.raises(UncaughtBpmnError):
        Player(compiled(alone), clerk=Clerk({"tell": refuse}))


def script(text, **attributes):
    return catching(
        d.node("scriptTask", "x", f"<script>{text}</script>", scriptFormat="feel", **attributes),
        d.user("after"),
        d.path("s", "x", "after", "e"),
    )


def test_a_script_in_feel_writes_its_value_or_the_entries_of_its_context(play):
    case = play(script("=amount * 2", resultVariable_="twice"), {"amount": Decimal("1.50")})
    assert case.seen("after")["twice"] == Decimal("3.00")
    case = play(script("{twice: amount * 2, half: amount / 2}"), {"amount": 3})
    assert (case.seen("after")["twice"], case.seen("after")["half"]) == (6, Decimal("1.5"))


@pytest.mark.parametrize(("text", "reason"), [("amount", "context is needed"), ("{a: missing}", "missing")])
def test_a_script_without_a_place_for_its_value_or_with_a_missing_name_says_so(text, reason):
    with pytest.raises(ExpressionFailed, match=f"p/x .*{reason}"):
        Player(compiled(script(text)), {"amount": 3})
