"""Every address of the site. The language comes first and is the same page's only difference."""

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from contacts import message_views as messages
from contacts import views as contacts
from contacts.models import ContactPerson
from offers import open_data, partners
from offers import verification_views as verification
from offers import views as offers
from offers.hsds import views as hsds
from offers.models import Offer, Organisation
from offers.shortlist import shortlist
from programme import views as programme

from . import views
from .media import media

urlpatterns = [
    path("", views.root),
    path(settings.ACCOUNT_PATH.strip("/") + "/", include("wirportal.signin.urls")),
    path(settings.ADMIN_PATH.strip("/") + "/", admin.site.urls),
    path("media/<path:path>", media),
    path("aussehen.css", programme.look, name="look"),
    path("favicon.ico", views.favicon),
    path("sitemap.xml", views.sitemap),
    path("robots.txt", views.robots),
    path(".well-known/security.txt", views.security_txt),
    path("healthz", views.healthz),
    path("readyz", views.readyz),
    # Outside of the languages: what organisations are asked in German, without an account.
    path("pruefen/<str:token>/", verification.verify, name="verify"),
    path("pruefen/<str:token>/aendern/", verification.change, name="verify-change"),
]

urlpatterns += [
    path("api/angebote.csv", open_data.offers_csv, name="offers-csv"),
    path("api/termine.ics", open_data.dates_ics, name="dates-ics"),
    path("api/hsds/v3/", hsds.about, name="hsds"),
    path("api/hsds/v3/openapi.json", hsds.description, name="hsds-openapi"),
    path("api/hsds/v3/services", hsds.services),
    path("api/hsds/v3/services/<pk>", hsds.service),
    path("api/hsds/v3/organizations", hsds.organizations),
    path("api/hsds/v3/organizations/<pk>", hsds.organization),
    path("api/hsds/v3/locations", hsds.locations),
    path("api/hsds/v3/locations/<pk>", hsds.location),
    path("api/hsds/v3/service_at_locations", hsds.service_at_locations),
    path("api/hsds/v3/service_at_locations/<pk>", hsds.service_at_location),
    path("api/hsds/v3/taxonomies", hsds.taxonomy_list),
    path("api/hsds/v3/taxonomies/<pk>", hsds.taxonomy),
    path("api/hsds/v3/taxonomy_terms", hsds.taxonomy_terms),
    path("api/hsds/v3/taxonomy_terms/<pk>", hsds.taxonomy_term),
]

urlpatterns += i18n_patterns(
    path("", views.home, name="home"),
    path("bereiche/<slug:slug>/", views.area, name="area"),
    path("kontakte/", contacts.contact_list, name="contact-list"),
    path("kontakte/<slug:slug>/", contacts.contact, name="contact"),
    path("kontakte/<slug:slug>.vcf", contacts.contact_vcard, name="contact-vcard"),
    path("kontakte/<slug:slug>.svg", contacts.contact_qr, name="contact-qr"),
    path(
        "kontakte/<slug:slug>/fehler/",
        messages.report,
        {"model": ContactPerson},
        name="contact-report",
    ),
    path("angebote/", offers.offer_list, name="offer-list"),
    path("angebote/<slug:slug>/", offers.offer, name="offer"),
    path("angebote/<slug:slug>.ics", offers.offer_calendar, name="offer-calendar"),
    path("angebote/<slug:slug>/fehler/", messages.report, {"model": Offer}, name="offer-report"),
    path("partner/", partners.partner_list, name="organisation-list"),
    path("partner/<slug:slug>/", partners.partner, name="organisation"),
    path(
        "partner/<slug:slug>/fehler/",
        messages.report,
        {"model": Organisation},
        name="organisation-report",
    ),
    path("rueckmeldung/", messages.page_with_form, {"slug": "rueckmeldung"}, name="feedback"),
    path("rueckmeldung/danke/", messages.message_sent, name="message-sent"),
    path("barriere-melden/", messages.page_with_form, {"slug": "barriere-melden"}, name="barrier"),
    path(
        "barriere-melden/danke/",
        messages.message_sent,
        {"is_barrier": True},
        name="barrier-sent",
    ),
    path("merkzettel/", shortlist, name="shortlist"),
    path("inhalt/", views.contents, name="contents"),
    path("offene-daten/", open_data.about, name="open-data"),
    path("<slug:slug>/", programme.page, name="page"),  # last: any other first part is a page
)

handler400 = "wirportal.views.bad_request"
handler403 = "wirportal.views.forbidden"
handler404 = "wirportal.views.not_found"
handler500 = "wirportal.views.server_error"
