// What hangs on a user: linked accounts, factors, personal access tokens, and what signing in leaves.
import assert from 'node:assert/strict';
import { inflateSync } from 'node:zlib';
import { after, before, test } from 'node:test';
import { startServer } from '../lib/server.js';
import { unique } from '../lib/fixtures.js';
import { call, invalid, limited, ok, refused, required, tooLong, tooShort, wrongType } from './support.js';

const NONE = 'nonexistent0';
let server;

before(async () => { server = await startServer(); });
after(() => server.stop());

const create = (body = {}) => ok(server, 'POST', '/api/users', { body });
const at = (user, part) => `/api/users/${user.id}${part}`;

test('a social account belongs to one user', async () => {
  const [one, two] = [await create(), await create()];
  const account = unique('gh');
  const put = (user, target, body) => call(server, 'PUT', at(user, `/identities/${target}`), { body });
  const first = await put(one, 'github', { userId: account, details: { name: 'gh' }, extra: 1 });
  assert.equal(first.status, 201);
  assert.deepEqual(first.json, { github: { userId: account, details: { name: 'gh' } } });
  const again = await put(one, 'github', { userId: account });
  assert.equal(again.status, 200);
  assert.deepEqual(again.json, { github: { userId: account } });
  refused(await put(two, 'github', { userId: account }), 422, 'user.identity_already_in_use');
  assert.deepEqual((await ok(server, 'GET', at(two, ''))).identities, {});
  const both = await put(one, 'google "x"', { userId: account });
  assert.deepEqual(both.json, { github: { userId: account }, 'google "x"': { userId: account } });
  assert.deepEqual((await ok(server, 'GET', at(one, ''))).identities, both.json);
  assert.deepEqual(await ok(server, 'GET', at(one, '/identities/github')), { identity: { userId: account } });
  assert.deepEqual(await ok(server, 'GET', at(one, '/all-identities')), {
    socialIdentities: [{ target: 'github', identity: { userId: account } }, { target: 'google "x"', identity: { userId: account } }], ssoIdentities: [],
  });
  const left = await ok(server, 'DELETE', at(one, '/identities/github'));
  assert.deepEqual(left.identities, { 'google "x"': { userId: account } });
  refused(await call(server, 'DELETE', at(one, '/identities/github')), 404, 'user.identity_not_exist');
  refused(await call(server, 'GET', at(one, '/identities/github')), 404, 'user.identity_not_exist');
  assert.equal((await put(two, 'github', { userId: account })).status, 201);
  await put(two, 'github', { userId: `${account}-2` });
  assert.equal((await put(one, 'github', { userId: account })).status, 201);
  await ok(server, 'DELETE', at(one, ''), {}, 204);
  assert.equal((await put(two, 'github', { userId: account })).status, 200);
  invalid(await put(two, 'github', {}), [required('string', 'userId')]);
  refused(await put({ id: NONE }, 'github', { userId: 'x' }), 404, 'entity.not_found');
});

test('what needs connectors finds none', async () => {
  const user = await create();
  refused(await call(server, 'POST', at(user, '/identities'), { body: { connectorId: 'nope', connectorData: {} } }), 404, 'entity.not_found');
  refused(await call(server, 'GET', at(user, '/sso-identities/nope')), 404, 'user.enterprise_sso_identity_not_exists');
  refused(await call(server, 'GET', at({ id: NONE }, '/sso-identities/nope')), 404, 'entity.not_found');
  refused(await call(server, 'GET', at({ id: NONE }, '/all-identities')), 404, 'entity.not_found');
});

// Rows of pixels of a PNG with one bit of grey.
function pixels(url) {
  const bytes = Buffer.from(url.replace('data:image/png;base64,', ''), 'base64');
  assert.equal(bytes.subarray(0, 8).toString('latin1'), '\x89PNG\r\n\x1a\n');
  const width = bytes.readUInt32BE(16);
  const length = bytes.readUInt32BE(33);
  assert.equal(bytes.subarray(37, 41).toString(), 'IDAT');
  const raw = inflateSync(bytes.subarray(41, 41 + length));
  const stride = 1 + Math.ceil(width / 8);
  assert.equal(raw.length, stride * width);
  return Array.from({ length: width }, (_, y) => Array.from({ length: width }, (__, x) => (raw[y * stride + 1 + (x >> 3)] >> (7 - (x & 7))) & 1));
}

test('TOTP: one a user, its secret shown once as text and image', async () => {
  const user = await create({ name: 'Ann Ö' });
  const add = (body) => call(server, 'POST', at(user, '/mfa-verifications'), { body });
  const made = await add({ type: 'Totp' });
  assert.equal(made.status, 200);
  assert.deepEqual(Object.keys(made.json), ['type', 'secret', 'secretQrCode']);
  assert.match(made.json.secret, /^[A-Z2-7]{32}$/);
  server.secrets.add(made.json.secret);
  const image = pixels(made.json.secretQrCode);
  const finder = image[16 + 2].slice(16, 16 + 28).join('');
  assert.equal(finder, '0'.repeat(28), 'the top edge of the first finder pattern is black');
  assert.ok(image.slice(0, 16).flat().every((bit) => bit === 1), 'there is a quiet zone');
  refused(await add({ type: 'Totp' }), 422, 'user.totp_already_in_use');
  const [factor] = await ok(server, 'GET', at(user, '/mfa-verifications'));
  assert.deepEqual(Object.keys(factor), ['id', 'createdAt', 'type']);
  assert.match(factor.createdAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.ok(Math.abs(Date.parse(factor.createdAt) - Date.now()) < 60_000);
  assert.equal((await call(server, 'DELETE', at(user, `/mfa-verifications/${factor.id}`))).status, 204);
  refused(await call(server, 'DELETE', at(user, `/mfa-verifications/${factor.id}`)), 404, 'entity.not_found');
  for (const secret of ['short', 'JBSWY3DPEHPK3PX1', 'jbswy3dpehpk3pxp', 'JBSWY3DPEHPK3PXPA', 'A'.repeat(40)])
    refused(await add({ type: 'Totp', secret }), 422, 'user.totp_secret_invalid');
  assert.equal((await add({ type: 'Totp', secret: 'JBSWY3DPEHPK3PXP' })).json.secret, 'JBSWY3DPEHPK3PXP');
});

test('backup codes: ten, beside another factor, one set at a time', async () => {
  const user = await create();
  const add = (body) => call(server, 'POST', at(user, '/mfa-verifications'), { body });
  refused(await add({ type: 'BackupCode' }), 422, 'session.mfa.backup_code_can_not_be_alone');
  await add({ type: 'Totp' });
  const codes = Array.from({ length: 10 }, (_, i) => `abcdef000${i}`);
  for (const wrong of [[], codes.slice(1), [...codes, 'abcdef0000'], [...codes.slice(1), 'abcdefghij'], [...codes.slice(1), 'abc']])
    refused(await add({ type: 'BackupCode', codes: wrong }), 422, 'user.wrong_backup_code_format');
  const made = await add({ type: 'BackupCode' });
  assert.equal(new Set(made.json.codes).size, 10);
  for (const code of made.json.codes) {
    assert.match(code, /^[0-9a-f]{10}$/);
    server.secrets.add(code);
  }
  refused(await add({ type: 'BackupCode' }), 422, 'user.backup_code_already_in_use');
  const listed = (await ok(server, 'GET', at(user, '/mfa-verifications'))).find(({ type }) => type === 'BackupCode');
  assert.equal(listed.remainCodes, 10);
  await ok(server, 'DELETE', at(user, `/mfa-verifications/${listed.id}`), {}, 204);
  assert.deepEqual((await add({ type: 'BackupCode', codes })).json.codes, codes);
  for (const body of [{ type: 'Foo' }, {}, { type: 1 }, { type: 'WebAuthn' }])
    invalid(await add(body), [{
      code: 'invalid_union_discriminator', options: ['Totp', 'BackupCode'], path: ['type'],
      message: "Invalid discriminator value. Expected 'Totp' | 'BackupCode'",
    }]);
  invalid(await add({ type: 'Totp', secret: 1 }), [wrongType('string', 'number', 'secret')]);
  refused(await call(server, 'GET', at({ id: NONE }, '/mfa-verifications')), 404, 'entity.not_found');
  refused(await call(server, 'POST', at({ id: NONE }, '/mfa-verifications'), { body: { type: 'Totp' } }), 404, 'entity.not_found');
});

test('personal access tokens: made, listed, renamed, deleted', async () => {
  const user = await create();
  const path = at(user, '/personal-access-tokens');
  const make = (body) => call(server, 'POST', path, { body });
  const one = await make({ name: 'p1' });
  assert.equal(one.status, 201);
  assert.deepEqual(Object.keys(one.json), ['tenantId', 'userId', 'name', 'value', 'createdAt', 'expiresAt']);
  assert.match(one.json.value, /^pat_[A-Za-z0-9]{32}$/);
  assert.equal(one.json.userId, user.id);
  assert.equal(one.json.expiresAt, null);
  server.secrets.add(one.json.value);
  const two = await make({ name: 'p2/ä', expiresAt: 4102444800000 });
  assert.equal(two.json.expiresAt, 4102444800000);
  assert.deepEqual(await ok(server, 'GET', path), [one.json, two.json]);
  refused(await make({ name: 'p1' }), 422, 'user.personal_access_token_name_exists');
  refused(await make({ name: 'p3', expiresAt: 1 }), 400, 'request.invalid_input');
  invalid(await make({}), [required('string', 'name')]);
  invalid(await make({ name: '' }), [tooShort('name')]);
  invalid(await make({ name: 'x'.repeat(257) }), [tooLong(256, 'name')]);
  const rename = (name, body) => call(server, 'PATCH', `${path}/${encodeURIComponent(name)}`, { body });
  assert.deepEqual((await rename('p2/ä', { name: 'p2b' })).json, { ...two.json, name: 'p2b' });
  refused(await rename('zzz', { name: 'q' }), 404, 'entity.not_exists');
  refused(await rename('p2b', { name: 'p1' }), 422, 'user.personal_access_token_name_exists');
  assert.equal((await ok(server, 'PATCH', path, { body: { currentName: 'p2b', name: 'p2c' } })).name, 'p2c');
  assert.deepEqual(await ok(server, 'PATCH', path, { body: { name: 'p1' } }), one.json);
  refused(await call(server, 'PATCH', path, { body: { currentName: 'zzz', name: 'q' } }), 404, 'entity.not_exists');
  await ok(server, 'POST', `${path}/delete`, { body: { name: 'p2c' } }, 204);
  refused(await call(server, 'POST', `${path}/delete`, { body: { name: 'p2c' } }), 404, 'entity.not_found');
  await ok(server, 'DELETE', `${path}/p1`, {}, 204);
  refused(await call(server, 'DELETE', `${path}/p1`), 404, 'entity.not_found');
  assert.deepEqual(await ok(server, 'GET', path), []);
  refused(await call(server, 'POST', at({ id: NONE }, '/personal-access-tokens'), { body: { name: 'p' } }), 404, 'entity.relation_foreign_key_not_found');
  refused(await call(server, 'GET', at({ id: NONE }, '/personal-access-tokens')), 404, 'entity.not_found');
});

test('check 139: values of tokens are for those who could make them', async () => {
  const user = await create();
  const path = at(user, '/personal-access-tokens');
  const made = await ok(server, 'POST', path, { body: { name: 'p' } }, 201);
  const reader = await limited(server, 'read:users');
  assert.equal((await ok(server, 'GET', path, { token: reader.token }))[0].value, '********');
  const writer = await limited(server, 'read:users', 'write:users');
  const shown = await call(server, 'GET', path, { token: writer.token });
  assert.equal(shown.json[0].value, made.value);
  assert.match(shown.headers['cache-control'], /no-store/);
});

test('nobody has signed in', async () => {
  const user = await create();
  assert.deepEqual(await ok(server, 'GET', at(user, '/sessions')), { sessions: [] });
  refused(await call(server, 'GET', at(user, '/sessions/nope')), 404, 'oidc.session_not_found');
  refused(await call(server, 'DELETE', at(user, '/sessions/nope?revokeGrantsTarget=all')), 404, 'oidc.session_not_found');
  assert.equal((await call(server, 'DELETE', at(user, '/sessions/nope?revokeGrantsTarget=x'))).status, 400);
  assert.deepEqual(await ok(server, 'GET', at(user, '/grants')), { grants: [] });
  assert.deepEqual(await ok(server, 'GET', at(user, '/grants?appType=thirdParty')), { grants: [] });
  assert.equal((await call(server, 'GET', at(user, '/grants?appType=x'))).status, 400);
  refused(await call(server, 'DELETE', at(user, '/grants/nope')), 404, 'oidc.invalid_grant');
  const devices = await call(server, 'GET', at(user, '/trusted-devices'));
  assert.deepEqual(devices.json, []);
  assert.equal(devices.headers['total-number'], '0');
  refused(await call(server, 'DELETE', at(user, '/trusted-devices/nope')), 404, 'entity.not_found');
  refused(await call(server, 'GET', at({ id: NONE }, '/trusted-devices')), 404, 'entity.not_found');
  assert.deepEqual(await ok(server, 'GET', at(user, '/organizations')), []);
  refused(await call(server, 'GET', at({ id: NONE }, '/organizations')), 404, 'entity.not_found');
});
