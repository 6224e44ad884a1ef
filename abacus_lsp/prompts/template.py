"""A model's own chat template: a program from the internet, run in a box.

Knows Jinja. Jinja's immutable sandbox keeps it from everything but the message; the limits here keep it from running for ever or
filling the memory, which the sandbox does not.
"""

from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any, Final

_LONGEST: Final = 128 << 10  # characters of template; the longest in use has 25,000
_MOST_ROUNDS: Final = 20_000  # of all loops together, and calls; a conversation of one message takes some ten
_MOST_TEXT: Final = 1 << 20  # characters in any value that is computed


def apply_template(template: str, message: str) -> str | None:
    """One user message through a model's own Jinja template, ready for the assistant's answer.

    None when Jinja is not installed (the base installation does without), or the template does not work or wants too much.
    """
    try:
        from jinja2 import TemplateError, nodes  # noqa: PLC0415  (optional)
    except ImportError:
        return None
    if len(template) > _LONGEST:
        return None
    rounds = count()

    def refuse(reason: str) -> None:
        raise TemplateError(reason)

    def counted(items: Iterable[Any]) -> Iterator[Any]:
        for item in items:
            if next(rounds) >= _MOST_ROUNDS:
                raise TemplateError("the template loops for too long")
            yield item

    environment = _sandbox()
    messages = [{"role": "user", "content": message}]
    try:
        tree = environment.parse(template)
        for loop in tree.find_all(nodes.For):
            if loop.recursive:
                return None
            loop.iter = nodes.Call(nodes.Name("__counted", "load"), [loop.iter], [], None, None)
        # BOS is the engine's business (`Prompt.bos`): the template must not write it a second time.
        return environment.from_string(tree).render(
            messages=messages,
            add_generation_prompt=True,
            bos_token="",
            eos_token="",
            raise_exception=refuse,
            __counted=counted,
        )
    except (
        TemplateError,
        TypeError,
        ValueError,
        AttributeError,
        LookupError,
        ArithmeticError,
        MemoryError,
        RecursionError,
    ):
        return None


def _sandbox() -> Any:
    """Jinja's immutable sandbox, in which no operator makes anything huge."""
    from jinja2.exceptions import SecurityError  # noqa: PLC0415  (optional)
    from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: PLC0415  (optional)

    calls = count()

    class Sandbox(ImmutableSandboxedEnvironment):
        intercepted_binops = frozenset({"*", "**", "+", "%"})

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            sizes = [len(side) if hasattr(side, "__len__") else 0 for side in (left, right)]
            factor = max((side for side in (left, right) if isinstance(side, int)), default=1)
            if operator == "**" or sum(sizes) * max(factor, 1) > _MOST_TEXT or factor > 10**12:
                raise SecurityError("the template makes something too large")
            if operator == "%" and isinstance(left, str):
                raise SecurityError("the template formats text")  # a width is a size
            return super().call_binop(context, operator, left, right)

        def call(self, context: Any, obj: Any, *args: Any, **kwargs: Any) -> Any:
            if next(calls) >= _MOST_ROUNDS:
                raise SecurityError("the template calls for too long")
            return super().call(context, obj, *args, **kwargs)

        def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
            wide = attr in {
                "ljust",
                "rjust",
                "center",
                "zfill",
                "format",
                "format_map",
                "expandtabs",
                "replace",
            }
            return not (wide and isinstance(obj, str) and attr != "replace") and super().is_safe_attribute(
                obj, attr, value
            )

    environment = Sandbox(trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"])
    for name in ("format", "indent", "center", "wordwrap", "batch", "slice"):
        environment.filters.pop(name, None)  # they take sizes
    return environment
