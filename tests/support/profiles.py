"""Colour profiles as cameras, scanners and printers embed them, made here so that no system need have any."""

import struct

PRIMARIES = {  # XYZ of red, green and blue, adapted to D50
    "Display P3": ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407)),
    "Adobe RGB": ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457)),
    "ProPhoto RGB": ((0.79767, 0.28804, 0.0), (0.13519, 0.71188, 0.0), (0.03134, 0.00009, 0.82491)),
}


def rgb_profile(name: str, gamma: float | None = None) -> bytes:
    """An ICC profile of three primaries. gamma: None for the curve of sRGB."""
    primaries = dict(zip((b"rXYZ", b"gXYZ", b"bXYZ"), map(_xyz, PRIMARIES[name])))
    curves = dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), _curve(gamma))
    return _profile(b"RGB ", b"mntr", primaries | curves)


def grey_profile(gamma: float) -> bytes:
    """An ICC profile of greys."""
    return _profile(b"GRAY", b"mntr", {b"kTRC": _curve(gamma)})


def cmyk_profile() -> bytes:
    """An ICC profile of a printer whose black is brown, and whose other inks lay grey."""
    table = bytearray()
    for corner in range(16):  # C changes most slowly, K fastest
        inks = [corner >> bit & 1 for bit in (3, 2, 1, 0)]
        light = max(0, 255 - 60 * sum(inks[:3]) - 150 * inks[3])
        table += bytes((light, 128 + 20 * inks[3], 128 + 30 * inks[3]))
    identity = bytes(range(256))
    matrix = struct.pack(">9i", *(65536 if i % 4 == 0 else 0 for i in range(9)))
    lut = b"mft1\0\0\0\0" + bytes((4, 3, 2, 0)) + matrix + 4 * identity + bytes(table) + 3 * identity
    return _profile(b"CMYK", b"prtr", {b"A2B0": lut}, b"Lab ")


def _profile(space: bytes, kind: bytes, tags: dict[bytes, bytes], connection: bytes = b"XYZ ") -> bytes:
    text = b"A profile\0"
    tags = tags | {
        b"wtpt": _xyz((0.9642, 1.0, 0.8249)),
        b"cprt": b"text\0\0\0\0nobody\0",
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + bytes(78),
    }
    directory, data, start = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        content += bytes(-len(content) % 4)
        directory += name + struct.pack(">II", start + len(data), len(content))
        data += content
    header = struct.pack(">I4xI4s4s4s12s4s", start + len(data), 0x02400000, kind, space, connection, bytes(12), b"acsp")
    header += bytes(28) + struct.pack(">3i", *(round(v * 65536) for v in (0.9642, 1.0, 0.8249)))
    return header.ljust(128, b"\0") + directory + data


def _xyz(values: tuple[float, float, float]) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65536) for value in values))


def _curve(gamma: float | None) -> bytes:
    if gamma is not None:
        return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256))
    light = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in (i / 1023 for i in range(1024))]
    return b"curv\0\0\0\0" + struct.pack(">I1024H", 1024, *(round(65535 * v) for v in light))
