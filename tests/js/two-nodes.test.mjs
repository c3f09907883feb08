// Two nodes of `chabi serve` on one PostgreSQL: whichever a request reaches, the answer is the same.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { engines } from './lib/chabi.mjs';
import { Person, refresh } from './lib/person.mjs';
import { startServe } from './lib/serve.mjs';

let server;
before(async () => {
  const database = await engines.find((engine) => engine.name === 'PostgreSQL').database();
  server = await startServe({ database, nodes: 2 });
});
after(() => server?.stop());

const keySet = async (url) => (await fetch(`${url}/oauth2/jwks`)).text();

// req: st.multi
test('two nodes that started at once have the same keys, also after one operator rotated them', async () => {
  const first = await keySet(server.urls[0]);
  assert.equal(await keySet(server.urls[1]), first);
  await server.run(['key', 'rotate']);
  const deadline = Date.now() + 20_000;
  for (;;) {
    const [one, other] = await Promise.all(server.urls.map(keySet));
    if (one !== first && one === other) return;
    assert.ok(Date.now() < deadline, 'the nodes do not agree on the new keys');
    await new Promise((fulfil) => setTimeout(fulfil, 50));
  }
});

// req: st.multi
test('a token of one node is refreshed at the other, turn by turn', async () => {
  let { refresh_token: held } = await new Person(server).signIn('ada@example.test');
  for (let turn = 0; turn < 6; turn++) {
    const answer = await refresh(server.urls[(turn + 1) % 2], held, server.clientId);
    assert.equal(answer.status, 200);
    const next = (await answer.json()).refresh_token;
    assert.notEqual(next, held);
    held = next;
  }
});

// req: st.multi
test('what one node revoked is refused by the other at once', async () => {
  const { refresh_token: held } = await new Person(server).signIn('ada@example.test');
  const body = new URLSearchParams({ client_id: server.clientId, token: held });
  assert.equal((await fetch(`${server.urls[0]}/oauth2/revoke`, { method: 'POST', body })).status, 200);
  assert.equal((await refresh(server.urls[1], held, server.clientId)).status, 400);
});
