// /api/logs: what the audit log keeps of token requests and of changes through the Management API.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { tokenAnswer } from '../lib/api.js';
import { createApp } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';
import { ID, call, links, ok, refused } from './support.js';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

const list = (query = '') => ok(server, 'GET', `/api/logs?page_size=100&${query}`);
const EXCHANGE = 'ExchangeTokenBy.ClientCredentials';

test('a token request is in the log once its answer is there, without the secret', async () => {
  const app = await createApp(server);
  await tokenAnswer(server, { id: app.id, secret: app.secret });
  const [log, ...more] = await list(`applicationId=${app.id}`);
  assert.deepEqual(more, []);
  assert.deepEqual(Object.keys(log), ['tenantId', 'id', 'key', 'payload', 'createdAt']);
  assert.match(log.id, ID);
  assert.equal(log.tenantId, 'default');
  assert.equal(log.key, EXCHANGE);
  assert.equal(log.payload.key, EXCHANGE);
  assert.equal(log.payload.result, 'Success');
  assert.equal(log.payload.applicationId, app.id);
  assert.ok(Math.abs(log.createdAt - Date.now()) < 60_000);
  assert.ok(!JSON.stringify(log).includes(app.secret));
  assert.deepEqual(await ok(server, 'GET', `/api/logs/${log.id}`), log);
});

test('a refused token request is in the log as well', async () => {
  const app = await createApp(server);
  const answer = await tokenAnswer(server, { id: app.id, secret: 'wrong-secret-of-a-client' });
  assert.equal(answer.status, 401);
  const [log] = await list(`applicationId=${app.id}`);
  assert.equal(log.payload.result, 'Error');
  assert.ok(!JSON.stringify(log).includes('wrong-secret-of-a-client'));
});

test('a change through the Management API is in the log with who made it and what, a refused one is not', async () => {
  const app = await createApp(server);
  await ok(server, 'PATCH', `/api/applications/${app.id}`, { body: { name: 'audited' } });
  refused(await call(server, 'PATCH', `/api/applications/${app.id}`, { body: { appLevelAccessControlEnabled: true } }), 422, 'request.invalid_input');
  const changes = (await list(`applicationId=${server.client.id}`)).filter((log) => JSON.stringify(log.payload).includes(app.id));
  const patches = changes.filter((log) => log.key.includes('PATCH'));
  assert.equal(patches.length, 1);
  assert.equal(patches[0].payload.applicationId, server.client.id);
  assert.deepEqual(patches[0].payload.changed, { name: 'audited' });
  assert.deepEqual(await ok(server, 'GET', `/api/logs/${patches[0].id}`), patches[0]);
});

test('a change tells what it replaced: what a PATCH names, all of a PUT, no secret and no attempt', async () => {
  const entry = async (path, id) => (await list(`logKey=${encodeURIComponent(`ManagementApi.${path}`)}`)).find(({ payload }) => !id || payload.params.id === id)?.payload;
  const app = await createApp(server, { name: 'before', customData: { plan: 'free' } });
  await ok(server, 'PATCH', `/api/applications/${app.id}?dryRun=1`, { body: { name: 'tried' } });
  assert.equal(await entry('PATCH /api/applications/:id', app.id), undefined);
  await ok(server, 'PATCH', `/api/applications/${app.id}`, { body: { name: 'after', description: null, customData: { plan: 'paid' } } });
  const { changed, former } = await entry('PATCH /api/applications/:id', app.id);
  assert.deepEqual(changed, { name: 'after', description: null, customData: { plan: 'paid' } });
  assert.deepEqual(former, { name: 'before', description: app.description ?? null, customData: { plan: 'free' } });
  const { etag } = (await call(server, 'GET', `/api/applications/${app.id}`)).headers;
  await ok(server, 'PATCH', `/api/applications/${app.id}`, { body: { name: 'last' }, headers: { 'if-match': etag } });
  assert.deepEqual((await entry('PATCH /api/applications/:id', app.id)).former, { name: 'after' });

  const hook = await ok(server, 'POST', '/api/hooks', { body: { name: 'old', events: ['User.Created'], config: { url: 'https://former.example', headers: { authorization: 'a former secret' } } } }, 201);
  assert.equal((await entry('POST /api/hooks')).former, undefined);
  await ok(server, 'PATCH', `/api/hooks/${hook.id}`, { body: { name: 'new', config: { url: 'https://later.example' } } });
  const masked = await entry('PATCH /api/hooks/:id', hook.id);
  assert.deepEqual([masked.changed, masked.former], [{ name: 'new', config: '******' }, { name: 'old', config: '******' }]);

  const jwt = '/api/configs/jwt-customizer/client-credentials';
  const script = (plan) => `const getCustomJwtClaims = async () => ({ plan: "${plan}" });`;
  await ok(server, 'PUT', jwt, { body: { script: script('a'), environmentVariables: { KEY: 'a secret of a script' }, tokenSample: { a: 1 } } }, 201);
  assert.equal((await entry('PUT /api/configs/jwt-customizer/:tokenTypePath')).former, undefined);
  await ok(server, 'PUT', jwt, { body: { script: script('b') } });
  const put = await entry('PUT /api/configs/jwt-customizer/:tokenTypePath');
  assert.deepEqual(put.former, { script: script('a'), environmentVariables: '******', tokenSample: { a: 1 } });
  await ok(server, 'DELETE', jwt, {}, 204);

  // Too much to keep: what it was is not told, and the row is there all the same.
  await ok(server, 'PATCH', `/api/applications/${app.id}`, { body: { customData: { text: 'x'.repeat(9000) } } });
  await ok(server, 'PATCH', `/api/applications/${app.id}`, { body: { customData: { text: '' } } });
  const long = await entry('PATCH /api/applications/:id', app.id);
  assert.deepEqual([long.changed, long.former], [{ customData: { text: '' } }, undefined]);
});

test('newest first, over both kinds, in pages', async () => {
  const app = await createApp(server);
  for (let i = 0; i < 3; i += 1) {
    await tokenAnswer(server, { id: app.id, secret: app.secret });
    await ok(server, 'PATCH', `/api/applications/${app.id}`, { body: { name: `n${i}` } });
  }
  const whole = await list();
  const times = whole.map((log) => log.createdAt);
  assert.deepEqual(times, [...times].sort((a, b) => b - a));
  const recent = whole.slice(0, 6).map((log) => (log.key === EXCHANGE ? 'token' : 'change'));
  assert.deepEqual(recent, ['change', 'token', 'change', 'token', 'change', 'token']);
  const plain = await call(server, 'GET', '/api/logs');
  assert.equal(plain.json.length, Math.min(20, whole.length));
  const page = await call(server, 'GET', '/api/logs?page=2&page_size=2');
  assert.deepEqual(page.json, whole.slice(2, 4));
  assert.equal(page.headers['total-number'], String(whole.length));
  assert.deepEqual(links(page).next, `${server.base}/logs?page=3&page_size=2`);
  assert.equal(page.headers['total-number-is-capped'], undefined);
  assert.deepEqual(await list('page=1000'), []);
});

test('filters: application, key, user, time', async () => {
  const app = await createApp(server);
  await tokenAnswer(server, { id: app.id, secret: app.secret });
  const [log] = await list(`applicationId=${app.id}&logKey=${EXCHANGE}`);
  assert.equal(log.key, EXCHANGE);
  assert.ok((await list(`logKey=${EXCHANGE}`)).every((one) => one.key === EXCHANGE));
  assert.deepEqual(await list('logKey=zzz'), []);
  assert.deepEqual(await list('userId=nobody'), []);
  const at = log.createdAt;
  const within = async (query) => (await list(`applicationId=${app.id}&${query}`)).length;
  assert.equal(await within(`start_time=${at}&end_time=${at}`), 1);
  assert.equal(await within(`start_time=${at + 1}`), 0);
  assert.equal(await within(`end_time=${at - 1}`), 0);
  assert.equal(await within('start_time=0'), 1);
  assert.equal(await within(`end_time=${at}.5`), 1);
  assert.equal(await within('start_time=1&end_time=2'), 0);
  const has = async (query) => (await list(query)).some((one) => one.id === log.id);
  assert.ok(await has(`start_time=${at}&end_time=${at}`));
  assert.ok(await has(`start_time=${at - 1000}`));
  assert.ok(await has(`end_time=${at + 1000}`));
  assert.ok(!(await has(`start_time=${at + 1}`)));
  assert.ok(!(await has(`end_time=${at - 1}`)));
  assert.ok(await has('start_time=-9007199254740991&end_time=9007199254740991'));
  const filtered = await call(server, 'GET', `/api/logs?applicationId=${app.id}&start_time=${at}&end_time=${at}&logKey=${EXCHANGE}&userId=`);
  assert.equal(filtered.headers['total-number'], '1');
});

test('what is refused: times that are none, windows that end before they begin, unknown ids', async () => {
  for (const time of ['zz', '', '1e400', 'NaN', 'Infinity', '1 2', '12x', `1${'0'.repeat(40)}`]) {
    for (const name of ['start_time', 'end_time']) {
      const answer = await call(server, 'GET', `/api/logs?${name}=${encodeURIComponent(time)}`);
      refused(answer, 400, 'guard.invalid_input');
      assert.match(answer.json.message, new RegExp(name));
      assert.equal(answer.json.data, undefined);
    }
  }
  refused(await call(server, 'GET', '/api/logs?start_time=2&end_time=1'), 400, 'log.invalid_time_window');
  refused(await call(server, 'GET', '/api/logs?page=0'), 400, 'guard.invalid_pagination');
  refused(await call(server, 'GET', '/api/logs/nonexistent0000000000'), 404, 'entity.not_exists_with_id');
});

test('the log cannot be changed through the API', async () => {
  const [log] = await list();
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
    for (const path of ['/api/logs', `/api/logs/${log.id}`]) {
      assert.equal((await call(server, method, path, { body: {} })).status, 405, `${method} ${path}`);
    }
  }
});
