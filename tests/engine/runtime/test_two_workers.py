"""Two workers on one database, each a process: one is killed at work, nothing is lost and nothing doubled."""

import os
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

from diagrams import bundle, end, path, process, service, start

from company.clock import FileClock
from company.vault import SealedValue
from engine.waits import Job

ROOT = Path(__file__).parents[3]
PROGRAM = ROOT / "tests" / "support" / "lone_worker.py"
JOBS = 14
WAIT_SECONDS_MAX = 60
SEND = {
    "p.bpmn": bundle(
        process(
            "p", start(), service("step", topic="send", asyncBefore_="true"), end(), path("s", "step", "e")
        )
    )
}


def worker(url, folder, *arguments):
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{PROGRAM.parent}"}
    return subprocess.Popen([sys.executable, str(PROGRAM), url, str(folder), *arguments], env=environment)


def until(met):
    """Wait until it is so; what never comes fails the test."""
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while not met():
        assert time.monotonic() < deadline, "what was waited for did not come"
        time.sleep(0.05)


def test_a_worker_killed_in_the_middle_of_its_work_loses_no_job_and_doubles_none(
    house, topics, database_url, tmp_path
):
    @topics.topic("send")
    def send(call):
        return {}

    house.deploy(SEND)
    for number in range(JOBS):
        house.start("p", f"K{number}")
    begun = tmp_path / "begun"

    killed = worker(database_url, tmp_path, "hold")
    try:
        until(begun.exists)
    finally:
        killed.kill()
        killed.wait()

    (held_key,) = [line.split()[1] for line in begun.read_text().splitlines()]
    held = [job for job in house.rows(Job) if job.lease_owner and f":{killed.pid}:" in job.lease_owner]
    in_progress = [job for job in held if job.begun_at is not None]
    assert (killed.returncode, len(held), len(in_progress)) == (-9, 10, 1), (
        "it died in the middle of its work"
    )
    assert house.rows(SealedValue) == []

    survivor = worker(database_url, tmp_path)
    try:
        until(
            lambda: len(house.rows(Job)) == len(held)
        )  # what the dead one holds is not touched before its time
        FileClock(tmp_path / "clock").advance(timedelta(minutes=2))
        until(lambda: not house.rows(Job))
    finally:
        survivor.kill()
        survivor.wait()

    effects = Counter(row.business_key for row in house.rows(SealedValue))
    assert effects == {f"K{number}": 1 for number in range(JOBS)}
    outside = Counter(line.split()[1] for line in begun.read_text().splitlines())
    assert {key for key, times in outside.items() if times > 1} == {held_key}, (
        "only that step was begun again"
    )
