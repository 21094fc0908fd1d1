"""Peers and clients over TLS: what tests of sips share.

    with Folder() as folder:
        authority = Authority(folder)
        with secure_daemon(authority) as relay: ...     # sips:address(1):5061 as well
        omar = SecurePeer(address(9), authority)        # its certificate is for sip:address(9)
        phone = SecureClient(relay, authority, "omar", host=address(9))
"""

from certificates import *
from harness import *


def secure_daemon(authority, certificate=None, **settings):
    """A relay that listens by TLS as well, and trusts this authority alone."""
    host = settings.get("host", address(1))
    names = {"sip:" + host, "sip:" + settings.get("domain", host)}
    certificate = certificate or authority.issue("relay", uris=sorted(names))
    more = certificate.settings(authority) + settings.pop("more", "")
    return Daemon(listen=', "sips:%s:5061"' % host, more=more, **settings)


def SecurePeer(host, authority, certificate=None, **more):
    """A Peer on TLS alone.  certificate: what it shows; by default a good one."""
    certificate = certificate or authority.issue("peer" + host, uris=["sip:" + host])
    return Peer(host, udp=False, tcp=False, tls=certificate.server_context(authority), **more)


def SecureClient(daemon, authority, name="nora", certificate=None, host=None):
    """A Client over TLS."""
    return Client(daemon, name, host=host, tls=client_context(authority, certificate))
