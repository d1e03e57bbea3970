"""The one client by which anything is sent to an address that somebody typed in.

The name is resolved once, every address it has must be public, and the connection goes to one of exactly these, so
that a name which answers differently a moment later leads nowhere else. No redirect is followed, no proxy asked, and
of the answer only a beginning is read.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import httpx

from ops_db.errors import InvalidInput

SECONDS: Final = 15
MOST_BYTES: Final = 16 * 1024
_WORDS: Final = 500
_FIELDS: Final = ("url",)

Resolver = Callable[[str, int], Awaitable[list[str]]]


class AddressRefused(InvalidInput):
    """Nothing is sent there."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: the status, or None with the reason, and the beginning of what was said."""

    status: int | None
    words: str

    @property
    def is_taken(self) -> bool:
        """Whether the receiver has the message."""
        return self.status is not None and 200 <= self.status < 300


async def addresses_of(host: str, port: int) -> list[str]:
    """All addresses of a host, as the system resolves it."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def checked_url(url: str, *, may_be_loopback: bool = False) -> tuple[str, str, int]:
    """Scheme, host and port of an address that may be sent to as far as its letters say; raises AddressRefused."""
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise AddressRefused("This is no address.", fields=_FIELDS) from error
    if parts.scheme not in ("https", "http") or not host:
        raise AddressRefused("The address must begin with https:// and name a host.", fields=_FIELDS)
    if parts.scheme == "http" and not may_be_loopback:
        raise AddressRefused("Only https is sent to: anybody on the way could read the message.", fields=_FIELDS)
    if parts.username is not None or parts.password is not None:
        raise AddressRefused("The address must not hold a user name or a password.", fields=_FIELDS)
    if _is_inside(host, may_be_loopback=may_be_loopback):
        raise _leads_inside()
    if not url.isascii() or not url.isprintable() or any(character.isspace() for character in url):
        raise AddressRefused("Write the address in plain letters, a foreign name as xn--….", fields=_FIELDS)
    return parts.scheme, host, port or (443 if parts.scheme == "https" else 80)


def _leads_inside() -> AddressRefused:
    return AddressRefused("The address leads into this network or nowhere. Give a public one.", fields=_FIELDS)


def _is_inside(host: str, *, may_be_loopback: bool) -> bool:
    """Whether a host is written as an address that is not public; what a name leads to is seen when it is sent to."""
    if host == "localhost" or host.endswith(".localhost"):
        return not may_be_loopback
    try:
        ipaddress.ip_address(host.split("%", maxsplit=1)[0])
    except ValueError:
        return False
    return not is_allowed(host, may_be_loopback=may_be_loopback)


def is_allowed(address: str, *, may_be_loopback: bool = False) -> bool:
    """Whether an address is a public one; what is wrapped into another kind of address is looked at unwrapped."""
    found = ipaddress.ip_address(address.split("%", maxsplit=1)[0])
    if isinstance(found, ipaddress.IPv6Address):
        wrapped = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if found in ipaddress.ip_network("64:ff9b::/96"):
            wrapped = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if wrapped is not None:
            return is_allowed(str(wrapped), may_be_loopback=may_be_loopback)
    if found.is_loopback:
        return may_be_loopback
    return found.is_global and not found.is_multicast and not found.is_reserved


async def post(
    url: str,
    content: bytes,
    headers: Mapping[str, str],
    *,
    may_be_loopback: bool = False,
    resolve: Resolver = addresses_of,
    seconds: float = SECONDS,
) -> Reply:
    """Send `content` and say what came back; whatever goes wrong is a reply without a status, never an error."""
    try:
        async with asyncio.timeout(seconds):
            return await _post(url, content, headers, may_be_loopback=may_be_loopback, resolve=resolve)
    except AddressRefused as error:
        return Reply(None, str(error))
    except TimeoutError:
        return Reply(None, f"No answer within {seconds:g} seconds.")
    except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
        return Reply(None, f"{type(error).__name__}: {error}"[:_WORDS])


async def _post(
    url: str, content: bytes, headers: Mapping[str, str], *, may_be_loopback: bool, resolve: Resolver
) -> Reply:
    scheme, host, port = checked_url(url, may_be_loopback=may_be_loopback)
    addresses = await resolve(host, port)
    refused = [one for one in addresses if not is_allowed(one, may_be_loopback=may_be_loopback)]
    if refused or not addresses:
        raise _leads_inside()
    address = addresses[0]
    pinned = httpx.URL(url).copy_with(host=address)
    usual = 443 if scheme == "https" else 80
    name = f"[{host}]" if ":" in host else host
    sent = {**headers, "host": name if port == usual else f"{name}:{port}"}
    async with (
        httpx.AsyncClient(follow_redirects=False, trust_env=False, timeout=SECONDS) as client,
        client.stream("POST", pinned, content=content, headers=sent, extensions={"sni_hostname": host}) as response,
    ):
        read = b""
        async for piece in response.aiter_raw(1024):
            read += piece
            if len(read) >= MOST_BYTES:
                break
        words = read[:_WORDS].decode("utf-8", "replace").replace("\x00", "")
        return Reply(response.status_code, words)
