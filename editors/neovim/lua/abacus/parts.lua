-- Taking an offer, all of it or its first word or line. What a word is, the server knows (a Chinese clause is one).

local offers = require('abacus.offer')
local rpc = require('abacus.rpc')

local M = {}

---Take all that is left of an offer.
---@param offer abacus.Offer
---@return boolean
function M.all(offer)
  local rest, over = offers.rest(offer)
  local client = vim.lsp.get_client_by_id(offer.client_id)
  if not rest then
    return false
  end
  offers.insert(offer, rest, over)
  if client and offer.id then
    rpc.command(client, 'abacus.accepted', { offer.id })
  end
  return true
end

---Take the first part; `done` hears whether it was inserted.
---@param offer abacus.Offer
---@param unit 'word'|'line'
---@param done fun(taken: boolean)
function M.first(offer, unit, done)
  local client = vim.lsp.get_client_by_id(offer.client_id)
  local rest = offers.rest(offer)
  if not client or not rest then
    return done(false)
  end
  local function take(number)
    rpc.command(client, 'abacus.acceptPart', { number, unit }, function(edit)
      local part = type(edit) == 'table' and edit.newText
      local left, over = offers.rest(offer)
      local fits = type(part) == 'string' and part ~= '' and left == rest and vim.startswith(rest, part)
      if fits then
        -- Closers that the editor put there and the part brings along; what it put since, the last part replaces.
        local from = offers.byte(offer.buf, edit.range.start, client.offset_encoding)
        local to = offers.byte(offer.buf, edit.range['end'], client.offset_encoding)
        offers.insert(offer, part, part == rest and over or math.min(math.max(to - from, 0), over))
      end
      done(fits)
    end)
  end
  if rest == offer.text and offer.id then
    return take(offer.id)
  end
  -- Typed on since it was offered: the server answers what is left from memory, under a number of its own.
  rpc.ask(client, offer.buf, false, function(items)
    local number = items[1] and offers.id(items[1].command)
    if number then
      take(number)
    else
      done(false)
    end
  end)
end

return M
