"""Verifies an export of Annexa's log, written from docs/formats/export.md and the specifications alone.

Standard library, and `cryptography` for Ed25519. Usage: verify_export.py FOLDER [VKEY]
Specifications: C2SP signed-note, tlog-checkpoint, tlog-tiles, tlog-proof; RFC 6962 section 2.1.
"""

import base64
import hashlib
import json
import pathlib
import re
import sys
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

WIDTH = 256


class Wrong(Exception):
    """What is wrong with an export, and where."""


@dataclass
class Seen:
    """What an export shows."""

    tenant: str
    events: int
    size: int
    root: str


def need(holds, what):
    if not holds:
        raise Wrong(what)


def decode(text, what):
    """Canonical base64."""
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        raise Wrong(f"{what}: no base64") from None
    need(base64.b64encode(raw).decode() == text, f"{what}: base64 is not canonical")
    return raw


def decimal(text, what):
    need(re.fullmatch(r"0|[1-9][0-9]*", text), f"{what}: `{text}` is no decimal")
    return int(text)


# --- signed-note

@dataclass
class Key:
    """A verifying key of a log."""

    name: str
    id: bytes
    public: Ed25519PublicKey


def read_key(line):
    name, id, key = line.split("+", 2) if line.count("+") >= 2 else ("", "", "")
    need(name and not re.search(r"[\s\x00-\x1f\x7f]", name), "log.vkey: no name")
    raw = decode(key, "log.vkey")
    need(len(raw) == 33 and raw[0] == 1, "log.vkey: no Ed25519 key")
    expected = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
    need(id == expected.hex(), "log.vkey: the id is not the key's")
    return Key(name, expected, Ed25519PublicKey.from_public_bytes(raw[1:]))


def open_note(text, key, what):
    """The text of a note that the key signed."""
    body, parted, signatures = text.rpartition("\n\n")
    need(parted and signatures.endswith("\n"), f"{what}: no signed note")
    body += "\n"
    signed = False
    for line in signatures[:-1].split("\n"):
        match = re.fullmatch(r"\u2014 (\S+) (\S+)", line)
        need(match, f"{what}: a malformed signature line")
        raw = decode(match[2], what)
        if match[1] == key.name and raw[:4] == key.id:
            try:
                key.public.verify(raw[4:], body.encode())
            except InvalidSignature:
                raise Wrong(f"{what}: the signature is wrong") from None
            signed = True
    need(signed, f"{what}: not signed by the log's key")
    return body


def open_checkpoint(text, key):
    """Size and root of a signed checkpoint."""
    lines = open_note(text, key, "checkpoint").split("\n")
    need(len(lines) >= 4 and lines[0] == key.name, "checkpoint: another origin")
    size, root = decimal(lines[1], "checkpoint"), decode(lines[2], "checkpoint")
    need(len(root) == 32, "checkpoint: the root is no hash")
    return size, root


# --- RFC 6962

def leaf_hash(leaf):
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def tree_root(hashes):
    """Root of a tree over leaf hashes, by the definition: split at the largest power of two below the size."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return node_hash(tree_root(hashes[:split]), tree_root(hashes[split:]))


def root_of_proof(leaf, index, size, path):
    """The root that an inclusion proof leads to (RFC 9162 section 2.1.3.2 gives the loop)."""
    need(index < size, "proof: the index is beyond the tree")
    node, last, hash = index, size - 1, leaf_hash(leaf)
    for sibling in path:
        need(last > 0, "proof: too long")
        if node & 1 or node == last:
            hash = node_hash(sibling, hash)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            hash = node_hash(hash, sibling)
        node, last = node >> 1, last >> 1
    need(last == 0, "proof: too short")
    return hash


# --- tlog-tiles

def tiles(size):
    """Path, level, index and width of each tile of a tree, hash tiles and entry bundles."""
    level = 0
    while size >> 8 * level > 0:
        count = size >> 8 * level
        for index in range((count + WIDTH - 1) // WIDTH):
            width = min(WIDTH, count - index * WIDTH)
            yield f"tile/{level}/{tile_name(index, width)}", level, index, width
            if level == 0:
                yield f"tile/entries/{tile_name(index, width)}", None, index, width
        level += 1


def tile_name(index, width):
    groups = [f"{index % 1000:03}"]
    while index >= 1000:
        index //= 1000
        groups.insert(0, f"x{index % 1000:03}")
    return "/".join(groups) + ("" if width == WIDTH else f".p/{width}")


def read_bundle(data, path):
    """The entries of a bundle."""
    entries, at = [], 0
    while at < len(data):
        need(at + 2 <= len(data), f"{path}: cut off")
        length = int.from_bytes(data[at : at + 2], "big")
        need(at + 2 + length <= len(data), f"{path}: cut off")
        entries.append(data[at + 2 : at + 2 + length])
        at += 2 + length
    return entries


# --- the export

LEAF = re.compile(rb'\{"v":1,"seq":(0|[1-9][0-9]*),"kind":"([a-z_]{1,64})","hash":"([0-9a-f]{64})"\}')


def verify(folder, trusted=None):
    """Checks an export; gives what it shows, or raises `Wrong`."""
    folder = pathlib.Path(folder)
    line = text_of(folder, "log.vkey")
    need(line.endswith("\n") and line.count("\n") == 1, "log.vkey: not one line")
    key = read_key(line[:-1])
    need(trusted is None or line[:-1] == trusted, "log.vkey: not the key that is trusted")
    size, root = open_checkpoint(text_of(folder, "checkpoint"), key)
    manifest = read_manifest(open_note(text_of(folder, "manifest"), key, "manifest"))
    need((manifest["size"], manifest["root"]) == (size, root), "manifest: another tree than the checkpoint's")
    check_files(folder, size)
    leaves = read_leaves(folder, size)
    check_tree(folder, size, root, leaves)
    count = check_events(folder, manifest, leaves)
    return Seen(manifest["tenant"], count, size, root.hex())


def text_of(folder, name):
    need((folder / name).is_file(), f"{name}: missing")
    try:
        return (folder / name).read_bytes().decode()
    except UnicodeDecodeError:
        raise Wrong(f"{name}: no UTF-8") from None


def read_manifest(text):
    form = r"annexa-export/v1\ntenant ([^\x00-\x1f\x7f]+)\nevents (.+)\nsha256 (.+)\nsize (.+)\nroot (.+)\n"
    match = re.fullmatch(form, text)
    need(match, "manifest: another form")
    return {
        "tenant": match[1],
        "events": decimal(match[2], "manifest"),
        "sha256": decode(match[3], "manifest"),
        "size": decimal(match[4], "manifest"),
        "root": decode(match[5], "manifest"),
    }


def check_files(folder, size):
    wanted = {"checkpoint", "log.vkey", "manifest", "events.jsonl", *(path for path, *_ in tiles(size))}
    there = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if not p.is_dir()}
    need(there == wanted, f"files that are too many or missing: {sorted(there ^ wanted)[:3]}")


def read_leaves(folder, size):
    leaves = []
    for path, level, _, width in tiles(size):
        if level is not None:
            continue
        entries = read_bundle((folder / path).read_bytes(), path)
        need(len(entries) == width, f"{path}: {len(entries)} entries, not {width}")
        leaves += entries
    for index, leaf in enumerate(leaves):
        match = LEAF.fullmatch(leaf)
        need(match and int(match[1]) == index, f"leaf {index}: malformed or out of place")
    return leaves


def check_tree(folder, size, root, leaves):
    hashes = [leaf_hash(leaf) for leaf in leaves]
    need(tree_root(hashes) == root, "the leaves make another root than the checkpoint's")
    levels = [hashes]
    while len(levels[-1]) >= WIDTH:
        below = levels[-1]
        levels.append([tree_root(below[i : i + WIDTH]) for i in range(0, len(below) - WIDTH + 1, WIDTH)])
    for path, level, index, width in tiles(size):
        if level is not None:
            expected = b"".join(levels[level][index * WIDTH : index * WIDTH + width])
            need((folder / path).read_bytes() == expected, f"{path}: not the hashes of this tree")


def check_events(folder, manifest, leaves):
    raw = (folder / "events.jsonl").read_bytes()
    need(hashlib.sha256(raw).digest() == manifest["sha256"], "events.jsonl: not the file of the manifest")
    need(not raw or raw.endswith(b"\n"), "events.jsonl: cut off")
    lines = raw.decode().split("\n")[:-1]
    need(len(lines) == manifest["events"], "events.jsonl: another number of lines than the manifest's")
    last = -1
    for number, line in enumerate(lines, 1):
        last = check_event(line, f"events.jsonl:{number}", last, manifest["tenant"], leaves)
    return len(lines)


def check_event(line, where, last, tenant, leaves):
    """Checks one disclosed event; gives its position."""
    try:
        value = json.loads(line)
    except ValueError:
        raise Wrong(f"{where}: no JSON") from None
    need(json.dumps(value, ensure_ascii=False, separators=(",", ":")) == line, f"{where}: spelled otherwise")
    need(list(value) == ["seq", "salt", "event"], f"{where}: another form")
    seq, salt, event = value["seq"], decode(value["salt"], where), value["event"]
    need(last < seq < len(leaves), f"{where}: out of order or beyond the tree")
    need(len(salt) == 32, f"{where}: the salt is not 32 bytes")
    leaf = LEAF.fullmatch(leaves[seq])
    commitment = hashlib.sha256(b"annexa/event/v1\n" + salt + event.encode()).hexdigest()
    need(commitment == leaf[3].decode(), f"{where}: not the event that leaf {seq} commits to")
    content = json.loads(event)
    need(content.get("tenant") == tenant, f"{where}: an event of another tenant")
    need(content["what"]["kind"] == leaf[2].decode(), f"{where}: another kind than the leaf's")
    return seq


# --- tlog-proof

def prove_checked(text, seq):
    """Checks a proof's form and path against its own checkpoint; gives the tree's size."""
    head, _, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    need(lines[0] == "c2sp.org/tlog-proof@v1", "proof: another format")
    extra = next((l.removeprefix("extra ") for l in lines if l.startswith("extra ")), None)
    index = next(decimal(l.removeprefix("index "), "proof") for l in lines if l.startswith("index "))
    need(extra is not None and index == seq, "proof: of another event")
    leaf = decode(extra, "proof")
    match = LEAF.fullmatch(leaf)
    need(match and int(match[1]) == seq, "proof: the leaf is malformed")
    path = [decode(l, "proof") for l in lines if not re.match(r"c2sp|extra |index ", l)]
    _, size, root = checkpoint.split("\n")[:3]
    need(root_of_proof(leaf, index, int(size), path) == decode(root, "proof"), "proof: leads to another root")
    return int(size)


if __name__ == "__main__":
    try:
        print(verify(sys.argv[1], *sys.argv[2:3]))
    except Wrong as wrong:
        sys.exit(f"not verified: {wrong}")
