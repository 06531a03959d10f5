"""Founding a company of one's own from the command line, and checking files before they are deployed."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from cheliu.command import main
from company.database import Database
from company.people import Employee, EmployeeRole
from engine.deployments import Definition

ROOT = Path(__file__).parents[2]
PASSWORD = "Correct-horse-7"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CHELIU_HOME", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)

    def command(*arguments: str) -> Result:
        return CliRunner().invoke(main, arguments)

    return command


def found(run, **changes: str) -> Result:
    about = {
        "--name": "示例银行",
        "--name-en": "Sample Bank",
        "--code": "SB",
        "--lender-type": "bank",
        "--branch": "SH:上海分行:Shanghai:310115:SH1",
        "--business-date": "2026-11-20",
        "--admin": "root",
        "--password": PASSWORD,
    } | changes
    return run("found", *(part for pair in about.items() for part in pair))


def test_a_founded_company_has_an_administrator_and_the_processes_of_the_product(run, tmp_path: Path) -> None:
    result = found(run)

    assert result.exit_code == 0, result.output
    with Database(f"sqlite:///{tmp_path}/cheliu.db").read() as session:
        assert (
            session.scalar(select(EmployeeRole.role_id).join(Employee).where(Employee.username == "root"))
            == "admin"
        )
        assert "disbursement" in set(session.scalars(select(Definition.process_id)))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"--lender-type": "leasing"}, "融资租赁的出租人拥有车辆"),
        ({"--password": "short"}, "密码至少 12 位"),
        ({"--branch": "SH:上海分行"}, "应写成 代码:中文名"),
    ],
)
def test_what_cannot_be_founded_is_refused_in_both_languages_and_leaves_nothing(
    run, tmp_path: Path, changes: dict[str, str], said: str
) -> None:
    refused = found(run, **changes)

    assert refused.exit_code == 1
    assert said in refused.output
    assert "Traceback" not in refused.output
    assert found(run).exit_code == 0, "nothing of the refused company is in the way"


def test_people_are_hired_at_a_unit_and_an_unknown_unit_is_refused(run) -> None:
    found(run)
    person = ("--name", "张岚", "--name-en", "Zhang Lan", "--role", "front_desk", "--password", PASSWORD)

    hired = run("hire", "zhang", "--unit", "SH", *person)
    refused = run("hire", "zhang2", "--unit", "XX", *person)

    assert hired.exit_code == 0
    assert "没有代码为 XX 的机构" in refused.output


def test_serving_an_empty_database_says_what_to_do(run) -> None:
    refused = run("serve")

    assert refused.exit_code == 1
    assert "cheliu found" in refused.output


def test_the_products_own_diagrams_pass_the_check_one_by_one_and_together(run) -> None:
    calling = [
        ROOT / "processes" / name / f"{name}.bpmn"
        for name in ("credit_application", "supplement", "decisions")
    ]
    alone = [path for path in calling if path.exists()]
    for path in (*alone, ROOT / "processes", ROOT / "forms"):
        result = run("check", str(path))
        said = result.output.splitlines()
        assert ([line for line in said if not line.endswith("[运行]")], result.exit_code) == ([], 0), path


def test_every_problem_of_every_file_is_a_line_and_the_exit_code_is_1(run, tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.bpmn"
    bomb.write_text('<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>')
    form = tmp_path / "odd.form"
    form.write_text('{"id": "odd", "type": "default", "components": [{"type": "hologram", "key": "x"}]}')

    result = run(
        "check", str(bomb), str(form), str(ROOT / "benchmarks/diagrams/two_tasks.bpmn"), "--language", "en"
    )

    assert result.exit_code == 1
    lines = result.output.splitlines()
    assert any("bomb.bpmn" in line and "xml_refused" in line for line in lines)
    assert any("odd.form" in line and "hologram" in line for line in lines)
    assert sum("topic_unknown" in line for line in lines) == 2


def test_only_who_may_execute_process_models_deploys_them(run) -> None:
    found(run)
    run(
        "hire",
        "zhang",
        "--unit",
        "SH",
        "--name",
        "张",
        "--name-en",
        "Z",
        "--role",
        "front_desk",
        "--password",
        PASSWORD,
    )
    folders = (str(ROOT / "processes"), str(ROOT / "forms"))

    refused = run("deploy", *folders, "--note", "a trial", "--as", "zhang")
    deployed = run("deploy", *folders, "--note", "a trial", "--as", "root")
    nobody = run("deploy", *folders, "--note", "a trial", "--as", "nobody")

    assert "无权发布流程" in refused.output
    assert deployed.exit_code == 0, deployed.output
    assert "没有登录名为 nobody 的员工" in nobody.output
