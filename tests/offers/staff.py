"""An editor of offers, and what the tests of the admin need around."""

import pytest
from django.contrib.auth.models import Group, User
from django.urls import reverse

from tests.factories import make_languages, make_organisation, make_programme, make_topic
from wirportal.management.commands.setup import Command

ADD = "/verwaltung/offers/offer/add/"
LIST = "/verwaltung/offers/offer/"


def change(offer):
    return reverse("admin:offers_offer_change", args=[offer.pk])


def texts(response):
    return " ".join(str(message) for message in response.context["messages"])


@pytest.fixture
def editor_client(client, db):
    """Somebody of the group that edits, without further rights."""
    make_languages("de", "ar", "en")
    make_programme()
    Command().add_groups()
    user = User.objects.create_user("anna", password="x", is_staff=True, first_name="Anna")
    user.groups.add(Group.objects.get(name="Redaktion"))
    client.force_login(user)
    return client


@pytest.fixture
def organisation(db):
    return make_organisation()


@pytest.fixture
def topic(db):
    return make_topic()
