// Answers that post themselves, and the choice of an account, in a real browser: what a policy forbids shows there alone.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { freshContext, launch } from './lib/browser.mjs';
import { startDev } from './lib/chabi.mjs';
import { ada, allow, typePassword } from './lib/steps.mjs';

// RFC 7636, appendix B
const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';
const state = `"><script>alert(1)</script>' ä&=+%41`;

describe('how an answer travels', () => {
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

  function authorizeUrl(more) {
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: chabi.clientId,
      redirect_uri: chabi.redirectUri,
      scope: chabi.scope,
      state,
      code_challenge: challenge,
      code_challenge_method: 'S256',
      ...more,
    });
    return `${chabi.url}/oauth2/authorize?${query}`;
  }

  /** Stands in for the application; gives what reaches its redirect URI. */
  async function application(page) {
    let told;
    const arrived = new Promise((fulfil) => (told = fulfil));
    await page.route(
      (url) => url.href.startsWith(chabi.redirectUri),
      async (route) => {
        told({ method: route.request().method(), url: route.request().url(), body: route.request().postData() ?? '' });
        await route.fulfill({ status: 200, contentType: 'text/html', body: '<p id="arrived">here</p>' });
      },
    );
    return { arrived };
  }

  async function inFreshProfile(journey, options) {
    const context = await freshContext(browser, options);
    try {
      const page = await context.newPage();
      page.on('dialog', (dialog) => context.complaints.push(`a dialog: ${dialog.message()}`));
      await journey(page);
      assert.deepEqual(context.complaints, []);
    } finally {
      await context.close();
    }
  }

  function checkPosted(arrival) {
    assert.equal(arrival.method, 'POST');
    assert.equal(arrival.url, chabi.redirectUri);
    const posted = new URLSearchParams(arrival.body);
    assert.deepEqual([...posted.keys()].filter((name) => name !== 'session_state'), ['code', 'state', 'iss']);
    assert.equal(posted.get('state'), state);
    assert.equal(posted.get('iss'), chabi.url);
  }

  test('form_post: the page posts itself under its policy', () =>
    inFreshProfile(async (page) => {
      const { arrived } = await application(page);
      await page.goto(authorizeUrl({ response_mode: 'form_post' }));
      await typePassword(page, ada, chabi.password(ada));
      await allow(page);
      await page.waitForSelector('#arrived');
      checkPosted(await arrived);
    }));

  test('form_post: where no script runs there is a button', () =>
    inFreshProfile(
      async (page) => {
        const { arrived } = await application(page);
        await page.goto(authorizeUrl({ response_mode: 'form_post' }));
        await typePassword(page, ada, chabi.password(ada));
        await allow(page);
        await page.click('#form-post-submit');
        await page.waitForSelector('#arrived');
        checkPosted(await arrived);
      },
      { javaScriptEnabled: false },
    ));

  test('form_post: a refusal is posted too', () =>
    inFreshProfile(async (page) => {
      const { arrived } = await application(page);
      await page.goto(authorizeUrl({ response_mode: 'form_post', prompt: 'none' }));
      await page.waitForSelector('#arrived');
      const posted = new URLSearchParams((await arrived).body);
      assert.equal(posted.get('error'), 'login_required');
      assert.equal(posted.get('state'), state);
    }));

  /**
   * Allows; the URL with which the browser comes back. Redirects are not intercepted: the demo's page is there, and takes the answer out of
   * its address at once. So it is waited for from before.
   */
  async function allowedAndBack(page) {
    let back;
    const isBack = (url) => url.href.startsWith(chabi.redirectUri) && (back = url.href) !== undefined;
    await Promise.all([page.waitForURL(isBack, { waitUntil: 'commit' }), allow(page)]);
    return back;
  }

  test('fragment: nothing of the answer reaches a server', () =>
    inFreshProfile(async (page) => {
      const asked = [];
      page.on('request', (request) => asked.push(request.url()));
      await page.goto(authorizeUrl({ response_mode: 'fragment' }));
      await typePassword(page, ada, chabi.password(ada));
      const [target, fragment] = (await allowedAndBack(page)).split('#');
      assert.equal(target, chabi.redirectUri);
      assert.ok(new URLSearchParams(fragment).get('code'));
      assert.equal(new URLSearchParams(fragment).get('state'), state);
      assert.ok(asked.every((url) => !url.split('#')[0].includes('chabi_ac_')));
    }));

  test('select_account: who is signed in goes on, or becomes somebody else', () =>
    inFreshProfile(async (page) => {
      await page.goto(authorizeUrl({}));
      await typePassword(page, ada, chabi.password(ada));
      await allowedAndBack(page);
      await page.goto(authorizeUrl({ prompt: 'select_account' }));
      assert.match(await page.textContent('#account-continue'), /Ada/);
      await page.click('#account-another');
      await page.waitForSelector('#login-submit');
      await page.goBack();
      await page.click('#account-continue');
      // the demo is a public application on this computer: its consent is never remembered
      await allowedAndBack(page);
    }));
});
