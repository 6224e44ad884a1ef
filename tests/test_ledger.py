"""What is kept of the fate of answers: counts, never text."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from abacus_lsp.cli import run
from abacus_lsp.ledger import Ledger, kept_share, read, summarise
from abacus_lsp.meter import Meter


@pytest.mark.parametrize(
    ("accepted", "text", "share"),
    [
        ("a = b + 1", "x\na = b + 1\ny", 1.0),
        ("a = b + 1", "x\na = c + 1\ny", 0.8),
        ("a = b + 1", "x\n", 0.0),
        ("计算总和", "计算的总和", 1.0),
        ("计算总和", "求和", 0.25),
        ("", "x", 1.0),
    ],
)
def test_the_share_that_was_kept(accepted: str, text: str, share: float) -> None:
    assert kept_share(accepted, text, 2) == pytest.approx(share)


def test_only_what_stands_nearby_counts() -> None:
    assert kept_share("alpha", "x" * 9000 + " alpha", 0) == 0


def test_events_are_summed_up(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "statistics")
    ledger.note("answered", reason="ok", source="model", ms=200, characters=10, prefilled=30, generated=5)
    ledger.note("answered", reason="ok", source="reuse", ms=1, characters=9, prefilled=0, generated=0)
    ledger.note("answered", reason="mid-word", source="model", ms=1, characters=0)
    ledger.note("shown")
    ledger.note("accepted", characters=9)
    for offer in ("1.7", "1.7", "1.8", "1.9"):  # two words of the first; the last is taken whole after a word
        ledger.note("part", id=offer, characters=1)
    ledger.note("accepted", id="1.9", characters=2)
    ledger.note("kept", after=30, share=0.5)
    ledger.note("kept", after=30, share=1.0)
    laps = [2.5, 0.25]
    metered = Ledger(tmp_path / "statistics", lambda: laps.pop(0))
    metered.note_cpu()
    metered.note_cpu()
    (tmp_path / "statistics" / "2020-01.jsonl").write_text("no json\n[]\n")
    told = summarise(read(tmp_path / "statistics", 0))
    assert (told.answered, told.offered, told.shown, told.accepted, told.partly) == (3, 2, 1, 2, 2)
    assert told.sources == {"model": 1, "reuse": 1}
    assert told.reasons == {"mid-word": 1}
    assert told.kept == {30: 0.75}
    assert (told.prefilled, told.generated, told.saved) == (30, 5, 15)
    assert told.ms == (200, 200, 200)
    assert told.cpu_s == pytest.approx(2.75)
    assert (told.asked, told.given_up, told.minutes) == (1, 0, 1)


def test_what_a_typist_costs(tmp_path: Path) -> None:
    events = [
        {"event": "answered", "at": 60, "reason": "ok", "characters": 10, "prefilled": 300, "generated": 40},
        {"event": "answered", "at": 61, "reason": "superseded", "characters": 0},
        {"event": "answered", "at": 62, "reason": "mid-word", "characters": 0},
        {"event": "answered", "at": 63, "reason": "ok", "source": "reuse", "characters": 9, "less": ""},
        {
            "event": "answered",
            "at": 190,
            "reason": "ok",
            "characters": 5,
            "prefilled": 20,
            "generated": 10,
            "less": "load-line",
        },
        {"event": "accepted", "at": 191, "characters": 5},
    ]
    told = summarise(events)
    assert (told.asked, told.given_up, told.minutes, told.per_minute) == (3, 1, 2, 1.5)
    assert told.per_accepted(told.prefilled) == 64
    assert told.per_accepted(told.generated) == 10
    assert told.less == {"load-line": 1}
    assert summarise([]).per_accepted(0) is None


def test_older_events_are_left_out(tmp_path: Path) -> None:
    Ledger(tmp_path).note("shown")
    assert summarise(read(tmp_path, time.time() + 5)).shown == 0


def test_switched_off_nothing_is_written(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.enabled = False
    ledger.note("shown")
    Ledger(None).note("shown")
    assert not list(tmp_path.iterdir())


def test_a_disk_that_does_not_take_it_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    ledger = Ledger(blocked / "statistics")
    ledger.note("shown")
    ledger.note("shown")
    assert len(caplog.records) == 1


def test_the_file_is_the_users_own(tmp_path: Path) -> None:
    Ledger(tmp_path / "s").note("shown")
    (file,) = (tmp_path / "s").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_meter_counts_what_was_used_since_the_last_lap_children_included() -> None:
    meter = Meter()
    meter.lap()
    # Longer than the kernel's clock tick, in a child that has ended.
    subprocess.run([sys.executable, "-c", "sum(range(4_000_000))"], check=True)
    assert meter.lap() > meter.lap()


def test_the_command_prints_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ABACUS_HOME", str(tmp_path))
    assert run(["stats"]) == 0
    Ledger(tmp_path / "statistics").note("answered", reason="ok", source="reuse", ms=3, characters=9)
    assert run(["stats", "--days", "1"]) == 0
    told = capsys.readouterr().out
    assert "offers from reuse" in told
    assert run(["stats", "--json"]) == 0
    assert '"offered": 1' in capsys.readouterr().out
