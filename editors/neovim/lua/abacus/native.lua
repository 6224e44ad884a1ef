-- Grey text by Neovim itself (0.12: vim.lsp.inline_completion). Added here: parts, dismissal, other answers, and that
-- what is taken fits what was typed since it was shown.

local ghost = require('abacus.ghost')
local offers = require('abacus.offer')
local parts = require('abacus.parts')
local rpc = require('abacus.rpc')

local api = vim.api
local M = {}

local namespace = api.nvim_create_namespace('nvim.lsp.inline_completion')
local METHOD = 'textDocument/inlineCompletion'

---@type abacus.Offer?  what is left after a part was taken, until Neovim shows it itself
local left
local group = api.nvim_create_augroup('abacus.native', {})
local waiting = {} ---@type fun()[]
local asked ---@type { row: integer, col: integer, tail: string }  of the question whose answer is shown
local many = 0 -- how many Neovim has to choose from
local by_hand = false -- whether Neovim's next question is the user's own
local listened = {} ---@type table<integer, true>

---Neovim asks again, as after a key.
function M.again()
  api.nvim_exec_autocmds('CursorMovedI', { buffer = api.nvim_get_current_buf() })
end

local function clear()
  left = nil
  ghost.draw(nil)
end

---Run `act` after Neovim's next answer has been shown.
local function after_answer(act)
  table.insert(waiting, act)
end

---Neovim tells nobody what it was answered: listen in, for `$/abacus/shown` and for those who wait.
---@param client vim.lsp.Client
local function listen(client)
  if listened[client.id] then
    return
  end
  listened[client.id] = true
  local request = client.request
  client.request = function(self, method, params, handler, buf)
    if method ~= METHOD or rpc.mine then
      return request(self, method, params, handler, buf)
    end
    if by_hand then
      by_hand = false
      params = vim.tbl_deep_extend('force', params, { context = { triggerKind = 1 } })
    end
    local row, col = unpack(api.nvim_win_get_cursor(0))
    local now = { row = row - 1, col = col, tail = api.nvim_get_current_line():sub(col + 1) }
    return request(self, method, params, function(err, result, context)
      asked = now
      handler(err, result, context)
      local acts = waiting
      waiting = {}
      for _, act in ipairs(acts) do
        act()
      end
      local items = result and (result.items or result) or {}
      many = #items
      local item = items[1]
      if item and M.visible() then
        rpc.tell({ client_id = client.id, id = offers.id(item.command) }, 'shown')
      end
    end, buf)
  end
end

---@param client vim.lsp.Client
---@param buf integer
function M.attach(client, buf)
  listen(client)
  vim.lsp.inline_completion.enable(true, { bufnr = buf })
  api.nvim_clear_autocmds({ group = group, buffer = buf }) -- of a server before this one
  api.nvim_create_autocmd('InsertLeave', { group = group, buffer = buf, callback = clear })
  api.nvim_create_autocmd('CursorMovedI', {
    group = group,
    buffer = buf,
    callback = function()
      if left and not ghost.draw(left) then
        left = nil
      end
    end,
  })
end

function M.detach() end

local function shown()
  return #api.nvim_buf_get_extmarks(0, namespace, 0, -1, { limit = 1 }) > 0
end

function M.visible()
  return shown() or (left ~= nil and offers.rest(left) ~= nil)
end

---What Neovim shows, taken out of its hands.
---@param act fun(offer: abacus.Offer)
---@return boolean
local function with_current(act)
  if left and offers.rest(left) then
    local offer = left
    vim.schedule(function()
      act(offer)
    end)
    return true
  end
  return shown()
    and vim.lsp.inline_completion.get({
      on_accept = function(item)
        local client = vim.lsp.get_client_by_id(item.client_id)
        if not client or client.name ~= 'abacus' or not asked then
          return item -- another server's: Neovim takes it
        end
        -- Its range is of the time of the question: what was typed since lies between that and the cursor.
        local offer = offers.of(api.nvim_get_current_buf(), client, {
          insertText = item.insert_text,
          command = item.command,
        }, asked.row, asked.col)
        if offer then
          if item.range then
            local _, from, _, to = item.range:to_extmark()
            offer.over = to - from
          end
          offer.tail = asked.tail
          act(offer)
        end
        return nil -- it is inserted here, not there
      end,
    })
end

---@param unit 'all'|'word'|'line'
function M.take(unit)
  return with_current(function(offer)
    clear()
    if unit == 'all' then
      parts.all(offer)
      return
    end
    parts.first(offer, unit, function(taken)
      -- Neovim has let go of it and asks again in 200 ms; until then the rest stays on the screen.
      if taken and ghost.draw(offer) then
        left = offer
        after_answer(clear)
      end
    end)
  end)
end

function M.dismiss()
  return with_current(function(offer)
    clear()
    rpc.tell(offer, 'rejected')
  end)
end

---@param count integer
function M.cycle(count)
  local buf = api.nvim_get_current_buf()
  local client = rpc.client(buf)
  if not client or not M.visible() then
    return false
  end
  if many > 1 then
    vim.schedule(function()
      vim.lsp.inline_completion.select({ count = count })
    end)
    return true
  end
  -- The server gives several to who asks by hand: Neovim's next question is asked so.
  by_hand = true
  after_answer(function()
    vim.lsp.inline_completion.select({ count = count })
  end)
  M.again()
  return true
end

return M
