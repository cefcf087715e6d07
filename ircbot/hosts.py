"""Hosts by their names, without asking anybody."""

from __future__ import annotations


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, to which a secret may go in the clear.

    >>> [is_loopback(host) for host in ("localhost", "127.0.0.2", "::1", "irc.example.org")]
    [True, True, True, False]
    """
    from ipaddress import ip_address  # not needed to start

    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
