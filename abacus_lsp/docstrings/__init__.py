"""Docstrings and summaries: what there is to say comes from the syntax tree, how it is said from a model.

`items` finds what can be documented, `write` makes the edit, `inline` what is typed after an opening mark,
`prose` asks a model for one line at a time, `summary` describes code. Nothing here knows LSP or files.
"""
