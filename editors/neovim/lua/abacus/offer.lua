-- One answer of the server at one place, and what is left of it when the cursor has moved on. Columns are bytes.

local api = vim.api
local M = {}

---@class abacus.Offer
---@field buf integer
---@field client_id integer
---@field id? integer  under which the server knows it
---@field text string
---@field row integer  where it was asked for, 0-based
---@field col integer
---@field over integer  bytes after the cursor that it replaces: closers that an editor put there
---@field tail string  what stood after the cursor

---@param item table  lsp.InlineCompletionItem
---@return abacus.Offer?
function M.of(buf, client, item, row, col)
  local text = type(item.insertText) == 'table' and item.insertText.value or item.insertText
  local line = api.nvim_buf_get_lines(buf, row, row + 1, false)[1]
  if not line or #line < col then
    return nil
  end
  local over = 0
  if item.range then
    local stop = M.byte(buf, item.range['end'], client.offset_encoding)
    over = item.range['end'].line == row and math.max(stop - col, 0) or 0
  end
  return {
    buf = buf,
    client_id = client.id,
    id = M.id(item.command),
    text = text,
    row = row,
    col = col,
    over = over,
    tail = line:sub(col + 1),
  }
end

---The number in an item's command: what `$/abacus/shown` and the like speak of.
---@return integer?
function M.id(command)
  return command and command.arguments and command.arguments[1] or nil
end

---Byte column of an LSP position.
---@return integer
function M.byte(buf, position, encoding)
  local line = api.nvim_buf_get_lines(buf, position.line, position.line + 1, false)[1] or ''
  if encoding == 'utf-8' then
    return math.min(position.character, #line)
  end
  local units = position.character
  local ok, byte
  if vim.fn.has('nvim-0.11') == 1 then
    ok, byte = pcall(vim.str_byteindex, line, encoding, units, false)
  else
    ok, byte = pcall(vim.str_byteindex, line, units, encoding == 'utf-16')
  end
  return ok and byte or #line
end

---Bytes of closers that an editor has put after the cursor since, if the text brings them itself.
---@return integer?  nil where something else has changed there
local function closers(offer, tail, rest)
  if not vim.endswith(tail, offer.tail) then
    return nil
  end
  local put = tail:sub(1, #tail - #offer.tail)
  local first, from = vim.split(rest, '\n', { plain = true })[1], 1
  if #put > 8 or not put:match('^[%)%]}>"\'`]*$') then
    return nil
  end
  for closer in put:gmatch('.') do
    local found = first:find(closer, from, true)
    if not found then
      return nil
    end
    from = found + 1
  end
  return #put
end

---What is left of an offer at the cursor: whoever types what is shown keeps the rest of it.
---@param offer abacus.Offer
---@return string?  nil where it does not fit any more
---@return integer  bytes after the cursor that it replaces
function M.rest(offer)
  if api.nvim_get_current_buf() ~= offer.buf then
    return nil, 0
  end
  local row, col = unpack(api.nvim_win_get_cursor(0))
  row = row - 1
  if row < offer.row or (row == offer.row and col < offer.col) then
    return nil, 0
  end
  local ok, typed = pcall(api.nvim_buf_get_text, offer.buf, offer.row, offer.col, row, col, {})
  if not ok then
    return nil, 0
  end
  local text = table.concat(typed, '\n')
  if not vim.startswith(offer.text, text) or #text == #offer.text then
    return nil, 0
  end
  local rest = offer.text:sub(#text + 1)
  local put = closers(offer, api.nvim_get_current_line():sub(col + 1), rest)
  if not put then
    return nil, 0
  end
  return rest, offer.over + put
end

---Put a text at the cursor, over so many bytes after it. One step of undo of its own.
---@param offer abacus.Offer
---@param text string
---@param over integer
function M.insert(offer, text, over)
  local row, col = unpack(api.nvim_win_get_cursor(0))
  row = row - 1
  vim.bo[offer.buf].undolevels = vim.bo[offer.buf].undolevels -- ends the step of undo before it
  local lines = vim.split(text, '\n', { plain = true })
  api.nvim_buf_set_text(offer.buf, row, col, row, col + over, lines)
  local last = #lines
  api.nvim_win_set_cursor(0, { row + last, (last == 1 and col or 0) + #lines[last] })
  vim.bo[offer.buf].undolevels = vim.bo[offer.buf].undolevels
end

return M
