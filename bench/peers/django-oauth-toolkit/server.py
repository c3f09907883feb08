"""django-oauth-toolkit, as `cargo xtask bench --peers` measures it: a whole Django project in one file.

A fixture for measuring, not an example of a server to run: `/bench/codes` gives codes to whoever asks, without a person, and the
secrets are known. It listens on loopback alone.

    python server.py FOLDER       makes the database FOLDER/db.sqlite3, with applications and a person
    gunicorn server:application   with BENCH_FOLDER=FOLDER; one worker of four threads, connections kept open

Tokens are opaque, as by default; ID tokens RS256, the only asymmetric algorithm it has; PKCE is required; refresh tokens rotate and their
reuse revokes the family. Client secrets are kept UNHASHED: its default, a password hash, would cost each token request half a second.
SQLite as by Django's advice for servers: WAL, and transactions that begin by taking the write lock. `synchronous` stays FULL.
"""

import os
import sys
from datetime import timedelta
from pathlib import Path

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import include, path

FOLDER = Path(sys.argv[1] if __name__ == "__main__" else os.environ["BENCH_FOLDER"])
KEY = FOLDER / "id-token-key.pem"
REDIRECT_URI = "http://localhost:9/callback"
# RFC 7636 appendix B
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
MOST_CODES = 20_000

if not KEY.exists():
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    KEY.write_bytes(
        made.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )

settings.configure(
    SECRET_KEY="known to the bench, and used for nothing else",
    ALLOWED_HOSTS=["localhost", "127.0.0.1"],
    ROOT_URLCONF="server",
    DEBUG=False,
    USE_TZ=True,
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "oauth2_provider"],
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": FOLDER / "db.sqlite3",
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "timeout": 30,
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL",
            },
        }
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    LOGGING_CONFIG=None,
    OAUTH2_PROVIDER={
        "OIDC_ENABLED": True,
        "OIDC_RSA_PRIVATE_KEY": KEY.read_text(),
        "PKCE_REQUIRED": True,
        "ROTATE_REFRESH_TOKEN": True,
        "REFRESH_TOKEN_REUSE_PROTECTION": True,
        "ACCESS_TOKEN_EXPIRE_SECONDS": 300,
        "SCOPES": {
            name: name
            for name in ("openid", "profile", "email", "notes:read", "offline_access")
        },
    },
)

django.setup()


def codes(request):
    """Codes, one a line, as the authorization endpoint would have given them after a person signed in and consented."""
    from django.contrib.auth import get_user_model
    from django.utils import timezone
    from oauth2_provider.generators import generate_client_id
    from oauth2_provider.models import get_application_model, get_grant_model

    application = get_application_model().objects.get(client_id=request.GET["client"])
    person = get_user_model().objects.get(username="ada")
    grant = get_grant_model()
    made = [
        grant(
            user=person,
            code=generate_client_id(),
            application=application,
            expires=timezone.now() + timedelta(seconds=120),
            redirect_uri=REDIRECT_URI,
            scope=request.GET["scope"],
            code_challenge=CHALLENGE,
            code_challenge_method="S256",
        )
        for _ in range(min(int(request.GET["count"]), MOST_CODES))
    ]
    grant.objects.bulk_create(made)
    return HttpResponse("\n".join(one.code for one in made), content_type="text/plain")


urlpatterns = [path("bench/codes", codes), path("o/", include("oauth2_provider.urls", namespace="oauth2_provider"))]


def make():
    """The database, with what the bench asks for."""
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from oauth2_provider.models import get_application_model

    call_command("migrate", verbosity=0)
    person = get_user_model().objects.create_user("ada", "ada@example.test", first_name="Ada")
    of_one = get_application_model()
    for name, grant in (("machine", of_one.GRANT_CLIENT_CREDENTIALS), ("web", of_one.GRANT_AUTHORIZATION_CODE)):
        of_one.objects.create(
            name=name,
            client_id=name,
            client_secret=f"{name}-secret-that-is-long-and-known-to-the-bench",
            hash_client_secret=False,
            client_type=of_one.CLIENT_CONFIDENTIAL,
            authorization_grant_type=grant,
            redirect_uris=REDIRECT_URI if name == "web" else "",
            algorithm=of_one.RS256_ALGORITHM,
            skip_authorization=True,
            user=person,
        )


if __name__ == "__main__":
    make()
else:
    application = get_wsgi_application()
