// Starts `chabi serve` as an operator would: a configuration file, a secret file, applications and people made by the command line.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { binary, freePort, untilReady } from './chabi.mjs';

export const password = 'seven quiet herons over the delta';

/**
 * `nodes` processes on one database, with an application `shop` and a person ada@example.test: `urls`, `issuer`, `kill(node)`,
 * `start(node)`, `stop()` … With `proxy`, the public URL is that of a proxy that sends each request to the next node.
 * `configuration`, given the folder, adds tables to the configuration.
 */
export async function startServe({ database, nodes = 1, proxy = false, configuration = () => '' } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'chabi-serve-'));
  const ports = [];
  while (ports.length < nodes) ports.push(await freePort());
  const publicPort = proxy ? await freePort() : ports[0];
  const issuer = `http://localhost:${publicPort}`;
  const config = join(folder, 'chabi.toml');
  const env = { PATH: process.env.PATH, HOME: folder, CHABI_CONFIG: config };
  const secretFile = join(folder, 'secret');
  const url = database ?? `sqlite:${join(folder, 'chabi.db')}`;
  await writeFile(config, `public_url = "${issuer}"\ndatabase_url = "${url}"\nsecret_file = "${secretFile}"\n${configuration(folder)}\n`);
  // Nodes that share a PostgreSQL database are given the same file; beside SQLite, the server makes it.
  if (database) await writeFile(secretFile, `chabi_master_${randomBytes(32).toString('base64url')}`, { mode: 0o600 });

  const children = [];
  async function start(node) {
    const child = spawn(binary, ['serve'], { env: { ...env, CHABI_LISTEN: `127.0.0.1:${ports[node]}` }, cwd: folder });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    const gone = new Promise((_, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => reject(new Error(`chabi serve ended (${code ?? signal}):\n${output}`)));
    });
    gone.catch(() => {});
    const stop = new AbortController();
    await Promise.race([gone, untilReady(`http://127.0.0.1:${ports[node]}`, stop.signal)]).finally(() => stop.abort());
    children[node] = child;
  }
  for (const node of ports.keys()) await start(node);
  const roundRobin = proxy ? await startProxy(publicPort, ports) : undefined;
  const redirectUri = 'http://localhost:9/callback';
  await run(['application', 'add', 'Shop', '--client-id', 'shop', '--public', '--native', '--redirect-uri', redirectUri], env);
  await run(['account', 'add', 'ada@example.test'], env, `${password}\n`);
  return {
    issuer,
    redirectUri,
    clientId: 'shop',
    scope: 'openid',
    password: () => password,
    url: issuer,
    urls: ports.map((port) => `http://127.0.0.1:${port}`),
    folder,
    start,
    kill: (node) => end(children[node], 'SIGKILL'),
    pids: () => children.map((child) => child.pid),
    run: (words, input) => run(words, env, input),
    async stop() {
      await Promise.all(children.map((child) => end(child, 'SIGTERM')));
      if (roundRobin) await end(roundRobin, 'SIGTERM');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function end(child, signal) {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  const ended = new Promise((fulfil) => child.once('exit', fulfil));
  child.kill(signal);
  return ended;
}

/** The test kit's dumb proxy; its first word is that it is ready. */
async function startProxy(port, nodes) {
  const program = join(dirname(binary), 'round_robin');
  const child = spawn(program, [port, ...nodes].map(String), { stdio: ['pipe', 'pipe', 'inherit'] });
  await new Promise((fulfil, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`round_robin ended (${code})`)));
    child.stdout.once('data', fulfil);
  });
  return child;
}

function run(words, env, input = '') {
  return new Promise((fulfil, reject) => {
    const child = spawn(binary, words, { env });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk) => (out += chunk));
    child.stderr.on('data', (chunk) => (err += chunk));
    child.on('error', reject);
    child.on('exit', (code) => (code === 0 ? fulfil(out) : reject(new Error(`chabi ${words.join(' ')} (${code}):\n${err}`))));
    child.stdin.end(input);
  });
}
