// `openid-client`, which we did not write, signs in against the real binary; `jose`, which we did not write, checks the ID tokens.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import * as jose from 'jose';
import * as client from 'openid-client';

import { freshContext, launch } from './lib/browser.mjs';
import { startDev } from './lib/chabi.mjs';
import { ada, allow, typePassword } from './lib/steps.mjs';

let chabi;
let browser;

before(async () => {
  chabi = await startDev();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await chabi?.stop();
});

test('openid-client discovers, signs in with PKCE, refreshes, asks userinfo and revokes', async () => {
  const config = await client.discovery(new URL(chabi.url), 'demo', undefined, client.None(), {
    execute: [client.allowInsecureRequests],
  });
  const verifier = client.randomPKCECodeVerifier();
  const nonce = client.randomNonce();
  const state = client.randomState();
  const callback = await signInWithoutScript(config, {
    redirect_uri: `${chabi.url}/demo/callback`,
    scope: 'openid profile email notes:read',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    nonce,
    state,
  });
  const tokens = await client.authorizationCodeGrant(config, callback, {
    pkceCodeVerifier: verifier,
    expectedNonce: nonce,
    expectedState: state,
    idTokenExpected: true,
  });
  assert.equal(tokens.claims().email, ada);

  const person = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
  assert.equal(person.email, ada);

  const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token);
  assert.notEqual(refreshed.access_token, tokens.access_token);
  assert.notEqual(refreshed.refresh_token, tokens.refresh_token);

  await client.tokenRevocation(config, refreshed.refresh_token);
  await assert.rejects(client.refreshTokenGrant(config, refreshed.refresh_token), { error: 'invalid_grant' });

  const keys = jose.createRemoteJWKSet(new URL(`${chabi.url}/oauth2/jwks`));
  const id = await jose.jwtVerify(tokens.id_token, keys, { issuer: chabi.url, audience: 'demo', algorithms: ['RS256'] });
  assert.equal(id.payload.nonce, nonce);
  const access = await jose.jwtVerify(tokens.access_token, keys, {
    issuer: chabi.url,
    audience: `${chabi.url}/demo/api`,
    algorithms: ['ES256'],
    typ: 'at+jwt',
  });
  assert.equal(access.payload.client_id, 'demo');
});

/** The demo page would redeem the code by itself; without script it is left to us. */
async function signInWithoutScript(config, parameters) {
  const context = await freshContext(browser, { javaScriptEnabled: false });
  try {
    const page = await context.newPage();
    await page.goto(client.buildAuthorizationUrl(config, parameters).href);
    await typePassword(page, ada, chabi.password(ada));
    await allow(page);
    await page.waitForURL(/\/demo\/callback\?/);
    return new URL(page.url());
  } finally {
    await context.close();
  }
}
