-- What the plugin says by itself, in English or Chinese: the little that no server can say, because none runs or the
-- question is about Neovim. Everything else comes from the server, in its language.

local M = {}

---The setting of the user's `setup()`; 'auto' when there is none.
M.setting = 'auto'

---As the server has it, once it has told; before that by its rule: the setting, else the environment.
---@return 'en'|'zh'
function M.language()
  local told = type(vim.g.abacus) == 'table' and vim.g.abacus.language
  local env = vim.env.LC_ALL or ''
  for _, name in ipairs({ 'LC_MESSAGES', 'LANG' }) do
    env = env ~= '' and env or vim.env[name] or ''
  end
  local chosen = told or (M.setting ~= 'auto' and M.setting) or env
  return vim.startswith(chosen:lower(), 'zh') and 'zh' or 'en'
end

---@param english string  as for string.format
---@param chinese string  with the same places in the same order
---@return string
function M.say(english, chinese, ...)
  return (M.language() == 'zh' and chinese or english):format(...)
end

return M
