"""What staff's pages know of the other side: a stand-in for its address, and its device."""

import secrets
from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.core import signing
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

DEVICE_COOKIE = "__Host-device" if settings.HTTPS else "device"
YEAR = 365 * 24 * 60 * 60  # seconds
PEOPLE = 5  # at one device


def parsed(text):
    """Return an address, IPv4 also where it is written as IPv6; None for anything else."""
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def is_proxy(address):
    return any(address in network for network in settings.TRUSTED_PROXIES)


def client_address(request):
    """Return the address that reached us or the first of our own proxies.

    Each proxy adds on the right whom it talked to. What stands left of the first one that is not
    ours is only what the client says.
    """
    address = parsed(request.META.get("REMOTE_ADDR", ""))
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    while forwarded and address and is_proxy(address):
        before = parsed(forwarded.pop())
        if before is None:
            break
        address = before
    return address


def stand_in(request):
    """Return an address of nobody that always stands for this client's: only it is kept.

    A provider gives a household a whole /64 of IPv6, so that counts as one client.
    """
    address = client_address(request)
    if address and address.version == 6:
        address = ip_network((address, 64), strict=False)
    digest = salted_hmac("address", str(address), algorithm="sha256").digest()
    return str(IPv6Address(b"\xfd" + digest[:7] + bytes(8)))


def fingerprint(username):
    return salted_hmac("device", username.casefold(), algorithm="sha256").hexdigest()[:16]


def device_of(request):
    """Return the device's own mark and who has signed in there."""
    cookie = request.COOKIES.get(DEVICE_COOKIE, "")
    try:
        return signing.loads(cookie, salt="device", max_age=YEAR)
    except signing.BadSignature:
        return {"mark": secrets.token_urlsafe(9), "people": []}


def known_device(request, username):
    """Return the mark of a device where `username` has signed in before, else None."""
    device = device_of(request)
    return device["mark"] if fingerprint(username) in device["people"] else None


def remember_device(request, response, username):
    device = device_of(request)
    others = [person for person in device["people"] if person != fingerprint(username)]
    device["people"] = [fingerprint(username), *others][:PEOPLE]
    response.set_cookie(
        DEVICE_COOKIE,
        signing.dumps(device, salt="device"),
        max_age=YEAR,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


# The first that occurs: Edge and Opera also call themselves Chrome, and Chrome also Safari.
BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "Chrom": "Chrome",
    "CriOS": "Chrome",
    "Safari": "Safari",
}
SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS": "Mac",
    "CrOS": "Chromebook",
    "Linux": "Linux",
}


def device_name(user_agent):
    """Say in plain words what a browser calls itself: "Firefox, Windows"."""
    found = [
        next((name for sign, name in names.items() if sign in user_agent), None)
        for names in (BROWSERS, SYSTEMS)
    ]
    return ", ".join(filter(None, found)) or _("unbekanntes Gerät")
