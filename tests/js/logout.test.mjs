// Logout in a real browser: an application's frames (OpenID Connect Session Management and Front-Channel Logout), from another origin.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';

import * as jose from 'jose';

import { freshContext, launch } from './lib/browser.mjs';
import { startDev } from './lib/chabi.mjs';
import { ada, allow, typePassword } from './lib/steps.mjs';

/** What an application's page does: it keeps the answer, and asks the frame again whenever it is told to. */
const page = `<!doctype html><meta charset="utf-8"><title>Application</title><h1>Application</h1>
<script>
window.ask = (frame, message) => new Promise((fulfil) => {
  window.addEventListener('message', (event) => fulfil({ said: event.data, by: event.origin }), { once: true });
  frame.contentWindow.postMessage(message, new URL(frame.src).origin);
});
</script>`;

let chabi;
let browser;
let application;
let fronted;
/** What the application answers on its back channel, and who waits for what comes there. */
let status = 200;
let told = () => {};

async function receive(request, answer) {
  let body = '';
  for await (const chunk of request) body += chunk;
  answer.writeHead(status).end();
  told(new URLSearchParams(body).get('logout_token'));
}

before(async () => {
  fronted = [];
  application = createServer((request, answer) => {
    if (request.url.startsWith('/frontchannel')) fronted.push(new URL(request.url, 'http://localhost'));
    if (request.url === '/backchannel') return receive(request, answer);
    answer.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page);
  });
  await new Promise((listening) => application.listen(0, 'localhost', listening));
  application.url = `http://localhost:${application.address().port}`;
  chabi = await startDev({
    mayCall: [new URL(application.url).host],
    seed: () => `
[[applications]]
client_id = "framed"
name = "Framed"
redirect_uris = ["${application.url}/callback"]
post_logout_redirect_uris = ["${application.url}/bye"]
frontchannel_logout_uri = "${application.url}/frontchannel"
scope = "openid"

[[applications]]
client_id = "served"
name = "Served"
redirect_uris = ["${application.url}/callback"]
backchannel_logout_uri = "${application.url}/backchannel"
scope = "openid"
`,
  });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await chabi?.stop();
  application?.close();
});

/** Signs in where a page asks for it, and gives what the application is told. */
async function authorize(tab, more = {}) {
  const verifier = randomBytes(32).toString('base64url');
  const parameters = new URLSearchParams({
    response_type: 'code',
    client_id: 'framed',
    redirect_uri: `${application.url}/callback`,
    scope: 'openid',
    state: 's',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...more,
  });
  await tab.goto(`${chabi.url}/oauth2/authorize?${parameters}`);
  if (await tab.$('#login-submit')) await typePassword(tab, ada, chabi.password(ada));
  // an application on this computer is allowed anew each time
  if (new URL(tab.url()).pathname.startsWith('/accounts/consent')) await allow(tab);
  await tab.waitForURL(`${application.url}/callback?**`);
  return { verifier, answer: new URL(tab.url()).searchParams };
}

async function exchange(clientId, { verifier, answer }) {
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    client_id: clientId,
    code: answer.get('code'),
    redirect_uri: `${application.url}/callback`,
    code_verifier: verifier,
  });
  const response = await fetch(`${chabi.url}/oauth2/token`, { method: 'POST', body });
  assert.equal(response.status, 200);
  return response.json();
}

async function ask(tab, message) {
  return tab.evaluate(
    async ([src, text]) => {
      let frame = document.querySelector('iframe');
      if (!frame) {
        frame = document.createElement('iframe');
        frame.src = src;
        const loaded = new Promise((fulfil) => frame.addEventListener('load', fulfil));
        document.body.append(frame);
        await loaded;
      }
      return window.ask(frame, text);
    },
    [`${chabi.url}/oauth2/session/check`, message],
  );
}

test('a frame of another origin says whether the person is still signed in', async () => {
  const context = await freshContext(browser);
  const tab = await context.newPage();
  const { answer } = await authorize(tab);
  const state = answer.get('session_state');
  assert.match(state, /^[\w-]{43}\.[\w-]+$/);
  assert.deepEqual(await ask(tab, `framed ${state}`), { said: 'unchanged', by: chabi.url });
  assert.equal((await ask(tab, `another ${state}`)).said, 'changed');
  assert.equal((await ask(tab, 'junk')).said, 'error');
  assert.equal((await ask(tab, 'framed nothing-salted')).said, 'error');

  const other = await context.newPage();
  await other.goto(`${chabi.url}/accounts/logout/`);
  await other.click('#logout-confirm');
  await other.waitForSelector('h1#page-title:has-text("Signed out")');
  assert.equal((await ask(tab, `framed ${state}`)).said, 'changed', 'the person signed out in another tab');

  const nobody = await authorize(tab, { prompt: 'none' });
  assert.equal(nobody.answer.get('error'), 'login_required');
  assert.equal((await ask(tab, `framed ${nobody.answer.get('session_state')}`)).said, 'unchanged', 'still nobody');
  assert.deepEqual(context.complaints, []);
  await context.close();
});

for (const javaScriptEnabled of [true, false]) {
  test(`the application's frame is opened before the browser returns, ${javaScriptEnabled ? 'with' : 'without'} script`, async () => {
    const context = await freshContext(browser, { javaScriptEnabled });
    const tab = await context.newPage();
    const tokens = await exchange('framed', await authorize(tab));
    const { sid } = jose.decodeJwt(tokens.id_token);
    fronted.length = 0;
    const parameters = new URLSearchParams({
      id_token_hint: tokens.id_token,
      post_logout_redirect_uri: `${application.url}/bye`,
      state: 'a b&c',
    });
    await tab.goto(`${chabi.url}/oauth2/logout?${parameters}`);
    await tab.waitForURL(`${application.url}/bye?**`);
    assert.deepEqual([...new URL(tab.url()).searchParams], [['state', 'a b&c']]);
    assert.deepEqual(fronted.map((url) => [...url.searchParams]), [[['iss', chabi.url], ['sid', sid]]]);
    assert.deepEqual(context.complaints, []);
    await context.close();
  });
}

test('an application is told on its back channel within a second or so, and also when the server was killed meanwhile', async () => {
  for (const killed of [false, true]) {
    const context = await freshContext(browser);
    const tab = await context.newPage();
    const tokens = await exchange('served', await authorize(tab, { client_id: 'served' }));
    status = killed ? 503 : 200;
    const next = () => new Promise((fulfil) => (told = fulfil));
    let coming = next();
    const began = Date.now();
    await tab.goto(`${chabi.url}/oauth2/logout?${new URLSearchParams({ id_token_hint: tokens.id_token })}`);
    let token = await coming;
    const took = Date.now() - began;
    if (killed) {
      coming = next();
      await chabi.kill();
      status = 200;
      await chabi.start();
      token = await coming;
    } else {
      assert.ok(took < 3_000, `told after ${took} ms`);
      console.log(`# told ${took} ms after the browser was sent to sign out`);
    }
    const keys = jose.createRemoteJWKSet(new URL(`${chabi.url}/oauth2/jwks`));
    const { payload } = await jose.jwtVerify(token, keys, { issuer: chabi.url, audience: 'served', typ: 'logout+jwt' });
    const id = jose.decodeJwt(tokens.id_token);
    assert.deepEqual([payload.sub, payload.sid], [id.sub, id.sid]);
    assert.deepEqual(payload.events, { 'http://schemas.openid.net/event/backchannel-logout': {} });
    assert.equal(payload.nonce, undefined);
    await context.close();
  }
});
