"""What each kind of server is sent and how its answers read, over real connections to small loopback servers.

The llama.cpp and vLLM dialects are tested against the real ones; these are the servers that cannot run here.
"""

import json
from contextlib import ExitStack

import pytest
from engine_contract import ask, prompt_of, text_of
from loopback import loopback

from abacus_lsp.engines.base import EndpointRefused, Sampling, Usage
from abacus_lsp.engines.dialect_ollama import ShownVocabulary
from abacus_lsp.engines.endpoint import connect
from abacus_lsp.prompts.prompt import Part, Prompt
from abacus_lsp.settings import EndpointSettings

FIM = Prompt(
    (
        Part("<|fim_suffix|>", "marker", marker=True),
        Part("\n# after", "suffix"),
        Part("<|fim_prefix|>", "marker", marker=True),
        Part("# other.py\n", "other.py:1-3"),
        Part("x = re", "prefix"),
    ),
    stops=("\n\n", "a", "b", "c", "d"),
    stop_markers=("<|fim_pad|>",),
)


@pytest.fixture
def connected():
    """`connect`, with the engines closed at the end."""
    with ExitStack() as stack:

        def make(settings, environment):
            engine = connect(settings, environment)
            stack.callback(engine.close)
            return engine

        yield make


def serve(routes):
    """A server that knows `routes`: path → answer (a value, or a function of the request)."""

    def handler(request):
        route = routes.get(request.path)
        if route is None:
            request.answer({"error": "not found"}, status="404 Not Found")
        elif callable(route):
            route(request)
        else:
            request.answer(route)

    return loopback(handler)


def stream_of(*events, done=True):
    def answer(request):
        request.begin()
        for event in events:
            request.event(event)
        if done:
            request.send(b"data: [DONE]\n\n")

    return answer


def lines_of(*objects):
    def answer(request):
        request.begin()
        for each in objects:
            request.send(json.dumps(each).encode() + b"\n")

    return answer


COMPLETION = stream_of(
    {"choices": [{"text": "turn 1", "finish_reason": None}]},
    {"choices": [{"text": "", "finish_reason": "stop"}]},
    {"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 2}},
)


def body_of(server, path):
    return next(request.body for request in reversed(server.seen) if request.path == path)


@pytest.mark.parametrize("tail", ["", "/", "/v1", "/v1/", "/v1/completions"])
def test_openai(tail, connected):
    routes = {"/v1/models": {"data": [{"id": "coder"}]}, "/v1/completions": COMPLETION}
    with serve(routes) as server:
        engine = connected(EndpointSettings(url=server.url + tail, context_tokens=2048), {})
        pieces = ask(engine, FIM)
        assert text_of(pieces) == "turn 1"
        assert pieces[-1].finish == "stop"
        assert pieces[-1].usage == Usage(9, generated=2)
        body = body_of(server, "/v1/completions")
        assert body["model"] == engine.info.name == "coder"
        assert body["prompt"] == FIM.text
        assert body["stop"] == ["\n\n", "a", "b", "c"]
        assert (body["max_tokens"], body["temperature"], body["stream"]) == (12, 0.0, True)
        assert engine.info.context == 2048
        assert engine.vocabulary is None
        assert not engine.can_heal()
        assert 1 <= engine.count("x = 1") <= 5


def test_healed_text_goes_back_where_no_constraint_is_possible(connected):
    routes = {"/v1/models": {"data": [{"id": "coder"}]}, "/v1/completions": COMPLETION}
    with serve(routes) as server:
        engine = connected(EndpointSettings(url=server.url), {})
        ask(engine, prompt_of("x =", heal=" re"))
        assert body_of(server, "/v1/completions")["prompt"] == "x = re"


def test_stop_string_that_was_not_sent_still_ends(connected):
    routes = {"/v1/models": {"data": [{"id": "coder"}]}, "/v1/completions": COMPLETION}
    with serve(routes) as server:
        engine = connected(EndpointSettings(url=server.url), {})
        pieces = ask(engine, prompt_of("x", stops=("a", "b", "c", "d", "rn")))
        assert text_of(pieces) == "tu"
        assert pieces[-1].finish == "stop"


def test_a_model_that_is_not_there_is_named_with_those_that_are(connected):
    with (
        serve({"/v1/models": {"data": [{"id": "coder"}]}}) as server,
        pytest.raises(EndpointRefused, match=r"'big'.*coder"),
    ):
        connected(EndpointSettings(url=server.url, model="big"), {})


def test_a_server_without_a_list_needs_the_model_named(connected):
    with serve({"/v1/completions": COMPLETION}) as server:
        with pytest.raises(EndpointRefused, match="404"):
            connected(EndpointSettings(url=server.url), {})
        engine = connected(EndpointSettings(url=server.url, model="coder"), {})
        assert text_of(ask(engine, FIM)) == "turn 1"


def test_deepseek(connected):
    usage = {"prompt_tokens": 9, "completion_tokens": 2, "prompt_cache_hit_tokens": 4}
    answer = stream_of(
        {"choices": [{"text": "turn 1", "finish_reason": None}]},
        {"choices": [{"text": "", "finish_reason": "length"}], "usage": usage},
    )
    with serve({"/beta/completions": answer}) as server:
        settings = EndpointSettings(url=server.url + "/beta", kind="deepseek", key_env="K")
        engine = connected(settings, {"K": "secret"})
        pieces = ask(engine, FIM)
        assert text_of(pieces) == "turn 1"
        assert pieces[-1].usage == Usage(9, 4, 5, 2)
        body = body_of(server, "/beta/completions")
        assert body["prompt"] == "# other.py\nx = re"
        assert body["suffix"] == "\n# after"
        assert server.seen[-1].headers["authorization"] == "Bearer secret"


def test_mistral(connected):
    answer = stream_of(
        {"choices": [{"delta": {"role": "assistant", "content": "turn "}, "finish_reason": None}]},
        {
            "choices": [{"delta": {"content": "1"}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 9, "completion_tokens": 2},
        },
    )
    with serve({"/v1/fim/completions": answer}) as server:
        engine = connected(EndpointSettings(url=server.url, kind="mistral"), {})
        pieces = ask(engine, FIM)
        assert text_of(pieces) == "turn 1"
        body = body_of(server, "/v1/fim/completions")
        assert (body["prompt"], body["suffix"]) == ("# other.py\nx = re", "\n# after")
        assert body["model"] == "codestral-latest"
        assert set(body) <= {
            "model", "prompt", "suffix", "max_tokens", "temperature", "top_p", "stream", "stop", "random_seed"
        }  # fmt: skip


OLLAMA_INFO = {
    "general.architecture": "qwen2",
    "qwen2.context_length": 2048,
    "tokenizer.ggml.tokens": ["<|fim_prefix|>", "def", "Ġx", "<s>"],
    "tokenizer.ggml.token_type": [3, 1, 1, 3],
    "tokenizer.ggml.bos_token_id": 3,
}


def ollama_routes(*texts):
    answers = list(texts)

    def generate(request):
        text = answers.pop(0)
        lines_of(
            {"response": text, "done": False},
            {"response": "", "done": True, "done_reason": "stop", "prompt_eval_count": 7, "eval_count": 3},
        )(request)

    return {
        "/api/version": {"version": "0.13.0"},
        "/api/tags": {"models": [{"name": "coder:latest"}]},
        "/api/show": {"model_info": OLLAMA_INFO, "template": "{{ .Prompt }}"},
        "/api/generate": generate,
    }


def test_ollama(connected):
    with serve(ollama_routes("turn 1")) as server:
        engine = connected(EndpointSettings(url=server.url, context_tokens=4096), {})
        assert engine.info.name == "coder:latest"
        assert engine.info.context == 2048
        assert engine.vocabulary.token_id("<|fim_prefix|>") == 0
        assert engine.vocabulary.token_id("def") is None
        assert engine.vocabulary.bos == 3
        assert engine.vocabulary.architecture == "qwen2"
        pieces = ask(engine, FIM, Sampling(max_tokens=9, seed=5))
        assert text_of(pieces) == "turn 1"
        assert pieces[-1].usage == Usage(7, generated=3)
        body = body_of(server, "/api/generate")
        assert body["raw"] is True
        assert body["prompt"] == FIM.text
        assert body["options"]["num_predict"] == 9
        assert body["options"]["num_ctx"] == 2048
        assert body_of(server, "/api/show")["verbose"] is True


@pytest.mark.parametrize(
    ("first", "second", "prompts", "expected"),
    [
        (" return 1", None, ["x ="], "turn 1"),
        (" nothing", "turn 2", ["x =", "x = re"], "turn 2"),
        (" r", "turn 2", ["x =", "x = re"], "turn 2"),
    ],
)
def test_healing_that_is_checked(first, second, prompts, expected, connected):
    """The answer is checked; one that does not continue the word is asked for again with the word in place."""
    with serve(ollama_routes(first, second)) as server:
        engine = connected(EndpointSettings(url=server.url), {})
        assert text_of(ask(engine, prompt_of("x =", heal=" re"))) == expected
        assert [each.body["prompt"] for each in server.seen if each.path == "/api/generate"] == prompts


def test_where_nothing_can_be_barred_nothing_is_asked(connected):
    with serve(ollama_routes("# again")) as server:
        engine = connected(EndpointSettings(url=server.url), {})
        asked = len(server.seen)
        assert text_of(ask(engine, prompt_of("def f():\n", barred="#"))) == ""
        assert len(server.seen) == asked


def test_ollama_errors_inside_the_stream(connected):
    routes = ollama_routes() | {"/api/generate": lines_of({"error": "model runner has unexpectedly stopped"})}
    with serve(routes) as server:
        engine = connected(EndpointSettings(url=server.url), {})
        with pytest.raises(Exception, match="unexpectedly stopped"):
            ask(engine, FIM)


def test_shown_vocabulary_guesses_text():
    vocabulary = ShownVocabulary(OLLAMA_INFO, "")
    assert vocabulary.encode("def x") == [1, 2]
    assert vocabulary.encode("") == []
