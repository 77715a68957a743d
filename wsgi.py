"""The WSGI application, for a server of your own: `gunicorn wsgi:app`."""

from config import settings
from exchange.app import create_app

app = create_app(settings)
