from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from languages.admin import TranslatableAdmin

from .models import ContactPerson, SpokenLanguage


@admin.register(ContactPerson)
class ContactPersonAdmin(TranslatableAdmin):
    fieldsets = [
        (None, {"fields": ["salutation", "first_name", "last_name", "slug", "role", "duties"]}),
        (_("Erreichbar"), {"fields": ["phone", "email", "room", "spoken_languages"]}),
        (_("Bereiche"), {"fields": ["areas", "gives_guidance"]}),
        (_("Foto"), {"fields": ["photo", "photo_text"]}),
        (_("Anzeige"), {"fields": ["position", "published", "valid_from", "valid_to"]}),
    ]
    list_display = ["name", "position", "published", "role", "phone"]
    list_editable = ["position", "published"]
    search_fields = ["first_name", "last_name", "role_de", "email", "phone"]

    @admin.display(description=_("Name"), ordering="last_name")
    def name(self, person):
        return person.name


@admin.register(SpokenLanguage)
class SpokenLanguageAdmin(admin.ModelAdmin):
    list_display = ["__str__", "code"]
    search_fields = ["code"]
