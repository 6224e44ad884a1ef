"""What `bench team` needs of vLLM, in a thread: a tokenizer of characters, a prefix cache that counts, `/metrics`."""

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from loopback import Loopback, Request, loopback

BLOCK = 32


class FakeVllm:
    """One server's state. `slow` holds answers back until it is cleared or the client hangs up."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: list[list[int]] = []
        self.asked = self.reused = self.generated = self.requests = self.begun = self.running = 0
        self.aborted = 0
        self.slow = threading.Event()

    def __call__(self, request: Request) -> None:
        path = request.path
        if path == "/v1/models":
            request.answer({"data": [{"id": "m", "owned_by": "vllm", "max_model_len": 1024}]})
        elif path == "/metrics":
            request.answer(self._page().encode(), kind="text/plain")
        elif path == "/reset_prefix_cache":
            self._seen.clear()
            request.answer({})
        elif path == "/tokenize":
            ids = [ord(char) for char in request.body["prompt"]]
            request.answer({"tokens": ids, "max_model_len": 1024, "token_strs": [chr(each) for each in ids]})
        elif path == "/v1/completions":
            self._complete(request)
        else:
            request.answer({})

    def _complete(self, request: Request) -> None:
        body = request.body
        if "structured_outputs" in body:
            request.answer({"error": {"message": "no constraints"}}, "400 Bad Request")
            return
        ids = body["prompt"] if isinstance(body["prompt"], list) else [ord(char) for char in body["prompt"]]
        with self._lock:
            self.running += 1
            self.requests += 1
        try:
            reused = self._cached(ids, private="cache_salt" in body)
            if body.get("stream"):
                self._stream(request, len(ids), reused)
            else:
                request.answer({"choices": [{"text": "x"}], "usage": usage(len(ids), reused)})
            self.begun += 1
            self.generated += 3
        except OSError:
            self.aborted += 1
        finally:
            with self._lock:
                self.running -= 1

    def _stream(self, request: Request, prompt: int, reused: int) -> None:
        request.begin()
        if self.slow.is_set():
            request.wait_for_hang_up()
            raise OSError("the client is gone")
        for text in ("p", "as", "s"):
            request.event({"choices": [{"text": text, "finish_reason": None}]})
        request.event({"choices": [{"text": "", "finish_reason": "length"}]})
        request.event({"choices": [], "usage": usage(prompt, reused)})
        request.send(b"data: [DONE]\n\n")

    def _cached(self, ids: list[int], *, private: bool) -> int:
        with self._lock:
            known = [] if private else self._seen
            most = max((len(list(same(ids, other))) for other in known), default=0) // BLOCK * BLOCK
            self.asked += len(ids)
            self.reused += most
            if not private:
                self._seen.append(ids)
            return most

    def _page(self) -> str:
        values = {
            "vllm:prefix_cache_queries_total": self.asked,
            "vllm:prefix_cache_hits_total": self.reused,
            "vllm:generation_tokens_total": self.generated,
            "vllm:time_to_first_token_seconds_count": self.begun,
            'http_requests_total{handler="/v1/completions"}': self.requests,
            "vllm:num_requests_running": self.running,
            "vllm:num_requests_waiting": 0,
        }
        return "".join(f"{name} {value}.0\n" for name, value in values.items())


def same(one: list[int], other: list[int]) -> Iterator[int]:
    """The common beginning."""
    return (a for a, _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def usage(prompt: int, reused: int) -> dict:
    return {
        "prompt_tokens": prompt,
        "completion_tokens": 3,
        "prompt_tokens_details": {"cached_tokens": reused},
    }


@contextmanager
def fake_vllm() -> Iterator[tuple[FakeVllm, Loopback]]:
    """A running one and its address."""
    fake = FakeVllm()
    with loopback(fake) as server:
        yield fake, server
