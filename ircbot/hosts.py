"""Judges host names without resolving them."""

from __future__ import annotations


def is_loopback(host: str) -> bool:
    """Whether a host is this machine; then a secret may travel unencrypted.

    >>> [is_loopback(host) for host in ("localhost", "127.0.0.2", "::1", "irc.example.org")]
    [True, True, True, False]
    """
    from ipaddress import ip_address  # not needed for starting

    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
