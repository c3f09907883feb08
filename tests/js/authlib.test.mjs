// Authlib, which we did not write, signs in at the real binary, and checks its tokens as an API would.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createInterface } from 'node:readline';

import { repository, startDev } from './lib/chabi.mjs';
import { Person, answered } from './lib/person.mjs';
import { ada } from './lib/steps.mjs';

const python = process.env.CHABI_PYTHON ?? join(repository, 'target/python/bin/python');

let chabi;

before(async () => {
  chabi = await startDev();
});
after(() => chabi?.stop());

test('Authlib signs in with PKCE, reads the ID token, guards an API, refreshes and revokes', async () => {
  const redirectUri = `${chabi.url}/demo/callback`;
  const script = join(repository, 'tests/python/authlib_client.py');
  const child = spawn(python, [script, chabi.url, 'demo', redirectUri, `${chabi.url}/demo/api`], {
    env: { PATH: process.env.PATH, AUTHLIB_INSECURE_TRANSPORT: '1' },
  });
  let trouble = '';
  child.stderr.on('data', (chunk) => (trouble += chunk));
  const ended = new Promise((fulfil, reject) => {
    child.once('error', reject);
    child.once('exit', fulfil);
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const { value: url } = await lines.next();
  assert.ok(url, `Authlib gave no URL:\n${trouble}`);
  child.stdin.end(`${await answered(child, new Person(chabi).answerTo(url, redirectUri, ada))}\n`);
  const last = (await lines.next()).value;
  assert.equal(await ended, 0, trouble);
  assert.equal(last, 'done');
});
