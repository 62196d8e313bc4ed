// Lets Logto's own integration suite run against this server. The suite names itself by a header
// where others send a token, and relies on connectors that exist only inside Logto's own tests.
// usage: bridge.js [--messages FOLDER]
// Starts a fresh server and stands before it on ports 3001 and 3002. See docs/testing.md.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { api, token } from '../lib/api.js';
import { takePort } from '../lib/ports.js';
import { startServer } from '../lib/server.js';
import { Consent } from './consent.js';
import { Doubles } from './doubles.js';

const { values: options } = parseArgs({
  options: { messages: { type: 'string', default: path.join(os.tmpdir(), 'logto') } },
});
const SECRET = 'only-for-this-run-of-the-tests-0123456789';
const RENEW_MS = 20 * 60_000;

const bootstrap = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'bridge-')), 'bootstrap.json');
const client = { name: 'Bridge', secret: SECRET, scopes: ['all'] };
fs.writeFileSync(bootstrap, JSON.stringify({
  clients: [{ ...client, id: 'bridge' }, { ...client, id: 'bridge-admin', tenant: 'admin' }],
}));

const server = await startServer({
  env: {
    PORT: await takePort(),
    ADMIN_PORT: await takePort(),
    ENDPOINT: 'http://localhost:3001',
    ADMIN_ENDPOINT: 'http://localhost:3002',
    SIGNET_BOOTSTRAP: bootstrap,
    SIGNET_HOOK_PRIVATE_ADDRESSES: '1',
    SIGNET_CONNECTOR_PRIVATE_ADDRESSES: '1',
    SIGNET_HTTP_REDIRECTS: '1',
    STATUS_API_KEY: 'test-status-api-key', // the suite's
    SIGNET_MAX_CONNECTIONS_PER_ADDRESS: '10000',
  },
});

server.client.tokenUrl = `${server.base}/oidc/token`; // not the one before it, where nothing listens yet

const consent = new Consent();
const manage = async (address) => (await api(server, 'GET', address, { token: await token(server) })).json;
const doubles = await Doubles.start(options.messages, manage);

// A token of one tenant's client, made anew now and then.
class Bearer {
  #made = 0;

  constructor(base, id, resource) {
    this.asked = { id, resource, secret: SECRET, tokenUrl: `${base}/oidc/token` };
  }

  // The suite may replace the keys that the token was signed with.
  renew() {
    this.#made = 0;
  }

  async text() {
    if (Date.now() - this.#made > RENEW_MS) {
      this.#made = Date.now();
      this.pending = token(server, this.asked);
    }
    return this.pending;
  }
}

function received(stream) {
  return new Promise((resolve, reject) => {
    const chunks = [];
    stream.on('data', (chunk) => chunks.push(chunk));
    stream.on('end', () => resolve(Buffer.concat(chunks)));
    stream.on('error', reject);
  });
}

function send(port, { method, url, headers }, body) {
  const sent = { ...headers, 'content-length': body.length };
  if (body.length === 0) delete sent['content-length'];
  delete sent['transfer-encoding'];
  return new Promise((resolve, reject) => {
    const outgoing = http.request({ host: '127.0.0.1', port, method, path: url, headers: sent, agent: server.agent }, resolve);
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

// The suite looks for messages and for the logs of webhooks as soon as it has an answer; this server
// sends them from an outbox, which the bridge waits for.
const SENDS = /verification|invitation|connectors\/[^/]+\/test|\/api\/experience|\/api\/interaction/;
const waiting = () => Number(execFileSync('sqlite3', [path.join(server.data, 'default.db'), '-cmd', '.timeout 5000',
  'SELECT (SELECT count(*) FROM messages) + (SELECT count(*) FROM hook_deliveries WHERE attempts < 2)']).toString());

async function settled({ method, url }) {
  if (!(method === 'GET' ? /^\/api\/hooks/ : SENDS).test(url)) return;
  for (let left = 500; left > 0 && waiting() > 0; left -= 1) await new Promise((resolve) => setTimeout(resolve, 20));
}

// The server's answer to a request in whose header the suite's name stood.
async function sendNamed(port, incoming, body, bearer) {
  delete incoming.headers['development-user-id'];
  incoming.headers.authorization = `Bearer ${await bearer.text()}`;
  const answer = await send(port, incoming, body);
  if (answer.statusCode !== 401) return answer;
  answer.resume();
  bearer.renew();
  incoming.headers.authorization = `Bearer ${await bearer.text()}`;
  return send(port, incoming, body);
}

async function pass(incoming, outgoing, { origin, port, bearer }) {
  const elsewhere = consent.redirect(incoming, origin);
  if (elsewhere) {
    outgoing.writeHead(303, { location: elsewhere });
    outgoing.end();
    return;
  }
  const body = doubles.ask(incoming, await received(incoming));
  incoming.url = doubles.standing(incoming.url);
  if (incoming.method === 'GET') await settled(incoming);
  const answer = incoming.headers['development-user-id']
    ? await sendNamed(port, incoming, body, bearer)
    : await send(port, incoming, body);
  if (incoming.method !== 'GET') await settled(incoming);
  const text = doubles.answer(incoming, await received(answer), answer);
  const fields = answer.rawHeaders.filter((_, i) => !/^(content-length|transfer-encoding)$/i.test(answer.rawHeaders[i - (i % 2)]));
  consent.answer(incoming, fields);
  outgoing.sendDate = false;
  outgoing.writeHead(answer.statusCode, [...fields, ...(text.length || answer.statusCode !== 204 ? ['content-length', String(text.length)] : [])]);
  outgoing.end(incoming.method === 'HEAD' ? undefined : text);
}

function listen(port, target) {
  const listener = http.createServer((incoming, outgoing) => {
    pass(incoming, outgoing, target).catch((error) => {
      console.error(incoming.method, incoming.url, error);
      outgoing.destroy();
    });
  });
  listener.keepAliveTimeout = 600_000;
  return new Promise((resolve) => listener.listen(port, resolve));
}

await listen(3001, { origin: 'http://localhost:3001', port: server.port, bearer: new Bearer(server.base, 'bridge', 'https://default.logto.app/api') });
await listen(3002, { origin: 'http://localhost:3002', port: server.adminPort, bearer: new Bearer(server.adminBase, 'bridge-admin', 'https://admin.logto.app/api') });
console.log(`ready: http://localhost:3001 and http://localhost:3002; messages in ${options.messages}`);

async function end() {
  fs.rmSync(path.dirname(bootstrap), { recursive: true, force: true });
  await server.end('SIGTERM');
  process.stdout.write(server.logs());
  process.exit(0);
}
process.once('SIGTERM', end);
process.once('SIGINT', end);
