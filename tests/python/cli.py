"""The command line as scripts use it: forms, output and exit status of each command."""

import json
import os
import re
import tomllib

from gateway import Gateway, annexa, run, scratch

COMMANDS = [
    "demo", "serve", "init", "check", "scan", "redact", "explain", "types", "log verify", "log export", "log prove", "log verify-export",
    "record show", "policy table", "policy check", "policy explain", "policy replay", "tenant create", "tenant list",
    "app create", "app list", "key issue", "key revoke", "key list", "exception request", "exception decide",
    "exception list", "break-glass", "reload",
]
EMAIL = "anna.keller@bluewin.ch"


def every_command_has_help():
    for command in COMMANDS:
        said = annexa(*command.split(), "--help").stdout
        assert "Usage: annexa " + command in said, command
    assert re.fullmatch(r"annexa \d+\.\d+\.\d+\n", annexa("--version").stdout)


def mistakes_fail_with_a_remedy():
    for command in (["nonsense"], ["log", "verify"], ["scan", "no-such-file"], ["log", "verify", "--data", "no-such-folder"],
                    ["check", "--config", "no-such-file"], ["policy", "table", "no-such-policy"]):
        done = annexa(*command, check=False)
        assert done.returncode != 0 and done.stderr.strip() and not done.stdout, command


#= iso27001-2022:A.8.12
def scan_gives_code_point_offsets():
    with scratch() as folder:
        text = f"Grüße an 🦀 {EMAIL}, danke."
        lines = [{"id": "a", "text": text}, {"id": "b", "text": "Nothing here."}]
        (folder / "in.jsonl").write_text("".join(json.dumps(l) + "\n" for l in lines))
        out = [json.loads(l) for l in annexa("scan", "--layers", "patterns", "--jsonl", folder / "in.jsonl").stdout.splitlines()]
        start = text.index(EMAIL)
        assert out == [
            {"id": "a", "spans": [{"start": start, "end": start + len(EMAIL), "label": "EMAIL"}]},
            {"id": "b", "spans": []},
        ], out


def redact_masks_and_keeps_the_rest():
    said = annexa("redact", "--layers", "patterns", "-", stdin=f"Write to {EMAIL} today.\n").stdout
    assert said == "Write to [EMAIL] today.\n", said


def the_list_of_types_has_the_fields_names():
    said = annexa("scan", "--list").stdout
    for name in ("CREDIT_CARD", "EMAIL_ADDRESS", "IBAN"):
        assert name in said, name


def policies_are_shown_and_checked():
    for name in ("default", "answers-only", "monitor"):
        assert "card" in annexa("policy", "table", name).stdout
    assert annexa("policy", "table", "--markdown").stdout.count("|") > 50
    with scratch() as folder:
        good = folder / "good.cedar"
        good.write_text('@id("all") @why("a test") permit (principal, action, resource) unless { ["card", "credential"].contains(context.family) };')
        annexa("policy", "check", good)
        bad = folder / "bad.cedar"
        bad.write_text('@id("bad") @why("a test") permit (principal, action, resource) when { context.nonsense == 1 };')
        assert "nonsense" in annexa("policy", "check", bad, check=False).stderr


#= iso27001-2022:A.8.9
def a_fresh_configuration_is_valid():
    with scratch() as folder:
        annexa("init", folder / "etc")
        config = folder / "etc/annexa.toml"
        tomllib.loads(config.read_text())
        os.environ["OPENAI_API_KEY"] = os.environ["ANTHROPIC_API_KEY"] = "made-up"
        annexa("check", "--config", config)
        config.write_text(config.read_text() + "\nnonsense = 1\n")
        done = annexa("check", "--config", config, check=False)
        assert done.returncode != 0 and "nonsense" in done.stderr, done.stderr
        assert annexa("init", folder / "etc", check=False).returncode != 0, "init overwrites"


#= iso27001-2022:A.5.15
def tenants_applications_and_keys():
    with scratch() as folder:
        gateway = Gateway(folder / "data")
        at = ["--data", gateway.data]
        annexa("tenant", "create", *at, "clinic")
        assert "clinic" in annexa("tenant", "list", *at).stdout
        annexa("app", "create", *at, "--tenant", "clinic", "triage")
        assert "triage" in annexa("app", "list", *at).stdout
        issued = json.loads(annexa("key", "issue", *at, "--tenant", "clinic", "--app", "triage").stdout)
        assert issued["secret"] not in annexa("key", "list", *at).stdout
        annexa("key", "revoke", *at, issued["id"])
        assert annexa("tenant", "create", *at, "clinic", check=False).returncode != 0
        said = annexa("log", "verify", *at).stdout
        assert re.search(r"\d+ events", said) and "root" in said, said
        assert gateway.stop() == 0
        annexa("log", "verify", *at)


if __name__ == "__main__":
    run(
        every_command_has_help,
        mistakes_fail_with_a_remedy,
        scan_gives_code_point_offsets,
        redact_masks_and_keeps_the_rest,
        the_list_of_types_has_the_fields_names,
        policies_are_shown_and_checked,
        a_fresh_configuration_is_valid,
        tenants_applications_and_keys,
    )
