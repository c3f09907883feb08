// The fakes are real servers: `openid-client` signs in at the fake Google, and `jose` checks its ID tokens. Neither is ours.
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
