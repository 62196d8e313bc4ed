// What the tests of the client share: a home of its own for each, small servers, certificates.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import { signet } from '../lib/server.js';

/** A folder for profiles: {folder, profiles, run(args, {env, input}), remove()}. */
export function home() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'signet-home-'));
  const environment = { XDG_CONFIG_HOME: folder, NO_PROXY: '*' };
  return {
    folder,
    profiles: path.join(folder, 'signet', 'profiles'),
    run: (args, { env = {}, ...options } = {}) => signet(args, { ...options, env: { ...environment, ...env } }),
    file(name, text) {
      const file = path.join(folder, name);
      fs.writeFileSync(file, text);
      return file;
    },
    remove: () => fs.rmSync(folder, { recursive: true, force: true }),
  };
}

/** It must succeed; gives standard output. */
export async function ok(result) {
  const { code, stdout, stderr } = await result;
  assert.equal(code, 0, `exit ${code}: ${stderr}`);
  return stdout;
}

/** It must fail with this exit status and one line that matches; nothing on standard output. */
export async function fails(result, status, pattern, secrets = []) {
  const { code, stdout, stderr } = await result;
  assert.match(stderr, pattern);
  assert.equal(stderr.trim().split('\n').length, 1, `more than one line: ${stderr}`);
  assert.equal(code, status, stderr);
  for (const secret of secrets) assert.ok(!stderr.includes(secret) && !stdout.includes(secret));
  return { stdout, stderr };
}

/** A server of the test's own: {url, port, requests, close()}. handle(request, response, body). */
export async function serve(handle, tls) {
  const requests = [];
  const listener = (request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      requests.push({ method: request.method, url: request.url, headers: request.headers, body });
      handle(request, response, body);
    });
  };
  const server = tls ? https.createServer(tls, listener) : http.createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  return {
    port,
    requests,
    url: `${tls ? 'https' : 'http'}://localhost:${port}`,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

export function json(response, value, status = 200, headers = {}) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(value));
}

/** A key and certificate for localhost, valid between two dates (YYYYMMDDHHMMSSZ): {key, cert, file}. */
export function certificate(folder, from, to) {
  const at = (name) => path.join(folder, name);
  fs.writeFileSync(at('index.txt'), '');
  fs.writeFileSync(
    at('ca.cnf'),
    `[ca]\ndefault_ca = own\n[own]\ndatabase = ${at('index.txt')}\nnew_certs_dir = ${folder}\nrand_serial = yes\n` +
      'default_md = sha256\npolicy = any\nx509_extensions = names\nunique_subject = no\n[any]\ncommonName = supplied\n' +
      '[names]\nsubjectAltName = DNS:localhost\nbasicConstraints = critical,CA:true\n[req]\ndistinguished_name = dn\n[dn]\n',
  );
  const openssl = (...args) => execFileSync('openssl', args, { stdio: 'pipe' });
  openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', at('key.pem'));
  openssl('req', '-new', '-key', at('key.pem'), '-subj', '/CN=localhost', '-config', at('ca.cnf'), '-out', at('csr.pem'));
  openssl('ca', '-batch', '-selfsign', '-notext', '-config', at('ca.cnf'), '-keyfile', at('key.pem'), '-in', at('csr.pem'),
    '-startdate', from, '-enddate', to, '-out', at('cert.pem'));
  return { key: fs.readFileSync(at('key.pem')), cert: fs.readFileSync(at('cert.pem')), file: at('cert.pem') };
}
