"""``cheliu check``, ``simulate`` and ``draw`` on files that somebody brings along."""

import diagrams as d
from click.testing import CliRunner
from tidiness import ROOT

from cheliu.command import main

SAMPLES = ROOT / "tests/engine/bpmn/foreign"


def run(*arguments):
    result = CliRunner().invoke(main, [str(each) for each in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.output


def test_the_products_own_files_run_and_nothing_is_refused():
    code, output = run("check", ROOT / "processes", ROOT / "forms", "--language", "en")
    assert code == 0
    assert "refused" not in output
    assert output.count("[runs]") == len(list((ROOT / "processes").glob("*/*.bpmn")))


def test_each_line_names_file_element_rule_and_remedy_in_the_language_asked_for():
    code, output = run("check", SAMPLES / "camunda7.bpmn", "--language", "en")
    assert code == 1
    assert (
        f"{SAMPLES}/camunda7.bpmn: Activity_1 查勘: camunda:taskListener is not run here; "
        "draw what the listener does as a service task [refused: word_refused]" in output
    )
    assert "is translated to FEEL: amount > 0 and (fraud != true); nothing to do [translated: " in output

    code, output = run("check", SAMPLES / "camunda7.bpmn")
    assert "不支持 camunda:taskListener。请把监听器要做的事画成服务任务。 [拒绝: word_refused]" in output


def test_a_file_of_a_relative_passes():
    code, output = run("check", SAMPLES / "operaton.bpmn", "--language", "en")
    assert code == 0
    assert "operaton:candidateGroups" in output
    assert "2 end, 1 exclusive gateway, 1 service task, 1 start, 1 user task [runs]" in output


def test_a_file_of_an_unknown_kind_is_refused_and_said_so(tmp_path):
    picture = tmp_path / "diagram.png"
    picture.write_bytes(b"\x89PNG")
    assert run("check", picture, "--language", "en") == (
        1,
        f"{picture}: files of this kind are not read; supply .bpmn, .dmn or .form [refused: file_not_read]\n",
    )


def test_an_xml_file_is_taken_for_a_diagram(tmp_path):
    file = tmp_path / "export.xml"
    file.write_bytes(d.bundle(d.process("p", d.start(), d.end(), d.path("s", "e"))))
    assert run("check", file, "--language", "en") == (0, f"{file}: p 流程: 1 end, 1 start [runs]\n")


def test_lenient_only_refuses_what_cannot_be_shown():
    shown = [sample for sample in sorted(SAMPLES.iterdir()) if sample.name != "draw_io.bpmn"]
    assert run("check", "--lenient", *shown)[0] == 0
    assert run("check", "--lenient", SAMPLES / "draw_io.bpmn")[0] == 1
    output = run("check", "--lenient", "--language", "en", SAMPLES / "signavio.bpmn")[1]
    assert "sid-pr2 车行: 5 elements and 4 flows can be shown" in output
    assert "things keep it from running" in output


def test_a_descriptive_diagram_is_simulated_the_same_way_for_the_same_seed():
    code, output = run("simulate", SAMPLES / "signavio.bpmn", "--language", "en", "--seed", "4")
    assert code == 0
    assert "starts at" in output or "event: 收到询价" in output
    assert "接受？: chooses “" in output
    assert "all branches have ended" in output
    assert run("simulate", SAMPLES / "signavio.bpmn", "--language", "en", "--seed", "4") == (code, output)


def test_the_steps_of_a_simulation_are_bounded():
    code, output = run("simulate", SAMPLES / "visual_paradigm.bpmn", "--language", "en", "--steps", "5")
    assert code == 0
    assert "stopped after 5 steps" in output


def test_a_diagram_without_shapes_is_drawn(tmp_path):
    drawing = tmp_path / "drawn.bpmn"
    assert run("draw", SAMPLES / "bizagi.bpmn", drawing)[0] == 0
    assert drawing.read_bytes().count(b"BPMNShape ") == 7
    code, output = run("draw", SAMPLES / "draw_io.bpmn", tmp_path / "none.bpmn")
    assert code == 1
    assert "check --lenient" in output
