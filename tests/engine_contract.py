"""What every engine must do, as one suite: subclass `EngineContract` in a test module and give it `engine`.

The engine is made once per class; `test_zz_close_twice` is the last one and closes it.
"""

import threading
from collections.abc import Iterator
from typing import ClassVar

import pytest

from abacus_lsp.cancel import Cancelled, CancelToken
from abacus_lsp.engines.abilities import Healing, Prefilling, Remembering
from abacus_lsp.engines.base import Engine, Piece, PromptTooLong, Sampling
from abacus_lsp.evaluation.decode import MOST_GAP, parting
from abacus_lsp.prompts.prompt import Part, Prompt

CODE = 'import os\n\n\ndef read_lines(path):\n    """Return the lines of a file."""\n    with'
CHINESE = "# 读取文件，返回所有的行 😀😃\n# 第二步：写一个函数，计算"
HEALS = ("op", " op", "“你好", "读取", "😀", "𠮷野", '"quoted', "back\\slash", "\n    fi", "(a|b)*", "é")


def prompt_of(text: str, **fields) -> Prompt:
    return Prompt((Part(text, "prefix"),), **fields)


def ask(engine: Engine, prompt: Prompt, sampling: Sampling | None = None) -> list[Piece]:
    return list(engine.stream(prompt, sampling or Sampling(max_tokens=12), CancelToken()))


def read_some(stream: Iterator[Piece]) -> None:
    """Until the answer has begun; what comes before is an account of the prompt."""
    while not next(stream).text:
        pass


def text_of(pieces: list[Piece]) -> str:
    return "".join(piece.text for piece in pieces)


class EngineContract:
    """Each test leaves the engine ready for the next one: that, too, is part of the contract."""

    exact: ClassVar[bool] = True  # tokens are counted exactly and reported
    reuses: ClassVar[bool] = True  # tells how much of the prompt was in the KV cache
    switches_lookup: ClassVar[bool] = True  # per answer
    model: ClassVar[bool] = True  # a language model, whose answer follows from the prompt
    trained: ClassVar[bool] = True  # noise writes bytes that are no characters
    looks_elsewhere: ClassVar[bool] = False  # has more than two caches for files
    rounds: ClassVar[bool] = False  # otherwise, with what else its cache holds
    long_prompt: ClassVar[str] = "import os\n" * 400  # some seconds of prefill, within the context
    talk: ClassVar[str] = ""  # a prompt in the model's chat form, whose answer ends with `talk_end`
    talk_end: ClassVar[str] = ""

    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls) -> Iterator[Engine]:
        raise NotImplementedError

    def answers_as_before(self, engine: Engine, before: list[Piece]) -> bool:
        """Whether CODE is answered as it was: to the letter, or up to a place where two tokens are as good."""
        after = ask(engine, prompt_of(CODE))
        gap = parting(before, after)
        return text_of(after) == text_of(before) or (self.rounds and gap is not None and gap <= MOST_GAP)

    def test_answers_in_pieces_and_ends_once(self, engine):
        pieces = ask(engine, prompt_of(CODE))
        assert text_of(pieces).strip()
        assert len(pieces) > 2, "it streams"
        assert [piece.finish is not None for piece in pieces] == [False] * (len(pieces) - 1) + [True]
        assert pieces[-1].usage is not None

    def test_same_answer_twice(self, engine):
        assert text_of(ask(engine, prompt_of(CODE))) == text_of(ask(engine, prompt_of(CODE)))

    def test_usage_adds_up_and_a_known_prompt_is_reused(self, engine):
        prompt = prompt_of(CODE + " open(path) as file:\n        return")
        ask(engine, prompt)
        usage = ask(engine, prompt)[-1].usage
        assert usage is not None
        if self.exact:
            assert usage.prompt == engine.count(prompt.text) + self.bos(engine)
            assert usage.generated is not None
            assert 0 < usage.generated <= 12
        if self.reuses:
            assert usage.reused
            assert usage.prompt == usage.reused + usage.prefilled

    def test_one_more_token_prefills_few(self, engine):
        if not self.reuses:
            pytest.skip("this engine does not tell")
        ask(engine, prompt_of(CODE))
        usage = ask(engine, prompt_of(CODE + " open"))[-1].usage
        assert usage.prefilled <= engine.count(" open") + 2

    def test_another_slot_does_not_evict(self, engine):
        if not self.reuses or not self.model:
            pytest.skip("this engine has no slots to show")
        ask(engine, prompt_of(CODE))
        ask(engine, prompt_of("Something else altogether", slot="docstring"))
        assert ask(engine, prompt_of(CODE))[-1].usage.prefilled <= 3

    def test_files_take_turns_and_one_does_not_evict_another(self, engine):
        if not self.reuses:
            pytest.skip("this engine does not tell")
        files = [prompt_of(f"{CODE} # {name}", slot=f"code:{name}") for name in "ab"]
        for prompt in (*files, prompt_of("Something else", slot="chat")):
            ask(engine, prompt)
        for prompt in files:
            assert ask(engine, prompt)[-1].usage.prefilled <= 3

    @pytest.mark.parametrize(
        "then", [" open(pa", " open", " op", " sql"], ids=["typed", "back", "more", "other"]
    )
    def test_what_changed_at_the_end_is_all_that_is_read(self, engine, then):
        if not self.reuses:
            pytest.skip("this engine does not tell")
        ask(engine, prompt_of(CODE + " open(p"))
        usage = ask(engine, prompt_of(CODE + then))[-1].usage
        assert usage.prefilled <= engine.count(then) + 2

    def test_reuse_can_be_switched_off(self, engine):
        if not self.reuses:
            pytest.skip("this engine does not tell")
        expected = text_of(ask(engine, prompt_of(CODE)))
        pieces = ask(engine, prompt_of(CODE), Sampling(max_tokens=12, reuse=False))
        assert text_of(pieces) == expected
        assert pieces[-1].usage.reused == 0
        assert pieces[-1].usage.prefilled == pieces[-1].usage.prompt

    def test_reading_ahead_leaves_little_to_read(self, engine):
        if not _prefills(engine):
            pytest.skip("this engine cannot read without writing")
        # The engine is one for many tests, and keeps what they read: this begins as nothing before.
        prompt = prompt_of("# ahead\n" + CODE + " # 读取", heal=" op", slot="code:ahead")
        ask(engine, prompt_of("Another file", slot="code:ahead"))
        before = engine.prefill(prompt, CancelToken())
        again = engine.prefill(prompt, CancelToken())
        assert not before.generated
        assert before.prefilled > 10 >= again.prefilled
        usage = ask(engine, prompt)[-1].usage
        assert usage.prefilled <= 2

    def test_it_knows_what_it_has_not_read(self, engine):
        if not isinstance(engine, Remembering):
            pytest.skip("this engine does not know its caches")
        prompt = prompt_of("# 不同的开头\n" + CODE, slot="code:unread")
        before = engine.unread(prompt)
        if before is None:
            pytest.skip("it has no cache for less context")
        usage = engine.prefill(prompt, CancelToken())
        assert 1 < usage.prefilled <= before <= usage.prompt + 1
        assert engine.unread(prompt) <= 1
        ask(engine, prompt_of(CODE, slot="near:unread"))
        ask(engine, prompt_of("Something else", slot="chat"))
        assert engine.unread(prompt) <= 1, "less context has a cache of its own"
        assert ask(engine, prompt)[-1].usage.prefilled <= 2

    def test_a_look_at_another_place_of_a_file_is_free_of_charge(self, engine):
        if not isinstance(engine, Remembering) or engine.unread(prompt_of(CODE)) is None:
            pytest.skip("this engine does not know its caches, or has too few")
        if not self.looks_elsewhere:
            pytest.skip("the second cache is another file's")
        here = prompt_of(CODE * 3, slot="code:look")
        ask(engine, here)
        ask(engine, prompt_of("# elsewhere\n" * 30, slot="code:look"))
        assert ask(engine, here)[-1].usage.prefilled <= 2

    def test_reading_ahead_stops_at_once(self, engine):
        if not _prefills(engine):
            pytest.skip("this engine cannot read without writing")
        before = ask(engine, prompt_of(CODE))
        cancel = CancelToken()
        cancel.cancel("superseded")
        with pytest.raises(Cancelled):
            engine.prefill(prompt_of(self.long_prompt), cancel)
        if self.model:
            cancel = CancelToken()
            timer = threading.Timer(0.05, cancel.cancel, ("superseded",))
            timer.start()
            with pytest.raises(Cancelled):
                _read_again_and_again(engine, self.long_prompt, cancel)
            timer.join()
        assert self.answers_as_before(engine, before)

    def test_lookup_does_not_change_the_answer(self, engine):
        if not self.switches_lookup:
            pytest.skip("this engine looks up always or never")
        prompt = prompt_of(CODE.replace("with", "return read_lines(path)\n\n\n") * 3)
        plain, guessed = (
            ask(engine, prompt, Sampling(max_tokens=32, lookup=lookup)) for lookup in (False, True)
        )
        assert text_of(plain) == text_of(guessed)
        assert plain[-1].usage.generated == guessed[-1].usage.generated

    def test_logprobs_are_logarithms(self, engine):
        known = [piece.logprob for piece in ask(engine, prompt_of(CODE)) if piece.logprob is not None]
        assert all(value <= 1e-6 for value in known)

    def test_margins_are_those_of_the_best(self, engine):
        known = [piece.margin for piece in ask(engine, prompt_of(CODE)) if piece.margin is not None]
        assert all(margin >= 0 for margin in known)

    def test_cancelled_before(self, engine):
        cancel = CancelToken()
        cancel.cancel("superseded")
        with pytest.raises(Cancelled) as caught:
            list(engine.stream(prompt_of(CODE), Sampling(), cancel))
        assert caught.value.reason == "superseded"
        assert ask(engine, prompt_of(CODE))

    def test_cancelled_while_answering(self, engine):
        expected = text_of(ask(engine, prompt_of(CODE)))
        cancel = CancelToken()
        stream = engine.stream(prompt_of(CODE), Sampling(max_tokens=400), cancel)
        read_some(stream)
        cancel.cancel("superseded")
        with pytest.raises(Cancelled):
            next(stream)
        assert text_of(ask(engine, prompt_of(CODE))) == expected

    def test_cancelled_by_another_thread_while_reading_a_long_prompt(self, engine):
        if not self.model:
            pytest.skip("nothing takes time here")
        before = ask(engine, prompt_of(CODE))
        cancel = CancelToken()
        timer = threading.Timer(0.1, cancel.cancel, ("superseded",))
        stream = engine.stream(prompt_of(self.long_prompt), Sampling(max_tokens=400), cancel)
        timer.start()
        with pytest.raises(Cancelled):
            list(stream)
        timer.join()
        assert self.answers_as_before(engine, before)

    def test_closed_early(self, engine):
        expected = text_of(ask(engine, prompt_of(CODE)))
        for _ in range(5):
            stream = engine.stream(prompt_of(CODE), Sampling(max_tokens=400), CancelToken())
            read_some(stream)
            stream.close()
            assert text_of(ask(engine, prompt_of(CODE))) == expected

    def test_max_tokens(self, engine):
        last = ask(engine, prompt_of(CODE), Sampling(max_tokens=3))[-1]
        assert last.finish == "length"
        assert last.usage.generated in {3, None if not self.exact else 3}

    def test_stop_string_ends_and_is_left_out(self, engine):
        whole = text_of(ask(engine, prompt_of(CODE)))
        stop = whole[5:8]
        pieces = ask(engine, prompt_of(CODE, stops=("never there", stop)))
        assert text_of(pieces) == whole[: whole.index(stop)]
        assert pieces[-1].finish == "stop"

    def test_many_stop_strings(self, engine):
        whole = text_of(ask(engine, prompt_of(CODE)))
        stops = tuple(f"never there {number}" for number in range(9))
        pieces = ask(engine, prompt_of(CODE, stops=(*stops, whole[6:8])))
        assert text_of(pieces) == whole[: whole.index(whole[6:8])]

    def test_stop_marker_ends_and_is_left_out(self, engine):
        if not self.talk:
            pytest.skip("this model has no markers that it would write by itself")
        parts = tuple(Part(text, "marker" if marker else "prefix", marker) for marker, text in _talk(self))
        pieces = ask(engine, Prompt(parts, stop_markers=(self.talk_end,)), Sampling(max_tokens=60))
        assert text_of(pieces).strip()
        assert self.talk_end not in text_of(pieces)
        assert pieces[-1].finish in {"stop", "eos"}

    def test_healed_answer_is_the_answer_the_model_would_give(self, engine):
        if not self.model or not _heals(engine):
            pytest.skip("this engine does not choose words")
        whole = text_of(ask(engine, prompt_of(CODE)))
        for length in (1, 3, 4):
            pieces = ask(engine, prompt_of(CODE, heal=whole[:length]))
            assert whole[:length] + text_of(pieces) == whole
            assert pieces[-1].usage.generated == 12

    @pytest.mark.parametrize("heal", HEALS)
    def test_heals_any_text(self, engine, heal):
        sampling = Sampling(max_tokens=24)
        plain = ask(engine, prompt_of(CODE), sampling)[-1].usage
        healed = ask(engine, prompt_of(CODE, heal=heal), sampling)
        assert healed[-1].finish is not None
        if self.exact and self.model and _heals(engine):
            assert healed[-1].usage.prompt == plain.prompt, "the text went back into the prompt"
            assert text_of(healed), "something follows the healed text"

    @pytest.mark.parametrize("heal", ["", "    "])
    def test_what_is_barred_does_not_begin_the_answer(self, engine, heal):
        if not self.model or not _heals(engine):
            pytest.skip("this engine does not choose words")
        whole = text_of(ask(engine, prompt_of(CODE, heal=heal)))
        barred = whole.lstrip()[:1] or "#"
        text = text_of(ask(engine, prompt_of(CODE, heal=heal, barred=barred), Sampling(max_tokens=24)))
        assert text.lstrip(" \t")[:1] not in {barred, "\n", "\r"}
        assert text == text.lstrip("\n\r")

    def test_stop_inside_healed_text_does_not_end(self, engine):
        pieces = ask(engine, prompt_of(CODE, heal="\n    file", stops=("\n",)), Sampling(max_tokens=16))
        assert "\n" not in text_of(pieces)
        assert text_of(pieces) or pieces[-1].finish == "stop"

    def test_characters_stay_whole(self, engine):
        pieces = ask(engine, prompt_of(CHINESE), Sampling(max_tokens=24))
        if self.trained:
            assert all("\ufffd" not in piece.text for piece in pieces)
        assert text_of(pieces)

    def test_half_a_surrogate_pair_is_survived(self, engine):
        assert ask(engine, prompt_of("x = '\ud83d'\ny ="))[-1].finish

    def test_sampling_follows_the_seed(self, engine):
        if not self.model:
            pytest.skip("nothing is drawn here")
        wild = Sampling(max_tokens=12, temperature=1.5, top_p=0.95, seed=7)
        first = text_of(ask(engine, prompt_of(CODE), wild))
        assert first == text_of(ask(engine, prompt_of(CODE), wild))
        others = {text_of(ask(engine, prompt_of(CODE), Sampling(12, 1.5, 0.95, seed))) for seed in range(4)}
        assert len(others) > 1

    @pytest.mark.parametrize("heal", ["", "def"])
    def test_empty_file(self, engine, heal):
        assert ask(engine, prompt_of("", heal=heal))[-1].finish

    def test_too_long_is_said(self, engine):
        with pytest.raises(PromptTooLong, match=str(engine.info.context)):
            ask(engine, prompt_of("word " * engine.info.context))
        assert ask(engine, prompt_of(CODE))

    def test_counts(self, engine):
        assert engine.count("") == 0
        assert 0 < engine.count("def") <= engine.count("def read_lines(path):")
        assert engine.count("读取文件 😀") > 0

    def test_markers_in_plain_text_stay_text(self, engine):
        if engine.vocabulary is None or not self.talk_end:
            pytest.skip("no markers known")
        marker = engine.vocabulary.token_id(self.talk_end)
        assert marker is not None
        assert marker not in engine.vocabulary.encode(f"a {self.talk_end} b")
        assert engine.vocabulary.token_id("def") is None

    def test_zz_close_twice(self, engine):
        engine.close()
        engine.close()

    @staticmethod
    def bos(engine: Engine) -> int:
        return 1 if engine.vocabulary is not None and engine.vocabulary.add_bos else 0


def _heals(engine: Engine) -> bool:
    return isinstance(engine, Healing) and engine.can_heal()


def _prefills(engine: Engine) -> bool:
    return isinstance(engine, Prefilling) and engine.can_prefill()


def _read_again_and_again(engine: Engine, text: str, cancel: CancelToken) -> None:
    """A tiny model reads a long prompt faster than a timer can cancel."""
    for run in range(200):
        engine.prefill(prompt_of(f"{run} {text}"), cancel)


def _talk(suite: EngineContract) -> list[tuple[bool, str]]:
    """`talk` with `{marker}` written as ⟦marker⟧."""
    runs: list[tuple[bool, str]] = []
    for chunk in suite.talk.split("⟦"):
        marker, closed, text = chunk.partition("⟧")
        runs += [(True, marker), (False, text)] if closed else [(False, chunk)]
    return [(marker, text) for marker, text in runs if text]


class SmolLm(EngineContract):
    """SmolLM2-135M-Instruct, whatever runs it."""

    # The third of three alike: even this small model then ends its turn after one word.
    talk = "⟦<|im_start|>⟧user\nSay hello.⟦<|im_end|>⟧\n⟦<|im_start|>⟧assistant\n" + (
        "Hello⟦<|im_end|>⟧\n⟦<|im_start|>⟧user\nSay hello.⟦<|im_end|>⟧\n⟦<|im_start|>⟧assistant\n" * 2
    )
    talk_end = "<|im_end|>"
