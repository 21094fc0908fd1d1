"""Authorities and certificates for tests, made by openssl(1) as they are needed.

    with Folder() as folder:
        authority = Authority(folder)
        relay = authority.issue("relay", uris=["sip:example.com"])
        relay.chain, relay.key, authority.file
"""

import os, shutil, ssl, subprocess, tempfile


def openssl(*words, env=None):
    subprocess.run(["openssl", *words], check=True, stdin=subprocess.DEVNULL, env=dict(os.environ, **(env or {})),
                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


class Folder:
    """Of files that go with the test."""

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="volens-certificates-")

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        shutil.rmtree(self.path, ignore_errors=True)

    def file(self, name):
        return os.path.join(self.path, name)


class Certificate:
    """Files of PEM: chain (it and its issuers but the last) and key, mode 0600."""

    def __init__(self, chain, key):
        self.chain, self.key = chain, key

    def settings(self, authority=None, more=""):
        """The section tls of volens.conf."""
        ca = ' ca = "%s"' % authority.file if authority else ""
        return 'tls { certificate = "%s" key = "%s"%s %s }' % (self.chain, self.key, ca, more)

    def server_context(self, authority=None, require=False):
        """A context of Python's ssl: authority, if any, is who may prove clients."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.chain, self.key)
        if authority:
            context.load_verify_locations(authority.file)
            context.verify_mode = ssl.CERT_REQUIRED if require else ssl.CERT_OPTIONAL
        return context


def client_context(authority, certificate=None):
    """It checks the chain, and no name: what it connects to is a number."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(authority.file)
    if certificate:
        context.load_cert_chain(certificate.chain, certificate.key)
    return context


def serial_of(certificate):
    shown = subprocess.run(["openssl", "x509", "-noout", "-serial", "-in", certificate.chain], check=True, capture_output=True)
    return shown.stdout.decode().strip().split("=")[1]


class Authority:
    def __init__(self, folder, name="authority"):
        self.folder, self.name, self.n = folder, name, 0
        self.file, self.key = folder.file(name + ".pem"), folder.file(name + ".key")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-keyout", self.key, "-out", self.file, "-days", "30", "-subj", "/CN=" + name,
                "-addext", "basicConstraints=critical,CA:TRUE",
                "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def issue(self, name, uris=(), dns=(), cn=None, days=10, uses="serverAuth,clientAuth"):
        """A certificate for sip: URIs and DNS names; days=-1: it has ended.

        Without both there is no subjectAltName.  uses: its extended key usage, or None.
        """
        self.n += 1
        path = lambda end: self.folder.file("%s-%s.%s" % (self.name, name, end))
        names = ["URI:" + uri for uri in uris] + ["DNS:" + domain for domain in dns]
        lines = ["basicConstraints=CA:FALSE", "keyUsage=critical,digitalSignature"]
        if names:
            lines.append("subjectAltName=" + ",".join(names))
        if uses:
            lines.append("extendedKeyUsage=" + uses)
        with open(path("ext"), "w") as f:
            f.write("\n".join(lines) + "\n")
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-keyout", path("key"), "-out", path("csr"), "-subj", "/CN=" + (cn or name))
        openssl("x509", "-req", "-in", path("csr"), "-CA", self.file, "-CAkey", self.key,
                "-set_serial", str(self.n), "-days", str(days), "-extfile", path("ext"),
                "-out", path("pem"))
        os.chmod(path("key"), 0o600)
        return Certificate(path("pem"), path("key"))


    def crl(self, name, revoked=(), begins="260101000000Z", ends=None):
        """A file with a revocation list, good for an hour or until a time as 260102000000Z."""
        path = self.folder.file(name)
        with open(path + ".conf", "w") as f:
            f.write("[ca]\ndefault_ca=it\n[it]\ndatabase=%s.index\ndefault_md=sha256\n" % path)
        with open(path + ".index", "w") as f:
            f.write("".join("R\t400101000000Z\t250101000000Z\t%s\tunknown\t/CN=x\n" % serial_of(it) for it in revoked))
        until = ("-crl_lastupdate", begins, "-crl_nextupdate", ends) if ends else ("-crlhours", "1")
        openssl("ca", "-gencrl", "-config", path + ".conf", "-keyfile", self.key, "-cert", self.file, *until, "-out", path)
        return path

    def ocsp(self, certificate, is_good=True, env=None):
        """A file with a response for it, in DER, good for a day."""
        index, answer = self.folder.file(self.name + "-index"), certificate.chain + ".ocsp"
        serial = serial_of(certificate)
        with open(index, "w") as f:
            f.write("V\t400101000000Z\t\t%s\tunknown\t/CN=x\n" % serial if is_good else
                    "R\t400101000000Z\t250101000000Z\t%s\tunknown\t/CN=x\n" % serial)
        ask = answer + ".ask"
        openssl("ocsp", "-issuer", self.file, "-cert", certificate.chain, "-no_nonce", "-reqout", ask)
        openssl("ocsp", "-index", index, "-CA", self.file, "-rsigner", self.file, "-rkey", self.key,
                "-reqin", ask, "-respout", answer, "-ndays", "1", env=env)
        return answer


def self_signed(folder, name, uris):
    """Nobody's."""
    pem, key = folder.file(name + ".pem"), folder.file(name + ".key")
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", key, "-out", pem, "-days", "10", "-subj", "/CN=" + name,
            "-addext", "subjectAltName=" + ",".join("URI:" + uri for uri in uris))
    os.chmod(key, 0o600)
    return Certificate(pem, key)


def with_authority(test):
    """A test of (folder, authority) as one without arguments, for main()."""
    def one():
        with Folder() as folder:
            test(folder, Authority(folder))
    one.__doc__, one.__name__ = test.__doc__, test.__name__
    return one
