"""Saved state: small, by BPMN id, bound to the shape of its definition, and the same for ever."""

import diagrams as d
import orjson
import pytest
from playing import Clerk, Player, compiled

from engine.spiff import Case
from engine.spiff.errors import StateMismatch


def loop(review_name="复核", extra="", condition="returned = true"):
    return d.bundle(
        d.process(
            "p",
            d.start(),
            d.user("prepare"),
            d.boundary("slow", "prepare", d.timer("PT8H"), interrupting=False),
            d.end("es"),
            d.path("slow", "es"),
            d.user("review", name=review_name),
            extra,
            d.gateway("exclusive", "g", default="f_ok"),
            d.end(),
            d.path("s", "prepare", "review", "g"),
            d.flow("g", "prepare", condition),
            d.flow("g", "e", flow_id="f_ok"),
        )
    )


def test_five_thousand_rounds_neither_grow_nor_end_by_themselves():
    player = Player(compiled(loop()), reload=False)
    player.do("prepare")
    player.do("review", {"returned": True})
    size = len(player.case.dump())
    for count in range(5000):
        player.do("prepare", {"count": count})
        player.do("review", {"returned": True})
    assert player.users == ["prepare"]
    assert len(player.case.dump()) <= size + 40
    player.do("prepare")
    player.do("review", {"returned": False})
    assert player.over


def test_state_names_elements_by_id_and_holds_no_definition():
    player = Player(compiled(loop()), {"application_no": "A1"})
    state = orjson.loads(player.case.dump())
    assert [token[1] for token in state["processes"][0]["tokens"]] == [
        "prepare.BoundaryEventSplit",
        "slow",
        "prepare",
    ]
    assert len(player.case.dump()) < 600


def test_a_new_name_or_condition_keeps_running_cases_a_new_step_does_not():
    saved = Player(compiled(loop())).case.dump()

    renamed = compiled(loop(review_name="再次复核", condition="returned = true and round < 9"))
    assert Case.load(renamed, saved, Clerk()).status == "running"

    longer = compiled(
        loop(
            extra=d.user("extra")
            + d.flow("extra", "e")
            + d.boundary("late", "review", d.timer("P1D"))
            + d.flow("late", "extra")
        )
    )
    with pytest.raises(StateMismatch, match="fingerprint"):
        Case.load(longer, saved, Clerk())


def test_a_state_of_another_process_or_codec_is_refused():
    definition = compiled(loop())
    saved = Player(definition).case.dump()
    other = compiled(
        d.bundle(d.process("other", d.start(), d.user("a"), d.end(), d.path("s", "a", "e"))), "other"
    )
    with pytest.raises(StateMismatch):
        Case.load(other, saved, Clerk())
    newer = orjson.dumps({**orjson.loads(saved), "codec": 99})
    with pytest.raises(StateMismatch, match="codec 99"):
        Case.load(definition, newer, Clerk())


# What codec 1 saved on the day it was made. Never change it: cases of four years ago look like this.
GOLDEN = (
    '{"codec":1,"ended":[],"fingerprint":"FINGERPRINT","last":7,"process":"p","processes":['
    '{"data":{"amount":{"$":"decimal","v":"100.00"},"members":["ann","bob"],"votes":[true]},"tokens":['
    '[2,"vote",32,0,false,{"done":1,"items":["ann","bob"],"keys":null,"made":[true],"next":2}],'
    '[4,"vote [child]",16,2,true,{},{},{"loopCounter":1,"member":"bob"}]]}],"status":"running"}'
)


def test_a_state_of_the_first_codec_is_read_for_ever():
    definition = compiled(
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.user("vote", d.repeated(made="votes", collected="ballot")),
                d.user("decide"),
                d.end(),
                d.path("s", "vote", "decide", "e"),
            )
        )
    )
    case = Case.load(definition, GOLDEN.replace("FINGERPRINT", definition.fingerprint).encode(), Clerk())
    assert case.waiting()[0].token.item == "bob"
    case.complete(4, {"ballot": False})
    case.advance()
    assert case.data["votes"] == [True, False]
    assert case.waiting()[0].token.id == 8, "ids go on where they stopped"


# What codec 2 saved on the day it was made: first events beside the process and a record of what can be undone, then
# the undoing of what was done inside a subprocess that is over.
EVENTS = d.bundle(
    d.process(
        "p",
        d.start(),
        d.inside(
            "trip",
            d.start("ts"),
            d.user("a"),
            d.user("un_a", isForCompensation="true"),
            d.undoes("un_a", "a"),
            d.end("te"),
            d.path("ts", "a", "te"),
        ),
        d.user("b", d.looped("again = true")),
        d.throw("undo", d.undo()),
        d.end(),
        d.path("s", "trip", "b", "undo", "e"),
        d.on_event("on", d.message("CustomerWithdrew"), "note", parts=(d.user("note"),), interrupting=False),
        d.on_event("rate", d.signal("RateChanged"), interrupting=False),
        d.on_event("risk", d.when("risk > 5"), interrupting=False),
    )
)
GOLDEN_EVENTS = (
    '{"codec":2,"ended":["te"],"fingerprint":"96575d91f443d2a918994f7dabc00b35","last":12,"process":"p","processes":['
    '{"data":{"again":true,"risk":1},"records":[{"inside":[{"of":"a"}],"of":"trip"}],"tokens":['
    '[1,"ons [watch]",8,0,false,{"message":"CustomerWithdrew"}],[2,"rates [watch]",8,0,false,{"signal":"RateChanged"}],'
    '[3,"risks [watch]",8,0,false,{"condition":false}],[10,"b",32,0,false,{"done":1,"via":"f_trip_b"}],'
    '[12,"b [child]",16,10,true,{}]]}],"status":"running"}'
)
GOLDEN_UNDOING = (
    '{"codec":2,"ended":["te"],"fingerprint":"96575d91f443d2a918994f7dabc00b35","last":17,"process":"p","processes":['
    '{"data":{"again":false,"risk":1},"tokens":[[1,"ons [watch]",8,0,false,{"message":"CustomerWithdrew"}],'
    '[2,"rates [watch]",8,0,false,{"signal":"RateChanged"}],[3,"risks [watch]",8,0,false,{"condition":false}],'
    '[13,"undo",32,0,true,{"via":"f_b_undo"}],[14," [undo]",32,0,false,{"by":13,"undo":[]}],'
    '[15,"trip [undo]",32,14,true,{}]]},{"in":15,"process":"p","subprocess":"trip","tokens":['
    '[16," [undo]",32,0,false,{"by":null,"undo":[]}],[17,"un_a",16,16,true,{}]]}],"status":"running"}'
)


def test_a_state_of_the_second_codec_is_read_for_ever():
    definition = compiled(EVENTS)

    case = Case.load(definition, GOLDEN_EVENTS.encode(), Clerk())
    assert [(each.kind, each.token.element.id) for each in case.waiting()] == [
        ("message", "ons"),
        ("signal", "rates"),
        ("condition", "risks"),
        ("user", "b"),
    ]
    assert case.dump().decode() == GOLDEN_EVENTS
    case.complete(12, {"again": False})
    case.advance()
    assert case.dump().decode() == GOLDEN_UNDOING

    undoing = Case.load(definition, GOLDEN_UNDOING.encode(), Clerk())
    undoing.complete(17, {})
    undoing.advance()
    assert (undoing.status, undoing.waiting()) == ("completed", ())


def test_five_thousand_rounds_through_a_subprocess_do_not_grow_either():
    drawn = d.bundle(
        d.process(
            "p",
            d.start(),
            d.inside(
                "main",
                d.start("ms"),
                d.user("work"),
                d.end("me"),
                d.path("ms", "work", "me"),
                d.on_event("on", d.signal("RateChanged"), interrupting=False),
                extra=(d.looped("again = true"),),
            ),
            d.boundary("risky", "main", d.when("risk > 5"), interrupting=False),
            d.end("er"),
            d.path("risky", "er"),
            d.end(),
            d.path("s", "main", "e"),
        )
    )
    player = Player(compiled(drawn), {"risk": 0}, reload=False)
    player.do("work", {"again": True})
    size = len(player.case.dump())
    for count in range(5000):
        player.do("work", {"again": True, "risk": count % 10})
    assert len(player.case.dump()) <= size + 40
    player.do("work", {"again": False})
    assert player.over
    assert player.clerk.times("er") == 500


def test_the_fingerprint_itself_does_not_move_with_the_program():
    assert compiled(loop()).fingerprint == "816887d0bdbe6b16dbdeb44a2d7923fa"


def test_ids_are_small_and_never_used_twice():
    player = Player(compiled(loop()))
    for _ in range(3):
        player.do("prepare")
        player.do("review", {"returned": True})
    ids = [token for happened, _, token in player.clerk.history if happened == "entered"]
    assert len(ids) == len(set(ids))
    assert max(ids) < 40
