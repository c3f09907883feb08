// OpenID providers that we did not write, as providers of ours by configuration: npm's `oidc-provider` and django-allauth's own. A person
// comes from an application, signs in there in a real browser, and the application gets tokens of ours; the second time it is the same person.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';

import Provider from 'oidc-provider';

import { freshContext, launch } from './lib/browser.mjs';
import { freePort, repository } from './lib/chabi.mjs';
import { startServe } from './lib/serve.mjs';
import { makeCertificate } from './lib/tls.mjs';

const python = process.env.CHABI_PYTHON ?? join(repository, 'target/python/bin/python');
const clientSecret = 'a secret: between+two & test-processes';

/** `oidc-provider` with its own pages for development; anybody is who they say they are. */
async function oidcProvider({ port, certificate, callback }) {
  const people = { carla: { email: 'carla@judge.example.test', email_verified: true, name: 'Carla Certified' } };
  const provider = new Provider(`https://localhost:${port}`, {
    clients: [{ client_id: 'chabi', client_secret: clientSecret, redirect_uris: [callback], grant_types: ['authorization_code'] }],
    claims: { email: ['email', 'email_verified'], profile: ['name'] },
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id, ...people[id] }) }),
    cookies: { keys: [randomBytes(16).toString('hex')] },
    pkce: { required: () => true },
    // what is not written here would be warned about on the terminal
    features: { devInteractions: { enabled: true } },
    ttl: { AccessToken: 300, AuthorizationCode: 60, Grant: 300, IdToken: 300, Interaction: 300, Session: 300 },
  });
  const server = createServer({ cert: await readFile(certificate.certificate), key: await readFile(certificate.key) }, provider.callback());
  await new Promise((fulfil) => server.listen(port, '127.0.0.1', fulfil));
  return {
    async stop() {
      server.closeAllConnections();
      await new Promise((fulfil) => server.close(fulfil));
    },
  };
}

async function allauth({ port, folder, callback }) {
  const child = spawn(python, [join(repository, 'tests/python/allauth_idp.py'), String(port), folder, callback], {
    env: { PATH: process.env.PATH },
  });
  let trouble = '';
  child.stderr.on('data', (chunk) => (trouble += chunk));
  const { value } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  assert.equal(value, 'ready', trouble);
  return {
    stop() {
      const ended = new Promise((fulfil) => child.once('exit', fulfil));
      child.kill('SIGTERM');
      return ended;
    },
  };
}

const judges = [
  {
    name: "npm's oidc-provider",
    start: oidcProvider,
    email: 'carla@judge.example.test',
    async signIn(page) {
      await page.fill('input[name=login]', 'carla');
      await page.fill('input[name=password]', 'any');
      await page.click('button[type=submit]');
      await page.click('form:has(input[value=consent]) button[type=submit]');
    },
    async decline(page) {
      await page.click('a[href*="/abort"]');
    },
  },
  {
    name: "django-allauth's identity provider",
    start: allauth,
    email: 'mitali@judge.example.test',
    async signIn(page) {
      await page.fill('input[name=login]', 'mitali');
      await page.fill('input[name=password]', 'seven quiet herons over the delta');
      await page.click('form:has(#id_login) button[type=submit]');
      await page.click('button[name=action][value=grant]');
    },
    async decline(page) {
      await page.fill('input[name=login]', 'mitali');
      await page.fill('input[name=password]', 'seven quiet herons over the delta');
      await page.click('form:has(#id_login) button[type=submit]');
      await page.click('button[name=action][value=cancel]');
    },
  },
];

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

for (const judge of judges) {
  describe(judge.name, () => {
    let folder;
    let chabi;
    let upstream;

    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'chabi-upstream-'));
      const certificate = await makeCertificate(folder);
      const port = await freePort();
      chabi = await startServe({
        configuration: () => `
          [providers.judge]
          catalogue = "openid"
          name = "the judge"
          issuer = "https://localhost:${port}"
          client_id = "chabi"
          client_secret = "${clientSecret}"
          trust_email = "when_verified"

          [outgoing]
          allowed_hosts = ["localhost:${port}"]
          ca_certificates = ["${certificate.authority}"]`,
      });
      upstream = await judge.start({ port, folder, certificate, callback: `${chabi.issuer}/accounts/judge/login/callback/` });
    });
    after(async () => {
      await upstream?.stop();
      await chabi?.stop();
      if (folder) await rm(folder, { recursive: true, force: true });
    });

    /** Runs a visit in a fresh profile, which takes the judge's certificate as a person's browser takes the web's. */
    async function inFreshProfile(visit) {
      const context = await freshContext(browser, { ignoreHTTPSErrors: true });
      try {
        const page = await context.newPage();
        await page.route(`${chabi.redirectUri}*`, (route) => route.fulfill({ body: 'the application' }));
        return await visit(page);
      } finally {
        await context.close();
      }
    }

    /** From the application to the judge's first page; gives the verifier. */
    async function toTheJudge(page) {
      const verifier = randomBytes(32).toString('base64url');
      const query = new URLSearchParams({
        response_type: 'code',
        client_id: chabi.clientId,
        redirect_uri: chabi.redirectUri,
        scope: 'openid email profile',
        state: 's',
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
      });
      await page.goto(`${chabi.issuer}/oauth2/authorize?${query}`);
      assert.match(await page.textContent('form[action*="/accounts/judge/login/"]'), /the judge/);
      await page.click('form[action*="/accounts/judge/login/"] button');
      await page.waitForURL(/^https:/);
      return verifier;
    }

    /** The claims of our ID token, after a sign-in at the judge. */
    function signIn() {
      return inFreshProfile(async (page) => {
        const verifier = await toTheJudge(page);
        await judge.signIn(page);
        await page.waitForURL((url) => url.href.startsWith(chabi.issuer) || url.href.startsWith(chabi.redirectUri));
        if (!page.url().startsWith(chabi.redirectUri)) await page.click('#consent-allow');
        await page.waitForURL(`${chabi.redirectUri}*`);
        const code = new URL(page.url()).searchParams.get('code');
        assert.ok(code, page.url());
        const answer = await fetch(`${chabi.issuer}/oauth2/token`, {
          method: 'POST',
          body: new URLSearchParams({
            grant_type: 'authorization_code',
            client_id: chabi.clientId,
            code,
            redirect_uri: chabi.redirectUri,
            code_verifier: verifier,
          }),
        });
        assert.equal(answer.status, 200);
        const { id_token: idToken } = await answer.json();
        return JSON.parse(Buffer.from(idToken.split('.')[1], 'base64url'));
      });
    }

    test('a person signs in by it, with an address that the operator trusts it for, and comes back as the same account', async () => {
      const first = await signIn();
      assert.equal(first.iss, chabi.issuer);
      assert.deepEqual(first.amr, ['fed']);
      assert.equal(first.email, judge.email);
      assert.equal(first.email_verified, true);
      assert.equal((await signIn()).sub, first.sub);
    });

    test('a person who declines there is told so here, and is not signed in', () =>
      inFreshProfile(async (page) => {
        await toTheJudge(page);
        await judge.decline(page);
        await page.waitForURL(`${chabi.issuer}/accounts/**`);
        assert.match(await page.textContent('main'), /cancel/i);
        const names = (await page.context().cookies(chabi.issuer)).map((cookie) => cookie.name);
        assert.ok(!names.includes('chabi_session'), names.join());
      }));
  });
}
