"""The journal holds a run, shows when it was cut off, and is read back to the same entries."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.evidence.entries import Exchange
from harness.evidence.journal import BODY_CAP, FORMAT, Journal, JournalError, read_journal
from harness.net.clock import ManualClock

WHERE = ("plain", "case", "first")


def exchange(journal: Journal, body: bytes = b"", where: tuple[str, str, str] = WHERE, **facts: object) -> Exchange:
    number, at = journal.number(), journal.stamp()
    request = journal.half("POST /pens HTTP/1.1", [("Content-Type", "text/plain")], body)
    return journal.exchange(
        where, "collect", "out", "http://h/pens", request, None, seq=number, at=at, error="reset", facts=facts
    )


def written(tmp_path: Path, body: bytes = b"error=0\r\n") -> tuple[Journal, Path]:
    path = tmp_path / "journal.ndjson"
    journal = Journal(ManualClock().now, path=path)
    journal.header({"subject": "pens-target"})
    exchange(journal, body, whole=True)
    journal.event(WHERE, "sent", {"pairs": [("a", 1)]})
    journal.mail(WHERE, "a@x", ("b@y",), "Subject: hello\r\n\r\n\u2028body\x85")
    return journal, path


def test_a_closed_journal_is_read_back_complete_and_equal(tmp_path: Path) -> None:
    journal, path = written(tmp_path)
    journal.close()
    stored = read_journal(path)
    assert stored.complete
    assert stored.header == {"kind": "header", "format": 1, "subject": "pens-target"}
    assert stored.entries == journal.entries
    assert stored.of("plain", "case") == journal.of("plain", "case") == journal.entries
    assert stored.of("plain", "") == journal.of("other", "case") == []
    assert json.loads(path.read_text().split("\n")[-2]) == {"kind": "footer", "entries": 3, "complete": True}


@given(body=st.binary(max_size=60) | st.text(st.characters(exclude_categories=["Cs"]), max_size=40).map(str.encode))
def test_no_body_breaks_the_lines_of_the_file(tmp_path_factory: pytest.TempPathFactory, body: bytes) -> None:
    journal, path = written(tmp_path_factory.mktemp("journal"), body)
    journal.close()
    assert read_journal(path).entries == journal.entries


def test_a_journal_without_footer_is_incomplete(tmp_path: Path) -> None:
    journal, path = written(tmp_path)
    stored = read_journal(path)
    journal.close()
    assert not stored.complete
    assert stored.entries == journal.entries


def test_a_journal_cut_off_anywhere_is_read_as_far_as_its_lines_are_whole(tmp_path: Path) -> None:
    journal, path = written(tmp_path)
    journal.close()
    data = path.read_bytes()
    ends = [at + 1 for at, byte in enumerate(data) if byte == 10]
    for cut in (*ends[:-1], ends[1] + 5, len(data) - 1):
        path.write_bytes(data[:cut])
        stored = read_journal(path)
        assert not stored.complete
        assert stored.entries == journal.entries[: data[:cut].count(b"\n") - 1]


def test_an_interrupted_run_says_so_in_its_footer(tmp_path: Path) -> None:
    journal, path = written(tmp_path)
    journal.close(complete=False)
    assert not read_journal(path).complete


def test_a_footer_that_counts_other_entries_than_there_are_is_incomplete(tmp_path: Path) -> None:
    journal, path = written(tmp_path)
    journal.close()
    lines = path.read_text(encoding="utf-8").split("\n")
    path.write_text("\n".join(lines[:2] + lines[3:]), encoding="utf-8")
    assert not read_journal(path).complete


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", r":1: expected a header of journal format 1, got None"),
        (b'{"kind": "header", "format": 2}\n', r":1: expected a header of journal format 1, got 2"),
        (b'{"kind": "event"}\n', r":1: expected a header"),
        (b"[1]\n", r":1: not a journal entry"),
        (b"error=0\n", r":1: not a journal entry"),
        (b'{"kind": "header", "format": 1}\n{"kind": "rumour", "seq": 1}\n', r":2: not a journal entry"),
        (b"\xff\xfe\n", r"cannot be read as a journal"),
    ],
)
def test_what_is_no_journal_is_refused_with_file_and_line(tmp_path: Path, content: bytes, error: str) -> None:
    path = tmp_path / "journal.ndjson"
    path.write_bytes(content)
    with pytest.raises(JournalError, match="journal.ndjson" + r".*" + error):
        read_journal(path)


def test_a_missing_journal_is_refused(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match=r"absent.ndjson: cannot be read"):
        read_journal(tmp_path / "absent.ndjson")


def test_what_arrives_after_the_end_is_kept_in_memory_alone(tmp_path: Path) -> None:
    journal, path = written(tmp_path)
    journal.close()
    size = path.stat().st_size
    journal.event(WHERE, "late")
    assert len(journal.entries) == 4
    assert path.stat().st_size == size


def test_entries_are_ordered_by_when_they_began_and_stamped_with_protocol_time() -> None:
    clock = ManualClock()
    journal = Journal(clock.now)
    first, at = journal.number(), journal.stamp()
    clock.advance(timedelta(milliseconds=1500))
    inner = exchange(journal)
    late = journal.half("GET / HTTP/1.1")
    outer = journal.exchange(WHERE, "collect", "out", "u", late, None, seq=first, at=at)
    assert journal.entries == [inner, outer]
    assert journal.of("plain", "case") == [outer, inner]
    assert (outer.seq, inner.seq, inner.ended, outer.ended) == (1, 2, 3, 4)
    assert (outer.at, inner.at) == ("2026-01-15T12:00:00.000Z", "2026-01-15T12:00:01.500Z")


def test_size_and_digest_are_those_of_the_original_body() -> None:
    journal = Journal(ManualClock().now)
    journal.redactor.add("token", "opensesame")
    half = journal.half("POST / HTTP/1.1", (), b"opensesame!")
    assert (half.body, half.size, half.cut) == (b"secret-token-1!", 11, False)
    assert half.sha256 == hashlib.sha256(b"opensesame!").hexdigest()
    streamed = journal.half("x", (), b"0123456789", size=99, sha256="d", keep=4)
    assert (streamed.body, streamed.size, streamed.sha256, streamed.cut) == (b"0123", 99, "d", True)
    assert not journal.half("x", (), b"0123", keep=4).cut
    assert (FORMAT, BODY_CAP) == (1, 4 * 1024 * 1024)


def test_every_kind_of_entry_is_redacted_as_it_is_kept(tmp_path: Path) -> None:
    journal, path = written(tmp_path)
    journal.redactor.add("token", "opensesame")
    request = journal.half("GET /?t=opensesame HTTP/1.1", [("X", "opensesame")], b"opensesame")
    journal.exchange(WHERE, "c", "out", "http://h/opensesame", request, None, seq=journal.number(), at="")
    journal.mail(WHERE, "a@x", ("b@y",), "opensesame")
    journal.event(WHERE, "stimulus", {"output": 'say "opensesame"', "set": {"system-password": "sesame-2"}})
    journal.event(WHERE, "stimulus", {"output": "sesame-2"})
    journal.close()
    text = path.read_text(encoding="utf-8")
    assert "sesame" not in text
    assert text.count("secret-token-1") == 6
    assert text.count("secret-system-password-1") == 2


def test_a_bounded_journal_forgets_the_oldest_and_its_file_holds_all(tmp_path: Path) -> None:
    path = tmp_path / "journal.ndjson"
    journal = Journal(ManualClock().now, path=path, keep=3)
    journal.header({})
    for number in range(5):
        journal.event((f"scenario {number % 2}", "case", ""), f"event {number}")
    assert [entry.seq for entry in journal.entries] == [3, 4, 5]
    assert [entry.seq for entry in journal.of("scenario 0", "case")] == [3, 5]
    for number in range(3):
        journal.event(WHERE, f"later {number}")
    assert journal.of("scenario 0", "case") == []
    journal.close()
    stored = read_journal(path)
    assert (stored.complete, len(stored.entries)) == (True, 8)


def test_a_buffered_journal_is_written_when_asked_and_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "journal.ndjson"
    journal = Journal(ManualClock().now, path=path, buffered=True)
    journal.header({})
    journal.event(WHERE, "first")
    assert path.read_bytes() == b""
    journal.flush()
    assert len(read_journal(path).entries) == 1
    journal.event(WHERE, "second")
    journal.close()
    assert read_journal(path).complete
    assert read_journal(path).entries == journal.entries


def test_a_journal_that_does_not_record_holds_nothing_of_a_message(tmp_path: Path) -> None:
    path = tmp_path / "journal.ndjson"
    journal = Journal(ManualClock().now, path=path, recording=False)
    request = journal.half("POST /?system-password=opensesame HTTP/1.1", [("Cookie", "sid=1")], b"opensesame")
    entry = journal.exchange(WHERE, "c", "in", "http://h/", request, None, seq=journal.number(), at=journal.stamp())
    journal.event(WHERE, "sent", {"system-password": "opensesame"})
    journal.mail(WHERE, "a@x", (), "opensesame")
    journal.close()
    assert (request.start, request.headers, request.body, entry.url, journal.entries) == ("", (), b"", "", [])
    assert (journal.redactor.replacements, journal.of("plain", "case")) == ((), [])
    assert path.read_text("utf-8").count("\n") == 1
