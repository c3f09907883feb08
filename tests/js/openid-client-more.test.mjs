// `openid-client`, which we did not write, and what of OAuth 2 lies beyond the first sign-in: pushed requests, proof of possession,
// keys in place of secrets, devices, exchange, introspection, registration, sign-out.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';

import * as jose from 'jose';
import * as client from 'openid-client';

import { freePort, startDev } from './lib/chabi.mjs';
import { Person } from './lib/person.mjs';
import { ada } from './lib/steps.mjs';

const redirectUri = 'http://127.0.0.1:9/callback';
const insecure = { execute: [client.allowInsecureRequests] };

let chabi;
let keyPair;
let logout;

before(async () => {
  keyPair = await jose.generateKeyPair('ES256', { extractable: true });
  const jwk = { ...(await jose.exportJWK(keyPair.publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' };
  logout = await listenForLogout();
  chabi = await startDev({
    mayCall: [new URL(logout.url).host],
    seed: (url) => `
[[apis]]
audience = "${url}/orders"
name = "Orders"
scope = "orders:read orders:write"

[[apis]]
audience = "${url}/stock"
name = "Stock"
scope = "stock:read"

[[applications]]
client_id = "web"
client_secret = "a-secret-of-these-tests-0000000000000001"
redirect_uris = ["${redirectUri}"]
post_logout_redirect_uris = ["http://127.0.0.1:9/bye"]
backchannel_logout_uri = "${logout.url}"
kind = "native"
audience = "${url}/orders"
scope = "openid profile email offline_access orders:read orders:write"

[[applications]]
client_id = "keyed"
token_endpoint_auth_method = "private_key_jwt"
grant_types = ["client_credentials"]
audience = "${url}/stock"
scope = "stock:read"
[applications.jwks]
keys = [${toml(jwk)}]

[[applications]]
client_id = "bound"
kind = "native"
redirect_uris = ["${redirectUri}"]
require_pushed_authorization_requests = true
dpop_bound_access_tokens = true
audience = "${url}/orders"
scope = "openid email orders:read"

[[applications]]
client_id = "television"
kind = "native"
grant_types = ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"]
audience = "${url}/orders"
scope = "openid offline_access orders:read"

[[applications]]
client_id = "orders-api"
client_secret = "a-secret-of-these-tests-0000000000000002"
grant_types = ["urn:ietf:params:oauth:grant-type:token-exchange"]
audience = "${url}/orders"
scope = "stock:read"
[applications.exchange]
subjects_of = ["web"]
own_audiences = ["${url}/orders"]
audiences = ["${url}/stock"]
scope = "stock:read"
`,
  });
});
after(async () => {
  await chabi?.stop();
  logout?.server.close();
});

function toml(object) {
  return `{ ${Object.entries(object)
    .map(([name, value]) => `${name} = ${JSON.stringify(value)}`)
    .join(', ')} }`;
}

/** An application's end of back-channel logout. */
async function listenForLogout() {
  const tokens = [];
  const waiting = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      response.end();
      const token = new URLSearchParams(body).get('logout_token');
      if (waiting.length) waiting.shift()(token);
      else tokens.push(token);
    });
  });
  const port = await freePort();
  await new Promise((fulfil) => server.listen(port, '127.0.0.1', fulfil));
  const next = () => (tokens.length ? Promise.resolve(tokens.shift()) : new Promise((fulfil) => waiting.push(fulfil)));
  return { url: `http://127.0.0.1:${port}/logout`, server, next };
}

function discover(id, authentication) {
  return client.discovery(new URL(chabi.url), id, undefined, authentication, insecure);
}

async function signIn(config, parameters, { handle, pushed, person = new Person(chabi) } = {}) {
  const verifier = client.randomPKCECodeVerifier();
  const all = {
    redirect_uri: redirectUri,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state: 'a state',
    ...parameters,
  };
  const url = pushed ? await client.buildAuthorizationUrlWithPAR(config, all, { DPoP: handle }) : client.buildAuthorizationUrl(config, all);
  const cameBack = new URL(await person.answerTo(url.href, redirectUri, ada));
  const checks = { pkceCodeVerifier: verifier, expectedState: 'a state', idTokenExpected: true };
  return { url, tokens: await client.authorizationCodeGrant(config, cameBack, checks, undefined, { DPoP: handle }) };
}

function claims(token) {
  return jose.decodeJwt(token);
}

test('a pushed request shows nothing in the URL, and tokens bound to a key are good with that key alone', async () => {
  const config = await discover('bound', client.None());
  const handle = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'));
  const { url, tokens } = await signIn(config, { scope: 'openid email orders:read' }, { handle, pushed: true });
  assert.deepEqual([...url.searchParams.keys()].sort(), ['client_id', 'request_uri']);
  assert.equal(tokens.token_type, 'dpop');
  assert.ok(claims(tokens.access_token).cnf.jkt);
  const person = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub, { DPoP: handle });
  assert.equal(person.email, ada);
  const asBearer = await fetch(`${chabi.url}/oauth2/userinfo`, { headers: { authorization: `Bearer ${tokens.access_token}` } });
  assert.equal(asBearer.status, 401);
  const stranger = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'));
  await assert.rejects(client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP: stranger }), { error: /invalid_grant|invalid_dpop_proof/ });
  const again = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP: handle });
  assert.equal(claims(again.access_token).cnf.jkt, claims(tokens.access_token).cnf.jkt);
});

test('a request that was not pushed is refused where it must be', async () => {
  const config = await discover('bound', client.None());
  const url = client.buildAuthorizationUrl(config, { redirect_uri: redirectUri, scope: 'openid', code_challenge: 'x'.repeat(43), code_challenge_method: 'S256' });
  const answer = await fetch(url, { redirect: 'manual' });
  const location = answer.headers.get('location') ?? '';
  assert.ok(answer.status === 400 || location.includes('error=invalid_request'), `${answer.status} ${location}`);
});

test('an application proves who it is by a key, and another key is refused', async () => {
  const config = await discover('keyed', client.PrivateKeyJwt({ key: keyPair.privateKey, kid: 'k1' }));
  const tokens = await client.clientCredentialsGrant(config, { scope: 'stock:read' });
  assert.equal(claims(tokens.access_token).sub, 'keyed');
  const { privateKey } = await jose.generateKeyPair('ES256');
  const thief = await discover('keyed', client.PrivateKeyJwt({ key: privateKey, kid: 'k1' }));
  await assert.rejects(client.clientCredentialsGrant(thief, {}), { error: 'invalid_client' });
});

test('a device shows a code, a person connects it, and it has tokens', { timeout: 60_000 }, async () => {
  const config = await discover('television', client.None());
  const begun = await client.initiateDeviceAuthorization(config, { scope: 'openid offline_access orders:read' });
  assert.match(begun.user_code, /^[A-Z]{4}-[A-Z]{4}$/);
  const person = new Person(chabi);
  await connectDevice(person, begun.verification_uri_complete, begun.user_code);
  const tokens = await client.pollDeviceAuthorizationGrant(config, { ...begun, interval: 0.1 });
  assert.ok(tokens.refresh_token && tokens.id_token);
  await assert.rejects(client.pollDeviceAuthorizationGrant(config, { ...begun, interval: 0.1 }), { error: 'invalid_grant' });
});

async function connectDevice(person, url, code) {
  let step = await person.follow(url);
  for (let pages = 0; pages < 4; pages++) {
    const html = await step.answer.text();
    if (html.includes('id="login-submit"')) {
      step = await person.submit(html, step.url, 'login-submit', { username: ada, password: chabi.password(ada) });
    } else if (html.includes('id="device-allow"')) {
      step = await person.submit(html, step.url, 'device-allow', { decision: 'allow' });
    } else if (html.includes('name="code"')) {
      step = await person.submit(html, step.url, 'name="code"', { code });
    } else {
      assert.match(step.url, /\/device\/done\?allowed=1$/, html);
      return;
    }
  }
  throw new Error(`the device was not connected: ended at ${step.url}`);
}

test('an API exchanges the token of a person for one of the next API, which tells who acts', async () => {
  const web = await discover('web', client.ClientSecretBasic('a-secret-of-these-tests-0000000000000001'));
  const { tokens } = await signIn(web, { scope: 'openid orders:read' });
  const api = await discover('orders-api', client.ClientSecretBasic('a-secret-of-these-tests-0000000000000002'));
  const exchanged = await client.genericGrantRequest(api, 'urn:ietf:params:oauth:grant-type:token-exchange', {
    subject_token: tokens.access_token,
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    audience: `${chabi.url}/stock`,
    scope: 'stock:read',
  });
  const { sub, aud, act } = claims(exchanged.access_token);
  assert.deepEqual([sub, aud, act.sub], [claims(tokens.access_token).sub, `${chabi.url}/stock`, 'orders-api']);
  await client.tokenRevocation(web, tokens.refresh_token);
  const standing = await client.tokenIntrospection(api, exchanged.access_token);
  assert.equal(standing.active, false, 'what came of a grant ends with it');
});

test('introspection answers the API that a token is for', async () => {
  const web = await discover('web', client.ClientSecretPost('a-secret-of-these-tests-0000000000000001'));
  const { tokens } = await signIn(web, { scope: 'openid orders:read' });
  assert.equal((await client.tokenIntrospection(web, tokens.access_token)).active, true);
  assert.equal((await client.tokenIntrospection(web, tokens.id_token)).active, false);
});

test('signing out ends the session, comes back to the application, and tells it by the back channel', { timeout: 60_000 }, async () => {
  const web = await discover('web', client.ClientSecretBasic('a-secret-of-these-tests-0000000000000001'));
  const person = new Person(chabi);
  const { tokens } = await signIn(web, { scope: 'openid' }, { person });
  const url = client.buildEndSessionUrl(web, { id_token_hint: tokens.id_token, post_logout_redirect_uri: 'http://127.0.0.1:9/bye', state: 'bye' });
  let step = await person.follow(url.href, 'http://127.0.0.1:9/bye');
  if (!step.url.startsWith('http://127.0.0.1:9/bye')) {
    step = await person.submit(await step.answer.text(), step.url, 'logout-confirm', { decision: 'sign_out' }, 'http://127.0.0.1:9/bye');
  }
  assert.equal(step.url, 'http://127.0.0.1:9/bye?state=bye');
  const keys = jose.createRemoteJWKSet(new URL(`${chabi.url}/oauth2/jwks`));
  const { payload } = await jose.jwtVerify(await logout.next(), keys, { issuer: chabi.url, audience: 'web', typ: 'logout+jwt' });
  assert.deepEqual(payload.events, { 'http://schemas.openid.net/event/backchannel-logout': {} });
  assert.equal(payload.sid, tokens.claims().sid);
  await assert.rejects(client.refreshTokenGrant(web, tokens.refresh_token), { error: 'invalid_grant' });
});
