"""Certificates made on the spot, good and bad ones, and an authority that a test may choose to trust."""

import ipaddress
import ssl
import tempfile
import warnings
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

GOOD, WRONG_NAME, EXPIRED, TLS_1_0 = "good", "wrong-name", "expired", "tls1.0"
KINDS = (GOOD, WRONG_NAME, EXPIRED, TLS_1_0)


class Authority:
    """A certificate authority of one's own. Trust it with SSL_CERT_FILE=`file`; else its certificates are unknown."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Lab authority")])
        self._folder = tempfile.TemporaryDirectory(prefix="mailer-lab-tls-")
        self.file = Path(self._folder.name) / "authority.pem"
        builder = _builder(self._name, self._name, self._key, days=1)
        usage = x509.KeyUsage(
            digital_signature=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=True,
            crl_sign=True,
            encipher_only=False,
            decipher_only=False,
        )
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        self.file.write_bytes(_pem(builder.add_extension(usage, critical=True).sign(self._key, hashes.SHA256())))

    def close(self) -> None:
        self._folder.cleanup()

    def make_certificate(self, kind: str) -> Path:
        """Make a certificate of that kind for localhost; return the file with it and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        host = "elsewhere.example" if kind == WRONG_NAME else "localhost"
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        names: list[x509.GeneralName] = [x509.DNSName(host)]
        if kind != WRONG_NAME:
            names.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
        builder = _builder(name, self._name, key, days=-1 if kind == EXPIRED else 1)
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        certificate = builder.add_extension(issuer, critical=False).sign(self._key, hashes.SHA256())
        file = Path(self._folder.name) / f"{kind}.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file.write_bytes(private + _pem(certificate))
        return file


def make_context(certificate: Path, kind: str) -> ssl.SSLContext:
    """Return a server's context with that certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if kind == TLS_1_0:
        context.set_ciphers("ALL:@SECLEVEL=0")  # OpenSSL 3 refuses such old hands otherwise
        with warnings.catch_warnings(action="ignore"):  # that it is deprecated is the point of it
            context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
    context.load_cert_chain(certificate)
    return context


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, *, days: int
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=2)).not_valid_after(now + timedelta(days=days))
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
