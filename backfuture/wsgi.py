"""The WSGI application for gunicorn."""

import os

from django.core.wsgi import get_wsgi_application

from backfuture.logs import tell_of_threads

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backfuture.settings")
application = get_wsgi_application()
tell_of_threads()
