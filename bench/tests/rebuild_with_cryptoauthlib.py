"""Rebuilds an element's certificates with Microchip's own library, for comparison.

The folder given holds what was read from the element (serial, eui48, public_key, device,
signer_key, signer) and the root's key (X and Y). The certificate definitions are those that the
library has for Trust&GO TLS elements; only the maker's names, of equal length, are put into their
templates. Writes signer.der and device.der.

A referee of tests; no product code uses it.
"""

import ctypes
import pathlib
import sys

import cryptoauthlib
from cryptoauthlib.atcacert import atcacert_def_t, atcacert_device_loc_t, atcacert_device_zone_t

NAMES = {
    b"Microchip Technology Inc": b"Cradle Training Elements",
    b"Crypto Authentication Root CA 002": b"Cradle Training Element Root 0001",
}

library = ctypes.CDLL(str(pathlib.Path(cryptoauthlib.__file__).with_name("libcryptoauth.so")))


class Buffer(ctypes.Structure):
    """`cal_buffer`: a length and where."""

    _fields_ = [("length", ctypes.c_size_t), ("bytes", ctypes.c_char_p)]


def location(zone, slot, is_genkey, offset, count):
    place = atcacert_device_loc_t()
    place.zone, place.slot, place.is_genkey = int(zone), slot, is_genkey
    place.offset, place.count = offset, count
    return place


def definition(name, template):
    """The library's definition, with the maker's names in its template."""
    original = atcacert_def_t.in_dll(library, f"g_tngtls_cert_{name}")
    size = original.cert_template_size
    text = bytes((ctypes.c_uint8 * size).in_dll(library, f"g_tngtls_cert_{template}"))
    for microchips, ours in NAMES.items():
        assert len(microchips) == len(ours)
        text = text.replace(microchips, ours)
    room = (ctypes.c_uint8 * size).from_buffer_copy(text)
    own = atcacert_def_t.from_buffer_copy(original)
    address = ctypes.addressof(room)
    field = atcacert_def_t.cert_template
    ctypes.memmove(ctypes.addressof(own) + field.offset, ctypes.byref(ctypes.c_void_p(address)), field.size)
    return own, room


def rebuild(cert_def, issuer_key, parts):
    # Nothing is asked of a device, but its type is: the first field of `atca_device` points to its
    # configuration.
    configuration = cryptoauthlib.cfg_ateccx08a_i2c_default()
    device = (ctypes.c_void_p * 64)(ctypes.addressof(configuration))
    issuer = Buffer(len(issuer_key), issuer_key)
    state = ctypes.create_string_buffer(1024)
    room = ctypes.create_string_buffer(1024)
    size = ctypes.c_size_t(len(room))

    def done(status):
        assert status == 0, f"status {status:#x}"

    done(library.atcacert_cert_build_start(
        device, state, ctypes.byref(cert_def), room, ctypes.byref(size), ctypes.byref(issuer)))
    for place, content in parts:
        assert len(content) == place.count
        done(library.atcacert_cert_build_process(state, ctypes.byref(place), content))
    done(library.atcacert_cert_build_finish(state))
    return room.raw[: size.value]


def main():
    folder = pathlib.Path(sys.argv[1])
    read = lambda name: (folder / name).read_bytes()
    zone = atcacert_device_zone_t
    data = lambda slot, count, genkey=0: location(zone.DEVZONE_DATA, slot, genkey, 0, count)
    padded = read("signer_key")
    signer_key = padded[4:36] + padded[40:72]
    serial = read("serial")

    signer, _keep_signer = definition("def_1_signer", "template_1_signer")
    certificate = rebuild(signer, read("root_key"), [
        (data(11, 72), padded),
        (data(12, 72), read("signer")),
    ])
    (folder / "signer.der").write_bytes(certificate)

    device, _keep_device = definition("def_3_device", "template_3_device")
    configuration = serial[:4] + bytes(4) + serial[4:]
    certificate = rebuild(device, signer_key, [
        (data(0, 64, 1), read("public_key")),
        (location(zone.DEVZONE_CONFIG, 0, 0, 0, 13), configuration),
        (data(5, 12), read("eui48")),
        (data(10, 72), read("device")),
    ])
    (folder / "device.der").write_bytes(certificate)


main()
