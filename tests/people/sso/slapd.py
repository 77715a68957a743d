"""OpenLDAP's own server, with a few people of a hospital."""

import datetime
import os
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PASSWORD = "marée-haute-2026"
READER = "cn=reader,dc=ap-hm,dc=fr"
BASE = "ou=people,dc=ap-hm,dc=fr"
SCHEMAS = ("/etc/ldap/schema", "/etc/openldap/schema")
MODULES = ("/usr/lib/ldap", "/usr/lib64/openldap")

CONFIGURATION = """\
{modules}
{schemas}
pidfile {folder}/slapd.pid
TLSCACertificateFile {folder}/ca.pem
TLSCertificateFile {folder}/ca.pem
TLSCertificateKeyFile {folder}/key.pem
database mdb
maxsize 10485760
suffix "dc=ap-hm,dc=fr"
directory {folder}/db
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="{reader}" read by self read by * auth
"""

PEOPLE = f"""\
dn: dc=ap-hm,dc=fr
objectClass: domain
dc: ap-hm

dn: {BASE}
objectClass: organizationalUnit
ou: people

dn: {READER}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: reader
userPassword: reader-2026

dn: uid=claire.martel,{BASE}
objectClass: inetOrgPerson
uid: claire.martel
cn: Claire Martel
sn: Martel
displayName: Claire Martel-Zoé
mail: Claire.Martel@ap-hm.fr
employeeType: medecin
userPassword: {PASSWORD}

dn: uid=paul.petit,{BASE}
objectClass: inetOrgPerson
uid: paul.petit
cn: Paul Petit
sn: Petit
userPassword: {PASSWORD}
"""


@dataclass
class Slapd:
    """A running server."""

    plain: str
    tls: str
    authority: str
    running: subprocess.Popen[bytes]


def start(folder: Path) -> Slapd:
    path = os.environ.get("PATH", "") + ":/usr/sbin:/usr/libexec"
    found = shutil.which("slapd", path=path)
    assert found, "install OpenLDAP's server (Debian: apt-get install slapd): see .ci/peers"
    schemas = next(place for place in SCHEMAS if Path(place).is_dir())
    module = next((place for place in MODULES if Path(place, "back_mdb.so").exists()), "")
    (folder / "db").mkdir()
    _certify(folder)
    configuration = folder / "slapd.conf"
    names = ("core", "cosine", "inetorgperson")
    configuration.write_text(
        CONFIGURATION.format(
            folder=folder,
            reader=READER,
            modules=f"modulepath {module}\nmoduleload back_mdb" if module else "",
            schemas="\n".join(f"include {schemas}/{name}.schema" for name in names),
        )
    )
    load = [found, "-T", "add", "-f", str(configuration)]
    subprocess.run(load, input=PEOPLE.encode(), check=True, capture_output=True)
    plain, tls = _free_port(), _free_port()
    addresses = f"ldap://127.0.0.1:{plain} ldaps://127.0.0.1:{tls}"
    running = subprocess.Popen(
        [found, "-f", str(configuration), "-h", addresses, "-d", "0"], stderr=subprocess.DEVNULL
    )
    _wait(plain)
    return Slapd(
        f"ldap://127.0.0.1:{plain}", f"ldaps://localhost:{tls}", str(folder / "ca.pem"), running
    )


def _certify(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    here = x509.DNSName("localhost")
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([here]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "ca.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait(port: int) -> None:
    for _try in range(100):
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("slapd did not start")
