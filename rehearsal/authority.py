"""A certificate authority for the length of a rehearsal: it vouches for every name that it is asked to."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Authority:
    """`name` is what its certificates say of it; two of the same name are still strangers to each other."""

    name: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()), repr=False)

    def write(self, path: Path) -> Path:
        """Write what a client must have to believe in it."""
        subject = _name(self.name)
        made = _begun(subject, subject, self.key.public_key(), ended=False)
        made = made.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        made = made.add_extension(_uses(signs=True), critical=True)
        identity = x509.SubjectKeyIdentifier.from_public_key(self.key.public_key())
        path.write_bytes(_pem(made.add_extension(identity, critical=False).sign(self.key, hashes.SHA256())))
        return path

    def vouch(self, hosts: Iterable[str], directory: Path, name: str, *, ended: bool = False) -> tuple[Path, Path]:
        """Make a certificate for these hosts, over since yesterday if `ended`; return its file and its key's."""
        key, hosts = ec.generate_private_key(ec.SECP256R1()), list(hosts)
        made = _begun(_name(hosts[0]), _name(self.name), key.public_key(), ended=ended)
        names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        made = made.add_extension(names, critical=False).add_extension(issuer, critical=False)
        made = made.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        made = made.add_extension(_uses(signs=False), critical=True)
        chain, private = directory / f"{name}.pem", directory / f"{name}.key"
        chain.write_bytes(_pem(made.sign(self.key, hashes.SHA256())))
        private.touch(mode=0o600)
        private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return chain, private


def _name(text: str) -> x509.Name:
    # A common name has 64 letters at most.
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, *, ended: bool
) -> x509.CertificateBuilder:
    now = datetime.now(tz=UTC)
    until = now - DAY if ended else now + DAY
    made = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    made = made.serial_number(x509.random_serial_number())
    return made.not_valid_before(now - 30 * DAY).not_valid_after(until)


def _uses(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)
