"""A case never vanishes, hangs or runs in circles without saying where."""

import diagrams as d
import pytest
from playing import Player, compiled

from engine.spiff import case
from engine.spiff.errors import ExpressionFailed, StepsWithoutEnd, TokensStuck


def test_a_join_that_can_never_be_complete_is_named():
    player = Player(
        compiled(
            d.bundle(
                d.process(
                    "p",
                    d.start(),
                    d.gateway("parallel", "fork"),
                    d.user("a"),
                    d.gateway("exclusive", "g", default="f_no"),
                    d.gateway("parallel", "join"),
                    d.end(),
                    d.end("e2"),
                    d.path("s", "fork", "a", "g"),
                    d.flow("g", "join", "ok = true"),
                    d.flow("g", "e2", flow_id="f_no"),
                    d.path("fork", "join", "e"),
                )
            )
        )
    )
    with pytest.raises(TokensStuck, match="p/join") as stuck:
        player.do("a", {"ok": False})
    assert [element.id for element in stuck.value.elements] == ["join"]


def test_a_loop_of_automatic_steps_is_stopped(monkeypatch):
    monkeypatch.setattr(case, "STEPS_MAX", 2_000)
    endless = d.bundle(
        d.process(
            "p",
            d.start(),
            d.service("again"),
            d.gateway("exclusive", "g", default="f_no"),
            d.end(),
            d.path("s", "again", "g"),
            d.flow("g", "again", "true"),
            d.flow("g", "e", flow_id="f_no"),
        )
    )
    with pytest.raises(StepsWithoutEnd, match="put a timer"):
        Player(compiled(endless))


@pytest.mark.parametrize("loop", ["<loopCardinality>=n</loopCardinality>", ""])
def test_a_thousand_instances_are_the_limit(loop):
    attributes = "" if loop else ' camunda:collection="members" camunda:elementVariable="m"'
    many = d.bundle(
        d.process(
            "p",
            d.start(),
            d.user(
                "vote",
                f"<multiInstanceLoopCharacteristics{attributes}>{loop}</multiInstanceLoopCharacteristics>",
            ),
            d.end(),
            d.path("s", "vote", "e"),
        )
    )
    assert len(Player(compiled(many), {"n": 3, "members": [1, 2, 3]}).users) == 3
    with pytest.raises(ExpressionFailed, match="1000"):
        Player(compiled(many), {"n": 10**9, "members": [0] * 1001})


@pytest.mark.parametrize("members", [None, "ann", 3])
def test_a_collection_that_is_no_list_is_named(members):
    voting = d.bundle(
        d.process("p", d.start(), d.user("vote", d.repeated()), d.end(), d.path("s", "vote", "e"))
    )
    with pytest.raises(ExpressionFailed, match=r"vote.*members"):
        Player(compiled(voting), {"members": members})


@pytest.mark.parametrize("limit", [None, "soon", "P-1D"])
def test_a_timer_that_is_no_time_is_named(limit):
    waiting = d.bundle(
        d.process("p", d.start(), d.catch("t", d.timer("=limit")), d.end(), d.path("s", "t", "e"))
    )
    with pytest.raises(ExpressionFailed, match="p/t"):
        Player(compiled(waiting), {"limit": limit})


def test_a_condition_that_reads_a_missing_variable_names_gateway_and_variable():
    asking = d.bundle(
        d.process(
            "p",
            d.start(),
            d.gateway("exclusive", "g", default="f_no"),
            d.end(),
            d.end("e2"),
            d.path("s", "g"),
            d.flow("g", "e", "scrore > 3"),
            d.flow("g", "e2", flow_id="f_no"),
        )
    )
    with pytest.raises(ExpressionFailed, match=r"p/g .*scrore"):
        Player(compiled(asking), {"score": 1})


def test_manual_and_plain_tasks_and_none_events_are_passed():
    player = Player(
        compiled(
            d.bundle(
                d.process(
                    "p",
                    d.start(),
                    d.node("manualTask", "m"),
                    d.node("task", "t"),
                    d.node("intermediateThrowEvent", "milestone"),
                    d.end(),
                    d.path("s", "m", "t", "milestone", "e"),
                )
            )
        )
    )
    assert player.over
    assert player.clerk.times("milestone") == 1


def test_a_process_of_two_thousand_steps_compiles_and_runs():
    names = [f"t{n}" for n in range(2000)]
    steps = "".join(d.node("task", name) for name in names)
    player = Player(
        compiled(d.bundle(d.process("p", d.start(), steps, d.end(), d.path("s", *names, "e")))), reload=False
    )
    assert player.over
    assert player.clerk.times("t1999") == 1


def test_what_other_tools_declare_beside_a_process_does_not_keep_it_from_running():
    declared = (
        '<error name="x"/><signal name="y"/><message name="z"/><escalation name="w"/>'
        '<collaboration id="c"><participant id="pp" name="a" processRef="gone"/></collaboration>'
    )
    inputs = "<ioSpecification><dataInput/><inputSet/><outputSet/></ioSpecification>"
    drawn = d.bundle(
        declared,
        d.process(
            "p",
            '<dataObject id="do"/>',
            d.start(),
            d.node("task", "a", inputs),
            d.end(),
            d.path("s", "a", "e"),
        ),
    )
    assert Player(compiled(drawn)).over
