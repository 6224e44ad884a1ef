-- abacus-lsp in Neovim: no plugin, only what Neovim brings along. See README.md beside this file.
-- 0.12 shows grey text inline; 0.11 cannot, there CTRL-X CTRL-O offers the first line of it.

vim.lsp.config('abacus', {
  cmd = { 'abacus-lsp' },
  root_markers = { '.git', 'pyproject.toml', 'package.json', 'Cargo.toml', 'go.mod' },
  -- The keys of docs/configuration.md, for example: settings = { abacus = { completion = { maxLines = 4 } } }.
  settings = { abacus = vim.empty_dict() },
  handlers = {
    -- What the server is doing, and why it was silent: `:lua =vim.g.abacus`, or in a status line.
    ['$/abacus/status'] = function(_, status)
      vim.g.abacus = status
      vim.cmd.redrawstatus()
    end,
  },
})
vim.lsp.enable('abacus')

vim.api.nvim_create_autocmd('LspAttach', {
  callback = function(event)
    local client = vim.lsp.get_client_by_id(event.data.client_id)
    if not client or client.name ~= 'abacus' then
      return
    end
    if vim.lsp.inline_completion then
      vim.lsp.inline_completion.enable(true, { bufnr = event.buf })
    else
      vim.opt.completeopt = { 'menuone', 'noinsert', 'popup' }
      vim.lsp.completion.enable(true, client.id, event.buf, {
        convert = function(item) -- 0.11 would take the first word only; it can take a line, not more
          return { word = vim.split(item.textEdit.newText, '\n')[1] }
        end,
      })
    end
  end,
})

if vim.lsp.inline_completion then
  -- Tab takes the grey text; where there is none it is the Tab it always was.
  vim.keymap.set('i', '<Tab>', function()
    if not vim.lsp.inline_completion.get() then
      return '<Tab>'
    end
  end, { expr = true, desc = 'Take the completion' })
end
