"""The server is killed while applications run and the bank misbehaves: nothing is lost, nothing is paid twice."""

import random
import time
from itertools import count, takewhile

import pytest
import requests
from crowd import Crowd
from installation import running
from loan_road import CHECKER, DISCLOSURE, ENTRY, FORMAT, L1, MAKER, REPAIR, SEAL, SIGNING, yuan
from staff_http import HttpStaff

from cheliu.demo.synthetic import Synthesizer

MISBEHAVES = {
    "lose_answer_every": 3,
    "double_answer_every": 4,
    "silent_every": 5,
    "refuse_every": 7,
    "delay_ms": 100,
    "settle_ms": 200,
}
LEASE_SECONDS = 310
ONCE = (
    ENTRY,
    L1,
    FORMAT,
    DISCLOSURE,
    SIGNING,
    SEAL,
    MAKER,
    "生成成套合同",
    "归档并发起放款",
    "入账并启用贷款",
)


def run_and_kill(installation, *, applications, threads, kills, pause_seconds, patience_seconds):
    """Let the crowd work; kill the server at seeded random moments; then let time pass until all is paid."""
    moments = random.Random(20260901)
    crowd = Crowd(installation, Synthesizer(7), applications=applications, threads=threads)
    administrator = HttpStaff(installation)
    administrator.set_bank(**MISBEHAVES)
    crowd.begin()
    for _ in range(kills):
        time.sleep(moments.uniform(*pause_seconds))
        crowd.watch.kill(installation)
        installation.travel(seconds=LEASE_SECONDS)
        installation.start()
    deadline = time.monotonic() + patience_seconds
    while not crowd.is_done and time.monotonic() < deadline:
        if crowd.watch.is_idle:
            installation.travel(hours=2)
            retry_all_incidents(administrator)
        time.sleep(0.5)
    return crowd


def retry_all_incidents(staff):
    """The administrator sets going again what failed too often: a lost answer of the bank, a job of a dead worker."""
    staff.sign_in("admin")
    for row in staff.visit("/incidents").rows(holding="APP-"):
        staff.retry_incident(row[1])


def payments_of(installation, loan):
    """What the bank says of every order for the loan's disbursement."""
    asked = (
        requests.get(f"{installation.bank_address}/payments/{loan.facts['放款编号']}-{number}", timeout=10)
        for number in count(1)
    )
    return [answer.json() for answer in takewhile(lambda answer: answer.ok, asked)]


def times_done(case, step):
    return sum(
        line.startswith(f"{step} ") and ("已办理" in line or "自动完成" in line) for line in case.timeline
    )


def require_whole(installation, crowd):
    """Every application has come to its end once, and so has its money."""
    staff = HttpStaff(installation)
    staff.sign_in("auditor")
    assert crowd.findings == []
    assert len(crowd.paid) == crowd.wanted, crowd.refusals.most_common(10)
    total = 0
    for road in crowd.roads:
        case = staff.case(road.key)
        loan = staff.loan(road.key)
        payments = payments_of(installation, loan)
        results = sorted(payment["status"] for payment in payments)
        assert results.count("succeeded") == 1, (road.key, payments)
        assert len(loan.rows(holding="1303")) == len(loan.rows(holding="1002")) == 1
        assert {step: times_done(case, step) for step in ONCE} == dict.fromkeys(ONCE, 1), case.timeline
        assert times_done(case, REPAIR) == results.count("failed")
        assert times_done(case, CHECKER) == len(results)
        total += yuan(loan.facts["贷款本金"])
    balance = staff.visit("/ledger/trial-balance?on=2026-12-31")
    assert yuan(balance.select("[data-difference]")[0].get("data-difference")) == 0
    assert yuan(balance.rows(holding="1303")[0][2]) == total


def report(crowd, began):
    met = ", ".join(f"{crowd.watch.cut_off[kill]}" for kill in range(len(crowd.watch.kills)))
    print(
        f"{len(crowd.paid)} of {crowd.wanted} applications paid, {len(crowd.watch.kills)} kills, "
        f"{crowd.watch.met} met work (commands cut off: {met}), {time.monotonic() - began:.0f} s"
    )


@pytest.mark.timeout(600)
def test_nothing_is_lost_or_paid_twice_when_the_server_is_killed(tmp_path):
    began = time.monotonic()
    with running(tmp_path) as installation:
        crowd = run_and_kill(
            installation, applications=8, threads=4, kills=5, pause_seconds=(0.5, 3), patience_seconds=400
        )
        report(crowd, began)
        require_whole(installation, crowd)
        assert crowd.watch.met >= 4


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_twenty_kills_under_a_hundred_applications(tmp_path):
    began = time.monotonic()
    with running(tmp_path) as installation:
        crowd = run_and_kill(
            installation, applications=100, threads=8, kills=20, pause_seconds=(0.5, 5), patience_seconds=5400
        )
        report(crowd, began)
        require_whole(installation, crowd)
        assert crowd.watch.met >= 15
