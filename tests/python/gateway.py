"""A gateway as a process, for the suites: the demo without its traffic, in a data directory of its own."""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import urllib.error
import urllib.request

BINARY = os.environ.get("ANNEXA", "target/release/annexa")
FULL = os.environ.get("ANNEXA_SCALE") == "full"


class Gateway:
    """A running gateway; `ready` is the line that it printed."""

    def __init__(self, data, *more, port=0):
        self.data = pathlib.Path(data)
        self.log = open(self.data.with_name(self.data.name + ".log"), "ab")
        command = [BINARY, "demo", "--no-traffic", "--port", str(port), "--data", str(data), *more]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            raise RuntimeError("the gateway did not start: " + self.log_text()[-2000:])
        self.ready = json.loads(line)

    @property
    def openai(self):
        return self.ready["openai_base_url"]

    @property
    def anthropic(self):
        return self.ready["anthropic_base_url"]

    @property
    def key(self):
        return self.ready["gateway_key"]

    def log_text(self):
        return pathlib.Path(self.log.name).read_text(errors="replace")

    def kill(self):
        """Ends it as a power cut would end the process: at once."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.log.close()

    def stop(self):
        """Ends it as an operator would."""
        self.process.terminate()
        code = self.process.wait(timeout=60)
        self.log.close()
        return code


@contextlib.contextmanager
def running(*more):
    """A gateway in a temporary data directory."""
    with scratch() as folder:
        gateway = Gateway(folder / "data", *more)
        try:
            yield gateway
        finally:
            gateway.kill()


@contextlib.contextmanager
def scratch():
    """A temporary folder."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="annexa-test-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def annexa(*args, stdin=None, check=True):
    """Runs a command of the binary; gives what it wrote and how it ended."""
    done = subprocess.run([BINARY, *map(str, args)], input=stdin, capture_output=True, text=True)
    if check and done.returncode != 0:
        raise AssertionError(f"annexa {' '.join(map(str, args))} failed: {done.stderr[-2000:]}")
    return done


def post(url, body, key, headers=None):
    """Posts JSON; gives status, headers and text, also of an error."""
    request = urllib.request.Request(url, json.dumps(body).encode(), {"content-type": "application/json"})
    request.add_header("authorization", f"Bearer {key}")
    for name, value in (headers or {}).items():
        request.add_header(name, value)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


def run(*tests):
    """Runs the tests in order, prints a line each, and fails when one did."""
    failed = []
    for test in tests:
        try:
            test()
            print(f"ok      {test.__name__}", flush=True)
        except Exception as error:
            failed.append(test.__name__)
            print(f"FAILED  {test.__name__}: {type(error).__name__}: {error}", flush=True)
    print(f"{len(tests)} tests, {len(failed)} failed", flush=True)
    raise SystemExit(1 if failed else 0)


def raises(kind, call):
    """The error of this kind that a call raises."""
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__}")
