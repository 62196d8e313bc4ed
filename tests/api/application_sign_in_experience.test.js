// /api/applications/:applicationId/sign-in-experience.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createApp } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';
import { call, ok, refused, tooLong } from './support.js';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

const NONE = 'nonexistent0000000000';
const path = (id) => `/api/applications/${id}/sign-in-experience`;
const put = (id, body) => call(server, 'PUT', path(id), { body });

test('made the first time, changed later, gone with the application', async () => {
  const { id } = await createApp(server);
  refused(await call(server, 'GET', path(id)), 404, 'entity.not_exists_with_id');
  const made = await put(id, { displayName: 'Third', termsOfUseUrl: 'https://a.example/t', branding: { logoUrl: 'https://a.example/l.png', other: 1 } });
  assert.equal(made.status, 201, made.text);
  const row = {
    tenantId: 'default', applicationId: id, color: {}, branding: { logoUrl: 'https://a.example/l.png' }, customCss: null,
    termsOfUseUrl: 'https://a.example/t', privacyPolicyUrl: null, displayName: 'Third',
  };
  assert.deepEqual(made.json, row);
  assert.deepEqual(Object.keys(made.json), Object.keys(row));
  const changed = await put(id, { termsOfUseUrl: null, privacyPolicyUrl: '', displayName: '', color: { primaryColor: '#ff0000' }, branding: {}, customCss: 'a { }', tenantId: 'x', applicationId: 'y' });
  assert.equal(changed.status, 200, changed.text);
  assert.deepEqual(changed.json, { ...row, termsOfUseUrl: null, displayName: null, color: { primaryColor: '#ff0000' }, branding: {}, customCss: 'a { }' });
  assert.deepEqual(await ok(server, 'GET', path(id)), changed.json);
  await ok(server, 'DELETE', `/api/applications/${id}`, {}, 204);
  refused(await call(server, 'GET', path(id)), 404, 'entity.not_exists_with_id');
});

test('an empty body makes one with the defaults, and changes nothing', async () => {
  const { id } = await createApp(server);
  assert.equal((await put(id, {})).status, 201);
  refused(await put(id, {}), 422, 'entity.invalid_input');
});

test('what is refused', async () => {
  const { id } = await createApp(server);
  refused(await put(NONE, {}), 404, 'entity.not_exists_with_id');
  for (const [name, value] of [['termsOfUseUrl', 'nourl'], ['termsOfUseUrl', 'javascript:alert(1)'], ['privacyPolicyUrl', 'data:text/html,x'], ['privacyPolicyUrl', 1], ['color', { primaryColor: 'red' }], ['branding', { favicon: 'x' }], ['color', null]]) {
    const answer = await put(id, { [name]: value });
    refused(answer, 400, 'guard.invalid_input');
    assert.equal(answer.json.data.issues[0].path[0], name);
  }
  const long = await put(id, { displayName: 'n'.repeat(257) });
  assert.deepEqual(long.json.data.issues, [tooLong(256, 'displayName')]);
  refused(await call(server, 'GET', path(id)), 404, 'entity.not_exists_with_id');
});

test('of several first ones at once one makes it', async () => {
  const { id } = await createApp(server);
  const answers = await Promise.all(['a', 'b', 'c'].map((displayName) => put(id, { displayName })));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 200, 201]);
});
