"""A case of three steps, sent back: who did what, what is refused and why."""

from diagrams import bundle, end, path, process, properties, start, user
from engine_house import a_form

from engine.returning import ways_back
from engine.tasks import UserTask


def desk(element_id, role="reviewer_l1", **more):
    return user(element_id, candidateGroups_=role, **more)


def one_process(*parts, name="p", **files):
    return {f"{name}.bpmn": bundle(process(name, start(), *parts, end())), **files}


def three_steps(*between):
    """front desk, first reviewer, second reviewer; ``between`` stands before the last."""
    ids = [part.split('id="')[1].split('"')[0] for part in between]
    return one_process(
        desk("enter", "front_desk", formRef_="enter"),
        desk("look", extensions=properties(fourEyes="p/enter")),
        *between,
        desk("decide", "reviewer_l2", extensions=properties(fourEyes="p/enter,p/look")),
        path("s", "enter", "look", *ids, "decide", "e"),
        **{"enter.form": a_form("enter", "name")},
    )


def at_the_end(house, *between):
    house.deploy(three_steps(*between))
    instance_id = house.start("p")
    house.complete("enter", "front_desk_east", name="张三")
    house.complete("look", "reviewer_l1_east")
    return instance_id


def done(house, element_id):
    return [task for task in house.rows(UserTask, status="done") if task.element_id == element_id][-1]


def send_back(house, at, by, to, reason="收入证明不清"):
    return house.do("send_back", house.task(at).id, house.who(by), done(house, to).id, reason)


def refusals(house, at, by):
    with house.database.read() as session:
        found = ways_back(house.engine.context, session, house.task(at), house.who(by))
        return {way.task.element_id: way.refusal and type(way.refusal) for way in found}
