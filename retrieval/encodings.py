"""Bytes to text: UTF-8, UTF-16, GBK (GB18030) and Latin-1, told apart by their bytes.

Knows: byte patterns. Must not know: files, languages. Nothing here fails on any bytes.
"""

import re

_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_SAMPLE = 8192


def decode(data: bytes) -> tuple[str, str] | None:
    """The text and the name of its encoding; None for binary data."""
    for bom, name in _BOMS:
        if data.startswith(bom):
            return data.decode(name, "replace"), name
    wide = _utf16_without_bom(data[:_SAMPLE])
    if wide:
        return data.decode(wide, "replace"), wide
    if b"\0" in data[:_SAMPLE]:
        return None
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return _legacy(data)


def _utf16_without_bom(sample: bytes) -> str | None:
    """Code in UTF-16 is mostly ASCII: every other byte is 0, the ones between hardly ever."""
    half = len(sample) // 2
    if half < 8 or b"\0" not in sample:
        return None
    even, odd = sample[0 : 2 * half : 2].count(0), sample[1 : 2 * half : 2].count(0)
    if odd > half // 2 and even <= half // 20:
        return "utf-16-le"
    if even > half // 2 and odd <= half // 20:
        return "utf-16-be"
    return None


def _legacy(data: bytes) -> tuple[str, str]:
    """GBK letters are byte pairs, so its runs of high bytes are mostly even; Latin-1's are single."""
    runs = _HIGH_RUN.findall(data)
    even = sum(len(run) for run in runs if len(run) % 2 == 0)
    if even * 4 >= sum(map(len, runs)) * 3:
        try:
            return data.decode("gb18030"), "gb18030"
        except UnicodeDecodeError:
            pass
    return data.decode("latin-1"), "latin-1"
