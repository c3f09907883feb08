// The plans of the OpenID conformance suite, over real TLS, as docs/how-to/run-the-conformance-suite.md starts the server: one test a module,
// under the suite's name. Any member that the suite does not know fails here, as it would be a warning there.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as passes } from 'node:timers/promises';

import * as jose from 'jose';

import { repository, startDev } from './lib/chabi.mjs';
import { Person } from './lib/person.mjs';
import { makeCertificate } from './lib/tls.mjs';

const alice = { username: 'alice@example.test', password: 'orchard-velvet-compass-52' };
const secret = (number) => `chabi_cs_conformance-only-known-to-everybody-000${number}`;
const one = { client_id: 'conformance-one', client_secret: secret(1) };
const two = { client_id: 'conformance-two', client_secret: secret(2) };
const post = { client_id: 'conformance-post', client_secret: secret(3), token_endpoint_auth_method: 'client_secret_post' };

let folder;
let suite;
let chabi;
let metadata;
let keys;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chabi-conformance-'));
  const tls = await makeCertificate(folder);
  suite = await startSuite(tls);
  const seed = await readFile(join(repository, 'examples/conformance/seed.toml'), 'utf8');
  chabi = await startDev({ tls, mayCall: [new URL(suite.url).host], seed: () => seed.replaceAll('https://localhost.emobix.co.uk:8443', suite.url) });
  metadata = await json(await chabi.fetch(`${chabi.url}/.well-known/openid-configuration`));
  keys = await json(await chabi.fetch(metadata.jwks_uri));
});
after(async () => {
  await chabi?.stop();
  suite?.server.close();
  if (folder) await rm(folder, { recursive: true, force: true });
});

/** The suite's side: documents by path, and what was posted to it. */
async function startSuite(tls) {
  const documents = new Map();
  let told = () => {};
  const options = { key: await readFile(tls.key), cert: await readFile(tls.certificate) };
  const server = createServer(options, async (request, answer) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    if (request.url === '/test/a/chabi/backchannel_logout') {
      answer.writeHead(200).end();
      told(new URLSearchParams(body));
    } else if (documents.has(request.url)) {
      answer.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(documents.get(request.url)));
    } else {
      answer.writeHead(404).end();
    }
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  const url = `https://localhost:${server.address().port}`;
  const base = `${url}/test/a/chabi`;
  return {
    url,
    server,
    base,
    callback: `${base}/callback`,
    publish(name, document) {
      documents.set(`/${name}`, document);
      return `${url}/${name}`;
    },
    nextLogoutToken: () => new Promise((fulfil) => (told = fulfil)),
  };
}

async function json(answer, status = 200) {
  const text = await answer.text();
  assert.equal(answer.status, status, text);
  assert.match(answer.headers.get('content-type') ?? '', /^application\/json/, text);
  return JSON.parse(text);
}

function onlyMembers(object, known) {
  assert.deepEqual(Object.keys(object).filter((name) => !known.split(' ').includes(name)), [], JSON.stringify(object));
}

const person = () => new Person(chabi);

/** Sends the browser to the authorization endpoint, does what pages ask for, and tells how it ended: at the application or at a page of ours. */
async function authorize(who, client, more = {}, options = {}) {
  const wanted = {
    client_id: client.client_id,
    response_type: 'code',
    redirect_uri: suite.callback,
    scope: 'openid',
    state: randomBytes(8).toString('base64url'),
    nonce: randomBytes(8).toString('base64url'),
    ...more,
  };
  const parameters = new URLSearchParams(Object.entries(wanted).filter(([, value]) => value !== undefined));
  const seen = { signIns: 0, consents: 0, pages: [], wanted };
  const begin = options.byPost
    ? [metadata.authorization_endpoint, { method: 'POST', body: parameters, headers: { origin: suite.url, 'sec-fetch-site': 'cross-site' } }]
    : [`${metadata.authorization_endpoint}?${parameters}`];
  let step = await who.follow(begin[0], suite.url, begin[1]);
  while (!step.url.startsWith(suite.url)) {
    const html = await step.answer.text();
    seen.pages.push(html);
    if (html.includes('id="login-submit"')) {
      assert.equal((seen.signIns += 1), 1, 'asked to sign in twice');
      step = await who.submit(html, step.url, 'login-submit', alice, suite.url);
    } else if (html.includes('id="consent-allow"')) {
      assert.equal((seen.consents += 1), 1, 'asked to allow twice');
      step = await who.submit(html, step.url, 'consent-allow', { decision: 'allow' }, suite.url);
    } else if (html.includes('id="form-post"')) {
      return arrived({ ...seen, by: 'form_post', at: html.match(/<form[^>]* action="([^"]*)"/)[1], got: hiddenFields(html) });
    } else {
      return { ...seen, html, status: step.answer.status };
    }
  }
  const url = new URL(step.url);
  assert.equal(url.hash, '');
  return arrived({ ...seen, by: 'query', at: step.url, got: Object.fromEntries(url.searchParams) });
}

function hiddenFields(html) {
  const unescape = (text) => text.replaceAll(/&#x([0-9a-f]+);/g, (_, hex) => String.fromCodePoint(parseInt(hex, 16))).replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
  const pairs = [...html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)].map(([, name, value]) => [name, unescape(value)]);
  return Object.fromEntries(pairs);
}

/** What is checked of every answer. */
function arrived(ended) {
  const { got, wanted } = ended;
  const registered = Object.fromEntries(new URL(wanted.redirect_uri ?? suite.callback).searchParams);
  for (const [name, value] of Object.entries(registered)) assert.equal(got[name], value);
  const added = Object.keys(registered).join(' ');
  if (got.error) {
    onlyMembers(got, `error error_description error_uri state iss session_state ${added}`);
    assert.match(got.error_description, /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
  } else {
    onlyMembers(got, `code state iss session_state ${added}`);
    assert.ok(got.code.length >= 22);
  }
  assert.equal(got.state, wanted.state);
  assert.equal(got.iss, metadata.issuer);
  return ended;
}

function authenticated(client, parameters) {
  const body = new URLSearchParams(parameters);
  const headers = {};
  if (client.assertion) {
    body.set('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
    body.set('client_assertion', client.assertion);
  } else if (client.token_endpoint_auth_method === 'client_secret_post') {
    body.set('client_id', client.client_id);
    body.set('client_secret', client.client_secret);
  } else {
    const form = (text) => new URLSearchParams({ x: text }).toString().slice(2);
    headers.authorization = `Basic ${Buffer.from(`${form(client.client_id)}:${form(client.client_secret)}`).toString('base64')}`;
  }
  return { method: 'POST', body, headers };
}

/** Sends to the token endpoint; checks what holds of every answer, and gives it. */
async function tokenRequest(client, parameters, status = 200) {
  const response = await chabi.fetch(metadata.token_endpoint, authenticated(client, parameters));
  assert.equal(response.headers.get('cache-control'), 'no-store');
  const answer = await json(response, status);
  if (status !== 200) {
    onlyMembers(answer, 'error error_description error_uri');
    return answer;
  }
  onlyMembers(answer, 'access_token token_type expires_in refresh_token id_token scope');
  assert.equal(answer.token_type, 'Bearer');
  assert.ok(Number.isInteger(answer.expires_in) && answer.expires_in > 0);
  return answer;
}

/** Redeems a code and checks its ID token. */
async function redeem(client, ended) {
  const { wanted, got } = ended;
  assert.ok(got, ended.html);
  const answer = await tokenRequest(client, { grant_type: 'authorization_code', code: got.code, redirect_uri: wanted.redirect_uri });
  return { ...answer, id: await idToken(client, answer, wanted.nonce) };
}

async function idToken(client, answer, nonce) {
  const { payload, protectedHeader } = await jose.jwtVerify(answer.id_token, jose.createLocalJWKSet(keys), { issuer: metadata.issuer, audience: client.client_id });
  assert.equal(protectedHeader.alg, 'RS256');
  assert.ok(keys.keys.some((key) => key.kid === protectedHeader.kid));
  // scopes of claims do not fill the ID token where there is an access token
  onlyMembers(payload, 'iss sub aud exp iat auth_time nonce acr amr azp at_hash sid jti');
  assert.equal(payload.nonce, nonce);
  assert.match(payload.sub, /^[\x21-\x7e]{1,255}$/);
  assert.equal(payload.acr, '1');
  assert.ok(payload.auth_time <= payload.iat && Math.abs(payload.iat - Date.now() / 1000) < 60);
  assert.equal(payload.at_hash, createHash('sha256').update(answer.access_token).digest().subarray(0, 16).toString('base64url'));
  return payload;
}

async function userinfo(tokens, how = { headers: { authorization: `Bearer ${tokens.access_token}` } }) {
  const answer = await json(await chabi.fetch(metadata.userinfo_endpoint, how));
  assert.equal(answer.sub, tokens.id.sub);
  for (const [name, value] of Object.entries(answer)) assert.ok(value !== null && value !== '', name);
  return answer;
}

const registrations = 'client_id client_secret client_id_issued_at client_secret_expires_at registration_access_token registration_client_uri'
  + ' redirect_uris response_types grant_types application_type contacts client_name logo_uri client_uri policy_uri tos_uri jwks_uri jwks'
  + ' sector_identifier_uri subject_type id_token_signed_response_alg userinfo_signed_response_alg token_endpoint_auth_method'
  + ' token_endpoint_auth_signing_alg default_max_age require_auth_time default_acr_values initiate_login_uri request_uris scope software_id'
  + ' software_version post_logout_redirect_uris frontchannel_logout_uri frontchannel_logout_session_required backchannel_logout_uri'
  + ' backchannel_logout_session_required';

async function register(more = {}, status = 201) {
  const body = JSON.stringify({ redirect_uris: [suite.callback], client_name: 'Dynamic', ...more });
  const answer = await json(await chabi.fetch(metadata.registration_endpoint, { method: 'POST', headers: { 'content-type': 'application/json' }, body }), status);
  onlyMembers(answer, status === 201 ? registrations : 'error error_description');
  return answer;
}

function managed(client, method = 'GET') {
  return chabi.fetch(client.registration_client_uri, { method, headers: { authorization: `Bearer ${client.registration_access_token}` } });
}

const unsigned = (claims) => `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.`;

describe('oidcc-config-certification-test-plan', () => {
  test('oidcc-discovery-endpoint-verification', () => {
    onlyMembers(
      metadata,
      'issuer authorization_endpoint token_endpoint userinfo_endpoint jwks_uri registration_endpoint scopes_supported response_types_supported'
        + ' response_modes_supported grant_types_supported acr_values_supported subject_types_supported id_token_signing_alg_values_supported'
        + ' userinfo_signing_alg_values_supported token_endpoint_auth_methods_supported token_endpoint_auth_signing_alg_values_supported'
        + ' display_values_supported claim_types_supported claims_supported service_documentation claims_locales_supported ui_locales_supported'
        + ' claims_parameter_supported request_parameter_supported request_uri_parameter_supported require_request_uri_registration'
        + ' op_policy_uri op_tos_uri revocation_endpoint revocation_endpoint_auth_methods_supported'
        + ' revocation_endpoint_auth_signing_alg_values_supported introspection_endpoint introspection_endpoint_auth_methods_supported'
        + ' introspection_endpoint_auth_signing_alg_values_supported introspection_signing_alg_values_supported'
        + ' code_challenge_methods_supported device_authorization_endpoint pushed_authorization_request_endpoint'
        + ' require_pushed_authorization_requests dpop_signing_alg_values_supported authorization_response_iss_parameter_supported'
        + ' end_session_endpoint check_session_iframe frontchannel_logout_supported frontchannel_logout_session_supported'
        + ' backchannel_logout_supported backchannel_logout_session_supported protected_resources client_id_metadata_document_supported'
        + ' prompt_values_supported',
    );
    assert.equal(metadata.issuer, chabi.url);
    for (const [name, value] of Object.entries(metadata)) {
      assert.ok(value !== null && value !== '' && value.length !== 0, name);
      if (/_endpoint$|_uri$|_iframe$/.test(name)) assert.ok(value.startsWith(`${chabi.url}/`), `${name}: ${value}`);
      if (/_supported$/.test(name)) assert.ok(Array.isArray(value) || typeof value === 'boolean', name);
    }
    assert.ok(metadata.id_token_signing_alg_values_supported.includes('RS256'));
    assert.ok(!metadata.id_token_signing_alg_values_supported.includes('none'));
    assert.ok(metadata.scopes_supported.includes('openid') && metadata.claims_supported.includes('sub'));
    assert.equal(new Set(keys.keys.map((key) => key.kid)).size, keys.keys.length);
    for (const key of keys.keys) onlyMembers(key, 'kty use alg kid n e crv x y');
  });
});

describe('oidcc-basic-certification-test-plan', () => {
  const browser = {};
  /** Signed in by the first module that needs it. */
  const signedIn = async () => {
    browser.who ??= person();
    browser.tokens ??= await redeem(one, await authorize(browser.who, one));
    return browser.who;
  };

  test('oidcc-server', async () => {
    const ended = await authorize(person(), one);
    assert.deepEqual([ended.signIns, ended.consents], [1, 1]);
    assert.ok(ended.got.session_state);
    await redeem(one, ended);
  });

  test('oidcc-response-type-missing', async () => {
    const ended = await authorize(await signedIn(), one, { response_type: undefined });
    assert.match(ended.got.error, /^(invalid_request|unsupported_response_type)$/);
  });

  test('oidcc-userinfo-get, oidcc-userinfo-post-header, oidcc-userinfo-post-body', async () => {
    await signedIn();
    const { tokens } = browser;
    await userinfo(tokens);
    await userinfo(tokens, { method: 'POST', headers: { authorization: `Bearer ${tokens.access_token}` } });
    await userinfo(tokens, { method: 'POST', body: new URLSearchParams({ access_token: tokens.access_token }) });
  });

  test('oidcc-ensure-request-without-nonce-succeeds-for-code-flow', async () => {
    const tokens = await redeem(one, await authorize(await signedIn(), one, { nonce: undefined }));
    assert.ok(!('nonce' in tokens.id));
  });

  const claims = {
    profile: 'name family_name given_name middle_name nickname preferred_username profile picture website gender birthdate zoneinfo locale updated_at',
    email: 'email email_verified',
    address: 'address',
    phone: 'phone_number phone_number_verified',
  };
  for (const scope of [...Object.keys(claims), Object.keys(claims).join(' ')]) {
    test(`oidcc-scope-${scope.includes(' ') ? 'all' : scope}`, async () => {
      const got = await userinfo(await redeem(one, await authorize(await signedIn(), one, { scope: `openid ${scope}` })));
      const expected = ['sub', ...scope.split(' ').flatMap((word) => claims[word].split(' '))];
      assert.deepEqual(Object.keys(got).sort(), expected.sort());
      for (const name of expected) {
        const kind = /_verified$/.test(name) ? 'boolean' : { updated_at: 'number', address: 'object' }[name] ?? 'string';
        assert.equal(typeof got[name], kind, name);
      }
    });
  }

  for (const [module, more] of Object.entries({
    'oidcc-ensure-other-scope-order-succeeds': { scope: 'email openid' },
    'oidcc-display-page': { display: 'page' },
    'oidcc-display-popup': { display: 'popup' },
    'oidcc-ensure-request-with-unknown-parameter-succeeds': { extra: 'foobar' },
    'oidcc-login-hint': { login_hint: 'buffy@example.test' },
    'oidcc-ui-locales': { ui_locales: 'se' },
    'oidcc-claims-locales': { claims_locales: 'se' },
    'oidcc-ensure-request-with-acr-values-succeeds': { acr_values: '1 2' },
    'oidcc-state-special-characters': { state: 'a b&c=d%20/é"\\' },
  })) {
    test(module, async () => {
      await redeem(one, await authorize(await signedIn(), one, more));
    });
  }

  test('oidcc-ui-locales, by a person who signs in', async () => {
    const ended = await authorize(person(), one, { ui_locales: 'se', login_hint: 'buffy@example.test' });
    assert.match(ended.pages[0], /<h1 [^>]*id="page-title"[^>]*>Sign in/);
  });

  test('oidcc-ensure-request-with-valid-pkce-succeeds', async () => {
    const verifier = randomBytes(32).toString('base64url');
    const more = { code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256' };
    const { got } = await authorize(await signedIn(), one, more);
    await tokenRequest(one, { grant_type: 'authorization_code', code: got.code, redirect_uri: suite.callback, code_verifier: verifier });
  });

  test('oidcc-prompt-none-not-logged-in', async () => {
    const ended = await authorize(person(), one, { prompt: 'none' });
    assert.equal(ended.got.error, 'login_required');
  });

  test('oidcc-prompt-none-logged-in, oidcc-id-token-hint, oidcc-max-age-10000', async () => {
    const who = await signedIn();
    for (const more of [{ prompt: 'none' }, { prompt: 'none', id_token_hint: browser.tokens.id_token }, { max_age: '10000' }]) {
      const ended = await authorize(who, one, more);
      assert.deepEqual([ended.signIns, ended.consents, ended.pages.length], [0, 0, 0]);
      const { id } = await redeem(one, ended);
      assert.deepEqual([id.sub, id.auth_time], [browser.tokens.id.sub, browser.tokens.id.auth_time]);
    }
  });

  // Codes and sign-ins age in these: the binary has no clock that a test can move.
  test('oidcc-prompt-login, oidcc-max-age-1, oidcc-codereuse, oidcc-codereuse-30seconds', async () => {
    const who = person();
    const ended = await authorize(who, one);
    const first = await redeem(one, ended);
    const again = { grant_type: 'authorization_code', code: ended.got.code, redirect_uri: suite.callback };
    assert.equal((await tokenRequest(one, again, 400)).error, 'invalid_grant');
    await passes(2_100);
    assert.equal((await tokenRequest(one, again, 400)).error, 'invalid_grant');
    const dead = await chabi.fetch(metadata.userinfo_endpoint, { headers: { authorization: `Bearer ${first.access_token}` } });
    assert.equal(dead.status, 401);
    for (const more of [{ max_age: '1' }, { prompt: 'login' }]) {
      const ended = await authorize(who, one, more);
      assert.equal(ended.signIns, 1);
      const { id } = await redeem(one, ended);
      assert.ok(id.auth_time > first.id.auth_time);
      assert.equal(id.sub, first.id.sub);
    }
  });

  test('oidcc-claims-essential', async () => {
    const tokens = await redeem(one, await authorize(await signedIn(), one, { claims: '{"userinfo":{"name":{"essential":true}}}' }));
    assert.equal((await userinfo(tokens)).name, 'Alice Jane Example');
  });

  test('oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported', async () => {
    const request = unsigned({ scope: 'openid', client_id: one.client_id });
    assert.equal((await authorize(await signedIn(), one, { request })).got.error, 'request_not_supported');
  });

  test('oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported', async () => {
    const ended = await authorize(await signedIn(), one, { request_uri: `${suite.base}/requests/1#hash` });
    assert.equal(ended.got.error, 'request_uri_not_supported');
  });

  test('oidcc-ensure-registered-redirect-uri, -redirect-uri-query-added, -query-mismatch, oidcc-ensure-redirect-uri-in-authorization-request', async () => {
    const uris = [`${suite.base}/other`, `${suite.callback}?foo=bar`, `${suite.callback}?dummy1=lorem&dummy2=other`, undefined];
    for (const redirect_uri of uris) {
      const ended = await authorize(await signedIn(), one, { redirect_uri });
      assert.equal(ended.status, 400, `${redirect_uri}`);
      assert.match(ended.html, /id="page-title"/);
    }
  });

  test('oidcc-redirect-uri-query-OK', async () => {
    const redirect_uri = `${suite.callback}?dummy1=lorem&dummy2=ipsum`;
    await redeem(one, await authorize(await signedIn(), one, { redirect_uri }));
  });

  test('oidcc-ensure-post-request-succeeds', async () => {
    const ended = await authorize(person(), one, {}, { byPost: true });
    await redeem(one, ended);
  });

  test('oidcc-server-client-secret-post', async () => {
    await redeem(post, await authorize(await signedIn(), post));
  });

  test('oidcc-refresh-token', async () => {
    const ended = await authorize(await signedIn(), one, { scope: 'openid offline_access', prompt: 'consent' });
    assert.equal(ended.consents, 1);
    const tokens = await redeem(one, ended);
    assert.ok(tokens.refresh_token);
    const refresh = (refresh_token) => ({ grant_type: 'refresh_token', refresh_token });
    const next = await tokenRequest(one, refresh(tokens.refresh_token));
    const id = await idToken(one, next, undefined).catch(() => idToken(one, next, ended.wanted.nonce));
    for (const name of ['iss', 'sub', 'aud', 'auth_time']) assert.deepEqual(id[name], tokens.id[name]);
    assert.ok(id.iat >= tokens.id.iat);
    assert.equal((await tokenRequest(two, refresh(next.refresh_token), 400)).error, 'invalid_grant');
  });
});

describe('oidcc-formpost-basic-certification-test-plan', () => {
  test('oidcc-server', async () => {
    const ended = await authorize(person(), one, { response_mode: 'form_post' });
    assert.deepEqual([ended.by, ended.at.replaceAll('&#x2f;', '/')], ['form_post', suite.callback]);
    await redeem(one, ended);
  });

  test('oidcc-prompt-none-not-logged-in', async () => {
    const ended = await authorize(person(), one, { response_mode: 'form_post', prompt: 'none' });
    assert.deepEqual([ended.by, ended.got.error], ['form_post', 'login_required']);
  });
});

describe('dynamic registration', () => {
  test('oidcc-server, client_secret_basic and client_secret_post; the application is removed at the end', async () => {
    const who = person();
    for (const token_endpoint_auth_method of ['client_secret_basic', 'client_secret_post']) {
      const client = await register({ token_endpoint_auth_method, grant_types: ['authorization_code', 'refresh_token'], contacts: ['a@example.test'] });
      assert.equal(client.token_endpoint_auth_method, token_endpoint_auth_method);
      await redeem(client, await authorize(who, client));
      const gone = await managed(client, 'DELETE');
      assert.deepEqual([gone.status, await gone.text()], [204, '']);
      assert.equal((await managed(client)).status, 401);
    }
  });

  test('oidcc-registration-jwks-uri, oidcc-registration-jwks: private_key_jwt', async () => {
    const { publicKey, privateKey } = await jose.generateKeyPair('RS256');
    const jwks = { keys: [{ ...(await jose.exportJWK(publicKey)), kid: 'k1', use: 'sig', alg: 'RS256' }] };
    for (const where of [{ jwks }, { jwks_uri: suite.publish('jwks.json', jwks) }]) {
      const client = await register({ token_endpoint_auth_method: 'private_key_jwt', ...where });
      assert.equal(client.client_secret, undefined);
      client.assertion = await new jose.SignJWT({ jti: randomBytes(9).toString('base64url') })
        .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
        .setIssuer(client.client_id)
        .setSubject(client.client_id)
        .setAudience(metadata.issuer)
        .setIssuedAt()
        .setExpirationTime('60s')
        .sign(privateKey);
      await redeem(client, await authorize(person(), client));
    }
  });

  test('oidcc-registration-sector-uri, oidcc-registration-sector-bad', async () => {
    const good = suite.publish('sector.json', [suite.callback]);
    const bad = suite.publish('other-sector.json', [`${suite.base}/other`]);
    const client = await register({ subject_type: 'pairwise', sector_identifier_uri: good });
    const who = person();
    const { id } = await redeem(client, await authorize(who, client));
    const { id: shared } = await redeem(one, await authorize(who, one));
    assert.notEqual(id.sub, shared.sub);
    assert.equal((await register({ sector_identifier_uri: bad }, 400)).error, 'invalid_client_metadata');
  });

  test('oidcc-redirect-uri-regfrag', async () => {
    assert.equal((await register({ redirect_uris: [`${suite.callback}#foo`] }, 400)).error, 'invalid_redirect_uri');
  });

  test('oidcc-userinfo-rs256', async () => {
    const client = await register({ userinfo_signed_response_alg: 'RS256' });
    const tokens = await redeem(client, await authorize(person(), client));
    const answer = await chabi.fetch(metadata.userinfo_endpoint, { headers: { authorization: `Bearer ${tokens.access_token}` } });
    assert.match(answer.headers.get('content-type'), /^application\/jwt/);
    const verified = { issuer: metadata.issuer, audience: client.client_id, algorithms: ['RS256'] };
    const { payload } = await jose.jwtVerify(await answer.text(), jose.createLocalJWKSet(keys), verified);
    assert.equal(payload.sub, tokens.id.sub);
  });

  test('oidcc-registration-logo-uri, -policy-uri, -tos-uri', async () => {
    const uris = { logo_uri: `${suite.url}/logo.png`, policy_uri: `${suite.url}/policy`, tos_uri: `${suite.url}/terms` };
    const client = await register(uris);
    const { pages } = await authorize(person(), client);
    const signIn = pages[0].replaceAll('&#x2f;', '/');
    for (const uri of Object.values(uris)) assert.ok(signIn.includes(`"${uri}"`), `${uri}: ${signIn}`);
  });

  test('oidcc-3rdparty-init-login', async () => {
    const initiate_login_uri = `${suite.base}/login-initiation`;
    const client = await register({ initiate_login_uri });
    assert.equal(client.initiate_login_uri, initiate_login_uri);
    const read = await json(await managed(client));
    onlyMembers(read, registrations);
    assert.equal(read.initiate_login_uri, initiate_login_uri);
    await redeem(client, await authorize(person(), client));
    // at the suite's usual name: http at `localhost` itself is for developers
    const http = 'http://localhost.emobix.co.uk:8443/test/a/chabi/login-initiation';
    assert.equal((await register({ initiate_login_uri: http }, 400)).error, 'invalid_client_metadata');
  });
});

describe('oidcc-rp-initiated-logout-certification-test-plan', () => {
  const logout = (who, parameters) => who.follow(`${metadata.end_session_endpoint}?${new URLSearchParams(parameters)}`, suite.url);
  const back = () => `${suite.base}/post_logout_redirect`;
  async function signedIn() {
    const client = await register({ post_logout_redirect_uris: [back()] });
    const who = person();
    const tokens = await redeem(client, await authorize(who, client));
    return { client, who, id_token_hint: tokens.id_token };
  }

  test('oidcc-rp-initiated-logout, -no-state', async () => {
    for (const more of [{ state: 'a b&c' }, {}]) {
      const { client, who, id_token_hint } = await signedIn();
      const { url } = await logout(who, { id_token_hint, post_logout_redirect_uri: back(), ...more });
      assert.equal(url.split('?')[0], back());
      assert.deepEqual(Object.fromEntries(new URL(url).searchParams), more);
      assert.equal((await authorize(who, client, { prompt: 'none' })).got.error, 'login_required');
    }
  });

  test('oidcc-rp-initiated-logout-bad-id-token-hint, -modified-, -no-id-token-hint, -bad-post-logout-redirect-uri, -query-added, -no-params, -only-state', async () => {
    const { client, who, id_token_hint } = await signedIn();
    const { privateKey } = await jose.generateKeyPair('RS256');
    const claims = jose.decodeJwt(id_token_hint);
    const forged = await new jose.SignJWT(claims).setProtectedHeader(jose.decodeProtectedHeader(id_token_hint)).sign(privateKey);
    const post_logout_redirect_uri = back();
    for (const parameters of [
      { id_token_hint: forged, post_logout_redirect_uri },
      { id_token_hint: unsigned(claims), post_logout_redirect_uri },
      { post_logout_redirect_uri, state: 's' },
      { id_token_hint, post_logout_redirect_uri: `${suite.base}/other` },
      { id_token_hint, post_logout_redirect_uri: `${back()}?foo=bar` },
      { state: 's' },
      {},
    ]) {
      const { answer, url } = await logout(who, parameters);
      assert.ok(url.startsWith(chabi.url), JSON.stringify(parameters));
      assert.match(await answer.text(), /id="page-title"/);
      assert.ok((await authorize(who, client, { prompt: 'none' })).got.code, 'a page of a stranger signs nobody out');
    }
    const { answer, url } = await logout(who, {});
    const done = await who.submit(await answer.text(), url, 'logout-confirm', {}, suite.url);
    assert.match(await done.answer.text(), /<h1 [^>]*id="page-title"[^>]*>Signed out/);
    assert.equal((await authorize(who, client, { prompt: 'none' })).got.error, 'login_required');
  });

  test('oidcc-session-management-rp-initiated-logout', async () => {
    const { client, who } = await signedIn();
    assert.match((await authorize(who, client)).got.session_state, /^[\w-]+\.[\w-]+$/);
    const frame = await chabi.fetch(metadata.check_session_iframe);
    assert.equal(frame.status, 200);
    assert.match(frame.headers.get('content-type'), /^text\/html/);
    assert.equal(frame.headers.get('x-frame-options'), null);
    assert.match(frame.headers.get('content-security-policy'), /frame-ancestors \*/);
  });

  test('oidcc-frontchannel-rp-initiated-logout, oidcc-backchannel-rp-initiated-logout', async () => {
    const who = person();
    const { id_token, id } = await redeem(one, await authorize(who, one));
    const coming = suite.nextLogoutToken();
    const { answer } = await logout(who, { id_token_hint: id_token, post_logout_redirect_uri: back(), state: 's' });
    const html = (await answer.text()).replaceAll('&#x2f;', '/').replaceAll('&amp;', '&').replaceAll('&#x3d;', '=');
    const frame = new URL(html.match(/<iframe[^>]* src="([^"]*)"/)?.[1]);
    assert.equal(`${frame.origin}${frame.pathname}`, `${suite.base}/frontchannel_logout`);
    assert.deepEqual(Object.fromEntries(frame.searchParams), { iss: metadata.issuer, sid: id.sid });
    assert.ok(html.includes(`${back()}?state=s`), html);

    const posted = await coming;
    assert.deepEqual([...posted.keys()], ['logout_token']);
    const verified = { issuer: metadata.issuer, audience: one.client_id, typ: 'logout+jwt', algorithms: ['RS256'] };
    const { payload } = await jose.jwtVerify(posted.get('logout_token'), jose.createLocalJWKSet(keys), verified);
    onlyMembers(payload, 'iss sub aud iat exp jti sid events');
    assert.deepEqual([payload.sub, payload.sid], [id.sub, id.sid]);
    assert.deepEqual(payload.events, { 'http://schemas.openid.net/event/backchannel-logout': {} });
    assert.equal((await authorize(who, one, { prompt: 'none' })).got.error, 'login_required');
  });
});
