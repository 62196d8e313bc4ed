// Who asks too often is told so, with how long to wait; others do not notice.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, token, tokenAnswer } from '../lib/api.js';
import { admin, createApp, managementScope, createRole } from '../lib/fixtures.js';
import { returnPort, takePort } from '../lib/ports.js';
import { startServer } from '../lib/server.js';

let server, port, apps;
const LIMITS = {
  SIGNET_LIMIT_TOKEN_ADDRESS: 40,
  SIGNET_LIMIT_TOKEN_CLIENT: 20,
  SIGNET_LIMIT_API_CLIENT: 60,
  SIGNET_LIMIT_SIGN_IN_ADDRESS: 25,
  SIGNET_LIMIT_REFUSED_ADDRESS: 10,
};
before(async () => {
  port = await takePort();
  server = await startServer({ env: { ...LIMITS, TRUST_PROXY_HEADER: '1', SIGNET_OPERATIONS_PORT: port } });
  const role = await createRole(server, { scopeIds: [await managementScope(server, 'all')] });
  apps = await Promise.all([1, 2, 3, 4].map(() => createApp(server, {}, [role.id])));
});
after(async () => {
  await server.stop();
  returnPort(port);
});

// As somebody at that address, whom a proxy lets through.
const from = (address) => ({ 'x-forwarded-for': address });
const ask = (address, app, more = {}) => tokenAnswer(server, { headers: from(address), id: app.id, secret: app.secret, ...more });

// The first alone, the others side by side.
async function several(count, run) {
  const since = Date.now();
  const answers = [await run(0), ...(await Promise.all(Array.from({ length: count - 1 }, (_, i) => run(i + 1))))];
  const seconds = (Date.now() - since) / 1000;
  return { answers, seconds, refused: answers.find(({ status }) => status === 429) };
}
// A bucket gives tokens back as time goes by.
function assertLimited({ answers, seconds }, limit, status = 200) {
  const passed = answers.filter((answer) => answer.status === status).length;
  assert.ok(passed >= limit && passed <= limit + Math.ceil((seconds * limit) / 60) + 1, `${passed} of ${limit} in ${seconds} s`);
}

function assertTooMany(answer, name, limit) {
  assert.equal(answer.status, 429, answer.text);
  assert.match(answer.headers['retry-after'], /^[1-9]\d?$/);
  assert.equal(answer.headers['ratelimit-policy'], `"${name}";q=${limit};w=60`);
  assert.match(answer.headers.ratelimit, new RegExp(`^"${name}";r=0;t=\\d+$`));
}

test('a client has its own limit, whatever addresses it comes from', async () => {
  const all = await several(60, (i) => ask(`198.51.100.${i}`, apps[0]));
  const { answers, refused } = all;
  assertLimited(all, 20);
  assert.equal(answers[0].headers['ratelimit-policy'], '"token-client";q=20;w=60');
  assert.equal(answers[0].headers.ratelimit, '"token-client";r=19;t=3');
  assertTooMany(refused, 'token-client', 20);
  assert.equal(refused.json.error, 'temporarily_unavailable');
  assert.equal(refused.json.code, 'oidc.temporarily_unavailable');
  assert.equal(refused.json.access_token, undefined);
  assert.equal((await ask('198.51.100.1', apps[1])).status, 200);
});

test('an address has its own limit, over all clients; a network of IPv6 counts as one', async () => {
  const unknown = { id: 'nobody', secret: 'x' };
  for (const address of [() => '203.0.113.9', (i) => `2001:db8:1:2::${i.toString(16)}`]) {
    const all = await several(90, (i) => ask(address(i), unknown));
    assertLimited(all, 40, 400);
    assertTooMany(all.refused, 'token-address', 40);
  }
  assert.equal((await ask('2001:db8:1:3::1', apps[1])).status, 200);
});

test('wrong secrets of one address close it to all that bring one, and nothing else', async () => {
  const address = '192.0.2.7';
  const guess = () => ask(address, apps[1], { secret: 'wrong' });
  const first = await several(10, guess);
  assert.ok(first.answers.every(({ status }) => status === 401));
  const wrong = await several(10, guess);
  assertTooMany(wrong.refused, 'refused-address', 10);
  assertTooMany(await ask(address, apps[2]), 'refused-address', 10);
  assert.equal((await ask('192.0.2.8', apps[2])).status, 200);
  assert.equal((await api(server, 'GET', '/oidc/jwks', { headers: from(address) })).status, 200);
});

test('pages of signing in have a limit by address', async () => {
  const page = (address) => api(server, 'GET', '/oidc/session/end', { headers: from(address) });
  const { answers, refused } = await several(60, () => page('203.0.113.77'));
  assert.equal(answers[0].headers['ratelimit-policy'], '"sign-in-address";q=25;w=60');
  assertTooMany(refused, 'sign-in-address', 25);
  assert.notEqual((await page('203.0.113.78')).status, 429);
});

test('a page between others, with an origin and a limit, has all its headers', async () => {
  const bearer = await token(server, { id: apps[2].id, secret: apps[2].secret, headers: from('192.0.2.99') });
  for (const name of ['one', 'two', 'three']) {
    const made = await api(server, 'POST', '/api/hooks', { token: bearer, body: { name, events: ['User.Created'], config: { url: 'https://a.example/hook' } } });
    assert.equal(made.status, 201, made.text);
  }
  const { status, headers } = await api(server, 'GET', '/api/hooks?page=2&page_size=1', { token: bearer, headers: { origin: server.adminBase } });
  assert.equal(status, 200);
  for (const name of ['total-number', 'link', 'etag', 'ratelimit', 'ratelimit-policy', 'access-control-allow-origin', 'cache-control']) assert.ok(headers[name], name);
});

test('the Management API has a limit by caller, and refuses as Logto words it', async () => {
  const bearer = await token(server, { id: apps[3].id, secret: apps[3].secret });
  const list = () => api(server, 'GET', '/api/roles', { token: bearer });
  const all = await several(150, list);
  const { refused } = all;
  assertLimited(all, 60);
  assertTooMany(refused, 'api-client', 60);
  assert.equal(refused.json.code, 'request.rate_limited');
  assert.equal(typeof refused.json.message, 'string');
  assert.equal((await api(server, 'GET', '/api/roles', { token: await admin(server) })).status, 200);
  const metrics = (await api(server, 'GET', `http://127.0.0.1:${port}/metrics`)).text;
  for (const name of ['token-client', 'token-address', 'refused-address', 'sign-in-address', 'api-client']) {
    assert.match(metrics, new RegExp(`^signet_rate_limited_total\\{limit="${name}"\\} [1-9]\\d*$`, 'm'));
  }
});
