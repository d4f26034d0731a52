#!/usr/bin/env python3
"""Verifies exports of Cradle's audit log, as docs/audit-format.md describes them.

Shares nothing with the station: needs Python 3.9 and the `cryptography` package.
Prints one line per export; the exit status is 0 only if all of them are intact.
"""

import argparse
import base64
import hashlib
import json
import pathlib
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


class Refused(Exception):
    """The export is not what was signed."""


def decode(text):
    """Base64, in its one proper spelling."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Refused("malformed base64 in a checkpoint") from error
    if base64.b64encode(data).decode() != text:
        raise Refused("malformed base64 in a checkpoint")
    return data


def open_checkpoint(note, key):
    """Name, size and root that a checkpoint states, if the key signed it."""
    try:
        note = note.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused("a checkpoint is not text") from error
    text, gap, signatures = note.rpartition("\n\n")
    if not gap or not signatures.endswith("\n"):
        raise Refused("a checkpoint is not a signed note")
    text += "\n"
    lines = text.split("\n")
    if len(lines) != 4 or not lines[0] or not lines[1].isascii() or not lines[1].isdigit():
        raise Refused("a checkpoint's text is malformed")
    name, size, root = lines[0], int(lines[1]), decode(lines[2])
    if str(size) != lines[1] or len(root) != 32:
        raise Refused("a checkpoint's text is malformed")
    spki = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    key_id, ours = hashlib.sha256(spki).digest()[:4], 0
    for line in signatures[:-1].split("\n"):
        dash, _, rest = line.partition(" ")
        signer, space, encoded = rest.partition(" ")
        signature = decode(encoded)
        if dash != "\u2014" or not space or len(signature) <= 4:
            raise Refused("a signature line of a checkpoint is malformed")
        if signer != name or signature[:4] != key_id:
            continue
        try:
            key.verify(signature[4:], text.encode(), ec.ECDSA(hashes.SHA256()))
        except InvalidSignature as error:
            raise Refused("a checkpoint's signature does not verify") from error
        ours += 1
    if not ours:
        raise Refused("a checkpoint is not signed by the audit key")
    return name, size, root


def split_witness(text):
    """The notes of a witness file; a single one is such a file."""
    parts = text.split(b"\n\n")
    if len(parts) % 2 and parts.pop():
        raise Refused("a checkpoint in the witness file has no signature")
    return [head + b"\n\n" + signatures.rstrip(b"\n") + b"\n"
            for head, signatures in zip(parts[::2], parts[1::2])]


def root_of(stack):
    """Root of the tree whose complete subtrees have these roots, largest first."""
    if not stack:
        return hashlib.sha256(b"").digest()
    root = stack[-1]
    for left in reversed(stack[:-1]):
        root = hashlib.sha256(b"\x01" + left + root).digest()
    return root


def first_wrong(lines):
    """The first line whose number is not its place, if one shows it."""
    for index, line in enumerate(lines):
        try:
            if json.loads(line)["entry"] == index:
                continue
        except (ValueError, KeyError, TypeError):
            pass
        return f"line {index + 1} is not entry {index}"
    return "no line is out of place, but one is not what was signed"


def verify(folder, key, older):
    """Number of entries of an intact export."""
    name, size, root = open_checkpoint((folder / "checkpoint").read_bytes(), key)
    roots = [(size, root)]
    for note in older:
        older_name, older_size, older_root = open_checkpoint(note, key)
        if older_name != name:
            raise Refused("an older checkpoint is of another log")
        if older_size > size:
            raise Refused(f"rolled back: an older checkpoint has {older_size} entries, not {size}")
        roots.append((older_size, older_root))
    lines = (folder / "entries.jsonl").read_bytes().split(b"\n")
    if lines.pop() != b"":
        raise Refused("the last line does not end")
    if len(lines) != size:
        raise Refused(f"{len(lines)} entries, {size} were signed; {first_wrong(lines)}")
    stack = []
    for count in range(size + 1):
        if any(at == count and signed != root_of(stack) for at, signed in roots):
            raise Refused(f"not the first {count} entries that were signed; {first_wrong(lines)}")
        if count == size:
            return size
        node, pairs = hashlib.sha256(b"\x00" + lines[count]).digest(), count
        while pairs & 1:
            node = hashlib.sha256(b"\x01" + stack.pop() + node).digest()
            pairs >>= 1
        stack.append(node)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--key", type=pathlib.Path, required=True, help="trusted audit key, PEM")
    parser.add_argument("--older", type=pathlib.Path, action="append", default=[],
                        help="checkpoint kept from before, or a witness file of several")
    parser.add_argument("export", type=pathlib.Path, nargs="+", help="folder of an export")
    arguments = parser.parse_args()
    key = serialization.load_pem_public_key(arguments.key.read_bytes())
    files = [path.read_bytes() for path in arguments.older]
    intact = True
    for folder in arguments.export:
        try:
            older = [note for text in files for note in split_witness(text)]
            print(f"{folder}: intact, {verify(folder, key, older)} entries")
        except Refused as why:
            intact = False
            print(f"{folder}: REFUSED: {why}")
    return 0 if intact else 1


if __name__ == "__main__":
    sys.exit(main())
