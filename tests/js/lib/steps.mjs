// The steps that journeys are made of, by the ids that pages promise.
import assert from 'node:assert/strict';

export const ada = 'ada@example.test';

export async function openDemo(page, chabi) {
  await page.goto(`${chabi.url}/demo`);
  await page.click('#demo-sign-in');
  await page.waitForSelector('#username');
}

export async function typePassword(page, email, password) {
  await page.fill('#username', email);
  await page.fill('#password', password);
  await page.click('#login-submit');
}

export async function allow(page) {
  await page.waitForSelector('#consent-allow');
  await page.click('#consent-allow');
}

/** Back at the demo with tokens. */
export async function signedIn(page) {
  await page.waitForSelector('#access-token-payload:not(:empty)');
  return {
    header: JSON.parse(await page.textContent('#access-token-header')),
    access: JSON.parse(await page.textContent('#access-token-payload')),
    id: JSON.parse(await page.textContent('#id-token-payload')),
  };
}

export async function signInWithPassword(page, chabi, email = ada) {
  await openDemo(page, chabi);
  await typePassword(page, email, chabi.password(email));
  await allow(page);
  return signedIn(page);
}

/** Presses "Continue with …" on the sign-in page and picks a persona at the fake provider. */
export async function viaProvider(page, chabi, provider, persona) {
  await openDemo(page, chabi);
  await page.click(`form[action*="/accounts/${provider}/login/"] button`);
  await page.waitForSelector(`#persona-${persona}`);
  await page.click(`#persona-${persona}`);
}

export async function callApi(page) {
  await page.click('#demo-call-api');
  await page.waitForFunction(() => document.querySelector('#api-answer')?.textContent.includes('200'));
  return page.textContent('#api-answer');
}

export async function titleOf(page) {
  return (await page.textContent('h1#page-title')).trim();
}

export async function mails(chabi) {
  const answer = await fetch(`${chabi.url}/dev/mail.json`);
  assert.equal(answer.status, 200);
  return answer.json();
}

/** What `pattern` finds in a mail to this address; mails leave beside the answer, so it may take a moment. */
export async function mailWith(chabi, address, pattern) {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; ) {
    for (const mail of await mails(chabi)) {
      const found = mail.to === address && mail.text.match(pattern);
      if (found) return found;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`no mail to ${address} with ${pattern}`);
}
