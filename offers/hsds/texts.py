"""Texts in the language that was asked for, and what is unknown left out."""

from django.utils.translation import get_language

from languages.diff import plain_text
from languages.registry import REGISTRY, SOURCE
from languages.templatetags.languages import plain


def known(**values):
    return {name: value for name, value in values.items() if value not in (None, "", [], {})}


def lines(*texts):
    """Return what is known of these texts, one below the other."""
    return "\n".join(str(text) for text in texts if text)


def rich(obj, field):
    """Return a formatted text as lines, none of them empty."""
    return lines(*map(str.strip, plain_text(plain(obj, field)).split("\n")))


def translation_of(obj, fields):
    """Return what a reader has to be told about the texts; nothing in German.

    `fields` are {name of ours: name of theirs}. `attach_states` was called for `obj` before.
    """
    code = get_language()
    if code == SOURCE:
        return None
    own = [name for name in fields if obj.text(name, code)]
    german = [name for name in fields if name not in own and obj.text(name, SOURCE)]

    def theirs(names):
        return list(dict.fromkeys(fields[name] for name in names))

    return known(
        language=REGISTRY[code].tag,
        still_german=theirs(german),
        by_machine=theirs(name for name in own if name in obj.unreviewed),
        outdated=theirs(name for name in own if name in obj.outdated),
    )
