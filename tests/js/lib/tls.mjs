// An authority of a test's own, a certificate of it for localhost, and a `fetch` that trusts it: as an operator makes them with openssl.
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { promisify } from 'node:util';

const openssl = promisify(execFile).bind(null, 'openssl');

/** Files in `folder`: `authority`, `certificate`, `key`, and the authority's text `trusted`. */
export async function makeCertificate(folder) {
  const file = (name) => join(folder, name);
  const rsa = ['-newkey', 'rsa:2048', '-nodes'];
  await openssl(['req', '-x509', ...rsa, '-days', '90', '-subj', '/CN=Conformance CA', '-addext', 'basicConstraints=critical,CA:TRUE', '-keyout', file('ca-key.pem'), '-out', file('ca.pem')]);
  await openssl(['req', ...rsa, '-subj', '/CN=localhost', '-keyout', file('key.pem'), '-out', file('request.pem')]);
  await writeFile(file('names.cnf'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  await openssl(['x509', '-req', '-in', file('request.pem'), '-CA', file('ca.pem'), '-CAkey', file('ca-key.pem'), '-CAcreateserial', '-days', '90', '-extfile', file('names.cnf'), '-out', file('certificate.pem')]);
  return {
    authority: file('ca.pem'),
    certificate: file('certificate.pem'),
    key: file('key.pem'),
    trusted: await readFile(file('ca.pem'), 'utf8'),
  };
}

/** `fetch` without redirects, over TLS, which trusts this authority and no other. */
export function trusting(ca) {
  return (url, { method = 'GET', headers = {}, body } = {}) =>
    new Promise((fulfil, reject) => {
      const sent = { ...headers };
      if (body instanceof URLSearchParams) sent['content-type'] ??= 'application/x-www-form-urlencoded';
      const text = body?.toString();
      if (text !== undefined) sent['content-length'] = Buffer.byteLength(text);
      const asked = request(url, { method, headers: sent, ca }, async (incoming) => {
        try {
          const received = new Headers();
          for (let at = 0; at < incoming.rawHeaders.length; at += 2) received.append(incoming.rawHeaders[at], incoming.rawHeaders[at + 1]);
          const chunks = [];
          for await (const chunk of incoming) chunks.push(chunk);
          const empty = [101, 204, 205, 304].includes(incoming.statusCode);
          fulfil(new Response(empty ? null : Buffer.concat(chunks), { status: incoming.statusCode, headers: received }));
        } catch (error) {
          reject(error);
        }
      });
      asked.once('error', reject);
      asked.end(text);
    });
}
