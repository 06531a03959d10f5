"""Ten minutes of each reader under a fuzzer that looks for what has not run yet."""

import subprocess
import sys

import pytest
from tidiness import ROOT

SECONDS = 600


@pytest.mark.soak
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("language", ["feel", "dmn", "bpmn"])
def test_coverage_led_inputs_find_no_crash_no_hang_and_no_growth(language, tmp_path):
    pytest.importorskip("atheris", reason="atheris is optional: pip install atheris, where it has a wheel")

    ended = subprocess.run(
        [sys.executable, ROOT / "tests/support/coverage_fuzz.py", language, str(SECONDS)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )

    assert ended.returncode == 0, ended.stderr[-3000:]
    assert "Done" in ended.stderr
