// Starts the real binary in development mode for a test file, and stops it again.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { trusting } from './tls.mjs';

const here = dirname(fileURLToPath(import.meta.url));
export const repository = resolve(here, '../../..');
export const binary = process.env.CHABI_BIN ?? join(repository, 'target/ci/chabi');

/** The engines that every journey runs on. PostgreSQL's URL is set by `cargo xtask test`, which starts a throw-away cluster. */
export const engines = [
  { name: 'SQLite', database: async () => undefined },
  { name: 'PostgreSQL', database: freshPostgresDatabase },
];

let databases = 0;

async function freshPostgresDatabase() {
  const admin = process.env.CHABI_TEST_POSTGRES;
  if (!admin) throw new Error('CHABI_TEST_POSTGRES is not set: run these tests with `cargo xtask test`, which starts PostgreSQL');
  const name = `chabi_js_${process.pid}_${databases++}`;
  await psql(admin, `CREATE DATABASE ${name}`);
  const url = new URL(admin);
  url.pathname = `/${name}`;
  console.log(`# PostgreSQL ${(await psql(admin, 'SHOW server_version')).trim()}`);
  return url.href;
}

function psql(url, statement) {
  return new Promise((fulfil, reject) => {
    const child = spawn('psql', ['--no-psqlrc', '--tuples-only', '--no-align', '--command', statement, url]);
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk) => (out += chunk));
    child.stderr.on('data', (chunk) => (err += chunk));
    child.on('error', reject);
    child.on('exit', (code) => (code === 0 ? fulfil(out) : reject(new Error(`psql: ${err}`))));
  });
}

export function freePort() {
  return new Promise((fulfil, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => fulfil(port));
    });
  });
}

/**
 * A running `chabi dev`, with what `seed` gives for its URL and `words` more for its command line, that may call `mayCall`: `url`, `password(email)`, `output()`, `stop()`, `kill()`, `restart()`.
 * With `tls` (of `makeCertificate`) it is at https, trusts that authority when it calls, and `fetch` trusts it too.
 */
export async function startDev({ database, seed, mayCall = [], mayCallItself = false, words: more = [], tls } = {}) {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'chabi-journey-'));
  const url = `${tls ? 'https' : 'http'}://localhost:${port}`;
  const ask = tls ? trusting(tls.trusted) : fetch;
  const words = ['dev', '--port', String(port), '--data', join(folder, 'data')];
  if (database) words.push('--database', database);
  if (tls) words.push('--tls-certificate', tls.certificate, '--tls-key', tls.key, '--ca-certificate', tls.authority, '--no-providers');
  if (mayCallItself) words.push('--allow-outgoing', `localhost:${port}`);
  for (const host of mayCall) words.push('--allow-outgoing', host);
  words.push(...more);
  if (seed) {
    await writeFile(join(folder, 'seed.toml'), seed(url));
    words.push('--seed', join(folder, 'seed.toml'));
  }
  let output = '';
  let child;

  async function start() {
    child = spawn(binary, words, { cwd: folder, env: { PATH: process.env.PATH, HOME: folder } });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (chunk) => (output += chunk));
    }
    const gone = new Promise((_, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => reject(new Error(`chabi dev ended (${code ?? signal}):\n${output}`)));
    });
    gone.catch(() => {});
    const stop = new AbortController();
    await Promise.race([gone, untilReady(url, stop.signal, ask)]).finally(() => stop.abort());
  }

  function end(signal) {
    if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
    const ended = new Promise((fulfil) => child.once('exit', fulfil));
    child.kill(signal);
    return ended;
  }

  await start();
  return {
    url,
    fetch: ask,
    port,
    folder,
    redirectUri: `${url}/demo/callback`,
    clientId: 'demo',
    scope: 'openid notes:read',
    output: () => output,
    pid: () => child.pid,
    password(email) {
      const escaped = email.replaceAll('.', '\\.');
      const found = output.match(new RegExp(`${escaped}\\s+/?\\s*(\\S+)`));
      if (!found) throw new Error(`no password of ${email} was printed:\n${output}`);
      return found[1];
    },
    async restart() {
      await end('SIGTERM');
      await start();
    },
    kill: () => end('SIGKILL'),
    start,
    async stop() {
      await end('SIGTERM');
      await rm(folder, { recursive: true, force: true });
    },
    file: (name) => readFile(join(folder, name), 'utf8'),
  };
}

export async function untilReady(url, signal, ask = fetch) {
  const deadline = Date.now() + 60_000;
  while (!signal.aborted) {
    try {
      const answer = await ask(`${url}/readyz`);
      if (answer.ok) return;
    } catch {
      // Not listening yet.
    }
    if (Date.now() > deadline) throw new Error(`${url}/readyz was not ready within a minute`);
    await new Promise((fulfil) => setTimeout(fulfil, 25));
  }
}
