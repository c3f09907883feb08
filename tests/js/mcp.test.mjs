// The official SDK of the Model Context Protocol, which we did not write, finds its way from an MCP server that refuses it to a token
// for that server: RFC 9728 → RFC 8414 → a client id metadata document, or registration → PKCE → RFC 8707.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';

import { Client, StreamableHTTPClientTransport, UnauthorizedError } from '@modelcontextprotocol/client';

import { binary, freePort } from './lib/chabi.mjs';
import { Person } from './lib/person.mjs';
import { startServe } from './lib/serve.mjs';

const ada = 'ada@example.test';

let chabi;
let mcp;
let documents;

before(async () => {
  const documentPort = await freePort();
  chabi = await startServe({
    configuration: (folder) => {
      certify(folder);
      return [
        '[registration]\nmode = "open"\nscope = "notes:read"',
        `[outgoing]\nallowed_hosts = ["localhost:${documentPort}"]\nca_certificates = ["${join(folder, 'ca.pem')}"]`,
      ].join('\n');
    },
  });
  documents = await serveDocuments(documentPort);
  mcp = await startMcp();
  await chabi.run(['api', 'add', mcp.url, '--name', 'Notes for agents', '--scope', 'notes:read']);
});
after(async () => {
  documents?.server.close();
  await mcp?.stop();
  await chabi?.stop();
});

/** An authority and a certificate for `localhost`, made for this run. */
function certify(folder) {
  const openssl = (...words) => execFileSync('openssl', words, { cwd: folder, stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=An authority of a test');
  openssl('req', ...key, '-keyout', 'site.key', '-out', 'site.csr', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost');
  openssl('x509', '-req', '-in', 'site.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-out', 'site.pem', '-days', '2', '-copy_extensions', 'copy');
}

/** Where the agent's metadata is: what it says of itself under its client id. */
async function serveDocuments(port) {
  const url = `https://localhost:${port}/agent.json`;
  const asked = [];
  const server = createServer(
    { key: readFileSync(join(chabi.folder, 'site.key')), cert: readFileSync(join(chabi.folder, 'site.pem')) },
    (request, response) => {
      asked.push(request.url);
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ client_id: url, ...metadata }));
    },
  );
  await new Promise((fulfil) => server.listen(port, '127.0.0.1', fulfil));
  return { url, asked, server };
}

/** The example of the repository. */
async function startMcp() {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/mcp`;
  const child = spawn(join(dirname(binary), 'mcp-server'), [], {
    env: { PATH: process.env.PATH, CHABI_ISSUER: chabi.issuer, MCP_RESOURCE: url, MCP_LISTEN: `127.0.0.1:${port}` },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  for (const deadline = Date.now() + 20_000; ; ) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer) break;
    assert.ok(Date.now() < deadline, 'the MCP server did not start');
    await new Promise((fulfil) => setTimeout(fulfil, 50));
  }
  return {
    url,
    stop: () => new Promise((fulfil) => (child.once('exit', fulfil), child.kill('SIGTERM'))),
  };
}

const redirectUri = 'http://127.0.0.1:9/callback';
const metadata = {
  client_name: 'An agent of the tests',
  redirect_uris: [redirectUri],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'none',
  application_type: 'native',
};

/** An agent's memory, as the SDK asks for it. */
class Agent {
  redirectUrl = redirectUri;
  clientMetadata = metadata;

  constructor(more = {}) {
    Object.assign(this, more);
  }
  clientInformation() {
    return this.information;
  }
  saveClientInformation(information) {
    this.information = information;
  }
  tokens() {
    return this.saved;
  }
  saveTokens(tokens) {
    this.saved = tokens;
  }
  redirectToAuthorization(url) {
    this.sentTo = url;
  }
  saveCodeVerifier(verifier) {
    this.verifier = verifier;
  }
  codeVerifier() {
    return this.verifier;
  }
  saveDiscoveryState(state) {
    this.discovered = state;
  }
  discoveryState() {
    return this.discovered;
  }
}

/** Connects, is refused, asks the person, connects again. */
async function connect(agent) {
  const first = new StreamableHTTPClientTransport(new URL(mcp.url), { authProvider: agent });
  await assert.rejects(new Client({ name: 'tests', version: '1' }).connect(first), UnauthorizedError);
  assert.ok(agent.sentTo, 'the agent was sent nowhere');
  assert.equal(agent.sentTo.searchParams.get('resource'), mcp.url, 'RFC 8707');
  assert.equal(agent.sentTo.searchParams.get('code_challenge_method'), 'S256');
  const cameBack = await new Person(chabi).answerTo(agent.sentTo.href, redirectUri, ada);
  await first.finishAuth(new URL(cameBack).searchParams);
  const client = new Client({ name: 'tests', version: '1' });
  await client.connect(new StreamableHTTPClientTransport(new URL(mcp.url), { authProvider: agent }));
  return client;
}

async function whoami(client) {
  const answer = await client.callTool({ name: 'whoami', arguments: {} });
  return answer.content[0].text;
}

function claims(token) {
  return JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
}

test('an agent that registers itself is let in by a person, and its token is for this server alone', async () => {
  const agent = new Agent();
  const client = await connect(agent);
  const { client_id: id } = agent.information;
  assert.match(await whoami(client), new RegExp(`, by ${id}$`));
  const { aud, client_id: named, scope } = claims(agent.saved.access_token);
  assert.deepEqual([aud, named, scope], [mcp.url, id, 'notes:read offline_access']);
  await client.close();
});

test('an agent that is known by its metadata document needs no registration', async () => {
  const agent = new Agent({ clientMetadataUrl: documents.url });
  const client = await connect(agent);
  assert.match(await whoami(client), new RegExp(`, by ${documents.url}$`));
  assert.ok(documents.asked.length > 0, 'its document was not fetched');
  assert.equal(claims(agent.saved.access_token).client_id, documents.url);
  await client.close();
});

test('a token for another API does not open the MCP server', async () => {
  const { parameters } = await new Person(chabi).codeFor(ada);
  const answer = await fetch(`${chabi.url}/oauth2/token`, { method: 'POST', body: new URLSearchParams(parameters) });
  const { access_token: token } = await answer.json();
  const refused = await fetch(mcp.url, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
  assert.equal(refused.status, 401);
  assert.match(refused.headers.get('www-authenticate'), /invalid_token/);
});
