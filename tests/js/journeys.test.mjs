// The main job in a real browser, on both engines.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { freshContext, launch } from './lib/browser.mjs';
import { engines, startDev } from './lib/chabi.mjs';
import { ada, allow, callApi, mails, mailWith, openDemo, signedIn, signInWithPassword, titleOf, typePassword, viaProvider } from './lib/steps.mjs';

for (const engine of engines) {
  describe(`on ${engine.name}`, () => {
    let chabi;
    let browser;

    before(async () => {
      chabi = await startDev({ database: await engine.database() });
      browser = await launch();
    });
    after(async () => {
      await browser?.close();
      await chabi?.stop();
    });

    /** Runs a journey in a fresh profile, and fails it on a script error or a blocked resource. */
    async function inFreshProfile(journey, options) {
      const context = await freshContext(browser, options);
      try {
        await journey(await context.newPage(), context);
        assert.deepEqual(context.complaints, []);
      } finally {
        await context.close();
      }
    }

    test('a person signs in with a password, the API answers, the token is refreshed, and logout takes it back', () =>
      inFreshProfile(async (page) => {
        const tokens = await signInWithPassword(page, chabi);
        assert.equal(tokens.header.typ, 'at+jwt');
        assert.equal(tokens.header.alg, 'ES256');
        assert.equal(tokens.access.iss, chabi.url);
        assert.equal(tokens.id.email, ada);
        assert.ok((await callApi(page)).includes('200'));

        await page.click('#demo-refresh');
        await page.waitForFunction(
          (before) => JSON.parse(document.querySelector('#access-token-payload').textContent || '{}').jti !== before,
          tokens.access.jti,
        );
        assert.ok((await callApi(page)).includes('200'));

        const refreshToken = await watchTokenRequests(page, () => page.click('#demo-refresh'));
        await page.click('#demo-logout');
        await page.waitForURL(/\/demo/);
        await page.waitForSelector('#demo-sign-in');
        const refused = await fetch(`${chabi.url}/oauth2/token`, {
          method: 'POST',
          body: new URLSearchParams({ grant_type: 'refresh_token', client_id: 'demo', refresh_token: refreshToken }),
        });
        assert.equal(refused.status, 400);
        assert.equal((await refused.json()).error, 'invalid_grant');
      }));

    test('a new person comes by Google', () =>
      inFreshProfile(async (page) => {
        await viaProvider(page, chabi, 'google', 'new');
        await allow(page);
        const tokens = await signedIn(page);
        assert.equal(tokens.id.email_verified, true);
        assert.deepEqual(tokens.id.amr, ['fed']);
        await callApi(page);
      }));

    test('a person comes by Facebook without an e-mail address and is offered to add one', () =>
      inFreshProfile(async (page) => {
        await viaProvider(page, chabi, 'facebook', 'without-email');
        await page.waitForSelector('#email-skip');
        await page.click('#email-skip');
        await allow(page);
        const tokens = await signedIn(page);
        assert.equal(tokens.id.email, undefined);
        await callApi(page);
      }));

    test('the Google account of an address that is verified here joins the account', () =>
      inFreshProfile(async (page) => {
        await viaProvider(page, chabi, 'google', 'same-email');
        await page.waitForSelector('#consent-allow, #access-token-payload:not(:empty)');
        if (await page.$('#consent-allow')) await allow(page);
        assert.equal((await signedIn(page)).id.email, ada);
      }));

    test('denied consent comes back to the application as access_denied', () =>
      inFreshProfile(async (page) => {
        await openDemo(page, chabi);
        await typePassword(page, 'bina@example.test', chabi.password('bina@example.test'));
        await page.click('#consent-deny');
        await page.waitForURL(/\/demo/);
        await page.waitForFunction(() => document.querySelector('#demo-status')?.textContent.includes('access_denied'));
      }));

    for (const [persona, words] of [
      ['cancelled', /cancel/i],
      ['down', /Google/],
      ['wrong-nonce', /Google/],
      ['wrong-signature', /Google/],
    ]) {
      test(`the Google persona "${persona}" is refused with words and nobody is signed in`, () =>
        inFreshProfile(async (page, context) => {
          await viaProvider(page, chabi, 'google', persona);
          await page.waitForSelector('h1#page-title');
          await page.waitForURL(/\/accounts\/google\//);
          assert.match(await page.textContent('main'), words);
          const names = (await context.cookies(chabi.url)).map((cookie) => cookie.name);
          assert.ok(!names.includes('chabi_session'), names.join());
        }));
    }

    test('an address that Google has not verified opens no account that exists', () =>
      inFreshProfile(async (page) => {
        await viaProvider(page, chabi, 'google', 'unverified');
        await page.waitForSelector('h1#page-title');
        assert.equal(await page.$('#access-token-payload:not(:empty)'), null);
      }));

    test('a person signs up, proves the address with the code of the mail, and is signed in', () =>
      inFreshProfile(async (page) => {
        const email = `rumi.${engine.name.toLowerCase()}@example.test`;
        await openDemo(page, chabi);
        await page.click('a[href*="/accounts/signup/"]');
        await page.fill('#email', email);
        await page.fill('#name', 'Rumi');
        await page.fill('#password', 'seven quiet herons over the delta');
        await page.click('#signup-submit');
        await page.waitForSelector('#code');
        const mail = (await mails(chabi)).find((candidate) => candidate.to === email);
        await page.fill('#code', mail.text.match(/\b\d{6,8}\b/)[0]);
        await page.click('#code-submit');
        await allow(page);
        assert.equal((await signedIn(page)).id.email, email);
      }));

    test('a person who forgot the password sets a new one by mail and goes on to the application, and is signed out elsewhere', () =>
      inFreshProfile((elsewhere) =>
        inFreshProfile(async (page) => {
          const email = `nodi.${engine.name.toLowerCase()}@example.test`;
          await elsewhere.goto(`${chabi.url}/accounts/signup/`);
          await elsewhere.fill('#email', email);
          await elsewhere.fill('#name', 'Nodi');
          await elsewhere.fill('#password', 'seven quiet herons over the delta');
          await elsewhere.click('#signup-submit');
          await elsewhere.waitForSelector('#code');
          await elsewhere.fill('#code', (await mailWith(chabi, email, /\b\d{8}\b/))[0]);
          await elsewhere.click('#code-submit');
          await elsewhere.goto(`${chabi.url}/accounts/`);
          assert.equal(await titleOf(elsewhere), 'Your account');

          await openDemo(page, chabi);
          await page.click('#forgot-password');
          await page.fill('#email', email);
          await page.click('#forgot-submit');
          await page.waitForURL(/\/password\/reset\/done\//);
          await page.goto((await mailWith(chabi, email, /https?:\/\/\S+\/password\/reset\/key\/\S+/))[0]);
          assert.equal(await page.inputValue('#username'), email);
          await page.fill('#new_password', 'eight loud parrots under a bridge');
          await page.click('#new-password-submit');
          await page.click('#go-to-sign-in');
          await typePassword(page, email, 'seven quiet herons over the delta');
          await page.waitForSelector('[role=alert]');
          await typePassword(page, email, 'eight loud parrots under a bridge');
          await allow(page);
          assert.equal((await signedIn(page)).id.email, email);

          await elsewhere.goto(`${chabi.url}/accounts/`);
          assert.equal(await titleOf(elsewhere), 'Sign in');
        }),
      ));

    test('everything but the demo app works without JavaScript', () =>
      inFreshProfile(
        async (page) => {
          const query = new URLSearchParams({
            response_type: 'code',
            client_id: 'demo',
            redirect_uri: `${chabi.url}/demo/callback`,
            scope: 'openid email notes:read',
            state: 'no script',
            code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
            code_challenge_method: 'S256',
            prompt: 'consent',
          });
          await page.goto(`${chabi.url}/oauth2/authorize?${query}`);
          await typePassword(page, ada, chabi.password(ada));
          await allow(page);
          await page.waitForURL(/\/demo\/callback\?/);
          const answer = new URL(page.url()).searchParams;
          assert.equal(answer.get('state'), 'no script');
          assert.equal(answer.get('iss'), chabi.url);
          const redeemed = await fetch(`${chabi.url}/oauth2/token`, {
            method: 'POST',
            body: new URLSearchParams({
              grant_type: 'authorization_code',
              client_id: 'demo',
              code: answer.get('code'),
              redirect_uri: `${chabi.url}/demo/callback`,
              code_verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
            }),
          });
          assert.equal(redeemed.status, 200);
          await page.goto(`${chabi.url}/accounts/logout/`);
          await page.click('#logout-confirm');
          await page.goto(`${chabi.url}/accounts/login/`);
          assert.equal(await titleOf(page), 'Sign in');
        },
        { javaScriptEnabled: false },
      ));
  });
}

/** The refresh token that the application sends or receives while `action` runs. */
async function watchTokenRequests(page, action) {
  const answered = page.waitForResponse((response) => response.url().endsWith('/oauth2/token') && response.ok());
  await action();
  return (await (await answered).json()).refresh_token;
}
