"""What tries to run as a script stands in every text there is, and none of it runs in Chromium."""

from itertools import cycle, islice

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db import models
from django.urls import reverse
from django.utils import timezone

from contacts.models import ContactPerson, Message, OutgoingMail
from languages.fields import RichTextField
from languages.models import Import, Language
from languages.po_export import export_po
from offers.models import Offer, Organisation, SearchTerm, Verification
from programme.models import Area
from tests.factories import make_organisation
from tests.offers.tables import NEW, xlsx_file

pytestmark = pytest.mark.browser

RUN = "window.__xss=1"
PAYLOADS = [
    f"<script>{RUN}</script>",
    f"</script><script>{RUN}</script>",
    f"</title><script>{RUN}</script>",
    f"</textarea><script>{RUN}</script>",
    f"</style><img src=x onerror={RUN}>",
    f'"><img src=x onerror="{RUN}">',
    f"'><svg/onload={RUN}>",
    f'" autofocus onfocus="{RUN}" x="',
    f"' onmouseover='{RUN}",
    f"<a href='javascript:{RUN}'>x</a>",
    f"<a href=' \x01java\nscript:{RUN}'>x</a>",
    f"<a href=data:text/html,<script>{RUN}</script>>x</a>",
    f"<iframe srcdoc='<script>parent.{RUN}</script>'>",
    f"<math><mi xlink:href='javascript:{RUN}'>x",
    f"<svg><animate onbegin={RUN} attributeName=x dur=1s>",
    f"<details open ontoggle={RUN}>",
    f"<object data='javascript:{RUN}'>",
    f"<form action='javascript:{RUN}'><button>x",
    f"<!--><img src=x onerror={RUN}>-->",
    f"＜script＞{RUN}＜/script＞\u2028<ScRiPt >{RUN}</sCrIpT >",
    f"javascript:{RUN}",
    "{{ 7|add:7 }}{% load x %}{% csrf_token %}${7*7}#{7*7}",
    f"\\u003cscript\\u003e{RUN}\\x3c/script>",
    f"<noscript><p title='</noscript><img src=x onerror={RUN}>'>",
]
SHORT = "\"'><b onclick=x>"
#: Addresses, codes and what the site itself writes: none of it is free text.
KEPT = {"slug", "ags", "code", "language", "password", "model", "uuid"}
#: Whatever would run, or lead to something that runs.
FOUND = """() => {
  const bad = [];
  if (window.__xss) bad.push('it ran');
  for (const e of document.querySelectorAll('*')) {
    for (const a of e.attributes) {
      if (/^on/i.test(a.name)) bad.push(e.outerHTML.slice(0, 200));
      if (/^(href|src|action|data|formaction|xlink:href|srcdoc)$/i.test(a.name)
          && /^[\\s\\x00-\\x20]*(javascript|vbscript|data:text)/i.test(a.value)) {
        bad.push(e.outerHTML.slice(0, 200));
      }
    }
    if (/^(iframe|object|embed|math|base|animate|details-x)$/i.test(e.tagName)) bad.push(e.tagName);
    if (e.tagName === 'SCRIPT' && !/json/.test(e.type) && /__xss/.test(e.text)) bad.push(e.text);
    if (e.tagName === 'SCRIPT' && /ld.json/.test(e.type)) JSON.parse(e.text);
  }
  return bad;
}"""


def free_texts(obj):
    """Return the columns that staff fill with words of their own, in all languages."""
    return [
        field
        for field in obj._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField)
        and not isinstance(field, models.FileField)
        and field.editable
        and not field.choices
        and field.name not in KEPT
    ]


def poison(obj, payloads):
    for field in free_texts(obj):
        text = next((p for p in islice(payloads, len(PAYLOADS)) if fits(p, field)), SHORT)
        text = text[: field.max_length]
        if isinstance(field, models.URLField):
            text = f'https://x.example/"onclick="{RUN}'
        elif isinstance(field, RichTextField):
            text = "".join(f"<p>{payload}</p>" for payload in PAYLOADS)
        setattr(obj, field.attname, text)
    obj.save()


def fits(text, field):
    return not field.max_length or len(text) <= field.max_length


@pytest.fixture
def poisoned(site, full_site):
    payloads = cycle(PAYLOADS)
    User.objects.create(username="x", first_name=PAYLOADS[0], last_name=PAYLOADS[5])
    Group.objects.create(name=PAYLOADS[0])
    SearchTerm.objects.create(term=PAYLOADS[0], language="de")
    Import.objects.create(language="ar", filename=PAYLOADS[5])
    for n, text in enumerate(PAYLOADS):
        Message.objects.create(token=f"m{n}", kind="error", language="ar", text=text, page=text)
    now = timezone.now()
    changed = {"title": ["", PAYLOADS[0]], "summary": [PAYLOADS[1], PAYLOADS[5]]}
    Verification.objects.create(
        offer=Offer.objects.first(),
        due_on=now.date(),
        opened_at=now,
        answer="changed",
        answered_at=now,
        proposal=changed,
        comment=PAYLOADS[5],
    )
    OutgoingMail.objects.put("x", "x@example.org", PAYLOADS[0], PAYLOADS[5])
    poisoned = [
        model for model in admin.site._registry if model not in (User, Group, Import, Language)
    ]
    for model in poisoned:
        for obj in model._default_manager.all():
            poison(obj, payloads)
    for offer in Offer.objects.all():
        for row in [*offer.places.all(), *offer.exceptions.all()]:
            poison(row, payloads)
    assert len(poisoned) > 12
    return site


@pytest.fixture
def unguarded(page):
    """The page without the Content-Security-Policy: what is escaped needs no second defence."""

    def without_policy(route):
        asked = route.request
        if asked.resource_type != "document" or asked.method != "GET":  # fetch() sends no files
            return route.fallback()
        response = route.fetch()
        headers = {k: v for k, v in response.headers.items() if k != "content-security-policy"}
        return route.fulfill(response=response, headers=headers)

    page.route("**/*", without_policy)
    yield page
    page.unroute_all(behavior="ignoreErrors")


def assert_nothing_runs(page, address):
    dialogs = []
    page.once("dialog", lambda dialog: dialogs.append(dialog.message) or dialog.dismiss())
    response = page.goto(address)
    assert response.status == 200, address
    assert page.evaluate(FOUND) == [], address
    assert dialogs == [], address


def public_pages():
    offer, person, area = Offer.objects.first(), ContactPerson.objects.first(), Area.objects.first()
    organisation = Organisation.objects.first()
    paths = ["", "kontakte/", "angebote/", "partner/", "inhalt/", "impressum/", "gebaerdensprache/"]
    paths += [f"angebote/{offer.slug}/", f"kontakte/{person.slug}/", f"bereiche/{area.slug}/"]
    paths += [f"partner/{organisation.slug}/", f"angebote/?q={PAYLOADS[5]}&thema={PAYLOADS[0]}"]
    return [f"/{code}/{path}" for code in ("de", "ar") for path in paths]


def staff_pages():
    area, paths = Area.objects.first(), ["/verwaltung/", "/verwaltung/abdeckung/"]
    for model in admin.site._registry:
        base = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        obj = model._default_manager.order_by("-pk").first()
        paths.append(reverse(f"{base}_changelist"))
        paths += [reverse(f"{base}_{page}", args=[obj.pk]) for page in ("change", "history")]
    key = ["ar", "programme.area", area.uuid, "title"]
    paths += ["/verwaltung/uebersetzen/ar/", reverse("admin:translate", args=key)]
    return [*paths, "/verwaltung/offers/offer/?q=" + PAYLOADS[5]]


def test_nothing_runs_on_public_pages_even_without_the_policy(unguarded, poisoned):
    for path in public_pages():
        assert_nothing_runs(unguarded, poisoned + path)


def test_nothing_runs_on_public_pages(page, poisoned):
    for path in public_pages()[:12]:
        assert_nothing_runs(page, poisoned + path)


def test_nothing_runs_in_the_admin_even_without_the_policy(signed_in, unguarded, poisoned):
    for path in staff_pages():
        assert_nothing_runs(unguarded, poisoned + path)


@pytest.mark.parametrize("kind", ["po", "xlsx"])
def test_nothing_runs_in_what_an_import_reports(signed_in, unguarded, site, tmp_path, kind):
    folder, make = {
        "po": ("uebersetzen/ar/einlesen/", po_file),
        "xlsx": ("offers/offer/einlesen/", table),
    }[kind]
    path = tmp_path / f"<img src=x onerror={RUN}>.{kind}"
    path.write_bytes(make())
    unguarded.goto(f"{site}/verwaltung/{folder}")
    unguarded.locator("input[type=file]").set_input_files(path)
    with unguarded.expect_navigation():
        unguarded.locator("form:has(input[type=file]) [type=submit]").click()
    assert "__xss" in unguarded.content()
    assert unguarded.evaluate(FOUND) == []


def in_a_file():
    """Return the payloads without what neither kind of file holds."""
    return [text.replace("\x01", "").replace("\u2028", "") for text in PAYLOADS]


def po_file():
    po = export_po("ar")
    texts = [entry for entry in po if entry.msgctxt]
    for entry, text in zip(texts, cycle(in_a_file()), strict=False):
        entry.msgstr, entry.fuzzy = text, False
    return str(po).encode()


def table():
    make_organisation(name="Verein", slug="verein")
    rows = [NEW | {"Titel": text, "Kurz gesagt": text} for text in in_a_file()]
    rows += [NEW | {"Titel": text, "Organisation": text} for text in in_a_file()]
    return xlsx_file(*rows)
