"""The command line: what it prints, where, and with which exit code."""

import io
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from models_here import gguf

from abacus_lsp import __version__, cli
from abacus_lsp.cli import build_parser
from abacus_lsp.cli.place import Place, parse_place

ROOT = Path(__file__).parent.parent


@dataclass
class Done:
    """What a command left behind."""

    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command line in this process: forty interpreters would take half a minute."""
    monkeypatch.setenv("ABACUS_CONFIG", "")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.chdir(ROOT)

    def command(*args: str, stdin: str = "", **env: str) -> Done:
        for name, value in env.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8"))
        try:
            code = cli.run(args)
        except SystemExit as left:
            code = int(left.code or 0)
        out, err = capsys.readouterr()
        return Done(code, out, err)

    return command


@pytest.fixture
def scripted(tmp_path: Path) -> list[str]:
    script = tmp_path / "script.json"
    script.write_text(json.dumps({"answers": {"total = pri": "ce * count", "": ""}}), encoding="utf-8")
    return ["--set", "engine=scripted", "--model", str(script), "--set", "context.workspace=false"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "shop.py"
    path.write_text("# 商店\ntotal = pri\n", encoding="utf-8")
    return path


def test_version_is_told_without_loading_anything() -> None:
    code = "import sys; sys.argv = ['abacus-lsp', '--version']; from abacus_lsp.__main__ import main; main();"
    code += "print(sorted(name for name in sys.modules if name.startswith('abacus_lsp.')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.splitlines() == [f"abacus-lsp {__version__}", "['abacus_lsp.__main__']"]


def commands() -> list[list[str]]:
    parser = build_parser()
    [action] = [action for action in parser._actions if action.choices]
    return [[], *([name] for name in action.choices)]


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_help_teaches(run: Run, command: list[str]) -> None:
    done = run(*command, "--help")
    assert done.returncode == 0
    assert len(done.stdout) > 200


def test_complete_prints_the_text(run: Run, file: Path, scripted: list[str]) -> None:
    done = run("complete", f"{file}:2:12", *scripted)
    assert (done.stdout, done.returncode) == ("ce * count\n", 0)


def test_complete_takes_the_buffer_from_standard_input(run: Run, file: Path, scripted: list[str]) -> None:
    done = run("complete", "--stdin", f"{file}:1:12", *scripted, stdin="total = pri")
    assert done.stdout == "ce * count\n"


def test_complete_as_json(run: Run, file: Path, scripted: list[str]) -> None:
    done = run("complete", "--json", f"{file}:2:12", *scripted)
    answer = json.loads(done.stdout)
    assert answer["text"] == "ce * count"
    assert answer["range"] == {"start": 16, "end": 16}
    assert answer["reason"]["code"] == "ok"
    assert answer["profile"] == "plain"
    assert answer["tokens"]["prompt"] == answer["tokens"]["reused"] + answer["tokens"]["prefilled"]
    assert answer["tokens"]["generated"]
    assert answer["timings_ms"]["model"] >= 0


def test_a_summary_without_a_model_tells_names(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "shop.py"
    path.write_text("def total(prices):\n    return sum(prices)\n", encoding="utf-8")
    missing = ["--set", "engine=scripted", "--model", str(tmp_path / "none.json")]
    done = run("summarize", str(path), *missing, LANG="zh_CN.UTF-8", LC_ALL="", LC_MESSAGES="", LANGUAGE="")
    assert (done.returncode, done.stdout) == (1, "定义了 total。\n")
    assert "model-error" in done.stderr
    told = json.loads(run("summarize", str(path), "--json", "--lang", "en", *missing).stdout)
    assert told == {"text": "Defines total.", "parts": [], "rest": "", "asked": False}


def test_complete_explains_on_standard_error(run: Run, file: Path, scripted: list[str]) -> None:
    done = run("complete", "--explain", f"{file}:2:12", *scripted)
    assert done.stdout == "ce * count\n"
    for word in ("model", "profile", "decided", "prefix", "healed", "tokens", "ms"):
        assert word in done.stderr


def test_a_silence_has_its_own_exit_code_and_a_reason(run: Run, file: Path, scripted: list[str]) -> None:
    done = run("complete", f"{file}:1:1", *scripted)
    assert (done.stdout, done.returncode) == ("", 3)
    assert "nothing to offer (empty-answer" in done.stderr


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["complete", "no/such/file.py:1:1"], 2, "No such file"),
        (["complete", "abacus_lsp:1:1"], 2, "directory"),
        (["complete", "README.md"], 2, "FILE:LINE:COL"),
        (["complete", "README.md:0:1"], 2, "numbers from 1"),
        (["complete", "README.md:99999:1"], 2, "lines, not 99999"),
        (["complete", "README.md:1:999"], 2, "ends at column"),
        (["complete", "README.md:1:1", "--model", "/no/such.gguf"], 1, "no model or file named"),
        (["complete", "README.md:1:1", "--set", "completion.maxLines=0"], 2, ">= 1"),
        (["complete", "README.md:1:1", "--set", "nonsense"], 2, "KEY=VALUE"),
        (["complete", "README.md:1:1", "--set", "endpoint.url=http://127.0.0.1:9"], 1, "start the server"),
        (["--config", "/no/such.toml", "schema"], 0, ""),
        (["models", "show", "abacuss"], 1, "abacus"),
        (["frobnicate"], 2, "invalid choice"),
    ],
)
def test_what_is_wrong_is_said(run: Run, args: list[str], code: int, words: str) -> None:
    done = run(*args, stdin="")
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\x00", "not text"),
        ("总价 = pri\n".encode("gbk"), ""),
        (b"na\xefve = pri\n", ""),
    ],
)
def test_encodings_of_files_on_disk(
    run: Run, tmp_path: Path, scripted: list[str], data: bytes, words: str
) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(data)
    done = run("complete", f"{file}:1:1", *scripted)
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_log_file_that_cannot_be_written_is_said_before_anything_starts() -> None:
    command = [sys.executable, "-m", "abacus_lsp", "--log-file", "/no/such/dir/x.log"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 2
    assert "log file" in done.stderr


def test_schema_lists_every_key_and_is_json(run: Run) -> None:
    assert "completion.maxLines = 16" in run("schema").stdout
    assert json.loads(run("schema", "--json").stdout)["$defs"]["Settings"]


def test_doctor_says_what_to_do(run: Run, tmp_path: Path) -> None:
    done = run("doctor", "--json", ABACUS_HOME=str(tmp_path), HOME=str(tmp_path), HF_HUB_CACHE=str(tmp_path))
    lines = json.loads(done.stdout)
    assert done.returncode == 1
    [model] = [line for line in lines if line["what"] == "model"]
    assert model["level"] == "error"
    assert "no-model" in model["found"]
    assert {"python", "library", "machine", "settings", "editors", "workspace"} <= {
        line["what"] for line in lines
    }
    assert all(line["todo"] for line in lines if line["level"] != "ok")


@pytest.mark.model
def test_doctor_with_the_real_model(run: Run) -> None:
    gguf("gemma")
    lines = {line["what"]: line for line in json.loads(run("doctor", "--json").stdout)}
    assert "trial model" in lines["model"]["found"]
    assert lines["format"]["found"].startswith("plain: no FIM tokens")
    assert lines["self-test"]["level"] != "error"


@pytest.mark.parametrize(
    ("text", "place"),
    [("a.py:3:1", Place("a.py", 3, 1)), (r"C:\张三\a.py:3:14", Place(r"C:\张三\a.py", 3, 14))],
)
def test_places(text: str, place: Place) -> None:
    assert parse_place(text) == place


def test_index_and_search(run: Run, tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "price.py").write_text(
        'def net_price(gross):\n    """含税价格转净价。"""\n    return gross / 1.19\n', "utf-8"
    )
    (project / "app.py").write_text("from price import net_price\n\ntotal = net_\n", "utf-8")
    home = {"ABACUS_HOME": str(tmp_path / "home")}
    facts = json.loads(run("index", str(project), "--json", **home).stdout)
    assert (facts["files"], facts["indexed"], facts["problems"]) == (2, 2, [])
    assert (facts["windows"], facts["definitions"], facts["languages"]) == (2, 2, {"python": 2})
    [found, *_] = json.loads(run("search", str(project), "净价", "--json", **home).stdout)
    assert (found["name"], found["place"]) == ("net_price", "price.py:1")
    at = run("search", str(project), "--at", f"{project / 'app.py'}:3:13", "--json", **home)
    [snippet, *_] = json.loads(at.stdout)
    assert snippet["kind"] == "signature"
    assert "net_price" in snippet["text"]
    assert "net_price" in run("search", str(project), "--at", f"{project / 'app.py'}:3:13", **home).stdout
    missing = run("search", str(project), "--at", f"{project / 'none.py'}:1:1", **home)
    assert missing.returncode == 2
    assert missing.stderr.endswith("none.py: No such file or directory\n")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["index", "/no/such"], "not a folder"),
        (["search", "/no/such", "x"], "not a folder"),
        (["search", "tests"], "either words or --at"),
    ],
)
def test_wrong_searches_are_said(run: Run, args: list[str], words: str) -> None:
    done = run(*args)
    assert done.returncode == 2
    assert words in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "utf-16"])
def test_other_files_reach_the_prompt_whatever_their_encoding(
    run: Run, tmp_path: Path, scripted: list[str], encoding: str
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / ".git").mkdir()
    (project / "pyproject.toml").write_text("", "utf-8")
    source = '# 价格模块：含税价格转净价\ndef net_price(gross):\n    """含税价格转净价。"""\n    return gross / 1.19\n'
    (project / "price.py").write_bytes(source.encode(encoding))
    (project / "image.py").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00" * 50)
    app = project / "app.py"
    app.write_text("from price import net_price\n\n# 含税价格转净价\ntotal = net_price(", "utf-8")
    settings = [*scripted[:-1], "context.workspace=true"]
    done = run("complete", f"{app}:4:19", "--json", *settings, ABACUS_HOME=str(tmp_path / "home"))
    parts = [part for part in json.loads(done.stdout)["prompt"] if part["source"].startswith("price.py")]
    assert "net_price" in "".join(part["text"] for part in parts)
    assert "净价" in "".join(part["text"] for part in parts)


CHINESE = {"LANG": "zh_CN.UTF-8", "LC_ALL": "", "LC_MESSAGES": ""}


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["complete", "no/such/file.py:1:1"], 2, "abacus-lsp: no/such/file.py：没有这个文件或目录"),
        (["complete", "README.md"], 2, "'README.md' 应写成“文件:行:列”"),
        (["complete", "README.md:99999:1"], 2, "没有第 99999 行"),
        (["complete", "README.md:1:999"], 2, "没有第 999 列"),
        (
            ["complete", "README.md:1:1", "--model", "gema3-270m"],
            1,
            "model-error: 无法使用该模型。没有名为 'gema3-270m' 的模型或文件，是否指 gemma3-270m？",
        ),
        (["complete", "README.md:1:1", "--set", "completion.maxLines=0"], 2, "应为不小于 1 的整数；保留 16"),
        (["complete", "README.md:1:1", "--set", "language=fr"], 2, "应为以下之一：auto, en, zh"),
        (["complete", "README.md:1:1", "--set", "nonsense"], 2, "--set nonsense：应写成 KEY=VALUE"),
        (
            ["complete", "README.md:1:1", "--set", "endpoint.url=http://127.0.0.1:9"],
            1,
            "endpoint-down: 无法连接推理服务地址（abacus.endpoint.url）。无法连接 http://127.0.0.1:9",
        ),
        (["--config", "/no/such.toml", "complete", "README.md:1:1", "--set", "x=1"], 2, "没有这个设置文件"),
        (["search", "no-such-folder", "words"], 2, "no-such-folder 不是文件夹"),
        (["search", "docs"], 2, "请给出要搜索的词"),
        (["index", "no-such-folder"], 2, "no-such-folder 不是文件夹"),
        (["summarize", "README.md:9-99999"], 2, "没有第 99999 行"),
        (["summarize", "README.md:9-1"], 2, "起始行从 1 开始"),
        (["models", "path", "abacuss"], 1, "没有名为 'abacuss' 的模型或文件，是否指"),
        (["models", "pull", "gema3-270m", "--yes"], 2, "模型目录中没有 'gema3-270m'。是否指 gemma3-270m"),
        (["models", "remove", "nothing", "--yes"], 1, "没有可删除的模型 nothing"),
        (["models", "import", "/no/such.gguf"], 1, "/no/such.gguf 不存在，请给出 .gguf 文件"),
        (["models", "list", "--installed"], 0, "没有已安装的模型。可先执行：abacus-lsp models pull"),
        (["complete"], 2, "缺少参数：FILE:LINE:COL"),
        (["frobnicate"], 2, "'frobnicate' 不可用，应为以下之一"),
    ],
)
def test_what_is_wrong_is_said_in_chinese(
    run: Run, tmp_path: Path, args: list[str], code: int, words: str
) -> None:
    done = run(*args, stdin="", ABACUS_HOME=str(tmp_path), **CHINESE)
    assert done.returncode == code, done.stderr
    assert words in done.stderr


def test_results_in_chinese(run: Run, tmp_path: Path, file: Path, scripted: list[str]) -> None:
    home = CHINESE | {"ABACUS_HOME": str(tmp_path / "home")}
    silence = run("complete", f"{file}:1:1", *scripted, **home)
    assert "没有可给出的补全（empty-answer: 模型没有可补充的内容。）" in silence.stderr
    story = run("complete", "--explain", f"{file}:2:12", *scripted, **home).stderr
    for label in ("模型", "提示词格式", "置信度", "补全半个词", "毫秒"):
        assert label in story
    project = tmp_path / "shop"
    project.mkdir()
    (project / "total.py").write_text("def total_price(items):\n    return sum(items)\n", encoding="utf-8")
    assert "已索引 1 个文件（共 1 个）" in run("index", str(project), **home).stdout
    assert "total_price  得分 " in run("search", str(project), "total price", **home).stdout
    told = run("summarize", str(file), *scripted, **home)
    assert (told.returncode, told.stderr) == (0, "abacus-lsp: 模型的文字不可用，以下内容来自语法树\n")
    doctor = run("doctor", "--no-model", **home).stdout
    assert "正常    Python     " in doctor
    assert "个核心，内存共" in doctor
    assert "最近 30 天\n请求 " in run("stats", **home).stdout
    assert "许可证" in run("models", "show", "gemma3-270m", **home).stdout


def test_the_setting_goes_before_the_environment(run: Run, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('language = "zh"\n', encoding="utf-8")
    assert "不是文件夹" in run("index", "nowhere", ABACUS_CONFIG=str(config)).stderr
    config.write_text('language = "en"\n', encoding="utf-8")
    assert "is not a folder" in run("index", "nowhere", **CHINESE, ABACUS_CONFIG=str(config)).stderr
    chosen = ["--set", "language=zh", "--set", "engine=scripted", "--model", "/no/script.json"]
    assert "无法使用该模型" in run("complete", "README.md:1:1", *chosen).stderr


def test_json_has_the_same_keys_and_codes_in_both(
    run: Run, tmp_path: Path, file: Path, scripted: list[str]
) -> None:
    asked = ["complete", "--json", f"{file}:1:1", *scripted]
    english, chinese = json.loads(run(*asked).stdout), json.loads(run(*asked, **CHINESE).stdout)
    assert english.keys() == chinese.keys()
    assert english["reason"] == {"code": "empty-answer", "message": "The model had nothing to add."}
    assert chinese["reason"] == {"code": "empty-answer", "message": "模型没有可补充的内容。"}
    findings = json.loads(run("doctor", "--json", "--no-model", **CHINESE).stdout)
    assert {"python", "machine", "settings"} <= {finding["what"] for finding in findings}
    assert {finding["level"] for finding in findings} <= {"ok", "warning", "error"}
    facts = json.loads(run("models", "show", "gemma3-270m", "--json", ABACUS_HOME=str(tmp_path)).stdout)
    assert {"name", "licence", "size_bytes"} <= facts.keys()
