from django_prose_editor.fields import ProseEditorField


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
        super().__init__(*args, sanitize=True, **kwargs)

    def pre_save(self, model_instance, add):
        value = super().pre_save(model_instance, add)
        if value:
            value = self.sanitize(value)
            setattr(model_instance, self.attname, value)
        return value
