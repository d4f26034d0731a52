"""Makes the certificate requests in csr/: python make.py, with the `cryptography` package.

Keys and signatures are `cryptography`'s; every request is signed well by the key in it, so that
nothing but what its name says speaks against it. Those with names use the device key of the
tests, 32 bytes of 1. Structures are written by hand, because no library writes such names.
"""

import pathlib

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

HERE = pathlib.Path(__file__).parent / "csr"
ORGANIZATION, SERIAL = "55040a", "550405"
UTF8, PRINTABLE, TELETEX, BMP, UNIVERSAL = 0x0C, 0x13, 0x14, 0x1E, 0x1C


def tlv(tag, *parts):
    content = b"".join(parts)
    length = len(content)
    if length < 128:
        return bytes([tag, length]) + content
    size = (length.bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + length.to_bytes(size, "big") + content


def rdn(oid, tag, text):
    return tlv(0x31, tlv(0x30, tlv(6, bytes.fromhex(oid)), tlv(tag, text)))


def name(tag=PRINTABLE, serial=b"SN-0001", organization=b"Example"):
    return tlv(0x30, rdn(ORGANIZATION, UTF8, organization), rdn(SERIAL, tag, serial))


def request(file, key, subject, attributes=b""):
    spki = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    info = tlv(0x30, b"\x02\x01\x00", subject, spki, tlv(0xA0, attributes))
    if isinstance(key, rsa.RSAPrivateKey):
        algorithm = tlv(0x30, bytes.fromhex("06092a864886f70d01010b0500"))
        signature = key.sign(info, padding.PKCS1v15(), hashes.SHA256())
    else:
        algorithm = tlv(0x30, bytes.fromhex("06082a8648ce3d040302"))
        signature = key.sign(info, ec.ECDSA(hashes.SHA256()))
    der = tlv(0x30, info, algorithm, tlv(3, b"\x00", signature))
    (HERE / file).with_suffix(".der").write_bytes(der)


def ca_true():
    constraints = tlv(0x30, bytes.fromhex("0603551d130101ff"), tlv(4, bytes.fromhex("30030101ff")))
    wanted = tlv(0x31, tlv(0x30, constraints))
    return tlv(0x30, bytes.fromhex("06092a864886f70d01090e"), wanted)


HERE.mkdir(exist_ok=True)
request("key-rsa-2048", rsa.generate_private_key(65537, 2048), name())
request("key-rsa-1024", rsa.generate_private_key(65537, 1024), name())
for curve in [ec.SECP521R1(), ec.SECP384R1(), ec.SECP256K1(), ec.BrainpoolP256R1(), ec.SECP224R1()]:
    request("key-" + curve.name.lower(), ec.generate_private_key(curve), name())
request("key-other-p256", ec.generate_private_key(ec.SECP256R1()), name())

device = ec.derive_private_key(int.from_bytes(bytes([1] * 32), "big"), ec.SECP256R1())
request("attributes-ca-true", device, name(), ca_true())
for file, tag, serial in [
    ("homoglyph", UTF8, "\u0405N-0001".encode()),  # CYRILLIC CAPITAL LETTER DZE for S
    ("digits", UTF8, "SN-\uff10\uff10\uff10\uff11".encode()),  # fullwidth
    ("bidi", UTF8, "SN-\u202e1000".encode()),  # RIGHT-TO-LEFT OVERRIDE
    ("joiner", UTF8, "SN-00\u200d01".encode()),  # ZERO WIDTH JOINER
    ("overlong", UTF8, b"\xc1\x93N-0001"),  # S in two bytes (RFC 3629 section 3)
    ("surrogate", UTF8, b"SN-\xed\xa0\x80001"),
    ("cut-short", UTF8, b"SN-0001\xe2\x80"),
    ("nul", PRINTABLE, b"SN-0001\0.example"),
    ("nul-utf8", UTF8, b"SN-0001\0"),
    ("newline", UTF8, b"SN-0001\nrefused"),
    ("teletex", TELETEX, b"SN-0001"),
    ("bmp", BMP, "SN-0001".encode("utf-16-be")),
    ("universal", UNIVERSAL, "SN-0001".encode("utf-32-be")),
    ("same-in-utf8", UTF8, b"SN-0001"),
    ("empty", PRINTABLE, b""),
    ("long", PRINTABLE, b"S" * 4000),
]:
    request("name-" + file, device, name(tag, serial))
twice = tlv(0x30, rdn(ORGANIZATION, UTF8, b"Example"), rdn(SERIAL, PRINTABLE, b"SN-0002"),
            rdn(SERIAL, PRINTABLE, b"SN-0001"))
request("name-two-serials", device, twice)
request("name-organization-homoglyph", device, name(organization="Ex\u0430mple".encode()))
