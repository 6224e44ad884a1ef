-- The command only; nothing starts before `require('abacus').setup()`.
vim.api.nvim_create_user_command('Abacus', function(call)
  require('abacus.command').run(call.fargs)
end, {
  nargs = '*',
  complete = function(lead)
    return require('abacus.command').complete(lead)
  end,
  desc = 'abacus-lsp: status, why, prompt, toggle, snooze, pull, reload, docstring, summarise',
})
