-- `:checkhealth abacus`

local say = require('abacus.words').say

local M = {}

local health = vim.health

local function server()
  local client = vim.lsp.get_clients({ name = 'abacus' })[1]
  local cmd = client and client.config.cmd or require('abacus.server').command()
  local program = type(cmd) == 'table' and cmd[1] or 'abacus-lsp'
  if vim.fn.executable(program) == 0 then
    local named = "require('abacus').setup({ server = { cmd = { '/full/path/abacus-lsp' } } })"
    health.error(
      say('%s is not on the PATH that Neovim sees', 'Neovim 的 PATH 中没有 %s', program),
      { 'pip install abacus-lsp', say('or name it: %s', '或指定路径：%s', named) }
    )
    return
  end
  health.ok(vim.fn.exepath(program) .. ': ' .. vim.trim(vim.fn.system({ program, '--version' })))
  if not client then
    health.warn(say('no server runs', '服务器没有运行'), {
      say("require('abacus').setup() in init.lua", "在 init.lua 中加入 require('abacus').setup()"),
      say('open a file of a language', '打开一个源代码文件'),
    })
    return
  end
  local buffers = #vim.tbl_keys(client.attached_buffers or {})
  local encoding = client.offset_encoding
  health.ok(say('runs for %d buffers, columns in %s', '正在为 %d 个缓冲区运行，列的编码为 %s', buffers, encoding))
end

---The sentences are the server's.
local function told()
  local status = vim.g.abacus
  if type(status) ~= 'table' then
    health.warn(
      say('the server has told nothing yet', '服务器还没有报告状态'),
      { say('wait a moment, then try :Abacus status', '稍候再执行 :Abacus status') }
    )
    return
  end
  local name = status.model or say('no model', '没有模型')
  local model = ('%s: %s %s %s'):format(status.state, name, status.engine or '', status.device or '')
  if status.state == 'error' then
    local reason = status.reason and status.reason.message or status.message or ''
    local doctor = 'abacus-lsp doctor checks everything between an editor and a completion'
    health.error(model, { reason, say(doctor, 'abacus-lsp doctor 检查从编辑器到补全的每个环节') })
  else
    health.ok(model)
  end
  if status.reason then
    local reason = status.reason.code .. ': ' .. status.reason.message
    health.info(say('the last answer: %s', '最近一次回答：%s', reason))
  end
end

local function keys()
  local ours = require('abacus').titles
  for _, mapped in ipairs(vim.api.nvim_get_keymap('i')) do
    if ours[mapped.desc or ''] then
      health.ok(('%s: %s'):format(mapped.lhs, mapped.desc))
    end
  end
  for _, plugin in ipairs({ 'cmp', 'blink.cmp' }) do
    if package.loaded[plugin] then
      health.info(say(
        '%s maps keys of its own in each buffer: let its <Tab> call require("abacus").accept() first (:help abacus-cmp)',
        '%s 在每个缓冲区中映射自己的键：请让它的 <Tab> 先调用 require("abacus").accept()（:help abacus-cmp）',
        plugin
      ))
    end
  end
end

function M.check()
  health.start('abacus: Neovim')
  if vim.fn.has('nvim-0.10') == 0 then
    health.error(say('Neovim 0.10 or later is needed', '需要 Neovim 0.10 或更高版本'))
    return
  end
  local view = require('abacus').view
  if not view then
    health.warn(say("require('abacus').setup() was not called", "没有调用 require('abacus').setup()"))
  elseif view == package.loaded['abacus.native'] then
    health.ok(say(
      'grey text by Neovim itself (vim.lsp.inline_completion)',
      '内联建议由 Neovim 显示（vim.lsp.inline_completion）'
    ))
  else
    health.ok(say('grey text drawn by abacus.ghost', '内联建议由 abacus.ghost 显示'))
  end
  health.start(say('abacus: server', 'abacus：服务器'))
  server()
  health.start(say('abacus: model', 'abacus：模型'))
  told()
  health.start(say('abacus: keys', 'abacus：按键'))
  keys()
end

return M
