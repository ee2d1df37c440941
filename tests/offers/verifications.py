"""Organisations that were asked, what they answer, and staff who decide."""

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from offers import verification
from offers.models import Topic, Verification
from tests.clock import clock  # noqa: F401  fixture
from tests.factories import (
    make_languages,
    make_offer,
    make_programme,
    make_topic,
)
from wirportal.management.commands.setup import Command


@pytest.fixture(autouse=True)
def site(settings):
    settings.HAS_MAIL = True
    make_languages("de", "ar")
    make_programme(email="wir@example.org")


@pytest.fixture
def editor_client(site):
    """Somebody of the group that edits, without further rights; readers have another client."""
    Command().add_groups()
    user = User.objects.create_user("anna", password="x", is_staff=True)
    user.groups.add(Group.objects.get(name="Redaktion"))
    client = Client()
    client.force_login(user)
    return client


def make_asked(**overrides):
    """Make an offer that its organisation has been asked about; return the round."""
    values = {"email": "verein@example.org", "topics": [Topic.objects.first() or make_topic()]}
    offer = make_offer(**values | overrides)
    verification.run()
    return Verification.objects.open().get(offer=offer)


def link(row):
    return row.link()


def form_data(client, row):
    form = client.get(f"{link(row)}aendern/").context["form"]
    values = {name: form[name].value() for name in form.fields if form[name].value()}
    return values | {form[name].html_initial_name: value for name, value in values.items()}


def propose(client, row, **changes):
    return client.post(f"{link(row)}aendern/", form_data(client, row) | changes)


def decision_page(row):
    return reverse("admin:offers_verification_change", args=[row.pk])


def decide(client, row, **button):
    seen = client.get(decision_page(row)).context["seen"]
    return client.post(decision_page(row), {"seen": seen, **button}, follow=True)
