"""django-allauth's own identity provider, which we did not write, as an OpenID provider that Chabi signs people in by.

Steered by tests/js/upstreams.test.mjs: `allauth_idp.py <port> <folder> <callback>`. The folder holds `certificate.pem` and `key.pem`; the
database goes there, too. The line `ready` says that it listens. One person: `mitali`, password `seven quiet herons over the delta`.
"""

import ssl
import sys
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import django
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.conf import settings
from django.core.management import call_command
from django.urls import include, path

PORT, FOLDER, CALLBACK = int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]


def signing_key():
    """A new one at every start."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


settings.configure(
    SECRET_KEY="of-one-test-run-alone",
    ALLOWED_HOSTS=["localhost"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": FOLDER / "allauth.db"}},
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.messages",
        "django.contrib.sessions",
        "allauth",
        "allauth.account",
        "allauth.idp.oidc",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "allauth.account.middleware.AccountMiddleware",
    ],
    TEMPLATES=[
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
    AUTHENTICATION_BACKENDS=["allauth.account.auth_backends.AuthenticationBackend"],
    ACCOUNT_EMAIL_VERIFICATION="none",
    EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
    IDP_OIDC_PRIVATE_KEY=signing_key(),
)
django.setup()
urlpatterns = [
    path("accounts/", include("allauth.account.urls")),
    path("", include("allauth.idp.urls")),
]
call_command("migrate", verbosity=0)

from allauth.account.models import EmailAddress  # noqa: E402: Django wants to be set up first
from allauth.idp.oidc.models import Client  # noqa: E402
from django.contrib.auth import get_user_model  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402

mitali = get_user_model().objects.create_user(
    "mitali", "mitali@judge.example.test", "seven quiet herons over the delta", first_name="Mitali", last_name="Sen"
)
EmailAddress.objects.create(user=mitali, email=mitali.email, verified=True, primary=True)
chabi = Client(id="chabi", name="Chabi", scopes="openid\nprofile\nemail", redirect_uris=CALLBACK)
chabi.set_secret("a secret: between+two & test-processes")
chabi.save()


class Server(ThreadingMixIn, WSGIServer):
    """One thread a connection: a browser keeps some open."""

    daemon_threads = True


class Handler(WSGIRequestHandler):
    """In silence."""

    def log_message(self, *_arguments):
        pass

    def get_environ(self):
        return super().get_environ() | {"wsgi.url_scheme": "https", "HTTPS": "on"}


server = make_server("127.0.0.1", PORT, get_wsgi_application(), Server, Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(FOLDER / "certificate.pem", FOLDER / "key.pem")
# each connection's own thread shakes hands: a browser opens some that it says nothing on
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
print("ready", flush=True)
server.serve_forever()
