-- `:Abacus`: what the server can be asked for by hand.

local rpc = require('abacus.rpc')
local say = require('abacus.words').say

local M = {}

local function with_client(act)
  local client = rpc.client(vim.api.nvim_get_current_buf())
  if client then
    act(client)
  else
    local here = say('no server for this buffer; see :checkhealth abacus', '此缓冲区没有服务器，见 :checkhealth abacus')
    vim.notify('abacus: ' .. here, vim.log.levels.WARN)
  end
end

---@param command string  of the server
local function sends(command, convert)
  return function(argument)
    with_client(function(client)
      local value = convert and convert(argument)
      rpc.command(client, command, value ~= nil and { value } or {})
    end)
  end
end

---The code actions of the server, so that other servers' ones do not stand in between.
local function acts(command, comment)
  return function()
    vim.lsp.buf.code_action({
      apply = true,
      filter = function(action)
        local held = type(action.command) == 'table' and action.command or action
        local given = (held.arguments or {})[1] or {}
        return held.command == command and (given.comment or false) == comment
      end,
    })
  end
end

local COMMANDS = {
  status = function()
    local nothing = say('no server has told anything yet', '还没有服务器报告状态')
    vim.notify(vim.inspect(vim.g.abacus or nothing))
  end,
  why = function()
    with_client(function(client)
      rpc.command(client, 'abacus.explainLast', {}, function(told)
        vim.notify(vim.inspect(told))
      end)
    end)
  end,
  prompt = function()
    with_client(function(client)
      rpc.command(client, 'abacus.showPrompt', {})
    end)
  end,
  snooze = sends('abacus.snooze', function(minutes)
    return tonumber(minutes) or 5
  end),
  pull = sends('abacus.pullModel', function(name)
    return name or 'gemma3-270m'
  end),
  reload = sends('abacus.reloadModel'),
  reindex = sends('abacus.reindex'),
  unload = sends('abacus.unloadModel'),
  docstring = acts('abacus.document', false),
  summarise = acts('abacus.summarise', false),
  comment = acts('abacus.summarise', true),
}

---@param words string[]
function M.run(words)
  local act = COMMANDS[words[1] or 'status']
  if act then
    act(words[2])
  else
    local names = table.concat(M.complete(''), ', ')
    vim.notify('abacus: ' .. say('one of %s', '应为以下之一：%s', names), vim.log.levels.WARN)
  end
end

---@param lead string
---@return string[]
function M.complete(lead)
  local names = vim.tbl_filter(function(name)
    return vim.startswith(name, lead)
  end, vim.tbl_keys(COMMANDS))
  table.sort(names)
  return names
end

return M
