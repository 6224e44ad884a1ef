"""Secrets in realistic files: what must never reach somebody else's server. All are fake.

Written and frozen before the rules that find them (`FROZEN`, checked in `test_secrets.py`): rules may grow, these rows
stay as they are. Nothing here looks like a live secret to a repository scanner: prefixes
and bodies meet at run time only, and the bodies are drawn from a generator seeded with the row's name.

`DOCUMENTED`: formats that their makers describe on public pages, as they were known in November 2026. `HOMEMADE`: what
people write by hand, where no prefix helps: a name, a place, a habit.
"""

import base64
import hashlib
import json
import random
import string
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

PER_KIND: Final = 4
FROZEN: Final = "d7641cbad6761bf506ded721d6635e821801d3e7ec49b40139af49021d0bd041"


@dataclass(frozen=True)
class Case:
    """One file with one secret. `secrets`: the strings of which none may be seen elsewhere."""

    kind: str
    documented: str
    path: str
    text: str
    secrets: tuple[str, ...]


LOWER, UPPER, DIGITS = string.ascii_lowercase, string.ascii_uppercase, string.digits
HEX = DIGITS + "abcdef"
ALNUM = string.ascii_letters + DIGITS
URLSAFE = ALNUM + "_-"
BASE64 = ALNUM + "+/"
BASE32 = UPPER + "234567"

Maker = Callable[[random.Random], str]


def of(alphabet: str, length: int, *prefix: str, end: str = "") -> Maker:
    """Draw `length` characters; the prefix comes in parts so that it never stands whole beside a body."""
    return lambda rng: "".join(prefix) + "".join(rng.choices(alphabet, k=length)) + end


def draw(rng: random.Random, alphabet: str, length: int) -> str:
    return "".join(rng.choices(alphabet, k=length))


def uuid(rng: random.Random) -> str:
    digits = draw(rng, HEX, 32)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def packed(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def jwt(rng: random.Random) -> str:
    head = packed({"alg": "HS256", "typ": "JWT"})
    claims = packed({"sub": draw(rng, DIGITS, 9), "name": rng.choice(NAMES), "iat": rng.randrange(10**9)})
    return f"{head}.{claims}.{draw(rng, URLSAFE, 43)}"


def armoured(*label: str, lines: int = 12) -> Maker:
    """A PEM block. The secret is its body."""
    name = " ".join(label)

    def make(rng: random.Random) -> str:
        body = "\n".join(draw(rng, BASE64, 64) for _ in range(lines)) + "\n" + draw(rng, BASE64, 38) + "=="
        dashes = "-" * 5
        return f"{dashes}BEGIN {name}{dashes}\n{body}\n{dashes}END {name}{dashes}"

    return make


NAMES: Final = ("wangwei", "lina", "zhangmin", "alice", "bob", "marta", "deploy", "ci", "svc_orders", "admin")
HOSTS: Final = ("db.internal", "10.0.3.17", "mysql-prod.corp.cn", "cache01", "rabbit.svc.cluster.local")
WORDS: Final = (
    "Summer", "dragon", "Beijing", "harbin", "sunshine", "monkey", "Welcome", "qwerty", "letmein", "zhongguo",
    "woaini", "orange", "Falcon", "tiger", "changeme", "Winter", "office", "shanghai", "panda", "football",
)  # fmt: skip


def human(rng: random.Random) -> str:
    """A password as people choose them."""
    word = rng.choice(WORDS)
    shapes = (
        f"{word}{rng.randrange(1970, 2027)}{rng.choice('!#@%')}",
        f"{word.replace('a', '@').replace('o', '0')}{rng.randrange(100)}",
        f"{word}_{rng.choice(WORDS)}{rng.randrange(1000)}",
        f"{rng.choice(NAMES)}{rng.randrange(1980, 2005)}",
        f"{word}-{rng.choice(WORDS)}-{rng.choice(WORDS)}",
    )
    return rng.choice(shapes)


def uri(scheme: str, port: int, path: str = "") -> Maker:
    return lambda rng: (
        f"{scheme}://{rng.choice(NAMES)}:{rng.choice((human(rng).replace('@', 'a').replace('#', 'h'), draw(rng, ALNUM, 20)))}"
        f"@{rng.choice(HOSTS)}:{port}{path}"
    )


# --- formats with public documentation: (kind, who documents it, maker)

DOCUMENTED: Final[tuple[tuple[str, str, Maker], ...]] = (
    ("aws-access-key", "AWS IAM user guide, identifiers", of(UPPER + "234567", 16, "AK", "IA")),
    ("aws-temporary-key", "AWS IAM user guide, identifiers", of(UPPER + "234567", 16, "AS", "IA")),
    ("aws-secret-key", "AWS CLI user guide, configuration files", of(BASE64, 40)),
    ("aliyun-access-key", "Alibaba Cloud RAM, AccessKey pairs", of(ALNUM, 20, "LT", "AI5t")),
    ("tencent-secret-id", "Tencent Cloud CAM, API keys", of(ALNUM, 32, "AK", "ID")),
    ("volcengine-access-key", "Volcengine IAM, access keys", of(ALNUM, 43, "AK", "LT")),
    ("baidu-api-key", "Baidu AI Cloud, API keys v3", lambda r: f"bce-v3/{'AL' + 'TAK'}-{draw(r, ALNUM, 21)}/{draw(r, HEX, 40)}"),
    ("github-classic", "GitHub docs, about authentication", of(ALNUM, 36, "gh", "p_")),
    ("github-fine-grained", "GitHub docs, about authentication", lambda r: f"{'github' + '_pat_'}{draw(r, ALNUM, 22)}_{draw(r, ALNUM, 59)}"),
    ("github-app", "GitHub docs, about authentication", of(ALNUM, 36, "gh", "s_")),
    ("gitlab", "GitLab docs, token overview", of(URLSAFE, 20, "gl", "pat-")),
    ("bitbucket-app-password", "Atlassian support, app passwords", of(ALNUM, 32, "AT", "BB")),
    ("atlassian", "Atlassian support, API tokens", lambda r: f"{'ATA' + 'TT3xFfGF0'}{draw(r, URLSAFE, 160)}={draw(r, HEX.upper(), 8)}"),
    ("slack-bot", "Slack API, token types", lambda r: f"{'xo' + 'xb'}-{draw(r, DIGITS, 12)}-{draw(r, DIGITS, 12)}-{draw(r, ALNUM, 24)}"),
    ("slack-webhook", "Slack API, incoming webhooks", lambda r: f"https://hooks.slack.com/services/T{draw(r, UPPER + DIGITS, 8)}/B{draw(r, UPPER + DIGITS, 10)}/{draw(r, ALNUM, 24)}"),
    ("stripe", "Stripe docs, API keys", of(ALNUM, 24, "sk_", "live_")),
    ("stripe-webhook", "Stripe docs, webhook signatures", of(ALNUM, 32, "wh", "sec_")),
    ("google-api-key", "Google Cloud docs, API keys", of(URLSAFE, 35, "AI", "za")),
    ("google-client-secret", "Google identity, OAuth 2.0", of(URLSAFE, 28, "GOC", "SPX-")),
    ("openai", "OpenAI API reference, authentication", lambda r: f"{'sk' + '-proj-'}{draw(r, URLSAFE, 74)}{'T3' + 'Blbk' + 'FJ'}{draw(r, URLSAFE, 74)}"),
    ("anthropic", "Anthropic API reference, authentication", lambda r: f"{'sk' + '-ant-'}api03-{draw(r, URLSAFE, 93)}AA"),
    ("deepseek", "DeepSeek API docs, first call", of(HEX, 32, "sk", "-")),
    ("zhipu", "Zhipu open platform, API keys", lambda r: f"{draw(r, HEX, 32)}.{draw(r, ALNUM, 16)}"),
    ("huggingface", "Hugging Face hub docs, access tokens", of(string.ascii_letters, 34, "h", "f_")),
    ("replicate", "Replicate docs, API tokens", of(ALNUM, 37, "r", "8_")),
    ("sendgrid", "SendGrid docs, API keys", lambda r: f"{'S' + 'G'}.{draw(r, URLSAFE, 22)}.{draw(r, URLSAFE, 43)}"),
    ("twilio", "Twilio docs, API keys", of(HEX, 32, "S", "K")),
    ("mailchimp", "Mailchimp marketing API, quick start", lambda r: f"{draw(r, HEX, 32)}-us{r.randrange(1, 21)}"),
    ("mailgun", "Mailgun docs, authentication", of(HEX, 32, "ke", "y-")),
    ("telegram-bot", "Telegram bot API, tokens", lambda r: f"{draw(r, DIGITS[1:], 10)}:{'A' + 'A'}{draw(r, URLSAFE, 33)}"),
    ("discord-webhook", "Discord developer docs, webhooks", lambda r: f"https://discord.com/api/webhooks/{draw(r, DIGITS[1:], 18)}/{draw(r, URLSAFE, 68)}"),
    ("dingtalk-robot", "DingTalk open platform, custom robots", lambda r: f"https://oapi.dingtalk.com/robot/send?access_token={draw(r, HEX, 64)}"),
    ("wecom-robot", "WeCom developer centre, group robots", lambda r: f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={uuid(r)}"),
    ("feishu-robot", "Feishu open platform, custom bots", lambda r: f"https://open.feishu.cn/open-apis/bot/v2/hook/{uuid(r)}"),
    ("wechat-pay-v3", "WeChat Pay docs, API v3 key", of(ALNUM, 32)),
    ("npm", "npm docs, access tokens", of(ALNUM, 36, "np", "m_")),
    ("pypi", "PyPI help, API tokens", of(URLSAFE, 170, "py", "pi-AgEIcHlwaS5vcmc")),
    ("rubygems", "RubyGems guides, API keys", of(HEX, 48, "ruby", "gems_")),
    ("docker-hub", "Docker docs, access tokens", of(URLSAFE, 27, "dckr", "_pat_")),
    ("digitalocean", "DigitalOcean API reference", of(HEX, 64, "dop", "_v1_")),
    ("databricks", "Databricks docs, personal access tokens", of(HEX, 32, "da", "pi")),
    ("vault", "HashiCorp Vault docs, tokens", of(URLSAFE, 95, "hv", "s.")),
    ("terraform-cloud", "HashiCorp docs, API tokens", lambda r: f"{draw(r, ALNUM, 14)}.{'atlas' + 'v1'}.{draw(r, URLSAFE, 67)}"),
    ("grafana", "Grafana docs, service accounts", lambda r: f"{'gl' + 'sa_'}{draw(r, ALNUM, 32)}_{draw(r, HEX, 8)}"),
    ("new-relic", "New Relic docs, API keys", of(UPPER + DIGITS, 27, "NR", "AK-")),
    ("postman", "Postman docs, API keys", lambda r: f"{'PM' + 'AK'}-{draw(r, HEX, 24)}-{draw(r, HEX, 34)}"),
    ("shopify", "Shopify dev docs, access tokens", of(HEX, 32, "sh", "pat_")),
    ("linear", "Linear developers, API", of(ALNUM, 40, "lin", "_api_")),
    ("notion", "Notion API, authentication", of(ALNUM, 46, "nt", "n_")),
    ("age", "age specification", of("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58, "AGE-SECRET", "-KEY-1")),
    ("azure-storage", "Azure Storage docs, connection strings", lambda r: f"DefaultEndpointsProtocol=https;AccountName=orders{r.randrange(99)};AccountKey={draw(r, BASE64, 86)}==;EndpointSuffix=core.windows.net"),
    ("jwt", "RFC 7519", jwt),
    ("rsa-private-key", "RFC 7468", armoured("RSA", "PRIVATE", "KEY")),
    ("openssh-private-key", "OpenSSH PROTOCOL.key", armoured("OPENSSH", "PRIVATE", "KEY", lines=6)),
    ("pkcs8-private-key", "RFC 5958", armoured("PRIVATE", "KEY", lines=8)),
    ("pgp-private-key", "RFC 9580", armoured("PGP", "PRIVATE", "KEY", "BLOCK", lines=9)),
    ("postgres-uri", "PostgreSQL docs, connection URIs", uri("postgresql", 5432, "/orders")),
    ("mysql-uri", "MySQL docs, URI-like strings", uri("mysql", 3306, "/shop?charset=utf8mb4")),
    ("mongodb-uri", "MongoDB docs, connection strings", uri("mongodb+srv", 27017, "/app?retryWrites=true")),
    ("redis-uri", "Redis docs, URIs", uri("redis", 6379, "/0")),
    ("amqp-uri", "RabbitMQ docs, URI specification", uri("amqp", 5672, "/%2f")),
    ("basic-auth-header", "RFC 7617", lambda r: "Basic " + base64.b64encode(f"{r.choice(NAMES)}:{human(r)}".encode()).decode()),
)  # fmt: skip

# --- where such a token stands: (path, text). {s} is the secret, {N} a name for it.

CARRIERS: Final[tuple[tuple[str, str], ...]] = (
    (
        "billing/client.py",
        ("import requests\n\nfrom billing.models import Invoice\n\nBASE = 'https://api.example.com/v2'\n\n\n"
        "def fetch_invoices(customer: str) -> list[Invoice]:\n    session = requests.Session()\n"
        "    client = ApiClient(BASE, '{s}')\n    rows = client.get('/invoices', params={'customer': customer})\n"
        "    return [Invoice(**row) for row in rows]\n\n\ndef close(invoice: Invoice) -> None:\n    pass\n"),
    ),
    (
        "src/notify.ts",
        ("import { Client } from './client';\n\nexport interface Message { to: string; body: string }\n\n"
        "const settings = {\n  region: 'eu-central-1',\n  {N}: \"{s}\",\n  retries: 3,\n};\n\n"
        "export async function notify(message: Message): Promise<void> {\n  const client = new Client(settings);\n"
        "  await client.send(message);\n}\n"),
    ),
    (
        "scripts/deploy.sh",
        ("#!/usr/bin/env bash\nset -euo pipefail\n\nexport REGION=cn-hangzhou\nexport {N}={s}\n\n"
        "build() {\n  docker build -t shop:latest .\n}\n\npush() {\n  docker push registry.example.com/shop:latest\n}\n\n"
        "build\npush\n"),
    ),
    (
        "internal/store/store.go",
        ('package store\n\nimport (\n\t"context"\n\t"net/http"\n)\n\ntype Store struct {\n\tclient *http.Client\n\tbase   string\n}\n\n'
        "func New(base string) *Store {\n\treturn &Store{client: http.DefaultClient, base: base}\n}\n\n"
        'func (s *Store) Ping(ctx context.Context) error {\n\treq, err := http.NewRequestWithContext(ctx, "GET", s.base, nil)\n'
        '\tif err != nil {\n\t\treturn err\n\t}\n\treq.Header.Set("X-Auth", "{s}")\n\t_, err = s.client.Do(req)\n\treturn err\n}\n'),
    ),
    (
        "app/src/main/java/com/example/Upload.java",
        ("package com.example;\n\nimport java.io.File;\nimport java.util.List;\n\npublic class Upload {\n"
        '    private static final String {N} = "{s}";\n    private final Bucket bucket;\n\n'
        "    public Upload(Bucket bucket) {\n        this.bucket = bucket;\n    }\n\n"
        "    public List<String> send(List<File> files) {\n        return bucket.put(files);\n    }\n}\n"),
    ),
    (
        "docs/setup.md",
        ("# Setting up\n\nRun the service once by hand:\n\n```sh\ncurl -s https://api.example.com/v1/items \\\n"
        "  -H 'Accept: application/json' \\\n  -d '{\"key\": \"{s}\"}'\n```\n\nThen start the worker:\n\n```sh\n"
        "python -m worker --queue orders\n```\n"),
    ),
    (
        "lib/tasks/sync.rb",
        ("require 'net/http'\nrequire 'json'\n\nmodule Sync\n  # old one, remove: {s}\n  def self.run(items)\n"
        "    items.each { |item| push(item) }\n  end\n\n  def self.push(item)\n    Net::HTTP.post(URI(item.url), item.to_json)\n"
        "  end\nend\n"),
    ),
    (
        "config/app.toml",
        ('title = "orders"\n\n[service]\nhost = "0.0.0.0"\nport = 8080\n\n[remote]\n{N} = "{s}"\ntimeout = 30\n\n'
        '[log]\nlevel = "info"\nfile = "/var/log/orders.log"\n'),
    ),
    (
        "src/Mail/Sender.php",
        ("<?php\n\nnamespace App\\Mail;\n\nclass Sender\n{\n    private array $options = [\n        'host' => 'smtp.example.com',\n"
        "        '{N}' => '{s}',\n        'port' => 587,\n    ];\n\n    public function send(string $to, string $body): bool\n    {\n"
        "        return mail($to, 'order', $body);\n    }\n}\n"),
    ),
    (
        "tests/test_remote.py",
        ("import pytest\n\nfrom shop.remote import Remote\n\n\n@pytest.fixture\ndef remote():\n"
        "    return Remote(url='https://staging.example.com', {N}='{s}')\n\n\n"
        "def test_lists_items(remote):\n    assert remote.items() == []\n\n\ndef test_counts_items(remote):\n    assert remote.count() == 0\n"),
    ),
)  # fmt: skip

FIELD_NAMES: Final = ("API_KEY", "accessKey", "token", "SECRET", "credential", "apiToken", "authKey")

# Bodies that say nothing by themselves stand where their documentation puts them.
NAMED: Final = {
    "aws-secret-key": ("aws_secret_access_key", "AWS_SECRET_ACCESS_KEY", "secretAccessKey"),
    "wechat-pay-v3": ("apiV3Key", "WECHAT_API_V3_KEY", "api_v3_key"),
    "basic-auth-header": ("Authorization", "authorization", "AUTH_HEADER"),
    "twilio": ("TWILIO_API_KEY", "twilioApiKey", "twilio_api_key"),
}
NAMED_CARRIERS: Final = (1, 2, 4, 7, 8, 9)
BLOCK_CARRIERS: Final[tuple[tuple[str, str], ...]] = (
    (
        "service/signing.py",
        ("import jwt\n\nfrom service.claims import Claims\n\nKEY = '''\n{s}\n'''\n\n\ndef sign(claims: Claims) -> str:\n"
        "    return jwt.encode(claims.as_dict(), KEY, algorithm='RS256')\n\n\ndef verify(token: str) -> Claims:\n    pass\n"),
    ),
    (
        "src/keys.js",
        ("const crypto = require('crypto');\n\nconst pem = `{s}`;\n\nfunction sign(data) {\n  const signer = crypto.createSign('sha256');\n"
        "  signer.update(data);\n  return signer.sign(pem, 'base64');\n}\n\nmodule.exports = { sign };\n"),
    ),
    (
        "deploy/install.sh",
        "#!/bin/sh\nset -e\n\ncat > /etc/shop/server.pem <<'KEY'\n{s}\nKEY\nchmod 600 /etc/shop/server.pem\n\nsystemctl restart shop\n",
    ),
    (
        "pkg/tls/tls.go",
        ('package tls\n\nimport "crypto/x509"\n\nvar block = []byte(`{s}`)\n\nfunc Load() (any, error) {\n'
        '\treturn x509.ParsePKCS8PrivateKey(block)\n}\n\nfunc Name() string {\n\treturn "server"\n}\n'),
    ),
)  # fmt: skip

# --- what people write by hand: (kind, maker, ((path, text), ...))

HOMEMADE: Final[tuple[tuple[str, Maker, tuple[tuple[str, str], ...]], ...]] = (
    ("python-password", human, (
        ("shop/settings.py", "DEBUG = False\nDATABASES = {\n    'default': {\n        'ENGINE': 'django.db.backends.mysql',\n        'USER': 'shop',\n        'PASSWORD': '{s}',\n        'HOST': 'db',\n    }\n}\nALLOWED_HOSTS = ['*']\n"),
        ("shop/db.py", "import pymysql\n\nDB_PASSWORD = \"{s}\"\n\n\ndef connect():\n    return pymysql.connect(host='db', user='shop', password=DB_PASSWORD)\n\n\ndef close(connection):\n    connection.close()\n"),
    )),
    ("keyword-argument", human, (
        ("jobs/export.py", "import psycopg2\n\n\ndef export(table: str) -> list:\n    with psycopg2.connect(host='10.0.0.4', user='etl', password='{s}') as connection:\n        return connection.cursor().execute(f'select * from {table}')\n"),
        ("jobs/mail.py", "import smtplib\n\n\ndef send(message):\n    server = smtplib.SMTP('smtp.example.com')\n    server.login(user='robot', password='{s}')\n    server.send_message(message)\n"),
    )),
    ("positional-password", human, (
        ("tools/dump.py", "import MySQLdb\n\n\ndef dump(table):\n    db = MySQLdb.connect('localhost', 'root', '{s}', 'shop')\n    return db.query(f'select * from {table}')\n"),
        ("tools/Mail.java", 'package tools;\n\npublic class Mail {\n    void open(Session session) throws Exception {\n        Transport transport = session.getTransport("smtp");\n        transport.connect("smtp.example.com", "robot", "{s}");\n    }\n}\n'),
    )),
    ("setter", human, (
        ("src/Pool.java", 'package src;\n\npublic class Pool {\n    DataSource make() {\n        BasicDataSource source = new BasicDataSource();\n        source.setUsername("app");\n        source.setPassword("{s}");\n        return source;\n    }\n}\n'),
        ("src/Ftp.cs", 'using System.Net;\n\nclass Ftp\n{\n    public WebClient Open()\n    {\n        var client = new WebClient();\n        client.Password = "{s}";\n        return client;\n    }\n}\n'),
    )),
    ("chinese-name", human, (
        ("交易/登录.py", "import requests\n\n用户名 = 'trader01'\n密码 = '{s}'\n\n\ndef 登录() -> str:\n    return requests.post('https://trade.example.cn/login', json={'user': 用户名}).json()['id']\n"),
        ("src/Login.java", 'package src;\n\npublic class Login {\n    // 数据库口令：{s}\n    private String 用户 = "root";\n\n    void 连接() {\n    }\n}\n'),
    )),
    ("chinese-note", human, (
        ("docs/部署.md", "# 部署说明\n\n测试环境地址 http://10.1.1.5:8080\n\n账号：admin\n密码：{s}\n\n## 启动\n\n执行 `make up` 即可。\n"),
        ("notes/server.txt", "server list\n-----------\nweb01   root / {s}\nweb02   see the wiki\n\nrestart nightly, ask before touching the queue\n"),
    )),
    ("yaml-in-docs", human, (
        ("docs/compose.md", "# Compose\n\n```yaml\nservices:\n  db:\n    image: mysql:8\n    environment:\n      MYSQL_ROOT_PASSWORD: {s}\n      MYSQL_DATABASE: shop\n    ports:\n      - 3306:3306\n```\n"),
        ("docs/ansible.md", '# Hosts\n\n```yaml\nall:\n  vars:\n    ansible_user: deploy\n    ansible_become_pass: "{s}"\n  hosts:\n    web01:\n```\n'),
    )),
    ("shell-export", human, (
        ("bin/backup.sh", "#!/bin/sh\nexport PGPASSWORD='{s}'\npg_dump -h db -U shop orders > /backup/orders\ngzip /backup/orders\n"),
        ("bin/run.sh", "#!/bin/sh\nRABBIT_USER=shop\nRABBIT_PASS={s}\n\nexec python -m worker --broker rabbit\n"),
    )),
    ("command-line", human, (
        ("bin/import.sh", "#!/bin/sh\nset -e\n\nmysql -h db -u root -p{s} shop < schema\nredis-cli -h cache FLUSHALL\n"),
        ("bin/copy.sh", "#!/bin/sh\nset -e\n\nsshpass -p '{s}' scp -r dist deploy@web01:/srv/shop\nssh deploy@web01 systemctl restart shop\n"),
        ("bin/fetch.sh", "#!/bin/sh\nset -e\n\ncurl -u robot:{s} -O https://files.example.com/export\ntar xf export\n"),
        ("bin/login.sh", "#!/bin/sh\nset -e\n\ndocker login registry.example.com --username ci --password {s}\ndocker push registry.example.com/shop\n"),
    )),
    ("sql-user", human, (
        ("db/users.sql", "create database shop;\ncreate user 'shop'@'%' identified by '{s}';\ngrant all on shop.* to 'shop'@'%';\n"),
        ("db/roles.sql", "CREATE ROLE reporting LOGIN;\nALTER USER reporting WITH PASSWORD '{s}';\nGRANT SELECT ON ALL TABLES IN SCHEMA public TO reporting;\n"),
    )),
    ("jdbc", human, (
        ("src/Jdbc.java", 'package src;\n\nimport java.sql.*;\n\nclass Jdbc {\n    Connection open() throws SQLException {\n        return DriverManager.getConnection("jdbc:mysql://db:3306/shop?user=app&password={s}&useSSL=false");\n    }\n}\n'),
        ("src/Odbc.cs", 'using System.Data.SqlClient;\n\nclass Odbc\n{\n    const string Connection = "Server=db;Database=shop;User Id=sa;Password={s};Encrypt=true";\n\n    SqlConnection Open() => new SqlConnection(Connection);\n}\n'),
    )),
    ("c-define", human, (
        ("firmware/wifi.h", '#ifndef WIFI_H\n#define WIFI_H\n\n#define WIFI_SSID "warehouse"\n#define WIFI_PASSWORD "{s}"\n\nvoid wifi_begin(void);\n\n#endif\n'),
        ("firmware/mqtt.c", '#include "mqtt.h"\n\nstatic const char *mqtt_user = "sensor";\nstatic const char *mqtt_passwd = "{s}";\n\nint mqtt_open(void) {\n    return connect_broker(mqtt_user);\n}\n'),
    )),
    ("go-struct", human, (
        ("cmd/worker/main.go", 'package main\n\nfunc options() *redis.Options {\n\treturn &redis.Options{\n\t\tAddr:     "cache:6379",\n\t\tPassword: "{s}",\n\t\tDB:       0,\n\t}\n}\n\nfunc main() {\n\trun(options())\n}\n'),
        ("cmd/ftp/main.go", 'package main\n\nvar (\n\tuser     = "partner"\n\tpassword = "{s}"\n)\n\nfunc main() {\n\tupload(user)\n}\n'),
    )),
    ("xml-in-docs", human, (
        ("docs/maven.md", "# Maven\n\n```xml\n<server>\n  <id>nexus</id>\n  <username>ci</username>\n  <password>{s}</password>\n</server>\n```\n\nThen `mvn deploy`.\n"),
        ("web/config.html", '<html>\n<body>\n<form action="/login">\n<input name="user" value="admin">\n<input type="password" name="password" value="{s}">\n</form>\n</body>\n</html>\n'),
    )),
    ("properties-in-docs", human, (
        ("docs/spring.md", "# Spring\n\n```properties\nspring.datasource.url=jdbc:mysql://db:3306/shop\nspring.datasource.username=app\nspring.datasource.password={s}\nserver.port=8080\n```\n"),
        ("src/application.rst", "Settings\n========\n\n::\n\n    mail.smtp.user = robot\n    mail.smtp.password = {s}\n    mail.smtp.port = 587\n"),
    )),
    ("json-object", of(ALNUM, 32), (
        ("src/oauth.js", 'module.exports = {\n  "client_id": "shop-web",\n  "client_secret": "{s}",\n  "redirect_uri": "https://shop.example.com/callback"\n};\n'),
        ("lib/oauth.dart", "const oauth = {\n  'clientId': 'shop-app',\n  'clientSecret': '{s}',\n  'scope': 'read write',\n};\n\nvoid signIn() {}\n"),
    )),
    ("django-secret", of(ALNUM + "!@#$%^&*(-_=+)", 50, "django-insecure-"), (
        ("site/settings.py", "from pathlib import Path\n\nBASE_DIR = Path(__file__).parent\nSECRET_KEY = '{s}'\nDEBUG = True\nROOT_URLCONF = 'site.urls'\n"),
        ("site/base.py", "import os\n\nSECRET_KEY = os.environ.get('SECRET_KEY', '{s}')\nINSTALLED_APPS = ['shop', 'django.contrib.admin']\n"),
    )),
    ("flask-secret", of(HEX, 48), (
        ("web/app.py", "from flask import Flask\n\napp = Flask(__name__)\napp.secret_key = '{s}'\n\n\n@app.get('/')\ndef index():\n    return 'ok'\n"),
        ("web/factory.py", "from flask import Flask\n\n\ndef create():\n    app = Flask(__name__)\n    app.config['SECRET_KEY'] = '{s}'\n    return app\n"),
    )),
    ("rails-secret", of(HEX, 128), (
        ("config/initializers/secret.rb", "Rails.application.configure do\n  config.secret_key_base = '{s}'\n  config.force_ssl = true\nend\n"),
        ("config/deploy.rb", "set :application, 'shop'\nset :secret_key_base, '{s}'\nset :deploy_to, '/srv/shop'\n"),
    )),
    ("laravel-key", of(BASE64, 43, "base", "64:", end="="), (
        ("config/app.php", "<?php\n\nreturn [\n    'name' => 'shop',\n    'key' => '{s}',\n    'cipher' => 'AES-256-CBC',\n];\n"),
        ("bin/env.sh", "#!/bin/sh\nexport APP_ENV=production\nexport APP_KEY={s}\nphp artisan serve\n"),
    )),
    ("wordpress-salt", of(ALNUM + "!@#$%^&*()-_[]{}~+=,.;:/?|", 64), (
        ("blog/wp-settings.php", "<?php\ndefine('DB_NAME', 'blog');\ndefine('AUTH_KEY', '{s}');\ndefine('WP_DEBUG', false);\n"),
        ("blog/salts.php", "<?php\n\ndefine( 'SECURE_AUTH_SALT', '{s}' );\ndefine( 'DB_HOST', 'localhost' );\n"),
    )),
    ("aes-key-hex", of(HEX, 64), (
        ("crypto/box.py", "from Crypto.Cipher import AES\n\nAES_KEY = bytes.fromhex('{s}')\n\n\ndef seal(data: bytes) -> bytes:\n    return AES.new(AES_KEY, AES.MODE_GCM).encrypt(data)\n"),
        ("crypto/box.rs", 'const ENCRYPTION_KEY: &str = "{s}";\n\npub fn seal(data: &[u8]) -> Vec<u8> {\n    data.to_vec()\n}\n'),
    )),
    ("hmac-key", of(URLSAFE, 43), (
        ("web/sign.js", "const crypto = require('crypto');\n\nconst hmacKey = '{s}';\n\nexports.sign = (body) => crypto.createHmac('sha256', hmacKey).update(body).digest('hex');\n"),
        ("web/sign.kt", 'package web\n\nprivate const val SIGNING_KEY = "{s}"\n\nfun sign(body: String): String {\n    return hmac(SIGNING_KEY, body)\n}\n'),
    )),
    ("bearer-opaque", of(ALNUM, 40), (
        ("api/call.sh", "#!/bin/sh\ncurl -s https://api.example.com/me \\\n  -H \"Authorization: Bearer {s}\" \\\n  -H 'Accept: application/json'\n"),
        ("api/call.py", "import httpx\n\n\ndef me():\n    headers = {'Authorization': 'Bearer {s}', 'Accept': 'application/json'}\n    return httpx.get('https://api.example.com/me', headers=headers).json()\n"),
    )),
    ("query-token", of(HEX, 40), (
        ("api/feed.py", "import httpx\n\nFEED = 'https://api.example.com/feed?format=json&access_token={s}&limit=50'\n\n\ndef feed():\n    return httpx.get(FEED).json()\n"),
        ("api/feed.js", "const url = 'https://maps.example.com/v3/geocode?city=harbin&key={s}';\n\nexport async function geocode() {\n  return (await fetch(url)).json();\n}\n"),
    )),
    ("cookie", of(URLSAFE, 52), (
        ("crawler/fetch.py", "import requests\n\nHEADERS = {\n    'User-Agent': 'Mozilla/5.0',\n    'Cookie': 'sessionid={s}; lang=zh',\n}\n\n\ndef fetch(url):\n    return requests.get(url, headers=HEADERS).text\n"),
        ("crawler/fetch.js", "const options = {\n  headers: { cookie: 'JSESSIONID={s}' },\n};\n\nexport const page = (url) => fetch(url, options);\n"),
    )),
    ("git-remote", lambda r: draw(r, ALNUM, 24), (
        ("ci/release.sh", "#!/bin/sh\nset -e\ngit remote set-url origin https://robot:{s}@git.example.com/shop/shop.git\ngit push origin main --tags\n"),
        ("ci/deps.py", "PACKAGES = [\n    'requests>=2',\n    'git+https://oauth2:{s}@git.example.com/shop/core.git@main',\n]\n\n\ndef install():\n    return PACKAGES\n"),
    )),
    ("proxy-url", human, (
        ("net/proxy.py", "import os\n\nos.environ['HTTPS_PROXY'] = 'http://wangwei:{s}X9@proxy.corp.cn:3128'\n\n\ndef ready():\n    return True\n"),
        ("net/proxy.sh", "#!/bin/sh\nexport http_proxy=http://lina:{s}7z@proxy.corp.cn:3128\ncurl -I https://example.com\n"),
    )),
    ("htpasswd", lambda r: f"$apr1${draw(r, ALNUM, 8)}${draw(r, ALNUM + './', 22)}", (
        ("ops/htpasswd.sh", "#!/bin/sh\ncat > /etc/nginx/users <<EOF\nadmin:{s}\nEOF\nnginx -s reload\n"),
        ("docs/nginx.md", "# Users\n\nOne line per user:\n\n    lina:{s}\n\nThen reload.\n"),
    )),
    ("unix-hash", lambda r: f"$6${draw(r, ALNUM, 12)}${draw(r, ALNUM + './', 86)}", (
        ("ops/users.rb", "user 'deploy' do\n  shell '/bin/bash'\n  password '{s}'\nend\n"),
        ("ops/cloud.md", "# Cloud init\n\n```yaml\nusers:\n  - name: ops\n    passwd: {s}\n    lock_passwd: false\n```\n"),
    )),
    ("wireguard", of(BASE64, 43, end="="), (
        ("net/wg.sh", "#!/bin/sh\ncat > /etc/wireguard/wg0 <<EOF\n[Interface]\nAddress = 10.8.0.2/24\nPrivateKey = {s}\nDNS = 10.8.0.1\nEOF\n"),
        ("net/wg.toml", '[interface]\naddress = "10.8.0.2/24"\nprivate_key = "{s}"\nmtu = 1420\n'),
    )),
    ("totp", of(BASE32, 32), (
        ("auth/totp.py", "import pyotp\n\nTOTP_SECRET = '{s}'\n\n\ndef code() -> str:\n    return pyotp.TOTP(TOTP_SECRET).now()\n"),
        ("auth/uri.py", "URI = 'otpauth://totp/shop:admin?secret={s}&issuer=shop'\n\n\ndef uri() -> str:\n    return URI\n"),
    )),
    ("ethereum-key", of(HEX, 64, "0", "x"), (
        ("chain/deploy.js", "const ethers = require('ethers');\n\nconst privateKey = '{s}';\nconst wallet = new ethers.Wallet(privateKey);\n\nmodule.exports = wallet;\n"),
        ("chain/accounts.ts", "export default {\n  networks: {\n    sepolia: {\n      url: 'https://rpc.example.com',\n      accounts: ['{s}'],\n    },\n  },\n};\n"),
    )),
    ("mnemonic", lambda r: " ".join(r.choices(("apple", "river", "stone", "winter", "lunar", "copper", "tunnel", "velvet", "harbor", "legend", "museum", "noble", "orbit", "pepper"), k=12)), (
        ("chain/wallet.py", "from wallet import Wallet\n\nMNEMONIC = '{s}'\n\n\ndef open_wallet():\n    return Wallet.from_mnemonic(MNEMONIC)\n"),
        ("chain/seed.ts", "export const seedPhrase = \"{s}\";\n\nexport function restore() {\n  return seedPhrase.split(' ');\n}\n"),
    )),
    ("kubernetes-secret", lambda r: base64.b64encode(human(r).encode() + b"-prod").decode(), (
        ("docs/k8s.md", "# Secret\n\n```yaml\napiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ndata:\n  password: {s}\n```\n"),
        ("deploy/secret.sh", "kubectl apply -f - <<EOF\napiVersion: v1\nkind: Secret\nmetadata:\n  name: mail\ndata:\n  smtp-password: {s}\nEOF\n"),
    )),
    ("multi-line-value", of(ALNUM, 36), (
        ("long/config.py", "API_TOKEN = (\n    '{s}'\n)\nTIMEOUT = 30\n\n\ndef headers():\n    return {'X-Token': API_TOKEN}\n"),
        ("long/Config.java", 'package config;\n\nclass Config {\n    static final String ACCESS_TOKEN =\n        "{s}";\n\n    static int timeout() {\n        return 30;\n    }\n}\n'),
    )),
    ("default-argument", human, (
        ("lib/remote.py", "class Remote:\n    def __init__(self, host: str, user: str = 'admin', password: str = '{s}') -> None:\n        self.host = host\n        self.user = user\n"),
        ("lib/remote.ts", "export class Remote {\n  constructor(private host: string, private passphrase = '{s}') {}\n\n  open(): void {}\n}\n"),
    )),
    ("environment-default", of(ALNUM, 28), (
        ("conf/env.py", "import os\n\nREDIS = os.getenv('REDIS_HOST', 'cache')\nREDIS_AUTH_TOKEN = os.getenv('REDIS_AUTH_TOKEN', '{s}')\n"),
        ("conf/env.js", "module.exports.sessionSecret = process.env.SESSION_SECRET || '{s}';\nmodule.exports.port = process.env.PORT || 3000;\n"),
    )),
)  # fmt: skip


def corpus() -> tuple[Case, ...]:
    """Every case, in a fixed order."""
    return (*_documented(), *_homemade())


def digest(cases: tuple[Case, ...]) -> str:
    """What is frozen: everything of every case."""
    told = "\0".join(
        "\1".join((case.kind, case.documented, case.path, case.text, *case.secrets)) for case in cases
    )
    return hashlib.sha256(told.encode()).hexdigest()


def _documented() -> list[Case]:
    cases: list[Case] = []
    for row, (kind, page, make) in enumerate(DOCUMENTED):
        for number in range(PER_KIND):
            rng = random.Random(f"{kind}:{number}")
            secret = make(rng)
            path, text = _carrier(kind, secret, row + number * 3)
            name = rng.choice(NAMED.get(kind, FIELD_NAMES))
            text = text.replace("{N}", name).replace("{s}", secret)
            cases.append(Case(kind, page, _numbered(path, kind, number), text, _parts(secret)))
    return cases


def _homemade() -> list[Case]:
    cases: list[Case] = []
    for kind, make, carriers in HOMEMADE:
        for number in range(PER_KIND):
            secret = make(random.Random(f"{kind}:{number}"))
            path, text = carriers[number % len(carriers)]
            whole = text.replace("{s}", secret)
            cases.append(Case(kind, "", _numbered(path, kind, number), whole, (secret,)))
    return cases


def _carrier(kind: str, secret: str, number: int) -> tuple[str, str]:
    if "\n" in secret:
        return BLOCK_CARRIERS[number % len(BLOCK_CARRIERS)]
    if kind in NAMED:
        return CARRIERS[NAMED_CARRIERS[number % len(NAMED_CARRIERS)]]
    return CARRIERS[number % len(CARRIERS)]


def _parts(secret: str) -> tuple[str, ...]:
    """What of it must not be seen: lines of a key's body, the password of a URI, else all of it."""
    if "\n" in secret:
        return tuple(secret.split("\n")[1:-1])
    head, colon, rest = secret.partition("://")
    if colon and "@" in rest:
        return (rest.rpartition("@")[0].partition(":")[2],)
    if secret.startswith("Basic "):
        return (secret.removeprefix("Basic "),)
    if secret.startswith("DefaultEndpoints"):
        return (secret.partition("AccountKey=")[2].partition(";")[0],)
    if head == "https":
        return (_tail(secret),)
    return (secret,)


def _tail(address: str) -> str:
    """The part of a webhook's address that makes it secret: its last piece."""
    return address.replace("=", "/").rpartition("/")[2]


def _numbered(path: str, kind: str, number: int) -> str:
    return f"{kind}-{number}/{path}"
