// Traces: taken over from who asks, in the log, passed on, and told to a collector that may be gone.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { after, before, test } from 'node:test';
import { api, tokenAnswer } from '../lib/api.js';
import { admin, unique } from '../lib/fixtures.js';
import { returnPort, takePort } from '../lib/ports.js';
import { Receiver } from '../lib/receiver.js';
import { startServer } from '../lib/server.js';

let server, collector, hooked;
before(async () => {
  [collector, hooked] = await Promise.all([new Receiver().listen(), new Receiver().listen()]);
  server = await startServer({
    env: {
      SIGNET_OTLP_ENDPOINT: `http://127.0.0.1:${collector.port}/v1/traces`,
      SIGNET_OTLP_HEADERS: 'x-key=of the collector, x-more=1',
      SIGNET_HOOK_PRIVATE_ADDRESSES: 'true',
      SIGNET_LOG_LEVEL: 'debug',
    },
  });
});
after(async () => {
  await server.stop();
  await Promise.all([collector.close(), hooked.close()]);
});

const hex = (bytes) => crypto.randomBytes(bytes).toString('hex');
const trace = (flags = '01') => {
  const [id, parent] = [hex(16), hex(8)];
  return { id, parent, headers: { traceparent: `00-${id}-${parent}-${flags}` } };
};
const spansOf = ({ text }) => JSON.parse(text).resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));

// The span for which `wanted` holds, once the collector has it, and all that came before it.
async function span(wanted) {
  for (let n = 1; ; n += 1) {
    await collector.has(n);
    const all = collector.got.flatMap(spansOf);
    const found = all.find(wanted);
    if (found) return { found, all };
  }
}
const attributes = ({ attributes: list }) => Object.fromEntries(list.map(({ key, value }) => [key, Object.values(value)[0]]));
const lines = () => server.logs().split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
async function logged(wanted) {
  for (;;) {
    const found = lines().find(wanted);
    if (found) return found;
    await new Promise(setImmediate);
  }
}

test('the span of a request belongs to the trace that it came with', async () => {
  const mine = trace();
  const since = Date.now();
  const answer = await tokenAnswer(server, { headers: mine.headers });
  assert.equal(answer.status, 200);
  const { found } = await span(({ traceId }) => traceId === mine.id);
  assert.equal(found.parentSpanId, mine.parent);
  assert.match(found.spanId, /^[0-9a-f]{16}$/);
  assert.equal(found.name, 'POST /oidc/token');
  assert.equal(found.kind, 2);
  assert.deepEqual(found.status, {});
  assert.deepEqual(attributes(found), {
    'http.request.method': 'POST',
    'http.route': '/oidc/token',
    'http.response.status_code': '200',
    'signet.request_id': answer.headers['logto-core-request-id'],
  });
  const [start, end] = [found.startTimeUnixNano, found.endTimeUnixNano].map((text) => Number(BigInt(text) / 1_000_000n));
  assert.ok(start >= since - 1000 && start <= end && end <= Date.now() + 1000, `${since} ${start} ${end}`);
  const request = collector.got[0];
  assert.equal(request.url, '/v1/traces');
  assert.equal(request.headers['content-type'], 'application/json');
  assert.equal(request.headers['x-key'], 'of the collector');
  assert.equal(request.headers['x-more'], '1');
  const { resource, scopeSpans } = JSON.parse(request.text).resourceSpans[0];
  assert.deepEqual(attributes(resource)['service.name'], 'signet');
  assert.equal(scopeSpans[0].scope.name, 'signet');
});

test('the log names the request and its trace', async () => {
  const mine = trace();
  const answer = await api(server, 'GET', '/api/users/of nobody', { token: await admin(server), headers: mine.headers });
  const line = await logged(({ traceId }) => traceId === mine.id);
  assert.equal(line.requestId, answer.headers['logto-core-request-id']);
  assert.equal(line.level, 'debug');
  assert.match(line.msg, /^GET \/api\/users\/:userId: 404 in \d+ us$/);
});

test('a trace that is not wanted is not told; a header that is none begins no trace of that name', async () => {
  const quiet = trace('00');
  await tokenAnswer(server, { headers: quiet.headers });
  const bad = [hex(16), hex(16), hex(16), hex(16)];
  const headers = [`00-${bad[0]}-${hex(8)}`, `ff-${bad[1]}-${hex(8)}-01`, `00-${bad[2].toUpperCase()}A-${hex(8)}-01`, `00-${bad[3]}-${'0'.repeat(16)}-01`];
  for (const traceparent of [...headers, `00-${'0'.repeat(32)}-${hex(8)}-01`, 'x', `00-${hex(16)}-${hex(8)}-01-more`]) {
    assert.equal((await tokenAnswer(server, { headers: { traceparent } })).status, 200);
  }
  const later = trace();
  await tokenAnswer(server, { headers: { traceparent: `cc-${later.id}-${later.parent}-09-what may come` } });
  const { all } = await span(({ traceId }) => traceId === later.id);
  assert.ok(!all.some(({ traceId }) => traceId === quiet.id), 'not sampled');
  assert.ok(!all.some(({ traceId }) => bad.includes(traceId) || /^0+$/.test(traceId)), 'malformed');
  assert.ok(all.filter(({ parentSpanId }) => parentSpanId === undefined).length >= 7, 'they have traces of their own');
});

test('webhooks go out on behalf of the request that caused them', async () => {
  const mine = trace();
  const token = await admin(server);
  const hook = await api(server, 'POST', '/api/hooks', { token, body: { name: 'h', events: ['Role.Created'], config: { url: hooked.url() } } });
  const role = { name: unique('role'), description: 'd' };
  assert.equal((await api(server, 'POST', '/api/roles', { token, body: role, headers: mine.headers })).status, 200);
  const { found } = await span(({ traceId }) => traceId === mine.id);
  const [sent] = await hooked.has(1);
  assert.equal(sent.headers.traceparent, `00-${mine.id}-${found.spanId}-01`);
  const again = trace('00');
  const body = { events: ['Role.Created'], config: { url: hooked.url() } };
  assert.equal((await api(server, 'POST', `/api/hooks/${hook.json.id}/test`, { token, body, headers: again.headers })).status, 204);
  const tried = (await hooked.has(2))[1];
  assert.match(tried.headers.traceparent, new RegExp(`^00-${again.id}-[0-9a-f]{16}-00$`));
});

test('a collector that is gone costs its spans and nothing else', async () => {
  const [gone, port] = [await takePort(), await takePort()];
  const other = await startServer({ env: { SIGNET_OTLP_ENDPOINT: `http://127.0.0.1:${gone}/`, SIGNET_OPERATIONS_PORT: port } });
  const answers = await Promise.all(Array.from({ length: 200 }, () => tokenAnswer(other)));
  assert.ok(answers.every(({ status }) => status === 200));
  for (let lost = 0; lost < 200 || !other.logs().includes('spans cannot be sent to SIGNET_OTLP_ENDPOINT'); ) {
    const { text } = await api(other, 'GET', `http://127.0.0.1:${port}/metrics`);
    lost = Number(text.match(/^signet_spans_lost_total (\d+)$/m)[1]);
  }
  await other.stop();
  [gone, port].forEach(returnPort);
});
