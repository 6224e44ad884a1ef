-- abacus-lsp in Neovim 0.10 and later: what a user calls. See `:help abacus`.
-- 0.12 shows grey text by itself (`vim.lsp.inline_completion`, module `native`); before it, `ghost` draws it.

local M = {}

---@class abacus.Options
---@field server? table  merged into the configuration of the language server (`:help vim.lsp.ClientConfig`)
---@field keys? table<string, string|false>  insert-mode keys by action; false leaves the key alone
---@field native? boolean  use vim.lsp.inline_completion; the default where Neovim has it

local KEYS = {
  accept = '<Tab>',
  accept_word = '<M-Right>',
  accept_line = '<M-C-Right>',
  next = '<M-]>',
  previous = '<M-[>',
  dismiss = '<C-]>',
}

local TITLES = {
  accept = { 'Take the completion', '接受内联建议' },
  accept_word = { 'Take a word of the completion', '接受内联建议的下一个词' },
  accept_line = { 'Take a line of the completion', '接受内联建议的下一行' },
  next = { 'Next completion', '下一条内联建议' },
  previous = { 'Previous completion', '上一条内联建议' },
  dismiss = { 'Dismiss the completion', '取消内联建议' },
}

---The module that shows grey text: `native` or `ghost`.
M.view = nil

---Descriptions of our keys, as a set.
---@type table<string, true>
M.titles = {}

---Start it all: the server for every file, grey text, keys.
---@param options? abacus.Options
function M.setup(options)
  options = options or {}
  local words = require('abacus.words')
  words.setting = vim.tbl_get(options, 'server', 'settings', 'abacus', 'language') or 'auto'
  local native = options.native
  if native == nil then
    native = vim.lsp.inline_completion ~= nil
  end
  M.view = require(native and 'abacus.native' or 'abacus.ghost')
  vim.api.nvim_set_hl(0, 'AbacusGhost', { default = true, link = native and 'ComplHint' or 'NonText' })
  vim.api.nvim_set_hl(0, 'AbacusGhostMore', { default = true, link = native and 'ComplHintMore' or 'MoreMsg' })
  for action, key in pairs(vim.tbl_extend('force', KEYS, options.keys or {})) do
    if key then
      local title = words.say(unpack(TITLES[action]))
      M.titles[title] = true
      require('abacus.keys').map(key, M[action], title)
    end
  end
  require('abacus.server').start(options.server or {}, M.view)
end

-- Each of these returns whether there was something to act on, so that a key can mean something else where there was not.

---Take all of the grey text.
---@return boolean
function M.accept()
  return M.view ~= nil and M.view.take('all')
end

---Take its next word; in Chinese, the next clause.
---@return boolean
function M.accept_word()
  return M.view ~= nil and M.view.take('word')
end

---Take it up to the end of its line.
---@return boolean
function M.accept_line()
  return M.view ~= nil and M.view.take('line')
end

---Show another one; the first time, the server is asked for more.
---@return boolean
function M.next()
  return M.view ~= nil and M.view.cycle(1)
end

---Show the one before.
---@return boolean
function M.previous()
  return M.view ~= nil and M.view.cycle(-1)
end

---Away with it; the server will not offer it at this place again.
---@return boolean
function M.dismiss()
  return M.view ~= nil and M.view.dismiss()
end

---Whether grey text is on the screen.
---@return boolean
function M.visible()
  return M.view ~= nil and M.view.visible()
end

---For a status line: the state, the model, and how far it is loaded.
---@return string
function M.status()
  local told = vim.g.abacus
  if type(told) ~= 'table' then
    return ''
  end
  local share = told.progress and (' %d%%'):format(told.progress * 100) or ''
  return ('珠算 %s%s %s'):format(told.state, share, told.model or ''):gsub('%s+$', '')
end

return M
