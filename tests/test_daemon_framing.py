"""The framing parser: fed whole, byte by byte, with trailing data, with rubbish."""

import pytest

from abacus_lsp.daemon.framing import MOST_BODY, MOST_HEADER, Frames, Malformed, framed

BODIES = [b"{}", '{"文": "𠮷"}'.encode(), b"", b"\r\n\r\nContent-Length: 3\r\n\r\n", b"x" * 70_000]
STREAMS = {
    "plain": (b"".join(framed(body) for body in BODIES), BODIES),
    "other headers": (b"Content-Type: x\r\ncontent-length:  2 \r\nA: b\r\n\r\n{}", [b"{}"]),
    "bare line ends": (b"Content-Length: 2\n\n{}", [b"{}"]),
    "rubbish between": (b"hello\r\n\r\n\r\nContent-Length: 2\r\n\r\n{}", [b"{}"]),
    "no number": (b"Content-Length: two\r\n\r\nContent-Length: 2\r\n\r\n{}", [b"{}"]),
}


@pytest.mark.parametrize("size", [1, 2, 7, 4096, 1 << 20])
@pytest.mark.parametrize("name", STREAMS)
def test_the_same_bodies_whatever_the_pieces(name: str, size: int) -> None:
    stream, bodies = STREAMS[name]
    frames = Frames()
    found: list[bytes] = []
    for start in range(0, len(stream), size):
        found += frames.feed(stream[start : start + size])
    assert found == bodies


def test_what_has_not_arrived_is_waited_for() -> None:
    frames = Frames()
    whole = framed(b"one") + framed(b"two")
    assert frames.feed(whole[:-1]) == [b"one"]
    assert frames.feed(whole[-1:] + b"Content-Le") == [b"two"]
    assert frames.feed(b"ngth: 0\r\n\r\n") == [b""]


@pytest.mark.parametrize("data", [b"x" * (MOST_HEADER + 1), b"Content-Length: %d\r\n" % (MOST_BODY + 1)])
def test_beyond_every_reason_is_an_error(data: bytes) -> None:
    with pytest.raises(Malformed):
        Frames().feed(data)
