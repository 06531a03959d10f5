"""Every pattern is played in four ways: in memory, saved and loaded at each step, and both with two cases in turn."""

import pytest
from playing import Clerk, Player, Twins, compiled


@pytest.fixture(params=["memory", "reloaded", "twins", "reloaded twins"])
def play(request):
    """play(bundle, data, topics=…, process="p") gives a player, or two in step on one definition."""

    def playing(data, given=None, *, topics=None, decisions=None, process="p"):
        definition = compiled(data, process)

        def make_clerk():
            return Clerk(topics() if callable(topics) else topics, decisions)

        if "twins" in request.param:
            return Twins(definition, given, make_clerk=make_clerk, reload="reloaded" in request.param)
        if request.param == "memory":
            return Player(definition, given, clerk=make_clerk(), reload=False)
        return Player(definition, given, clerk=make_clerk(), recompiled=compiled(data, process))

    return playing
