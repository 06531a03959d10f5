"""The bank takes money back, told by its callback: under a claim, or not at all, with the reason shown."""

from loan_in_other_hands import pass_on

from cheliu import case_money
from cheliu.working import work_off
from company.organisation import business_date
from engine.tasks import UserTask
from lending.bank import suspense
from lending.bank.receipts import BankReceipt, ReceiptStatus
from lending.deliveries import Delivery

MAKER, CHECKER = "finance_maker", "finance_checker"


def tell(made, **told):
    number = case_money.tell_money(made.house, told)
    work_off(made.house)
    return number


def returned(made, number, amount):
    return tell(made, type="returned", id=f"R-{number}", reference=f"B-{number}", amount=amount)


def statuses(made):
    return [each.status for each in made.rows(BankReceipt)]


def open_tasks(made):
    return sorted(each.element_id for each in made.rows(UserTask) if each.status == "open")


def test_a_claim_under_way_ends_when_its_money_goes_back(made):
    tell(made, id="B-1", amount="500.00", payer="李四", purpose="车款")
    before = open_tasks(made)
    returned(made, 1, "500.00")
    made.do(MAKER, "Task_ProposeReversal", return_note="银行退票")
    made.do(CHECKER, "Task_CheckReversal", check_decision="approve")

    assert "Task_ClaimReceipt" in before
    assert "Task_ClaimReceipt" not in open_tasks(made)
    assert statuses(made) == [ReceiptStatus.REVERSED, ReceiptStatus.REVERSED]
    with made.house.database.read() as session:
        assert suspense.unclaimed(session).posted == 0


def test_what_cannot_be_reversed_stands_on_the_list_with_its_reason_and_is_looked_for_again(made):
    returned(made, 2, "500.00")
    page = made.browser(MAKER).get("/bank/receipts").text
    reader = made.browser("finance_maker")
    reader.post("/language", {"language": "en"})
    form = reader.get(f"/inbox/{made.task('Task_ClearReturn')}").text
    tell(made, id="B-2", amount="500.00", payer="李四", purpose="车款")
    made.do(MAKER, "Task_ClearReturn", return_choice="again", return_note="到账通知晚到")

    assert "银行退回的流水 B-2 没有对应的入账" in page
    assert "The bank returns B-2, which was never posted" in form
    assert "没有对应的入账" not in form
    assert statuses(made)[0] is ReceiptStatus.ARRIVED
    assert "Task_ProposeReversal" in open_tasks(made)
    assert "银行退回的流水 B-2 没有对应的入账" not in made.browser(MAKER).get("/bank/receipts").text


def test_what_cannot_be_reversed_any_more_when_it_is_checked_goes_back_to_be_cleared(made):
    tell(made, id="B-3", amount="500.00", payer="李四", purpose="车款")
    for again in ("a", "b"):
        tell(made, type="returned", id=f"R-3{again}", reference="B-3", amount="500.00")
    for _ in range(2):
        made.do(MAKER, "Task_ProposeReversal", return_note="银行退票")
    for _ in range(2):
        made.do(CHECKER, "Task_CheckReversal", check_decision="approve")
    page = made.browser(MAKER).get("/bank/receipts").text

    assert "流水 B-3 此前已冲正" in page
    assert sorted(statuses(made)) == [ReceiptStatus.REFUSED, ReceiptStatus.REVERSED, ReceiptStatus.REVERSED]
    assert open_tasks(made).count("Task_ClearReturn") == 1
    with made.house.database.read() as session:
        assert suspense.unclaimed(session).posted == 0
    made.do(MAKER, "Task_ClearReturn", return_choice="leave", return_note="银行重复通知")
    assert made.running("repayment") == []


def test_of_money_taken_back_is_told_who_owed_the_loan_when_it_came(made):
    tell(made, id="B-4", amount="500.00", payer="王某", purpose=made.loan_no)
    made.days(1)
    with made.house.database.write() as session:
        on = business_date(session)
        former, _newcomer = pass_on(session, made.house.world.vault, made.loan_no, on, now=made.clock.now())
    returned(made, 4, "500.00")
    made.do(MAKER, "Task_ProposeReversal", return_note="银行退票")
    made.do(CHECKER, "Task_CheckReversal", check_decision="approve")

    told = made.rows(Delivery, template="receipt_returned")
    assert {each.customer_id for each in told} == {former}
