#!/usr/bin/env python3
"""Verifies a device's attestation: a COSE_Sign1 (RFC 9052) with EAT claims (RFC 9711).

Shares nothing with the station: needs Python 3.9 and the `cbor2` and `cryptography` packages.
Prints the claims as JSON, byte strings in hex; the exit status is 0 only if the signature holds
and the nonce is the one that was asked.
"""

import argparse
import json
import pathlib
import sys

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

COSE_SIGN1, ALGORITHM, ES256, NONCE = 18, 1, -7, 10


def verify(statement, key, nonce):
    """The claims, if `key` signed them as the answer to `nonce`."""
    message = cbor2.loads(statement)
    if not isinstance(message, cbor2.CBORTag) or message.tag != COSE_SIGN1:
        raise ValueError("not a COSE_Sign1")
    protected, unprotected, payload, signature = message.value
    if cbor2.loads(protected) != {ALGORITHM: ES256} or unprotected:
        raise ValueError("not signed with ES256 alone")
    if len(signature) != 64:
        raise ValueError("the signature has the wrong length")
    signed = cbor2.dumps(["Signature1", protected, b"", payload])
    r, s = (int.from_bytes(part, "big") for part in (signature[:32], signature[32:]))
    key.verify(encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))
    claims = cbor2.loads(payload)
    if claims[NONCE] != nonce:
        raise ValueError("it answers another nonce")
    return claims


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--key", required=True, type=pathlib.Path,
                        help="the device's public key, SubjectPublicKeyInfo DER")
    parser.add_argument("--nonce", required=True, type=bytes.fromhex, help="in hex")
    parser.add_argument("statement", type=pathlib.Path)
    arguments = parser.parse_args()
    key = serialization.load_der_public_key(arguments.key.read_bytes())
    try:
        claims = verify(arguments.statement.read_bytes(), key, arguments.nonce)
    except InvalidSignature:
        sys.exit("refused: the signature does not hold")
    except (ValueError, KeyError, TypeError) as error:
        sys.exit(f"refused: {error}")
    hexed = {name: value.hex() if isinstance(value, bytes) else value
             for name, value in claims.items()}
    print(json.dumps(hexed))


if __name__ == "__main__":
    main()
