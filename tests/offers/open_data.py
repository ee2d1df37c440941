"""What tests of open data share."""

import json

ROOT = "/api/hsds/v3"
LISTS = (
    *("services", "organizations", "locations", "service_at_locations", "taxonomies"),
    "taxonomy_terms",
)
ENVELOPE = {
    **dict.fromkeys(("total_items", "total_pages", "page_number", "size"), int),
    **dict.fromkeys(("first_page", "last_page", "empty"), bool),
    "contents": list,
}
#: What the standard requires of each kind of thing, by the name under which others contain it.
REQUIRED = {
    "services": ("id", "name", "status"),
    "organizations": ("id", "name", "description"),
    "organization": ("id", "name", "description"),
    "locations": ("id", "location_type"),
    "location": ("id", "location_type"),
    "service_at_locations": ("id",),
    "taxonomies": ("id", "name", "description"),
    "taxonomy_terms": ("id", "name", "description"),
    "taxonomy_term": ("id", "name", "description"),
    "addresses": (
        *("id", "address_1", "city", "state_province", "postal_code", "country", "address_type"),
    ),
    "phones": ("id", "number"),
    **dict.fromkeys(
        (
            *("schedules", "languages", "contacts", "attributes", "service_areas"),
            *("cost_options", "required_documents", "accessibility"),
        ),
        ("id",),
    ),
}


def get(client, path, status=200):
    """Return the content of an answer of the interface."""
    response = client.get(ROOT + path)
    assert response.status_code == status, (path, response.status_code)
    return json.loads(response.content)


def contents(client, path):
    return get(client, path)["contents"]


def things(value, name):
    """Yield (name, thing) of everything with an identifier, at any depth."""
    if isinstance(value, list):
        for one in value:
            yield from things(one, name)
    elif isinstance(value, dict):
        if name in REQUIRED:
            yield name, value
        for inner, part in value.items():
            yield from things(part, inner)


def everything(client):
    """Return the text of every answer there is, also of the lists that are sent line by line."""
    paths = [
        *(f"{ROOT}/{name}{query}" for name in LISTS for query in ("", "?full=true")),
        *(f"{ROOT}/{name}?format=ndjson&full=true&full_service=true" for name in LISTS),
        f"{ROOT}/services?minimal=true",
        f"{ROOT}/organizations?full_service=true",
        *("/api/angebote.csv", "/api/termine.ics", f"{ROOT}/"),
    ]
    for name in LISTS:
        paths += [f"{ROOT}/{name}/{one['id']}" for one in contents(client, f"/{name}?per_page=500")]
    return "\n".join(text_of(client, path) for path in paths)


def text_of(client, path):
    """Return the text of an answer, read to the end."""
    response = client.get(path)
    assert response.status_code == 200, path
    return response.getvalue().decode()
