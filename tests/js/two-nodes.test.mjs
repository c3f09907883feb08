// Two nodes of `chabi serve` on one PostgreSQL behind a proxy that sends each request to the next: whichever a request reaches, the
// answer is the same; one is killed in the middle of a journey, and the journey goes on.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { createRemoteJWKSet, jwtVerify } from 'jose';

import { freshContext, launch } from './lib/browser.mjs';
import { engines } from './lib/chabi.mjs';
import { Person, refresh } from './lib/person.mjs';
import { startServe } from './lib/serve.mjs';
import { allow, typePassword } from './lib/steps.mjs';

let server;
before(async () => {
  const database = await engines.find((engine) => engine.name === 'PostgreSQL').database();
  server = await startServe({ database, nodes: 2, proxy: true });
});
after(() => server?.stop());

const keySet = async (url) => (await fetch(`${url}/oauth2/jwks`)).text();

// req: st.multi
test('two nodes that started at once have the same keys, also after one operator rotated them', async () => {
  const first = await keySet(server.urls[0]);
  assert.equal(await keySet(server.urls[1]), first);
  await server.run(['key', 'rotate']);
  const deadline = Date.now() + 20_000;
  for (;;) {
    const [one, other] = await Promise.all(server.urls.map(keySet));
    if (one !== first && one === other) return;
    assert.ok(Date.now() < deadline, 'the nodes do not agree on the new keys');
    await new Promise((fulfil) => setTimeout(fulfil, 50));
  }
});

// req: st.multi
test('a token of one node is refreshed at the other, turn by turn', async () => {
  let { refresh_token: held } = await new Person(server).signIn('ada@example.test');
  for (let turn = 0; turn < 6; turn++) {
    const answer = await refresh(server.urls[(turn + 1) % 2], held, server.clientId);
    assert.equal(answer.status, 200);
    const next = (await answer.json()).refresh_token;
    assert.notEqual(next, held);
    held = next;
  }
});

// req: st.multi
test('what one node revoked is refused by the other at once', async () => {
  const { refresh_token: held } = await new Person(server).signIn('ada@example.test');
  const body = new URLSearchParams({ client_id: server.clientId, token: held });
  assert.equal((await fetch(`${server.urls[0]}/oauth2/revoke`, { method: 'POST', body })).status, 200);
  assert.equal((await refresh(server.urls[1], held, server.clientId)).status, 400);
});

const api = 'https://notes.example.org';

/** An application of the operator's: the page that people come back to, and its registration. */
async function startApplication(clientId) {
  const pages = createServer((_, answer) => answer.end('<h1 id="back">back</h1>'));
  await new Promise((fulfil) => pages.listen(0, '127.0.0.1', fulfil));
  const origin = `http://127.0.0.1:${pages.address().port}`;
  await server.run(['api', 'add', api, '--scope', 'notes:read']);
  const words = ['application', 'add', 'Stall', '--client-id', clientId, '--public', '--audience', api];
  words.push('--redirect-uri', `${origin}/callback`, '--post-logout-redirect-uri', `${origin}/bye`);
  await server.run(words);
  return { clientId, origin, stop: () => pages.close() };
}

function post(path, fields) {
  return fetch(`${server.issuer}${path}`, { method: 'POST', body: new URLSearchParams(fields) });
}

// req: st.multi
test('a journey in a browser goes on over two nodes while one and then the other is killed and joins again', async () => {
  const application = await startApplication('stall');
  const browser = await launch();
  try {
    const context = await freshContext(browser);
    const page = await context.newPage();
    const verifier = randomBytes(32).toString('base64url');
    const redirectUri = `${application.origin}/callback`;
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: application.clientId,
      redirect_uri: redirectUri,
      scope: 'openid notes:read',
      state: 'kept',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    });
    await page.goto(`${server.issuer}/oauth2/authorize?${query}`);
    await page.waitForSelector('#username');
    await server.kill(0);
    await typePassword(page, 'ada@example.test', server.password());
    await allow(page);
    await page.waitForSelector('#back');
    const back = new URL(page.url()).searchParams;
    assert.equal(back.get('state'), 'kept');
    assert.equal(back.get('iss'), server.issuer);

    const code = { grant_type: 'authorization_code', client_id: 'stall', code: back.get('code'), redirect_uri: redirectUri, code_verifier: verifier };
    const exchanged = await post('/oauth2/token', code);
    assert.equal(exchanged.status, 200);
    let tokens = await exchanged.json();
    await server.start(0);
    await server.kill(1);
    for (let turn = 0; turn < 4; turn++) {
      const answer = await post('/oauth2/token', { grant_type: 'refresh_token', client_id: 'stall', refresh_token: tokens.refresh_token });
      assert.equal(answer.status, 200);
      tokens = { ...tokens, ...(await answer.json()) };
      if (turn === 1) await server.start(1);
    }
    const keys = createRemoteJWKSet(new URL(`${server.issuer}/oauth2/jwks`));
    const checked = await jwtVerify(tokens.access_token, keys, { issuer: server.issuer, audience: api, typ: 'at+jwt' });
    assert.equal(checked.payload.scope, 'notes:read openid');
    const again = await post('/oauth2/token', code);
    assert.equal((await again.json()).error, 'invalid_grant', 'the code stays spent');

    await page.goto(
      `${server.issuer}/oauth2/logout?${new URLSearchParams({ id_token_hint: tokens.id_token, post_logout_redirect_uri: `${application.origin}/bye` })}`,
    );
    await page.waitForSelector('#logout-confirm, #back');
    if (await page.$('#logout-confirm')) await page.click('#logout-confirm');
    await page.waitForURL(`${application.origin}/bye**`);
    for (const url of server.urls) assert.equal((await refresh(url, tokens.refresh_token, 'stall')).status, 400);
    assert.deepEqual(context.complaints, []);
  } finally {
    await browser.close();
    application.stop();
  }
});
