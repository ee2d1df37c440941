from django.utils.html import format_html
from django_prose_editor.widgets import AdminProseEditorWidget


class RichTextWidget(AdminProseEditorWidget):
    """The editor in an element that carries `lang` and `dir`, which the editor itself drops."""

    def render(self, name, value, attrs=None, renderer=None):
        html = super().render(name, value, attrs, renderer)
        lang, direction = self.attrs.get("lang", "de"), self.attrs.get("dir", "ltr")
        return format_html(
            '<div class="rich-text" lang="{}" dir="{}">{}</div>', lang, direction, html
        )
