-- Keys that do our thing where there is grey text, and what they did before where there is none.

local M = {}

---@param key string  as in a mapping: '<Tab>'
---@param act fun(): boolean
---@param title string
function M.map(key, act, title)
  local before = M._keep(key)
  vim.keymap.set('i', key, function()
    return act() and '' or before
  end, { expr = true, remap = true, replace_keycodes = true, desc = title })
end

---Keep what is mapped to the key under a name of its own.
---@return string  the keys that do it
function M._keep(key)
  local mapped = vim.fn.maparg(key, 'i', false, true)
  if vim.tbl_isempty(mapped) or mapped.buffer == 1 then
    return key -- a right-hand side that starts with its left-hand side is not mapped again
  end
  local name = '<Plug>(abacus-before-' .. key:gsub('[<>]', '') .. ')'
  mapped.lhs, mapped.lhsraw, mapped.lhsrawalt = name, vim.keycode(name), nil
  vim.fn.mapset('i', false, mapped)
  return name
end

return M
