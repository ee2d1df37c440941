"""A contact as a file for the address book of a phone: vCard 4.0 (RFC 6350)."""

import re

from django.conf import settings

from languages.templatetags.languages import plain


def escape(value):
    for character in "\\,;":
        value = value.replace(character, f"\\{character}")
    return re.sub(r"\r\n?|\n", r"\\n", value)


def fold(line):
    """Break a line after at most 75 octets, never inside a character (RFC 6350, 3.2)."""
    parts, size = [""], 0
    for character in line:
        octets = len(character.encode())
        if size + octets > 75:
            parts.append(" ")
            size = 1
        parts[-1] += character
        size += octets
    return "\r\n".join(parts)


def vcard(person, programme, *, short=False):
    """Return the vCard of `person`; `short` leaves out what a QR code is too small for.

    No hours and no deputies: an address book keeps for years what changes within days. The URL
    leads to the page where today's are.
    """
    lines = [
        "BEGIN:VCARD",
        "VERSION:4.0",
        f"FN:{escape(person.name)}",
        f"N:{escape(person.last_name)};{escape(person.first_name)};;;",
        f"TITLE:{escape(plain(person, 'role'))}",
    ]
    if person.phone:
        lines.append(f"TEL;VALUE=uri;TYPE=work:{person.tel_uri}")
    if person.email:
        lines.append(f"EMAIL;TYPE=work:{escape(person.email)}")
    if not short:
        # Post box; room; street; city; region; postal code; country (RFC 6350, 6.3.1)
        address = ["", person.room, programme.street, programme.city, "", programme.postal_code, ""]
        lines += [
            f"ORG:{escape(programme.operator)}",
            f"ADR;TYPE=work:{';'.join(escape(part) for part in address)}",
            f"URL:{settings.SITE_URL}{person.get_absolute_url()}",
            f"UID:urn:uuid:{person.uuid}",
            *(f"LANG:{language.code}" for language in person.spoken_languages.all()),
        ]
    lines.append("END:VCARD")
    return "".join(f"{fold(line)}\r\n" for line in lines)
