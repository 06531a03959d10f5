"""The inbox in a real browser: the keyboard, the form's script, the diagram, and the width of a phone."""

import re

import pytest
from shared_app import served

PASSWORD = "cheliu-demo"


@pytest.fixture
def address(house):
    """Where the pages are served."""
    with served(house.app) as address:
        yield address


def sign_in(page, address, username):
    page.goto(f"{address}/sign-in")
    page.click(f"[data-username={username}]")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/start"))
    page.goto(f"{address}/inbox")


def start(page, address):
    page.goto(f"{address}/cases/new")
    page.click("form[action='/cases/new'] button.btn-primary")
    page.wait_for_selector(".fjs-form")


def fill(page, name, phone, amount):
    page.get_by_label("客户姓名").fill(name)
    page.get_by_label("手机号码").fill(phone)
    page.get_by_label("申请金额").fill(amount)


def refusals(page):
    """What the browser would not load or run."""
    seen = []
    page.on("console", lambda message: seen.append(message.text) if message.type == "error" else None)
    return seen


def test_an_application_is_entered_corrected_and_submitted_with_the_keyboard(house, address, page):
    seen = refusals(page)
    sign_in(page, address, "customer_manager")
    start(page, address)
    fill(page, "王建国", "13912345678", "5")

    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".problems")
    told = page.inner_text(".problems")
    page.get_by_label("申请金额").fill("50000")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("text=已提交。")

    assert "申请金额" in told
    assert [task.element_id for task in house.tasks()] == ["Task_Review"]
    assert seen == []


def test_what_is_typed_is_kept_as_a_draft_by_itself(house, address, page):
    sign_in(page, address, "customer_manager")
    start(page, address)
    fill(page, "王建国", "13912345678", "60000")
    page.wait_for_selector(".saved:has-text('草稿已于')")

    page.reload()

    assert page.get_by_label("客户姓名").input_value() == "王建国"


def test_what_is_typed_outlives_the_session(house, address, page):
    sign_in(page, address, "customer_manager")
    start(page, address)
    task_address = page.url
    fill(page, "王建国", "13912345678", "50000")
    page.context.clear_cookies()

    page.keyboard.press("Control+Enter")
    told = page.inner_text(".problems")
    elsewhere = page.context.new_page()
    sign_in(elsewhere, address, "customer_manager")
    unmoved = page.url
    page.click("[data-key=submit]")
    page.wait_for_url(re.compile("/inbox[?]?[^/]*$"))

    assert "登录已过期" in told
    assert unmoved == task_address
    assert [task.name for task in house.tasks()] == ["一级审核"]


def test_a_refusal_of_the_server_stands_beside_its_field(house, address, page):
    sign_in(page, address, "customer_manager")
    start(page, address)
    fill(page, "王建国", "13912345678", "60000")
    page.set_input_files(
        "[data-form] input[type=file]",
        {"name": "x.pdf", "mimeType": "application/pdf", "buffer": b"no pdf at all"},
    )

    with page.expect_response(re.compile(r"/inbox/\d+$")) as answered:
        page.click("[data-key=submit]")
    page.wait_for_selector(".problems")

    assert answered.value.status == 422
    assert "资料" in page.inner_text(".problems")
    assert page.locator(".fjs-form-field-filepicker .fjs-form-field-error").count() == 1


def test_the_pool_is_worked_by_keys_alone(house, address, page):
    manager = house.browser("customer_manager")
    for name in ("甲", "乙"):
        manager.get("/cases/new")
        task_address = manager.post("/cases/new").location
        manager.send(
            task_address,
            {
                "answers": f'{{"customer_name": "{name}", "phone": "13912345678", "amount": "50000"}}',
                "version": "2",
            },
        )
    sign_in(page, address, "reviewer_l1")
    page.goto(f"{address}/inbox?tab=pool")
    first, second = (task.id for task in house.tasks("Task_Review"))

    page.keyboard.press("j")
    page.wait_for_url(re.compile(f"/inbox/{second}"))
    page.wait_for_selector(".now")
    page.keyboard.press("k")
    page.wait_for_url(re.compile(f"/inbox/{first}"))
    page.wait_for_selector("[data-key=claim]")
    page.keyboard.press("c")
    page.wait_for_selector("text=已领取。")

    held = {task.id: task.assignee_name for task in house.tasks("Task_Review")}
    assert held == {first: "周敏", second: None}
    assert page.locator(".bjs-container").count() == 1


@pytest.mark.parametrize(
    "path", ["/sign-in", "/inbox", "/cases", "/cases/new", "/loans", "/ledger", "/processes"]
)
def test_nothing_runs_over_the_side_of_a_phone(house, address, phone_page, path):
    sign_in(phone_page, address, "process_analyst")
    phone_page.goto(f"{address}{path}")

    wide = phone_page.evaluate(
        "[document.documentElement, document.querySelector('.content')]"
        ".map((each) => each ? each.scrollWidth - each.clientWidth : 0)"
    )

    assert wide == [0, 0]


def test_a_task_on_a_phone_stands_in_one_column_with_inputs_that_do_not_zoom(house, address, phone_page):
    sign_in(phone_page, address, "customer_manager")
    start(phone_page, address)

    boxes = [phone_page.get_by_label(label).bounding_box() for label in ("客户姓名", "手机号码")]
    size = phone_page.get_by_label("客户姓名").evaluate("(input) => getComputedStyle(input).fontSize")

    assert boxes[0]["x"] == boxes[1]["x"]
    assert boxes[0]["y"] < boxes[1]["y"]
    assert size == "16px"
