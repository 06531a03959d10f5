"""The set-up says what it does and, when it fails, what to do."""

import ast
import importlib.util
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[1] / ".ci" / "setup_step.py"


@pytest.fixture(scope="module")
def setup_step() -> ModuleType:
    spec = importlib.util.spec_from_file_location("setup_step", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def step(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one step as make does."""
    command = [sys.executable, str(SCRIPT), *arguments]
    return subprocess.run(command, cwd=SCRIPT.parents[1], capture_output=True, text=True, check=False)


def test_a_step_says_what_it_does_and_how_long_it_took() -> None:
    done = step("run", "Building the pages", sys.executable, "-c", "print('noise')")

    assert done.returncode == 0
    assert done.stdout.startswith("Building the pages ...\n  done in ")
    assert "noise" not in done.stdout


@pytest.mark.parametrize(
    ("printed", "advice"),
    [
        ("OSError: [Errno 28] No space left on device", "The disk is full"),
        ("not created successfully because ensurepip is not\navailable", "apt-get install python3-venv"),
        ("getaddrinfo EAI_AGAIN somewhere", "cannot be reached"),
        ("dns error: failed to lookup address information", "cannot be reached"),
        ("NewConnectionError(...)\nERROR: No matching distribution found for uv", "cannot be reached"),
        ("ERROR: No matching distribution found for uv==0.1", "does not have a locked version"),
        ("invalid peer certificate: UnknownIssuer", "SSL_CERT_FILE"),
        ("EACCES: permission denied, mkdir 'node_modules'", "chown"),
    ],
)
def test_a_known_failure_names_its_remedy(printed: str, advice: str) -> None:
    failed = step("run", "Installing", sys.executable, "-c", f"import sys; print({printed!r}); sys.exit(3)")

    assert failed.returncode == 1
    assert printed.splitlines()[-1] in failed.stdout, "what the command itself said"
    assert "Installing failed (exit 3)." in failed.stdout
    assert advice in failed.stdout.rsplit("failed (exit 3)", 1)[1]


def test_a_program_that_does_not_exist_is_named() -> None:
    failed = step("run", "Building", "/nonexistent/npm")

    assert failed.returncode == 1
    assert "/nonexistent/npm cannot be started" in failed.stdout


def test_a_port_in_use_is_told_with_a_free_one_that_works(taken_port: int) -> None:
    refused = step("port", str(taken_port))

    assert refused.returncode == 1
    assert f"Port {taken_port} is in use." in refused.stdout
    proposed = refused.stdout.strip().rpartition("PORT=")[2]
    assert step("port", proposed).returncode == 0


@pytest.mark.parametrize("text", ["0", "65536", "web", "-1", "80.5", ""])
def test_what_is_no_port_is_refused(text: str) -> None:
    refused = step("port", text)

    assert refused.returncode == 1
    assert "from 1 to 65535" in refused.stdout


def test_an_old_python_is_told_which_one_is_needed(
    setup_step: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(setup_step.sys, "version_info", (3, 8, 0))
    monkeypatch.setenv("PATH", "/nonexistent")

    with pytest.raises(SystemExit) as ended:
        setup_step.usable_python()

    assert ended.value.code == 1
    assert "Python 3.11 or newer is needed; this is 3.8" in capsys.readouterr().out


def test_what_the_user_told_pip_reaches_uv_and_the_environment_counts_most(
    setup_step: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    told = tmp_path / "pip.conf"
    told.write_text("[global]\nindex-url = https://mirror.example/simple\ntrusted-host = mirror.example\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(told))
    monkeypatch.delenv("PIP_INDEX_URL", raising=False)
    monkeypatch.delenv("UV_DEFAULT_INDEX", raising=False)
    monkeypatch.chdir(SCRIPT.parents[1])

    from_file = setup_step.environment()
    monkeypatch.setenv("PIP_INDEX_URL", "https://nearer.example/simple")
    from_environment = setup_step.environment()

    assert from_file["UV_DEFAULT_INDEX"] == "https://mirror.example/simple"
    assert from_file["UV_INSECURE_HOST"] == "mirror.example"
    assert from_environment["UV_DEFAULT_INDEX"] == "https://nearer.example/simple"


def test_an_old_python_can_read_it() -> None:
    ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 4))
    assert not [
        n for n in ast.walk(ast.parse(SCRIPT.read_text(encoding="utf-8"))) if isinstance(n, ast.JoinedStr)
    ]
