"""What cannot run is refused when it is deployed, all of it at once, forms included."""

import json
from pathlib import Path

import pytest

from cheliu.case_house import copy_house, found_template
from cheliu.wiring import product_bundle
from company.people import SYSTEM
from engine.bundles import Bundle
from engine.errors import DeploymentRefused

FORM = "loan_review/review_l1.form"
DIAGRAM = "loan_review/loan_review.bpmn"


def refused_codes(tmp_path: Path, changed: dict[str, bytes]) -> set[str]:
    house, _, _ = copy_house(found_template(tmp_path), tmp_path / "house")
    bundle = Bundle("cheliu", {**product_bundle().files, **changed})
    with pytest.raises(DeploymentRefused) as refused, house.database.write() as session:
        house.engine.deploy(session, bundle, SYSTEM, "broken")
    house.close()
    return {problem.code for problem in refused.value.problems}


def test_a_broken_form_and_a_broken_diagram_are_told_together(tmp_path: Path) -> None:
    files = product_bundle().files
    form = json.loads(files[FORM])
    form["components"].append(
        {"type": "iframe", "id": "Field_hostile", "key": "x", "url": "https://example.invalid"}
    )
    form["components"].append(
        {"type": "textfield", "id": "Field_bad", "key": "y", "label": "y", "validate": {"pattern": "(a"}}
    )
    diagram = files[DIAGRAM].replace(b'topic="tally-votes"', b'topic="no-such-topic"')

    codes = refused_codes(tmp_path, {FORM: json.dumps(form).encode(), DIAGRAM: diagram})

    assert {"form_type", "form_pattern", "topic_unknown"} <= codes


def test_an_entity_bomb_in_a_diagram_is_refused_unread(tmp_path: Path) -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'

    assert "xml_refused" in refused_codes(tmp_path, {DIAGRAM: bomb})
