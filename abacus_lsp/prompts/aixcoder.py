"""aiXcoder's head lines: the two comment lines its training data begin with.

Knows which file extensions had a language line and how it was spelled, quirks included (fidelity to the
training data, not to the languages). Must not know our own language table.
"""

import re

# Comment style, "@" is the line's text.
_SLASH = "// @"
_HASH = "# @"
_DASH = "-- @"
_PERCENT = "% @"
_SEMICOLON = "; @"
_MARKUP = "<!--@-->"
_BLOCK = "/* @ */"
_PAREN = "(*@*)"
_BANG = "!@"

# (comment style, name as upstream writes it, extensions).
_LANGUAGES = (
    (_SLASH, "C", ".c .cats .idc .w"),
    # ".h" is C++ upstream.
    (_SLASH, "C++", ".h .cpp .c++ .cc .cp .cxx .h++ .hh .hpp .hxx .inl .ipp .tcc .tpp .C .H"),
    (_SLASH, "C#", ".cs .cake .cshtml .csx"),
    (_BLOCK, "CSS", ".css"),
    (_SLASH, "Cuda", ".cu .cuh"),
    (_SLASH, "Dart", ".dart"),
    (_SLASH, "Lua", ".lua .nse .pd_lua .rbxs .wlua"),
    (_SLASH, "Objective-C++", ".mm"),
    (_HASH, "Python", ".py .bzl .gyp .lmi .pyde .pyp .pyt .pyw .tac .wsgi .xpy"),
    (_HASH, "Perl", ".pl .al .perl .ph .plx .pm .psgi .t"),
    (_SLASH, "swift", ".swift"),
    (_SLASH, "Java", ".java"),
    (_SLASH, "Scala", ".scala .sbt .scaml"),
    (_PERCENT, "TeX", ".tex .aux .bbx .bib .cbx .dtx .ins .lbx .ltx .sty .toc"),
    (_MARKUP, "Vue", ".vue"),
    (_MARKUP, "Markdown", ".md .markdown .mkd .mkdn .mkdown .ron"),
    (_MARKUP, "HTML", ".html .htm .xht .xhtml"),
    (_SLASH, "PHP", ".php .aw .ctp .php3 .php4 .php5 .phps .phpt"),
    (_SLASH, "JavaScript", ".js ._js .bones .es6 .jake .jsb .jscad .jsfl .jsm .jss .njs .pac .sjs .ssjs"),
    (_SLASH, "TypeScript", ".ts"),
    (_SLASH, "TypeScript with JSX", ".tsx"),
    (_SLASH, "JSX", ".jsx"),
    (_SLASH, "Go", ".go"),
    (_HASH, "Shell", ".sh .bash .bats .command .ksh .tmux .tool .zsh"),
    (_SLASH, "Rust", ".rs"),
    (_DASH, "SQL", ".sql .pls .pck .pkb .pks .plb .plsql .cql .ddl .prc .tab .udf .viw .db2"),
    (_SLASH, "Kotlin", ".kt .ktm .kts"),
    (
        _HASH,
        "Ruby",
        ".rb .builder .gemspec .god .irbrc .jbuilder .podspec .rabl .rake .rbuild .ru .ruby .thor",
    ),
    (_SLASH, "Pascal", ".pas .dfm .dpr .lpr"),
    (_HASH, "R", ".r .rd .rsx"),
    (_BANG, "Fortran", ".f90 .f .f03 .f08 .f77 .f95 .for .fpp"),
    (_DASH, "Lean", ".lean .hlean"),
    (_SEMICOLON, "Scheme", ".scm .sld .sps .ss"),
    (_SEMICOLON, "Assembly", ".asm .a51 .nasm"),
    (_SLASH, "Groovy", ".groovy .grt .gtpl .gvy"),
    (_HASH, "GDScript", ".gd"),
    (_DASH, "Haskell", ".hs .hsc"),
    (_HASH, "Julia", ".jl"),
    (_HASH, "Elixir", ".ex .exs"),
    (_SEMICOLON, "Clojure", ".clj .boot .cl2 .cljc .cljs .cljscm .cljx"),
    (_SLASH, "Solidity", ".sol"),
    (_HASH, "PowerShell", ".ps1 .psd1 .psm1"),
    (_PERCENT, "Erlang", ".erl .escript .hrl .xrl .yrl"),
    (_BLOCK, "Thrift", ".thrift"),
    (_HASH, "CMake", ".cmake"),
    (_HASH, "Dockerfile", ".dockerfile"),
    (_SLASH, "GLSL", ".glsl .fp .frag .frg .fsh .geom .glslv .shader .vert .vsh"),
    (_SEMICOLON, "Racket", ".rkt .rktd .rktl .scrbl"),
    (_DASH, "Elm", ".elm"),
    (_HASH, "YAML", ".yml .yaml .reek .rviz .syntax"),
    (_PAREN, "OCaml", ".ml .eliom .eliomi .ml4 .mli .mll .mly"),
    (_HASH, "Makefile", ".mak .mk"),
    (_SLASH, "SystemVerilog", ".sv .svh .vh"),
    (_DASH, "VHDL", ".vhdl .vhd .vhf .vhi .vho .vhs .vht .vhw"),
    (".. @", "reStructuredText", ".rst .rest"),
    (_HASH, "CoffeeScript", ".coffee .cjsx .cson .iced"),
    (_SLASH, "Zig", ".zig"),
)

_BY_EXTENSION = {
    extension: (style, name) for style, name, extensions in _LANGUAGES for extension in extensions.split()
}
_EXTENSION = re.compile(r"\.\w+$")


def head(path: str) -> str:
    """Both head lines for the file at `path`, "" for an extension that had none in training."""
    style, _ = _language(path)
    return f"{_comment(style, f'the file path is: {path}')}\n{tag(path)}" if style else ""


def tag(path: str) -> str:
    """The language line alone, with its line ending; "" when there is none."""
    style, name = _language(path)
    return f"{_comment(style, f'the code file is written by {name}')}\n" if style else ""


def _language(path: str) -> tuple[str, str]:
    found = _EXTENSION.search(path)
    return _BY_EXTENSION.get(found.group(), ("", "")) if found else ("", "")


def _comment(style: str, text: str) -> str:
    before, _, after = style.partition("@")
    return f"{before}{text}{after}"
