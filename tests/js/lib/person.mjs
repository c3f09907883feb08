// A person without a browser: keeps cookies, fills in forms, follows redirects of ours by hand. For tests that need many sign-ins.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';

/** A program waits for what a person answers, also when there will be no answer: then it is ended, or the tests would be waited for. */
export const answered = (child, answer) =>
  answer.catch((trouble) => {
    child.kill();
    throw trouble;
  });

export class Person {
  #cookies = new Map();

  constructor(chabi) {
    this.chabi = chabi;
    this.fetch = chabi.fetch ?? fetch;
  }

  async request(url, options = {}) {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await this.fetch(url, { redirect: 'manual', ...options, headers: { cookie, 'sec-fetch-site': 'same-origin', ...options.headers } });
    for (const line of answer.headers.getSetCookie()) {
      const [pair] = line.split(';');
      const at = pair.indexOf('=');
      this.#cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return answer;
  }

  /** Follows redirects within Chabi; stops at the first answer that is not one, or that leaves for `stopAt`. */
  async follow(url, stopAt, options) {
    let answer = await this.request(url, options);
    for (let hops = 0; hops < 12; hops++) {
      const location = answer.headers.get('location');
      if (!location) return { answer, url };
      url = new URL(location, url).href;
      if (stopAt && url.startsWith(stopAt)) return { answer, url };
      answer = await this.request(url);
    }
    throw new Error(`too many redirects at ${url}`);
  }

  /** Sends the page's form that holds `marker`, with these fields filled in. */
  async submit(html, pageUrl, marker, fields, stopAt) {
    const form = [...html.matchAll(/<form\b[^>]*>[\s\S]*?<\/form>/g)].map((match) => match[0]).find((text) => text.includes(marker));
    assert.ok(form, `no form with ${marker} at ${pageUrl}:\n${html}`);
    const body = new URLSearchParams();
    for (const [tag] of form.matchAll(/<input\b[^>]*type="hidden"[^>]*>/g)) {
      body.set(attribute(tag, 'name'), attribute(tag, 'value') ?? '');
    }
    for (const [tag] of form.matchAll(/<input\b[^>]*type="checkbox"[^>]*>/g)) {
      if (/\bchecked\b/.test(tag)) body.append(attribute(tag, 'name'), attribute(tag, 'value') ?? 'on');
    }
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
    const action = attribute(form, 'action');
    return this.follow(new URL(action || pageUrl, pageUrl).href, stopAt, { method: 'POST', body });
  }

  /** Signs in with a password, and gives the tokens of the application that the server was started with. */
  async signIn(email) {
    const { parameters } = await this.codeFor(email);
    const answer = await token(this.chabi.url, parameters);
    assert.equal(answer.status, 200);
    return answer.json();
  }

  /** Signs in with a password if nobody is, consents, and gives the parameters that redeem the code. */
  async codeFor(email) {
    const { url: base, redirectUri, clientId, scope } = this.chabi;
    const verifier = randomBytes(32).toString('base64url');
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: clientId,
      redirect_uri: redirectUri,
      scope,
      state: 's',
      code_challenge: challenge,
      code_challenge_method: 'S256',
    });
    const url = await this.answerTo(`${base}/oauth2/authorize?${query}`, redirectUri, email);
    const code = new URL(url).searchParams.get('code');
    assert.ok(code, url);
    return { parameters: { grant_type: 'authorization_code', client_id: clientId, code, redirect_uri: redirectUri, code_verifier: verifier } };
  }

  /** Goes where an application sends the browser, signs in if nobody is, allows all; gives the URL that leads back to it. */
  async answerTo(authorizationUrl, redirectUri, email) {
    let step = await this.follow(authorizationUrl, redirectUri);
    if (!step.url.startsWith(redirectUri)) {
      const html = await step.answer.text();
      if (html.includes('id="login-submit"')) {
        step = await this.submit(html, step.url, 'login-submit', { username: email, password: this.chabi.password(email) }, redirectUri);
      } else {
        step.html = html;
      }
    }
    if (!step.url.startsWith(redirectUri)) {
      const html = step.html ?? (await step.answer.text());
      step = await this.submit(html, step.url, 'consent-allow', { decision: 'allow' }, redirectUri);
    }
    assert.ok(step.url.startsWith(redirectUri), `ended at ${step.url}`);
    return step.url;
  }
}

export function token(base, parameters) {
  return fetch(`${base}/oauth2/token`, { method: 'POST', body: new URLSearchParams(parameters) });
}

export function refresh(base, refreshToken, clientId = 'demo') {
  return token(base, { grant_type: 'refresh_token', client_id: clientId, refresh_token: refreshToken });
}

function attribute(tag, name) {
  const found = tag.match(new RegExp(`\\b${name}="([^"]*)"`));
  return found?.[1].replaceAll('&amp;', '&').replaceAll('&quot;', '"').replaceAll('&#x2f;', '/').replaceAll('&#x27;', "'").replaceAll('&#x3d;', '=');
}
