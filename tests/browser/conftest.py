import pytest
from playwright.sync_api import expect

#: Milliseconds; a machine that is busy takes its time, and what comes sooner costs no more.
PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)


@pytest.fixture
def site(transactional_db, starter, live_server, settings):
    """The running site with the starter content; yields its address."""
    settings.SITE_URL = live_server.url
    return live_server.url


@pytest.fixture
def page(page, live_server):
    """A page that fails the test when it asks another host, logs an error or breaks the policy."""
    problems = []
    page.set_default_timeout(PATIENCE)

    def guard(route):
        if route.request.url.startswith(live_server.url):
            route.continue_()
        else:
            problems.append(f"request to {route.request.url}")
            route.abort()

    page.route("**/*", guard)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "console",
        lambda message: problems.append(message.text) if message.type == "error" else None,
    )
    page.allowed = lambda *texts: [
        problems.remove(p) for p in list(problems) if any(t in p for t in texts)
    ]
    yield page
    assert problems == []


@pytest.fixture
def signed_in(page, site, staff_client, settings):
    """A page of somebody who has signed in; how that goes, test_signin.py tests."""
    name = settings.SESSION_COOKIE_NAME
    session = {"name": name, "value": staff_client.cookies[name].value, "url": site}
    page.context.add_cookies([session])
    return page
