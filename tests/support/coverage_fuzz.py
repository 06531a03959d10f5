"""Coverage-guided fuzzing with atheris, where it is installed: the readers' randomised tests, led by what they reach.

    python tests/support/coverage_fuzz.py feel|dmn|bpmn SECONDS

Ends with exit code 0 if SECONDS pass without a crash, a hang or more than a gigabyte of memory. The tests themselves
fail for what costs too much processor time; the limit here, by the clock, is for what never ends.
"""

import importlib.util
import sys
from pathlib import Path

import atheris

ENGINE_TESTS = Path(__file__).parents[1] / "engine"
TESTS = {
    "feel": "test_any_text_ends_with_a_value_or_a_feel_error",
    "dmn": "test_a_damaged_model_is_read_or_its_problems_are_listed",
    "bpmn": "test_a_mutilated_diagram_ends_in_a_report",
}


def main(language: str, seconds: str) -> None:
    """Fuzz the reader of one language."""
    sys.path[:0] = [str(ENGINE_TESTS.parents[1]), str(Path(__file__).parent)]
    place = importlib.util.spec_from_file_location("fuzzed", ENGINE_TESTS / language / "test_fuzz.py")
    module = importlib.util.module_from_spec(place)
    with atheris.instrument_imports(include=["engine"]):
        place.loader.exec_module(module)
    test = getattr(module, TESTS[language]).hypothesis.fuzz_one_input
    limits = [f"-max_total_time={seconds}", "-timeout=300", "-rss_limit_mb=1024", "-print_final_stats=1"]
    atheris.Setup([sys.argv[0], *limits], test)
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
