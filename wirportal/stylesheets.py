import re

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

#: A text in quotes is left as it is; `/*!` begins a comment that has to stay (a licence).
COMMENT = re.compile(r'("[^"]*")|/\*(?!!).*?\*/', re.DOTALL)
SPACE = re.compile(r'("[^"]*")|\s*([{};,])\s*|(:)\s+|(\s)\s*')


def squeeze(css):
    """Return a stylesheet without comments, line ends and spaces that mean nothing."""
    css = COMMENT.sub(r"\1", css)
    return SPACE.sub(lambda match: "".join(filter(None, match.groups())), css).strip()


class SmallStylesheets(CompressedManifestStaticFilesStorage):
    """Our stylesheets are written for people and sent without what only people need."""

    def _save(self, name, content):
        if name.startswith("css/") and name.endswith(".css"):
            content.seek(0)  # it has been read before, for its hash
            content = ContentFile(squeeze(content.read().decode()).encode())
        return super()._save(name, content)
