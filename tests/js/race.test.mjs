// One refresh token, presented 64 times at once over separate connections: one successor, and everybody in the grace is served the same.
// On PostgreSQL the callers are spread over two processes.
import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { after, before, describe, test } from 'node:test';

import { engines } from './lib/chabi.mjs';
import { Person, refresh } from './lib/person.mjs';
import { startServe } from './lib/serve.mjs';

const callers = 64;
const rounds = Number(process.env.CHABI_RACE_ROUNDS ?? 12);

for (const engine of engines) {
  describe(`on ${engine.name}`, () => {
    let server;
    let person;
    before(async () => {
      const database = await engine.database();
      server = await startServe({ database, nodes: database ? 2 : 1 });
      person = new Person(server);
    });
    after(() => server?.stop());

    // req: rt.race
    // req: rt.grace
    test(`${callers} refreshes of one token give one successor, ${rounds} times over, and an older one ends the family`, async () => {
      let { refresh_token: held } = await person.signIn('ada@example.test');
      const spent = [];
      for (let round = 0; round < rounds; round++) {
        const answers = await atOnce(held);
        assert.deepEqual([...new Set(answers.map((answer) => answer.status))], [200], JSON.stringify(answers.find((answer) => answer.status !== 200)));
        const successors = new Set(answers.map((answer) => answer.body.refresh_token));
        assert.equal(successors.size, 1, `${successors.size} successors in round ${round}`);
        spent.push(held);
        [held] = successors;
      }
      const reused = await refresh(server.urls.at(-1), spent[0], server.clientId);
      assert.equal((await reused.json()).error, 'invalid_grant');
      const leaf = await refresh(server.urls[0], held, server.clientId);
      assert.equal((await leaf.json()).error, 'invalid_grant', 'reuse revokes the family, on every node');
    });

    // req: cd.once
    test(`${callers} redemptions of one code: exactly one succeeds`, async () => {
      const { parameters } = await person.codeFor('ada@example.test');
      const answers = await atOnce(undefined, parameters);
      const wins = answers.filter((answer) => answer.status === 200);
      assert.equal(wins.length, 1);
      for (const answer of answers) if (answer !== wins[0]) assert.equal(answer.body.error, 'invalid_grant');
      const after = await refresh(server.urls[0], wins[0].body.refresh_token, server.clientId);
      assert.equal((await after.json()).error, 'invalid_grant', 'the replays revoked what the first redemption gave');
    });

    /** Opens a connection for each caller, writes all but the last byte of each request, then lets all of them go. */
    async function atOnce(refreshToken, parameters) {
      const body = new URLSearchParams(parameters ?? { grant_type: 'refresh_token', client_id: server.clientId, refresh_token: refreshToken }).toString();
      const waiting = await Promise.all(
        Array.from({ length: callers }, (_, index) => {
          const url = new URL(`${server.urls[index % server.urls.length]}/oauth2/token`);
          const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': Buffer.byteLength(body) };
          const call = request(url, { method: 'POST', agent: new Agent({ keepAlive: false }), headers });
          const answer = new Promise((fulfil, reject) => {
            call.once('error', reject);
            call.once('response', async (response) => {
              let text = '';
              for await (const chunk of response.setEncoding('utf8')) text += chunk;
              fulfil({ status: response.statusCode, body: JSON.parse(text) });
            });
          });
          return new Promise((fulfil, reject) => {
            call.once('error', reject);
            call.write(body.slice(0, -1), () => fulfil({ go: () => call.end(body.slice(-1)), answer }));
          });
        }),
      );
      for (const { go } of waiting) go();
      return Promise.all(waiting.map(({ answer }) => answer));
    }
  });
}
