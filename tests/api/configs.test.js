// /api/configs: keys, scripts and settings that are one object each.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, decodeJwt, token } from '../lib/api.js';
import { admin } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';
import { call, ID, invalid, limited, ok, refused, required, wrongType } from './support.js';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

const BASE = '/api/configs';
const get = (path) => ok(server, 'GET', `${BASE}/${path}`);
const send = (method, path, body) => call(server, method, `${BASE}/${path}`, { body });
const published = async () => (await api(server, 'GET', '/oidc/jwks')).json.keys.map((key) => key.alg);
// Where there may be other servers, a key is published for a moment before it signs.
async function signing(alg) {
  while (decodeJwt(await token(server)).header.alg !== alg) assert.equal(server.db, 'postgres');
}

test('the keys that sign tokens: listed, rotated, deleted', async () => {
  const [first, ...others] = await get('oidc/private-keys');
  assert.deepEqual(others, []);
  assert.match(first.id, ID);
  assert.ok(Math.abs(Date.now() / 1000 - first.createdAt) < 600);
  assert.deepEqual([first.signingKeyAlgorithm, first.status], ['EC', 'Current']);
  refused(await send('DELETE', `oidc/private-keys/${first.id}`), 422, 'oidc.key_required');
  refused(await send('DELETE', 'oidc/private-keys/nope'), 404, 'oidc.key_not_found');
  const bad = await send('POST', 'oidc/private-keys/rotate', { signingKeyAlgorithm: 'HS256' });
  refused(bad, 400, 'guard.invalid_input');
  const rotated = (await send('POST', 'oidc/private-keys/rotate', { signingKeyAlgorithm: 'RSA' })).json;
  assert.deepEqual(rotated.map((key) => [key.signingKeyAlgorithm, key.status]), [['RSA', 'Current'], ['EC', 'Previous']]);
  await signing('RS256');
  assert.deepEqual((await published()).sort(), ['ES256', 'RS256']);
  const next = (await send('POST', 'oidc/private-keys/rotate', { rotationGracePeriod: 1000 })).json;
  assert.deepEqual(next.map((key) => [key.signingKeyAlgorithm, key.status]), [['EC', 'Next'], ['RSA', 'Current'], ['EC', 'Previous']]);
  assert.equal(decodeJwt(await token(server)).header.alg, 'RS256');
  assert.deepEqual(await get('oidc/private-keys'), next);
  refused(await send('DELETE', `oidc/private-keys/${next[1].id}`), 422, 'oidc.only_previous_key_can_be_deleted');
  assert.equal((await send('DELETE', `oidc/private-keys/${next[0].id}`)).status, 204);
  const back = (await send('POST', 'oidc/private-keys/rotate')).json;
  assert.deepEqual(back.map((key) => [key.signingKeyAlgorithm, key.status]), [['EC', 'Current'], ['RSA', 'Previous']]);
  await signing('ES256');
  server.adminToken = undefined;
  assert.equal((await call(server, 'DELETE', `${BASE}/oidc/private-keys/${back[1].id}`, { token: await admin(server) })).status, 204);
  assert.deepEqual(await published(), ['ES256']);
});

test('the keys of cookies', async () => {
  const [first, ...others] = await get('oidc/cookie-keys');
  assert.deepEqual([Object.keys(first), others], [['id', 'createdAt'], []]);
  refused(await send('DELETE', `oidc/cookie-keys/${first.id}`), 422, 'oidc.key_required');
  refused(await send('POST', 'oidc/cookie-keys/rotate', { rotationGracePeriod: 1 }), 422, 'oidc.invalid_request');
  const rotated = (await send('POST', 'oidc/cookie-keys/rotate', {})).json;
  assert.deepEqual([rotated.length, rotated.some((key) => key.id === first.id)], [2, true]);
  refused(await send('DELETE', 'oidc/cookie-keys/nope'), 404, 'oidc.key_not_found');
  assert.equal((await send('DELETE', `oidc/cookie-keys/${first.id}`)).status, 204);
  assert.equal((await get('oidc/cookie-keys')).length, 1);
});

test('a kind of keys that there is not', async () => {
  const options = ['private-keys', 'cookie-keys'];
  for (const [method, path] of [['GET', 'oidc/foo'], ['POST', 'oidc/foo/rotate'], ['DELETE', 'oidc/foo/x']]) {
    invalid(await send(method, path, method === 'POST' ? {} : undefined), [{
      received: 'foo', code: 'invalid_enum_value', options, path: ['keyType'],
      message: "Invalid enum value. Expected 'private-keys' | 'cookie-keys', received 'foo'",
    }]);
  }
});

test('what the console remembers, and settings of sessions, ID tokens and clients', async () => {
  assert.deepEqual(await get('admin-console'), { signInExperienceCustomized: false, organizationCreated: false });
  assert.deepEqual((await send('PATCH', 'admin-console', { organizationCreated: true, x: 1 })).json, { signInExperienceCustomized: false, organizationCreated: true });
  assert.deepEqual(await get('admin-console'), { signInExperienceCustomized: false, organizationCreated: true });
  invalid(await send('PATCH', 'admin-console', { signInExperienceCustomized: 'x' }), [wrongType('boolean', 'string', 'signInExperienceCustomized')]);
  assert.deepEqual(await get('oidc/session'), { ttl: 1209600 });
  assert.deepEqual((await send('PATCH', 'oidc/session', { ttl: 86400 })).json, { ttl: 86400 });
  assert.deepEqual(await get('oidc/session'), { ttl: 86400 });
  for (const ttl of [0, 31_536_001, Number.MAX_SAFE_INTEGER])
    refused(await send('PATCH', 'oidc/session', { ttl }), 400, 'guard.invalid_input');
  assert.deepEqual(await get('id-token'), { enabledExtendedClaims: ['roles', 'organizations', 'organization_roles'] });
  assert.deepEqual((await send('PUT', 'id-token', { enabledExtendedClaims: [] })).json, { enabledExtendedClaims: [] });
  assert.deepEqual(await get('id-token'), { enabledExtendedClaims: [] });
  refused(await send('PUT', 'id-token', { enabledExtendedClaims: ['zzz'] }), 400, 'guard.invalid_input');
  assert.deepEqual(await get('cimd'), { enabled: false });
  refused(await send('PATCH', 'cimd', { enabled: true }), 400, 'request.invalid_input');
  assert.deepEqual(await get('cimd'), { enabled: false });
  assert.deepEqual((await send('PATCH', 'cimd', { enabled: false })).json, { enabled: false });
});

test('scripts that add claims to tokens; their variables are not stored in clear', async () => {
  const secret = `script-${process.pid}-variable`;
  server.secrets.add(secret);
  const script = 'const getCustomJwtClaims = async () => ({});';
  assert.deepEqual(await get('jwt-customizer'), []);
  refused(await send('GET', 'jwt-customizer/access-token'), 404, 'entity.not_exists_with_id');
  const body = { script, environmentVariables: { bar: secret }, contextSample: { user: { username: 'x' } } };
  const made = await send('PUT', 'jwt-customizer/access-token', body);
  assert.deepEqual([made.status, made.json], [201, body]);
  const again = await send('PUT', 'jwt-customizer/access-token', { script, environmentVariables: {} });
  assert.deepEqual([again.status, again.json], [200, { script, environmentVariables: {} }]);
  assert.deepEqual((await send('PATCH', 'jwt-customizer/access-token', { script: '1' })).json, { script: '1', environmentVariables: {} });
  invalid(await send('PATCH', 'jwt-customizer/access-token', { environmentVariables: {} }), [required('string', 'script')]);
  invalid(await send('PUT', 'jwt-customizer/client-credentials', { script: 1 }), [wrongType('string', 'number', 'script')]);
  refused(await send('PUT', 'jwt-customizer/client-credentials', { script, environmentVariables: { x: 1 } }), 400, 'guard.invalid_input');
  refused(await send('PUT', 'jwt-customizer/foo', { script }), 400, 'guard.invalid_input');
  refused(await send('PATCH', 'jwt-customizer/client-credentials', { script }), 404, 'entity.not_exists_with_id');
  assert.deepEqual(await get('jwt-customizer/access-token'), { script: '1', environmentVariables: {} });
  assert.deepEqual(await get('jwt-customizer'), [{ key: 'jwt.accessToken', value: { script: '1', environmentVariables: {} } }]);
  const attempt = { tokenType: 'client-credentials', script, token: {} };
  invalid(await send('POST', 'jwt-customizer/test', attempt), [required('object', 'context')]);
  assert.deepEqual((await send('POST', 'jwt-customizer/test', { ...attempt, context: {} })).json, {});
  assert.equal((await send('DELETE', 'jwt-customizer/access-token')).status, 204);
  refused(await send('DELETE', 'jwt-customizer/access-token'), 404, 'entity.not_found');
});

test('scripts that run during a sign-in', async () => {
  const path = 'actions/action.postSignIn';
  assert.deepEqual(await get('actions'), []);
  refused(await send('GET', path), 404, 'entity.not_exists_with_id');
  refused(await send('GET', 'actions/post-sign-in'), 400, 'guard.invalid_input');
  const body = { script: 's', onExecutionError: 'allow' };
  refused(await send('PUT', path, { ...body, enabled: true }), 400, 'request.invalid_input');
  assert.deepEqual((await send('PUT', path, body)).json, body);
  refused(await send('PATCH', path, { enabled: true }), 400, 'request.invalid_input');
  assert.deepEqual((await send('PATCH', path, { enabled: false })).json, { ...body, enabled: false });
  assert.deepEqual(await get(path), { ...body, enabled: false });
  refused(await send('PATCH', path, { onExecutionError: 'x' }), 400, 'guard.invalid_input');
  assert.deepEqual(await get('actions'), [{ key: 'action.postSignIn', value: { ...body, enabled: false } }]);
  refused(await send('POST', 'actions/test', { script: 's', actionType: 'action.postSignIn', event: {} }), 501, 'action.general');
  assert.equal((await send('DELETE', path)).status, 204);
  refused(await send('DELETE', path), 404, 'entity.not_found');
});

test('reading and writing need their own scopes', async () => {
  const reader = await limited(server, 'read:configs');
  const as = (method, path, body) => call(server, method, `${BASE}/${path}`, { token: reader.token, body });
  assert.equal((await as('GET', 'oidc/private-keys')).status, 200);
  refused(await as('POST', 'oidc/private-keys/rotate', {}), 403, 'auth.forbidden');
});
