"""The lines that the console gives for django-allauth, as they are pasted below the settings of its own quick start.

Steered by tests/js/snippets.test.mjs: `pasted_allauth.py <file with the lines> <redirect URI>`. It prints where the browser is sent, reads
the URL that it came back with, and prints what it knows of the person.
"""

import json
import sys
from pathlib import Path
from urllib.parse import urlsplit

import django
from django.conf import settings
from django.core.management import call_command
from django.urls import include, path

PASTED, REDIRECT_URI = sys.argv[1:3]
callback = urlsplit(REDIRECT_URI)

project = {
    "SECRET_KEY": "of-one-test-run-alone",
    "ALLOWED_HOSTS": ["*"],
    "ROOT_URLCONF": __name__,
    "USE_TZ": True,
    "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
    "DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    "INSTALLED_APPS": [
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.messages",
        "django.contrib.sessions",
        "allauth",
        "allauth.account",
        "allauth.socialaccount",
    ],
    "MIDDLEWARE": [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "allauth.account.middleware.AccountMiddleware",
    ],
    "TEMPLATES": [
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    "AUTHENTICATION_BACKENDS": ["allauth.account.auth_backends.AuthenticationBackend"],
    "ACCOUNT_EMAIL_VERIFICATION": "none",
    "EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend",
    "LOGIN_REDIRECT_URL": "/signed-in",
}
exec(compile(Path(PASTED).read_text(), "settings.py", "exec"), project)
settings.configure(**{name: value for name, value in project.items() if name.isupper()})
django.setup()
urlpatterns = [path("accounts/", include("allauth.urls"))]
call_command("migrate", verbosity=0)

from django.contrib.auth import get_user  # noqa: E402: Django wants to be set up first
from django.test import Client  # noqa: E402

browser = Client(headers={"host": callback.netloc})
sent = browser.post("/accounts/oidc/chabi/login/")
assert sent.status_code == 302, sent.content.decode()
print(sent["location"], flush=True)
came_back = urlsplit(sys.stdin.readline().strip())
answer = browser.get(f"{came_back.path}?{came_back.query}")
assert (answer.status_code, answer.headers.get("location")) == (302, "/signed-in"), answer.content.decode()
person = get_user(browser)
known = person.socialaccount_set.get()
print(json.dumps({"email": person.email, "sub": known.uid, "provider": known.provider}), flush=True)
