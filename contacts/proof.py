"""The proof that a form was opened here, some seconds to some hours ago: no cookie is needed."""

import secrets

from django.core.signing import BadSignature, SignatureExpired, TimestampSigner

FASTEST = 3  # seconds; nobody reads and fills in a form in less
LONGEST = 24 * 60 * 60  # seconds
signer = TimestampSigner(salt="contacts.message")


def new_proof():
    return signer.sign(secrets.token_urlsafe(12))


def token_of(proof):
    """Return the token in a proof; None for one that is forged or too old."""
    try:
        return signer.unsign(proof, max_age=LONGEST)
    except BadSignature:
        return None


def is_too_new(proof):
    """Tell whether a genuine proof was made just now."""
    try:
        signer.unsign(proof, max_age=FASTEST)
    except SignatureExpired:
        return False
    return True
