// The fakes are real servers: `openid-client` signs in at the fake Google, Apple and Microsoft, and `jose` checks their ID tokens. Neither is
// ours. Nor is what asks the fake GitHub: `fetch`.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import * as jose from 'jose';
import * as client from 'openid-client';

import { freshContext, launch } from './lib/browser.mjs';
import { repository, startDev } from './lib/chabi.mjs';

let chabi;
let browser;
let config;
let callback;

before(async () => {
  chabi = await startDev();
  browser = await launch();
  const fixtures = await readFile(join(repository, 'crates/dev/src/fixtures.rs'), 'utf8');
  const constant = (name) => fixtures.match(new RegExp(`const ${name}: &str = "([^"]+)"`))[1];
  callback = `${chabi.url}${constant('GOOGLE_CALLBACK')}`;
  config = await client.discovery(
    new URL(`${chabi.url}/dev/idp/google`),
    constant('GOOGLE_CLIENT_ID'),
    undefined,
    client.ClientSecretPost(constant('GOOGLE_CLIENT_SECRET')),
    { execute: [client.allowInsecureRequests] },
  );
});
after(async () => {
  await browser?.close();
  await chabi?.stop();
});

/** Picks a persona, and gives the URL that the browser would have gone back to. */
async function pick(persona, parameters) {
  const context = await freshContext(browser);
  try {
    const page = await context.newPage();
    await page.route(`${callback}*`, (route) => route.abort());
    await page.goto(client.buildAuthorizationUrl(config, { redirect_uri: callback, scope: 'openid email profile', ...parameters }).href);
    const back = page.waitForRequest((request) => request.url().startsWith(callback));
    await page.click(`#persona-${persona}`);
    return new URL((await back).url());
  } finally {
    await context.close();
  }
}

async function redeem(persona, extra = {}) {
  const verifier = client.randomPKCECodeVerifier();
  const nonce = client.randomNonce();
  const state = client.randomState();
  const back = await pick(persona, {
    state,
    nonce,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...extra,
  });
  const tokens = await client.authorizationCodeGrant(config, back, {
    pkceCodeVerifier: verifier,
    expectedNonce: nonce,
    expectedState: state,
    idTokenExpected: true,
  });
  return { tokens, nonce };
}

function check(idToken) {
  const { issuer, jwks_uri: keys } = config.serverMetadata();
  return jose.jwtVerify(idToken, jose.createRemoteJWKSet(new URL(keys)), {
    issuer,
    audience: config.clientMetadata().client_id,
    algorithms: ['RS256'],
  });
}

test("the fake Google's ID token is taken by jose, with hd, email_verified and the nonce", async () => {
  const { tokens, nonce } = await redeem('workspace', { access_type: 'offline', prompt: 'consent' });
  const { payload } = await check(tokens.id_token);
  assert.equal(payload.nonce, nonce);
  assert.equal(payload.email_verified, true);
  assert.ok(payload.hd);
  assert.ok(payload.sub);
  assert.ok(tokens.refresh_token, 'access_type=offline gives a refresh token');
  const person = await client.fetchUserInfo(config, tokens.access_token, payload.sub);
  assert.equal(person.email, payload.email);
});

test('without access_type=offline the fake Google gives no refresh token', async () => {
  const { tokens } = await redeem('fresh');
  assert.equal(tokens.refresh_token, undefined);
});

test('jose refuses the ID token of the persona "wrong signature", and openid-client the one with a wrong nonce', async () => {
  const { tokens } = await redeem('wrong-signature');
  await assert.rejects(check(tokens.id_token), { code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' });
  await assert.rejects(redeem('wrong-nonce'), (error) => /nonce/.test(error.cause?.message));
});

/** A fake as its JSON shows it: our registration there. */
async function registration(provider) {
  const listed = await (await fetch(`${chabi.url}/dev/providers.json`)).json();
  const { client_id: id, client_secret: secret, redirect_uris: uris } = listed[provider].registration;
  return { id, secret, callback: uris[0] };
}

/** What the fake gives for a persona by HTTP alone: the parameters of its answer, by redirect or in the form that posts itself. */
async function answerOf(url, persona) {
  const { origin, pathname, searchParams } = new URL(url);
  searchParams.set('persona', persona);
  const answer = await fetch(`${origin}${pathname}`, { method: 'POST', body: searchParams, redirect: 'manual' });
  const location = answer.headers.get('location');
  if (location) return new URL(location).searchParams;
  const html = (await answer.text()).replaceAll('&quot;', '"').replaceAll('&#x2f;', '/');
  const fields = [...html.matchAll(/<input type="hidden" name="([^"]+)" value="(.*)">/g)];
  return new URLSearchParams(fields.map(([, name, value]) => [name, value]));
}

/** The whole way with `openid-client`; gives the claims that `jose` verified, and what else came. */
async function signInAt(issuer, app, authentication, { persona, scope, extra = {}, expectedIssuer, algorithm = 'RS256' }) {
  const discovered = await client.discovery(new URL(issuer), app.id, undefined, authentication, { execute: [client.allowInsecureRequests] });
  const verifier = client.randomPKCECodeVerifier();
  const nonce = client.randomNonce();
  const challenge = await client.calculatePKCECodeChallenge(verifier);
  const asked = { redirect_uri: app.callback, scope, state: 's', nonce, code_challenge: challenge, code_challenge_method: 'S256', ...extra };
  const answer = await answerOf(client.buildAuthorizationUrl(discovered, asked), persona);
  assert.equal(answer.get('state'), 's');
  const { token_endpoint: endpoint, jwks_uri: keys } = discovered.serverMetadata();
  const body = new URLSearchParams({ grant_type: 'authorization_code', code: answer.get('code'), redirect_uri: app.callback, code_verifier: verifier });
  authentication(discovered.serverMetadata(), { client_id: app.id }, body, new Headers());
  const tokens = await (await fetch(endpoint, { method: 'POST', body })).json();
  const { payload } = await jose.jwtVerify(tokens.id_token, jose.createRemoteJWKSet(new URL(keys)), {
    issuer: expectedIssuer ?? issuer,
    audience: app.id,
    algorithms: [algorithm],
  });
  assert.equal(payload.nonce, nonce);
  return { payload, tokens, answer };
}

/** A client secret as Apple wants it, signed by `jose` with the downloaded key. */
async function appleSecret({ id, secret: p8 }, audience = 'https://appleid.apple.com') {
  return new jose.SignJWT()
    .setProtectedHeader({ alg: 'ES256', kid: 'DEVKEY0001' })
    .setIssuer('CHABIDEV01')
    .setSubject(id)
    .setAudience(audience)
    .setIssuedAt()
    .setExpirationTime('5m')
    .sign(await jose.importPKCS8(p8, 'ES256'));
}

test("the fake Apple takes a secret that jose signed, posts the name once, and jose takes its ID token", async () => {
  const app = await registration('apple');
  const ask = async () =>
    signInAt(`${chabi.url}/dev/idp/apple`, app, client.ClientSecretPost(await appleSecret(app)), {
      persona: 'new',
      scope: 'openid name email',
      extra: { response_mode: 'form_post' },
    });
  const first = await ask();
  assert.deepEqual(JSON.parse(first.answer.get('user')).name, { firstName: 'Amina', lastName: 'Newcomer' });
  assert.equal(first.payload.email_verified, 'true');
  assert.equal(first.payload.name, undefined);
  assert.equal((await ask()).answer.get('user'), null);
});

test('the fake Apple refuses a secret for somebody else, and one of another key', async () => {
  const app = await registration('apple');
  const { privateKey } = await jose.generateKeyPair('ES256', { extractable: true });
  const stranger = await appleSecret({ ...app, secret: await jose.exportPKCS8(privateKey) });
  for (const secret of [await appleSecret(app, chabi.url), stranger, 'no token']) {
    const body = new URLSearchParams({ grant_type: 'authorization_code', code: 'c', client_id: app.id, client_secret: secret });
    const answer = await fetch(`${chabi.url}/dev/idp/apple/auth/token`, { method: 'POST', body });
    assert.deepEqual([answer.status, await answer.json()], [400, { error: 'invalid_client' }]);
  }
});

test("the fake Microsoft's ID token is of the person's own tenant, and jose takes it by that issuer alone", async () => {
  const app = await registration('microsoft');
  const place = `${chabi.url}/dev/idp/microsoft`;
  const tenant = 'aaaabbbb-0000-cccc-1111-dddd2222eeee';
  const { payload } = await signInAt(`${place}/${tenant}/v2.0`, app, client.ClientSecretPost(app.secret), { persona: 'work', scope: 'openid profile email' });
  assert.equal(payload.tid, tenant);
  assert.equal(payload.email_verified, undefined);
  assert.ok(payload.oid);
  // the personal account came by the page of the tenant, and is of another
  const personal = signInAt(`${place}/${tenant}/v2.0`, app, client.ClientSecretPost(app.secret), { persona: 'personal', scope: 'openid profile email' });
  await assert.rejects(personal, { code: 'ERR_JWT_CLAIM_VALIDATION_FAILED', claim: 'iss' });
  const common = await (await fetch(`${place}/common/v2.0/.well-known/openid-configuration`)).json();
  assert.equal(common.issuer, `${place}/{tenantid}/v2.0`);
});

test('the fake GitHub answers with a form and status 200, and tells nothing to a program without a name', async () => {
  const app = await registration('github');
  const place = `${chabi.url}/dev/idp/github`;
  const query = new URLSearchParams({ client_id: app.id, redirect_uri: app.callback, scope: 'user:email', state: 's' });
  const code = (await answerOf(`${place}/login/oauth/authorize?${query}`, 'secondary')).get('code');
  const redeem = (secret, headers = {}) =>
    fetch(`${place}/login/oauth/access_token`, { method: 'POST', headers, body: new URLSearchParams({ client_id: app.id, client_secret: secret, code }) });
  const wrong = await redeem('wrong', { accept: 'application/json' });
  assert.deepEqual([wrong.status, (await wrong.json()).error], [200, 'incorrect_client_credentials']);
  const token = new URLSearchParams(await (await redeem(app.secret)).text()).get('access_token');
  const ask = (agent) => fetch(`${place}/api/v3/user/emails`, { headers: { authorization: `Bearer ${token}`, 'user-agent': agent } });
  assert.equal((await ask('')).status, 403);
  const emails = await (await ask('a test')).json();
  assert.deepEqual(emails.filter((email) => email.primary).map((email) => email.email), ['sadia@example.test']);
});
