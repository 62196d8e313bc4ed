// /api/resources and their scopes: the APIs that tokens are for.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { tokenAnswer } from '../lib/api.js';
import { createApp, createResource, createRole, createScope, unique } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';
import { ID, call, everything, invalid, links, ok, refused, required, tooLong, tooShort, wrongType } from './support.js';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

const NONE = 'nonexistent0000000000';
const post = (body) => call(server, 'POST', '/api/resources', { body });
const patch = (id, body) => call(server, 'PATCH', `/api/resources/${id}`, { body });
const indicator = () => `https://${unique('api')}.example`;
const scopesOf = (id) => `/api/resources/${id}/scopes`;
const MANAGEMENT = { tenantId: 'default', id: 'management-api', name: 'Logto Management API', indicator: 'https://default.logto.app/api' };

test('a fresh tenant has the Management API with all, and read and write for each area', async () => {
  const fresh = await startServer();
  try {
    const list = await ok(fresh, 'GET', '/api/resources?includeScopes=true');
    assert.equal(list.length, 1);
    const { scopes, ...resource } = list[0];
    assert.deepEqual(resource, { ...MANAGEMENT, isDefault: false, accessTokenTtl: 3600 });
    const { createdAt, ...all } = scopes[0];
    assert.deepEqual(all, {
      tenantId: 'default', id: 'management-api-all', resourceId: 'management-api', name: 'all',
      description: 'Default scope for Management API, allows all permissions.',
    });
    assert.equal(typeof createdAt, 'number');
    const names = scopes.map((scope) => scope.name);
    for (const area of ['applications', 'resources', 'roles', 'logs']) {
      for (const verb of ['read', 'write']) assert.ok(names.includes(`${verb}:${area}`), `${verb}:${area}`);
    }
    assert.equal(new Set(names).size, names.length);
  } finally {
    await fresh.stop();
  }
});

test('a new resource has the defaults of Logto and no scopes', async () => {
  const at = indicator();
  const answer = await post({ name: 'API 1', indicator: at });
  assert.equal(answer.status, 201);
  assert.deepEqual(Object.keys(answer.json), ['tenantId', 'id', 'name', 'indicator', 'isDefault', 'accessTokenTtl', 'scopes']);
  const { id, ...rest } = answer.json;
  assert.match(id, ID);
  assert.deepEqual(rest, { tenantId: 'default', name: 'API 1', indicator: at, isDefault: false, accessTokenTtl: 3600, scopes: [] });
  const { scopes, ...stored } = answer.json;
  assert.deepEqual(await ok(server, 'GET', `/api/resources/${id}`), stored);
  assert.equal((await post({ name: 'x', indicator: indicator(), accessTokenTtl: 60 })).json.accessTokenTtl, 60);
  assert.equal((await post({ name: 'x', indicator: indicator(), accessTokenTtl: -5 })).status, 201);
  assert.equal((await post({ name: 'x', indicator: unique('notauri') })).status, 201);
});

test('what a new resource may not be', async () => {
  const taken = await createResource(server);
  const again = await post({ name: 'x', indicator: taken.indicator });
  refused(again, 422, 'resource.resource_identifier_in_use');
  assert.match(again.json.message, new RegExp(taken.indicator));
  for (const own of ['urn:logto:organization:x', 'urn:logto:resource:organizations', 'URN:logto:x', 'https://admin.logto.app/me', 'https://admin.logto.app/api', 'https://DEFAULT.logto.app/api', 'https://other.logto.app/api', `${server.base}/oidc`]) {
    const answer = await post({ name: 'x', indicator: own });
    refused(answer, 422, 'resource.resource_identifier_in_use');
    assert.match(answer.json.message, /the server's own/);
  }
  invalid(await post({ name: 'x' }), [required('string', 'indicator')]);
  invalid(await post({ name: '', indicator: indicator() }), [tooShort('name')]);
  invalid(await post({ name: 'x', indicator: indicator(), accessTokenTtl: '5' }), [wrongType('number', 'string', 'accessTokenTtl')]);
  for (const accessTokenTtl of [1.5, 1e300, -1e300, 9007199254740991]) {
    const answer = await post({ name: 'x', indicator: indicator(), accessTokenTtl });
    assert.equal(answer.status, 400, `${accessTokenTtl}: ${answer.text}`);
  }
});

test('check 140: id, tenant, default and indicator are not a client’s to set', async () => {
  const at = indicator();
  const answer = await post({ id: 'mine', tenantId: 'admin', name: 'x', indicator: at, isDefault: true, createdAt: 1, scopes: [{ name: 'a' }] });
  assert.match(answer.json.id, ID);
  assert.equal(answer.json.isDefault, false);
  assert.deepEqual(answer.json.scopes, []);
  const changed = await patch(answer.json.id, { id: 'other', name: 'y', indicator: 'https://changed.example', isDefault: true, tenantId: 'admin' });
  assert.equal(changed.status, 200);
  assert.deepEqual(changed.json, { tenantId: 'default', id: answer.json.id, name: 'y', indicator: at, isDefault: false, accessTokenTtl: 3600 });
  refused(await patch(answer.json.id, { indicator: 'https://changed.example' }), 422, 'entity.invalid_input');
});

test('changes and deletion', async () => {
  const resource = await createResource(server);
  const { scopes, ...before } = resource;
  const changed = await patch(resource.id, { name: 'API One', accessTokenTtl: 7200 });
  assert.deepEqual(changed.json, { ...before, name: 'API One', accessTokenTtl: 7200 });
  invalid(await patch(resource.id, { name: '' }), [tooShort('name')]);
  refused(await patch(NONE, { name: 'x' }), 404, 'entity.not_exists_with_id');
  refused(await call(server, 'GET', `/api/resources/${NONE}`), 404, 'entity.not_exists_with_id');
  const gone = await call(server, 'DELETE', `/api/resources/${resource.id}`);
  assert.equal(gone.status, 204);
  assert.equal(gone.text, '');
  refused(await call(server, 'DELETE', `/api/resources/${resource.id}`), 404, 'entity.not_exists_with_id');
});

test('tokens follow: life, scopes, deletion', async () => {
  const resource = await createResource(server, { accessTokenTtl: 60 });
  const scope = await createScope(server, resource, 'read:x');
  const role = await createRole(server, { scopeIds: [scope.id] });
  const app = await createApp(server, {}, [role.id]);
  const ask = () => tokenAnswer(server, { id: app.id, secret: app.secret, resource: resource.indicator, scope: 'read:x read:y' });
  const first = await ask();
  assert.equal(first.json.expires_in, 60);
  assert.equal(first.json.scope, 'read:x');
  await patch(resource.id, { accessTokenTtl: 120 });
  assert.equal((await ask()).json.expires_in, 120);
  await ok(server, 'PATCH', `${scopesOf(resource.id)}/${scope.id}`, { body: { name: 'read:y' } });
  assert.equal((await ask()).json.scope, 'read:y');
  await ok(server, 'DELETE', `${scopesOf(resource.id)}/${scope.id}`, {}, 204);
  assert.equal((await ask()).json.scope, undefined);
  await ok(server, 'DELETE', `/api/resources/${resource.id}`, {}, 204);
  const refusal = await ask();
  assert.equal(refusal.status, 400);
  assert.equal(refusal.json.error, 'invalid_target');
});

test('check 79: what the token endpoint takes as a resource is what was registered, to the letter', async () => {
  const resource = await createResource(server);
  const ask = async (at) => (await tokenAnswer(server, { resource: at, scope: undefined })).status;
  assert.equal(await ask(resource.indicator), 200);
  const wrong = [`${resource.indicator}/`, resource.indicator.toUpperCase(), `${resource.indicator}#x`, '/api', 'api', `${resource.indicator}?x=1`];
  for (const at of wrong) {
    const answer = await tokenAnswer(server, { resource: at, scope: undefined });
    assert.equal(answer.status, 400, at);
    assert.equal(answer.json.error, 'invalid_target', at);
  }
});

test('the list: all of it, in pages, with scopes on request', async () => {
  const made = [await createResource(server), await createResource(server)];
  const scope = await createScope(server, made[0], 'read:x');
  const whole = await call(server, 'GET', '/api/resources');
  assert.equal(whole.headers['total-number'], undefined);
  assert.equal(whole.json[0].id, 'management-api');
  assert.ok(whole.json.every((resource) => !('scopes' in resource)));
  const total = whole.json.length;
  const pages = [];
  for (let page = 1; pages.length < total; page += 1) {
    const answer = await call(server, 'GET', '/api/resources', { query: { page, page_size: 2, includeScopes: 'true' } });
    assert.equal(answer.headers['total-number'], String(total));
    assert.match(links(answer).last, /includeScopes=true/);
    assert.ok(answer.json.length > 0);
    pages.push(...answer.json);
  }
  assert.deepEqual(pages.map(({ scopes, ...resource }) => resource), whole.json);
  const scopesBy = (list, id) => list.find((resource) => resource.id === id).scopes;
  for (const list of [pages, await ok(server, 'GET', '/api/resources?includeScopes=1')]) {
    assert.deepEqual(scopesBy(list, made[0].id), [scope]);
    assert.deepEqual(scopesBy(list, made[1].id), []);
    assert.ok(scopesBy(list, 'management-api').some((one) => one.name === 'all'));
  }
  assert.ok(!('scopes' in (await ok(server, 'GET', '/api/resources?includeScopes=false'))[0]));
});

test('one resource at most is the default, and token requests without a resource mean it', async () => {
  const [one, other] = [await createResource(server), await createResource(server)];
  const set = (id, isDefault) => call(server, 'PATCH', `/api/resources/${id}/is-default`, { body: { isDefault } });
  const defaults = async () => (await ok(server, 'GET', '/api/resources')).filter((resource) => resource.isDefault).map((resource) => resource.id);
  const audience = () => tokenAnswer(server, { resource: undefined, scope: undefined });
  assert.equal((await audience()).json.error, 'invalid_target');
  const { scopes, ...expected } = one;
  assert.deepEqual((await set(one.id, true)).json, { ...expected, isDefault: true });
  assert.deepEqual(await defaults(), [one.id]);
  assert.equal((await audience()).status, 200);
  assert.equal((await set(one.id, true)).status, 200);
  assert.equal((await set(other.id, true)).json.isDefault, true);
  assert.deepEqual(await defaults(), [other.id]);
  refused(await set(NONE, true), 404, 'entity.not_exists');
  refused(await set(NONE, false), 404, 'entity.not_exists');
  assert.deepEqual(await defaults(), [other.id]);
  const racing = await Promise.all(Array.from({ length: 20 }, (_, i) => set([one, other][i % 2].id, true)));
  for (const answer of racing) assert.ok([200, 503].includes(answer.status), answer.text);
  assert.equal((await defaults()).length, 1);
  for (const id of [one.id, other.id]) assert.equal((await set(id, false)).json.isDefault, false);
  assert.deepEqual(await defaults(), []);
  assert.equal((await audience()).json.error, 'invalid_target');
  invalid(await call(server, 'PATCH', `/api/resources/${one.id}/is-default`, { body: {} }), [required('boolean', 'isDefault')]);
});

test('of the Management API only the life of its tokens can be changed', async () => {
  refused(await patch('management-api', { name: 'hacked' }), 400, 'resource.cannot_modify_management_api');
  refused(await patch('management-api', { name: 'hacked', accessTokenTtl: 60 }), 400, 'resource.cannot_modify_management_api');
  refused(await patch('management-api', {}), 400, 'resource.cannot_modify_management_api');
  refused(await call(server, 'DELETE', '/api/resources/management-api'), 400, 'resource.cannot_delete_management_api');
  refused(await call(server, 'POST', scopesOf('management-api'), { body: { name: 'q' } }), 400, 'resource.cannot_modify_management_api');
  const scope = `${scopesOf('management-api')}/management-api-all`;
  refused(await call(server, 'PATCH', scope, { body: { name: 'q' } }), 400, 'resource.cannot_modify_management_api');
  refused(await call(server, 'DELETE', scope), 400, 'resource.cannot_modify_management_api');
  const changed = await patch('management-api', { accessTokenTtl: 600 });
  assert.deepEqual(changed.json, { ...MANAGEMENT, isDefault: false, accessTokenTtl: 600 });
  assert.equal((await tokenAnswer(server)).json.expires_in, 600);
  await patch('management-api', { accessTokenTtl: 3600 });
});

test('scopes: made, listed newest first, searched, changed, deleted', async () => {
  const resource = await createResource(server);
  const at = scopesOf(resource.id);
  const answer = await call(server, 'POST', at, { body: { name: 'read:x', description: 'Read x' } });
  assert.equal(answer.status, 201);
  assert.deepEqual(Object.keys(answer.json), ['tenantId', 'id', 'resourceId', 'name', 'description', 'createdAt']);
  assert.match(answer.json.id, ID);
  assert.equal(answer.json.resourceId, resource.id);
  assert.equal(answer.json.description, 'Read x');
  const second = await ok(server, 'POST', at, { body: { name: 'write:x', description: '' } }, 201);
  assert.equal(second.description, null);
  const listed = await call(server, 'GET', at);
  assert.equal(listed.headers['total-number'], '2');
  assert.deepEqual(listed.json.map((scope) => scope.name).sort(), ['read:x', 'write:x']);
  assert.ok(listed.json[0].createdAt >= listed.json[1].createdAt);
  const page = await call(server, 'GET', `${at}?page=1&page_size=1`);
  assert.equal(page.json.length, 1);
  assert.match(links(page).next, /\/resources\/\w+\/scopes\?page=2&page_size=1$/);
  assert.deepEqual((await ok(server, 'GET', `${at}?search=%25read%25`)).map((scope) => scope.name), ['read:x']);
  const id = answer.json.id;
  const changed = await ok(server, 'PATCH', `${at}/${id}`, { body: { description: 'Read X!' } });
  assert.deepEqual(changed, { ...answer.json, description: 'Read X!' });
  assert.equal((await ok(server, 'PATCH', `${at}/${id}`, { body: { description: '' } })).description, null);
  assert.equal((await ok(server, 'PATCH', `${at}/${id}`, { body: { name: 'read:z' } })).name, 'read:z');
  assert.equal((await call(server, 'DELETE', `${at}/${id}`)).status, 204);
  refused(await call(server, 'DELETE', `${at}/${id}`), 404, 'entity.not_found');
  assert.deepEqual((await everything(server, at)).map((scope) => scope.name), ['write:x']);
});

test('scopes: what is refused', async () => {
  const resource = await createResource(server);
  const other = await createResource(server);
  const at = scopesOf(resource.id);
  const scope = await createScope(server, resource, 'read:x');
  await createScope(server, resource, 'write:x');
  refused(await call(server, 'POST', at, { body: { name: 'read:x' } }), 422, 'scope.name_exists');
  assert.equal((await createScope(server, other, 'read:x')).name, 'read:x');
  for (const name of ['a b', ' a', 'a\tb', 'a\nb']) refused(await call(server, 'POST', at, { body: { name } }), 400, 'scope.name_with_space');
  invalid(await call(server, 'POST', at, { body: { name: '' } }), [tooShort('name')]);
  invalid(await call(server, 'POST', at, { body: {} }), [required('string', 'name')]);
  invalid(await call(server, 'POST', at, { body: { name: 'n'.repeat(257) } }), [tooLong(256, 'name')]);
  refused(await call(server, 'POST', scopesOf(NONE), { body: { name: 'q' } }), 404, 'entity.not_exists_with_id');
  const patchScope = (id, body) => call(server, 'PATCH', `${at}/${id}`, { body });
  refused(await patchScope(scope.id, { name: 'a b' }), 400, 'scope.name_with_space');
  refused(await patchScope(scope.id, { name: 'write:x' }), 422, 'scope.name_exists');
  refused(await patchScope(NONE, { description: 'q' }), 404, 'entity.not_exists');
  refused(await patchScope(scope.id, {}), 422, 'entity.invalid_input');
  assert.equal((await patchScope(scope.id, { name: 'read:x' })).status, 200);
  const empty = await call(server, 'GET', scopesOf(NONE));
  assert.deepEqual(empty.json, []);
  assert.equal(empty.headers['total-number'], '0');
});

test('check 137: what the admin tenant has is as unknown here as anything', async () => {
  for (const id of ['me-api', 'default-management-api', NONE]) {
    refused(await call(server, 'GET', `/api/resources/${id}`), 404, 'entity.not_exists_with_id');
    refused(await patch(id, { accessTokenTtl: 60 }), 404, 'entity.not_exists_with_id');
    refused(await call(server, 'DELETE', `/api/resources/${id}`), 404, 'entity.not_exists_with_id');
  }
});

test('check 137: a scope is reached through its own resource only', async () => {
  const [own, other] = [await createResource(server), await createResource(server)];
  const scope = await createScope(server, own, 'read:x');
  refused(await call(server, 'PATCH', `${scopesOf(other.id)}/${scope.id}`, { body: { name: 'x' } }), 404, 'entity.not_exists');
  refused(await call(server, 'DELETE', `${scopesOf(other.id)}/${scope.id}`), 404, 'entity.not_found');
  refused(await call(server, 'PATCH', `${scopesOf(other.id)}/management-api-all`, { body: { name: 'x' } }), 404, 'entity.not_exists');
  refused(await call(server, 'DELETE', `${scopesOf(other.id)}/management-api-all`), 404, 'entity.not_found');
  assert.deepEqual((await ok(server, 'GET', scopesOf(own.id))).map((one) => one.id), [scope.id]);
});
