"""The example at the top of the package runs as it stands."""

from pathlib import Path

import pytest

import retrieval


def test_the_example_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project = tmp_path / "my" / "project"
    project.mkdir(parents=True)
    (project / "price.py").write_text(
        "def net_price(gross, rate):\n    '''去掉税。'''\n    return gross\n", "utf-8"
    )
    (project / "app.py").write_text("")
    monkeypatch.chdir(tmp_path)
    charter, _, example = (retrieval.__doc__ or "").partition("\n\n")
    assert "usable alone" in charter
    text = "from price import net_price\nprint(net_price("
    names = {"unsaved_text": text, "offset": len(text)}
    exec(compile(example, "example", "exec"), names)
    assert capsys.readouterr().out.startswith("price.py 0 signature call of net_price")
    assert retrieval.__all__ == sorted(retrieval.__all__)


@pytest.mark.parametrize("name", retrieval.__all__)
def test_what_is_offered_is_there_and_documented(name: str) -> None:
    assert getattr(retrieval, name).__doc__
