// The console: from an installation without an owner to "Sign in with Google", as a person walks it; then every page of it, English and
// Bengali, light and dark, 320 and 1280 px wide: it fits, axe finds nothing, and its picture is kept (.test-artifacts/screenshots).
import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { freshContext, launch } from './lib/browser.mjs';
import { engines, repository, startDev } from './lib/chabi.mjs';
import { consoleRoutes, notVisited } from './lib/pages.mjs';
import { ada, allow, callApi, openDemo, signedIn, titleOf, typePassword } from './lib/steps.mjs';

const folder = join(repository, '.test-artifacts/screenshots');
const axe = await readFile(join(repository, 'tests/js/node_modules/axe-core/axe.min.js'), 'utf8');

/** The fake Google's, of development mode. */
const google = { id: '1029384756-chabi-dev.apps.googleusercontent.test', secret: 'GOCSPX-development-only-fake-google' };

let chabi;
let browser;
before(async () => {
  await mkdir(folder, { recursive: true });
  browser = await launch();
});
after(() => browser?.close());

async function signIn(page) {
  await typePassword(page, ada, chabi.password(ada));
  await page.waitForURL((url) => !url.pathname.endsWith('/login/'));
}

/** The set-up link, as development mode prints it; elsewhere `chabi admin setup-link` does. */
function setupLink() {
  return chabi.output().match(/https?:\/\/\S+\/admin\/setup\/\S+/)[0];
}

for (const engine of engines) describe(`the walk on ${engine.name}`, () => {
  let context;
  let page;
  before(async () => {
    chabi = await startDev({ database: await engine.database(), words: ['--no-providers'], mayCallItself: true });
    context = await freshContext(browser, { viewport: { width: 1280, height: 900 } });
    page = await context.newPage();
  });
  after(async () => {
    await context?.close();
    await chabi?.stop();
    assert.deepEqual(context.complaints, []);
  });

  test('without a role the console is closed, and says how it opens', async () => {
    await page.goto(`${chabi.url}/admin/`);
    await signIn(page);
    assert.equal(await titleOf(page), 'You have no role here');
    assert.match(await page.textContent('main'), /chabi admin setup-link/);
  });

  test('the set-up link makes an owner once', async () => {
    const link = setupLink();
    await page.goto(link);
    await page.click('#setup-confirm');
    await page.waitForURL(/\/admin\/\?done=owner/);
    assert.equal(await titleOf(page), 'Dashboard');
    await page.goto(link);
    assert.equal(await titleOf(page), 'This set-up link cannot be used');
  });

  test('Google is added, with its callback URL to copy', async () => {
    await page.goto(`${chabi.url}/admin/social/`);
    await page.click('main a.primary');
    await page.fill('#search', 'google');
    await page.keyboard.press('Enter');
    await page.click('main a[href$="/admin/social/new/google/"]');
    assert.equal(await page.textContent('#callback-url'), `${chabi.url}/accounts/google/login/callback/`);
    await page.fill('#client_id', google.id);
    await page.fill('#client_secret', google.secret);
    await page.fill('#issuer', `${chabi.url}/dev/idp/google`);
    // another issuer than Google's is believed when the operator says so
    await page.check('[name=trust_email][value=when_verified]');
    await page.click('#social-save');
    await page.waitForURL(/\/admin\/social\/\?done=social-added/);
    assert.match(await page.textContent('tbody'), /Google/);
  });

  test('the test of it shows what the provider told, and signs nobody in', async () => {
    await page.goto(`${chabi.url}/admin/social/google/`);
    await page.click('#social-test');
    await page.click('#persona-new');
    await page.waitForURL((url) => url.pathname.startsWith('/accounts/google/login/callback/') || url.pathname.startsWith('/admin/'));
    assert.match(await page.textContent('main'), /sub/);
    await page.goto(`${chabi.url}/admin/`);
    assert.equal(await titleOf(page), 'Dashboard', 'still Ada');
  });

  test('the sign-in page has the button, the application gets a JWT, and the API answers', async () => {
    const other = await freshContext(browser);
    const tab = await other.newPage();
    await openDemo(tab, chabi);
    await tab.click('form[action*="/accounts/google/login/"] button');
    await tab.click('#persona-new');
    await allow(tab);
    const tokens = await signedIn(tab);
    assert.equal(tokens.header.typ, 'at+jwt');
    assert.deepEqual(tokens.id.amr, ['fed']);
    assert.ok((await callApi(tab)).includes('200'));
    assert.deepEqual(other.complaints, []);
    await other.close();
  });

  test('an application is made by three answers, and its test sign-in shows its tokens', async () => {
    await page.goto(`${chabi.url}/admin/applications/new/`);
    await page.click('a[href$="/new/web-server/"]');
    await page.fill('#name', 'Noticeboard');
    await page.fill('#redirect_uris', 'not a redirect uri');
    await page.click('#application-create');
    await page.waitForSelector('[role=alert]');
    assert.equal(await page.inputValue('#name'), 'Noticeboard', 'what was typed is still there');
    await page.fill('#redirect_uris', 'http://localhost:3000/callback');
    await page.click('#application-create');
    const secret = await page.textContent('#client-secret');
    assert.ok((await page.textContent('#snippet-authlib')).includes(secret));
    await page.click('main a.primary');
    assert.ok(!(await page.content()).includes(secret), 'the secret is told once');
    await page.click('a[href*="/admin/applications/test/"]');
    await page.fill('#client_secret', secret);
    await page.click('#test-begin');
    await page.waitForURL(/\/admin\/applications\/test\/callback/);
    assert.match(await page.textContent('main'), /at\+jwt/);
  });

  test('with scripts there is a button that copies', async () => {
    await page.goto(`${chabi.url}/admin/social/google/`);
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.click('#callback-url + .copy-button');
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), `${chabi.url}/accounts/google/login/callback/`);
  });

  // pages are the same on both
  if (engine === engines[0]) test('every page has its picture, fits, and has no barrier', async () => {
    // the set-up link is opened above, and the GET of a test shows what is tested
    const elsewhere = ['/admin/setup/{secret}', '/admin/social/{id}/test/'];
    assert.deepEqual(notVisited(await consoleRoutes(), Object.values(await everyPage(page))), elsewhere);
    for (const [language, locale] of [['en', 'en-GB'], ['bn', 'bn-BD']]) {
      const seen = await freshContext(browser, { locale, viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' });
      await seen.addCookies((await context.cookies()).filter((cookie) => !/language/.test(cookie.name)));
      const tab = await seen.newPage();
      for (const [name, path] of Object.entries(await everyPage(page))) {
        await tab.goto(`${chabi.url}${path}`);
        assert.equal(await tab.getAttribute('html', 'lang'), language);
        await lookAt(tab, `console-${name}.${language}`);
      }
      assert.deepEqual(seen.complaints, []);
      await seen.close();
    }
  });
});

/** Name → path; what is about one thing is found on its list. */
async function everyPage(page) {
  const first = async (list, selector) => {
    await page.goto(`${chabi.url}${list}`);
    const to = (await page.getAttribute(selector, 'href')) ?? (await page.getAttribute(selector, 'action'));
    return new URL(to, chabi.url).href.slice(chabi.url.length);
  };
  const account = await first('/admin/accounts/', 'tbody th a');
  const application = await first('/admin/applications/?search=Noticeboard', 'tbody th a');
  const query = application.slice(application.indexOf('?'));
  const event = await first('/admin/audit/', 'tbody th a');
  const api = await first('/admin/apis/', 'tbody th a');
  const tokens = '/admin/applications/initial-access-tokens/';
  await page.goto(`${chabi.url}${tokens}`);
  if (!(await page.$('form[action$="/remove/"]'))) {
    await page.fill('#label', 'For the tests');
    await page.click('#token-create');
  }
  return {
    dashboard: '/admin/?days=30',
    social: '/admin/social/',
    gallery: '/admin/social/new/',
    'social-found': '/admin/social/new/?search=git',
    'social-new': '/admin/social/new/apple/',
    'social-new-oauth2': '/admin/social/new/oauth2/',
    'social-edit': '/admin/social/google/',
    'social-remove': '/admin/social/google/remove/',
    applications: '/admin/applications/',
    wizard: '/admin/applications/new/',
    'wizard-web': '/admin/applications/new/web-server/',
    application,
    'application-edit': `/admin/applications/edit/${query}`,
    'application-test': `/admin/applications/test/${query}`,
    'application-secret': `/admin/applications/secret/${query}`,
    'application-remove': `/admin/applications/remove/${query}`,
    'redirect-check': '/admin/applications/check/?redirect_uri=http%3A%2F%2Fapp.example%2F',
    preview: `/admin/preview/${query}&account=${encodeURIComponent(ada)}`,
    'application-retire': `/admin/applications/secret/retire/${query}`,
    tokens,
    'token-remove': await first(tokens, 'form[action$="/remove/"]'),
    apis: '/admin/apis/',
    'api-new': '/admin/apis/new/',
    'api-edit': api,
    'api-remove': api.replace('/edit/', '/remove/'),
    accounts: '/admin/accounts/',
    'accounts-none': '/admin/accounts/?search=nobody-of-this-name',
    account,
    'account-block': `${account}block/`,
    'account-delete': `${account}delete/`,
    'account-new': '/admin/accounts/new/',
    'account-edit': `${account}edit/`,
    'account-disconnect': `${account}disconnect/?provider=google`,
    'session-end': await first('/admin/sessions/', 'form[action*="/accounts/"][action*="/sessions/"]'),
    'grant-revoke': await first('/admin/grants/', 'form[action*="/accounts/"][action*="/grants/"]'),
    sessions: '/admin/sessions/',
    grants: '/admin/grants/',
    revoke: '/admin/revoke/',
    keys: '/admin/keys/',
    'keys-rotate': '/admin/keys/rotate/',
    'keys-replace': '/admin/keys/replace/',
    'audit-verify': '/admin/audit/verify/',
    'role-take': await first('/admin/roles/', 'form[action*="/roles/take/"]'),
    audit: '/admin/audit/',
    'audit-event': event,
    roles: '/admin/roles/',
    settings: '/admin/settings/',
    'site-new': '/admin/settings/sites/new/',
    'site-edit': '/admin/settings/sites/main/',
    'site-remove': '/admin/settings/sites/main/remove/',
  };
}

async function lookAt(tab, name) {
  for (const width of [320, 1280]) {
    await tab.setViewportSize({ width, height: 900 });
    const overflow = await tab.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(overflow <= 0, `${name} overflows by ${overflow} px at ${width} px`);
    for (const colorScheme of ['light', 'dark']) {
      await tab.emulateMedia({ colorScheme });
      assert.deepEqual(await barriers(tab), [], `${name} ${width} px ${colorScheme}`);
      await tab.screenshot({ path: join(folder, `${name}.${width}.${colorScheme}.png`), fullPage: true, animations: 'disabled' });
    }
  }
}

/** What axe has against the page, a line each. */
async function barriers(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(() =>
    axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], resultTypes: ['violations'] }),
  );
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
}
