"""Authlib, which we did not write, as an application and as an API of a running Chabi.

Steered by tests/js/authlib.test.mjs, which plays the person: it reads the authorization URL from the first line, sends the browser
there, and writes the URL that came back. The last line is `done`.
"""

import os
import sys

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc6749.errors import OAuth2Error
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
from joserfc import jwt
from joserfc.jwk import KeySet

ISSUER, CLIENT_ID, REDIRECT_URI, AUDIENCE = sys.argv[1:5]


def keys():
    """What Chabi signs with."""
    return KeySet.import_key_set(requests.get(METADATA["jwks_uri"], timeout=10).json())


class Api(JWTBearerTokenValidator):
    """An API that takes tokens for AUDIENCE."""

    def get_jwks(self):
        return keys()


METADATA = requests.get(f"{ISSUER}/.well-known/openid-configuration", timeout=10).json()
assert METADATA["issuer"] == ISSUER

session = OAuth2Session(
    CLIENT_ID,
    scope="openid profile email notes:read",
    redirect_uri=REDIRECT_URI,
    code_challenge_method="S256",
    token_endpoint_auth_method="none",
)
verifier, nonce = generate_token(48), generate_token(16)
url, state = session.create_authorization_url(METADATA["authorization_endpoint"], code_verifier=verifier, nonce=nonce)
print(url, flush=True)
came_back = sys.stdin.readline().strip()

tokens = session.fetch_token(METADATA["token_endpoint"], authorization_response=came_back, code_verifier=verifier)
claims = jwt.decode(tokens["id_token"], keys(), algorithms=["RS256"]).claims
jwt.JWTClaimsRegistry(
    iss={"essential": True, "value": ISSUER},
    aud={"essential": True, "value": CLIENT_ID},
    nonce={"essential": True, "value": nonce},
).validate(claims)

person = session.get(METADATA["userinfo_endpoint"], timeout=10).json()
assert person["sub"] == claims["sub"], person

api = Api(issuer=ISSUER, resource_server=AUDIENCE)
verified = api.authenticate_token(tokens["access_token"])
api.validate_token(verified, ["notes:read"], None)
assert verified["sub"] == claims["sub"] and verified["client_id"] == CLIENT_ID
try:
    other = Api(issuer=ISSUER, resource_server="https://another.example/")
    other.validate_token(other.authenticate_token(tokens["access_token"]), [], None)
    sys.exit("a token for one API was taken by another")
except OAuth2Error:
    pass

refreshed = session.refresh_token(METADATA["token_endpoint"], refresh_token=tokens["refresh_token"])
assert refreshed["refresh_token"] != tokens["refresh_token"]
session.revoke_token(METADATA["revocation_endpoint"], token=refreshed["refresh_token"], token_type_hint="refresh_token")
try:
    session.refresh_token(METADATA["token_endpoint"], refresh_token=refreshed["refresh_token"])
    sys.exit("a revoked refresh token was good")
except OAuthError as refused:
    assert refused.error == "invalid_grant", refused
print("done", flush=True)
