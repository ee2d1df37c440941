"""People who work in the admin of a real server: one session, one connection each."""

import http.client
import json
import re
import secrets
import subprocess
import sys
import time
from contextlib import closing
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from django.conf import settings

from tests.wirportal.test_serve import environment

PAGES = "/verwaltung/programme/page/"
SAID = re.compile(r"Stand (\d+)")
#: So long may a server be away: on a busy machine, a start alone takes a minute.
PATIENCE = 600  # seconds

#: Prints the name and key of a session, and the numbers of the pages that are written into.
START = """
import json
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from programme.models import Page
client = Client()
client.force_login(User.objects.create_superuser("redaktion"))
pages = [
    Page.objects.create(
        title_de="Stand 0", body_de="<p>Stand 0</p>", slug=f"seite-{{n}}", published=True
    )
    for n in range({number})
]
cookie = settings.SESSION_COOKIE_NAME
names = [cookie, settings.CSRF_COOKIE_NAME]
print(json.dumps([*names, client.cookies[cookie].value, [page.pk for page in pages]]))
"""


def shell(data_dir, code, before=()):
    """Run code as `manage.py shell` does; return the last line that it printed."""
    return subprocess.run(
        [*before, sys.executable, settings.BASE_DIR / "manage.py", "shell", "-v0", "-c", code],
        cwd=settings.BASE_DIR,
        env=environment(DATA_DIR=data_dir),
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()[-1]


def make_writers(data_dir, port, number, before=()):
    """Return writers who are signed in, each with a page of their own."""
    said = shell(data_dir, START.format(number=number), before)
    session_name, csrf_name, key, pages = json.loads(said)
    cookies = SimpleCookie({session_name: key, csrf_name: secrets.token_hex(16)})
    return [Writer(port, cookies, csrf_name, page) for page in pages]


class Form(HTMLParser):
    """The fields of the page's main form as a browser would send them."""

    def __init__(self, html):
        super().__init__()
        self.data, self.select, self.textarea, self.is_ours = {}, None, None, False
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "form":
            self.is_ours = given.get("id") == "page_form"
        if not self.is_ours:
            return
        name, kind = given.get("name"), given.get("type")
        if tag == "input" and name and kind not in {"file", "submit", "button"}:
            if kind not in {"checkbox", "radio"}:
                self.data[name] = given.get("value") or ""
            elif "checked" in given:
                self.data[name] = given.get("value", "on")
        elif tag == "select":
            self.select = name
        elif tag == "option" and "selected" in given:
            self.data[self.select] = given["value"]
        elif tag == "textarea":
            self.textarea = name
            self.data[name] = ""

    def handle_endtag(self, tag):
        if tag == "textarea":
            self.textarea = None

    def handle_data(self, text):
        if self.is_ours and self.textarea:
            self.data[self.textarea] += text


class Writer:
    """Writes ever higher numbers into one page, into its title and its text."""

    def __init__(self, port, cookies, csrf_name, page):
        self.port, self.page, self.saved = port, page, 0
        cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in cookies.items())
        self.headers, self.token = {"Cookie": cookie}, cookies[csrf_name].value
        self.address = f"{PAGES}{page}/change/"

    def ask(self, method, path, body=None, **headers):
        """Return (status, headers, text)."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            connection.request(method, path, body, self.headers | headers)
            response = connection.getresponse()
            return response.status, response.headers, response.read().decode()

    def form(self):
        status, _headers, html = self.ask("GET", self.address)
        if status != 200:
            raise http.client.HTTPException(f"status {status}")
        return Form(html).data

    def send(self, data):
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        data = data | {"csrfmiddlewaretoken": self.token}
        return self.ask("POST", self.address, urlencode(data), **headers)

    def upload(self, content):
        """Send a file as captions of the page."""
        data = self.form() | {"csrfmiddlewaretoken": self.token}
        parts = [f'name="{name}"\r\n\r\n{value}'.encode() for name, value in data.items()]
        parts.append(b'name="captions"; filename="a.vtt"\r\n\r\n' + content)
        lines = [b"--border\r\nContent-Disposition: form-data; " + part for part in parts]
        kind = {"Content-Type": "multipart/form-data; boundary=border"}
        return self.ask("POST", self.address, b"\r\n".join([*lines, b"--border--\r\n"]), **kind)

    def write(self, number):
        """Open the form, save it with this number; return the answer."""
        data = self.form()
        shown = numbers(data["title_de"]), numbers(data["body_de"])
        assert shown[0] == shown[1], f"torn: {shown}"
        assert shown[0] >= [self.saved], f"{self.saved} was acknowledged, {shown} is there"
        text = {"title_de": f"Stand {number}", "body_de": f"<p>Stand {number}</p>"}
        answer = self.send(data | text)
        if answer[0] == 302 and answer[1]["Location"] == PAGES:
            self.saved = number
        return answer

    def insist(self, number):
        """Save this number, however often the server breaks down meanwhile."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                status, _headers, html = self.write(number)
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)
            else:
                assert (status, self.saved) == (302, number), errors(html)
                return
        raise TimeoutError(f"page {self.page} could not be saved for {PATIENCE} seconds")


def numbers(text):
    return [int(number) for number in SAID.findall(text)]


def errors(html):
    return re.findall(r'class="error.*?</', html, re.DOTALL) or html
