-- For `vim.lsp.enable('abacus')`, Neovim 0.11 and later: how the server is started. `require('abacus').setup()` uses it.
return require('abacus.server').config()
