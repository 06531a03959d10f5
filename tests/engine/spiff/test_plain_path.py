"""A person, a service, a question: the plain path, loaded anew at every step."""

from decimal import Decimal

import diagrams as d
from playing import Clerk, Player, compiled

APPLICATION = d.bundle(
    d.process(
        "p",
        d.start(),
        d.user("enter"),
        d.service("score", topic="score"),
        d.gateway("exclusive", "g", default="f_no"),
        d.user("review"),
        d.end("accepted"),
        d.end("declined"),
        d.path("s", "enter", "score", "g"),
        d.flow("g", "review", "score >= 600"),
        d.flow("g", "declined", flow_id="f_no"),
        d.path("review", "accepted"),
    )
)


def scoring():
    return Clerk({"score": lambda token: {"score": token.data["income"] * 2}})


def test_a_case_goes_from_start_to_end_over_a_service_and_a_gateway():
    player = Player(compiled(APPLICATION), {"application_no": "A1"}, clerk=scoring())

    assert player.users == ["enter"]
    player.do("enter", {"income": Decimal(400)})
    assert player.users == ["review"]
    assert player.data == {"application_no": "A1", "income": Decimal(400), "score": Decimal(800)}
    player.do("review")

    assert player.over
    assert player.case.ended_at == ("accepted",)
    assert player.clerk.flows == [
        "f_s_enter",
        "f_enter_score",
        "f_score_g",
        "f_g_review",
        "f_review_accepted",
    ]


def test_the_default_flow_is_taken_when_no_condition_holds():
    player = Player(compiled(APPLICATION), clerk=scoring())

    player.do("enter", {"income": Decimal(1)})

    assert player.case.ended_at == ("declined",)
