-- Grey text for Neovim without vim.lsp.inline_completion (0.10, 0.11): asks after every key, draws with extmarks.
-- What was shown stays while it is being typed; the server answers that from memory too, so there is no delay here.

local offers = require('abacus.offer')
local parts = require('abacus.parts')
local rpc = require('abacus.rpc')

local api = vim.api
local M = {}

local namespace = api.nvim_create_namespace('abacus.ghost')

---@type abacus.Offer[], integer
local held, at = {}, 1
local asked ---@type { client: vim.lsp.Client, number: integer }?
local drawn ---@type integer?  the number of the offer that was last reported as shown
local place ---@type string?  where the last question was asked

local function current()
  return held[at]
end

---Draw what is left of an offer at the cursor; nothing where it does not fit.
---@param offer? abacus.Offer
---@param hint? string
---@return boolean
function M.draw(offer, hint)
  local buf = api.nvim_get_current_buf()
  api.nvim_buf_clear_namespace(buf, namespace, 0, -1)
  local rest, over = nil, 0
  if offer then
    rest, over = offers.rest(offer)
  end
  if not offer or not rest then
    return false
  end
  local lines = {}
  for line in vim.gsplit(rest, '\n', { plain = true }) do
    table.insert(lines, { { line, 'AbacusGhost' } })
  end
  if hint then
    table.insert(lines[#lines], { hint, 'AbacusGhostMore' })
  end
  local row, col = unpack(api.nvim_win_get_cursor(0))
  api.nvim_buf_set_extmark(buf, namespace, row - 1, col, {
    virt_text = lines[1],
    virt_lines = #lines > 1 and vim.list_slice(lines, 2) or nil,
    virt_text_pos = over > 0 and 'overlay' or 'inline',
    hl_mode = 'combine',
  })
  if offer.id and offer.id ~= drawn then
    drawn = offer.id
    rpc.tell(offer, 'shown')
  end
  return true
end

---Nothing is shown, nothing is awaited.
function M.clear()
  for _, buf in ipairs(api.nvim_list_bufs()) do
    if api.nvim_buf_is_loaded(buf) then
      api.nvim_buf_clear_namespace(buf, namespace, 0, -1)
    end
  end
  if asked then
    pcall(rpc.call, asked.client, 'cancel_request', asked.number)
  end
  held, at, asked, place = {}, 1, nil, nil
end

local function hint()
  return #held > 1 and (' (%d/%d)'):format(at, #held) or nil
end

---@param invoked boolean
---@param done? fun()
local function ask(invoked, done)
  local buf = api.nvim_get_current_buf()
  local client = rpc.client(buf)
  if not client then
    return
  end
  local this ---@type table
  this = { client = client }
  asked = this
  this.number = rpc.ask(client, buf, invoked, function(items, row, col)
    if asked ~= this then
      return -- a newer question is on its way
    end
    asked = nil
    if api.nvim_get_current_buf() ~= buf or not vim.startswith(api.nvim_get_mode().mode, 'i') then
      return
    end
    held, at = {}, 1
    for _, item in ipairs(items) do
      table.insert(held, offers.of(buf, client, item, row, col))
    end
    M.draw(current())
    if done then
      done()
    end
  end)
end

---The cursor or the text has moved: what is shown is fitted, and the server is asked, once for each place.
function M.refresh()
  if not vim.startswith(api.nvim_get_mode().mode, 'i') then
    return M.clear()
  end
  M.draw(current())
  local cursor = api.nvim_win_get_cursor(0)
  local buf = api.nvim_get_current_buf()
  local now = ('%d:%d:%d:%d'):format(buf, api.nvim_buf_get_changedtick(buf), cursor[1], cursor[2])
  if now ~= place then
    place = now
    ask(false)
  end
end

---The server has more for the place it was asked about.
function M.again()
  place = nil
  M.refresh()
end

---@param buf integer
function M.attach(_, buf)
  local group = api.nvim_create_augroup('abacus.ghost.' .. buf, {})
  -- After the event: an accepted pair of brackets, a popup's preview and the like are one question then.
  local refresh = vim.schedule_wrap(M.refresh)
  api.nvim_create_autocmd({ 'InsertEnter', 'TextChangedI', 'TextChangedP', 'CursorMovedI' }, {
    group = group,
    buffer = buf,
    callback = refresh,
  })
  api.nvim_create_autocmd({ 'InsertLeave', 'BufLeave' }, { group = group, buffer = buf, callback = M.clear })
  if api.nvim_get_current_buf() == buf and vim.startswith(api.nvim_get_mode().mode, 'i') then
    vim.schedule(M.again) -- the question asked here before may have gone to a server that has died
  end
end

---@param buf integer
function M.detach(buf)
  pcall(api.nvim_del_augroup_by_name, 'abacus.ghost.' .. buf)
  M.clear()
end

function M.visible()
  local offer = current()
  return offer ~= nil and offers.rest(offer) ~= nil
end

---@param unit 'all'|'word'|'line'
function M.take(unit)
  local offer = current()
  if not offer or not M.visible() then
    return false
  end
  vim.schedule(function()
    if unit == 'all' then
      parts.all(offer)
    else
      parts.first(offer, unit, function() end)
    end
    M.draw(current())
  end)
  return true
end

---@param count integer
function M.cycle(count)
  if not M.visible() then
    return false
  end
  local function turn()
    at = (at - 1 + count) % math.max(#held, 1) + 1
    M.draw(current(), hint())
  end
  if #held > 1 then
    vim.schedule(turn)
  else
    ask(true, turn)
  end
  return true
end

function M.dismiss()
  local offer = current()
  if not M.visible() then
    return false
  end
  rpc.tell(offer, 'rejected')
  local here = place
  M.clear()
  place = here
  return true
end

return M
