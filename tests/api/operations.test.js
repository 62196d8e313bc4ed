// /metrics, /healthz and /readyz: on a port of their own, and what they say.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, test } from 'node:test';
import { api, token, tokenAnswer } from '../lib/api.js';
import { returnPort, takePort } from '../lib/ports.js';
import { startServer } from '../lib/server.js';

let server;
let port;
before(async () => {
  port = await takePort();
  server = await startServer({ env: { SIGNET_OPERATIONS_PORT: port } });
});
after(async () => {
  await server.stop();
  returnPort(port);
});

const ask = (path) => api(server, 'GET', `http://127.0.0.1:${port}${path}`);

// {'name{labels}': value}; a line that is neither a comment nor a sample is refused.
async function metrics() {
  const { status, text, headers } = await ask('/metrics');
  assert.equal(status, 200);
  assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  assert.ok(text.endsWith('\n'));
  const types = new Map();
  const samples = new Map();
  for (const line of text.slice(0, -1).split('\n')) {
    const comment = line.match(/^# (HELP|TYPE) (\w+) (.+)$/);
    if (comment) {
      if (comment[1] === 'TYPE') assert.ok(!types.has(comment[2]), `${comment[2]} twice`);
      if (comment[1] === 'TYPE') types.set(comment[2], comment[3]);
      continue;
    }
    const [, name, labels, value] = line.match(/^([a-z_]+)(\{(?:[a-z_]+="[^"\\]*",?)*\})? (\S+)$/) ?? assert.fail(line);
    assert.ok(types.has(name.replace(/_(bucket|sum|count)$/, '')) || types.has(name), `${name} has no type`);
    assert.ok(Number.isFinite(Number(value)), line);
    assert.ok(!samples.has(name + (labels ?? '')), `${line} twice`);
    samples.set(name + (labels ?? ''), Number(value));
  }
  return samples;
}

const ROUTE = 'method="GET",route="/api/applications/:id"';

test('requests are counted by route and status, with their times', async () => {
  const bearer = await token(server);
  const before_ = await metrics();
  const at = (samples, name) => samples.get(name) ?? 0;
  for (let i = 0; i < 5; i += 1) assert.equal((await api(server, 'GET', `/api/applications/${server.client.id}`, { token: bearer })).status, 200);
  assert.equal((await api(server, 'GET', '/api/applications/nobody', { token: bearer })).status, 404);
  assert.equal((await api(server, 'GET', '/api/nothing')).status, 404);
  const now = await metrics();
  const grown = (name) => at(now, name) - at(before_, name);
  assert.equal(grown(`signet_http_requests_total{${ROUTE},status="2xx"}`), 5);
  assert.equal(grown(`signet_http_requests_total{${ROUTE},status="4xx"}`), 1);
  assert.equal(grown('signet_http_requests_total{method="",route="",status="4xx"}'), 1);
  assert.equal(grown(`signet_http_request_duration_seconds_count{${ROUTE}}`), 6);
  assert.equal(grown(`signet_http_request_duration_seconds_bucket{${ROUTE},le="+Inf"}`), 6);
  assert.ok(grown(`signet_http_request_duration_seconds_sum{${ROUTE}}`) > 0);
  const buckets = [...now].filter(([name]) => name.startsWith(`signet_http_request_duration_seconds_bucket{${ROUTE},`)).map(([, value]) => value);
  assert.deepEqual(buckets, [...buckets].sort((a, b) => a - b));
});

test('tokens are counted by their event, granted and refused', async () => {
  const name = (result) => `signet_audit_events_total{event="ExchangeTokenBy.ClientCredentials",result="${result}"}`;
  const before_ = await metrics();
  for (let i = 0; i < 3; i += 1) await token(server);
  assert.equal((await tokenAnswer(server, { resource: 'https://nowhere.example' })).status, 400);
  const now = await metrics();
  assert.equal(now.get(name('success')) - (before_.get(name('success')) ?? 0), 3);
  assert.equal(now.get(name('error')) - (before_.get(name('error')) ?? 0), 1);
});

test('the process and its queues are shown', async () => {
  const now = await metrics();
  for (const name of ['process_resident_memory_bytes', 'process_cpu_seconds_total', 'process_open_fds', 'process_max_fds', 'signet_connections', 'signet_connections_accepted_total']) {
    assert.ok(now.get(name) > 0, name);
  }
  for (const tenant of ['default', 'admin']) for (const queue of ['write', 'audit']) assert.equal(now.get(`signet_queue_depth{tenant="${tenant}",queue="${queue}"}`), 0);
});

test('health and readiness', async () => {
  for (const [path, text] of [['/healthz', 'ok\n'], ['/readyz', 'ready\n']]) {
    const answer = await ask(path);
    assert.deepEqual([answer.status, answer.text], [200, text]);
  }
});

test('neither is on a tenant\'s port, and no tenant is on theirs', async () => {
  for (const path of ['/metrics', '/healthz', '/readyz']) {
    for (const base of [server.base, server.adminBase]) assert.equal((await api(server, 'GET', base + path)).status, 404, base + path);
  }
  for (const path of ['/api/status', '/oidc/jwks', '/oidc/.well-known/openid-configuration', '/sign-in', '/console', '/api/applications']) {
    assert.equal((await ask(path)).status, 404, path);
  }
  const form = new URLSearchParams({ grant_type: 'client_credentials' });
  assert.equal((await api(server, 'POST', `http://127.0.0.1:${port}/oidc/token`, { body: form })).status, 404);
});

test('the ports\' own addresses lead to the console, and to the page for who comes without a sign-in', async () => {
  const answer = await api(server, 'GET', `${server.adminBase}/`, { headers: { accept: 'text/html' } });
  assert.deepEqual([answer.status, answer.headers.location], [302, '/console']);
  const users = await api(server, 'GET', `${server.base}/`);
  assert.deepEqual([users.status, users.headers.location], [302, `${server.base}/unknown-session`]);
});

test('the process has given up its privileges', () => {
  const status = Object.fromEntries(fs.readFileSync(`/proc/${server.pid}/status`, 'utf8').split('\n').map((line) => line.split(':\t')));
  assert.equal(status.NoNewPrivs, '1');
  assert.equal(status.Seccomp, '2');
  for (const name of ['CapInh', 'CapPrm', 'CapEff', 'CapAmb']) assert.match(status[name], /^0+$/, name);
  assert.match(fs.readFileSync(`/proc/${server.pid}/limits`, 'utf8'), /^Max core file size +0 +0 /m);
});

test('without a port there is none, and an address that is none is refused', async () => {
  const { signet } = await import('../lib/server.js');
  const { code, stderr } = await signet(['config'], { env: { SIGNET_OPERATIONS_LISTEN: 'everywhere' } });
  assert.notEqual(code, 0);
  assert.match(stderr, /SIGNET_OPERATIONS_LISTEN/);
});
