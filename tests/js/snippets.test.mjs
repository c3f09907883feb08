// The lines that the console gives an application, as a person pastes them: an application is made in the wizard, its lines are taken off
// the page, written to a file as they are, and a person signs in with them. Of Spring and oauth2-proxy, which come from neither npm, PyPI
// nor crates.io, the settings are read, each name is one that they document, and a sign-in is made of the values as they would make it.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { Auth } from '@auth/core';
import { auth } from '@modelcontextprotocol/client';
import * as openidClient from 'openid-client';

import { binary, freePort, repository, startDev } from './lib/chabi.mjs';
import { Person, answered } from './lib/person.mjs';
import { makeCertificate, trusting } from './lib/tls.mjs';
import { ada } from './lib/steps.mjs';

const run = promisify(execFile);
const python = process.env.CHABI_PYTHON ?? join(repository, 'target/python/bin/python');

/** Where applications would be: nobody listens there, the person stops at the door. */
const app = 'http://localhost:9';
const callbacks = {
  own: `${app}/callback`,
  authjs: `${app}/auth/callback/chabi`,
  allauth: `${app}/accounts/oidc/chabi/login/callback/`,
  spring: `${app}/login/oauth2/code/chabi`,
  proxy: `${app}/oauth2/callback`,
};

let chabi;
let owner;
let files = 0;

before(async () => {
  chabi = await startDev({ words: ['--no-providers'] });
  owner = await ownerOf(chabi);
  // what is pasted finds the packages that the tests have
  await symlink(join(repository, 'tests/js/node_modules'), join(chabi.folder, 'node_modules'));
});
after(() => chabi?.stop());

/** Ada, who came by the set-up link. */
async function ownerOf(server) {
  const person = new Person(server);
  const { answer, url } = await person.follow(`${server.url}/accounts/login/`);
  await person.submit(await answer.text(), url, 'login-submit', { username: ada, password: server.password(ada) });
  const link = server.output().match(/https?:\/\/\S+\/admin\/setup\/\S+/)[0];
  const asked = await person.follow(link);
  const done = await person.submit(await asked.answer.text(), asked.url, 'setup-confirm', {});
  assert.match(done.url, /done=owner/);
  return person;
}

/** The page that ends the wizard: the lines by their library. */
async function made(kind, fields = {}, person = owner) {
  const questions = await person.follow(`${person.chabi.url}/admin/applications/new/${kind}/`);
  const { answer, url } = await person.submit(await questions.answer.text(), questions.url, 'application-create', { name: `The ${kind}`, ...fields });
  const html = await answer.text();
  assert.equal(answer.status, 200, `${url}\n${html}`);
  const shown = Object.fromEntries([...html.matchAll(/<code [^>]*\bid="([\w-]+)"[^>]*>([^<]*)<\/code>/g)].map(([, id, text]) => [id, unescaped(text)]));
  const lines = Object.entries(shown).filter(([id]) => id.startsWith('snippet-')).map(([id, text]) => [id.slice('snippet-'.length), text]);
  return { clientId: shown['client-id'], lines: Object.fromEntries(lines) };
}

/** As a browser copies it. */
function unescaped(text) {
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (_, hex, decimal, name) => {
    if (hex) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (decimal) return String.fromCodePoint(Number(decimal));
    return { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }[name];
  });
}

/** A file of these lines and no others. */
async function pasted(name, lines, folder = chabi.folder) {
  const place = join(folder, `pasted-${files++}`);
  await mkdir(place);
  const file = join(place, name);
  await writeFile(file, `${lines}\n`);
  return file;
}

/** Signs Ada in where an application sends the browser; the URL that it comes back with. */
function signedInAt(url, callback) {
  return new Person(chabi).answerTo(String(url), callback, ada);
}

/** A program of tests/python that is told the file and the callback; what it knows of the person in the end. */
async function byPython(script, file, callback) {
  const child = spawn(python, [join(repository, 'tests/python', script), file, callback], { env: { PATH: process.env.PATH } });
  let trouble = '';
  child.stderr.on('data', (chunk) => (trouble += chunk));
  const ended = new Promise((fulfil, reject) => {
    child.once('error', reject);
    child.once('exit', fulfil);
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const { value: url } = await lines.next();
  assert.ok(url, trouble);
  child.stdin.end(`${await answered(child, signedInAt(url, callback))}\n`);
  const { value: known } = await lines.next();
  assert.equal(await ended, 0, trouble);
  return JSON.parse(known);
}

const web = (callback = callbacks.own) => made('web-server', { redirect_uris: callback });

test('every kind of application has its lines, without a place that was left open', async () => {
  const api = `${chabi.url}/demo/api`;
  const kinds = {
    'web-server': ['openid-client', 'authjs', 'authlib', 'allauth', 'spring', 'oauth2-proxy', 'axum'],
    'proxy-guard': ['openid-client', 'authjs', 'authlib', 'allauth', 'spring', 'oauth2-proxy', 'axum'],
    'single-page': ['openid-client', 'mcp', 'axum'],
    'mobile-or-desktop': ['openid-client', 'mcp', 'axum'],
    'mcp-client': ['openid-client', 'mcp', 'axum'],
    device: ['device', 'axum'],
    machine: ['machine', 'axum'],
  };
  for (const [kind, libraries] of Object.entries(kinds)) {
    const redirect = ['device', 'machine'].includes(kind) ? {} : { redirect_uris: callbacks.own };
    const { lines } = await made(kind, { default_audience: api, ...redirect });
    assert.deepEqual(Object.keys(lines).sort(), libraries.sort(), kind);
    for (const [library, text] of Object.entries(lines)) {
      assert.ok(text.includes(chabi.url), `${kind} ${library}`);
      // Spring has places of its own
      assert.doesNotMatch(text.replaceAll(/\{(baseUrl|registrationId)\}/g, ''), /\{[a-z_]+\}/, `${kind} ${library}`);
    }
  }
});

describe('openid-client', () => {
  /** A sign-in with the module that the lines are. */
  async function signIn(file, answer) {
    const application = await import(file);
    const { url, ...kept } = await application.signIn();
    return application.signedIn(new URL(await answer(url)), kept);
  }

  for (const [kind, fields] of [
    ['web-server', {}],
    ['single-page', {}],
    ['mobile-or-desktop', { redirect_uris: 'http://127.0.0.1:9/callback' }],
  ]) {
    test(`signs in as a ${kind} application`, async () => {
      const redirectUri = fields.redirect_uris ?? callbacks.own;
      const { lines, clientId } = await made(kind, { redirect_uris: redirectUri });
      const claims = await signIn(await pasted('app.mjs', lines['openid-client']), (url) => signedInAt(url, redirectUri));
      assert.equal(claims.email, ada);
      assert.equal(claims.aud, clientId);
    });
  }

  test('signs in over TLS, without the word that allows to do without', async (context) => {
    const folder = await mkdtemp(join(chabi.folder, 'tls-'));
    const certificate = await makeCertificate(folder);
    const secure = await startDev({ tls: certificate });
    context.after(async () => {
      await secure.stop();
      await rm(folder, { recursive: true, force: true });
    });
    const { lines } = await made('web-server', { redirect_uris: callbacks.own }, await ownerOf(secure));
    assert.doesNotMatch(lines['openid-client'], /allowInsecureRequests/);
    const file = await pasted('app.mjs', lines['openid-client']);
    // trust in an authority is a matter of the whole program: one of its own, that is steered as those in Python are
    const steering = `
      import { createInterface } from 'node:readline';
      const application = await import(process.argv[1]);
      const { url, ...kept } = await application.signIn();
      console.log(url.href);
      const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
      console.log(JSON.stringify(await application.signedIn(new URL((await lines.next()).value), kept)));
      process.exit(0);`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', steering, file], {
      env: { PATH: process.env.PATH, NODE_EXTRA_CA_CERTS: certificate.authority },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const { value: url } = await answers.next();
    assert.ok(url?.startsWith('https:'), url);
    const person = new Person({ ...secure, fetch: trusting(certificate.trusted) });
    child.stdin.end(`${await answered(child, person.answerTo(url, callbacks.own, ada))}\n`);
    assert.equal(JSON.parse((await answers.next()).value).email, ada);
  });
});

test('Auth.js signs in, and its session knows the person', async () => {
  const { lines } = await web(callbacks.authjs);
  const { providers } = await import(await pasted('auth.mjs', lines.authjs));
  const jar = new Map();
  const ask = async (url, options = {}) => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const request = new Request(url, { ...options, headers: { cookie, ...options.headers } });
    const answer = await Auth(request, { providers, basePath: '/auth', secret: 'of one test run alone', trustHost: true });
    for (const line of answer.headers.getSetCookie()) {
      const [pair] = line.split(';');
      jar.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    return answer;
  };
  const { csrfToken } = await (await ask(`${app}/auth/csrf`)).json();
  const sent = await ask(`${app}/auth/signin/chabi`, { method: 'POST', body: new URLSearchParams({ csrfToken }) });
  const back = await ask(await signedInAt(sent.headers.get('location'), callbacks.authjs));
  assert.equal(back.status, 302);
  const { user } = await (await ask(`${app}/auth/session`)).json();
  assert.equal(user.email, ada);
});

test('Authlib signs in within Starlette', async () => {
  const { lines, clientId } = await web();
  const claims = await byPython('pasted_authlib.py', await pasted('app.py', lines.authlib), callbacks.own);
  assert.equal(claims.email, ada);
  assert.equal(claims.aud, clientId);
});

test('django-allauth signs in, and has an account of the person', async () => {
  const { lines } = await web(callbacks.allauth);
  const known = await byPython('pasted_allauth.py', await pasted('settings.py', lines.allauth), callbacks.allauth);
  assert.equal(known.email, ada);
  assert.equal(known.provider, 'chabi');
});

/** The settings in a file, read by a parser that is not ours. */
async function settings(name, lines) {
  const { stdout } = await run(python, [join(repository, 'tests/python/pasted_settings.py'), await pasted(name, lines)]);
  return JSON.parse(stdout);
}

/** A sign-in as a program makes it that was given these. */
async function signInWith({ issuer, clientId, secret, redirectUri, scope, by }) {
  const config = await openidClient.discovery(new URL(issuer), clientId, undefined, by(secret), { execute: [openidClient.allowInsecureRequests] });
  const verifier = openidClient.randomPKCECodeVerifier();
  const challenge = { code_challenge: await openidClient.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256' };
  const url = openidClient.buildAuthorizationUrl(config, { redirect_uri: redirectUri, scope, state: 's', nonce: 'n', ...challenge });
  const tokens = await openidClient.authorizationCodeGrant(config, new URL(await signedInAt(url, redirectUri)), {
    pkceCodeVerifier: verifier,
    expectedState: 's',
    expectedNonce: 'n',
  });
  // OpenID Connect Core §5.4: what the ID token says not is at the UserInfo endpoint, where both programs look for it
  const claims = tokens.claims();
  return { ...(await openidClient.fetchUserInfo(config, tokens.access_token, claims.sub)), ...claims };
}

test('the settings for Spring are its own, and a sign-in made of them as it makes one is good', async () => {
  const { lines } = await web(callbacks.spring);
  const { client } = (await settings('application.yaml', lines.spring)).spring.security.oauth2;
  // docs.spring.io, Spring Boot, OAuth2ClientProperties
  assert.deepEqual(Object.keys(client), ['registration', 'provider']);
  const registration = client.registration.chabi;
  const names = ['client-id', 'client-secret', 'client-authentication-method', 'authorization-grant-type', 'redirect-uri', 'scope', 'client-name', 'provider'];
  assert.deepEqual(Object.keys(registration).filter((name) => !names.includes(name)), []);
  assert.deepEqual(Object.keys(client.provider.chabi), ['issuer-uri']);
  const redirectUri = registration['redirect-uri'].replace('{baseUrl}', app).replace('{registrationId}', 'chabi');
  const claims = await signInWith({
    issuer: client.provider.chabi['issuer-uri'],
    clientId: registration['client-id'],
    secret: registration['client-secret'],
    scope: registration.scope.split(',').map((word) => word.trim()).join(' '),
    redirectUri,
    by: openidClient.ClientSecretBasic,
  });
  assert.equal(claims.email, ada);
});

for (const kind of ['web-server', 'proxy-guard']) {
  test(`the settings for oauth2-proxy (${kind}) are its own, and a sign-in made of them as it makes one is good`, async () => {
    const { lines } = await made(kind, { redirect_uris: callbacks.proxy });
    const proxy = await settings('oauth2-proxy.toml', lines['oauth2-proxy']);
    // oauth2-proxy.github.io, configuration/overview: the names of its flags, with underscores, and an s where one may be given twice
    const names = ['provider', 'oidc_issuer_url', 'client_id', 'client_secret', 'redirect_url', 'scope', 'code_challenge_method', 'email_domains', 'cookie_secret', 'cookie_secure', 'upstreams'];
    assert.deepEqual(Object.keys(proxy), names);
    assert.equal(proxy.provider, 'oidc');
    assert.ok([16, 24, 32].includes(Buffer.from(proxy.cookie_secret, 'base64url').length), 'a key of AES');
    assert.equal(proxy.cookie_secure, false, 'its address has no TLS');
    for (const by of [openidClient.ClientSecretBasic, openidClient.ClientSecretPost]) {
      const claims = await signInWith({
        issuer: proxy.oidc_issuer_url,
        clientId: proxy.client_id,
        secret: proxy.client_secret,
        redirectUri: proxy.redirect_url,
        scope: proxy.scope,
        by,
      });
      assert.equal(claims.email, ada);
      assert.equal(claims.email_verified, true, 'it lets nobody in without');
    }
  });
}

/** An operation of the administrators, by the command line. */
async function operation(name, body) {
  const call = run(binary, ['run', name, '--data', join(chabi.folder, 'data'), '--json', '--body', '-']);
  call.child.stdin.end(JSON.stringify(body));
  return JSON.parse((await call).stdout);
}

/** The lines of a shell, as they are; what they print. */
async function shell(lines) {
  const { stdout } = await run('sh', ['-c', lines.replaceAll('curl ', 'curl --silent --show-error ')]);
  return JSON.parse(stdout);
}

test('a device gets its tokens by the lines for curl', async () => {
  const { lines } = await made('device', { default_audience: `${chabi.url}/demo/api` });
  const [first, second] = lines.device.split('# 2.');
  const codes = await shell(first);
  const person = new Person(chabi);
  const ending = `${chabi.url}/device/done`;
  let step = await person.follow(codes.verification_uri_complete);
  let html = await step.answer.text();
  if (html.includes('login-submit')) {
    step = await person.submit(html, step.url, 'login-submit', { username: ada, password: chabi.password(ada) });
    html = await step.answer.text();
  }
  step = await person.submit(html, step.url, 'device-submit', { code: codes.user_code });
  await person.submit(await step.answer.text(), step.url, 'device-allow', { decision: 'allow' }, ending);
  const tokens = await shell(`# 2.${second}`.replace('DEVICE_CODE', codes.device_code));
  assert.equal(JSON.parse(Buffer.from(tokens.id_token.split('.')[1], 'base64url')).email, ada);
});

test('a machine gets a token for its API by the line for curl', async () => {
  const audience = `${chabi.url}/demo/api`;
  const { lines, clientId } = await made('machine', { default_audience: audience });
  const { access_token: token } = await shell(lines.machine);
  const claims = JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
  assert.equal(claims.aud, audience);
  assert.equal(claims.client_id, clientId);
});

test('an agent finds its way with the values for MCP', async (context) => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/mcp`;
  await operation('apis.create', { audience: url, name: 'Notes for agents', scope: 'notes:read' });
  const child = spawn(join(dirname(binary), 'mcp-server'), [], {
    env: { PATH: process.env.PATH, CHABI_ISSUER: chabi.url, MCP_RESOURCE: url, MCP_LISTEN: `127.0.0.1:${port}` },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  context.after(() => new Promise((fulfil) => (child.once('exit', fulfil), child.kill('SIGTERM'))));
  for (const deadline = Date.now() + 20_000; !(await fetch(url).catch(() => undefined)); ) {
    assert.ok(Date.now() < deadline, 'the MCP server did not start');
    await new Promise((fulfil) => setTimeout(fulfil, 50));
  }
  const { lines } = await made('mcp-client', { redirect_uris: 'http://127.0.0.1:9/callback', default_audience: url });
  const values = JSON.parse(lines.mcp);
  const agent = {
    redirectUrl: values.redirect_uri,
    clientMetadata: { redirect_uris: [values.redirect_uri], scope: values.scope },
    clientInformation: () => ({ client_id: values.client_id }),
    tokens: () => agent.saved,
    saveTokens: (tokens) => (agent.saved = tokens),
    redirectToAuthorization: (asked) => (agent.sentTo = asked),
    saveCodeVerifier: (verifier) => (agent.verifier = verifier),
    codeVerifier: () => agent.verifier,
  };
  assert.equal(await auth(agent, { serverUrl: values.resource, scope: values.scope }), 'REDIRECT');
  assert.ok(agent.sentTo.href.startsWith(`${values.authorization_server}/`), agent.sentTo.href);
  const back = new URL(await signedInAt(agent.sentTo, values.redirect_uri));
  const answer = { authorizationCode: back.searchParams.get('code'), iss: back.searchParams.get('iss') };
  assert.equal(await auth(agent, { serverUrl: values.resource, ...answer }), 'AUTHORIZED');
  const claims = JSON.parse(Buffer.from(agent.saved.access_token.split('.')[1], 'base64url'));
  assert.equal(claims.aud, url);
  assert.equal(claims.client_id, values.client_id);
});

test('the API of the lines for axum compiles, and takes the tokens of its application and no others', { timeout: 300_000 }, async (context) => {
  const audience = `${chabi.url}/demo/api`;
  const { lines, clientId } = await made('machine', { default_audience: audience });
  const file = await pasted('api.rs', lines.axum);
  const profile = basename(dirname(binary));
  // the whole workspace, as it was built before: this one program is made anew, and nothing else
  const build = ['build', '--workspace', '--bins', '--profile', profile === 'debug' ? 'dev' : profile, '--locked', '--offline', '--quiet'];
  await run(process.env.CARGO ?? 'cargo', build, { cwd: repository, env: { ...process.env, CHABI_PASTED: file } });
  const child = spawn(join(dirname(binary), 'pasted-api'), [], { env: { PATH: process.env.PATH }, stdio: ['ignore', 'pipe', 'inherit'] });
  context.after(() => new Promise((fulfil) => (child.once('exit', fulfil), child.kill('SIGTERM'))));
  const { value: api } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  const hello = (token) => fetch(`${api}/hello`, { headers: token ? { authorization: `Bearer ${token}` } : {} });
  const { access_token: token } = await shell(lines.machine);
  const greeted = await hello(token);
  assert.equal(greeted.status, 200);
  assert.match(await greeted.text(), new RegExp(`sent by ${clientId}`));
  assert.equal((await hello()).status, 401);
  await operation('apis.create', { audience: `${app}/another`, name: 'Another API', scope: 'notes:read' });
  const { lines: others } = await made('machine', { default_audience: `${app}/another` });
  assert.equal((await hello((await shell(others.machine)).access_token)).status, 401);
});
