"""What a person is told waits for the next page, once each, and never fills the cookie."""

from flask import Flask, session

from web.telling import LINES_MAX, tell, told

APP = Flask("telling")
APP.secret_key = "of no other use"


def test_what_is_told_waits_for_one_page():
    with APP.test_request_context():
        tell("已提交。", "good")
        tell("请填写撤回原因。", "bad")

        assert told() == [["good", "已提交。"], ["bad", "请填写撤回原因。"]]
        assert told() == []


def test_a_program_that_opens_no_page_does_not_fill_the_cookie():
    with APP.test_request_context():
        for number in range(50):
            tell("已提交。", "good")
            tell(f"第 {number} 条", "good")

        assert len(session["told"]) == LINES_MAX
        assert told()[-1] == ["good", "第 49 条"]
