"""Offers that are probably entered twice: the same phone number or almost the same title."""

import re
from difflib import SequenceMatcher
from functools import reduce
from operator import or_

from django.db.models import Q
from django.db.models.functions import Abs, Length

from languages.registry import SOURCE
from programme.phone import tel_uri

from .models import Offer, SearchText
from .searchtext import fold

SIMILAR = 0.9
#: More than these are not compared, whatever is stored.
CANDIDATES = 500


def near(offer):
    """Return the offers that may be the same as this one, the most alike first."""
    titles, phones = with_near_title(offer), with_same_phone(offer)
    # Twenty others may give a "Deutschkurs A1", too; only the first few are shown.
    both = [pk for pk in titles if pk in phones]
    found = list(dict.fromkeys([*both, *titles, *phones]))
    offers = Offer.objects.select_related("organisation").in_bulk(found[:CANDIDATES])
    return [offers[pk] for pk in found if pk in offers]


def with_same_phone(offer):
    if not offer.phone:
        return []
    wanted = tel_uri(offer.phone)
    # However it is written, with 0, 0049 or +49, a number ends the same.
    ending = re.sub(r"\D", "", wanted).removeprefix("49")
    rows = Offer.objects.exclude(pk=offer.pk).order_by("pk").values_list("pk", "phone")
    rows = rows.filter(phone__regex="[^0-9]*".join([*ending, "$"]))
    return [pk for pk, phone in rows[:CANDIDATES] if tel_uri(phone) == wanted]


def with_near_title(offer):
    title = fold(offer.text("title", SOURCE))
    if not title:
        return []
    rows = SearchText.objects.filter(language=SOURCE).exclude(offer=offer.pk)
    rows = rows.filter(reduce(or_, (Q(title__contains=piece) for piece in pieces(title))))
    rows = rows.annotate(distance=Abs(Length("title") - len(title) - 2))
    rows = rows.filter(distance__lte=len(title) // 4).order_by("distance", "offer")
    found = rows.values_list("offer", "title")[:CANDIDATES]
    return [pk for pk, other in found if is_near(title, other.strip())]


def pieces(title):
    """Return parts of a title of which a title that is almost the same has at least one."""
    size = max(len(title) // (len(title) // 8 + 2), 4)
    parts = {title[start : start + size] for start in range(0, len(title), size)}
    # The same words in another order: the longest one is enough.
    return {part for part in parts if len(part) == size} | {max(title.split(), key=len)}


def is_near(one, other):
    words, others = one.split(), other.split()
    if numbered(words) != numbered(others):
        return False  # "Deutschkurs A1" and "Deutschkurs A2" are two
    if set(words) == set(others):
        return True
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.quick_ratio() >= SIMILAR and matcher.ratio() >= SIMILAR


def numbered(words):
    return {word for word in words if any(letter.isdigit() for letter in word)}
