"""The WSGI application, which the web server calls: python -m front backfuture.wsgi."""

import os

from django.core.wsgi import get_wsgi_application

from backfuture.hiding import hide_tokens
from backfuture.logs import tell_of_threads

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backfuture.settings")
application = get_wsgi_application()

from backfuture import checks  # noqa: E402 - it wants the applications

checks.refuse_unsafe()
tell_of_threads()
# The first names an address when a client hangs up on its answer, the others when they refuse one.
hide_tokens("waitress", "django.request", "django.security.csrf")
