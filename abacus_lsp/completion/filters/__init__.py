"""Filters over an answer, each a pure function (text, Ending) -> text; `postprocess.FILTERS` is their order.

Core: an empty result is a silence. A filter shortens, or changes characters; none ever adds a line.
"""
