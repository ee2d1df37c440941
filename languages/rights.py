"""Who may translate into which language."""

from .registry import REGISTRY, SOURCE

TRANSLATE = "languages.change_translation"
EVERY_LANGUAGE = "languages.translate_every_language"


def translatable_languages(user):
    """Return the registry's entries that `user` may translate into; never German."""
    others = [entry for code, entry in REGISTRY.items() if code != SOURCE]
    if not user.is_active or not user.is_staff or not user.has_perm(TRANSLATE):
        return []
    if user.has_perm(EVERY_LANGUAGE):
        return others
    assigned = set(user.languages.values_list("code", flat=True))
    return [entry for entry in others if entry.code in assigned]


def may_translate(user, code):
    return any(entry.code == code for entry in translatable_languages(user))
