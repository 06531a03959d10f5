"""One row of a table changed, dropped or added; everything else stays as its author wrote it."""

import pytest

from engine.dmn import parse_dmn
from engine.dmn.editing import RowGone, with_output, with_row, without_row

TABLE = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" xmlns:x="urn:x" id="D" name="d" namespace="n">
  <decision id="papers" name="资料"><decisionTable id="T" hitPolicy="COLLECT">
    <input id="I1" x:width="9"><inputExpression id="E1" typeRef="string"><text>kind</text></inputExpression></input>
    <input id="I2"><inputExpression id="E2" typeRef="number"><text>age</text></inputExpression></input>
    <output id="O1" name="paper" typeRef="string"/><output id="O2" name="need" typeRef="string"/>
    <rule id="R1"><description>旧</description>
      <inputEntry id="R1_1"><text>"used"</text></inputEntry><inputEntry id="R1_2"><text>&gt; 3</text></inputEntry>
      <outputEntry id="R1_3"><text>"report"</text></outputEntry>
      <outputEntry id="R1_4"><text>"required"</text></outputEntry>
    </rule>
  </decisionTable></decision>
</definitions>""".encode()


def listed(xml, **facts):
    return parse_dmn(xml).evaluate("papers", facts, strict=True).value


def test_a_cell_a_row_and_a_new_row_change_what_is_decided_and_nothing_else():
    changed = with_output(TABLE, "papers", "R1", "need", '"optional"')
    more = with_row(
        TABLE,
        "papers",
        "R2",
        conditions={"kind": '"new"'},
        outputs={"paper": '"invoice"', "need": '"required"'},
        note="新车发票",
    )

    assert listed(changed, kind="used", age=4) == [{"paper": "report", "need": "optional"}]
    assert listed(without_row(TABLE, "papers", "R1"), kind="used", age=4) in ([], None)
    assert listed(more, kind="new", age=1) == [{"paper": "invoice", "need": "required"}]
    assert listed(more, kind="used", age=4) == [{"paper": "report", "need": "required"}]
    assert b'width="9"' in more
    assert "新车发票".encode() in more


def test_a_row_or_table_that_is_gone_is_refused():
    for decision, row in (("papers", "R9"), ("prices", "R1")):
        with pytest.raises(RowGone):
            without_row(TABLE, decision, row)
