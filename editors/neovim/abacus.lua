-- abacus-lsp in Neovim 0.12: no plugin, only what Neovim brings along. See README.md beside this file.
-- Neovim 0.11 runs it too, but has no inline completion: there the answers are in the completion popup.

vim.lsp.config('abacus', {
  cmd = { 'abacus-lsp' },
  root_markers = { '.git', 'pyproject.toml', 'package.json', 'Cargo.toml', 'go.mod' },
  -- The keys of docs/configuration.md, for example: settings = { abacus = { completion = { maxLines = 4 } } }.
  settings = { abacus = vim.empty_dict() },
  handlers = {
    -- What the server is doing, and why it was silent: shown by `:lua =vim.g.abacus`, and in a status line.
    ['$/abacus/status'] = function(_, status)
      vim.g.abacus = status
      vim.cmd.redrawstatus()
    end,
  },
})
vim.lsp.enable('abacus')

if not vim.lsp.inline_completion then
  return
end

vim.api.nvim_create_autocmd('LspAttach', {
  callback = function(event)
    local client = vim.lsp.get_client_by_id(event.data.client_id)
    if client and client.name == 'abacus' then
      vim.lsp.inline_completion.enable(true, { bufnr = event.buf })
    end
  end,
})

-- Tab takes the grey text; where there is none it is the Tab it always was.
vim.keymap.set('i', '<Tab>', function()
  if not vim.lsp.inline_completion.get() then
    return '<Tab>'
  end
end, { expr = true, replace_keycodes = true, desc = 'Take the completion' })
