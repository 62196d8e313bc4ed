// Passwords of users: set, verified, brought along from other systems, and hashed aside.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import { after, before, test } from 'node:test';
import { startServer } from '../lib/server.js';
import { unique } from '../lib/fixtures.js';
import { call, invalid, ok, refused, required, tooLong, tooShort, wrongType } from './support.js';

let server;

before(async () => { server = await startServer(); });
after(() => server.stop());

const post = (body) => call(server, 'POST', '/api/users', { body });
const create = (body = {}) => ok(server, 'POST', '/api/users', { body });
const set = (id, password) => call(server, 'PATCH', `/api/users/${id}/password`, { body: { password } });
const verify = (id, password) => call(server, 'POST', `/api/users/${id}/password/verify`, { body: { password } });
const withDigest = (id) => ok(server, 'GET', `/api/users/${id}?includePasswordHash=true`);
const md5 = (text) => createHash('md5').update(text).digest('hex');

async function matches(id, password) {
  const answer = await verify(id, password);
  if (answer.status === 204) return true;
  refused(answer, 422, 'session.invalid_credentials');
  return false;
}

test('a password is set, verified and replaced', async () => {
  const secret = unique('Passw0rd-first');
  server.secrets.add(secret);
  const user = await create({ password: secret });
  assert.equal(user.hasPassword, true);
  assert.ok(await matches(user.id, secret));
  assert.ok(!(await matches(user.id, `${secret}x`)));
  assert.ok(!(await matches(user.id, secret.toLowerCase())));
  const changed = await set(user.id, 'a');
  assert.equal(changed.status, 200);
  assert.equal(changed.json.hasPassword, true);
  assert.ok(await matches(user.id, 'a'));
  assert.ok(!(await matches(user.id, secret)));
  assert.deepEqual(await ok(server, 'GET', `/api/users/${user.id}/has-password`), { hasPassword: true });
});

test('a user without a password matches none', async () => {
  const user = await create();
  assert.ok(!(await matches(user.id, 'x')));
  assert.deepEqual(await ok(server, 'GET', `/api/users/${user.id}/has-password`), { hasPassword: false });
  assert.equal((await set(user.id, 'first')).json.hasPassword, true);
  assert.ok(await matches(user.id, 'first'));
});

test('check 123: long ones, blanks, Unicode and NUL; nothing is cut', async () => {
  const user = await create();
  for (const password of ['x'.repeat(1024), ' blanks at both ends ', 'пароль 🐝 ﾊﾟｽ', 'é', 'y'.repeat(100)]) {
    assert.equal((await set(user.id, password)).status, 200);
    assert.ok(await matches(user.id, password));
    assert.ok(!(await matches(user.id, password.slice(0, -1) || 'e')), password);
    assert.ok(!(await matches(user.id, `${password.slice(0, 1000)}z`)));
  }
  await set(user.id, 'caf\u00e9');
  assert.ok(await matches(user.id, 'cafe\u0301'));
  invalid(await set(user.id, 'x'.repeat(4096)), [tooLong(1024, 'password')]);
  invalid(await set(user.id, ''), [tooShort('password')]);
  invalid(await call(server, 'PATCH', `/api/users/${user.id}/password`, { body: {} }), [required('string', 'password')]);
  invalid(await verify(user.id, 1), [wrongType('string', 'number', 'password')]);
  assert.equal((await set(user.id, 'a\u0000b')).status, 400);
});

test('check 124: digests of other systems verify, then give way to our own', async () => {
  const cases = [
    ['MD5', md5('p1'), 'p1'], ['SHA1', createHash('sha1').update('p2').digest('hex'), 'p2'], ['SHA256', createHash('sha256').update('p3').digest('hex'), 'p3'],
    ['Bcrypt', '$2y$04$NdSOG0TUAR.EWP1tLX/QYOR1og/Ohza.lAyIxL5T/kUNBRZqmB9Y.', 'Passw0rd!'],
    ['Argon2i', '$argon2i$v=19$m=1024,t=2,p=1$eXpoTTlSV1FjUFFrdmNrVQ$un00RB7nRK8+vaukqfOIHnrwgQNt5RUI16MnyZBqC+A', 'Passw0rd!'],
    ['Argon2id', '$argon2id$v=19$m=1024,t=2,p=2$L205dURoR2VkdGJjdDBBNw$ceqefBZ3rVI65J8NIroZfF7imiZxMzWFzmTQh1VvMWg', 'Passw0rd!'],
    ['Legacy', JSON.stringify(['md5', ['salt', '@'], md5('saltp4')]), 'p4'],
  ];
  for (const [passwordAlgorithm, passwordDigest, password] of cases) {
    const user = await create({ passwordDigest, passwordAlgorithm });
    assert.equal(user.hasPassword, true);
    const kept = await withDigest(user.id);
    assert.deepEqual([kept.passwordDigest, kept.passwordAlgorithm], [passwordDigest, passwordAlgorithm]);
    assert.ok(!(await matches(user.id, `${password}x`)), passwordAlgorithm);
    assert.equal((await withDigest(user.id)).passwordAlgorithm, passwordAlgorithm);
    assert.ok(await matches(user.id, password), passwordAlgorithm);
    const renewed = await withDigest(user.id);
    assert.equal(renewed.passwordAlgorithm, 'Argon2id');
    assert.match(renewed.passwordDigest, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    assert.ok(await matches(user.id, password), passwordAlgorithm);
    assert.equal((await withDigest(user.id)).passwordDigest, renewed.passwordDigest);
  }
});

test('digests that cannot be taken', async () => {
  refused(await post({ passwordDigest: md5('x') }), 400, 'user.password_algorithm_required');
  refused(await post({ password: 'x', passwordDigest: md5('x'), passwordAlgorithm: 'MD5' }), 400, 'user.password_and_digest');
  const legacy = (expression) => post({ passwordDigest: typeof expression === 'string' ? expression : JSON.stringify(expression), passwordAlgorithm: 'Legacy' });
  refused(await legacy('x'), 400, 'password.invalid_legacy_password_format');
  refused(await legacy(['md5', ['salt'], 'x']), 400, 'password.invalid_legacy_password_format');
  refused(await legacy(['pbkdf2', ['hex:0', '1', '1', 'sha1', '@'], 'x']), 400, 'password.invalid_legacy_password_format');
  refused(await legacy(['rot13', ['@'], 'x']), 400, 'password.unsupported_legacy_hash_algorithm');
  assert.equal((await post({ passwordDigest: 'x', passwordAlgorithm: 'Rot13' })).json.data.issues[0].code, 'invalid_enum_value');
  invalid(await post({ passwordDigest: 'x'.repeat(257), passwordAlgorithm: 'MD5' }), [tooLong(256, 'passwordDigest')]);
  const user = await create({ passwordAlgorithm: 'MD5' });
  assert.equal(user.hasPassword, false);
});

test('digests are in answers only where they are asked for', async () => {
  const user = await create({ username: unique('hashed').replaceAll('-', '_'), password: 'something' });
  const { passwordDigest, passwordAlgorithm, ...rest } = await withDigest(user.id);
  assert.deepEqual(rest, user);
  assert.equal(passwordAlgorithm, 'Argon2id');
  const [listed] = await ok(server, 'GET', `/api/users?search=${user.username}&includePasswordHash=true`);
  assert.deepEqual(listed, { ...user, passwordDigest, passwordAlgorithm });
  assert.deepEqual(await ok(server, 'GET', `/api/users?search=${user.username}`), [user]);
  const bare = await create();
  assert.deepEqual(await withDigest(bare.id), { ...bare, passwordDigest: null, passwordAlgorithm: null });
  assert.deepEqual(await ok(server, 'GET', `/api/users/${bare.id}?includeSsoIdentities=true`), { ...bare, ssoIdentities: [] });
});

test('passwords expire only where the sign-in experience says so', async () => {
  const user = await create({ password: 'something' });
  const expire = (isExpired) => call(server, 'PATCH', `/api/users/${user.id}/password/expiration`, { body: { isExpired } });
  assert.equal((await expire(false)).status, 200);
  refused(await expire(true), 400, 'sign_in_experiences.password_expiration_not_enabled');
  invalid(await expire('x'), [wrongType('boolean', 'string', 'isExpired')]);
});

test('check 125: hashing holds nobody up, and more of it than can wait is refused', async () => {
  const users = await Promise.all([create({ password: 'p' }), create()]);
  const started = Date.now();
  const flood = Array.from({ length: 70 * os.cpus().length }, (_, i) => verify(users[i % 2].id, 'p'));
  const quick = await call(server, 'GET', '/api/status');
  const took = Date.now() - started;
  assert.equal(quick.status, 204);
  const answers = await Promise.all(flood);
  const whole = Date.now() - started;
  assert.ok(took < whole / 2, `${took} ms of ${whole}`);
  const refusals = answers.filter((answer) => answer.status === 503);
  assert.ok(refusals.length > 0, 'nothing was refused');
  for (const answer of refusals) {
    refused(answer, 503, 'server.busy');
    assert.match(answer.headers['retry-after'], /^\d+$/);
  }
  const served = answers.filter((answer) => answer.status !== 503);
  assert.ok(served.length > 0 && served.every((answer) => [204, 422].includes(answer.status)));
  assert.ok(await matches(users[0].id, 'p'));
});

// Nothing to be seen where the kernel gives none.
const LARGE_PAGES = '/sys/kernel/mm/transparent_hugepage/enabled';
const large = fs.existsSync(LARGE_PAGES) && !fs.readFileSync(LARGE_PAGES, 'utf8').includes('[never]');

test('the memory of a hash comes in large pages', async () => {
  const { id } = await create({ password: 'p' });
  const faults = () => Number(fs.readFileSync(`/proc/${server.pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ')[7]);
  const before = faults();
  for (let i = 0; i < 10; i += 1) assert.ok(await matches(id, 'p'));
  if (large) assert.ok(faults() - before < 10 * 2000, '19 MiB are 4,864 small pages');
});
