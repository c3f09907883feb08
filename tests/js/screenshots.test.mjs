// Every page, English and Bengali, light and dark, 320 and 1280 px wide: it fits, axe finds nothing against WCAG 2.2 AA, and its
// picture is kept for people to look at (.test-artifacts/screenshots).
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { barriers } from './lib/axe.mjs';
import { freshContext, launch } from './lib/browser.mjs';
import { repository, startDev } from './lib/chabi.mjs';
import { templates } from './lib/pages.mjs';
import { ada, callApi, mails, mailWith, signInWithPassword, typePassword, viaProvider } from './lib/steps.mjs';

const folder = join(repository, '.test-artifacts/screenshots');

/** An application on a device without a browser. */
const television = `
[[applications]]
client_id = "television"
name = "Television"
grant_types = ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"]
token_endpoint_auth_method = "none"
scope = "openid profile offline_access"
`;

let chabi;
let browser;
before(async () => {
  await mkdir(folder, { recursive: true });
  chabi = await startDev({ seed: () => television });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await chabi?.stop();
});

function authorizeUrl(extra = {}) {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: 'demo',
    redirect_uri: `${chabi.url}/demo/callback`,
    scope: 'openid profile email notes:read notes:write',
    state: 's',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
    ...extra,
  });
  return `${chabi.url}/oauth2/authorize?${query}`;
}

async function signIn(page) {
  await page.goto(`${chabi.url}/accounts/login/`);
  await typePassword(page, ada, chabi.password(ada));
  await page.waitForURL((url) => !url.pathname.endsWith('/login/'));
}

/** Name → how to get there in a fresh profile. */
const pages = {
  login: (page) => page.goto(authorizeUrl()),
  'login-refused': async (page) => {
    await page.goto(authorizeUrl());
    await typePassword(page, ada, 'not the password of ada');
    await page.waitForSelector('[role=alert]');
  },
  signup: (page) => page.goto(`${chabi.url}/accounts/signup/`),
  'signup-refused': async (page) => {
    await page.goto(`${chabi.url}/accounts/signup/`);
    await page.fill('#email', 'someone@example.test');
    await page.fill('#name', 'Someone');
    await page.fill('#password', 'short');
    await page.click('#signup-submit');
    await page.waitForSelector('[role=alert]');
  },
  'confirm-email': async (page, unique) => {
    await page.goto(`${chabi.url}/accounts/signup/`);
    await page.fill('#email', `${unique}@example.test`);
    await page.fill('#name', 'Nila');
    await page.fill('#password', 'seven quiet herons over the delta');
    await page.click('#signup-submit');
    await page.waitForSelector('#code');
  },
  'confirm-email-link': async (page, unique) => {
    await pages['confirm-email'](page, unique);
    const mail = (await mails(chabi)).find((candidate) => candidate.to === `${unique}@example.test`);
    await page.goto(mail.text.match(/https?:\/\/\S+confirm-email\/\S+/)[0]);
  },
  'forgot-password': async (page) => {
    await page.goto(`${chabi.url}/accounts/login/`);
    await page.click('#forgot-password');
    await page.waitForSelector('#forgot-submit');
  },
  'forgot-password-sent': async (page) => {
    await pages['forgot-password'](page);
    await page.fill('#email', ada);
    await page.click('#forgot-submit');
    await page.waitForURL(/\/password\/reset\/done\//);
  },
  'new-password': async (page, unique) => {
    await pages['confirm-email'](page, unique);
    await pages['forgot-password'](page);
    await page.fill('#email', `${unique}@example.test`);
    await page.click('#forgot-submit');
    await page.goto((await mailWith(chabi, `${unique}@example.test`, /https?:\/\/\S+\/password\/reset\/key\/\S+/))[0]);
    await page.waitForSelector('#new-password-submit');
  },
  'new-password-refused': async (page, unique) => {
    await pages['new-password'](page, unique);
    await page.fill('#new_password', 'short');
    await page.click('#new-password-submit');
    await page.waitForSelector('[role=alert]');
  },
  'new-password-set': async (page, unique) => {
    await pages['new-password'](page, unique);
    await page.fill('#new_password', 'eight loud parrots under a bridge');
    await page.click('#new-password-submit');
    await page.waitForSelector('#go-to-sign-in');
  },
  'change-password': async (page) => {
    await signIn(page);
    await page.goto(`${chabi.url}/accounts/password/change/`);
  },
  home: (page) => signIn(page),
  'home-with-apps': async (page) => {
    await signInWithPassword(page, chabi);
    await page.goto(`${chabi.url}/accounts/`);
    await page.waitForSelector('button[value=revoke]');
  },
  'home-with-ways': async (page, unique) => {
    await pages['confirm-email'](page, unique);
    await page.fill('#code', (await mailWith(chabi, `${unique}@example.test`, /\b\d{8}\b/))[0]);
    await page.click('#code-submit');
    await page.goto(`${chabi.url}/accounts/email/`);
    await page.fill('#email', `second.${unique}@example.test`);
    await page.click('#email-save');
    await page.waitForSelector('#code');
    await page.goto(`${chabi.url}/accounts/`);
    await page.click('form[action*="/accounts/google/login/"] button');
    await page.click('#persona-fresh');
    await page.waitForSelector('button[value=disconnect]');
  },
  logout: async (page) => {
    await signIn(page);
    await page.goto(`${chabi.url}/accounts/logout/`);
  },
  'logged-out': async (page) => {
    await pages.logout(page);
    await page.click('#logout-confirm');
    await page.waitForLoadState();
  },
  consent: async (page) => {
    await page.goto(authorizeUrl({ prompt: 'consent' }));
    await typePassword(page, ada, chabi.password(ada));
    await page.waitForSelector('#consent-allow');
  },
  'choose-account': async (page) => {
    await signIn(page);
    await page.goto(authorizeUrl({ prompt: 'select_account' }));
    await page.waitForSelector('#account-another');
  },
  'form-post': async (page) => {
    await page.goto(authorizeUrl({ response_mode: 'form_post', prompt: 'consent' }));
    await typePassword(page, ada, chabi.password(ada));
    await page.click('#consent-allow');
    await page.waitForSelector('#form-post-submit');
  },
  device: async (page) => {
    await signIn(page);
    const asked = { form: { client_id: 'television', scope: 'openid profile offline_access' } };
    const begun = await (await page.request.post(`${chabi.url}/oauth2/device_authorization`, asked)).json();
    await page.goto(begun.verification_uri_complete);
    await page.waitForSelector('#device-submit');
  },
  'device-refused': async (page) => {
    await pages.device(page);
    await page.fill('#code', 'XXXX-XXXX');
    await page.click('#device-submit');
    await page.waitForSelector('[role=alert]');
  },
  'device-confirm': async (page) => {
    await pages.device(page);
    await page.click('#device-submit');
    await page.waitForSelector('#device-allow');
  },
  'device-done': async (page) => {
    await pages['device-confirm'](page);
    await page.click('#device-allow');
    await page.waitForURL(/\/device\/done/);
  },
  'google-start': (page) => page.goto(`${chabi.url}/accounts/google/login/`),
  'google-cancelled': async (page) => {
    await viaProvider(page, chabi, 'google', 'cancelled');
    await page.waitForURL(/\/accounts\/google\//);
  },
  'google-down': async (page) => {
    await viaProvider(page, chabi, 'google', 'down');
    await page.waitForURL(/\/accounts\/google\//);
  },
  'refused-redirect-uri': (page) => page.goto(authorizeUrl({ redirect_uri: 'https://evil.example/callback' })),
  'not-found': (page) => page.goto(`${chabi.url}/accounts/nowhere/`),
  demo: (page) => page.goto(`${chabi.url}/demo`),
  'dev-index': (page) => page.goto(`${chabi.url}/dev/`),
  'dev-mail': (page) => page.goto(`${chabi.url}/dev/mail`),
  'dev-requests': (page) => page.goto(`${chabi.url}/dev/requests`),
  'dev-request': async (page) => {
    await page.goto(authorizeUrl({ redirect_uri: 'https://evil.example/callback' }));
    await page.goto(`${chabi.url}/dev/requests`);
    await page.click('tbody a');
  },
  'dev-google': async (page) => {
    await page.goto(`${chabi.url}/accounts/google/login/`);
    await page.click('main form button');
    await page.waitForSelector('#persona-new');
  },
  'dev-providers': async (page) => {
    await page.request.post(`${chabi.url}/dev/providers`, { form: { provider: 'google', all: 'off' } });
    await page.goto(`${chabi.url}/dev/providers`);
    await page.click('#google-denied');
    await page.waitForSelector('#google-denied[aria-pressed=true]');
    await page.click('section:has(#apple) summary');
    await page.request.post(`${chabi.url}/dev/providers`, { form: { provider: 'google', all: 'off' } });
  },
  'dev-apple': async (page) => {
    await page.goto(`${chabi.url}/accounts/apple/login/`);
    await page.click('main form button');
    await page.waitForSelector('#persona-new');
  },
  // stands still when its script does not come; with a shield of its own against everything else
  'dev-posting': async (page) => {
    await page.route('**/posting.js', (route) => route.abort());
    await pages['dev-apple'](page);
    await page.click('#persona-fresh');
    await page.waitForSelector('#posting-continue');
  },
  'dev-missing': (page) => page.goto(`${chabi.url}/dev/requests/AAAA`),
  'dev-microsoft-refused': (page) => page.goto(`${chabi.url}/dev/idp/microsoft/common/oauth2/v2.0/authorize?client_id=nobody`),
  'demo-signed-in': async (page) => {
    await signInWithPassword(page, chabi);
    await callApi(page);
  },
  'add-email': async (page) => {
    await signIn(page);
    await page.click('a[href*="/accounts/email/"]');
    await page.waitForSelector('#email-save');
  },
  'link-needed': async (page) => {
    await viaProvider(page, chabi, 'google', 'same-email-foreign');
    await page.waitForURL(/\/accounts\//);
  },
};

/** Where people with script are gone at once: the click that leads away is not heard. */
const withoutScript = ['form-post'];

/** The pages of development mode by their templates; a template that no page here shows fails. */
const ofDevelopment = {
  'demo.html': 'demo',
  'index.html': 'dev-index',
  'mail.html': 'dev-mail',
  'missing.html': 'dev-missing',
  'personas.html': 'dev-google',
  'posting.html': 'dev-posting',
  'provider-error.html': 'dev-microsoft-refused',
  'providers.html': 'dev-providers',
  'request.html': 'dev-request',
  'requests.html': 'dev-requests',
};

test('every page of development mode is among those that are looked at', async () => {
  const all = await templates('crates/dev/templates');
  assert.deepEqual(Object.keys(ofDevelopment), all);
  assert.deepEqual(Object.values(ofDevelopment).filter((name) => !pages[name]), []);
});

const languages = [
  ['en', 'en-GB'],
  ['bn', 'bn-BD'],
];

for (const [name, open] of Object.entries(pages)) {
  test(`the page "${name}" fits at 320 and 1280 px, in English and Bengali, light and dark`, async () => {
    for (const [language, locale] of languages) {
      const javaScriptEnabled = !withoutScript.includes(name);
      const context = await freshContext(browser, { locale, javaScriptEnabled, viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' });
      const page = await context.newPage();
      await open(page, `${name}-${language}`);
      const lang = await page.getAttribute('html', 'lang');
      if (!/^(demo|dev-)/.test(name)) assert.equal(lang, language);
      for (const width of [320, 1280]) {
        await page.setViewportSize({ width, height: 900 });
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.ok(overflow <= 0, `${name} ${language} overflows by ${overflow} px at ${width} px`);
        for (const colorScheme of ['light', 'dark']) {
          await page.emulateMedia({ colorScheme });
          // axe needs a page that may run script: that of the gallery stands for this one
          if (javaScriptEnabled) assert.deepEqual(await barriers(page), [], `${name} ${language} ${width} px ${colorScheme}`);
          await page.screenshot({ path: join(folder, `${name}.${language}.${width}.${colorScheme}.png`), fullPage: true, animations: 'disabled' });
        }
      }
      assert.deepEqual(context.complaints, []);
      await context.close();
    }
  });
}
