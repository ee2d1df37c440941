"""Uploaded files: what they are is decided by their content, never by their name."""

from functools import wraps
from io import BytesIO

from django import forms
from django.contrib.admin.widgets import AdminFileWidget
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.validators import FileExtensionValidator
from django.db import models
from django.template.defaultfilters import filesizeformat
from django.utils.crypto import get_random_string
from django.utils.deconstruct import deconstructible
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

MEGABYTE = 1024 * 1024
PHOTO_SIDE = 480  # pixels; shown at up to 160 CSS pixels on screens of triple density
LOGO_SIZE = (480, 120)  # pixels; shown 40 CSS pixels high
MAX_PIXELS = 25_000_000  # 100 MB in memory while it is made smaller
PHOTO_FORMATS = ("JPEG", "PNG", "WEBP")


@deconstructible
class MaxFileSize:
    """Refuse files of more than `limit` bytes."""

    def __init__(self, limit):
        self.limit = limit

    def __call__(self, file):
        if not getattr(file, "_committed", False) and file.size > self.limit:
            raise ValidationError(
                _("Die Datei ist zu groß (%(size)s). Erlaubt sind höchstens %(limit)s."),
                code="too_large",
                params={"size": filesizeformat(file.size), "limit": filesizeformat(self.limit)},
            )

    def __eq__(self, other):
        return isinstance(other, MaxFileSize) and self.limit == other.limit


def new_files_only(validate):
    """Skip stored files: they were checked when they came, and may even be gone by now."""

    @wraps(validate)
    def validator(file):
        if not getattr(file, "_committed", False):
            validate(file)

    return validator


def open_photo(file):
    """Return the picture in `file`, decoded; raise ValidationError for anything else.

    Pillow is told the formats: it would run a PostScript interpreter on a file that asks for it.
    It gets a copy of the file, for with a PNG it closes what it read from.
    """
    try:
        file.seek(0)
        picture = Image.open(BytesIO(file.read()), formats=PHOTO_FORMATS)
        if picture.width * picture.height > MAX_PIXELS:
            raise ValidationError(_("Das Bild hat zu viele Bildpunkte."), code="too_many_pixels")
        picture.load()
        file.seek(0)
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValidationError(
            _("Die Datei ist kein vollständiges Bild (JPEG, PNG oder WebP)."), code="invalid_image"
        ) from error
    return picture


@new_files_only
def validate_pdf(file):
    """Refuse what does not begin and end as ISO 32000 asks of a PDF."""
    file.seek(0)
    start = file.read(1024)
    file.seek(max(0, file.size - 1024))
    end = file.read()
    file.seek(0)
    if b"%PDF-" not in start or b"%%EOF" not in end:
        raise ValidationError(_("Diese Datei ist kein vollständiges PDF."), code="not_pdf")


def unguessable(folder, suffix):
    """Return a file name that nobody can guess before its page is published."""
    return f"{folder}/{get_random_string(16).lower()}{suffix}"


class PhotoFormField(forms.FileField):
    """Checks size and content before anything else looks at the file."""

    widget = AdminFileWidget
    default_validators = [MaxFileSize(5 * MEGABYTE)]

    def to_python(self, data):
        file = super().to_python(data)
        if file and file.size <= 5 * MEGABYTE:
            open_photo(file)  # closing a PNG would close the file, too
        return file


class PhotoField(models.FileField):
    """A square JPEG without metadata, made anew from whatever picture was uploaded."""

    stored_as = "photo.jpg"

    def formfield(self, **kwargs):
        return super().formfield(**{"form_class": PhotoFormField, **kwargs})

    def pre_save(self, model_instance, add):
        file = getattr(model_instance, self.attname)
        if file and not file._committed:
            with open_photo(file) as uploaded:
                upright = ImageOps.exif_transpose(uploaded).convert("RGBA")
            canvas = Image.new("RGB", upright.size, "white")
            canvas.paste(upright, mask=upright)
            out = BytesIO()
            self.draw(canvas, out)
            file.save(self.stored_as, ContentFile(out.getvalue()), save=False)
        return file

    @staticmethod
    def draw(picture, out):
        # Faces are above the middle of a portrait.
        square = ImageOps.fit(picture, (PHOTO_SIDE, PHOTO_SIDE), centering=(0.5, 0.33))
        square.save(out, "JPEG", quality=82, optimize=True)


class LogoField(PhotoField):
    """A small PNG on white, so that it can be seen in dark mode as well."""

    stored_as = "logo.png"

    @staticmethod
    def draw(picture, out):
        picture.thumbnail(LOGO_SIZE)
        picture.save(out, "PNG", optimize=True)


def photo_path(instance, filename):
    return unguessable("photos", ".jpg")


def logo_path(instance, filename):
    return unguessable("logos", ".png")


def publication_path(instance, filename):
    return unguessable("publications", ".pdf")


def video_path(instance, filename):
    return unguessable("videos", ".vtt" if filename.lower().endswith(".vtt") else ".mp4")


class PdfField(models.FileField):
    default_validators = [
        FileExtensionValidator(["pdf"]),
        MaxFileSize(30 * MEGABYTE),
        validate_pdf,
    ]


@new_files_only
def validate_mp4(file):
    """Refuse what lacks the file type box of ISO/IEC 14496-12."""
    file.seek(4)
    box = file.read(4)
    file.seek(0)
    if box != b"ftyp":
        raise ValidationError(_("Diese Datei ist kein MP4-Video."), code="not_mp4")


@new_files_only
def validate_captions(file):
    file.seek(0)
    start = file.read(9)
    file.seek(0)
    if not start.removeprefix(b"\xef\xbb\xbf").startswith(b"WEBVTT"):
        raise ValidationError(
            _("Diese Datei enthält keine Untertitel im Format WebVTT."), code="not_vtt"
        )
