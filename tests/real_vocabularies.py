"""Real tokenizers as `Vocabulary`: transformers', and a llama.cpp server's in this process."""

import json
import urllib.request

from abacus_lsp.prompts.encode import without_blank


class Tokenizer:
    """A transformers tokenizer as a `Vocabulary`."""

    def __init__(self, folder, architecture: str):
        from transformers import AutoTokenizer

        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.architecture, self.chat_template = architecture, ""
        self.bos = self.tokenizer.bos_token_id
        self.encode, self.add_space = without_blank(self._plain)
        self.add_bos = self.bos is not None and self.tokenizer.encode("x")[0] == self.bos

    def _plain(self, text: str) -> list[int]:
        return self.tokenizer.encode(text, add_special_tokens=False, split_special_tokens=True)

    def token_id(self, piece: str) -> int | None:
        return self.tokenizer.get_vocab().get(piece)


class LlamaServer:
    """A llama.cpp server in this process, and its vocabulary."""

    def __init__(self, path, architecture: str, bos: int | None = 1):
        import xllamacpp

        params = xllamacpp.CommonParams()
        params.model.path, params.hostnames, params.port = str(path), ["127.0.0.1"], 0
        params.n_ctx, params.n_parallel, params.cache_ram_mib, params.n_gpu_layers = 512, 1, 0, 0
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 2
        params.fit_params, params.warmup, params.ui, params.verbosity = False, False, False, 1
        self.server = xllamacpp.Server(params)
        self.architecture, self.chat_template = architecture, ""
        self.bos, self.add_bos = bos, bos is not None
        self.encode, self.add_space = without_blank(self._plain)

    def _plain(self, text: str) -> list[int]:
        return self.post("/tokenize", content=text, add_special=False, parse_special=False)["tokens"]

    def token_id(self, piece: str) -> int | None:
        before, after = (
            self.post("/tokenize", content=text, add_special=False, parse_special=True)["tokens"]
            for text in ("☺", "☺" + piece)
        )
        return after[-1] if len(after) == len(before) + 1 else None

    def post(self, path: str, **body):
        request = urllib.request.Request(
            self.server.listening_address + path,
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)
