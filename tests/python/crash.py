"""The crash suite: a gateway that is killed under load loses nothing that it promised.

Each round starts a gateway in front of a provider that keeps what it gets, lets clients ask, and kills the gateway at
a random time. Then the log must verify; each answer whose last byte a client got must have its outcome in the log and
its record must open; each request that reached the provider must have its intent in the log. At last one byte in each
file of the data directory is flipped, and `annexa log verify` must name the file.
"""

import http.client
import json
import pathlib
import random
import shutil
import threading
import time
import urllib.parse

from gateway import FULL, Gateway, annexa, run, scratch
from recorder import Recorder

ROUNDS = 50 if FULL else 6
CLIENTS = 8
TENANT = "bank"
MARK = "Tell me of the garden"


class Client(threading.Thread):
    """Asks until the gateway is gone; `got` are the ids of the exchanges whose last byte came."""

    def __init__(self, gateway, number, round_number, stop):
        super().__init__(daemon=True)
        self.gateway, self.number, self.round, self.stop = gateway, number, round_number, stop
        self.got = []

    def run(self):
        asked = 0
        while not self.stop.is_set():
            asked += 1
            try:
                self.ask(f"{MARK}, round {self.round}, client {self.number}, turn {asked}.", stream=asked % 2 == 0)
            except (OSError, http.client.HTTPException):
                return

    def ask(self, text, stream):
        openai = self.number % 2 == 0
        base = urllib.parse.urlsplit(self.gateway.openai if openai else self.gateway.anthropic)
        route = "/chat/completions" if openai else "/v1/messages"
        body = {"model": "m", "stream": stream, "max_tokens": 64, "messages": [{"role": "user", "content": text}]}
        connection = http.client.HTTPConnection(base.hostname, base.port, timeout=20)
        headers = {"content-type": "application/json", "authorization": f"Bearer {self.gateway.key}"}
        connection.request("POST", base.path + route, json.dumps(body), headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status == 200:
            self.got.append(answer.headers["annexa-exchange"])
        connection.close()


#= iso27001-2022:A.8.15
#= iso27001-2022:A.5.33
def killed_under_load_loses_nothing():
    with scratch() as folder:
        recorder = Recorder()
        data = folder / "data"
        got = []
        for number in range(ROUNDS):
            durability = "commit" if number % 2 == 0 else "interval"
            got += one_round(data, recorder, number, durability)
            check(folder, data, recorder, got, number)
        answered = len(got)
        assert answered > ROUNDS, f"only {answered} answers in {ROUNDS} rounds: the load did not run"
        print(f"        {ROUNDS} rounds, {answered} answers, {len(recorder.bodies)} requests upstream", flush=True)
        flips(folder, data)


def one_round(data, recorder, number, durability):
    gateway = Gateway(data, "--durability", durability, *recorder.flags())
    stop = threading.Event()
    clients = [Client(gateway, n, number, stop) for n in range(CLIENTS)]
    for client in clients:
        client.start()
    time.sleep(random.Random(number).uniform(0.1, 1.5))
    gateway.kill()
    stop.set()
    for client in clients:
        client.join(timeout=30)
    return [id for client in clients for id in client.got]


def check(folder, data, recorder, got, number):
    annexa("log", "verify", "--data", data)
    events = exported(folder / f"export-{number}", data)
    outcomes = {e["exchange"] for e in events if e["what"]["kind"] == "exchange_outcome"}
    missing = [id for id in got if id not in outcomes]
    assert not missing, f"round {number}: {len(missing)} answers without an outcome, first {missing[0]}"
    intents = sum(1 for e in events if e["what"]["kind"] == "exchange_intent")
    sent = len(recorder.bodies)
    assert intents >= sent, f"round {number}: {sent} requests upstream, {intents} intents"
    for id in random.Random(number).sample(got, min(5, len(got))):
        shown = annexa("record", "show", "--data", data, "--tenant", TENANT, "--reason", "crash suite", id)
        assert MARK in shown.stdout, f"round {number}: the record of {id} is not what was asked"


def exported(out, data):
    annexa("log", "export", "--data", data, "--tenant", TENANT, out)
    lines = (out / "events.jsonl").read_text().splitlines()
    shutil.rmtree(out)
    return [json.loads(json.loads(line)["event"]) for line in lines]


def flips(folder, data):
    """One flipped byte in each file of a copy must be found, and the file named."""
    dice = random.Random(7)
    files = [p for p in sorted(data.rglob("*")) if p.is_file() and p.stat().st_size > 0]
    unnamed = []
    for file in files:
        copy = folder / "copy"
        shutil.copytree(data, copy, ignore=lambda d, names: [n for n in names if (pathlib.Path(d) / n).is_socket()])
        victim = copy / file.relative_to(data)
        content = bytearray(victim.read_bytes())
        content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)
        victim.chmod(0o600)
        victim.write_bytes(content)
        said = annexa("log", "verify", "--data", copy, check=False)
        if said.returncode == 0 or file.name not in said.stdout + said.stderr:
            unnamed.append(f"{file.relative_to(data)} (exit {said.returncode})")
        shutil.rmtree(copy)
    assert not unnamed, f"{len(unnamed)} of {len(files)} flipped files were not named: {', '.join(unnamed[:8])}"
    print(f"        a flipped byte was named in each of {len(files)} files", flush=True)


if __name__ == "__main__":
    run(killed_under_load_loses_nothing)
