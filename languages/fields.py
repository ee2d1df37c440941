import re

from django_prose_editor.fields import ProseEditorField, create_sanitizer

HREF = re.compile(r'href="([^"]*)"')
WITH_SCHEME = re.compile(r"[a-z]+:|[/#.]", re.IGNORECASE)
HOST = re.compile(r"[\w-]+(\.[\w-]+)*\.[a-z]{2,}(/|$)", re.IGNORECASE)


def repair_link(match):
    """Complete an address as people type it: "www.example.org", "name@example.org"."""
    target = match[1].strip()
    if WITH_SCHEME.match(target):
        return f'href="{target}"'
    if "@" in target:
        return f'href="mailto:{target}"'
    return f'href="https://{target}"' if HOST.match(target) else f'href="{target}"'


def repair_links(html):
    return HREF.sub(repair_link, html.replace(' title=""', ""))


class RichTextField(ProseEditorField):
    """Text with headings, lists, links, bold and quotes; everything else is removed.

    The editor's own field cleans what comes through a form. This one also cleans what any other
    code saves, so that templates may trust the column.
    """

    def __init__(self, *args, heading_levels=(3, 4), **kwargs):
        self.heading_levels = tuple(heading_levels)
        kwargs["extensions"] = {
            "Bold": True,
            "Blockquote": True,
            "BulletList": True,
            "OrderedList": {"enableListAttributes": False},
            "ListItem": True,
            "Heading": {"levels": list(self.heading_levels)},
            "Link": {"enableTarget": False, "protocols": ["http", "https", "mailto", "tel"]},
        }
        super().__init__(*args, sanitize=[repair_links, create_sanitizer], **kwargs)

    def pre_save(self, model_instance, add):
        value = super().pre_save(model_instance, add)
        if value:
            value = self.sanitize(value)
            setattr(model_instance, self.attname, value)
        return value


def is_rich(field):
    """Tell whether a field, or the one that it is a translation of, holds rich text."""
    return isinstance(getattr(field, "translated_field", field), RichTextField)
