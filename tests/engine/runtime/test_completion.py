"""One command, one transaction: what a completion checks, writes, and leaves alone when it fails."""

import pytest
from diagrams import bundle, end, flow, gateway, path, process, properties, service, start, user
from engine_house import FieldMissing, a_form

from company.audit import AuditEntry
from company.vault import SealedValue
from engine.errors import ForeignReference, NotAllowed, NotEligible, TaskAlreadyDone, TaskChanged
from engine.history import ActivityHistory
from engine.spiff import BpmnError
from engine.tasks import Draft, Instance, TaskCandidate, UserTask
from engine.turn import ProcessError, ProcessStuck


def two_steps(*between, last="review"):
    ids = ("s", "enter", *[part.split('id="')[1].split('"')[0] for part in between], last, "e")
    return {
        "loan.bpmn": bundle(
            process(
                "loan",
                start(),
                user("enter", formRef_="enter", candidateGroups_="front_desk"),
                *between,
                user(last, formRef_="review", candidateGroups_="reviewer_l1"),
                end(),
                path(*ids),
            )
        ),
        "enter.form": a_form("enter", "name*", "identity!"),
        "review.form": a_form("review", "decision*"),
    }


def test_a_case_runs_from_person_to_person_to_its_end(house):
    house.deploy(two_steps())
    instance_id = house.start("loan")

    house.complete("enter", "front_desk_east", name="张三")
    house.complete("review", "reviewer_l1_east", decision="approve")

    assert house.status(instance_id) == "completed"
    done = house.rows(ActivityHistory, kind="user")
    assert [(row.element_id, row.actor_name, row.results) for row in done] == [
        ("enter", "名front_desk_east", {"name": "张三"}),
        ("review", "名reviewer_l1_east", {"decision": "approve"}),
    ]
    assert [row.action for row in house.rows(AuditEntry)] == [
        "deployment.deploy",
        "instance.start",
        "task.complete",
        "task.complete",
    ]


def test_a_completion_is_one_commit_and_at_most_twelve_statements(house):
    house.deploy(two_steps())
    house.start("loan", "APP-0")
    house.complete("enter", "front_desk_east", name="warm")
    house.start("loan", "APP-1")
    task = house.task("enter")
    actor = house.who("front_desk_east")

    with house.statements() as seen, house.database.write() as session:
        house.engine.complete(session, task.id, actor, {"name": "张三"})

    assert seen.count("COMMIT") == 1
    assert len(seen) - 1 <= 12, "\n".join(seen)


def test_sensitive_answers_are_sealed_and_never_stored_clear(house):
    house.deploy(two_steps())
    instance_id = house.start("loan")

    house.complete("enter", "front_desk_east", name="张三", identity="310101199001011234")

    (sealed,) = house.rows(SealedValue)
    with house.database.read() as session:
        assert house.world.vault.reveal(session, f"sealed:{sealed.id}") == "310101199001011234"
        data = house.engine.form_data(session, house.task("review"))
        state = session.get_one(Instance, instance_id).state
    assert data["identity"] == f"sealed:{sealed.id}"
    assert b"310101199001011234" not in state
    (row,) = house.rows(ActivityHistory, element_id="enter", kind="user")
    assert row.results["identity"] == f"sealed:{sealed.id}"


def test_a_person_cannot_smuggle_in_anothers_sealed_value(house):
    house.deploy(two_steps())
    house.start("loan")

    with pytest.raises(ForeignReference):
        house.complete("enter", "front_desk_east", name="sealed:1")


def test_what_the_form_refuses_leaves_the_task_as_it_was(house):
    house.deploy(two_steps())
    house.start("loan")

    with pytest.raises(FieldMissing):
        house.complete("enter", "front_desk_east")

    assert house.task("enter").status == "open"
    assert house.rows(ActivityHistory, kind="user") == []


def test_a_finished_task_is_refused_naming_who_did_it(house):
    house.deploy(two_steps())
    house.start("loan")
    task = house.task("enter")
    house.complete("enter", "front_desk_east", name="张三")

    with pytest.raises(TaskAlreadyDone) as refused:
        house.complete_task(task.id, "front_desk_east", name="李四")

    assert refused.value.facts["by"] == "名front_desk_east"
    assert refused.value.facts["at"] == house.clock.now()


def test_who_has_not_the_role_is_told_which_one_is_needed(house):
    house.deploy(two_steps())
    house.start("loan")

    with pytest.raises(NotEligible) as refused:
        house.complete("enter", "reviewer_l1_east", name="张三")

    assert "前台" in refused.value.text("zh")


def test_an_older_page_is_refused(house):
    house.deploy(two_steps())
    house.start("loan")
    task = house.task("enter")
    actor = house.who("front_desk_east")
    house.do("claim", task.id, actor)

    with pytest.raises(TaskChanged):
        house.do("complete", task.id, actor, {"name": "张三"}, version=task.version)


def test_the_next_task_of_the_same_person_is_offered(house):
    house.deploy(two_steps())
    house.start("loan", by="both")

    done = house.complete("enter", "both", name="张三")

    assert done.next_task_id == house.task("review").id


def test_a_handler_that_fails_midway_leaves_nothing_half_written(house, topics):
    @topics.topic("half")
    def half(call):
        call.session.add(SealedValue(business_key="half", name="x", ciphertext=b"x"))
        call.session.flush()
        call.describe(title="changed")
        raise ZeroDivisionError

    house.deploy(two_steps(service("compute", topic="half")))
    instance_id = house.start("loan")
    with house.database.read() as session:
        before = session.get_one(Instance, instance_id).state
    actor = house.who("front_desk_east")
    house.do("save_draft", house.do("claim", house.task("enter").id, actor).id, actor, {"name": "半"})

    with pytest.raises(ZeroDivisionError):
        house.complete("enter", "front_desk_east", name="张三")

    with house.database.read() as session:
        instance = session.get_one(Instance, instance_id)
    assert (instance.state, instance.title) == (before, "客户 APP-1")
    assert house.rows(SealedValue) == []
    assert house.rows(ActivityHistory, kind="user") == []
    assert house.do("draft", house.task("enter").id, actor) == {"name": "半"}
    assert [row.action for row in house.rows(AuditEntry)].count("task.complete") == 0


def test_a_handlers_results_and_description_are_kept(house, topics):
    @topics.topic("register")
    def register(call, *, name):
        call.describe(title=f"申请人 {name}", subtitle="新")
        return {"application_no": "APP-310115-2026-000001", "business_date": call.business_date}

    house.deploy(two_steps(service("register", topic="register")))
    house.start("loan")

    house.complete("enter", "front_desk_east", name="张三")

    task = house.task("review")
    assert (task.title, task.subtitle) == ("申请人 张三", "新")
    (row,) = house.rows(ActivityHistory, kind="service")
    assert row.inputs == {"name": "张三"}
    assert row.results["application_no"] == "APP-310115-2026-000001"


def test_a_completion_that_renames_its_case_stays_within_twelve_statements(house, topics):
    @topics.topic("register")
    def register(call, *, name):
        call.describe(title=name)
        return {}

    house.deploy(two_steps(service("register", topic="register")))
    house.start("loan", "APP-0")
    house.complete("enter", "front_desk_east", name="warm")
    house.start("loan", "APP-1")
    task = house.task("enter")
    actor = house.who("front_desk_east")

    with house.statements() as seen, house.database.write() as session:
        house.engine.complete(session, task.id, actor, {"name": "张三"})

    asked = [statement for statement in seen if not statement.startswith(("BEGIN", "COMMIT", "PRAGMA"))]
    assert len(asked) <= 12, "\n".join(seen)
    assert {task.title for task in house.open_tasks("review")} == {"张三", "warm"}


def test_a_draft_is_sealed_kept_and_dropped_with_the_completion(house):
    house.deploy(two_steps())
    house.start("loan")
    actor = house.who("front_desk_east")
    task = house.do("claim", house.task("enter").id, actor)

    house.do("save_draft", task.id, actor, {"name": "张三丰"})
    house.do("save_draft", task.id, actor, {"name": "张三", "amount": 1.5})

    with house.database.read() as session:
        row = session.get_one(Draft, (task.id, actor.employee_id))
        assert "张三".encode() not in row.sealed
        assert house.engine.draft(session, task.id, actor) == {"name": "张三", "amount": 1.5}
        assert house.engine.draft(session, task.id, house.who("both")) is None
    house.complete("enter", "front_desk_east", name="张三")
    with house.database.read() as session:
        assert house.engine.draft(session, task.id, actor) is None


def test_a_gateway_leads_where_the_answer_says(house):
    files = {
        "loan.bpmn": bundle(
            process(
                "loan",
                start(),
                user("review", formRef_="review", candidateGroups_="reviewer_l1"),
                gateway("exclusive", "g", default="f_g_no"),
                user("sign", candidateGroups_="front_desk"),
                end("yes"),
                end("no"),
                path("s", "review", "g"),
                flow("g", "sign", 'decision = "approve"'),
                flow("g", "no"),
                path("sign", "yes"),
            )
        ),
        "review.form": a_form("review", "decision*"),
    }
    house.deploy(files)
    instance_id = house.start("loan")

    house.complete("review", "reviewer_l1_east", decision="reject")

    assert house.status(instance_id) == "completed"
    (ended,) = house.rows(ActivityHistory, kind="completed")
    assert ended.results == ["no"]


def test_a_task_carries_what_the_inbox_shows(house):
    files = {
        "loan.bpmn": bundle(
            process(
                "loan",
                start(),
                user(
                    "review",
                    candidateGroups_="reviewer_l1, reviewer_l2",
                    candidateUsers_="both",
                    priority_="80",
                    extensions=properties(slaHours="8"),
                ),
                end(),
                path("s", "review", "e"),
            )
        )
    }
    house.deploy(files)
    house.start("loan")

    task = house.task("review")

    assert (task.title, task.subtitle, task.business_key, task.priority) == (
        "客户 APP-1",
        "一辆车",
        "APP-1",
        80,
    )
    assert task.groups == "reviewer_l1,reviewer_l2"
    # 09:00 + 3 h to the break, 4.5 h to the evening, half an hour on Tuesday
    assert task.due_at.isoformat() == "2026-01-06T01:30:00+00:00"
    candidates = house.rows(TaskCandidate, task_id=task.id)
    assert [(row.role_id, row.employee_id) for row in candidates] == [
        ("reviewer_l1", None),
        ("reviewer_l2", None),
        (None, house.ids["both"]),
    ]


def test_saved_state_is_small(house):
    house.deploy(two_steps())
    instance_id = house.start("loan")
    house.complete("enter", "front_desk_east", name="张三")

    with house.database.read() as session:
        size = len(session.get_one(Instance, instance_id).state)

    assert size <= 700
    assert len(house.rows(UserTask)) == 2


def test_a_condition_that_reads_a_missing_variable_is_told_with_the_step_and_changes_nothing(house):
    house.deploy(
        {
            "loan.bpmn": bundle(
                process(
                    "loan",
                    start(),
                    user("look", candidateGroups_="reviewer_l1"),
                    gateway("exclusive", "g", default="f_g_no"),
                    end("yes"),
                    end("no"),
                    path("s", "look", "g"),
                    flow("g", "yes", "decision = 1"),
                    flow("g", "no"),
                )
            ),
            "x.form": a_form("x", "decision"),
        }
    )
    house.start("loan")

    with pytest.raises(ProcessStuck) as refused:
        house.complete("look", "reviewer_l1_east")

    assert "decision" in refused.value.text("zh")
    assert house.task("look").status == "open"


def test_a_business_error_nobody_handles_is_told_with_its_code(house, topics):
    @topics.topic("throw")
    def throw(call):
        raise BpmnError("E9", "unheard of")

    house.deploy(two_steps(service("throw", topic="throw")))
    house.start("loan")

    with pytest.raises(ProcessError) as refused:
        house.complete("enter", "front_desk_east", name="x")

    assert refused.value.facts["error_code"] == "E9"


def test_only_the_groups_the_diagram_names_start_a_case(house):
    files = two_steps()
    files["loan.bpmn"] = files["loan.bpmn"].replace(
        b'<process id="loan"', b'<process camunda:candidateStarterGroups="front_desk" id="loan"'
    )
    house.deploy(files)

    with pytest.raises(NotAllowed):
        house.start("loan", by="reviewer_l1_east")
    house.start("loan", by="front_desk_east")


def test_claiming_is_one_commit_and_at_most_nine_statements(house):
    house.deploy(two_steps())
    house.start("loan")
    task, actor = house.task("enter"), house.who("front_desk_east")

    with house.statements() as seen, house.database.write() as session:
        house.engine.claim(session, task.id, actor)

    assert seen.count("COMMIT") == 1
    assert len(seen) - 1 <= 9, "\n".join(seen)
