// Sequences of requests made from the OpenAPI document by fast-check: well-formed, nearly so, and not
// at all. Each is answered, none with 5xx, none late, none gives a script back to a browser.
// REQUESTS sets how many (20,000), LATE_MS what is late (1,000), SEED repeats a run.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { api, basic, request } from '../lib/api.js';
import { admin } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';

const REQUESTS = Number(process.env.REQUESTS ?? 20_000);
const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
const LENGTH = 40; // of a sequence
// Sanitizers make everything slow; the promise is about the release build.
const sanitized = (process.env.SIGNET_BIN ?? 'build/asan/signet').includes('san');
const LATE_MS = Number(process.env.LATE_MS ?? (sanitized ? 15_000 : 1000));
// To find the primes of an RSA key takes as long as luck will have it; it is the pool for slow work that does.
const lateFor = (what) => (/POST \/api\/saml-applications/.test(what) ? 10 * LATE_MS : LATE_MS);
const SCRIPT = '<script>alert(1)</script>';

let server, operations;
const counts = { sent: 0, statuses: {}, closed: 0, slowest: [0, ''] };

before(async () => {
  // Nearly all that it asks is refused: what counts refusals would answer in place of what is tried.
  server = await startServer({ env: { SIGNET_LIMIT_SIGN_IN_ADDRESS: '0', SIGNET_LIMIT_REFUSED_ADDRESS: '0' } });
  const { json } = await api(server, 'GET', '/api/swagger.json');
  operations = Object.entries(json.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, row]) => ({
      method: method.toUpperCase(),
      path,
      query: (row.parameters ?? []).filter((each) => each.in === 'query').map((each) => each.name),
      schema: row.requestBody?.content?.['application/json']?.schema,
    })),
  );
  // They ask other servers, whose names take as long as they take, or change who may ask here.
  operations = operations.filter(({ path, method }) => !/\/test$|private-keys|cookie-keys|\/replay$/.test(path) && !(method === 'DELETE' && path === '/api/applications/{id}/roles/{roleId}'));
});
after(() => server.stop());

const nasty = fc.oneof(
  fc.constantFrom('', 'null', '0', '-1', '1e309', '9007199254740993', '../..', '%00', '\u0000', '%', SCRIPT, `"'><img src=x onerror=y>`, "' OR 1=1 --", '{}', 'a'.repeat(5000), '𝒳é\u202e', '\ud800', 'true'),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ maxLength: 20 }),
);

// A value of the schema, or now and then one that is not.
function valueOf(schema, depth = 0) {
  const wrong = fc.oneof(nasty, fc.jsonValue({ maxDepth: 3 }), fc.constantFrom(null, 0, -1, 1.5, 1e300, [], {}));
  return fc.oneof({ weight: 6, arbitrary: right(schema ?? {}, depth) }, { weight: 1, arbitrary: wrong });
}

function right(schema, depth) {
  if (depth > 6) return fc.constant(null);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.oneOf ?? schema.anyOf) return fc.oneof(...(schema.oneOf ?? schema.anyOf).map((each) => right(each, depth + 1)));
  switch (schema.type) {
    case 'string':
      return fc.oneof(fc.constantFrom('https://a.example/b', 'a@b.example', 'name', 'read:x', 'en', '2030-01-01'), fc.string({ minLength: schema.minLength, maxLength: Math.min(schema.maxLength ?? 20, 20) }));
    case 'integer':
    case 'number':
      return fc.integer({ min: Math.max(schema.minimum ?? -5, -1e6), max: Math.max(schema.minimum ?? 0, 1000) });
    case 'boolean':
      return fc.boolean();
    case 'array':
      return fc.array(valueOf(schema.items, depth + 1), { maxLength: 4 });
    case 'object': {
      const fields = Object.entries(schema.properties ?? {});
      if (!fields.length) return fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 });
      const required = (schema.required ?? []).filter((name) => schema.properties[name]);
      return fc.record(Object.fromEntries(fields.map(([name, each]) => [name, valueOf(each, depth + 1)])), { requiredKeys: required });
    }
    default:
      return fc.jsonValue({ maxDepth: 3 });
  }
}

const bytes = (text) => Buffer.from(text, 'utf8');
// JSON that is cut, repeated, deep or no UTF-8.
const spoiled = (text, kind, at) => {
  const buffer = bytes(text);
  const cut = buffer.length ? at % buffer.length : 0;
  return [
    () => buffer,
    () => buffer.subarray(0, cut),
    () => Buffer.concat([buffer, bytes('}')]),
    () => Buffer.concat([buffer.subarray(0, cut), Buffer.from([0xff, 0xc0, 0x80]), buffer.subarray(cut)]),
    () => bytes('['.repeat(2000) + ']'.repeat(2000)),
    () => bytes(`{"a":1,"a":${text}}`),
    () => Buffer.alloc(0),
  ][kind]();
};

const stepOf = (operation) =>
  fc.record({
    operation: fc.constant(operation),
    params: fc.array(fc.oneof({ weight: 4, arbitrary: fc.nat() }, { weight: 1, arbitrary: nasty }), { minLength: 6, maxLength: 6 }),
    query: fc.array(fc.tuple(fc.oneof(fc.constantFrom('page', 'page_size', 'after', 'limit', 'search', 'dryRun', ...operation.query), nasty), nasty), { maxLength: 3 }),
    body: valueOf(operation.schema ?? {}),
    kind: fc.oneof({ weight: 20, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 6 }) }),
    at: fc.nat(),
    type: fc.oneof({ weight: 20, arbitrary: fc.constant('application/json') }, { weight: 1, arbitrary: fc.constantFrom('text/plain', 'application/x-www-form-urlencoded', '', 'application/json; charset=utf-16') }),
    token: fc.oneof({ weight: 30, arbitrary: fc.constant('good') }, { weight: 1, arbitrary: fc.constantFrom('none', 'bad') }),
  });

// A path parameter: an id that the sequence has met where such ids come from, or what is no id.
function pathOf({ operation, params }, ids) {
  let i = 0;
  return operation.path.replace(/\{[^}]+\}/g, (_, offset) => {
    const param = params[i++ % params.length];
    const known = ids.get(operation.path.slice(0, offset - 1)) ?? [...ids.values()].flat();
    if (typeof param === 'number') return known.length ? known[param % known.length] : `none${param}`;
    return encodeURIComponent(param.isWellFormed?.() === false ? '\ufffd' : param.toWellFormed?.() ?? param.replace(/[\ud800-\udfff]/g, ''));
  });
}

function judge(request_, { status, headers, text }, ms) {
  const what = `seed ${SEED}: ${request_}`;
  counts.sent += 1;
  counts.statuses[status] = (counts.statuses[status] ?? 0) + 1;
  if (ms > counts.slowest[0]) counts.slowest = [Math.round(ms), what];
  assert.ok(status < 500 || status === 501, `${what}: ${status} ${text.slice(0, 300)}`);
  assert.ok(ms < lateFor(what), `${what}: ${Math.round(ms)} ms`);
  if (/html/.test(headers['content-type'] ?? '')) assert.ok(!text.includes(SCRIPT), `${what} gives a script back`);
}

async function take(step, ids) {
  const { operation } = step;
  const search = step.query.map(([name, value]) => `${encodeURIComponent(name.replace(/[\ud800-\udfff]/g, ''))}=${encodeURIComponent(value.replace(/[\ud800-\udfff]/g, ''))}`).join('&');
  const path = pathOf(step, ids);
  if (path === `/api/applications/${server.client.id}` && operation.method === 'DELETE') return;
  const body = ['GET', 'HEAD', 'DELETE'].includes(operation.method) ? undefined : spoiled(JSON.stringify(step.body) ?? 'null', step.kind, step.at);
  const headers = step.token === 'none' ? {} : { authorization: `Bearer ${step.token === 'bad' ? 'a.b.c' : await admin(server)}` };
  if (body && step.type) headers['content-type'] = step.type;
  const since = performance.now();
  const answer = await request(`${server.base}${path}${search ? `?${search}` : ''}`, { method: operation.method, headers, body, agent: server.agent });
  judge(`${operation.method} ${path}`, answer, performance.now() - since);
  const rows = Array.isArray(answer.json) ? answer.json : [answer.json];
  if (answer.status < 300) ids.set(operation.path, [...(ids.get(operation.path) ?? []), ...rows.map((row) => row?.id).filter((id) => typeof id === 'string')].slice(-50));
}

// REQUESTS / each values, a few at a time; what fails says which seed it was.
async function run(arbitrary, property, each) {
  const runs = Math.max(1, Math.round(REQUESTS / each));
  for (let done = 0; done < runs; done += 20) {
    for (const value of fc.sample(arbitrary, { numRuns: Math.min(20, runs - done), seed: SEED + done })) await property(value);
  }
}

test('sequences over the Management API', async (t) => {
  const steps = operations.map(stepOf);
  const step = fc.nat({ max: steps.length - 1 }).chain((index) => steps[index]);
  await run(fc.array(step, { minLength: LENGTH, maxLength: LENGTH }), async (sequence) => {
    const ids = new Map();
    for (const one of sequence) await take(one, ids);
  }, LENGTH);
  t.diagnostic(JSON.stringify(counts));
});

test('forms to the OAuth endpoints', async (t) => {
  const names = ['grant_type', 'scope', 'resource', 'client_id', 'client_secret', 'code', 'redirect_uri', 'code_verifier', 'refresh_token', 'token', 'device_code', 'subject_token', 'organization_id', 'client_assertion', 'response_type', 'state', 'nonce', 'prompt', 'max_age', 'id_token_hint', 'request', 'claims'];
  const values = fc.oneof(nasty, fc.constantFrom('client_credentials', 'authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:token-exchange', 'urn:ietf:params:oauth:grant-type:device_code', 'openid', 'none', 'login consent'));
  const paths = ['/oidc/token', '/oidc/token/introspection', '/oidc/token/revocation', '/oidc/device/auth', '/oidc/auth', '/oidc/session/end', '/oidc/me'];
  const sequence = fc.array(fc.record({
    path: fc.constantFrom(...paths),
    form: fc.array(fc.tuple(fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...names) }, { weight: 1, arbitrary: nasty }), values), { maxLength: 8 }),
    get: fc.boolean(),
    known: fc.boolean(),
  }), { minLength: 10, maxLength: 10 });
  await run(sequence, async (steps) => {
    for (const { path, form, get, known } of steps) {
      const text = new URLSearchParams(form.map((pair) => pair.map((part) => part.replace(/[\ud800-\udfff]/g, '')))).toString();
      const headers = known ? { authorization: basic(server.client.id, server.client.secret) } : {};
      if (!get) headers['content-type'] = 'application/x-www-form-urlencoded';
      const since = performance.now();
      const url = `${server.base}${path}${get ? `?${text.slice(0, 15_000)}` : ''}`;
      const answer = await request(url, { method: get ? 'GET' : 'POST', headers, body: get ? undefined : text, agent: server.agent });
      judge(`${get ? 'GET' : 'POST'} ${path} ${text.slice(0, 200)}`, answer, performance.now() - since);
    }
  }, 40);
  t.diagnostic(JSON.stringify(counts));
});

// Sends the bytes and gives what comes back until the server closes, which it must.
function exchange(data) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(server.port, '127.0.0.1');
    let text = '';
    const finish = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(text);
    };
    const timer = setTimeout(() => reject(new Error(`neither answered nor closed: ${JSON.stringify(data.toString('latin1')).slice(0, 500)}`)), LATE_MS + 15_000);
    socket.setEncoding('latin1');
    socket.on('connect', () => socket.end(data));
    socket.on('data', (chunk) => (text += chunk));
    socket.on('error', finish);
    socket.on('close', finish);
  });
}

test('requests whose bytes are damaged', async (t) => {
  const whole = bytes(`POST /oidc/token HTTP/1.1\r\nHost: localhost:${server.port}\r\nContent-Type: application/x-www-form-urlencoded\r\nAuthorization: Basic YTpi\r\nContent-Length: 29\r\nConnection: close\r\n\r\ngrant_type=client_credentials`);
  const damage = fc.record({
    at: fc.nat({ max: whole.length - 1 }),
    what: fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 6 }).map((array) => Buffer.from(array)),
      fc.constantFrom('\r\n', '\n', '\0', '\r\n\r\n', ' ', '\t', ':', 'Transfer-Encoding: chunked\r\n', 'Content-Length: 3\r\n', 'x'.repeat(40_000), 'Host: b\r\n').map(bytes),
    ),
    remove: fc.nat({ max: 12 }),
  });
  await run(fc.array(damage, { minLength: 1, maxLength: 4 }), async (damages) => {
    let data = whole;
    for (const { at, what, remove } of damages) data = Buffer.concat([data.subarray(0, at % data.length), what, data.subarray((at % data.length) + remove)]);
    const since = performance.now();
    const text = await exchange(data);
    const statuses = [...text.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));
    counts.sent += 1;
    if (!statuses.length) counts.closed += 1;
    for (const status of statuses) {
      counts.statuses[status] = (counts.statuses[status] ?? 0) + 1;
      assert.ok(status < 500 || status === 501 || status === 505, text.slice(0, 300));
    }
    assert.ok(performance.now() - since < LATE_MS + 12_000);
    assert.ok(!text.includes(SCRIPT));
  }, 10);
  t.diagnostic(JSON.stringify(counts));
  assert.equal((await api(server, 'GET', '/oidc/jwks')).status, 200);
});
