"""``python -m benchmarks.served …``: the product's command, whose handlers know the benchmark's two topics too."""

from __future__ import annotations

from benchmarks.engine import TOPICS
from cheliu.command import main
from handlers.register import TOPICS as PRODUCT

if __name__ == "__main__":
    for name in TOPICS.names():
        PRODUCT.topic(name)(TOPICS.handler(name).function)
    main()
