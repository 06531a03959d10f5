"""The step of the inbox with a case in the tables: down, and up again."""

from datetime import timedelta
from decimal import Decimal

from diagrams import bundle, end, path, process, start, user
from sqlalchemy import text

from company import migrations
from company.phrases import Phrase
from engine.offers import END_OF_TIME
from engine.opinions import TaskOpinion
from engine.tasks import CaseFacts


def test_open_tasks_of_before_are_ranked_and_the_step_takes_opinions_and_phrases_away_again(house):
    house.deploy(
        {
            "p.bpmn": bundle(
                process(
                    "p", start(), user("look", candidateGroups_="reviewer_l1"), end(), path("s", "look", "e")
                )
            )
        }
    )
    actor = house.who("reviewer_l1_east")
    facts = CaseFacts("客户", "一辆车", Decimal(230_000), house.units["east"], house.ids["front_desk_east"])
    with house.database.write() as session:
        house.engine.start(session, "p", "APP-1", data={}, actor=actor, facts=facts)
    task = house.task("look")
    assert task.rank_at == END_OF_TIME - timedelta(hours=23)
    house.do("claim", task.id, actor)
    house.do("ask_opinions", task.id, actor, [house.ids["reviewer_l1_2"]], "如何？")
    with house.database.write() as session:
        session.add(Phrase(employee_id=None, text="同意"))
        session.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)"))
        session.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": migrations.head()})

    migrations.downgrade(house.database, "0019")
    migrations.upgrade(house.database)
    migrations.require_no_difference(house.database)

    after = house.task("look")
    assert (after.rank_at, after.opinions_open) == (task.rank_at, 0)
    assert house.rows(TaskOpinion) == []
    house.complete("look", "reviewer_l1_east")
