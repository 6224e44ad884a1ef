"""Cross-file context for code models: knows nothing of `abacus_lsp`, usable alone."""
