import re

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

#: A text in quotes is left as it is; `/*!` begins a comment that has to stay (a licence).
COMMENT = re.compile(r'("[^"]*")|/\*(?!!).*?\*/', re.DOTALL)
SPACE = re.compile(r'("[^"]*")|\s*([{};,])\s*|(:)\s+|(\s)\s*')
#: Chrome knows these only from 87 on, and Safari from 14.1; each side, from 69 and 12.1.
BOTH_SIDES = re.compile(r"\b((?:margin|padding)-(?:block|inline)):([^;} ]+) ?([^;}]*)")


def squeeze(css):
    """Return a stylesheet without what means nothing: comments, line ends, spaces.

    What says both sides in one says each, for old browsers.
    """
    css = COMMENT.sub(r"\1", css)
    css = SPACE.sub(lambda match: "".join(filter(None, match.groups())), css).strip()
    return BOTH_SIDES.sub(lambda match: each_side(*match.groups()), css)


def each_side(name, start, end):
    return f"{name}-start:{start};{name}-end:{end or start}"


class SmallStylesheets(CompressedManifestStaticFilesStorage):
    """Our stylesheets are written for people and sent without what only people need."""

    def _save(self, name, content):
        if name.startswith("css/") and name.endswith(".css"):
            content.seek(0)  # it has been read before, for its hash
            content = ContentFile(squeeze(content.read().decode()).encode())
        return super()._save(name, content)
