"""What readers see of choices; apart from the labels of fields, which only staff see."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Known(models.TextChoices):
    """Unknown is unknown: it is never shown as "no"."""

    UNKNOWN = "", _("nicht bekannt")
    YES = "yes", _("ja")
    NO = "no", _("nein")


class Interpreter(models.TextChoices):
    UNKNOWN = "", _("nicht bekannt")
    YES = "yes", _("ja")
    ON_REQUEST = "on_request", _("auf Anfrage")
    NO = "no", _("nein")


class Cost(models.TextChoices):
    UNKNOWN = "", _("nicht bekannt")
    FREE = "free", _("kostenlos")
    PAID = "paid", _("kostet etwas")


class Registration(models.TextChoices):
    UNKNOWN = "", _("nicht bekannt")
    NONE = "none", _("ohne Anmeldung")
    REGISTRATION = "registration", _("mit Anmeldung")
    APPOINTMENT = "appointment", _("mit Termin")


class GermanLevel(models.TextChoices):
    UNKNOWN = "", _("nicht bekannt")
    NONE = "none", _("ohne Deutschkenntnisse")
    A1 = "A1", "A1"
    A2 = "A2", "A2"
    B1 = "B1", "B1"
    B2 = "B2", "B2"
    C1 = "C1", "C1"


class Kind(models.TextChoices):
    MUNICIPALITY = "municipality", _("Stadt oder Gemeinde")
    AUTHORITY = "authority", _("Amt oder Behörde")
    ASSOCIATION = "association", _("Verein")
    VOLUNTEERS = "volunteers", _("Gruppe von Freiwilligen")
    SPORTS = "sports", _("Sportverein")
    MIGRANTS = "migrants", _("Migrantenorganisation")
    WELFARE = "welfare", _("Wohlfahrtsverband")
    EDUCATION = "education", _("Bildungseinrichtung")
    OTHER = "other", _("andere Stelle")
