"""The engines' own vocabularies over real tokenizers: transformers', and a llama.cpp server's."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any


def transformers_vocabulary(folder: Path, architecture: str):
    from transformers import AutoTokenizer

    from abacus_lsp.engines.hf_vocabulary import HfVocabulary

    return HfVocabulary(AutoTokenizer.from_pretrained(folder), architecture, 0)


@dataclass(frozen=True)
class Served:
    """A llama.cpp server and what the engine learned of it."""

    transport: Any
    vocabulary: Any

    def tokenize(self, text: str) -> list[int]:
        """As the server itself reads a text: with beginning-of-text token and blank, markers left as text."""
        question = {"content": text, "add_special": True, "parse_special": False}
        return self.transport.post("/tokenize", question)["tokens"]

    def complete(self, ids: list[int], tokens: int, grammar: str = "", **more: Any) -> dict[str, Any]:
        """The greedy answer, with its token ids."""
        question = {"prompt": ids, "n_predict": tokens, "temperature": 0, "return_tokens": True, **more}
        return self.transport.post("/completion", question | ({"grammar": grammar} if grammar else {}), 60.0)


@contextmanager
def served(path: Path, architecture: str) -> Iterator[Served]:
    from servers import KEY, llama_server

    from abacus_lsp.engines.dialect_llama import learn
    from abacus_lsp.engines.transport import Transport

    with llama_server(path, 512) as address, closing(Transport(address, key=KEY)) as transport:
        yield Served(transport, learn(transport, architecture=architecture).server.vocabulary)
