-- The command only; nothing starts before `require('abacus').setup()`.
vim.api.nvim_create_user_command('Abacus', function(call)
  require('abacus.command').run(call.fargs)
end, {
  nargs = '*',
  complete = function(lead)
    return require('abacus.command').complete(lead)
  end,
  desc = 'abacus-lsp: ' .. require('abacus.words').say(
    'status, why, prompt, snooze, pull, reload, docstring, summarise',
    '状态、原因、提示词、暂停、下载模型、重新加载、生成文档字符串、生成代码摘要'
  ),
})
