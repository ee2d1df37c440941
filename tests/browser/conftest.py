import pytest


@pytest.fixture
def site(transactional_db, starter, live_server, settings):
    """The running site with the starter content; yields its address."""
    settings.SITE_URL = live_server.url
    return live_server.url


@pytest.fixture
def page(page, live_server):
    """A page that fails the test when it asks another host, logs an error or breaks the policy."""
    problems = []

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
def signed_in(page, site, staff):
    page.goto(f"{site}/verwaltung/")
    page.get_by_label("Benutzername").fill(staff.username)
    page.get_by_label("Passwort").fill("ein langes Passwort")
    page.get_by_role("button", name="Anmelden").click()
    page.get_by_text("Was möchten Sie bearbeiten?").wait_for()
    return page
