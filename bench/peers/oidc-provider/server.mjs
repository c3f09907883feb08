// node oidc-provider, as `cargo xtask bench --peers` measures it. A fixture for measuring, not an example of a server to run:
// `/bench/codes` gives codes to whoever asks, without a person. It listens on loopback alone.
//
//   node server.mjs PORT
//
// Everything is in memory. Access tokens for the API are JWTs in ES256, those for userinfo opaque (introspection refuses JWTs);
// refresh tokens rotate; ID tokens are RS256 for `web`, ES256 for `web-es256`; PKCE is required. All else is as it comes.
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const PORT = Number(process.argv[2]);
const ISSUER = `http://localhost:${PORT}`;
const API = 'https://notes.example.test';
const REDIRECT_URI = 'http://localhost:9/callback';
const PERSON = 'ada';
// RFC 7636 appendix B
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';
const MOST_CODES = 20_000;

/// The adapter that comes with the package forgets all but the last thousand things; this one forgets nothing.
class Memory {
  static of = new Map();
  static byGrant = new Map();

  constructor(model) {
    this.model = model;
  }

  #name(id) {
    return `${this.model}:${id}`;
  }

  async upsert(id, payload) {
    const name = this.#name(id);
    Memory.of.set(name, payload);
    if (payload.grantId) {
      const names = Memory.byGrant.get(payload.grantId) ?? [];
      names.push(name);
      Memory.byGrant.set(payload.grantId, names);
    }
  }

  async find(id) {
    return Memory.of.get(this.#name(id));
  }

  async findByUid(uid) {
    for (const [name, payload] of Memory.of) {
      if (name.startsWith(`${this.model}:`) && payload.uid === uid) return payload;
    }
    return undefined;
  }

  async findByUserCode() {
    return undefined;
  }

  async consume(id) {
    Memory.of.get(this.#name(id)).consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id) {
    Memory.of.delete(this.#name(id));
  }

  async revokeByGrantId(grantId) {
    for (const name of Memory.byGrant.get(grantId) ?? []) Memory.of.delete(name);
    Memory.byGrant.delete(grantId);
  }
}

const jwk = (type, options, alg) => ({
  ...generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' }),
  alg,
  use: 'sig',
});

const application = (id, more) => ({
  client_id: id,
  client_secret: `${id}-secret-that-is-long-and-known-to-the-bench`,
  token_endpoint_auth_method: 'client_secret_post',
  ...more,
});

const ofPeople = {
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  redirect_uris: [REDIRECT_URI],
  application_type: 'native',
};

const provider = new Provider(ISSUER, {
  adapter: Memory,
  clients: [
    application('machine', { grant_types: ['client_credentials'], response_types: [], redirect_uris: [] }),
    application('web', ofPeople),
    application('web-es256', { ...ofPeople, id_token_signed_response_alg: 'ES256' }),
  ],
  jwks: { keys: [jwk('rsa', { modulusLength: 2048 }, 'RS256'), jwk('ec', { namedCurve: 'P-256' }, 'ES256')] },
  cookies: { keys: ['known to the bench'] },
  scopes: ['openid', 'offline_access', 'profile', 'email', 'notes:read'],
  claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'] },
  findAccount: (_ctx, id) => ({
    accountId: id,
    claims: () => ({ sub: id, name: 'Ada', email: 'ada@example.test', email_verified: true }),
  }),
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true, allowedPolicy: () => true },
    resourceIndicators: {
      enabled: true,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        audience: API,
        scope: 'notes:read',
        accessTokenFormat: 'jwt',
        accessTokenTTL: 300,
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
  issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
  expiresWithSession: () => false,
  rotateRefreshToken: true,
  pkce: { required: () => true },
  ttl: { AccessToken: 300, AuthorizationCode: 60, ClientCredentials: 300, Grant: 86_400, IdToken: 300, RefreshToken: 86_400 },
});

/// One code, as the authorization endpoint would have given it after a person signed in and consented; each of a grant of its own.
async function code(client, scope, resource) {
  const words = scope.split(' ');
  const grant = new provider.Grant({ accountId: PERSON, clientId: client.clientId });
  grant.addOIDCScope(words.filter((word) => word !== 'notes:read').join(' '));
  if (resource) grant.addResourceScope(resource, 'notes:read');
  const grantId = await grant.save();
  const made = new provider.AuthorizationCode({
    client,
    accountId: PERSON,
    grantId,
    authTime: Math.floor(Date.now() / 1000),
    amr: ['pwd'],
    gty: 'authorization_code',
    redirectUri: REDIRECT_URI,
    codeChallenge: CHALLENGE,
    codeChallengeMethod: 'S256',
    scope,
    resource,
    expiresWithSession: false,
  });
  return made.save();
}

async function codes(query) {
  const client = await provider.Client.find(query.get('client'));
  const count = Math.min(Number(query.get('count')), MOST_CODES);
  const made = [];
  for (let i = 0; i < count; i += 1) made.push(await code(client, query.get('scope'), query.get('resource') ?? undefined));
  return made.join('\n');
}

provider.on('server_error', (_ctx, error) => console.error(error));
const answer = provider.callback();
const server = createServer((request, response) => {
  const url = new URL(request.url, ISSUER);
  if (url.pathname !== '/bench/codes') return answer(request, response);
  codes(url.searchParams).then(
    (text) => response.writeHead(200, { 'content-length': Buffer.byteLength(text) }).end(text),
    (error) => response.writeHead(500, { 'content-length': 0 }).end() && console.error(error),
  );
});
server.keepAliveTimeout = 600_000;
server.listen(PORT, '127.0.0.1');
