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
RECORDS = 25
FLIPS = 3 if FULL else 1
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
        seen = Seen()
        for number in range(ROUNDS):
            durability = "commit" if number % 2 == 0 else "interval"
            got = one_round(data, recorder, number, durability)
            check(folder, data, recorder, seen, got, number)
        assert len(seen.got) > ROUNDS, f"only {len(seen.got)} answers in {ROUNDS} rounds: the load did not run"
        print(f"        {ROUNDS} rounds, {len(seen.got)} answers, {seen.sent} requests upstream", flush=True)
        print(f"        {seen.opened} records opened", flush=True)
        flips(folder, data)


class Seen:
    """What the rounds so far showed."""

    def __init__(self):
        self.got = []
        self.sent = self.intents = self.opened = 0


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


def check(folder, data, recorder, seen, got, number):
    annexa("log", "verify", "--data", data)
    events = exported(folder / f"export-{number}", data)
    seen.got += got
    outcomes = {e["exchange"] for e in events if e["what"]["kind"] == "exchange_outcome"}
    missing = [id for id in seen.got if id not in outcomes]
    assert not missing, f"round {number}: {len(missing)} answers without an outcome, first {missing[0]}"
    # Intents of this round alone: those of earlier rounds must not stand in for a missing one.
    intents, sent = sum(1 for e in events if e["what"]["kind"] == "exchange_intent"), len(recorder.bodies)
    new = (intents - seen.intents, sent - seen.sent)
    assert new[0] >= new[1], f"round {number}: {new[1]} requests upstream, {new[0]} intents"
    seen.intents, seen.sent = intents, sent
    dice = random.Random(number)
    for id in dice.sample(got, min(RECORDS, len(got))) + dice.sample(seen.got, min(5, len(seen.got))):
        shown = annexa("record", "show", "--data", data, "--tenant", TENANT, "--reason", "crash suite", id)
        assert MARK in shown.stdout, f"round {number}: the record of {id} is not what was asked"
        seen.opened += 1


def exported(out, data):
    annexa("log", "export", "--data", data, "--tenant", TENANT, out)
    lines = (out / "events.jsonl").read_text().splitlines()
    shutil.rmtree(out)
    return [json.loads(json.loads(line)["event"]) for line in lines]


def flips(folder, data):
    """One flipped byte in each file of a copy must be found, and the file named."""
    dice = random.Random(7)
    copy = folder / "copy"
    shutil.copytree(data, copy, ignore=lambda d, names: [n for n in names if (pathlib.Path(d) / n).is_socket()])
    files = [p for p in sorted(copy.rglob("*")) if p.is_file() and p.stat().st_size > 0]
    unnamed = [where for file in files for _ in range(FLIPS) if (where := flip(copy, file, dice))]
    assert not unnamed, f"{len(unnamed)} of {len(files) * FLIPS} flips were not named: {', '.join(unnamed[:8])}"
    annexa("log", "verify", "--data", copy)
    print(f"        a flipped byte was named in each of {len(files)} files", flush=True)


def flip(copy, file, dice):
    """Flips a byte of a file and flips it back; says where when it was not named in between."""
    whole = file.read_bytes()
    at = dice.randrange(len(whole))
    flipped = bytearray(whole)
    flipped[at] ^= 1 << dice.randrange(8)
    file.chmod(0o600)
    file.write_bytes(flipped)
    said = annexa("log", "verify", "--data", copy, check=False)
    file.write_bytes(whole)
    named = said.returncode != 0 and file.name in said.stdout + said.stderr
    return None if named else f"{file.relative_to(copy)} byte {at} (exit {said.returncode})"


if __name__ == "__main__":
    run(killed_under_load_loses_nothing)
