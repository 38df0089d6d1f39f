"""An upload is read while it comes in, leniently, and nothing that it holds is an error."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.net.uploads import BOUNDARY_CAP, HEAD, PARTS, TEXT_CAP, Intake, Part, boundary_of

FORM = "multipart/form-data; boundary="


def taken(folder: Path, body: bytes, content_type: str = FORM + "b", step: int = 7, **options: int) -> Intake:
    intake = Intake(content_type, folder, **options)
    for at in range(0, len(body), step):
        intake.feed(body[at : at + step])
    intake.finish()
    return intake


def part(disposition: str, content: bytes, boundary: str = "b", more: str = "") -> bytes:
    head = f"--{boundary}\r\nContent-Disposition: form-data; {disposition}\r\n{more}\r\n"
    return head.encode() + content + b"\r\n"


def only(intake: Intake) -> Part:
    (found,) = intake.parts
    return found


@pytest.mark.parametrize("step", [1, 2, 3, 7, 64, 100_000])
def test_texts_are_kept_and_files_go_to_disk_however_the_body_is_cut(tmp_path: Path, step: int) -> None:
    content = b"PK\x03\x04\r\n--not the boundary\r\n-" * 40
    body = part('name="a"', "é1".encode()) + part('name="filedata"; filename="c.zip"', content) + b"--b--\r\n"
    intake = taken(tmp_path, body, step=step)
    text, file = intake.parts
    assert (text.name, text.text, text.filename, text.path) == ("a", "é1", None, None)
    assert file.path is not None
    assert file.path.read_bytes() == content
    assert (file.size, file.sha256, file.whole) == (len(content), hashlib.sha256(content).hexdigest(), True)
    assert (intake.size, intake.sha256, intake.oddities) == (len(body), hashlib.sha256(body).hexdigest(), ())
    intake.discard()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("boundary", ["b", "-b", "----x", "a'()+_,-./:=?", "x" * BOUNDARY_CAP, "-" * 70])
@pytest.mark.parametrize("write", [FORM + "{}", FORM + '"{}"', 'Multipart/Form-Data; charset=utf-8;BOUNDARY = "{}" '])
def test_a_boundary_is_read_as_clients_write_it(tmp_path: Path, boundary: str, write: str) -> None:
    body = part('name="a"', b"1", boundary) + f"--{boundary}--".encode()
    intake = taken(tmp_path, body, write.format(boundary))
    assert (only(intake).data, intake.oddities) == (b"1", ())
    assert boundary_of(write.format(boundary)) == boundary


def test_an_empty_body_is_an_empty_form(tmp_path: Path) -> None:
    intake = taken(tmp_path, b"", FORM + "b")
    assert (intake.parts, intake.oddities, intake.size) == ([], (), 0)


@pytest.mark.parametrize(
    ("content_type", "body", "oddity"),
    [
        ("multipart/form-data", part('name="a"', b"1") + b"--b--", "no-boundary"),
        (FORM, b"x", "no-boundary"),
        (FORM + "x" * 201, b"x", "boundary-too-long"),
        (FORM + "other", part('name="a"', b"1") + b"--b--", "no-parts"),
        (FORM + "b", b"--b\nContent-Disposition: form-data; name=a\n\n1\n--b--\n", "malformed-multipart"),
        (FORM + "b", b"junk--b\r\n", "malformed-multipart"),
    ],
)
def test_a_body_that_cannot_be_read_gives_no_parts_and_is_odd(
    tmp_path: Path, content_type: str, body: bytes, oddity: str
) -> None:
    intake = taken(tmp_path, body, content_type)
    assert (intake.parts, intake.oddities) == ([], (oddity,))
    assert bytes(intake.head) == body


@pytest.mark.parametrize(
    ("option", "filename", "basename"),
    [
        ('filename="/home/tim/My course.zip"', "/home/tim/My course.zip", "My course.zip"),
        (r'filename="C:\courses\a.zip"', r"C:\courses\a.zip", "a.zip"),
        ('filename="C:\\courses\\"', "C:\\courses\\", ""),
        ('filename="Kurs für Ü;1.zip"', "Kurs für Ü;1.zip", "Kurs für Ü;1.zip"),
        (r'filename="a \"b\".zip"', 'a "b".zip', 'a "b".zip'),
        ('filename="a %22b%22.zip"', 'a "b".zip', 'a "b".zip'),
        ("filename=plain.zip", "plain.zip", "plain.zip"),
        ("filename*=UTF-8''na%C3%AFve.zip", "naïve.zip", "naïve.zip"),
        ('filename=""', "", ""),
        ('filename="../.."', "../..", ""),
    ],
)
def test_a_filename_is_kept_as_it_was_sent(tmp_path: Path, option: str, filename: str, basename: str) -> None:
    file = only(taken(tmp_path, part(f'name="file"; {option}', b"x") + b"--b--"))
    assert (file.name, file.filename, file.basename) == ("file", filename, basename)
    assert file.path is not None
    assert file.path.parent == tmp_path


@pytest.mark.parametrize("more", ["", "Content-Type: application/zip\r\n", "Content-Length: 99\r\n", "X-A: 1\r\n"])
def test_a_part_says_about_itself_what_it_likes(tmp_path: Path, more: str) -> None:
    intake = taken(tmp_path, part('name="file"; filename="a"', b"x", more=more) + b"--b--")
    assert only(intake).content_type == ("application/zip" if "zip" in more else "")
    assert (only(intake).size, intake.oddities) == (1, ())


@pytest.mark.parametrize("end", [b"", b"\r\n", b"\r\n--", b"\r\n--b", b"\r\n--b\r\n"])
def test_a_body_without_its_end_gives_what_came_of_it(tmp_path: Path, end: bytes) -> None:
    file = part('name="file"; filename="a"', b"content").removesuffix(b"\r\n")
    intake = taken(tmp_path, file + end)
    assert intake.oddities == ("truncated",)
    found = only(intake)
    assert found.path is not None
    assert found.path.read_bytes() == b"content"
    assert found.whole == (end == b"\r\n--b\r\n")


def test_limits_bound_what_is_kept_and_leave_what_is_counted(tmp_path: Path) -> None:
    long = part('name="a"', b"x" * (TEXT_CAP + 5)) + part('name="f"; filename="f"', b"y" * 30) + b"--b--"
    intake = taken(tmp_path, long, step=50_000, file_cap=20)
    text, file = intake.parts
    assert (len(text.data), text.size) == (TEXT_CAP, TEXT_CAP + 5)
    assert (file.path, file.size) == (None, 30)
    assert set(intake.oddities) == {"part-too-long", "file-too-large"}
    assert (list(tmp_path.iterdir()), len(intake.head)) == ([], HEAD)
    many = taken(tmp_path, part('name="a"', b"1") * (PARTS + 2) + b"--b--", step=4096)
    assert (len(many.parts), many.oddities) == (PARTS, ("too-many-parts",))
    all_texts = taken(tmp_path, part('name="a"', b"x" * TEXT_CAP) * 20 + b"--b--", step=100_000)
    assert sum(len(one.data) for one in all_texts.parts) == 16 << 20


def test_a_folder_that_cannot_be_written_is_an_oddity(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    intake = taken(tmp_path / "file", part('name="f"; filename="f"', b"y") + b"--b--")
    assert (only(intake).path, intake.oddities) == (None, ("not-stored",))


def test_a_part_without_disposition_is_unnamed(tmp_path: Path) -> None:
    intake = taken(tmp_path, b"--b\r\nContent-Type: text/plain\r\n\r\n1\r\n--b--")
    assert (only(intake).name, only(intake).data, intake.oddities) == ("", b"1", ("unnamed-part",))


def test_a_file_that_was_moved_away_stays(tmp_path: Path) -> None:
    intake = taken(tmp_path / "in", part('name="f"; filename="f"', b"y") + b"--b--")
    path = only(intake).path
    assert path is not None
    path.rename(tmp_path / "kept")
    intake.discard()
    assert (tmp_path / "kept").read_bytes() == b"y"


PIECES = [
    b"--b",
    b"--b--",
    b"\r\n",
    b"\n",
    b"\r",
    b"Content-Disposition: form-data; name=",
    b'"a"',
    b'; filename="',
    b'"',
]
PIECES += [
    b"Content-Length: -1",
    b"Content-Type:",
    b" fold",
    b":",
    b"\x00\xff",
    b"x" * 300,
    b"--",
    b"%",
    b"filename*=x''%ff",
]


@given(pieces=st.lists(st.sampled_from(PIECES) | st.binary(max_size=8), max_size=30), step=st.integers(1, 50))
def test_no_body_raises(tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes], step: int) -> None:
    folder = tmp_path_factory.mktemp("uploads")
    body = b"".join(pieces)
    intake = taken(folder, body, step=step)
    assert (intake.size, intake.sha256) == (len(body), hashlib.sha256(body).hexdigest())
    intake.discard()
    assert list(folder.iterdir()) == []
