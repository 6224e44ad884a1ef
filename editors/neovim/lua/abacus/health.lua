-- `:checkhealth abacus`

local M = {}

local health = vim.health

local function server()
  local client = vim.lsp.get_clients({ name = 'abacus' })[1]
  local cmd = client and client.config.cmd or { 'abacus-lsp' }
  local program = type(cmd) == 'table' and cmd[1] or 'abacus-lsp'
  if vim.fn.executable(program) == 0 then
    health.error(
      program .. ' is not on the PATH that Neovim sees',
      { 'pip install abacus-lsp', "or name it: require('abacus').setup({ server = { cmd = { '/full/path/abacus-lsp' } } })" }
    )
    return
  end
  health.ok(vim.fn.exepath(program) .. ': ' .. vim.trim(vim.fn.system({ program, '--version' })))
  if not client then
    health.warn('no server runs', { "require('abacus').setup() in init.lua", 'open a file of a language' })
    return
  end
  local buffers = #vim.tbl_keys(client.attached_buffers or {})
  health.ok(('runs for %d buffers, columns in %s'):format(buffers, client.offset_encoding))
end

local function told()
  local status = vim.g.abacus
  if type(status) ~= 'table' then
    health.warn('the server has told nothing yet', { 'wait a moment, then try :Abacus status' })
    return
  end
  local model = ('%s: %s %s %s'):format(status.state, status.model or 'no model', status.engine or '', status.device or '')
  if status.state == 'error' then
    local reason = status.reason and status.reason.message or status.message or ''
    health.error(model, { reason, 'abacus-lsp doctor checks everything between an editor and a completion' })
  else
    health.ok(model)
  end
  if status.reason then
    health.info('the last answer: ' .. status.reason.code .. ': ' .. status.reason.message)
  end
end

local function keys()
  for _, mapped in ipairs(vim.api.nvim_get_keymap('i')) do
    if (mapped.desc or ''):find('the completion', 1, true) or (mapped.desc or ''):match('%a+ completion$') then
      health.ok(('%s: %s'):format(mapped.lhs, mapped.desc))
    end
  end
  for _, plugin in ipairs({ 'cmp', 'blink.cmp' }) do
    if package.loaded[plugin] then
      health.info(plugin .. ' maps keys of its own in each buffer: let its <Tab> call require("abacus").accept() first'
        .. ' (:help abacus-cmp)')
    end
  end
end

function M.check()
  health.start('abacus: Neovim')
  if vim.fn.has('nvim-0.10') == 0 then
    health.error('Neovim 0.10 or later is needed')
    return
  end
  local view = require('abacus').view
  if not view then
    health.warn("require('abacus').setup() was not called")
  elseif view == package.loaded['abacus.native'] then
    health.ok('grey text by Neovim itself (vim.lsp.inline_completion)')
  else
    health.ok('grey text drawn by abacus.ghost')
  end
  health.start('abacus: server')
  server()
  health.start('abacus: model')
  told()
  health.start('abacus: keys')
  keys()
end

return M
