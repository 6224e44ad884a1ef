"""Servers: what is wrong with an address, a key, an answer."""

from typing import Final

ROWS: Final = (
    ("{say}; it says: {said}", "{say}；对方的说明：{said}"),
    # settings
    ("no server is named: set abacus.endpoint.url", "没有指定推理服务地址，请设置 abacus.endpoint.url"),
    ("abacus.endpoint.url is no valid address", "abacus.endpoint.url 不是有效的地址"),
    (
        (
            "abacus.endpoint.url must not hold a user, a password or a query: put the key into an environment "
            "variable and name that in abacus.endpoint.keyEnv"
        ),
        (
            "abacus.endpoint.url 中不能含用户名、密码或查询参数：请把密钥放入环境变量，并在 "
            "abacus.endpoint.keyEnv 中写明变量名"
        ),
    ),
    (
        (
            "{address} (abacus.endpoint.url) is http, so others on the way could read your code: use https, or "
            "set abacus.endpoint.allowHttp if you trust the network"
        ),
        (
            "{address}（abacus.endpoint.url）使用 http，途中可能被他人读取代码：请改用 https，或在信任该网络时设"
            "置 abacus.endpoint.allowHttp"
        ),
    ),
    (
        (
            "the environment variable {name} is empty or missing where the server was started: put the key "
            "there, or clear abacus.endpoint.keyEnv"
        ),
        "启动语言服务器的环境中，环境变量 {name} 为空或不存在：请把密钥放入其中，或清空 abacus.endpoint.keyEnv",
    ),
    (
        "the key holds characters that no key holds: check abacus.endpoint.keyEnv",
        "密钥中有不应出现的字符，请检查 abacus.endpoint.keyEnv",
    ),
    ("abacus.endpoint.proxy cannot be used: {error}", "abacus.endpoint.proxy 无法使用：{error}"),
    (
        "abacus.endpoint.caFile {path} cannot be used ({error}): name a PEM file with certificates",
        "abacus.endpoint.caFile {path} 无法使用（{error}）：请指定含证书的 PEM 文件",
    ),
    (
        "{address} has no model {name}: set abacus.endpoint.model to one of {names}",
        "{address} 没有模型 {name}：请将 abacus.endpoint.model 设为以下之一：{names}",
    ),
    (
        "{address} lists no models: set abacus.endpoint.model",
        "{address} 没有列出模型，请设置 abacus.endpoint.model",
    ),
    (
        (
            "The server does not tell its tokenizer, so the prompt format cannot be derived. Set "
            "abacus.endpoint.profile to one of: {names}."
        ),
        "推理服务没有给出分词器，无法推断提示词格式。请将 abacus.endpoint.profile 设为以下之一：{names}。",
    ),
    # connections
    (
        "no connection to {address}: start the server there or correct abacus.endpoint.url",
        "无法连接 {address}：请启动该服务，或更正 abacus.endpoint.url",
    ),
    (
        "nobody answers at {address}: check abacus.endpoint.url, and that the server runs and may be reached",
        "{address} 没有应答：请检查 abacus.endpoint.url，并确认服务正在运行且可以访问",
    ),
    (
        (
            "the proxy on the way to {address} did not do its part: check abacus.endpoint.proxy, HTTPS_PROXY and "
            "NO_PROXY"
        ),
        "通往 {address} 的代理未能转发：请检查 abacus.endpoint.proxy、HTTPS_PROXY 和 NO_PROXY",
    ),
    (
        (
            "{address} sent nothing for {timeout} s: it is overloaded or hangs; raise "
            "abacus.endpoint.timeoutSeconds or look at the server's log"
        ),
        (
            "{address} 已 {timeout} 秒没有响应：服务过载或停滞；请调大 "
            "abacus.endpoint.timeoutSeconds，或查看该服务的日志"
        ),
    ),
    (
        "{address} is no http:// or https:// address: correct abacus.endpoint.url",
        "{address} 不是 http:// 或 https:// 地址，请更正 abacus.endpoint.url",
    ),
    (
        "{address} is no valid address: correct abacus.endpoint.url",
        "{address} 不是有效的地址，请更正 abacus.endpoint.url",
    ),
    (
        "the request to {address} could not be written: check that the key holds only visible ASCII characters",
        "无法写出发往 {address} 的请求：请确认密钥只含可见的 ASCII 字符",
    ),
    (
        "{address} broke off its answer or does not speak HTTP: check abacus.endpoint.url and the server's log",
        "{address} 中断了回答，或不是 HTTP 服务：请检查 abacus.endpoint.url 和该服务的日志",
    ),
    (
        "the answer of {address} could not be decompressed: check what stands between us and the server",
        "无法解压 {address} 的回答：请检查与该服务之间的网络设备",
    ),
    (
        "the connection to {address} was lost: is the server still running?",
        "与 {address} 的连接已断开：该服务仍在运行吗？",
    ),
    ("the connection to {address} was closed: connect again", "与 {address} 的连接已关闭，请重新连接"),
    ("the connection to {address} was closed", "与 {address} 的连接已关闭"),
    ("the request to {address} failed", "发往 {address} 的请求失败"),
    (
        "{address} does not answer when asked for its health: is it running?",
        "{address} 不回应健康检查：服务在运行吗？",
    ),
    (
        "the certificate of {address} is not trusted: name your authority's file in abacus.endpoint.caFile",
        "{address} 的证书不受信任：请在 abacus.endpoint.caFile 中指定证书颁发机构的文件",
    ),
    (
        "{address} does not speak TLS: write http:// instead of https:// in abacus.endpoint.url",
        "{address} 不支持 TLS：请在 abacus.endpoint.url 中把 https:// 改为 http://",
    ),
    # answers
    (
        "{address} redirects to {target} ({status}): set abacus.endpoint.url to the final address",
        "{address} 重定向到 {target}（{status}）：请将 abacus.endpoint.url 设为最终地址",
    ),
    ("{address} did not accept the request ({status})", "{address} 没有接受请求（{status}）"),
    (
        (
            "{address} wants another key (401): put it into an environment variable and name that in "
            "abacus.endpoint.keyEnv"
        ),
        "{address} 要求正确的密钥（401）：请把密钥放入环境变量，并在 abacus.endpoint.keyEnv 中写明变量名",
    ),
    (
        "{address} wants to be paid (402): check the account behind the key",
        "{address} 要求付费（402）：请检查密钥所属的账户",
    ),
    (
        "{address} does not allow this (403): check the key's rights (abacus.endpoint.keyEnv) and the proxy",
        "{address} 不允许该请求（403）：请检查密钥的权限（abacus.endpoint.keyEnv）和代理",
    ),
    (
        (
            "{address} does not know this path or model (404): check abacus.endpoint.url, abacus.endpoint.kind "
            "and abacus.endpoint.model"
        ),
        (
            "{address} 没有该路径或模型（404）：请检查 abacus.endpoint.url、abacus.endpoint.kind 和 "
            "abacus.endpoint.model"
        ),
    ),
    (
        "{address} does not take this request (405): check abacus.endpoint.url and abacus.endpoint.kind",
        "{address} 不接受此类请求（405）：请检查 abacus.endpoint.url 和 abacus.endpoint.kind",
    ),
    ("{address} gave up waiting (408): try again", "{address} 等待超时（408），请重试"),
    (
        "{address} has too many requests (429): wait, or ask for a higher limit",
        "{address} 的请求过多（429）：请稍候，或申请更高的额度",
    ),
    (
        "{address} failed inside (500): look at the server's log",
        "{address} 内部出错（500），请查看该服务的日志",
    ),
    (
        "{address} cannot do this (501): check abacus.endpoint.kind",
        "{address} 不支持该请求（501），请检查 abacus.endpoint.kind",
    ),
    (
        "a gateway at {address} gets no good answer from the server behind it (502)",
        "{address} 的网关没有从后端得到有效回答（502）",
    ),
    (
        "{address} cannot answer now (503): it is loading its model or overloaded; try again",
        "{address} 暂时无法回答（503）：正在加载模型或过载，请稍后重试",
    ),
    (
        "a gateway at {address} waited too long for the server behind it (504)",
        "{address} 的网关等待后端超时（504）",
    ),
    ("{address} answered with status {status}", "{address} 返回状态 {status}"),
    ("{address} failed while answering", "{address} 在回答过程中出错"),
    ("the prompt does not fit {address}: {said}", "提示词超出 {address} 的限制：{said}"),
    (
        (
            "{address} answers with a web page where {expected} was expected: check abacus.endpoint.url (is it "
            "the address of the API?) and whether a login or a proxy is in the way"
        ),
        (
            "{address} 返回的是网页，而不是 {expected}：请检查 abacus.endpoint.url（是否为 API "
            "的地址），以及是否有登录页或代理"
        ),
    ),
    (
        (
            "{address} answers with {start} where {expected} was expected: check abacus.endpoint.url and "
            "abacus.endpoint.kind"
        ),
        "{address} 返回的是 {start}，而不是 {expected}：请检查 abacus.endpoint.url 和 abacus.endpoint.kind",
    ),
)
