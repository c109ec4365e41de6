"""The export suite: what `annexa log export` writes, under a verifier that shares no code with it."""

import base64
import json
import shutil

import verify_export
from gateway import Gateway, annexa, post, raises, run, scratch
from verify_export import Wrong


def exchanges(gateway, key, count):
    for number in range(count):
        text = f"ECHO:Hello number {number}."
        body = {"model": "practice", "messages": [{"role": "user", "content": text}]}
        status, _, said = post(gateway.openai + "/chat/completions", body, key)
        assert status == 200, said


def two_tenants(folder):
    """A data directory with events of two tenants, and an export of each; more than one tile of leaves."""
    data = folder / "data"
    gateway = Gateway(data)
    exchanges(gateway, gateway.key, 140)
    issued = annexa("key", "issue", "--data", data, "--tenant", "hospital", "--app", "ward-assistant")
    exchanges(gateway, json.loads(issued.stdout)["secret"], 9)
    live = folder / "live"
    annexa("log", "export", "--data", data, "--tenant", "hospital", live)
    gateway.stop()
    for tenant in ("bank", "hospital"):
        annexa("log", "export", "--data", data, "--tenant", tenant, folder / tenant)
    return data


#= iso27001-2022:A.5.33
#= iso27001-2022:A.5.28
def a_strangers_verifier_agrees():
    with scratch() as folder:
        data = two_tenants(folder)
        for name, tenant in (("bank", "bank"), ("hospital", "hospital"), ("live", "hospital")):
            seen = verify_export.verify(folder / name)
            assert seen.tenant == tenant and seen.events > 0 and seen.size > 256, seen
            mine = (folder / name / "events.jsonl").read_text()
            other = "hospital" if tenant == "bank" else "bank"
            assert f'\\"tenant\\":\\"{other}\\"' not in mine, f"an event of {other} is in the export of {tenant}"
            annexa("log", "verify-export", folder / name)
        print(f"        {seen.size} leaves, {seen.events} events of {seen.tenant}", flush=True)
        proof(data)
        changes(folder)


def proof(data):
    """`annexa log prove` shows one event's leaf to be in the log."""
    size = verify_export.prove_checked(annexa("log", "prove", "--data", data, 3).stdout, 3)
    assert size > 256, size


def changes(folder):
    """Whatever is changed in an export, both verifiers refuse it."""
    whole = folder / "hospital"
    for name, change in CHANGES.items():
        copy = folder / "changed"
        shutil.copytree(whole, copy)
        change(copy)
        raises(Wrong, lambda: verify_export.verify(copy))
        said = annexa("log", "verify-export", copy, check=False)
        assert said.returncode != 0, f"`annexa log verify-export` accepts: {name}"
        shutil.rmtree(copy)


def drop_a_line(copy):
    events = copy / "events.jsonl"
    events.write_text("".join(events.read_text().splitlines(keepends=True)[1:]))


def alter_an_event(copy):
    events = copy / "events.jsonl"
    events.write_text(events.read_text().replace("hospital", "hospitol", 1))


def alter_a_salt(copy):
    events = copy / "events.jsonl"
    first, rest = events.read_text().split("\n", 1)
    line = json.loads(first)
    line["salt"] = base64.b64encode(bytes(32)).decode()
    events.write_text(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" + rest)


def alter_a_leaf(copy):
    bundle = copy / "tile/entries/000"
    bundle.write_bytes(bundle.read_bytes().replace(b'"seq":7,', b'"seq":8,', 1))


def alter_a_hash(copy):
    tile = copy / "tile/0/000"
    tile.write_bytes(bytes([tile.read_bytes()[0] ^ 1]) + tile.read_bytes()[1:])


def alter_the_root(copy):
    checkpoint = copy / "checkpoint"
    lines = checkpoint.read_text().split("\n")
    lines[2] = base64.b64encode(bytes(32)).decode()
    checkpoint.write_text("\n".join(lines))


def swap_the_tenant(copy):
    manifest = copy / "manifest"
    manifest.write_text(manifest.read_text().replace("tenant hospital", "tenant bank"))


def add_a_file(copy):
    (copy / "extra").write_text("x")


def drop_a_tile(copy):
    (copy / "tile/0/000").unlink()


CHANGES = {
    f.__name__.replace("_", " "): f
    for f in (
        drop_a_line, alter_an_event, alter_a_salt, alter_a_leaf, alter_a_hash, alter_the_root, swap_the_tenant,
        add_a_file, drop_a_tile,
    )
}

if __name__ == "__main__":
    run(a_strangers_verifier_agrees)
