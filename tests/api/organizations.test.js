// /api/organizations themselves, and how users join them by themselves.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { unique } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';
import { call, emptyArray, invalid, limited, links, ok, refused, required, tooLong, tooShort, wrongType } from './support.js';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

const NONE = 'nonexistent0000000000';
const BASE = '/api/organizations';
const post = (body) => call(server, 'POST', BASE, { body });
const create = (body) => ok(server, 'POST', BASE, { body: { name: unique('organization'), ...body } }, 201);
const createRole = (body) => ok(server, 'POST', '/api/organization-roles', { body: { name: unique('role'), ...body } }, 201);

test('a new organization has the defaults of Logto', async () => {
  const answer = await post({ name: 'Org', id: 'mine', createdAt: 1, tenantId: 'other' });
  assert.equal(answer.status, 201, answer.text);
  const { id, createdAt, ...rest } = answer.json;
  assert.match(id, /^[a-z0-9]{12}$/);
  assert.ok(Math.abs(Date.now() - createdAt) < 60_000);
  assert.deepEqual(Object.keys(answer.json), [
    'tenantId', 'id', 'name', 'description', 'customData', 'isMfaRequired', 'color', 'branding', 'customCss', 'createdAt',
  ]);
  assert.deepEqual(rest, {
    tenantId: 'default', name: 'Org', description: null, customData: {}, isMfaRequired: false, color: {}, branding: {}, customCss: null,
  });
  assert.deepEqual(await ok(server, 'GET', `${BASE}/${id}`), answer.json);
  assert.notEqual((await create({ name: 'Org' })).id, id);
});

test('a new organization with all there is', async () => {
  const body = {
    description: 'd', customData: { x: [1, { y: null }] }, isMfaRequired: true, customCss: 'a { }',
    color: { primaryColor: '#5D34F2', isDarkModeEnabled: true, darkPrimaryColor: '#abc' },
    branding: { logoUrl: 'https://a.example/l.png', favicon: 'https://a.example/f.ico' },
  };
  const organization = await create({ ...body, branding: { ...body.branding, other: 1 } });
  for (const [name, value] of Object.entries(body)) assert.deepEqual(organization[name], value, name);
});

test('what is refused', async () => {
  invalid(await post({}), [required('string', 'name')]);
  invalid(await post({ name: '' }), [tooShort('name')]);
  invalid(await post({ name: 'n'.repeat(129), description: 'd'.repeat(257) }), [tooLong(128, 'name'), tooLong(256, 'description')]);
  invalid(await post({ name: 'x', isMfaRequired: 'yes' }), [wrongType('boolean', 'string', 'isMfaRequired')]);
  for (const color of ['5D34F2', '#12', '#12345g', '#1234567', '']) {
    const answer = await post({ name: 'x', color: { primaryColor: color } });
    refused(answer, 400, 'guard.invalid_input');
    assert.deepEqual(answer.json.data.issues[0].path, ['color', 'primaryColor']);
  }
  refused(await post({ name: 'x', branding: { logoUrl: 'nourl' } }), 400, 'guard.invalid_input');
  refused(await call(server, 'GET', `${BASE}/${NONE}`), 404, 'entity.not_exists_with_id');
});

test('changes and deletion', async () => {
  const organization = await create({ customData: { x: 1 }, branding: { logoUrl: 'https://a.example/l.png' } });
  const patch = (id, body) => call(server, 'PATCH', `${BASE}/${id}`, { body });
  const changed = await patch(organization.id, { name: 'New', customData: { y: 2 }, createdAt: 1, branding: {} });
  assert.deepEqual(changed.json, { ...organization, name: 'New', customData: { y: 2 }, branding: {} });
  assert.deepEqual(await ok(server, 'GET', `${BASE}/${organization.id}`), changed.json);
  refused(await patch(organization.id, {}), 422, 'entity.invalid_input');
  invalid(await patch(organization.id, { name: '' }), [tooShort('name')]);
  refused(await patch(NONE, { name: 'q' }), 404, 'entity.not_exists');
  const gone = await call(server, 'DELETE', `${BASE}/${organization.id}`);
  assert.deepEqual([gone.status, gone.text], [204, '']);
  refused(await call(server, 'DELETE', `${BASE}/${organization.id}`), 404, 'entity.not_found');
});

test('the list: newest first, always in pages, by a part of id or name', async () => {
  const mark = unique('listed');
  const made = [];
  for (let i = 0; i < 3; i += 1) made.push(await create({ name: `${mark} ${i}` }));
  const first = await call(server, 'GET', `${BASE}?q=${mark.toUpperCase()}&page_size=2`);
  assert.equal(first.headers['total-number'], '3');
  assert.deepEqual(Object.keys(links(first)).sort(), ['first', 'last', 'next']);
  const rest = await ok(server, 'GET', `${BASE}?q=${mark}&page_size=2&page=2`);
  const newestFirst = (a, b) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1);
  assert.deepEqual([...first.json, ...rest], [...made].sort(newestFirst));
  assert.deepEqual(await ok(server, 'GET', `${BASE}?q=${made[0].id.slice(1)}`), [made[0]]);
  const abroad = await create({ name: `${mark} Überschlag` });
  assert.deepEqual(await ok(server, 'GET', `${BASE}?q=${mark}%20%C3%BCBERSCH`), [abroad]);
  refused(await call(server, 'GET', `${BASE}?page_size=101`), 400, 'guard.invalid_pagination');
});

test('reading and writing need their own scopes', async () => {
  const reader = await limited(server, 'read:organizations');
  assert.equal((await call(server, 'GET', BASE, { token: reader.token })).status, 200);
  refused(await call(server, 'POST', BASE, { token: reader.token, body: { name: 'x' } }), 403, 'auth.forbidden');
  refused(await call(server, 'GET', '/api/organization-roles', { token: reader.token }), 403, 'auth.forbidden');
});

test('e-mail domains: added, listed, replaced, removed', async () => {
  const { id } = await create();
  const path = `${BASE}/${id}/jit/email-domains`;
  assert.deepEqual(await ok(server, 'GET', path), []);
  const row = (emailDomain) => ({ tenantId: 'default', organizationId: id, emailDomain });
  const added = await call(server, 'POST', path, { body: { emailDomain: 'jit.example' } });
  assert.equal(added.status, 201, added.text);
  assert.deepEqual(added.json, row('jit.example'));
  refused(await call(server, 'POST', path, { body: { emailDomain: 'jit.example' } }), 422, 'entity.unique_integrity_violation');
  invalid(await call(server, 'POST', path, { body: { emailDomain: '' } }), [tooShort('emailDomain')]);
  refused(await call(server, 'POST', `${BASE}/${NONE}/jit/email-domains`, { body: { emailDomain: 'a.example' } }), 422, 'entity.relation_foreign_key_not_found');
  assert.equal((await call(server, 'PUT', path, { body: { emailDomains: ['b.example', 'a.example', 'a.example'] } })).status, 204);
  assert.deepEqual(await ok(server, 'GET', path), [row('a.example'), row('b.example')]);
  assert.equal((await call(server, 'DELETE', `${path}/a.example`)).status, 204);
  refused(await call(server, 'DELETE', `${path}/a.example`), 404, 'entity.not_found');
  const page = await call(server, 'GET', `${path}?page=1&page_size=5`);
  assert.deepEqual([page.json, page.headers['total-number']], [[row('b.example')], '1']);
  assert.equal((await call(server, 'PUT', path, { body: { emailDomains: [] } })).status, 204);
  assert.deepEqual(await ok(server, 'GET', path), []);
});

test('roles of new members: added, listed, replaced, removed', async () => {
  const [{ id }, user, other] = [await create(), await createRole(), await createRole()];
  const machine = await createRole({ type: 'MachineToMachine' });
  const path = `${BASE}/${id}/jit/roles`;
  const send = (method, organizationRoleIds, at = path) => call(server, method, at, { body: { organizationRoleIds } });
  assert.deepEqual(await ok(server, 'GET', path), []);
  const added = await send('POST', [user.id, other.id, user.id]);
  assert.deepEqual([added.status, added.text], [201, 'Created']);
  assert.equal((await send('POST', [user.id])).status, 201);
  assert.equal((await ok(server, 'GET', path)).length, 2);
  assert.equal((await send('PUT', [user.id])).status, 204);
  assert.deepEqual(await ok(server, 'GET', path), [user]);
  refused(await send('POST', [NONE]), 422, 'entity.relation_foreign_key_not_found');
  refused(await send('POST', [user.id], `${BASE}/${NONE}/jit/roles`), 422, 'entity.relation_foreign_key_not_found');
  assert.equal((await send('POST', [machine.id])).status, 201, 'as Logto has it; nobody gets it');
  invalid(await send('POST', []), [emptyArray('organizationRoleIds')]);
  assert.equal((await call(server, 'DELETE', `${path}/${user.id}`)).status, 204);
  refused(await call(server, 'DELETE', `${path}/${user.id}`), 404, 'entity.not_found');
  refused(await call(server, 'GET', `${BASE}/${NONE}/jit/roles`), 404, 'entity.not_exists_with_id');
});

test('enterprise connectors of new members: added, listed, replaced, removed', async () => {
  const { id } = await create();
  const path = `${BASE}/${id}/jit/sso-connectors`;
  const connector = (body) => ok(server, 'POST', '/api/sso-connectors', { body: { providerName: 'OIDC', connectorName: unique('sso'), ...body } });
  const [one, two] = [await connector({ config: { clientId: 'a', clientSecret: 'b', issuer: 'https://idp.example' } }), await connector()];
  const send = (method, ssoConnectorIds, at = path) => call(server, method, at, { body: { ssoConnectorIds } });
  assert.deepEqual(await ok(server, 'GET', path), []);
  const added = await send('POST', [one.id, two.id]);
  assert.deepEqual([added.status, added.text], [201, 'Created']);
  assert.equal((await call(server, 'GET', `${path}?page=1&page_size=1`)).headers['total-number'], '2');
  assert.equal((await send('PUT', [one.id])).status, 204);
  assert.deepEqual(await ok(server, 'GET', path), [one]);
  for (const method of ['POST', 'PUT']) refused(await send(method, ['nope']), 422, 'entity.relation_foreign_key_not_found');
  assert.equal((await call(server, 'DELETE', `${path}/${one.id}`)).status, 204);
  refused(await call(server, 'DELETE', `${path}/${one.id}`), 404, 'entity.not_found');
  assert.equal((await send('PUT', [])).status, 204);
  refused(await call(server, 'GET', `${BASE}/${NONE}/jit/sso-connectors`), 404, 'entity.not_exists_with_id');
});
