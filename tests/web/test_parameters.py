"""The parameters of the company on their pages: read by all who read rules, changed by two people, from a day on."""

from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select

from company import parameter_changes, parameter_words, parameters
from company.audit import AuditEntry
from company.parameter_values import VALUES

FROM = date(2026, 10, 1)


def value(house, key, on):
    with house.database.read() as session:
        return parameters.value(session, key, on)


def typed(**parts):
    """The fields of the form: ``valid_from`` and ``reason`` beside the parts."""
    return {"valid_from": FROM.isoformat(), "reason": "制度〔2026〕8号", **parts}


def test_a_value_is_proposed_by_one_decided_by_another_and_holds_from_its_day(house):
    admin, committee = house.browser("admin"), house.browser("risk_committee")
    listed = admin.get("/parameters").text
    page = admin.get("/parameters/debt_to_income").text
    answer = admin.post("/parameters/debt_to_income", typed(**{"part-refer": "0.45", "part-hard": "0.55"}))
    early = value(house, "debt_to_income", FROM)
    own = admin.post("/changes/1/approve").status_code
    waiting = committee.get("/changes").text
    approved = committee.post("/changes/1/approve").status_code
    after = committee.get("/parameters/debt_to_income").text

    assert "债务收入比" in listed
    assert 'name="part-refer"' in page
    assert (answer.status_code, own, approved) == (303, 403, 303)
    assert "人工线" in waiting
    assert "0.45" in waiting
    assert "拒绝线" not in waiting, "only what is to be different is shown"
    assert early == {"refer": Decimal("0.50"), "hard": Decimal("0.55")}
    assert value(house, "debt_to_income", FROM - timedelta(days=1)) == early
    assert value(house, "debt_to_income", FROM) == {"refer": Decimal("0.45"), "hard": Decimal("0.55")}
    assert "制度〔2026〕8号" in after
    assert "risk_committee" in after
    with house.database.read() as session:
        acts = session.scalars(select(AuditEntry.action).where(AuditEntry.object_type == "proposal")).all()
    assert acts == ["proposal.make", "proposal.approve"]


REFUSED = (
    ("debt_to_income", {"part-refer": "many"}, "不能作为“人工线”的值"),
    ("debt_to_income", {"part-refer": "-0.1"}, "不小于零"),
    ("compound_enabled", {"part-bank": "maybe"}, "不能作为“商业银行”的值"),
    ("grace_days", {"part-": "1.5"}, "不能作为“值”的值"),
    ("grace_days", {"part-": "0"}, "没有填写任何变更内容"),
    ("grace_days", {"part-": "3", "valid_from": "2026-08-31"}, "2026-08-31"),
    ("grace_days", {"part-": "3", "valid_from": "soon"}, "日期"),
    ("grace_days", {"part-": "3", "reason": " "}, "理由"),
)


def test_what_is_no_value_of_its_kind_or_begins_too_early_is_refused_and_stays_in_the_form(house):
    admin = house.browser("admin")

    for key, fields, said in REFUSED:
        admin.get(f"/parameters/{key}")
        answer = admin.post(f"/parameters/{key}", {**typed(), **fields})

        assert answer.status_code == 422, fields
        assert said in answer.text, fields
        assert "没有变更" in answer.text, "nothing is proposed"


def test_who_only_reads_rules_proposes_nothing_and_who_reads_none_sees_none(house):
    reader, stranger = house.browser("reviewer_l1"), house.browser("front_desk")

    assert "提交复核" not in reader.get("/parameters/grace_days").text
    assert reader.post("/parameters/grace_days", typed(**{"part-": "3"})).status_code == 403
    assert stranger.get("/parameters").status_code == 403
    assert house.browser("admin").get("/parameters/ltv_ceiling").status_code == 404


def test_every_value_keeps_its_shape_when_it_is_typed_anew_as_it_reads():
    for key, old, _since, _source in VALUES:
        again = {
            path: parameter_changes.read(path, parameter_words.typed(part), part)
            for path, part in parameter_changes.parts(old).items()
        }
        assert parameter_changes.changed(old, again) == old, key


def test_every_part_of_every_changeable_value_has_words():
    plain = {"1Y", "31", "32", "33", "S", "A", "B", "C"}
    for key, old, _since, _source in VALUES:
        if key not in parameter_words.TITLES:
            continue
        for path in parameter_changes.parts(old):
            for step in filter(None, path.split("/")):
                assert step.isdecimal() or step in plain | set(parameter_words.PARTS), (key, step)
