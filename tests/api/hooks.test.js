// /api/hooks, and the deliveries of what happens.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { after, before, test } from 'node:test';
import { unique } from '../lib/fixtures.js';
import { Receiver } from '../lib/receiver.js';
import { startServer } from '../lib/server.js';
import { call, emptyArray, ID, invalid, limited, ok, refused, tooShort } from './support.js';

let server;
let receiver;
before(async () => {
  receiver = await new Receiver().listen();
  server = await startServer({ env: { SIGNET_HOOK_PRIVATE_ADDRESSES: 'true' } });
});
after(async () => {
  await server.stop();
  await receiver.close();
});

const BASE = '/api/hooks';
const post = (body) => call(server, 'POST', BASE, { body });
const create = (body) => ok(server, 'POST', BASE, { body: { name: 'h', events: ['User.Created'], config: { url: receiver.url() }, ...body } }, 201);
const remove = async ({ id }) => assert.equal((await call(server, 'DELETE', `${BASE}/${id}`)).status, 204);
const sign = (key, text) => crypto.createHmac('sha256', key).update(text).digest('hex');
// The hook's rows of what became of deliveries, once there are n.
async function logs(id, n) {
  for (;;) {
    const rows = await ok(server, 'GET', `${BASE}/${id}/recent-logs`);
    if (rows.length >= n) return rows;
  }
}

test('a webhook: made, read, changed, deleted; its key and headers are not stored in clear', async () => {
  const header = `bearer-${process.pid}-of-the-receiver`;
  server.secrets.add(header);
  const config = { url: 'http://192.0.2.1/hook', headers: { authorization: header } };
  const made = await create({ events: ['PostRegister', 'User.Created', 'PostRegister'], config });
  server.secrets.add(made.signingKey);
  const { id, createdAt, signingKey, ...rest } = made;
  assert.match(id, ID);
  assert.match(signingKey, /^[A-Za-z0-9]{32}$/);
  assert.ok(Math.abs(Date.now() - createdAt) < 60_000);
  assert.deepEqual(rest, { tenantId: 'default', name: 'h', event: null, events: ['PostRegister', 'User.Created'], config, enabled: true });
  assert.deepEqual(await ok(server, 'GET', `${BASE}/${id}`), made);
  const legacy = await ok(server, 'POST', BASE, { body: { event: 'PostSignIn', config: { url: 'zzz', retries: 3 } } }, 201);
  assert.deepEqual([legacy.name, legacy.event, legacy.events, legacy.config], ['', 'PostSignIn', [], { url: 'zzz', retries: 3 }]);
  assert.deepEqual((await ok(server, 'GET', BASE)).map((one) => one.id).sort(), [id, legacy.id].sort());
  const page = await call(server, 'GET', `${BASE}?includeExecutionStats=true&page=1&page_size=1`);
  assert.deepEqual([page.headers['total-number'], page.json[0].executionStats], ['2', { successCount: 0, requestCount: 0 }]);
  const patch = (body, which = id) => call(server, 'PATCH', `${BASE}/${which}`, { body });
  assert.deepEqual((await patch({ name: 'n', enabled: false })).json, { ...made, name: 'n', enabled: false });
  assert.deepEqual((await patch({ config: { url: 'https://a.example' } })).json.config, { url: 'https://a.example' });
  const renewed = (await ok(server, 'PATCH', `${BASE}/${id}/signing-key`)).signingKey;
  assert.notEqual(renewed, signingKey);
  refused(await patch({ name: 'q' }, 'nope'), 404, 'entity.not_exists');
  refused(await call(server, 'PATCH', `${BASE}/nope/signing-key`), 404, 'entity.not_exists');
  refused(await patch({}), 422, 'entity.invalid_input');
  await remove(made);
  await remove(legacy);
  refused(await call(server, 'DELETE', `${BASE}/${id}`), 404, 'entity.not_found');
  refused(await call(server, 'GET', `${BASE}/${id}`), 404, 'entity.not_exists_with_id');
});

test('an answer in JSON is kept as JSON', async () => {
  receiver.answer = '{"a":[1]}';
  const hook = await create({ name: 'json' });
  await ok(server, 'POST', '/api/users', { body: { username: unique('json').replace(/-/g, '_') } });
  const [{ payload }] = await logs(hook.id, 1);
  assert.deepEqual(payload.response, { statusCode: 200, body: { a: [1] } });
  receiver.answer = undefined;
  await remove(hook);
});

test('what is refused', async () => {
  const config = { url: 'https://a.example' };
  refused(await post({ name: 'h', config }), 400, 'hook.missing_events');
  invalid(await post({ name: '', events: ['PostRegister'], config }), [tooShort('name')]);
  invalid(await post({ name: 'h', events: [], config }), [emptyArray('events')]);
  refused(await post({ name: 'h', events: ['Foo'], config }), 400, 'guard.invalid_input');
  refused(await post({ name: 'h', events: ['PostRegister'] }), 400, 'guard.invalid_input');
  refused(await post({ events: ['PostRegister'], config: { ...config, headers: { a: 1 } } }), 400, 'guard.invalid_input');
  refused(await post({ events: ['PostRegister'], config: { ...config, retries: 4 } }), 400, 'guard.invalid_input');
  const reader = await limited(server, 'read:hooks');
  assert.equal((await call(server, 'GET', BASE, { token: reader.token })).status, 200);
  refused(await call(server, 'POST', BASE, { token: reader.token, body: {} }), 403, 'auth.forbidden');
});

test('a change is told to whoever wants to know, signed', async () => {
  const before = receiver.got.length;
  const hook = await create({ events: ['User.Created', 'User.Deleted'], config: { url: receiver.url(), headers: { 'x-mine': 'yes', 'content-type': 'text/plain' } } });
  const others = [await create({ events: ['Role.Created'] }), await create({ enabled: false })];
  const user = await ok(server, 'POST', '/api/users', { body: { username: unique('told').replace(/-/g, '_') } });
  refused(await call(server, 'POST', '/api/users', { body: { username: user.username } }), 422, 'user.username_already_in_use');
  await ok(server, 'PATCH', `/api/users/${user.id}`, { body: { name: 'not told' } });
  assert.equal((await call(server, 'DELETE', `/api/users/${user.id}`)).status, 204);
  const [first, second] = (await receiver.has(before + 2)).slice(before).sort((a, b) => (a.json.event < b.json.event ? -1 : 1));
  for (const { headers, text } of [first, second]) {
    assert.equal(headers['logto-signature-sha-256'], sign(hook.signingKey, text));
    assert.deepEqual([headers['content-type'], headers['x-mine']], ['application/json', 'yes']);
  }
  const { createdAt, userAgent, ip, ...told } = first.json;
  assert.ok(Math.abs(Date.now() - Date.parse(createdAt)) < 60_000);
  assert.deepEqual(told, {
    event: 'User.Created', path: '/users', method: 'POST', status: 200, params: {}, matchedRoute: '/users', data: user, hookId: hook.id,
  });
  assert.deepEqual([second.json.event, second.json.params], ['User.Deleted', { userId: user.id }]);
  assert.deepEqual([second.json.data.id, second.json.data.name], [user.id, 'not told'], 'who was deleted, as they were');
  const rows = await logs(hook.id, 2);
  assert.deepEqual(rows.map((row) => row.key).sort(), ['TriggerHook.User.Created', 'TriggerHook.User.Deleted']);
  const { payload } = rows.find((row) => row.key === 'TriggerHook.User.Created');
  assert.deepEqual([payload.result, payload.hookId, payload.response], ['Success', hook.id, { statusCode: 200, body: 'answer 200' }]);
  assert.deepEqual(payload.hookRequest.body, first.json);
  assert.deepEqual((await ok(server, 'GET', `${BASE}/${hook.id}?includeExecutionStats=true`)).executionStats, { successCount: 2, requestCount: 2 });
  assert.deepEqual((await ok(server, 'GET', `${BASE}/${hook.id}/recent-logs?logKey=TriggerHook.User.Deleted`)).length, 1);
  assert.deepEqual(await ok(server, 'GET', `${BASE}/${hook.id}/recent-logs?start_time=0&end_time=1`), []);
  refused(await call(server, 'GET', `${BASE}/${hook.id}/recent-logs?start_time=2&end_time=1`), 400, 'log.invalid_time_window');
  assert.equal(receiver.got.length, before + 2);
  for (const one of [hook, ...others]) await remove(one);
});

test('a delivery starts with the commit of its change, not when somebody looks next', async () => {
  const hook = await create({ events: ['Role.Created'], config: { url: receiver.url() } });
  const waits = [];
  for (let i = 0; i < 9; i++) {
    const before = receiver.got.length;
    await ok(server, 'POST', '/api/roles', { body: { name: unique('soon'), description: 'd' } });
    const changed = performance.now();
    await receiver.has(before + 1);
    waits.push(performance.now() - changed);
  }
  // Looks are 200 ms apart, and each delivery here comes right after one.
  assert.ok(Math.min(...waits) < 100, waits.join(' '));
  await remove(hook);
});

test('a delivery that fails is tried again, also by the next process', async () => {
  const before = receiver.got.length;
  receiver.answers = [500];
  const hook = await create({ events: ['Role.Created'] });
  const role = await ok(server, 'POST', '/api/roles', { body: { name: unique('role'), description: 'd', type: 'User' } });
  const [failed, taken] = (await receiver.has(before + 2)).slice(before);
  assert.equal(failed.text, taken.text);
  assert.match(failed.headers['webhook-id'], ID);
  assert.equal(failed.headers['webhook-id'], taken.headers['webhook-id']);
  assert.equal(taken.json.data.id, role.id);
  assert.deepEqual((await logs(hook.id, 2)).map((row) => [row.payload.result, row.payload.response.statusCode]), [['Success', 200], ['Error', 500]]);

  const { port } = receiver;
  await receiver.close();
  const second = await ok(server, 'POST', '/api/roles', { body: { name: unique('role'), description: 'd', type: 'User' } });
  const [log] = await logs(hook.id, 3);
  assert.equal(log.payload.result, 'Error');
  assert.equal(typeof log.payload.error, 'string');
  await server.kill();
  const got = receiver.got.length;
  await receiver.listen(port);
  await server.restart();
  assert.equal((await receiver.has(got + 1))[got].json.data.id, second.id);
  await remove(hook);
});

test('who comes to an organization and who leaves it is told', async () => {
  const hook = await create({ events: ['Organization.Membership.Updated'] });
  const user = async (body = {}) => (await ok(server, 'POST', '/api/users', { body: { username: unique('member').replace(/-/g, '_'), ...body } })).id;
  const email = `member-${process.pid}@mail.example`;
  const [first, second, third] = [await user(), await user(), await user({ primaryEmail: email })];
  const { id: machine } = await ok(server, 'POST', '/api/applications', { body: { name: 'm', type: 'MachineToMachine' } });
  const { id } = await ok(server, 'POST', '/api/organizations', { body: { name: unique('told') } }, 201);
  const change = async (method, path, body) => {
    const before = receiver.got.length;
    const answer = await call(server, method, path, { body });
    assert.ok(answer.status < 300, answer.text);
    const { event, organizationId, data, addedUserIds, removedUserIds, addedApplicationIds, removedApplicationIds } = (await receiver.has(before + 1))[before].json;
    assert.deepEqual([event, organizationId, data], ['Organization.Membership.Updated', id, undefined]);
    return JSON.parse(JSON.stringify({ addedUserIds, removedUserIds, addedApplicationIds, removedApplicationIds }));
  };
  const users = `/api/organizations/${id}/users`;
  const machines = `/api/organizations/${id}/applications`;
  assert.deepEqual(await change('POST', users, { userIds: [first, first] }), { addedUserIds: [first] });
  assert.deepEqual(await change('POST', users, { userIds: [first] }), {});
  assert.deepEqual(await change('PUT', users, { userIds: [second] }), { addedUserIds: [second], removedUserIds: [first] });
  assert.deepEqual(await change('DELETE', `${users}/${second}`), { removedUserIds: [second] });
  assert.deepEqual(await change('POST', machines, { applicationIds: [machine] }), { addedApplicationIds: [machine] });
  assert.deepEqual(await change('PUT', machines, { applicationIds: [] }), { removedApplicationIds: [machine] });
  const invitation = await ok(server, 'POST', '/api/organization-invitations', { body: { invitee: email, organizationId: id, expiresAt: Date.now() + 600_000, messagePayload: false } }, 201);
  assert.deepEqual(await change('PUT', `/api/organization-invitations/${invitation.id}/status`, { status: 'Accepted', acceptedUserId: third }), { addedUserIds: [third] });
  const before = receiver.got.length;
  refused(await call(server, 'DELETE', `${users}/${first}`), 404, 'entity.not_found');
  assert.equal((await logs(hook.id, 7)).length, 7);
  assert.equal(receiver.got.length, before);
  await remove(hook);
});

test('a delivery is replayed, to where the webhook leads now', async () => {
  const hook = await create({ events: ['Role.Created'] });
  const before = receiver.got.length;
  receiver.answers = [200];
  await ok(server, 'POST', '/api/roles', { body: { name: unique('replayed'), description: 'd' } });
  const [log] = await logs(hook.id, 1);
  const replay = (id, log) => call(server, 'POST', `${BASE}/${id}/recent-logs/${log}/replay`);
  const { signingKey } = await ok(server, 'PATCH', `${BASE}/${hook.id}/signing-key`);
  await ok(server, 'PATCH', `${BASE}/${hook.id}`, { body: { enabled: false, config: { url: `${receiver.url()}/elsewhere` } } });
  const answer = await replay(hook.id, log.id);
  assert.equal(answer.status, 202);
  const [first, again] = (await receiver.has(before + 2)).slice(before);
  assert.deepEqual(again.json, first.json);
  assert.equal(again.url, '/hook/elsewhere');
  assert.equal(again.headers['webhook-id'], answer.json.id);
  assert.notEqual(again.headers['webhook-id'], first.headers['webhook-id']);
  assert.equal(again.headers['logto-signature-sha-256'], sign(signingKey, again.text));
  assert.deepEqual((await logs(hook.id, 2)).map((row) => row.key), ['TriggerHook.Role.Created', 'TriggerHook.Role.Created']);
  const other = await create();
  refused(await replay(other.id, log.id), 404, 'entity.not_found');
  refused(await replay(hook.id, 'nope'), 404, 'entity.not_found');
  const reader = await limited(server, 'read:hooks');
  refused(await call(server, 'POST', `${BASE}/${hook.id}/recent-logs/${log.id}/replay`, { token: reader.token }), 403, 'auth.forbidden');
  for (const one of [hook, other]) await remove(one);
});

test('a test is sent at once', async () => {
  const hook = await create();
  const attempt = (body, id = hook.id) => call(server, 'POST', `${BASE}/${id}/test`, { body });
  const before = receiver.got.length;
  const config = { url: receiver.url() };
  assert.equal((await attempt({ events: ['PostRegister', 'User.Created'], config })).status, 204);
  const got = (await receiver.has(before + 2)).slice(before);
  assert.deepEqual(got.map((one) => [one.json.event, one.json.hookId]), [['PostRegister', hook.id], ['User.Created', hook.id]]);
  for (const { headers, text } of got) assert.equal(headers['logto-signature-sha-256'], sign(hook.signingKey, text));
  receiver.answers = [418];
  const answered = await attempt({ events: ['PostRegister'], config });
  refused(answered, 422, 'hook.endpoint_responded_with_error');
  assert.deepEqual(answered.json.data, { responseStatus: 418, responseBody: 'answer 418' });
  refused(await attempt({ events: ['PostRegister'], config: { url: 'http://127.0.0.1:9/hook' } }), 422, 'hook.send_test_payload_failed');
  refused(await attempt({ events: ['PostRegister'], config: { url: 'file:///etc/passwd' } }), 422, 'hook.send_test_payload_failed');
  refused(await attempt({ events: ['PostRegister'], config: { url: config.url, headers: { 'a\r\nb': 'c' } } }), 422, 'hook.send_test_payload_failed');
  refused(await attempt({ events: ['PostRegister'], config }, 'nope'), 404, 'entity.not_exists_with_id');
  refused(await attempt({ events: [], config }), 400, 'guard.invalid_input');
  await remove(hook);
});

test('private and special addresses are refused unless a setting lets them through', async () => {
  const strict = await startServer();
  try {
    const before = receiver.got.length;
    const hook = await ok(strict, 'POST', BASE, { body: { events: ['PostRegister'], config: { url: receiver.url() } } }, 201);
    const { port } = receiver;
    for (const host of ['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]', '0.0.0.0', '2130706433', '10.0.0.1', '192.168.0.1', '169.254.169.254', '[fe80::1]', '[fd00::1]', '100.64.0.1']) {
      const body = { events: ['PostRegister'], config: { url: `http://${host}:${port}/` } };
      const answer = await call(strict, 'POST', `${BASE}/${hook.id}/test`, { body });
      refused(answer, 422, 'hook.send_test_payload_failed');
      assert.match(answer.json.message, /public Internet/, host);
    }
    assert.equal(receiver.got.length, before);
  } finally {
    await strict.stop();
  }
});
