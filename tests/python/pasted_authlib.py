"""The lines that the console gives for Authlib, as they are pasted, in the smallest application that they fit in.

Steered by tests/js/snippets.test.mjs: `pasted_authlib.py <file with the lines> <redirect URI>`. It prints where the browser is sent, reads
the URL that it came back with, and prints the claims.
"""

import json
import runpy
import sys
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

PASTED, REDIRECT_URI = sys.argv[1:3]
pasted = runpy.run_path(PASTED)
callback = urlsplit(REDIRECT_URI)


async def signed_in(request):
    return JSONResponse(await pasted["signed_in"](request))


application = Starlette(
    routes=[Route("/sign-in", pasted["sign_in"]), Route(callback.path, signed_in)],
    middleware=[Middleware(SessionMiddleware, secret_key="of-one-test-run-alone")],
)
browser = TestClient(application, base_url=f"{callback.scheme}://{callback.netloc}", follow_redirects=False)
sent = browser.get("/sign-in")
assert sent.status_code == 302, sent.text
print(sent.headers["location"], flush=True)
answer = browser.get(sys.stdin.readline().strip())
assert answer.status_code == 200, answer.text
print(json.dumps(answer.json()), flush=True)
