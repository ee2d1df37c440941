"""What the tests of signing in do again and again."""

import time

from allauth.mfa.totp.internal import auth

LOGIN = "/verwaltung/konto/anmelden/"
ACCOUNT = "/verwaltung/konto/"
ENROL = "/verwaltung/konto/einrichten/"
PASSWORD = "ein langes Passwort"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"
TOO_MANY = "Zu viele falsche Versuche. Bitte warten Sie 15 Minuten."


def sign_in(client, password=PASSWORD, path=LOGIN, username="redaktion", **more):
    more.setdefault("HTTP_USER_AGENT", FIREFOX)
    return client.post(path, {"login": username, "password": password}, **more)


def is_signed_in(client):
    return client.get(ACCOUNT).status_code == 200


def make_app(user):
    return auth.TOTP.activate(user, auth.generate_totp_secret()).instance


def code_of(app, steps=0):
    counter = int(time.time()) // 30 + steps
    return auth.format_hotp_value(auth.hotp_value(app.data["secret"], counter))


def again(client, password=PASSWORD):
    return client.post(f"{ACCOUNT}bestaetigen/", {"password": password})
