// Two sites in one process of the real binary, in a real browser: each is at its own address, with its own name, colours and language; the
// same person signs in at both, is asked at each, and what one site gave out is nothing at the other.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { after, before, describe, test } from 'node:test';

import { barriers } from './lib/axe.mjs';
import { freshContext, launch } from './lib/browser.mjs';
import { engines } from './lib/chabi.mjs';
import { password, startServe } from './lib/serve.mjs';

const ada = 'ada@example.test';
const accents = { light: '#7a1f5c', dark: '#f0a6d6' };

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

for (const engine of engines) describe(`on ${engine.name}`, () => {
  let chabi;
  let main;
  let town;
  let context;

  before(async () => {
    chabi = await startServe({ database: await engine.database() });
    main = chabi.issuer;
    // a browser finds every name below `localhost` on this machine
    town = main.replace('localhost', 'town.localhost');
    const run = (name, ...words) => (body) => chabi.run(['run', name, ...words, '--body', '-'], JSON.stringify(body));
    await run('sites.create')({
      id: 'town',
      issuer: town,
      name: 'The town',
      languages: ['bn'],
      theme: { accent_light: accents.light, accent_dark: accents.dark },
      accounts: 'shared',
    });
    const shop = JSON.parse(await chabi.run(['run', 'applications.get', chabi.clientId, '--json']));
    for (const shown of ['client_id', 'created_at', 'disabled_at', 'registered_by', 'secrets']) delete shop[shown];
    await run('applications.update', chabi.clientId)({ ...shop, sites: ['main', 'town'] });
    context = await freshContext(browser, { locale: 'en-GB' });
    await untilThere(town);
  });
  after(async () => {
    await context?.close();
    await chabi?.stop();
  });

  /** A request to a name that this machine's resolver need not know. */
  function ask(url, { method = 'GET', headers = {}, body } = {}) {
    const { host, port, pathname, search } = new URL(url);
    return new Promise((fulfil, reject) => {
      const type = body ? { 'content-type': 'application/x-www-form-urlencoded' } : {};
      const asked = request({ host: '127.0.0.1', port, path: pathname + search, method, headers: { host, ...type, ...headers } }, async (answer) => {
        const chunks = [];
        for await (const chunk of answer) chunks.push(chunk);
        const text = Buffer.concat(chunks).toString();
        fulfil({ status: answer.statusCode, text, json: () => JSON.parse(text) });
      });
      asked.once('error', reject);
      asked.end(body?.toString());
    });
  }

  async function untilThere(issuer) {
    for (const deadline = Date.now() + 20_000; ; ) {
      const answer = await ask(`${issuer}/.well-known/openid-configuration`);
      if (answer.status === 200 && answer.json().issuer === issuer) return;
      assert.ok(Date.now() < deadline, `the site is not there: ${answer.status} ${answer.text}`);
      await new Promise((fulfil) => setTimeout(fulfil, 100));
    }
  }

  /** Signs in at a site: what its page looks like, and the tokens of the application. */
  async function signIn(issuer) {
    const page = await context.newPage();
    await page.route(`${chabi.redirectUri}*`, (route) => route.fulfill({ body: 'the application' }));
    const verifier = randomBytes(32).toString('base64url');
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: chabi.clientId,
      redirect_uri: chabi.redirectUri,
      scope: 'openid profile email',
      state: 's',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    });
    await page.goto(`${issuer}/oauth2/authorize?${query}`);
    await page.waitForSelector('#username');
    assert.deepEqual(await barriers(page), []);
    const look = {
      language: await page.getAttribute('html', 'lang'),
      name: (await page.textContent('header.top')).trim(),
      button: await page.$eval('#login-submit', (button) => getComputedStyle(button).backgroundColor),
    };
    await page.fill('#username', ada);
    await page.fill('#password', password);
    await page.click('#login-submit');
    await page.click('#consent-allow');
    await page.waitForURL(`${chabi.redirectUri}*`);
    const back = new URL(page.url()).searchParams;
    assert.equal(back.get('iss'), issuer);
    await page.close();
    const form = { grant_type: 'authorization_code', client_id: chabi.clientId, code: back.get('code'), redirect_uri: chabi.redirectUri, code_verifier: verifier };
    return { look, form: new URLSearchParams(form) };
  }

  test('each has a look of its own, and asks who is there; tokens and codes of one are nothing at the other', async () => {
    const at = { main: await signIn(main), town: await signIn(town) };
    assert.equal(at.main.look.language, 'en');
    assert.equal(at.town.look.language, 'bn');
    assert.match(at.town.look.name, /The town/);
    assert.doesNotMatch(at.main.look.name, /The town/);
    assert.equal(at.town.look.button, 'rgb(122, 31, 92)');
    assert.notEqual(at.main.look.button, at.town.look.button);

    const names = (await context.cookies([main, town])).filter((cookie) => cookie.name.includes('session'));
    assert.deepEqual(new Set(names.map((cookie) => cookie.domain)), new Set(['localhost', 'town.localhost']), 'a session at each');

    // a code is redeemed where it was given out, and there alone
    const redeem = (issuer, form) => ask(`${issuer}/oauth2/token`, { method: 'POST', body: form });
    const elsewhere = await redeem(main, at.town.form);
    assert.deepEqual([elsewhere.status, elsewhere.json().error], [400, 'invalid_grant']);
    const tokens = { main: (await redeem(main, at.main.form)).json(), town: (await redeem(town, at.town.form)).json() };
    const claims = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
    assert.equal(claims(tokens.main.id_token).iss, main);
    assert.equal(claims(tokens.town.id_token).iss, town);

    // the API of a site takes the tokens of that site
    const person = (issuer, token) => ask(`${issuer}/oauth2/userinfo`, { headers: { authorization: `Bearer ${token}` } });
    for (const [issuer, own, foreign] of [[main, tokens.main, tokens.town], [town, tokens.town, tokens.main]]) {
      const known = await person(issuer, own.access_token);
      assert.deepEqual([known.status, known.json().email], [200, ada]);
      assert.equal((await person(issuer, foreign.access_token)).status, 401);
      const body = new URLSearchParams({ client_id: chabi.clientId, token: foreign.access_token });
      const refreshed = new URLSearchParams({ grant_type: 'refresh_token', client_id: chabi.clientId, refresh_token: foreign.refresh_token ?? 'none' });
      assert.equal((await redeem(issuer, refreshed)).status, 400);
      await ask(`${issuer}/oauth2/revoke`, { method: 'POST', body });
    }
    assert.equal((await person(town, tokens.town.access_token)).status, 200, 'and is not taken back at another');
  });
});
