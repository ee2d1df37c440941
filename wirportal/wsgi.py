import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wirportal.settings")

application = django = get_wsgi_application()

from django.conf import settings  # noqa: E402  settings are there now

from .requests import only_well_formed  # noqa: E402

if not settings.DEBUG:  # with DEBUG, a changed template shows at once
    from .pagestore import PageStore
    from .visits import Visits

    visits = Visits()
    application = PageStore(django, visits)

application = only_well_formed(application, django)
