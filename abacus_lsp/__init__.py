"""abacus-lsp (珠算): a language server that completes code with open models on the user's own machine."""

__version__ = "0.1.0"
