"""Bundles are deployed whole or not at all, and running cases stay on their version."""

import pytest
from diagrams import bundle, end, path, process, properties, rule, service, start, user
from engine_house import a_form
from sqlalchemy import select, update

from engine import deployments
from engine.bundles import Bundle
from engine.deployments import Definition, DeployedFile, Deployment, load_definition, newest
from engine.errors import AlreadyRunning, DeploymentRefused, FingerprintMismatch, FormUnknown, ProcessUnknown
from engine.tasks import Instance


def version(form_field="name*", *, middle="look"):
    return {
        "p/p.bpmn": bundle(
            process(
                "p",
                start(),
                user(middle, candidateGroups_="reviewer_l1", formRef_="look"),
                end(),
                path("s", middle, "e"),
            )
        ),
        "p/look.form": a_form("look", form_field),
        "p/en.json": b'{"elements": {"look": "Look at it"}, "title": "A process"}',
    }


def test_a_deployment_says_what_who_when_and_why(house):
    deployment = house.deploy(version())

    assert (deployment.name, deployment.version, deployment.note) == ("test", 1, "a note")
    assert (deployment.deployed_by_name, deployment.deployed_at) == ("名admin", house.clock.now())
    assert len(deployment.content_hash) == 64


def test_the_same_content_again_is_no_new_version(house):
    first = house.deploy(version())
    again = house.deploy(version())
    changed = house.deploy(version("other"))

    assert again.id == first.id
    assert changed.version == 2
    assert [row.version for row in house.rows(Definition, process_id="p")] == [1, 2]


def test_a_bundle_with_problems_is_refused_whole_and_all_are_listed(house):
    bad = {
        "a.bpmn": bundle(process("a", start(), service("x", topic="nobody"), end(), path("s", "x", "e"))),
        "b.bpmn": bundle(
            process(
                "b",
                start(),
                user("y", candidateGroups_="nobodies", formRef_="missing"),
                end(),
                path("s", "y", "e"),
            )
        ),
        "c.form": b"{",
        "ok.bpmn": version()["p/p.bpmn"],
    }

    with pytest.raises(DeploymentRefused) as refused:
        house.deploy(bad)

    said = refused.value.text("en")
    assert all(word in said for word in ("nobody", "nobodies", "missing", "c.form"))
    assert house.rows(Deployment) == []
    assert house.rows(Definition) == []


def test_what_only_handlers_know_is_listed_with_everything_else(house, topics):
    @topics.topic("ask-bank")
    def ask(call):
        return {}

    ask.outside(lambda call: None)
    steps = (
        service("ask", topic="ask-bank"),
        rule("grade", extensions=properties(facts="nobodys_facts")),
        user("y", candidateGroups_="nobodies"),
    )
    drawn = bundle(process("p", start(), *steps, end(), path("s", "ask", "grade", "y", "e")))

    with pytest.raises(DeploymentRefused) as refused:
        house.deploy({"p.bpmn": drawn})

    assert {"outside_needs_async", "facts_unknown", "group_unknown", "decision_unknown"} <= {
        problem.code for problem in refused.value.problems
    }


def test_a_diagram_that_no_tool_has_drawn_is_laid_out_for_the_page(house):
    drawn = bundle(process("p", start(), end(), path("s", "e")))
    house.deploy({"p.bpmn": drawn})

    with house.database.read() as session:
        shown = newest(session, "p").diagram("p")

    assert b"BPMNShape" not in drawn
    assert shown.count(b"<bpmndi:BPMNShape ") == 2


def test_forms_and_texts_are_part_of_the_deployment(house):
    house.deploy(version())

    with house.database.read() as session:
        definition = newest(session, "p")

    assert definition.form("look") == a_form("look", "name*")
    assert definition.texts("en") == {"elements.look": "Look at it", "title": "A process"}
    assert b"<process" in definition.diagram("p")
    with pytest.raises(FormUnknown):
        definition.form("another")


def test_a_running_case_stays_on_the_version_it_was_started_on(house):
    house.deploy(version())
    old = house.start("p", "APP-old")
    house.deploy(version("other*", middle="look2"))
    new = house.start("p", "APP-new")

    house.complete("look", "reviewer_l1_east", name="x")
    house.complete("look2", "reviewer_l1_east", other="x")

    assert (house.status(old), house.status(new)) == ("completed", "completed")


def test_a_definition_is_compiled_once(house, monkeypatch):
    house.deploy(version())
    house.start("p", "APP-1")
    monkeypatch.setattr(deployments, "compile_processes", lambda files: pytest.fail("compiled again"))

    house.start("p", "APP-2")


def test_a_fingerprint_that_does_not_fit_is_a_clear_refusal(house):
    house.deploy(version())
    house.start("p")
    with house.database.write() as session:
        session.execute(update(Definition).values(fingerprint="another"))
    deployments.forget(house.database.engine)

    with pytest.raises(FingerprintMismatch):
        house.complete("look", "reviewer_l1_east", name="x")
    with pytest.raises(FingerprintMismatch), house.database.read() as session:
        load_definition(session, house.rows(Instance)[0].definition_id)


def test_an_unknown_process_and_a_second_case_of_the_same_key_are_refused(house):
    house.deploy(version())
    house.start("p")

    with pytest.raises(AlreadyRunning):
        house.start("p")
    with pytest.raises(ProcessUnknown):
        house.start("nothing")

    house.complete("look", "reviewer_l1_east", name="x")
    house.start("p")


def test_a_bundle_is_read_from_folders_without_cases_and_readmes(tmp_path):
    for name in ("p/p.bpmn", "p/README.md", "p/cases/a.json", "p/en.json", "decisions/d.dmn"):
        file = tmp_path / "processes" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(name.encode())
    (tmp_path / "forms" / "p").mkdir(parents=True)
    (tmp_path / "forms" / "p" / "look.form").write_bytes(b"{}")
    (tmp_path / "forms" / "p" / "en.json").write_bytes(b"{}")

    found = Bundle.from_folder(tmp_path / "processes", tmp_path / "forms")

    assert sorted(found.files) == [
        "decisions/d.dmn",
        "forms/p/en.json",
        "p/look.form",
        "p/p.bpmn",
        "processes/p/en.json",
    ]
    assert found.name == "processes"
    assert found.content_hash == Bundle("x", dict(reversed(found.files.items()))).content_hash


BOMB = b"""<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="p">&b;</process></definitions>"""


@pytest.mark.parametrize("name", ["bomb.bpmn", "bomb.dmn"])
def test_hostile_and_broken_files_are_refused_naming_the_file(house, name):
    with pytest.raises(DeploymentRefused) as refused:
        house.deploy({**version(), name: BOMB, "broken.bpmn": b"<definitions", "broken.dmn": b""})

    said = refused.value.text("en")
    assert all(file in said for file in (name, "broken.bpmn", "broken.dmn"))
    assert house.rows(Deployment) == []


def test_a_definition_deployed_under_older_rules_goes_on_running(house, topics):
    @topics.topic("note")
    def note(call):
        return {}

    step = service("step", asyncBefore_="true", retryable="x")
    house.deploy({"p.bpmn": bundle(process("p", start(), step, end(), path("s", "step", "e")))})
    instance_id = house.start("p")
    with house.database.write() as session:  # as if it had been drawn before retry cycles were checked
        (file,) = session.scalars(select(DeployedFile)).all()
        file.content = file.content.replace(b'retryable="x"', b'camunda:failedJobRetryTimeCycle="soon"')
    deployments.forget(house.database.engine)

    house.work()

    assert house.status(instance_id) == "completed"
