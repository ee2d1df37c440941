"""Phone numbers: kept as staff type them, dialled in the international form."""

import re
from functools import lru_cache

import phonenumbers
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from phonenumbers import shortnumberinfo

REGION = "DE"
WRITTEN = re.compile(r"[\d\s()+./–-]+")
#: Nationwide service numbers that the library's tables lack.
SERVICE_NUMBERS = {"115", "116016", "116111", "116117"}


def parse(value):
    """Return the number as a `PhoneNumber`; raise ValidationError when it cannot be dialled."""
    try:
        # The library reads letters as a vanity number or an extension; here they are a slip.
        number = phonenumbers.parse(value, REGION) if WRITTEN.fullmatch(value) else None
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not (is_short(number) or has_area_code(value, number)):
        raise ValidationError(
            _(
                "„%(value)s“ ist keine gültige Telefonnummer. "
                "Bitte mit Vorwahl eingeben, zum Beispiel 030/23125-0 oder +49 30 23125-0."
            ),
            code="invalid",
            params={"value": value},
        )
    return number


def is_short(number):
    return (
        shortnumberinfo.is_valid_short_number_for_region(number, REGION)
        or phonenumbers.national_significant_number(number) in SERVICE_NUMBERS
    )


def has_area_code(value, number):
    """Tell whether it is a whole number: the library also takes "296-321" for one."""
    return value.lstrip(" (").startswith(("0", "+")) and phonenumbers.is_valid_number(number)


@lru_cache(maxsize=4096)
def tel_uri(value):
    """Return the `tel:` address (RFC 3966) in E.164; short numbers stay as they are.

    A stored number that has become invalid is dialled as written: no page fails for it.
    """
    try:
        number = parse(value)
    except ValidationError:
        return f"tel:{re.sub(r'[^0-9+]', '', value)}"
    if is_short(number):
        return f"tel:{phonenumbers.national_significant_number(number)}"
    return f"tel:{phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)}"


class PhoneField(models.CharField):
    """A phone number as typed ("030/23125-538"), valid in Germany or international."""

    default_validators = [parse]

    def __init__(self, *args, max_length=40, **kwargs):
        super().__init__(*args, max_length=max_length, **kwargs)
