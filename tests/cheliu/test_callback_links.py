"""A callback that the customer answers himself: the link, what it asks, what an answer means, and how it ends else."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from callback_link import ANSWERS, LINK_DAY, LinkedLoan, borrower
from sqlalchemy import select

from cheliu.case_callbacks import do as do_step
from cheliu.case_tasks import CaseFailed
from company.audit import AuditEntry
from company.notices import Notice
from lending import callback_questions, contact_circumstances, customer_changes, customers, retention
from lending.breaches import LoanBreach
from lending.callback_kinds import CallbackMethod, CallbackOutcome, CallbackStatus, WarningLevel
from lending.callback_link_records import CallbackLink, LinkEnd
from lending.contact_circumstances import Circumstance
from lending.contact_gate import ContactAttempt, Purpose
from lending.contacts import Complaint
from lending.customer_changes import CustomerField
from lending.deliveries import Delivery
from lending.life import quotes

GONE = "链接无效或已失效。如需答复或有疑问，请致电我们。"
MANAGER = "postloan_manager"


@pytest.fixture
def ready(tmp_path):
    """A good payer of grade A, on the evening before his second callback."""
    made = LinkedLoan(tmp_path / "house")
    yield made
    made.close()


@pytest.fixture
def sent(ready):
    """The same once the link is out."""
    return ready.come_to_the_link()


def bare(page):
    """A page without what differs from one answer to the next."""
    return page.status_code, re.sub(r'(csrf_token" value|data-csrf|name="next" value)="[^"]*"', "", page.text)


def note(house, kind):
    with house.house.database.write() as session:
        customer_id, _phone = borrower(house)
        contact_circumstances.note(
            session, customer_id, kind, "家属告知", by=house.who(MANAGER).employee_id, now=house.clock.now()
        )


@pytest.mark.feature("M-119")
def test_a_good_payer_is_sent_a_link_by_the_gate_of_contacts_and_nobody_has_a_task(sent):
    (delivery,) = sent.rows(Delivery, template="callback_link")
    attempt = sent.rows(ContactAttempt)[-1]

    assert (attempt.purpose, attempt.allowed, delivery.contact_id) == (Purpose.CALLBACK, True, attempt.id)
    assert "2027-10-25" in delivery.text, "five days after the day of sending"
    token = sent.address.rpartition("/")[2]
    assert token not in f"{delivery.text} {delivery.facts}"
    assert token.encode() not in sent.link.token_hash
    assert (sent.link.token_sealed, sent.link.end) == (None, None)
    assert sent.visit.status is CallbackStatus.PREPARING
    assert sent.task("Task_Prepare") is None


@pytest.mark.feature("M-119")
def test_nothing_of_the_person_is_shown_before_the_last_four_digits_are_right(sent):
    visitor = sent.customer()

    asked = visitor.open()
    wrong = visitor.tell("0000")
    right = visitor.tell(sent.tail)

    with sent.house.database.read() as session:
        name = customers.get(session, borrower(sent)[0]).name
    assert (asked.status_code, wrong.status_code, right.status_code) == (200, 401, 200)
    assert "证件号码后四位不符，请核对后再试。" in wrong.text
    for page in (asked, wrong):
        assert name[0] + "*" not in page.text
        assert sent.loan_no[-4:] not in page.text
    assert name not in right.text
    assert name[0] + "*" in right.text
    assert sent.loan_no[-4:] in right.text
    assert sent.link.tries == 1


@pytest.mark.feature("M-119")
def test_good_answers_end_the_callback_without_staff_and_the_next_one_is_planned_by_the_same_tables(sent):
    visitor = sent.customer()
    visitor.open()
    done = visitor.tell(sent.tail, **ANSWERS)
    sent.worked_off()

    assert done.status_code == 200
    assert "已收到您的答复" in done.text
    visit = sent.visit
    assert (visit.status, visit.method, visit.outcome, visit.made_by) == (
        CallbackStatus.DONE,
        CallbackMethod.LINK,
        CallbackOutcome.GOOD,
        None,
    )
    assert visit.answers["use_found"] == "private"
    assert visit.answers["verified_items"] == ["identity_last4"]
    assert sent.link.end is LinkEnd.ANSWERED
    coming = sent.visits()[-1]
    # Grade A, older than six months: every twelve months, twice good, not beyond twelve.
    assert (coming.status, coming.planned_on) == (CallbackStatus.PLANNED, LINK_DAY.replace(year=2028))
    assert sent.running("callback_visit") == []
    with sent.house.database.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "callback.answered")).one()
        assert (entry.object_id, entry.actor_name) == (visit.callback_no, f"customer-{borrower(sent)[0]}")


def test_the_audit_log_tells_of_each_step_at_a_link_and_holds_no_token(sent):
    visitor, token = sent.customer(), sent.address.rpartition("/")[2]
    visitor.open()
    for tail in ("0000", sent.tail):
        visitor.tell(tail)
    visitor.tell(sent.tail, **ANSWERS)

    with sent.house.database.read() as session:
        told = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
        steps = [each.action for each in told if each.object_type in ("callback", "callback_links")]
        held = [each.action for each in told if token in f"{each.object_id} {each.before} {each.after}"]
    opened = "callback.link_opened"
    assert steps[-4:] == ["callback.link_refused", opened, opened, "callback.answered"]
    assert held == []


def test_a_wrong_a_used_and_an_expired_link_are_answered_alike(sent):
    visitor = sent.customer()
    visitor.open()
    visitor.tell(sent.tail, **ANSWERS)
    used = [bare(visitor.open()), bare(visitor.tell(sent.tail)), bare(visitor.tell(sent.tail, **ANSWERS))]
    wrong = [
        bare(visitor.open("/callback/" + "x" * 32)),
        bare(visitor.tell(sent.tail)),
        bare(visitor.tell(sent.tail, **ANSWERS)),
    ]

    assert used == wrong
    assert {status for status, _text in used} == {404}
    assert all(GONE in text for _status, text in used)


def test_a_link_that_nobody_answers_expires_and_staff_call(sent):
    visitor = sent.customer()
    address = sent.address
    before = bare(visitor.open("/callback/nothing-of-the-kind"))
    sent.days(5)
    assert visitor.open(address).status_code == 200, "the last day counts"
    assert sent.task("Task_Prepare") is None
    sent.days(1)

    assert bare(visitor.open(address)) == before
    assert sent.link.end is LinkEnd.EXPIRED
    sent.do(MANAGER, "Task_Prepare", visit_method="phone")
    sent.do(MANAGER, "Task_Contact", attempt_result="reached")
    sent.do(MANAGER, "Task_FillChecklist", sample="callback_good")
    assert (sent.visit.method, sent.visit.outcome) == (CallbackMethod.PHONE, CallbackOutcome.GOOD)


def test_five_wrong_tries_lock_the_link_and_staff_call(sent):
    visitor = sent.customer()
    visitor.open()

    tries = [visitor.tell("0000").status_code for _ in range(5)]
    after = visitor.tell(sent.tail)
    sent.worked_off()

    assert tries == [401] * 5
    assert (after.status_code, sent.link.end) == (404, LinkEnd.LOCKED)
    assert sent.task("Task_Prepare") is not None
    with sent.house.database.read() as session:
        refused = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "callback.link_refused")
        ).all()
    assert len(refused) == 5


@pytest.mark.parametrize("kind", [Circumstance.DECEASED, Circumstance.IDENTITY_THEFT])
def test_a_link_ends_as_soon_as_the_customer_may_not_be_written_to(sent, kind):
    visitor = sent.customer()
    address = sent.address
    note(sent, kind)
    gone = visitor.open(address)
    sent.worked_off()

    assert (gone.status_code, sent.link.end) == (404, LinkEnd.REVOKED)
    assert sent.task("Task_Prepare") is not None


def test_a_hardship_request_leaves_the_link_open(sent):
    note(sent, Circumstance.HARDSHIP)

    assert sent.customer().open().status_code == 200


def test_a_link_ends_when_the_use_of_the_data_is_restricted(sent):
    visitor, address = sent.customer(), sent.address
    with sent.house.database.write() as session:
        customer = customers.get(session, borrower(sent)[0])
        asked = {"request_no": "GR-1", "on": LINK_DAY, "by": None, "now": sent.clock.now()}
        retention.erase_or_restrict(session, sent.house.world.vault, customer, **asked)
    sent.worked_off()

    assert visitor.open(address).status_code == 404
    assert sent.link.end is LinkEnd.REVOKED
    assert sent.task("Task_Prepare") is not None


def test_a_link_that_went_to_another_number_opens_nothing(sent):
    visitor, address = sent.customer(), sent.address
    with sent.house.database.write() as session:
        customer, vault = customers.get(session, borrower(sent)[0]), sent.house.world.vault
        customers.keep_contact(session, vault, customer, phone="13733334444", address=None, card=None)

    assert visitor.open(address).status_code == 404


def test_a_corrected_number_voids_the_link_that_went_to_the_old_one_and_staff_call(sent):
    address = sent.address
    with sent.house.database.write() as session:
        customer, vault = customers.get(session, borrower(sent)[0]), sent.house.world.vault
        told = {"reason": "客户换号", "by": None, "now": sent.clock.now()}
        customer_changes.correct(session, vault, customer, CustomerField.PHONE, "13733334444", **told)
    sent.worked_off()

    assert sent.customer().open(address).status_code == 404
    assert sent.link.end is LinkEnd.REVOKED
    assert sent.task("Task_Prepare") is not None


def test_whom_nobody_may_write_to_is_called_and_gets_no_link(ready):
    note(ready, Circumstance.CONTACT_LOST)
    ready.come_to_the_link()

    assert ready.rows(CallbackLink) == []
    assert ready.task("Task_Prepare") is not None


def test_at_night_the_link_waits_for_the_morning(ready):
    ready.clock.advance(timedelta(hours=11))
    ready.come_to_the_link()
    (delivery,) = ready.rows(Delivery, template="callback_link")
    waits = (delivery.status.value, delivery.reason)
    ready.clock.advance(timedelta(hours=10))
    ready.worked_off()

    assert waits == ("queued", "hours")
    assert ready.customer().open().status_code == 200


def test_a_link_that_cannot_be_sent_is_given_up_for_a_call(ready):
    ready.house.world.parties.obey("sms", "down")
    ready.come_to_the_link()
    for minutes in (2, 6, 31):
        ready.clock.advance(timedelta(minutes=minutes))
        ready.worked_off()

    assert ready.link.end is LinkEnd.NOT_SENT
    assert ready.link.token_sealed is None
    assert ready.task("Task_Prepare") is not None


def test_a_loan_that_is_settled_while_its_link_is_out_ends_both(sent):
    visitor, address = sent.customer(), sent.address
    with sent.house.database.write() as session:
        now = sent.clock.now()
        quote = quotes.quote(session, sent.loan_no, pay_on=LINK_DAY, today=LINK_DAY, now=now)
        facts = {"on": LINK_DAY, "reference": "CMB-END", "booked_on": LINK_DAY, "now": now, "by": None}
        quotes.settle(session, quote.quote_no, quote.total, **facts)
    sent.worked_off()

    assert visitor.open(address).status_code == 404
    assert (sent.visit.status, sent.visit.note) == (CallbackStatus.CANCELLED, "已结清")
    assert sent.link.end is LinkEnd.REVOKED
    assert sent.running("callback_visit") == []


@pytest.mark.feature("M-119")
def test_a_pledge_told_by_link_warns_in_red_opens_the_review_and_gives_staff_a_task(sent):
    visitor = sent.customer()
    visitor.open()
    visitor.tell(sent.tail, **ANSWERS | {"third_party_claim": "pledged"})
    sent.worked_off()

    assert (sent.visit.outcome, sent.visit.warning) == (CallbackOutcome.SECOND_PLEDGE, WarningLevel.RED)
    assert [each.callback_no for each in sent.rows(LoanBreach)] == [sent.visit.callback_no]
    assert "callback_warning" in {each.template for each in sent.rows(Notice)}
    sent.do(MANAGER, "Task_FollowUp", follow_up_note="客户称质押给朋友")
    assert (sent.visit.note, sent.visit.made_by) == ("客户称质押给朋友", sent.who(MANAGER).employee_id)


def test_a_complaint_told_by_link_goes_to_the_complaints_officers_sealed(sent):
    visitor = sent.customer()
    visitor.open()
    visitor.tell(sent.tail, **ANSWERS | {"complaint_text": "扣款短信太晚"})
    sent.worked_off()

    (complaint,) = sent.rows(Complaint)
    assert (sent.visit.outcome, complaint.recorded_by) == (CallbackOutcome.COMPLAINT, None)
    assert "扣款短信太晚".encode() not in complaint.text_sealed
    assert sent.task("Task_FollowUp") is not None


def test_hardship_told_by_link_starts_the_request_for_another_plan(sent):
    visitor = sent.customer()
    visitor.open()
    visitor.tell(sent.tail, **ANSWERS | {"paying": "hard"})
    sent.worked_off()

    assert sent.visit.outcome is CallbackOutcome.HARDSHIP_MAJOR
    assert len(sent.running("restructuring")) == 1


def test_what_is_missing_or_too_long_is_told_and_the_rest_stays_filled_in(sent):
    visitor = sent.customer()
    visitor.open()

    missing = visitor.tell(sent.tail, **ANSWERS | {"driver": "", "use_found": "flying"})
    words = "长" * (callback_questions.COMPLAINT_MAX + 1)
    too_long = visitor.tell(sent.tail, **ANSWERS | {"complaint_text": words})

    assert (missing.status_code, too_long.status_code) == (422, 422)
    assert "还有 2 个问题没有回答，请补充后再提交。" in missing.text
    assert re.search(r'name="vehicle_state" value="good" required checked', missing.text)
    assert "意见最多 500 字，请精简，或致电我们。" in too_long.text
    assert sent.link.end is None


def test_who_takes_half_an_hour_over_the_steps_is_not_turned_away(sent, monkeypatch):
    import itsdangerous.timed

    begun = itsdangerous.timed.time.time()

    def minutes(count):
        monkeypatch.setattr(itsdangerous.timed.time, "time", lambda: begun + count * 60)

    visitor, tail = sent.customer(), sent.tail
    visitor.open()
    minutes(14)
    asked = visitor.tell(tail)
    minutes(28)

    done = visitor.tell(tail, **ANSWERS)

    assert (asked.status_code, done.status_code) == (200, 200)
    assert "已收到您的答复" in done.text


def test_the_page_speaks_english_too(sent):
    visitor = sent.customer()
    visitor.open()
    visitor.post("/language", {"language": "en", "next": visitor.at})

    page = visitor.open()
    questions = visitor.tell(sent.tail)
    gone = visitor.open("/callback/none")

    assert "Last four of your identity number" in page.text
    assert "What is the car used for?" in questions.text
    assert "This link is not valid, or not any more." in gone.text
    for text in (page.text, questions.text, gone.text):
        assert not re.search("证件号码|车辆|链接|回访|提交", text)


def test_an_address_that_asks_too_often_waits(sent):
    visitor = sent.customer()

    answers = [visitor.open("/callback/none").status_code for _ in range(31)]

    assert answers == [404] * 30 + [429]


def test_of_two_answers_at_the_same_moment_one_is_taken(sent):
    def answered(claim):
        try:
            do_step(sent.house, {"link": {**ANSWERS, "third_party_claim": claim}})
        except CaseFailed as failed:
            return "callback_link_gone" in str(failed)
        return "taken"

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(answered, ["none", "pledged"]))

    assert sorted(map(str, outcomes)) == ["True", "taken"]
    assert sent.link.end is LinkEnd.ANSWERED
