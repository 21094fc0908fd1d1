"""Debian's Kamailio as registrar and proxy of a domain, with its own kamailio.cfg and examples/kamailio.cfg.

Without tls it is on UDP and TCP; with tls its side to the relay is TLS, and both show a certificate.
"""

from harness import *

DOMAIN = "example.test"
STOCK = "/etc/kamailio/kamailio.cfg"
LOCAL = """
#!define WITH_AUTH
#!define DBURL "text://%(dir)s/db"
#!define VOLENS_ADDRESS "%(relay)s"
#!define VOLENS_URI "%(uri)s"
#!define VOLENS_SERVICES "^(lists|confs|hikers)$"
tcp_source_ipv4=%(host)s
listen=udp:%(host)s:5060
listen=tcp:%(host)s:5060
alias="%(domain)s"
loadmodule "db_text.so"
"""
LOCAL_TLS = """
#!define WITH_TLS
listen=tls:%(host)s:5061
"""
# Whoever connects, but for phones, and whomever it connects to, has to show a certificate of the authority.
TLS = """
[server:default]
method = TLSv1.2+
verify_certificate = %(verify)s
require_certificate = %(verify)s
certificate = %(certificate)s
private_key = %(key)s
ca_list = %(ca)s

[client:default]
method = TLSv1.2+
verify_certificate = yes
require_certificate = yes
certificate = %(certificate)s
private_key = %(key)s
ca_list = %(ca)s
"""


class Kamailio:
    """The file of its package, with the two lines that the example asks for.

    transport: to the relay, udp or tcp; tls: (its Certificate, their Authority), and tls it is;
    phones: they connect by TLS as well."""

    def __init__(self, relay, host, passwords, transport="udp", tls=None, phones=False):
        self.host, self.dir = host, relay.dir + "/kamailio"
        os.makedirs(self.dir + "/db")
        self.write("db/version", "table_name(string) table_version(int)\nsubscriber:7\n")
        self.write("db/subscriber", "id(int,auto) username(string) domain(string) password(string)\n" + "".join(
            "%d:%s:%s:%s\n" % (n, user, DOMAIN, word) for n, (user, word) in enumerate(passwords.items(), 1)))
        stock = open(STOCK).read()
        assert stock.count("\troute(AUTH);\n") == 1
        stock = stock.replace("/etc/kamailio/tls.cfg", self.dir + "/tls.cfg")
        self.write("kamailio.cfg", stock.replace("\troute(AUTH);\n", "\troute(VOLENS);\n\troute(AUTH);\n") +
                   '\ninclude_file "volens.cfg"\n')
        uri = "sip:%s:%d;transport=%s" % (relay.host, 5061 if tls else 5060, "tls" if tls else transport)
        self.write("kamailio-local.cfg", (LOCAL + (LOCAL_TLS if tls else "")) % dict(
            dir=self.dir, relay=relay.host, host=host, domain=DOMAIN, uri=uri))
        if tls:
            self.write("tls.cfg", TLS % dict(verify="no" if phones else "yes", certificate=tls[0].chain, key=tls[0].key, ca=tls[1].file))
        shutil.copy(ROOT + "/examples/kamailio.cfg", self.dir + "/volens.cfg")
        self.log = open(self.dir + "/log", "w+")
        self.process = subprocess.Popen(
            ["kamailio", "-DD", "-E", "-e", "-f", self.dir + "/kamailio.cfg", "-n", "2", "-N", "1", "-m", "32", "-M", "8",
             "-P", self.dir + "/pid", "-Y", self.dir, "-w", self.dir],
            stdout=self.log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        wait_until(self.answers, 30, "kamailio")

    def write(self, name, text):
        with open(self.dir + "/" + name, "w") as f:
            f.write(text)

    def answers(self):
        if self.process.poll() is not None:
            raise AssertionError(open(self.log.name).read()[-3000:])
        with socket.socket() as s:
            return s.connect_ex((self.host, 5060)) == 0

    def stop(self):
        self.process.terminate()
        self.process.wait(20)
