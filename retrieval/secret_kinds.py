r"""The kinds of secrets that are looked for in text: one row each.

A table and the two judgements it needs. Must not know: files, prompts, what is done about a finding (`secret_scan`).

`needs`: lower-case strings of which one stands in every text that holds such a secret; looked for first, since that takes
a hundredth of the pattern's time. The pattern is tried on the lines around it (two more follow: a value may stand below its
name), and only if one of `also` stands there too; `whole`: on all of the text. `pattern`: its group `s`, or all of it, is the
secret. `judged`: what else must hold of it.
Formats are those that their makers document; shapes without a document are what people write by hand.
"""

import base64
import binascii
import math
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

Judge = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of secret; see the module."""

    name: str
    needs: tuple[str, ...]
    pattern: re.Pattern[str]
    judged: Judge | None = None
    also: tuple[str, ...] = ()
    whole: bool = False


def entropy(text: str) -> float:
    """Bits per character, of the text's own distribution of characters (Shannon)."""
    counts = Counter(text).values()
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts)


_STAND_INS: Final = re.compile(
    r"(?ix) ^[<{(\[%$] | [<{$]\w*[>}] | \$\{ | %\( | %s | \.\.\. | \*\*\* | x{4,} | ^(?:your|my|some|the|a|an|enter)[-_ ]"
    r"| example | placeholder | change[-_]?(?:me|it|this)$ | ^(?:none|null|undefined|true|false|required|optional|string|"
    r"text|hidden|str|bytes|password|passwd|pass|secret|token|unknown|redacted|masked|default|bearer|basic|username)$"
    r"| ^/[\w./-]*$ | ^\w+://[^@]*$ | :// .* \{ | \\[nrt]$"
)
_DRAWN: Final = 4.4  # bits per character: what people write stays below, of 32 characters and more
_SYMBOLS: Final = frozenset("!@#$%^&*+=~?")


def chosen(value: str) -> bool:
    """Whether a value under a password's name is one, as people choose them: a digit, a sign, or joined words."""
    if not 4 <= len(value) <= 400 or any(char.isspace() for char in value):
        return False
    if len(value) >= 32 and entropy(value) > _DRAWN:
        return True
    if _STAND_INS.search(value) or any(char in "(){}<>" for char in value):
        return False
    letters = any(char.isalpha() for char in value)
    if any(char.isdigit() for char in value):
        return letters or len(value) >= 6
    joined = value.count("-") >= 2 or any(char in _SYMBOLS for char in value)
    return letters and joined


def literal(value: str) -> bool:
    """Whether a literal under a password's name is one: also a plain word, which outside of quotes is a name."""
    return chosen(value) or (
        len(value) >= 6 and value.isalpha() and value.islower() and not _STAND_INS.search(value)
    )


def random_looking(value: str) -> bool:
    """Whether a value under a secret's name was drawn, not written: long, of letters and digits, evenly spread."""
    if len(value) < 16 or any(char.isspace() for char in value):
        return False
    if len(value) >= 32 and entropy(value) > _DRAWN:
        return True
    if _STAND_INS.search(value):
        return False
    digits = sum(char.isdigit() for char in value)
    letters = sum(char.isalpha() for char in value)
    if not digits or letters < 3:
        return False
    wordy = re.fullmatch(r"[a-z]+(?:[-_.:/ ][a-z]*\d?)+", value) is not None
    return not wordy and entropy(value) > 3.0


def _words(value: str) -> bool:
    return len(value.split()) in (12, 15, 18, 21, 24)


def _credentials(value: str) -> bool:
    """Base64 of `user:password`, as a Basic header holds it."""
    try:
        told = base64.b64decode(value, validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return False
    return ":" in told and told.isprintable()


def _uri_password(value: str) -> bool:
    return not _STAND_INS.search(value) and value.lower() not in {"pass", "password", "pwd", "secret", "pw"}


def _mixed(value: str) -> bool:
    """Base64 of something random: capitals, small letters and digits in every line of it."""
    lines = value.split()
    return all(re.search(r"[a-z]", x) and re.search(r"[A-Z]", x) and re.search(r"\d", x) for x in lines[:2])


def _row(  # noqa: PLR0913  (a row's columns)
    name: str, needs: str, pattern: str, judged: Judge | None = None, flags: int = 0, *, also: str = ""
) -> Kind:
    return Kind(name, tuple(needs.split()), re.compile(pattern, flags), judged, tuple(also.split()))


def _block(name: str, needs: str, pattern: str, judged: Judge | None = None) -> Kind:
    """What spans many lines."""
    return Kind(name, (needs,), re.compile(pattern), judged, whole=True)


def _token(name: str, prefix: str, body: str) -> Kind:
    """A prefix that says whose it is, and a body."""
    return _row(name, prefix.lower(), rf"(?<![A-Za-z0-9]){re.escape(prefix)}{body}")


TOKENS: Final = (
    _row("aws-access-key", "akia asia abia acca aroa", r"(?<![A-Za-z0-9])A(?:KIA|SIA|BIA|CCA|ROA)[A-Z0-9]{16}(?![A-Za-z0-9])"),
    _row("aliyun-access-key", "ltai", r"(?<![A-Za-z0-9])LTAI[A-Za-z0-9]{12,26}(?![A-Za-z0-9])"),
    _row("tencent-secret-id", "akid", r"(?<![A-Za-z0-9])AKID[A-Za-z0-9]{28,36}(?![A-Za-z0-9])"),
    _token("volcengine", "AKLT", r"[A-Za-z0-9+/=_-]{20,}"),
    _row("baidu", "bce-v", r"bce-v\d/[\w-]+/[A-Za-z0-9]{30,}"),
    _row("huawei-obs", "hpua", r"(?<![A-Za-z0-9])HPUA[A-Z0-9]{16}(?![A-Za-z0-9])"),
    _row("github", "ghp_ gho_ ghu_ ghs_ ghr_", r"(?<![A-Za-z0-9])gh[pousr]_[A-Za-z0-9]{30,}"),
    _token("github-fine-grained", "github_pat_", r"\w{40,}"),
    _row("gitlab", "gl", r"(?<![A-Za-z0-9])gl(?:pat|oas|dt|rt|cbt|ptt|ft|imt|agent|soat|ffct)-[\w-]{20,}"),
    _token("bitbucket", "ATBB", r"[A-Za-z0-9]{28,}"),
    _row("atlassian", "atatt3 atctt3", r"AT[AC]TT3[\w=-]{60,}"),
    _row("slack", "xox", r"(?<![A-Za-z0-9])xox[abeoprs](?:\.xox[bp])?-[A-Za-z0-9-]{16,}"),
    _row("slack-app", "xapp-", r"(?<![A-Za-z0-9])xapp-\d-[A-Za-z0-9-]{16,}"),
    _row("stripe", "_live_ _test_", r"(?<![A-Za-z0-9])[srp]k_(?:live|test)_[A-Za-z0-9]{16,}"),
    _token("webhook-secret", "whsec_", r"[A-Za-z0-9+/=]{20,}"),
    _row("google-api-key", "aiza", r"(?<![A-Za-z0-9])AIza[\w-]{35}"),
    _token("google-client-secret", "GOCSPX-", r"[\w-]{20,}"),
    _row("google-oauth", "ya29.", r"(?<![A-Za-z0-9])ya29\.[\w-]{20,}"),
    _row("sk-key", "sk-", r"(?<![A-Za-z0-9_-])sk-(?:[a-z0-9]+-)*[A-Za-z0-9_-]{20,}", random_looking),
    _row("zhipu", ".", r"(?<![A-Za-z0-9])[0-9a-f]{32}\.[A-Za-z0-9]{16}(?![A-Za-z0-9])"),
    _row("huggingface", "hf_", r"(?<![A-Za-z0-9_])hf_[A-Za-z0-9]{30,}"),
    _row("replicate", "r8_", r"(?<![A-Za-z0-9_])r8_[A-Za-z0-9]{30,}"),
    _row("groq", "gsk_", r"(?<![A-Za-z0-9_])gsk_[A-Za-z0-9]{30,}"),
    _row("sendgrid", "sg.", r"(?<![A-Za-z0-9])SG\.[\w-]{16,}\.[\w-]{16,}"),
    _row("twilio", "sk ac", r"(?<![A-Za-z0-9])(?:SK|AC)[0-9a-f]{32}(?![A-Za-z0-9])"),
    _row("mailchimp", "-us", r"(?<![A-Za-z0-9])[0-9a-f]{32}-us\d{1,2}(?!\d)"),
    _row("mailgun", "key-", r"(?<![A-Za-z0-9])key-[0-9a-f]{32}(?![A-Za-z0-9])"),
    _row("telegram", ":aa", r"(?<![A-Za-z0-9])\d{8,10}:AA[\w-]{32,}"),
    _row("npm", "npm_", r"(?<![A-Za-z0-9_])npm_[A-Za-z0-9]{30,}"),
    _token("pypi", "pypi-", r"AgE[\w-]{50,}"),
    _token("rubygems", "rubygems_", r"[0-9a-f]{40,}"),
    _row("crates", "cio", r"(?<![A-Za-z0-9])cio[A-Za-z0-9]{32}(?![A-Za-z0-9])", random_looking),
    _row("docker", "dckr_", r"dckr_[po]at_[\w-]{20,}"),
    _row("digitalocean", "do", r"(?<![A-Za-z0-9])do[opr]_v1_[0-9a-f]{50,}"),
    _row("databricks", "dapi", r"(?<![A-Za-z0-9])dapi[0-9a-f]{32}(?![A-Za-z0-9])"),
    _row("vault", "hv", r"(?<![A-Za-z0-9])hv[sbr]\.[\w-]{20,}"),
    _row("terraform", "atlasv1", r"[A-Za-z0-9]{10,}\.atlasv1\.[\w-]{30,}"),
    _row("grafana", "gl", r"(?<![A-Za-z0-9])gl(?:sa|c)_[A-Za-z0-9_+/=]{30,}"),
    _row("new-relic", "nr", r"(?<![A-Za-z0-9])NR(?:AK|JS|II|AL)-[A-Z0-9a-z-]{20,}"),
    _row("postman", "pmak-", r"(?<![A-Za-z0-9])PMAK-[0-9a-f]{20,}-[0-9a-f]{30,}"),
    _row("shopify", "shp", r"(?<![A-Za-z0-9])shp(?:at|ca|pa|ss)_[0-9a-fA-F]{30,}"),
    _token("linear", "lin_api_", r"[A-Za-z0-9]{30,}"),
    _row("notion", "ntn_", r"(?<![A-Za-z0-9])ntn_[A-Za-z0-9]{40,}"),
    _row("age", "age-secret-key-", r"AGE-SECRET-KEY-1[A-Z0-9]{50,}"),
    _row("square", "sq0", r"(?<![A-Za-z0-9])sq0[a-z]{3}-[\w-]{22,}"),
    _row("planetscale", "pscale_", r"pscale_(?:tkn|pw|oauth)_[\w.=-]{30,}"),
    _row("supabase", "sbp_", r"(?<![A-Za-z0-9])sbp_[0-9a-f]{40}"),
    _row("figma", "figd_", r"(?<![A-Za-z0-9])figd_[\w-]{30,}"),
    _row("sentry", "sntry", r"(?<![A-Za-z0-9])sntry[su]_[\w+/=-]{40,}"),
    _row("azure-ad", "q~", r"(?<![A-Za-z0-9])[\w~.-]{3}\dQ~[\w~.-]{31,34}(?![\w~.-])"),
    _row("jwt", "eyj", r"(?<![A-Za-z0-9])eyJ[\w-]{8,}\.eyJ[\w-]{8,}(?:\.[\w-]*)?"),
    _row("crypt-hash", "$", r"\$(?:apr1|1|5|6|y|2[aby]|argon2id?)\$[\w./$=,+-]{20,}"),
    _row("hex-key", "0x", r"(?<![A-Za-z0-9])0x[0-9a-fA-F]{64}(?![A-Za-z0-9])"),
    _row("laravel", "base64:", r"base64:[A-Za-z0-9+/]{42,}={0,2}"),
)  # fmt: skip

PLACES: Final = (
    _row("slack-webhook", "hooks.slack.com", r"hooks\.slack\.com/(?:services|workflows|triggers)/(?P<s>[\w/-]{20,})"),
    _row("discord-webhook", "/api/webhooks/", r"/api/webhooks/\d+/(?P<s>[\w-]{40,})"),
    _row("dingtalk", "dingtalk.com", r"dingtalk\.com/robot/send\?access_token=(?P<s>[0-9a-f]{40,})"),
    _row("wecom", "qyapi.weixin", r"qyapi\.weixin\.qq\.com/[\w/.-]*\?key=(?P<s>[\w-]{20,})"),
    _row("feishu", "/bot/v2/hook/", r"/bot/v2/hook/(?P<s>[\w-]{20,})"),
    _row("teams", "webhook.office.com", r"webhook\.office\.com/(?P<s>[\w@/-]{40,})"),
    _row("uri-password", "://", r"[a-z][\w+.-]*://[^\s:@/'\"<>]*:(?P<s>[^\s/'\"<>@]{3,}(?:@[^\s/'\"<>@]*)*?)@[\w\[]", _uri_password, re.IGNORECASE),
    _row("account-key", "key= sig=", r"(?:Account|SharedAccess)Key=(?P<s>[A-Za-z0-9+/]{40,}={0,2})|[?&]sig=(?P<t>[\w%+/-]{30,})"),
    _row("basic-header", "basic", r"Basic (?P<s>[A-Za-z0-9+/]{8,}={0,2})", _credentials, re.IGNORECASE),
    _row("bearer", "bearer", r"Bearer (?P<s>[\w.~+/=-]{20,})", random_looking, re.IGNORECASE),
    _block("private-key", "private key", r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?P<s>(?:(?!-----)[\s\S])+)"),
_block("key-material", "\n", r"(?:^|(?<=[\s'\"`]))(?P<s>[A-Za-z0-9+/]{60,76}\n(?:[ \t]*[A-Za-z0-9+/]{60,76}\n)*(?:[ \t]*[A-Za-z0-9+/]*={0,2}(?=\s|$))?)", _mixed),
    _block("private-key-end", "private key", r"(?P<s>(?:[A-Za-z0-9+/=]+\n[ \t]*)+)-----END [A-Z0-9 ]*PRIVATE KEY"),
    _block("putty-key", "private-lines", r"Private-Lines: \d+\n(?P<s>(?:[A-Za-z0-9+/=]+\n?)+)"),
)  # fmt: skip

_CHOSEN = r"pass(?:word|wd|phrase|code)?|passwort|pwd|contrase(?:n|ñ)a|mot_?de_?passe|密码|口令|密碼"
_GIVEN = (
    r"secret|token|credentials?|auth(?:orization)?|bearer|cookie|salt|mnemonic|"
    r"(?:api|app|access|auth|private|priv|signing|sign|encrypt(?:ion)?|decrypt(?:ion)?|master|hmac|aes|des|session|"
    r"license|shared|storage|service|account|deploy|v3|secret)[_-]?key|密钥|秘钥|密鑰|令牌|凭证"
)
_TAIL = r"(?:[_-]?(?:key|base|hash|value|val|str|text|b64|base64|hex|header|prod|dev|test|local|default|salt|\d+))*"
# What stands between a name and a literal: a closing quote or bracket, a type, then = : := => || ?? or a comma.
_IS = r"[\"'`\])]*(?:\s*:\s*&?[\w.<>\[\]|' ]{1,40}?)?\s*(?:=>|:=|==?|:|\|\||\?\?)\s*(?:[a-zA-Z_.]{0,24}[({\[]\s*)?"
_LITERAL = r"[rbfuRBFU]?(?P<q>[\"'`])(?P<s>(?:\\.|(?!(?P=q))[^\n\\]){4,400}?)(?P=q)"
_NAMES = "pass pwd contrase passe 密码 口令 密碼"
_OTHERS = "secret token credential auth bearer cookie salt mnemonic key 密钥 秘钥 密鑰 令牌 凭证"

NAMED: Final = (
    _row("named-password", _NAMES, rf"(?:{_CHOSEN}){_TAIL}{_IS}{_LITERAL}", literal, re.IGNORECASE, also="\" ' `"),
    _row("named-secret", _OTHERS, rf"(?:{_GIVEN}){_TAIL}{_IS}{_LITERAL}", random_looking, re.IGNORECASE, also="\" ' `"),
    _row("fallback", _OTHERS + " " + _NAMES, rf"(?:{_GIVEN}|{_CHOSEN}){_TAIL}[\"'`\])]*\s*,\s*{_LITERAL}", random_looking, re.IGNORECASE, also="\" ' `"),
    _row("named-key", "key", rf"(?<![A-Za-z])['\"]?key['\"]?\s*(?:=>|[:=])\s*{_LITERAL}", random_looking, re.IGNORECASE, also="\" ' `"),
    _row("mnemonic", "mnemonic seed", rf"(?:mnemonic|seed[_-]?(?:phrase|words))\w*{_IS}{_LITERAL}", _words, re.IGNORECASE, also="\" ' `"),
    _row("setter", "pass", rf"set_?(?:{_CHOSEN})\(\s*{_LITERAL}", literal, re.IGNORECASE, also="\" ' `"),
    _row("login", "connect login auth", r"(?:connect\w*|log_?in|basic_?auth|auth)\(?=?\(\s*(?:[\"'][^\"'\n]*[\"']\s*,\s*){1,2}[\"'](?P<s>[^\"'\n]{4,})[\"']", chosen, re.IGNORECASE, also="\" ' `"),
    _row("shell-value", _NAMES + " " + _OTHERS, rf"^[ \t]*(?:export |set |env |ENV |-e )?[A-Z0-9_]*(?:{_CHOSEN}|{_GIVEN})(?-i:[A-Z0-9_]*)=[\"']?(?P<s>[^\s\"'$(`]{{5,}})", chosen, re.IGNORECASE | re.MULTILINE, also="="),
    _row("line-value", _NAMES + " " + _OTHERS, rf"^[ \t>*#-]*[\w.-]*(?:{_CHOSEN}|{_GIVEN}|private[_-]?key|privatekey){_TAIL}[ \t]*[:：=][ \t]*(?P<s>[^\s\"'(){{}}\[\],;]{{5,}})[ \t]*$", chosen, re.IGNORECASE | re.MULTILINE, also=": ： ="),
    _row("noted", "密码 口令 密碼 密钥", r"(?:密码|口令|密碼|密钥)\s*(?:是|为|為|[:：=])\s*(?P<s>[^\s\"'，。；、]{4,})", chosen),
    _row("account-slash", "root admin", r"(?<![\w/])(?:root|admin|administrator) ?[/:] ?(?P<s>[^\s/:\"'<>]{6,})$", chosen, re.MULTILINE),
    _row("parameter", _NAMES, rf"[?&;](?:[\w-]*(?:{_CHOSEN}))=(?P<s>[^&;\s\"'<>{{}}]{{3,}})", _uri_password, re.IGNORECASE, also="="),
    _row("parameter-key", "token= secret= key= session sess= sid=", r"[?&;'\" ](?:\w*(?:token|secret|key|session\w*|sess|sid))=(?P<s>[\w%.+/~-]{20,})", random_looking, re.IGNORECASE, also="="),
    _row("option", "--", rf"--?[\w-]*(?:{_CHOSEN}|token|secret|api-key)[ =]+[\"']?(?P<s>[^\s\"'$<>{{}}\[\]|-][^\s\"'<>{{}}\[\]|]{{3,}})", chosen, re.IGNORECASE),
    _row("mysql-p", "mysql", r"\bmysql\w*\b[^\n|;#]*?\s-p(?P<s>[^\s'\"$<>]{4,})"),
    _row("sshpass", "sshpass", r"sshpass\s+-p\s*[\"']?(?P<s>[^\s\"'$]{3,})"),
    _row("curl-u", "-u --user", r"(?:curl|wget|http)\b[^\n|;#]*?\s(?:-u|--user)[ =]?[\"']?[^\s:\"'$]+:(?P<s>[^\s\"'$<>]{3,})"),
    _row("sql", "identified password", r"(?:identified\s+(?:with\s+\S+\s+)?(?:by|as)|\bpassword)\s+'(?P<s>[^'\n]{4,})'", chosen, re.IGNORECASE),
    _row("element", "<", rf"<(?P<e>\w*(?:{_CHOSEN}|secret|token|apikey)\w*)>\s*(?P<s>[^<>\s]{{4,}})\s*</(?P=e)>", literal, re.IGNORECASE),
    _row("form-value", "value=", rf"(?:{_CHOSEN})\w*[\"'][^<>\n]*?\svalue=[\"'](?P<s>[^\"'\n]{{4,}})[\"']", chosen, re.IGNORECASE),
    _row("define", "define", rf"#\s*define\s+\w*(?:{_CHOSEN}|{_GIVEN})\w*\s+\"(?P<s>[^\"\n]{{4,}})\"", literal, re.IGNORECASE),
)  # fmt: skip

KINDS: Final = (*TOKENS, *PLACES, *NAMED)

_BEGUN: Final = re.compile(
    r"(?:(?<![A-Za-z0-9])(?:A[KS]IA|LTAI|AKID|AKLT|gh[pousr]_|github_pat_|gl(?:pat|sa|dt|rt)[-_]|ATBB|AT[AC]TT3|xox[a-z]-|xapp-|"
    r"[srp]k_(?:live|test)_|whsec_|AIza|GOCSPX-|ya29\.|sk-|hf_|r8_|gsk_|SG\.|npm_|pypi-|rubygems_|dckr_|do[opr]_v1_|dapi|hv[sb]\."
    r"|shp[acs]|lin_api_|ntn_|AGE-SECRET|eyJ|PMAK-|NRAK-)|-----BEGIN [A-Z ]*PRIVATE)[\w.+/=~-]*$"
)
_OPEN: Final = re.compile(
    rf"(?:{_CHOSEN}|{_GIVEN}){_TAIL}{_IS}[rbfuRBFU]?(?P<q>[\"'`])(?:(?!(?P=q)).){{0,400}}$"
    rf"|^\s*(?:export |set |env |ENV )?[A-Z0-9_]*(?:{_CHOSEN}|{_GIVEN})[A-Z0-9_]*=[^\s$(]*$"
    rf"|(?:密码|口令|密碼|密钥)\s*[:：=]\s*\S*$"
    rf"|[a-z][\w+.-]*://[^\s:@/'\"<>]+:[^\s@/'\"<>]*[^\s@/'\"<>\d][^\s@/'\"<>]*$",
    re.IGNORECASE,
)


def unfinished(line_head: str) -> bool:
    """Whether a secret is being typed at the end of this beginning of a line: what it will be is not told yet."""
    head = line_head[-1000:]
    return _BEGUN.search(head) is not None or _OPEN.search(head) is not None
