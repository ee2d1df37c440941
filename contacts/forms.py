"""The forms in which residents write to staff; each is for anybody, in any language of the site."""

import unicodedata

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .models import Message
from .proof import is_too_new, new_proof, token_of

TOO_LONG = gettext_lazy("Das sind %(show_value)d Zeichen. Möglich sind %(limit_value)d.")
NO_EMAIL = gettext_lazy("Das ist keine E-Mail-Adresse. Ein Beispiel: name@example.org")
NO_TEXT = gettext_lazy("Bitte schreiben Sie, worum es geht.")


class PlainField(forms.CharField):
    """Text without control characters, as one line or as many."""

    def __init__(self, *, lines=False, **options):
        self.kept = "\n\t" if lines else ""
        super().__init__(error_messages={"max_length": TOO_LONG, "required": NO_TEXT}, **options)

    def to_python(self, value):
        text = (value or "").replace("\r\n", "\n")
        return super().to_python("".join(filter(self.is_kept, text)))

    def is_kept(self, character):
        is_control = unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}
        return not is_control or character in self.kept


class MessageForm(forms.ModelForm):
    """What is refused comes back with everything in it, and can be sent again."""

    text = PlainField(
        label=gettext_lazy("Ihre Nachricht"),
        help_text=gettext_lazy("In Ihrer Sprache."),
        max_length=Message._meta.get_field("text").max_length,
        widget=forms.Textarea(attrs={"rows": 6, "dir": "auto"}),
        lines=True,
    )
    email = forms.EmailField(
        label=gettext_lazy("Ihre E-Mail-Adresse (freiwillig)"),
        help_text=gettext_lazy("Nur wenn Sie eine Antwort möchten."),
        required=False,
        max_length=254,
        error_messages={
            "invalid": NO_EMAIL,
            "max_length": NO_EMAIL,
            "null_characters_not_allowed": NO_EMAIL,
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email", "dir": "ltr"}),
    )
    # Hidden by the stylesheet: people leave it empty, programs that fill in everything do not.
    website = forms.CharField(
        label=gettext_lazy("Bitte leer lassen"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )

    class Meta:
        model = Message
        fields = ["text", "email"]

    def __init__(self, *args, **kwargs):
        # Django's own check in the browser speaks the browser's language and hides ours.
        super().__init__(*args, use_required_attribute=False, **kwargs)

    @property
    def shown(self):
        """Return the fields for people; the one for programs only where it has to be emptied."""
        return [field for field in self if field.name != "website" or field.errors]

    @cached_property
    def sent_proof(self):
        return self.data.get("proof", "")

    @cached_property
    def token(self):
        return token_of(self.sent_proof)

    @cached_property
    def stored(self):
        """The message that this very form has brought before."""
        return Message.objects.filter(token=self.token).first() if self.token else None

    @property
    def proof(self):
        """The hidden value that goes with the form; one that is still good stays."""
        return self.sent_proof if self.token and not self.stored else new_proof()

    def clean_website(self):
        if self.cleaned_data["website"]:
            raise forms.ValidationError(_("Bitte lassen Sie dieses Feld leer."))
        return ""

    def clean(self):
        cleaned = super().clean()
        if self.errors:  # what they ask for takes time, and the form gets a good proof
            return cleaned
        if not self.token:
            text = _("Das Formular war zu lange offen. Bitte senden Sie es noch einmal.")
            raise forms.ValidationError(text)
        if is_too_new(self.sent_proof):
            text = _("Das ging sehr schnell. Bitte warten Sie kurz und senden Sie es noch einmal.")
            raise forms.ValidationError(text)
        if self.stored and not self.is_repeated:
            raise forms.ValidationError(
                _(
                    "Ihre erste Nachricht ist schon angekommen. "
                    "Möchten Sie diese auch senden? Dann senden Sie bitte noch einmal."
                )
            )
        return cleaned

    @property
    def is_repeated(self):
        """Whether the very same was sent before, as with a double click."""
        sent = {name: self.cleaned_data.get(name) for name in self._meta.fields}
        return bool(self.stored) and sent == {name: getattr(self.stored, name) for name in sent}

    def send(self):
        if not self.is_repeated:
            self.instance.token = self.token
            self.instance.receive()


class BarrierForm(MessageForm):
    page = PlainField(
        label=gettext_lazy("Auf welcher Seite? (freiwillig)"),
        required=False,
        max_length=Message._meta.get_field("page").max_length,
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )
    field_order = ["page", "text"]

    class Meta(MessageForm.Meta):
        fields = ["page", "text", "email"]


class ErrorForm(MessageForm):
    problem = forms.ChoiceField(
        label=gettext_lazy("Was ist falsch?"),
        choices=Message.Problem.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Bitte wählen Sie aus, was falsch ist."),
            "invalid_choice": gettext_lazy("Bitte wählen Sie aus, was falsch ist."),
        },
    )
    field_order = ["problem", "text"]

    class Meta(MessageForm.Meta):
        fields = ["problem", "text", "email"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["text"].required = False

    def clean_text(self):
        """Where something is gone, that says it all."""
        text = self.cleaned_data["text"]
        if not text and self.cleaned_data.get("problem") != Message.Problem.CLOSED:
            raise forms.ValidationError(NO_TEXT)
        return text


FORMS = {
    Message.Kind.ERROR: ErrorForm,
    Message.Kind.BARRIER: BarrierForm,
    Message.Kind.FEEDBACK: MessageForm,
}
