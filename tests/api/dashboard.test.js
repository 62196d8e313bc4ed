// /api/dashboard, with what happened on which day, and /api/sentinel-activities.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, token } from '../lib/api.js';
import { authorizeUrl, Browser, createClient, createUser, exchange, pkce, signIn } from '../lib/browser.js';
import { createApp } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';
import { call, invalid, limited, ok, refused } from './support.js';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

const get = (path) => ok(server, 'GET', `/api/dashboard/users/${path}`);
const day = (ago) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);

test('all users and new ones', async () => {
  assert.deepEqual(await get('total'), { totalUserCount: 0 });
  assert.deepEqual(await get('new'), { today: { count: 0, delta: 0 }, last7Days: { count: 0, delta: 0 } });
  for (const username of ['one', 'two']) await ok(server, 'POST', '/api/users', { body: { username } });
  assert.deepEqual(await get('total'), { totalUserCount: 2 });
  assert.deepEqual(await get('new'), { today: { count: 2, delta: 2 }, last7Days: { count: 2, delta: 2 } });
});

test('active ones', async () => {
  const none = { count: 0, delta: 0 };
  const { dauCurve, ...rest } = await get('active');
  assert.deepEqual(rest, { dau: none, wau: none, mau: none });
  assert.equal(dauCurve.length, 30);
  assert.ok([day(0), day(1)].includes(dauCurve[29].date));
  const past = await get('active?date=2026-11-20');
  assert.deepEqual([past.dauCurve[0], past.dauCurve[29]], [{ date: '2026-10-22', count: 0 }, { date: '2026-11-20', count: 0 }]);
  invalid(await call(server, 'GET', '/api/dashboard/users/active?date=zz'), [{ validation: 'regex', code: 'invalid_string', message: 'Invalid', path: ['date'] }]);
});

test('what happened, by day, application and cause', async () => {
  const before = await ok(server, 'GET', '/api/dashboard/activity');
  assert.equal(before.days.length, 30);
  const app = await createApp(server, { name: 'Busy' });
  const ask = (secret) => token(server, { id: app.id, secret, scope: '' });
  for (let count = 0; count < 3; count += 1) await ask(app.secret);
  const wrong = new URLSearchParams({ grant_type: 'client_credentials', client_id: app.id, client_secret: 'wrong' });
  for (let count = 0; count < 2; count += 1) assert.equal((await api(server, 'POST', '/oidc/token', { body: wrong })).status, 401);
  const after = await ok(server, 'GET', '/api/dashboard/activity?days=2');
  assert.equal(after.days.length, 2);
  const all = (answer, name) => answer.days.reduce((sum, each) => sum + each[name], 0);
  const more = (name) => all(after, name) - all(before, name);
  assert.deepEqual([more('tokens'), more('refused'), more('signIns'), more('registrations')], [3, 2, 0, 0]);
  assert.equal(all(after, 'newUsers'), 2);
  assert.deepEqual(after.applications.find(({ id }) => id === app.id), { id: app.id, name: 'Busy', succeeded: 3, refused: 2 });
  assert.deepEqual(after.refusals, [{ cause: 'invalid_client', count: 2 }]);
  refused(await call(server, 'GET', '/api/dashboard/activity?days=367'), 400, 'guard.invalid_input');
});

test('who gets a token is active, once a day', async () => {
  const [user, client, browser] = [await createUser(server), await createClient(server), new Browser(server)];
  for (let i = 0; i < 2; i += 1) {
    const tokens = await exchange(server, client, await signIn(browser, client, user));
    assert.equal(tokens.status, 200, tokens.text);
  }
  const { dauCurve, ...rest } = await get('active');
  const one = { count: 1, delta: 1 };
  assert.deepEqual(rest, { dau: one, wau: one, mau: one });
  assert.equal(dauCurve[29].count, 1);
});

test('failed attempts are forgotten', async () => {
  const forget = (body) => call(server, 'POST', '/api/sentinel-activities/delete', { body });
  const [user, client] = [await createUser(server), await createClient(server)];
  await ok(server, 'PATCH', '/api/sign-in-exp', { body: { sentinelPolicy: { maxAttempts: 2, lockoutDuration: 10 } } });
  const attempt = async (password) => {
    const browser = new Browser(server);
    await browser.page(authorizeUrl(client, pkce()));
    await browser.step('PUT', '', { interactionEvent: 'SignIn' });
    return browser.step('POST', '/verification/password', { identifier: { type: 'username', value: user.username }, password });
  };
  refused(await attempt('wrong'), 422, 'session.invalid_credentials');
  refused(await attempt('wrong'), 400, 'session.verification_blocked_too_many_attempts');
  refused(await attempt(user.password), 400, 'session.verification_blocked_too_many_attempts');
  assert.equal((await forget({ targetType: 'App', targets: [user.username] })).status, 204);
  refused(await attempt(user.password), 400, 'session.verification_blocked_too_many_attempts');
  assert.equal((await forget({ targetType: 'User', targets: ['alice', user.username] })).status, 204);
  assert.equal((await attempt(user.password)).status, 200);
  refused(await forget({ targetType: 'Foo', targets: [] }), 400, 'guard.invalid_input');
  const reader = await limited(server, 'read:sentinel-activities');
  refused(await call(server, 'POST', '/api/sentinel-activities/delete', { token: reader.token, body: { targetType: 'User', targets: [] } }), 403, 'auth.forbidden');
});
