"""The admin's list of what was deleted, with a button that restores it."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from .deleted import ThereAgain, deleted, restore
from .history import name_of_removed

PAGE_SIZE = 50


class DeletedAdmin(admin.ModelAdmin):
    """Lists what was deleted and restores it, for those who may add and change."""

    change_list_template = "admin/deleted_change_list.html"

    def get_urls(self):
        name = f"{self.opts.app_label}_{self.opts.model_name}_deleted"
        view = require_http_methods(["GET", "HEAD", "POST"])(self.deleted_view)
        return [
            path("geloescht/", self.admin_site.admin_view(view), name=name),
            *super().get_urls(),
        ]

    @property
    def change_page(self):
        return f"admin:{self.opts.app_label}_{self.opts.model_name}_change"

    def may_restore(self, request):
        return self.has_add_permission(request) and self.has_change_permission(request)

    def changelist_view(self, request, extra_context=None):
        extra = {"may_restore": self.may_restore(request), **(extra_context or {})}
        return super().changelist_view(request, extra)

    def deleted_view(self, request):
        if not self.may_restore(request):
            raise PermissionDenied
        if request.method == "POST":
            return self.restored(request)
        page = Paginator(deleted(self.model).select_related("history_user"), PAGE_SIZE)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Gelöscht: %(name)s") % {"name": self.opts.verbose_name_plural},
            "page": page.get_page(request.GET.get("seite")),
            "opts": self.opts,
        }
        for record in context["page"]:
            record.name = name_of_removed(record)
        return render(request, "admin/deleted.html", context)

    def restored(self, request):
        key = request.POST.get("restore", "")
        try:
            with transaction.atomic():
                # Two who restore the same wait for each other; the second one finds it restored.
                locked = self.model.history.select_for_update().filter(history_id=int(key)).first()
                record = locked and deleted(self.model).filter(pk=locked.pk).first()
                if record is None:
                    return self.not_restored(request, locked)
                obj, missing = restore(record)
                self.log_addition(request, obj, _("Wiederhergestellt."))
        except (ValueError, OverflowError):
            raise Http404 from None
        except ThereAgain as again:
            self.tell_there_again(request, *again.args)
            return redirect(request.path)
        except ValidationError as error:
            messages.error(request, _("Nicht wiederhergestellt: %s") % " ".join(error.messages))
            return redirect(request.path)
        self.tell_restored(request, obj, missing)
        return redirect(self.change_page, obj.pk)

    def not_restored(self, request, record):
        """Answer a second click with what the first one brought back."""
        key = record and getattr(record, self.opts.pk.attname)
        if not self.model._base_manager.filter(pk=key).exists():
            raise Http404
        messages.warning(request, _("Das ist schon wiederhergestellt."))
        return redirect(self.change_page, key)

    def tell_there_again(self, request, obj):
        text = _("Nicht wiederhergestellt: {kind} {name} gibt es schon wieder.")
        name = format_html('„<a href="{}">{}</a>“', reverse(self.change_page, args=[obj.pk]), obj)
        messages.error(request, format_html(text, kind=self.opts.verbose_name, name=name))

    def tell_restored(self, request, obj, missing):
        text = _("„%(name)s“ ist wiederhergestellt.")
        if hasattr(obj, "published"):
            text = _("„%(name)s“ ist wiederhergestellt, aber noch nicht veröffentlicht.")
        messages.success(request, text % {"name": obj})
        if missing:
            messages.warning(request, _("Das fehlt noch: %s.") % "; ".join(missing))
