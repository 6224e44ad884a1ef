import pytest
from marks import cursor_in, draw

from abacus_lsp.document import Cursor, Snapshot, line_of, to_newlines


@pytest.mark.parametrize(
    ("text", "eol"),
    [
        ("", "\n"),
        ("one", "\n"),
        ("one\ntwo\r\n", "\n"),
        ("one\r\ntwo\n", "\r\n"),
        ("one\rtwo\n", "\r"),
        ("one\r", "\r"),
    ],
)
def test_the_first_line_ending_is_the_files_own(text: str, eol: str):
    assert Snapshot("", "python", text).eol == eol


@pytest.mark.parametrize(
    ("marked", "head", "rest"),
    [
        ("‸", "", ""),
        ("ab‸cd", "ab", "cd"),
        ("a\nb‸c\nd", "b", "c"),
        ("a\r\nb‸c\r\nd", "b", "c"),
        ("a\rb‸c\rd", "b", "c"),
        ("中𠮷‸文\n", "中𠮷", "文"),
        ("a\n‸\nb", "", ""),
    ],
)
def test_the_line_around_a_cursor(marked: str, head: str, rest: str):
    cursor = cursor_in(marked)
    assert (cursor.line_head, cursor.line_rest) == (head, rest)
    assert draw(cursor.snapshot.text, cursor.offset) == marked


@pytest.mark.parametrize("offset", [-1, 3])
def test_a_cursor_outside_the_text_is_refused(offset: int):
    with pytest.raises(ValueError, match="outside a text of 2 characters"):
        Cursor(Snapshot("", "python", "ab"), offset)


def test_marked_text_needs_exactly_one_cursor():
    with pytest.raises(ValueError, match="found 2"):
        cursor_in("a‸b‸")


def test_lines_and_endings():
    assert line_of("a\r\nbc\rd", 3) == "bc"
    assert to_newlines("a\r\nb\rc\n\r\n") == "a\nb\nc\n\n"
