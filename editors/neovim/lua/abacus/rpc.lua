-- Speaking to the server; Neovim 0.11 made functions of clients methods.

local M = {}

---Whether the question that is being sent is ours, not Neovim's own.
M.mine = false

local METHODS = vim.fn.has('nvim-0.11') == 1

---@param client vim.lsp.Client
---@return any
function M.call(client, name, ...)
  if METHODS then
    return client[name](client, ...)
  end
  return client[name](...)
end

---@return vim.lsp.Client?
function M.client(buf)
  return vim.lsp.get_clients({ name = 'abacus', bufnr = buf })[1]
end

---Tell the server what became of an offer: 'shown' or 'rejected'.
---@param offer { client_id: integer, id?: integer }
function M.tell(offer, what)
  local client = vim.lsp.get_client_by_id(offer.client_id)
  if client and offer.id then
    M.call(client, 'notify', '$/abacus/' .. what, { id = offer.id })
  end
end

---Run a command of the server.
---@param client vim.lsp.Client
---@param arguments any[]
---@param done? fun(result: any)
function M.command(client, command, arguments, done)
  local params = { command = command, arguments = arguments }
  M.call(client, 'request', 'workspace/executeCommand', params, function(err, result)
    if err then
      local told = err.message or require('abacus.words').say('the server answered with an error', '服务器返回了错误')
      vim.notify('abacus: ' .. told, vim.log.levels.ERROR)
    elseif done then
      done(result)
    end
  end, vim.api.nvim_get_current_buf())
end

---Ask for completions at the cursor.
---@param client vim.lsp.Client
---@param invoked boolean  by the user's own key: others are wanted too
---@param done fun(items: table[], row: integer, col: integer)
---@return integer?  number of the request
function M.ask(client, buf, invoked, done)
  local row, col = unpack(vim.api.nvim_win_get_cursor(0))
  local place = vim.lsp.util.make_position_params(0, client.offset_encoding)
  local params = {
    textDocument = { uri = vim.uri_from_bufnr(buf) },
    position = place.position,
    context = { triggerKind = invoked and 1 or 2 },
  }
  M.mine = true
  local _, number = M.call(client, 'request', 'textDocument/inlineCompletion', params, function(err, result)
    done(not err and result and (result.items or result) or {}, row - 1, col)
  end, buf)
  M.mine = false
  return number
end

return M
