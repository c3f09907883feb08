// Who one can be at the fake Apple, GitHub and Microsoft, in a real browser: each sign-in ends as the persona's button says. And what an
// operator's day brings, by the switches of the fakes: down, slow, refused, a clock that is off, keys that were rotated.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { freshContext, launch } from './lib/browser.mjs';
import { engines, startDev } from './lib/chabi.mjs';
import { allow, signedIn, titleOf, viaProvider } from './lib/steps.mjs';

/** Ends signed in, with these claims; the operator trusts none of the three for addresses, so none is verified by them. */
const isIn = (claims) => ({ ends: 'in', claims: { email_verified: claims.email ? false : undefined, ...claims } });
/** Somebody has this address: sign in first, then connect. Nobody is signed in. */
const signInFirst = { ends: 'sign-in-first' };
/** Nobody is signed in, and the page has these words. */
const refused = (words) => ({ ends: 'refused', words });

const cancelled = refused(/You cancelled at/);
const unreachable = refused(/does not answer at the moment/);
const untrusted = refused(/did not pass our checks/);
const declined = refused(/refused to sign you in/);

const endings = {
  apple: {
    new: isIn({ email: 'amina.newcomer@icloud.com', name: 'Amina Newcomer' }),
    relay: isIn({ email: 'k7q2m9xw4d@privaterelay.appleid.com', name: 'Rafi Relay' }),
    fresh: isIn({ name: 'Fiona Fresh', email: /^fresh\d+@privaterelay\.appleid\.com$/ }),
    'same-email': signInFirst,
    'without-email': isIn({ email: undefined, name: 'Tania Taught' }),
    unverified: isIn({ email: 'ulla@example.test' }),
    cancelled,
    down: unreachable,
    'wrong-nonce': untrusted,
    'wrong-signature': untrusted,
  },
  github: {
    new: isIn({ email: 'gita@example.test', name: 'Gita Newcomer' }),
    renamed: isIn({ email: 'gita@example.test', name: 'Gita Newcomer' }),
    fresh: isIn({ email: /^fresh\.\d+@example\.test$/ }),
    'same-email': signInFirst,
    secondary: isIn({ email: 'sadia@example.test' }),
    unverified: isIn({ email: undefined }),
    'public-email': isIn({ email: 'pial@example.test' }),
    'emails-hidden': isIn({ email: undefined }),
    cancelled,
    down: unreachable,
    'code-refused': declined,
    'bad-credentials': declined,
  },
  microsoft: {
    work: isIn({ email: 'mina@contoso.example.test', name: 'Mina Member' }),
    personal: isIn({ email: 'parvez@outlook.example.test' }),
    fresh: isIn({ email: /^fresh\.\d+@contoso\.example\.test$/ }),
    'verified-domain': signInFirst,
    noauth: signInFirst,
    'noauth-edov': signInFirst,
    'without-email': isIn({ email: undefined, name: 'Tariq Terminal' }),
    'wrong-tenant': untrusted,
    'foreign-issuer': untrusted,
    cancelled,
    down: unreachable,
    'wrong-nonce': untrusted,
    'wrong-signature': untrusted,
  },
};

let chabi;
let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/** A server of its own for the tests of one description, on this engine. */
function serverOn(engine) {
  before(async () => {
    chabi = await startDev({ database: await engine.database() });
  });
  after(() => chabi?.stop());
}

/** Runs a journey in a fresh profile, and fails it on a script error or a blocked resource. */
async function inFreshProfile(journey, options) {
  const context = await freshContext(browser, options);
  try {
    const answer = await journey(await context.newPage(), context);
    assert.deepEqual(context.complaints, []);
    return answer;
  } finally {
    await context.close();
  }
}

/** Signs in at the demo app as this persona, and gives the claims of the ID token. */
function signIn(provider, persona) {
  return inFreshProfile(async (page) => {
    await viaProvider(page, chabi, provider, persona);
    await page.waitForSelector('#consent-allow, #email-skip, #access-token-payload:not(:empty)');
    if (await page.$('#email-skip')) {
      await page.click('#email-skip');
      await page.waitForSelector('#consent-allow, #access-token-payload:not(:empty)');
    }
    if (await page.$('#consent-allow')) await allow(page);
    return (await signedIn(page)).id;
  });
}

/** The words of the page at which a sign-in ends that signs nobody in. */
function refusal(provider, persona) {
  return inFreshProfile(async (page, context) => {
    await viaProvider(page, chabi, provider, persona);
    await page.waitForURL(`${chabi.url}/accounts/${provider}/login/callback/**`);
    await page.waitForSelector('h1#page-title');
    const names = (await context.cookies(chabi.url)).map((cookie) => cookie.name);
    assert.ok(!names.includes('chabi_session'), names.join());
    return page.textContent('main');
  });
}

/** Throws switches of a fake, and throws them back when the test is over. */
async function turn(context, provider, fields) {
  const throwThem = (which) => fetch(`${chabi.url}/dev/providers`, { method: 'POST', redirect: 'manual', body: new URLSearchParams({ provider, ...which }) });
  context.after(() => throwThem({ all: 'off' }));
  assert.equal((await throwThem(fields)).status, 303);
}

for (const engine of engines) {
  describe(`on ${engine.name}`, () => {
    serverOn(engine);

    for (const [provider, personas] of Object.entries(endings)) {
      describe(`at the fake ${provider}`, () => {
        test('every persona of the page has an ending here', async () => {
          const listed = await (await fetch(`${chabi.url}/dev/providers.json`)).json();
          assert.deepEqual(listed[provider].personas, Object.keys(personas));
        });

        for (const [persona, ending] of Object.entries(personas)) {
          if (ending.ends === 'in') {
            test(`"${persona}" signs in, and an application is told what the provider told`, async () => {
              const id = await signIn(provider, persona);
              assert.deepEqual(id.amr, ['fed']);
              for (const [claim, value] of Object.entries(ending.claims)) {
                if (value instanceof RegExp) assert.match(id[claim], value);
                else assert.equal(id[claim], value, claim);
              }
            });
          } else if (ending.ends === 'sign-in-first') {
            test(`"${persona}" must sign in to the account that has the address, and opens it not`, async () => {
              const words = await refusal(provider, persona);
              assert.match(words, /ada@example\.test already/);
            });
          } else {
            test(`"${persona}" is refused with words, and nobody is signed in`, async () => {
              assert.match(await refusal(provider, persona), ending.words);
            });
          }
        }
      });
    }

    test('a name that Apple tells at the first sign-in alone is there at the second', async () => {
      const first = await signIn('apple', 'relay');
      const second = await signIn('apple', 'relay');
      assert.equal(second.sub, first.sub);
      assert.equal(second.name, 'Rafi Relay');
    });

    test('a person who changed the login at GitHub is the same person', async () => {
      assert.equal((await signIn('github', 'renamed')).sub, (await signIn('github', 'new')).sub);
    });

    test('people of two tenants of Microsoft are two people, and each the same again', async () => {
      const [work, personal] = [await signIn('microsoft', 'work'), await signIn('microsoft', 'personal')];
      assert.notEqual(work.sub, personal.sub);
      assert.equal((await signIn('microsoft', 'work')).sub, work.sub);
    });
  });
}

describe('by the switches, and without JavaScript', () => {
  serverOn(engines[0]);

  test("Apple's answer arrives without JavaScript too, by a button", () =>
    inFreshProfile(
      async (page) => {
        await page.goto(`${chabi.url}/accounts/apple/login/`);
        await page.click('main form button');
        await page.click('#persona-fresh');
        await page.click('#posting-continue');
        await page.waitForURL((url) => !url.pathname.startsWith('/dev/') && !url.pathname.includes('/callback/'));
        assert.equal(await titleOf(page), 'Your account');
      },
      { javaScriptEnabled: false },
    ));

  test('a switch is thrown in the browser, without JavaScript, and thrown back', (context) =>
    inFreshProfile(
      async (page) => {
        await turn(context, 'github', { all: 'off' });
        await page.goto(`${chabi.url}/dev/providers`);
        await page.click('#github-denied');
        assert.equal(await page.getAttribute('#github-denied', 'aria-pressed'), 'true');
        assert.match(await refusal('github', 'new'), cancelled.words);
        await page.click('#github-denied');
        assert.equal(await page.getAttribute('#github-denied', 'aria-pressed'), 'false');
        await signIn('github', 'new');
      },
      { javaScriptEnabled: false },
    ));

  const someone = { google: 'new', facebook: 'with-email', apple: 'new', github: 'new', microsoft: 'work' };
  const signing = ['google', 'apple', 'microsoft'];

  for (const [provider, persona] of Object.entries(someone)) {
    test(`${provider} denies consent, is down, and comes back`, async (context) => {
      await turn(context, provider, { denied: 'on' });
      assert.match(await refusal(provider, persona), cancelled.words);
      await turn(context, provider, { denied: 'off', down: 'on' });
      assert.match(await refusalOrNoStart(provider, persona), unreachable.words);
      await turn(context, provider, { all: 'off' });
      await signIn(provider, persona);
    });
  }

  for (const provider of signing) {
    test(`ID tokens of ${provider} from a clock that is two hours behind are refused`, async (context) => {
      await turn(context, provider, { clock: 'on' });
      assert.match(await refusal(provider, someone[provider]), untrusted.words);
    });

    test(`keys that ${provider} rotated are fetched again, and the sign-in goes on`, async (context) => {
      const { sub } = await signIn(provider, someone[provider]);
      await turn(context, provider, { keys: 'rotate' });
      assert.equal((await signIn(provider, someone[provider])).sub, sub);
    });
  }

  for (const provider of ['github', 'facebook']) {
    test(`an access token that ${provider} took back tells nobody`, async (context) => {
      await turn(context, provider, { revoked: 'on' });
      assert.match(await refusal(provider, someone[provider]), declined.words);
    });
  }

  test('a provider that answers too late is given up, and others are served meanwhile', async (context) => {
    await turn(context, 'github', { slow: 'on' });
    const late = refusal('github', 'new');
    await signIn('google', 'new');
    assert.match(await late, unreachable.words);
  });
});

/** A provider that is down may be found so before the browser leaves, or after it came back. */
async function refusalOrNoStart(provider, persona) {
  return inFreshProfile(async (page) => {
    await page.goto(`${chabi.url}/accounts/${provider}/login/`);
    await page.click('main form button');
    await page.waitForSelector(`#persona-${persona}, h1#page-title`);
    if (await page.$(`#persona-${persona}`)) await page.click(`#persona-${persona}`);
    await page.waitForURL(`${chabi.url}/accounts/${provider}/login/**`);
    await page.waitForSelector('h1#page-title');
    return page.textContent('main');
  });
}
