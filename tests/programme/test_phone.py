import pytest
from django.core.exceptions import ValidationError
from django.template import Context, Template

from programme.phone import parse, tel_uri


@pytest.mark.parametrize(
    ("typed", "uri"),
    [
        ("06431/296-538", "tel:+496431296538"),
        ("06431 296 399", "tel:+496431296399"),
        ("+49 (6431) 296321", "tel:+496431296321"),
        ("0049 6431 296321", "tel:+496431296321"),
        ("+48 22 695 99 00", "tel:+48226959900"),
        ("0171 1234567", "tel:+491711234567"),
        ("110", "tel:110"),
        ("112", "tel:112"),
        ("115", "tel:115"),
        ("116 117", "tel:116117"),
        ("116 016", "tel:116016"),
    ],
)
def test_numbers_stay_as_typed_and_are_dialled_internationally(typed, uri):
    assert tel_uri(typed) == uri


@pytest.mark.parametrize(
    "typed", ["", "abc", "06431", "1234567890123456789", "06431/296-538x", "99", "296-321"]
)
def test_what_cannot_be_dialled_is_refused_with_an_example(typed):
    with pytest.raises(ValidationError, match="Vorwahl"):
        parse(typed)


def test_a_stored_number_that_became_invalid_still_makes_a_link():
    assert tel_uri("296-321") == "tel:296321"


def test_a_number_keeps_its_order_among_arabic_words():
    html = Template("{% load programme %}{{ n|phone }}").render(Context({"n": "06431/296-0"}))
    assert html == '<bdi class="nb" dir="ltr">06431/296-0</bdi>'
