"""The engine does with any diagram what an interpreter written from the standard's text does with it."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from interpreter import Interpreter, Stuck, Uncaught
from playing import Player, compiled
from sketches import VARIABLES, sketches

from engine.spiff.errors import TokensStuck, UncaughtBpmnError

STEPS_MAX = 25
NOTHING = dict.fromkeys(VARIABLES, False)
picks = st.lists(
    st.tuples(st.integers(0, 99), st.fixed_dictionaries(dict.fromkeys(VARIABLES, st.booleans()))),
    min_size=1,
    max_size=8,
)


def waiting(player):
    found = [
        (each.kind, each.token.element.id, each.token.id, each)
        for each in player.case.waiting()
        if each.kind in ("user", "message")
    ]
    return sorted(found, key=lambda each: each[:3])


def together(engine, book):
    """Both do their step, or both stand still for the same reason; whether they go on."""
    try:
        engine()
    except (TokensStuck, UncaughtBpmnError) as stopped:
        with pytest.raises(Stuck if isinstance(stopped, TokensStuck) else Uncaught):
            book()
        return False
    book()
    return True


def play(sketch, picks, reload):
    definition = compiled(sketch.drawn())
    both = {}
    goes_on = together(
        lambda: both.update(
            player=Player(definition, NOTHING, reload=reload, recompiled=compiled(sketch.drawn()))
        ),
        lambda: both.update(book=Interpreter(sketch, NOTHING)),
    )
    for step in range(STEPS_MAX):
        if not goes_on:
            return
        goes_on = step_together(both["player"], both["book"], *picks[step % len(picks)])


def step_together(player, book, pick, answers):
    """Compare what both wait for, and do the same thing in both; whether they go on."""
    ours, theirs = waiting(player), book.waiting()
    assert [each[:2] for each in ours] == [each[:2] for each in theirs]
    assert player.over == book.over
    if player.over:
        return False
    kind, _, token_id, _ = ours[pick % len(ours)]
    what = theirs[pick % len(ours)][3]
    if kind == "user":
        return together(
            lambda: player._step(lambda: player.case.complete(token_id, answers)),
            lambda: book.do(what, answers),
        )
    return together(
        lambda: player._step(lambda: player.case.deliver(token_id, {})), lambda: book.happen(what)
    )


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(sketches, picks, st.booleans())
def test_any_diagram_moves_as_the_standard_says(sketch, picks, reload):
    play(sketch, picks, reload)


@pytest.mark.soak
@pytest.mark.timeout(7200)
@settings(max_examples=20_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(sketches, picks, st.booleans())
def test_twenty_thousand_diagrams_move_as_the_standard_says(sketch, picks, reload):
    play(sketch, picks, reload)
