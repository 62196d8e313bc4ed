// Clients that ask again and again and read nothing of what they are answered: documents that are there
// anyway are not copied for them, what is made for them is bounded over all connections, and those who read
// get theirs meanwhile. DEAF sets how many ask for documents (300).
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import tls from 'node:tls';
import { request, token } from '../lib/api.js';
import { admin, createApp } from '../lib/fixtures.js';
import { returnPort, takePort } from '../lib/ports.js';
import { startServer } from '../lib/server.js';

const DEAF = Number(process.env.DEAF ?? 300);
const sanitized = (process.env.SIGNET_BIN ?? 'build/asan/signet').includes('san');
const KIB_EACH = 24; // of memory for one that asks for documents
const MIB = 1024 * 1024;
const CAP_MIB = 4;
const DOCUMENT = '/api/swagger.json';

// Connections are what they are whatever the database is.
const skip = process.env.SIGNET_TEST_DB === 'postgres';
let folder;
const started = [];
async function start(env = {}) {
  const health = await takePort();
  const server = await startServer({ env: { SIGNET_OPERATIONS_PORT: health, SIGNET_THREADS: '2', ...env } });
  started.push({ server, health });
  const scheme = env.HTTPS_CERT_PATH ? 'https' : 'http';
  return { server, metrics: `${scheme}://localhost:${health}/metrics` };
}
before(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), 'signet-unsent-'))));
after(async () => {
  for (const { server, health } of started) {
    await server.stop();
    returnPort(health);
  }
  fs.rmSync(folder, { recursive: true });
});

const rss = (server) => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${server.pid}/status`, 'utf8'))[1]);

// The value of a metric, that of all its routes with this pattern.
async function metric(metrics, name, ca) {
  const { status, text } = await request(metrics, { ca });
  assert.equal(status, 200);
  const lines = [...text.matchAll(new RegExp(`^${name} (\\S+)$`, 'gm'))];
  return lines.reduce((sum, [, value]) => sum + Number(value), 0);
}
const answered = (metrics, route, ca) => metric(metrics, `signet_http_requests_total\\{method="GET",route="${route}",[^}]*\\}`, ca);

const asking = (target, times, headers = '') => `GET ${target} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`.repeat(times);

// Clients that send this and read nothing. Resolves once all are connected.
async function openDeaf(count, connect, text) {
  const sockets = Array.from({ length: count }, connect);
  await Promise.all(sockets.map((socket) => new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once(socket.encrypted ? 'secureConnect' : 'connect', () => {
      socket.off('error', reject);
      socket.on('error', () => {});
      socket.write(text);
      resolve();
    });
  })));
  return { end: () => sockets.forEach((socket) => socket.destroy()) };
}

// Until each has an answer, and the server answers no more of them: it waits for them to read.
async function stuck(metrics, route, count, ca) {
  for (let before = -1, now = 0; now < count || now !== before;) {
    before = now;
    await request(new URL('/readyz', metrics).href, { ca });
    now = await answered(metrics, route, ca);
  }
}

test('documents are not copied for those who do not read them', { skip, timeout: 120_000 }, async (t) => {
  const { server, metrics } = await start();
  const document = await request(server.base + DOCUMENT);
  assert.equal(document.status, 200);
  const before = rss(server);
  const deaf = await openDeaf(DEAF, () => net.connect(server.port, '127.0.0.1'), asking(DOCUMENT, 40));
  await stuck(metrics, DOCUMENT, DEAF);
  const grown = rss(server) - before;
  t.diagnostic(`${DEAF} clients that read nothing of ${document.text.length} bytes, 40 times: ${grown} KiB, ${await metric(metrics, 'signet_unsent_bytes')} bytes counted`);
  // Of a sanitizer build's memory nothing can be said.
  if (!sanitized) assert.ok(grown < DEAF * KIB_EACH, `${grown} KiB for ${DEAF} clients`);
  assert.ok((await metric(metrics, 'signet_unsent_bytes')) < DEAF * KIB_EACH * 1024);
  assert.equal((await request(server.base + DOCUMENT)).text, document.text);
  await token(server);
  deaf.end();
  while (await metric(metrics, 'signet_unsent_bytes')) await token(server);
});

test('over TLS they are encrypted piece by piece, as they are read', { skip, timeout: 120_000 }, async () => {
  const file = path.join(folder, 'cert.pem');
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=localhost',
    '-addext', 'subjectAltName=DNS:localhost', '-keyout', `${file}.key`, '-out', file], { stdio: 'pipe' });
  const ca = fs.readFileSync(file);
  const { server, metrics } = await start({ HTTPS_CERT_PATH: file, HTTPS_KEY_PATH: `${file}.key` });
  const document = await request(server.base + DOCUMENT, { ca });
  assert.equal(document.text.length, Number(document.headers['content-length']));
  JSON.parse(document.text);
  const connect = () => {
    const socket = tls.connect({ port: server.port, host: 'localhost', ca });
    return socket.pause();
  };
  const count = 30;
  const deaf = await openDeaf(count, connect, asking(DOCUMENT, 40));
  await stuck(metrics, DOCUMENT, count, ca);
  const unsent = await metric(metrics, 'signet_unsent_bytes', ca);
  assert.ok(unsent < count * 160 * 1024, `${unsent} bytes for ${count} clients`);
  deaf.end();
});

test('what is made for them has a bound; they are disconnected, those who read are not', { skip, timeout: 120_000 }, async (t) => {
  const { server, metrics } = await start({ SIGNET_MAX_UNSENT: String(CAP_MIB) });
  const bearer = await admin(server);
  for (let i = 0; i < 8; i += 1) await createApp(server, { customData: { text: 'x'.repeat(60_000) } });
  const target = '/api/applications?page_size=100';
  const read = () => request(server.base + target, { headers: { authorization: `Bearer ${bearer}` } });
  const list = await read();
  assert.ok(list.text.length > 450_000 && list.text.length < CAP_MIB * MIB / 4);
  const count = 60;
  const deaf = await openDeaf(count, () => net.connect(server.port, '127.0.0.1'), asking(target, 20, `Authorization: Bearer ${bearer}\r\n`));
  // Without a bound they keep an answer each: more than six times as much as is allowed.
  let [most, left] = [0, count];
  while (left > count / 2) {
    const { status, text } = await read();
    assert.equal(status, 200);
    assert.equal(text, list.text);
    most = Math.max(most, await metric(metrics, 'signet_unsent_bytes'));
    left = await metric(metrics, 'signet_connections');
  }
  t.diagnostic(`${left} connections of ${count} are left, at most ${most} bytes kept`);
  assert.ok(most > 0 && most <= CAP_MIB * MIB + list.text.length, String(most));
  assert.match(server.logs(), /SIGNET_MAX_UNSENT/);
  deaf.end();
});
