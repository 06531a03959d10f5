"""A worker in a process of its own, for tests that kill one: ``python lone_worker.py URL FOLDER [hold]``.

It writes a line to FOLDER/begun when its outside step begins, and with ``hold`` stays in that step for ever.
"""

import os
import sys
import time
from pathlib import Path

from engine_house import Gate, World

from company.clock import FileClock
from company.database import Database
from company.vault import SealedValue, Vault
from engine import jobs
from engine.runtime import Engine
from engine.topics import Topics


def main():
    url, folder, holds = sys.argv[1], Path(sys.argv[2]), "hold" in sys.argv
    topics = Topics()

    @topics.topic("send")
    def send(call):
        call.session.add(SealedValue(business_key=call.business_key, name="sent", ciphertext=b"x"))
        call.session.flush()
        return {}

    @send.outside
    def _(call):
        with (folder / "begun").open("a") as told:
            told.write(f"{os.getpid()} {call.business_key}\n")
        while holds:
            time.sleep(0.05)

    engine = Engine(
        database=Database(url),
        clock=FileClock(folder / "clock"),
        topics=topics,
        forms=Gate(),
        world=World(Vault(b"k" * 32)),
    )
    while True:
        if not jobs.poll(engine):
            time.sleep(0.05)


if __name__ == "__main__":
    main()
