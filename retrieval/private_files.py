"""Files whose text is nobody else's business, told by their names: keys, credentials, environments, histories, dumps.

A table and a question. Must not know: disks, ignore files (`files`), who would read. Such a file is never indexed, and never
sent to a server of somebody else's, open or not.
"""

import fnmatch
import re
from functools import lru_cache
from typing import Final

import pathspec

# Names of files, as `fnmatch` reads them; with a `/` in front the folder is part of it. Compared in small letters.
FILES: Final = (
    # environments
    ".env", ".env.*", "*.env", ".envrc", ".flaskenv", "local.settings.json",
    # keys and certificates
    "*.pem", "*.key", "*.p8", "*.p12", "*.pfx", "*.jks", "*.jceks", "*.keystore", "*.truststore", "*.ppk", "*.kdb", "*.kdbx",
    "*.crt", "*.cer", "*.der", "*.csr", "*.asc", "*.gpg", "*.pgp", "*.age", "*.ovpn", "*.mobileprovision", "*.snk",
    "id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", "*_rsa", "*_ed25519", "known_hosts", "authorized_keys",
    # credentials
    ".netrc", "_netrc", ".npmrc", ".yarnrc*", ".pypirc", ".git-credentials", ".gitconfig", ".dockercfg", ".htpasswd",
    "htpasswd", ".pgpass", ".my.cnf", ".mylogin.cnf", ".s3cfg", ".boto", ".vault-token", ".terraformrc", "terraform.rc",
    "kubeconfig*", "*.kubeconfig", "credentials", "*credentials*.json", "credentials.y*ml", "credentials.toml",
    "credentials.ini", "credentials.xml", "credentials.txt", "credentials.csv", "*service*account*.json",
    "client_secret*.json", "secrets.y*ml", "secrets.json", "secrets.toml", "secrets.ini", "secrets.txt", "secrets.xml",
    "secrets.properties", "secret.y*ml", "secret.json", "*.secret", "*.secrets", "*.tfstate", "*.tfstate.*", "*.tfvars",
    "*.tfvars.json", "vault.y*ml", "wallet.dat", "auth.json", "/etc/shadow", "passwords.txt", "password.txt", "wp-config.php",
    # histories
    "*_history", ".histfile", ".lesshst", ".viminfo", ".netrwhist", ".recently-used*", ".wget-hsts",
    # dumps and databases
    "*.dump", "*.dmp", "dump.sql", "*dump*.sql", "*backup*.sql", "*.sql.gz", "*.sql.zip", "*.bak", "*.rdb", "*.aof",
    "*.sqlite", "*.sqlite3", "*.db", "*.hprof", "core.[0-9]*", "*.pcap", "*.pcapng", "*.har",
)  # fmt: skip
FOLDERS: Final = frozenset(
    {
        ".ssh",
        ".gnupg",
        ".password-store",
        ".aws",
        ".azure",
        ".gcloud",
        ".aliyun",
        ".tccli",
        ".kube",
        ".docker",
    }
)

_NAME: Final = re.compile("|".join(fnmatch.translate(pattern) for pattern in FILES if "/" not in pattern))
_ENDS: Final = tuple(pattern for pattern in FILES if "/" in pattern)


def private(path: str, more: tuple[str, ...] = ()) -> bool:
    """Whether a file of this path (with `/`) is private by its name, or by one of `more`, patterns as in .gitignore."""
    *folders, name = path.lower().split("/")
    if _NAME.match(name) or path.lower().endswith(_ENDS) or not FOLDERS.isdisjoint(folders):
        return True
    return bool(more) and _spec(more).match_file(path.lstrip("/"))


@lru_cache(maxsize=8)
def _spec(more: tuple[str, ...]) -> "pathspec.GitIgnoreSpec":
    return pathspec.GitIgnoreSpec.from_lines([pattern for pattern in more if _readable(pattern)])


def _readable(pattern: str) -> bool:
    try:
        pathspec.GitIgnoreSpec.from_lines([pattern])
    except ValueError:  # git, too, passes over a pattern that it cannot read
        return False
    return True
