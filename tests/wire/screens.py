"""Phones that are programs with a screen, registered at Kamailio (kamailio.py), and what a person types on them."""
from harness import *
from kamailio import DOMAIN

PASSWORDS = dict(nora="mill-Bridge-9", omar="mill-Bridge-8", lena="mill-Bridge-7")


class Phone:
    """A program with a screen: what it writes."""

    def __init__(self, folder, name):
        self.folder, self.name = folder + "/" + name, name
        os.makedirs(self.folder)
        self.process = None
        self.to = "sip:hikers@" + DOMAIN

    def run(self, *command, **more):
        self.log = open(self.folder + "/log", "ab")
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=self.log, stderr=subprocess.STDOUT, **more)

    def screen(self):
        with open(self.folder + "/log", errors="replace") as f:
            return f.read()

    def see(self, pattern, seconds=60):
        return wait_until(lambda: re.search(pattern, self.screen()), seconds, "%r on the screen of %s" % (pattern, self.name))

    def shows(self, text, times):
        return self.screen().count(text) == times

    def write(self, name, text):
        with open(self.folder + "/" + name, "w") as f:
            f.write(text)


class Baresip(Phone):
    def on(self, host, proxy):
        self.write("config", "sip_listen %s:5060\nmodule_path /usr/lib/baresip/modules\n"
                   "module_app account.so\nmodule_app contact.so\nmodule_app menu.so\nmodule stdio.so\nmodule g711.so\n" % host)
        self.write("accounts", '<sip:%s@%s>;auth_pass=%s;outbound="sip:%s";regint=60;sipnat=none\n' % (
            self.name, DOMAIN, PASSWORDS[self.name], proxy))
        self.write("contacts", '"Hikers" <%s>\n' % self.to)
        self.at = host, proxy
        self.run("baresip", "-f", self.folder, "-v")
        self.see("200 OK")

    def chat(self, text):
        """To the one contact that it has, in plain text."""
        self.process.stdin.write(("/message %s\n" % text).encode())
        self.process.stdin.flush()

    def opens(self, uri):
        """The chat with somebody: its contacts are read when it starts."""
        self.off()
        self.to = uri
        self.on(*self.at)

    def off(self):
        self.process.stdin.write(b"q")
        self.process.stdin.flush()
        self.process.wait(30)


class Linphone(Phone):
    def on(self, host, proxy):
        self.write("rc", """[sip]
sip_port=5060
sip_tcp_port=0
sip_tls_port=0
bind_address=%(host)s
use_ipv6=0
default_proxy=0
guess_hostname=1
[net]
mtu=1300
[sound]
[video]
enabled=0
[proxy_0]
reg_proxy=<sip:%(proxy)s>
reg_route=<sip:%(proxy)s;lr>
reg_identity=sip:%(name)s@%(domain)s
reg_expires=60
reg_sendregister=1
publish=0
[auth_info_0]
username=%(name)s
passwd=%(word)s
realm=%(domain)s
domain=%(domain)s
""" % dict(host=host, proxy=proxy, name=self.name, domain=DOMAIN, word=PASSWORDS[self.name]))
        os.makedirs(self.folder + "/.local/share/linphone", exist_ok=True)
        self.write("debug", "")
        self.run("stdbuf", "-oL", "linphonec", "-S", "-c", self.folder + "/rc", "-d", "6", "-l", self.folder + "/debug", env=dict(os.environ, HOME=self.folder))
        wait_until(self.is_registered, 60, "linphone to register")

    def chat(self, text):
        self.process.stdin.write(("chat %s %s\n" % (self.to, text)).encode())
        self.process.stdin.flush()

    def opens(self, uri):
        self.to = uri

    def is_registered(self):
        with open(self.folder + "/debug", errors="replace") as f:
            return "to [LinphoneRegistrationOk]" in f.read()

    def off(self):
        self.process.stdin.write(b"quit\n")
        self.process.stdin.flush()
        self.process.wait(30)


class Front:
    """The address that phones send to, for Client."""

    def __init__(self, host):
        self.host, self.domain = host, DOMAIN

    def uri(self, user):
        return "sip:%s@%s" % (user, DOMAIN)
