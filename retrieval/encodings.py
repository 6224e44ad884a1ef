"""Bytes to text: UTF-8, UTF-16, GBK (GB18030), Big5, EUC-JP, Shift-JIS and Latin-1, told apart by their bytes.

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
_WIDE_RUN = re.compile(r"[^\0-\x7f]+")
_CONTROL = re.compile(r"[\x80-\x9f\ue000-\uf8ff]")  # and characters without a meaning
# Punctuation, kana and the characters that each standard calls its first level: most of what is written.
_COMMON = {
    "gb18030": re.compile(rb"[\xa1-\xa3\xb0-\xd7][\xa1-\xfe]"),
    "euc_jp": re.compile(rb"[\xa1\xa3-\xa5\xb0-\xcf][\xa1-\xfe]"),
    "big5": re.compile(rb"[\xa1-\xc6]."),
    "cp932": re.compile(rb"[\x81-\x83\x88-\x98].", re.DOTALL),
}
_PLAUSIBLE = 0.7
_SAMPLE = 8192


def decode(data: bytes) -> tuple[str, str] | None:
    """The text and the name of its encoding; None for binary data, and for text in an encoding that is not known here."""
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


def _legacy(data: bytes) -> tuple[str, str] | None:
    """The East Asian encoding whose common characters the text is made of, else Latin-1, else none."""
    runs = _HIGH_RUN.findall(data)
    high = sum(map(len, runs))
    even = sum(len(run) for run in runs if len(run) % 2 == 0) * 4 >= high * 3
    read = {name: text for name in _COMMON if (text := _strictly(data, name)) is not None}
    shares = {name: _common_share(text, name, even=even) for name, text in read.items()}
    best = max(shares, key=lambda name: shares[name], default="")
    if best and shares[best] >= _PLAUSIBLE:
        return read[best], best
    if high <= 2 * len(runs):  # no language of Latin-1 has its accented letters in runs
        for name in ("latin-1", "cp1252"):
            text = _strictly(data, name)
            if text is not None:
                return text, name
    return None


def _strictly(data: bytes, name: str) -> str | None:
    try:
        text = data.decode(name)
    except UnicodeDecodeError:
        return None
    return None if _CONTROL.search(text) else text


def _common_share(text: str, name: str, *, even: bool) -> float:
    """The share of common characters among those beyond ASCII. 0 where the bytes are rather single accented letters:
    GBK's are pairs of high bytes, those of the others stand in words.
    """
    words = _WIDE_RUN.findall(text)
    characters = "".join(words)[:_SAMPLE]
    if len("".join(words)) < 2 * len(words) and not (even and name == "gb18030"):
        return 0.0
    return sum(_is_common(one, name) for one in characters) / max(len(characters), 1)


def _is_common(character: str, name: str) -> bool:
    """Whether a character is common in texts of an encoding. In GBK one writes traditional Chinese, too."""
    names = (name, "big5") if name == "gb18030" else (name,)
    return any(_COMMON[one].fullmatch(character.encode(one, "ignore")) for one in names)
