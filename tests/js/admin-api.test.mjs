// Schemathesis, which we did not write, drives the administrators' API from its own document: nothing breaks, and every answer is one that
// the document promises.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import { binary, repository, startDev } from './lib/chabi.mjs';

const python = process.env.CHABI_PYTHON ?? join(repository, 'target/python/bin/python');

// The judge sends ids again that it has seen: these take its own token away, and come last, with a new one.
const ending = ['revoke', 'roles.take', 'applications.delete', 'applications.update', 'applications.retire_secret', 'apis.update'];
// Each call makes RSA keys, which takes long: a few, one at a time; and after the other, no token is good any more.
const turningKeys = ['keys.rotate', 'keys.replace_compromised'];

const checks = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'negative_data_rejection',
  'unsupported_method',
  'ignored_auth',
  'use_after_free',
];

let chabi;

before(async () => {
  chabi = await startDev();
});
after(() => chabi?.stop());

async function run(name, body, ...words) {
  const child = promisify(execFile)(binary, ['run', name, '--data', join(chabi.folder, 'data'), '--json', ...words, ...(body ? ['--body', '-'] : [])]);
  child.child.stdin.end(body ? JSON.stringify(body) : '');
  return JSON.parse((await child).stdout);
}

async function ownerToken() {
  const audience = `${chabi.url}/api/v1`;
  const made = await run('applications.create', { purpose: 'machine', name: 'Judge', default_audience: audience });
  await run('roles.grant', { holder: `application:${made.application.client_id}`, role: 'owner' });
  const answer = await fetch(`${chabi.url}/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: made.application.client_id,
      client_secret: made.client_secret,
      scope: 'admin:read admin:write',
    }),
  });
  assert.equal(answer.status, 200);
  return (await answer.json()).access_token;
}

async function judged(seconds, filter, operations, ...more) {
  const token = await ownerToken();
  const words = ['run', `${chabi.url}/api/v1/openapi.json`, '--header', `Authorization: Bearer ${token}`];
  words.push('--max-time', String(seconds), '--workers', '1', '--no-color', '--seed', '1', '--checks', checks.join());
  words.push('--suppress-health-check', 'filter_too_much', ...more);
  for (const operation of operations) words.push(filter, operation);
  const child = spawn(join(dirname(python), 'schemathesis'), words, { cwd: chabi.folder, env: { PATH: process.env.PATH, HOME: chabi.folder } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const code = await new Promise((fulfil, reject) => {
    child.once('error', reject);
    child.once('exit', fulfil);
  });
  assert.equal(code, 0, output.slice(-8_000));
  console.log(output.match(/\d+ generated.*/)?.[0]);
}

test('the API is as its document says, whatever it is asked', { timeout: 240_000 }, async () => {
  await judged(75, '--exclude-operation-id', [...turningKeys, ...ending]);
  await judged(20, '--include-operation-id', ending);
  for (const operation of turningKeys) await judged(8, '--include-operation-id', [operation], '--max-examples', '3');
});
