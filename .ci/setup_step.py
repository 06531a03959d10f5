"""Runs one step of the set-up: says what it does, how long it took, and what to do when it fails.

    setup_step.py run TITLE COMMAND...   run a command, quiet unless it fails
    setup_step.py try TITLE COMMAND...   the same for one of several ways: when it fails, a line says why
    setup_step.py venv FOLDER            create the virtual environment with a Python that is new enough
    setup_step.py port PORT              fail, naming the next free port, when PORT is taken

It starts before anything is installed, so it needs no package and even old Pythons can read it.
"""

from __future__ import print_function

import errno
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time

OLDEST = (3, 11)
NEWEST_KNOWN = 15
TICK_SECONDS = 10

# What a command prints when it fails for a reason we know, and what helps. The first match counts.
REMEDIES = (
    (
        r"No space left on device|os error 28\b|ENOSPC",
        "The disk is full. Free about 2 GB (df -h . shows the room left), then run the same command again.",
    ),
    (
        r"ensurepip is not|No module named '?(ensurepip|venv)\b",
        "This Python cannot create environments. On Debian or Ubuntu: apt-get install python3-venv",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|UnknownIssuer|SELF_SIGNED_CERT|UNABLE_TO_(GET|VERIFY)"
        r"|invalid peer certificate",
        "The certificate of the package index is not trusted. Install your company's CA into the system\n"
        "(update-ca-certificates) or name it: SSL_CERT_FILE=/path/to/ca.pem",
    ),
    (
        r"THESE PACKAGES DO NOT MATCH THE HASHES|Hash mismatch|EINTEGRITY",
        "A downloaded package is not the one that was locked. Clear the cache of your mirror or use another one.",
    ),
    (
        r"Temporary failure in name resolution|Name or service not known|dns error|EAI_AGAIN|ENOTFOUND"
        r"|Network is unreachable|Connection refused|ECONNREFUSED|ECONNRESET|ETIMEDOUT|tcp connect error"
        r"|error sending request|Connection timed out|Read timed out|NewConnectionError|Failed to fetch",
        "The package index cannot be reached. Check the network or the proxy (HTTPS_PROXY), or name a mirror:\n"
        "PIP_INDEX_URL (Python), npm_config_registry (Node).",
    ),
    (
        r"No matching distribution found|No solution found|ETARGET|E404|404 Not Found",
        "The package index does not have a locked version. A mirror may be behind: name another one with\n"
        "PIP_INDEX_URL (Python) or npm_config_registry (Node).",
    ),
    (
        r"Permission denied|EACCES|Read-only file system",
        'A folder cannot be written. The checkout must belong to you: chown -R "$USER" .',
    ),
    (
        r"Operation not permitted.*symlink|cannot create symlink",
        "The file system has no symbolic links. Move the checkout to one that has them.",
    ),
)


def say(text):
    """Print at once, also into a pipe."""
    print(text)
    sys.stdout.flush()


def fail(text):
    """End with the reason and the remedy as the last lines."""
    say("\n" + text)
    sys.exit(1)


def remedy(output):
    """The advice for a known error in a command's output, or an empty text."""
    for pattern, advice in REMEDIES:
        if re.search(pattern, output):
            return advice
    return ""


def pip_settings():
    """What the user told pip: its index, extra indexes, trusted hosts and certificate."""
    found = {}
    try:
        text = subprocess.check_output([".venv/bin/pip", "config", "list"], stderr=subprocess.STDOUT)
    except (OSError, subprocess.CalledProcessError):
        return found
    lines = text.decode("utf-8", "replace").splitlines()
    # What counts most comes last: the environment. Versions of pip list in different orders.
    for line in sorted(lines, key=lambda line: line.startswith(":env:")):
        match = re.match(r"^[\w:.]+?\.([\w-]+)='(.*)'$", line.strip())
        if match:
            found[match.group(1)] = match.group(2).replace("\\n", " ").strip()
    return found


def environment():
    """The environment of every step; uv reads no pip.conf, so what the user told pip is handed on."""
    env = dict(os.environ)
    env["PATH"] = os.path.abspath(".venv/bin") + os.pathsep + env.get("PATH", os.defpath)
    env["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    env["UV_SYSTEM_CERTS"] = "1"
    env["UV_LINK_MODE"] = env.get("UV_LINK_MODE", "copy")
    env["VIRTUAL_ENV"] = os.path.abspath(".venv")
    env["NODE_USE_SYSTEM_CA"] = "1"
    told = pip_settings()
    for theirs, ours in (
        ("index-url", "UV_DEFAULT_INDEX"),
        ("extra-index-url", "UV_INDEX"),
        ("trusted-host", "UV_INSECURE_HOST"),
        ("cert", "SSL_CERT_FILE"),
    ):
        if told.get(theirs):
            env.setdefault(ours, told[theirs])
    if env.get("SSL_CERT_FILE"):
        env.setdefault("NODE_EXTRA_CA_CERTS", env["SSL_CERT_FILE"])
    return env


def run(title, command, is_last_way=True):
    """Run a command; a line when it begins, one every ten seconds, one when it ends; its output if it fails."""
    begun = time.time()
    say("%s ..." % title)
    try:
        process = subprocess.Popen(
            command,
            env=environment(),
            stdin=open(os.devnull),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    except OSError as error:
        fail(
            "%s cannot be started: %s\nIf Python was replaced since: make clean, then again."
            % (command[0], error)
        )
    lines = []
    over = threading.Event()

    def tick():
        while not over.wait(TICK_SECONDS):
            say("  %3d s  %s" % (time.time() - begun, lines[-1][:100] if lines else ""))

    ticker = threading.Thread(target=tick)
    ticker.daemon = True
    ticker.start()
    try:
        for raw in process.stdout:
            line = raw.decode("utf-8", "replace").rstrip()
            if line:
                lines.append(line)
        status = process.wait()
    except KeyboardInterrupt:
        process.terminate()
        fail("Stopped. Run the same command again to go on.")
    finally:
        over.set()
    if status and not is_last_way:
        reasons = [line for line in lines if "rror" in line or "E:" in line] or lines
        say(
            "  failed in %.1f s: %s"
            % (time.time() - begun, reasons[0].strip() if reasons else "exit %d" % status)
        )
        sys.exit(1)
    if status:
        say("\n".join("  " + line for line in lines[-40:]))
        fail("%s failed (exit %d).\n%s" % (title, status, remedy("\n".join(lines))))
    say("  done in %.1f s" % (time.time() - begun))


def usable_python():
    """The path of a Python that is new enough: the one that runs this, else a numbered one on the PATH."""
    if sys.version_info[:2] >= OLDEST:
        return sys.executable
    for minor in range(OLDEST[1], NEWEST_KNOWN + 1):
        path = shutil.which("python3.%d" % minor) if hasattr(shutil, "which") else None
        if path:
            return path
    fail(
        "Python %d.%d or newer is needed; this is %d.%d (%s).\n"
        "Install one and name it: make PYTHON=/path/to/python3.%d"
        % (OLDEST + sys.version_info[:2] + (sys.executable, OLDEST[1]))
    )


def create_venv(folder):
    """Create the environment; one left half made by an earlier failure is made anew."""
    existed = os.path.lexists(folder)
    if os.path.isdir(folder) and not os.path.islink(folder) and not os.path.exists(folder + "/bin/pip"):
        shutil.rmtree(folder)
        existed = False
    python = usable_python()
    try:
        run("Creating the environment %s with %s" % (folder, python), [python, "-m", "venv", folder])
    except SystemExit:
        if not existed:
            shutil.rmtree(folder, ignore_errors=True)
        raise


def is_free(port):
    """Whether a server could listen on this port of this machine."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((os.environ.get("HOST") or "127.0.0.1", port))
    except (OSError, socket.error) as error:
        if error.errno == errno.EADDRINUSE:
            return False
        fail("Port %d cannot be used: %s" % (port, error))
    finally:
        listener.close()
    return True


def check_port(text):
    """Fail, naming the next free port, when the port is taken."""
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        fail("PORT=%s is not a port: use a number from 1 to 65535." % text)
    port = int(text)
    if is_free(port):
        return
    for candidate in range(port + 1, min(port + 200, 65536)):
        if is_free(candidate):
            fail("Port %d is in use. Port %d is free: make run PORT=%d" % (port, candidate, candidate))
    fail("Port %d is in use, and so are the next ones: make run PORT=<a free one>" % port)


def main(arguments):
    """Do the one step named on the command line."""
    if len(arguments) >= 3 and arguments[0] == "run":
        run(arguments[1], arguments[2:])
    elif len(arguments) >= 3 and arguments[0] == "try":
        run(arguments[1], arguments[2:], is_last_way=False)
    elif len(arguments) == 2 and arguments[0] == "venv":
        create_venv(arguments[1])
    elif len(arguments) == 2 and arguments[0] == "port":
        check_port(arguments[1])
    else:
        fail(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
