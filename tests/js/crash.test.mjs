// Killed in the middle of a stream of refreshes, and on a disk that fails: nothing that a caller had received is lost, nothing spent comes back.
// CHABI_CRASH_ROUNDS sets how often (10 in CI, 50 by `cargo xtask crash`).
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, test } from 'node:test';

import { startDev } from './lib/chabi.mjs';
import { Person, refresh } from './lib/person.mjs';
import { ada } from './lib/steps.mjs';

const rounds = Number(process.env.CHABI_CRASH_ROUNDS ?? 10);
const callers = 16;

let chabi;
before(async () => {
  chabi = await startDev();
});
after(() => chabi?.stop());

/** One application instance: presents what it holds, keeps what it gets. */
class Caller {
  spent = [];
  answered = 0;

  constructor(held) {
    this.held = held;
  }

  /** Refreshes until the server is gone or `stopped()`. */
  async stream(stopped) {
    while (!stopped()) {
      let answer;
      try {
        answer = await refresh(chabi.url, this.held);
        this.keep(answer.status, await answer.json());
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
        return;
      }
    }
  }

  keep(status, body) {
    assert.equal(status, 200, JSON.stringify(body));
    this.spent.push(this.held);
    this.held = body.refresh_token;
    this.answered++;
  }
}

// req: rt.restart
// req: st.dur
test(`killed ${rounds} times in a stream of refreshes, no received token is lost and no spent one comes back`, async () => {
  const person = new Person(chabi);
  const people = [];
  while (people.length < callers) people.push(new Caller((await person.signIn(ada)).refresh_token));
  for (let round = 0; round < rounds; round++) {
    const before = people.reduce((sum, caller) => sum + caller.answered, 0);
    let stopped = false;
    const streams = people.map((caller) => caller.stream(() => stopped));
    await untilAnswered(people, before + callers * 2 + round);
    await chabi.kill();
    stopped = true;
    await Promise.all(streams);
    await chabi.start();
    for (const caller of people) {
      const answer = await refresh(chabi.url, caller.held);
      caller.keep(answer.status, await answer.json());
    }
  }
  for (const caller of people) {
    const old = caller.spent.at(-3);
    const answer = await refresh(chabi.url, old);
    assert.equal(answer.status, 400);
    assert.equal((await answer.json()).error, 'invalid_grant');
    const afterReuse = await refresh(chabi.url, caller.held);
    assert.equal(afterReuse.status, 400, 'reuse revokes the family, after a crash too');
  }
});

async function untilAnswered(people, goal) {
  const deadline = Date.now() + 60_000;
  while (people.reduce((sum, caller) => sum + caller.answered, 0) < goal) {
    assert.ok(Date.now() < deadline, 'the stream stands still');
    await new Promise((fulfil) => setImmediate(fulfil));
  }
}

// req: st.dur
test('once the disk refuses to sync, nobody gets a 2xx for a refresh', async () => {
  const disk = await startDev();
  try {
    const held = (await new Person(disk).signIn(ada)).refresh_token;
    const tracer = spawn('strace', ['-f', '-q', '-e', 'trace=fdatasync,fsync', '-e', 'inject=fdatasync,fsync:error=EIO', '-p', String(disk.pid())]);
    let traced = '';
    tracer.stderr.on('data', (chunk) => (traced += chunk));
    tracer.on('error', (error) => (traced += error));
    try {
      await untilTraced(disk.pid());
      const statuses = await Promise.all(Array.from({ length: 8 }, async () => (await refresh(disk.url, held)).status));
      assert.match(traced, /EIO.*INJECTED/, `strace injected nothing:\n${traced}`);
      assert.deepEqual([...new Set(statuses)], [503]);
    } finally {
      tracer.kill('SIGINT');
      await new Promise((fulfil) => tracer.once('exit', fulfil));
    }
    const recovered = await refresh(disk.url, held);
    assert.equal(recovered.status, 200, 'when the disk is well again, so is the server, and the token was not lost');
  } finally {
    await disk.stop();
  }
});

async function untilTraced(pid) {
  const { readFile } = await import('node:fs/promises');
  const deadline = Date.now() + 20_000;
  for (;;) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    if (!/^TracerPid:\s+0$/m.test(status)) return;
    assert.ok(Date.now() < deadline, 'strace did not attach: install strace, or allow ptrace');
    await new Promise((fulfil) => setTimeout(fulfil, 20));
  }
}
