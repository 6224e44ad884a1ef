-- The language server's life: how it is started, what it tells, and that it comes back.

local rpc = require('abacus.rpc')
local words = require('abacus.words')
local say = words.say

local api = vim.api
local M = {}

local MARKERS = { '.git', 'pyproject.toml', 'package.json', 'Cargo.toml', 'go.mod' }
local MOST_RETURNS = 5 -- within this many minutes, as often; then something is wrong with it
local view ---@type table
local options = {} ---@type table
local attached = {} ---@type table<integer, { config: table, buffers: table<integer, true> }>
local returns = {} ---@type integer[]

local function inserting()
  return vim.startswith(api.nvim_get_mode().mode, 'i')
end

local function on_status(_, status)
  local before = type(vim.g.abacus) == 'table' and vim.g.abacus.state
  vim.g.abacus = status
  api.nvim_exec_autocmds('User', { pattern = 'AbacusStatus', modeline = false })
  vim.cmd.redrawstatus()
  -- What was typed while there was no model (or no server) was answered with nothing: asked now.
  if before == 'loading' and status.state == 'ready' and inserting() and rpc.client(api.nvim_get_current_buf()) then
    view.again()
  end
end

---There is an answer that nobody waits for: ask, if the cursor is still there.
local function on_ready(_, where)
  local buf = api.nvim_get_current_buf()
  if view and where and where.uri == vim.uri_from_bufnr(buf) and inserting() then
    local client = rpc.client(buf)
    local here = client and vim.lsp.util.make_position_params(0, client.offset_encoding).position
    if here and vim.deep_equal(here, where.position) then
      view.again()
    end
  end
end

---How the server is started: `cmd` of `vim.lsp.ClientConfig`.
function M.command()
  return options.cmd or { 'abacus-lsp' }
end

---What `vim.lsp.config` or `vim.lsp.start` takes.
---@return table
function M.config()
  return {
    name = 'abacus',
    cmd = { 'abacus-lsp' },
    root_markers = MARKERS,
    settings = { abacus = vim.empty_dict() },
    capabilities = vim.tbl_deep_extend('force', vim.lsp.protocol.make_client_capabilities(), {
      textDocument = { inlineCompletion = { dynamicRegistration = false } },
    }),
    handlers = { ['$/abacus/status'] = on_status, ['$/abacus/ready'] = on_ready },
    on_exit = vim.schedule_wrap(M._ended),
  }
end

---@param given table  of the user's
---@param shows table  the module that shows grey text
function M.start(given, shows)
  view, options = shows, given
  local group = api.nvim_create_augroup('abacus', {})
  api.nvim_create_autocmd('LspAttach', { group = group, callback = M._attached })
  api.nvim_create_autocmd('LspDetach', { group = group, callback = M._detached })
  api.nvim_create_autocmd('BufEnter', { group = group, callback = M._rests })
  if vim.lsp.config then
    vim.lsp.config('abacus', vim.tbl_deep_extend('force', M.config(), given))
    vim.lsp.enable('abacus')
    return
  end
  api.nvim_create_autocmd('FileType', {
    group = group,
    callback = function(event)
      M._open(event.buf)
    end,
  })
  for _, buf in ipairs(api.nvim_list_bufs()) do
    if api.nvim_buf_is_loaded(buf) then
      M._open(buf)
    end
  end
end

---Neovim 0.10: what vim.lsp.enable does later.
function M._open(buf)
  local config = vim.tbl_deep_extend('force', M.config(), options)
  local language = vim.bo[buf].filetype
  local wanted = config.filetypes == nil or vim.tbl_contains(config.filetypes, language)
  if vim.bo[buf].buftype == '' and language ~= '' and wanted then
    config.root_dir = config.root_dir or vim.fs.root(buf, config.root_markers)
    vim.lsp.start(config, { bufnr = buf })
  end
end

function M._attached(event)
  local client = vim.lsp.get_client_by_id(event.data.client_id)
  if not client or client.name ~= 'abacus' then
    return
  end
  local held = attached[client.id] or { config = client.config, buffers = {} }
  attached[client.id] = held
  held.buffers[event.buf] = true
  view.attach(client, event.buf)
  M._rests(event)
end

function M._detached(event)
  local held = attached[event.data.client_id]
  if held and not api.nvim_buf_is_valid(event.buf) then
    held.buffers[event.buf] = nil
  end
  if held and view then
    view.detach(event.buf)
  end
end

---Where the cursor is, when a file is shown: the server reads ahead.
function M._rests(event)
  local client = rpc.client(event.buf)
  if client and api.nvim_get_current_buf() == event.buf then
    local place = vim.lsp.util.make_position_params(0, client.offset_encoding)
    rpc.call(client, 'notify', '$/abacus/cursor', place)
  end
end

---The server's process is gone. It comes back, unless it was sent away or keeps dying.
function M._ended(code, signal, client_id)
  local held = attached[client_id]
  attached[client_id] = nil
  if not held or (code == 0 and signal == 0) or vim.v.exiting ~= vim.NIL then
    return
  end
  local now = os.time()
  returns = vim.tbl_filter(function(time)
    return now - time < MOST_RETURNS * 60
  end, returns)
  if #returns >= MOST_RETURNS then
    local text = say(
      'abacus-lsp keeps ending (code %d); see :checkhealth abacus',
      'abacus-lsp 反复退出（退出码 %d），见 :checkhealth abacus',
      code
    )
    vim.notify(text, vim.log.levels.ERROR)
    return
  end
  table.insert(returns, now)
  vim.g.abacus = { state = 'loading', message = say('restarting', '正在重新启动'), language = words.language() }
  vim.defer_fn(function()
    for buf in pairs(held.buffers) do
      if api.nvim_buf_is_loaded(buf) then
        vim.lsp.start(held.config, { bufnr = buf })
      end
    end
  end, 200 * #returns)
end

return M
