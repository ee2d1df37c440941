"""What there is to ask for: one list, for the addresses, openapi.json and the page about it."""

from dataclasses import dataclass, field

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from .parameters import PARAMETERS

SCHEMAS = "https://raw.githubusercontent.com/openreferral/specification/3.0/schema"
PAGES = ("page", "per_page", "format", "language")
NARROW = ("search", "taxonomy_term_id", "taxonomy_id", "organization_id", "modified_after")


@dataclass(frozen=True)
class Endpoint:
    path: str
    about: str
    schema: str = ""
    parameters: tuple = field(default=("language",))
    is_list: bool = False


ENDPOINTS = {
    "services": Endpoint(
        "/services",
        _("alle öffentlichen Angebote"),
        "compiled/service.json",
        (*NARROW, *PAGES, "full", "minimal"),
        is_list=True,
    ),
    "service": Endpoint("/services/{id}", _("ein Angebot"), "compiled/service.json"),
    "organizations": Endpoint(
        "/organizations",
        _("alle öffentlichen Stellen"),
        "compiled/organization.json",
        ("search", *PAGES, "full", "full_service"),
        is_list=True,
    ),
    "organization": Endpoint(
        "/organizations/{id}",
        _("eine Stelle"),
        "compiled/organization.json",
        ("full_service", "language"),
    ),
    "locations": Endpoint("/locations", _("alle Orte"), "location.json", PAGES, is_list=True),
    "location": Endpoint("/locations/{id}", _("ein Ort"), "location.json"),
    "service_at_locations": Endpoint(
        "/service_at_locations",
        _("welches Angebot an welchem Ort ist"),
        "service_at_location.json",
        (*NARROW, *PAGES, "full", "postcode", "proximity"),
        is_list=True,
    ),
    "service_at_location": Endpoint(
        "/service_at_locations/{id}", _("ein Angebot an einem Ort"), "service_at_location.json"
    ),
    "taxonomies": Endpoint(
        "/taxonomies",
        _("wonach Angebote geordnet sind"),
        "taxonomy.json",
        ("search", *PAGES),
        is_list=True,
    ),
    "taxonomy": Endpoint("/taxonomies/{id}", _("eine Ordnung"), "taxonomy.json"),
    "taxonomy_terms": Endpoint(
        "/taxonomy_terms",
        _("alle Themen, Zielgruppen und Eigenschaften"),
        "taxonomy_term.json",
        ("search", "taxonomy_id", "top_only", "parent_id", *PAGES),
        is_list=True,
    ),
    "taxonomy_term": Endpoint("/taxonomy_terms/{id}", _("ein Begriff"), "taxonomy_term.json"),
}
#: What each parameter does, for people; in the order of the page.
MEANINGS = {
    "page": _("Seite der Liste, ab 1"),
    "per_page": _("Einträge je Seite: ohne Angabe 50, höchstens 500, mit full höchstens 100"),
    "full": _("true: mit allem, was dazugehört"),
    "full_service": _("true: Stellen mit ihren Angeboten, höchstens 10 je Seite"),
    "minimal": _("true: nur id und Zeitpunkt der letzten Änderung, bis 10000 je Seite"),
    "modified_after": _("nur was sich seit diesem Zeitpunkt geändert hat (ISO 8601)"),
    "search": _("Suchwörter"),
    "taxonomy_term_id": _("nur mit diesem Thema, dieser Zielgruppe oder Eigenschaft"),
    "taxonomy_id": _("nur mit irgendeinem Begriff aus dieser Ordnung"),
    "organization_id": _("nur von dieser Stelle"),
    "postcode": _("nur an Orten mit dieser Postleitzahl"),
    "language": _("Sprache der Texte; wo eine Übersetzung fehlt, steht Deutsch"),
    "format": _("json, oder ndjson: alles auf einmal, ein Eintrag je Zeile"),
}
WHOLE_NUMBERS = ("page", "per_page")
FLAGS = ("full", "full_service", "minimal", "top_only")
ENVELOPE = {
    **dict.fromkeys(("total_items", "total_pages", "page_number", "size"), "integer"),
    **dict.fromkeys(("first_page", "last_page", "empty"), "boolean"),
}


def parameter(name):
    kinds = dict.fromkeys(WHOLE_NUMBERS, "integer") | dict.fromkeys(FLAGS, "boolean")
    found = {"name": name, "in": "query", "schema": {"type": kinds.get(name, "string")}}
    return found | ({"description": str(MEANINGS[name])} if name in MEANINGS else {})


def operation(endpoint):
    schema = {"$ref": f"{SCHEMAS}/{endpoint.schema}"}
    if endpoint.is_list:
        properties = {name: {"type": kind} for name, kind in ENVELOPE.items()}
        contents = {"contents": {"type": "array", "items": schema}}
        schema = {"type": "object", "properties": properties | contents}
    names = [name for name in endpoint.parameters if name != "proximity"]
    found = {
        "summary": str(endpoint.about),
        "parameters": [{"$ref": f"#/components/parameters/{name}"} for name in names],
        "responses": {"200": answer(str(endpoint.about), schema)},
    }
    if "{id}" in endpoint.path:
        key = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
        found["parameters"] = [key, *found["parameters"]]
    return {"get": found}


def answer(about, schema):
    return {"description": about, "content": {"application/json": {"schema": schema}}}


def openapi():
    """Return the description of this interface (OpenAPI 3.1)."""
    names = [name for name in PARAMETERS if name != "proximity"]
    root = {"summary": "HSDS", "responses": {"200": answer("HSDS", {"type": "object"})}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Open Referral HSDS", "version": "3.0"},
        "servers": [{"url": f"{settings.SITE_URL}/api/hsds/v3"}],
        "paths": {
            "/": {"get": root},
            **{endpoint.path: operation(endpoint) for endpoint in ENDPOINTS.values()},
        },
        "components": {"parameters": {name: parameter(name) for name in names}},
    }
