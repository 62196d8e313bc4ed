// /api/user-imports and /api/user-exports: users as JSON lines.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { after, before, test } from 'node:test';
import { startServer } from '../lib/server.js';
import { unique } from '../lib/fixtures.js';
import { call, limited, links, ok, refused } from './support.js';

let server;
before(async () => { server = await startServer(); });
after(() => server.stop());

const word = (prefix) => unique(prefix).replaceAll('-', '_');
const lines = (rows) => rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n');
const send = (text, options = {}) => call(server, 'POST', '/api/user-imports', { body: text, ...options, headers: { 'content-type': 'application/x-ndjson', ...options.headers } });

/** The import once it runs no more. */
async function settled(id) {
  for (;;) {
    const now = await ok(server, 'GET', `/api/user-imports/${id}`);
    assert.ok(now.bytesDone <= now.bytes);
    if (now.state !== 'running') return now;
  }
}

async function imported(rows, options) {
  const answer = await send(lines(rows), options);
  assert.equal(answer.status, 202, answer.text);
  assert.equal(answer.json.state, 'running');
  return settled(answer.json.id);
}

async function exported() {
  const users = [];
  for (let path = '/api/user-exports?limit=1000'; path;) {
    const answer = await call(server, 'GET', path);
    assert.equal(answer.status, 200, answer.text);
    assert.match(answer.headers['content-type'], /^application\/x-ndjson/);
    assert.equal(answer.headers['cache-control'], 'no-store');
    users.push(...answer.text.split('\n').filter(Boolean).map((line) => JSON.parse(line)));
    path = links(answer).next?.replace(server.base, '/api');
  }
  return users;
}

test('all that a user may bring along, and a password that goes on being right', async () => {
  const legacy = JSON.stringify(['sha512', ['salt', '@'], crypto.createHash('sha512').update('saltSecret.1').digest('hex')]);
  const full = {
    id: word('Old-Id_'), username: word('full'), primaryEmail: `${word('full')}@example.com`, primaryPhone: '12025550199', name: 'Full', avatar: 'https://a.example/a.png',
    customData: { a: [1] }, profile: { givenName: 'F' }, identities: { github: { userId: word('g'), details: { x: 1 } } }, isSuspended: true,
    createdAt: 1600000000000, lastSignInAt: 1700000000000, passwordDigest: crypto.createHash('sha256').update('Secret.1').digest('hex'), passwordAlgorithm: 'SHA256',
  };
  const old = { username: word('old'), passwordDigest: legacy, passwordAlgorithm: 'Legacy' };
  const done = await imported([full, '', old, { name: null, primaryEmail: null, lastSignInAt: null }]);
  const { id, createdAt, updatedAt, ...rest } = done;
  assert.deepEqual(rest, { state: 'done', dryRun: false, bytes: rest.bytes, bytesDone: rest.bytes, lines: 4, imported: 3, refused: 0 });
  assert.ok(updatedAt >= createdAt);
  assert.deepEqual(await ok(server, 'GET', `/api/user-imports/${id}/errors`), []);
  const user = await ok(server, 'GET', `/api/users/${full.id}?includePasswordHash=true`);
  for (const [key, value] of Object.entries(full)) assert.deepEqual(user[key], value, key);
  assert.equal((await call(server, 'POST', `/api/users/${full.id}/password/verify`, { body: { password: 'Secret.1' } })).status, 204);
  const [found] = await ok(server, 'GET', `/api/users?search.username=${old.username}&mode.username=exact`);
  assert.equal((await call(server, 'POST', `/api/users/${found.id}/password/verify`, { body: { password: 'Secret.1' } })).status, 204);
  assert.equal((await call(server, 'POST', `/api/users/${found.id}/password/verify`, { body: { password: 'Secret.2' } })).status, 422);
  assert.ok((await ok(server, 'GET', '/api/user-imports')).some((each) => each.id === id));
});

test('lines that are refused are told by their number, and stop nothing', async () => {
  const name = word('twice');
  const [{ id: other }] = await ok(server, 'GET', '/api/users?page_size=1');
  const github = { github: { userId: word('same') } };
  const rows = [
    { username: name }, { username: name }, 'no json', '[]', '{"a":1,"a":2}', { username: 'with blank' }, { name: 1 }, { id: 'a/b' }, { id: '' }, { id: other },
    { passwordDigest: 'x' }, { passwordDigest: '[]', passwordAlgorithm: 'Legacy' }, { passwordDigest: 'x', passwordAlgorithm: 'ROT13' }, { password: 'Secret.1' },
    { primaryPhone: '1' }, { identities: github }, { identities: github }, { identities: { github: 'x' } }, { createdAt: -1 }, { createdAt: 'x' }, { customData: null },
    { name: 'a\u0000b' }, { name: 'x'.repeat(300_000) }, { username: word('last') },
    { id: server.client.id },
  ];
  const done = await imported(rows);
  assert.deepEqual([done.state, done.lines, done.imported, done.refused], ['done', rows.length, 3, rows.length - 3]);
  const errors = await ok(server, 'GET', `/api/user-imports/${done.id}/errors?page_size=100`);
  const codes = new Map(errors.map((error) => [error.line, error.code]));
  assert.deepEqual(errors.map((error) => error.line), rows.map((_, i) => i + 1).filter((line) => ![1, 16, 24].includes(line)));
  assert.ok(errors.every((error) => error.message.length > 0));
  const expected = { 2: 'user.username_already_in_use', 3: null, 6: 'guard.invalid_input', 10: 'user.id_already_in_use', 11: 'user.password_algorithm_required',
    14: 'user.import_password', 15: 'user.invalid_phone', 17: 'user.identity_already_in_use', 19: 'guard.invalid_input', 23: 'guard.invalid_input', 25: 'guard.invalid_input' };
  for (const [line, code] of Object.entries(expected)) assert.equal(codes.get(Number(line)), code, `line ${line}`);
  const byCursor = [];
  for (let path = `/api/user-imports/${done.id}/errors?limit=4`; path;) {
    const answer = await call(server, 'GET', path);
    byCursor.push(...answer.json);
    path = links(answer).next?.replace(server.base, '/api');
  }
  assert.deepEqual(byCursor, errors);
});

test('a digest that is none of its algorithm\'s is refused, one of each is taken and verifies', async () => {
  const hash = (name, text) => crypto.createHash(name).update(text).digest('hex');
  const digests = {
    MD5: [hash('md5', 'Passw0rd!'), 'zz'], SHA1: [hash('sha1', 'Passw0rd!'), hash('md5', 'a')], SHA256: [hash('sha256', 'Passw0rd!'), 'g'.repeat(64)],
    Bcrypt: ['$2y$04$NdSOG0TUAR.EWP1tLX/QYOR1og/Ohza.lAyIxL5T/kUNBRZqmB9Y.', '$2y$04$short'],
    Argon2i: ['$argon2i$v=19$m=1024,t=2,p=1$eXpoTTlSV1FjUFFrdmNrVQ$un00RB7nRK8+vaukqfOIHnrwgQNt5RUI16MnyZBqC+A', '$argon2id$v=19$m=1024'],
    Argon2id: ['$argon2id$v=19$m=1024,t=2,p=2$L205dURoR2VkdGJjdDBBNw$ceqefBZ3rVI65J8NIroZfF7imiZxMzWFzmTQh1VvMWg', 'x'],
    Argon2d: [undefined, '$argon2i$'],
  };
  const rows = Object.entries(digests).flatMap(([passwordAlgorithm, pair]) => pair.filter(Boolean).map((passwordDigest) => ({ username: word('digest'), passwordAlgorithm, passwordDigest })));
  const good = rows.filter(({ passwordAlgorithm, passwordDigest }) => digests[passwordAlgorithm][0] === passwordDigest);
  const done = await imported(rows);
  assert.deepEqual([done.imported, done.refused], [good.length, Object.keys(digests).length]);
  const errors = await ok(server, 'GET', `/api/user-imports/${done.id}/errors`);
  assert.deepEqual(errors.map(({ line }) => line), rows.flatMap((row, i) => (good.includes(row) ? [] : [i + 1])));
  for (const { code, message, line } of errors) assert.deepEqual([code, message], ['guard.invalid_input', `passwordDigest is none of ${rows[line - 1].passwordAlgorithm}`]);
  for (const { username } of good) {
    const [user] = await ok(server, 'GET', `/api/users?search.username=${username}&mode.username=exact`);
    assert.equal((await call(server, 'POST', `/api/users/${user.id}/password/verify`, { body: { password: 'Passw0rd!' } })).status, 204, username);
  }
});

test('a digest that costs more than a sign-in may take is refused, with the bound that it breaks', async () => {
  const argon2 = (cost, kind = 'argon2id') => `$${kind}$v=19$${cost}$L205dURoR2VkdGJjdDBBNw$ceqefBZ3rVI65J8NIroZfF7imiZxMzWFzmTQh1VvMWg`;
  const bcrypt = (cost) => `$2a$${cost}$NdSOG0TUAR.EWP1tLX/QYOR1og/Ohza.lAyIxL5T/kUNBRZqmB9Y.`;
  const legacy = (...expression) => JSON.stringify(expression);
  const cases = [
    ['Argon2id', argon2('m=4194304,t=1000,p=1'), /^passwordDigest takes more than 128 MiB/],
    ['Argon2i', argon2('m=65536,t=17,p=1', 'argon2i'), /1048576/],
    ['Argon2d', argon2('m=1024,t=2,p=17', 'argon2d'), /16 lanes/],
    ['Argon2id', argon2('t=2,p=1'), /128 MiB/],
    ['Bcrypt', bcrypt('31'), /4 to 16/],
    ['Bcrypt', bcrypt('17'), /4 to 16/],
    ['Bcrypt', bcrypt('03'), /4 to 16/],
    ['Legacy', legacy('pbkdf2', ['salt', '10000001', '32', 'sha256', '@'], 'ab'), /1 to 10000000/],
    ['Legacy', legacy('pbkdf2', ['salt', '1000', '1025', 'sha256', '@'], 'ab'), /1 to 1024/],
    ['Legacy', legacy('firebase-scrypt', ['YQ==', 'YQ==', 'YQ==', '8', '20', '@'], 'ab'), /128 MiB/],
  ];
  const rows = cases.map(([passwordAlgorithm, passwordDigest]) => ({ username: word('costly'), passwordAlgorithm, passwordDigest }));
  const within = [['Argon2id', argon2('m=131072,t=8,p=16')], ['Bcrypt', bcrypt('16')], ['Legacy', legacy('pbkdf2', ['salt', '10000000', '1024', 'sha256', '@'], 'ab')],
    ['Legacy', legacy('firebase-scrypt', ['YQ==', 'YQ==', 'YQ==', '8', '14', '@'], 'ab')]]
    .map(([passwordAlgorithm, passwordDigest]) => ({ username: word('dear'), passwordAlgorithm, passwordDigest }));
  const done = await imported([...rows, ...within]);
  assert.deepEqual([done.imported, done.refused], [within.length, cases.length]);
  const errors = await ok(server, 'GET', `/api/user-imports/${done.id}/errors`);
  for (const [i, { code, message }] of errors.entries()) {
    assert.equal(code, 'guard.invalid_input');
    assert.match(message, cases[i][2]);
  }
  refused(await call(server, 'POST', '/api/users', { body: rows[0] }), 400, 'guard.invalid_input');
});

test('a dry run stores nothing and says what would be refused', async () => {
  const before = (await exported()).length;
  const done = await imported([{ username: word('dry') }, { username: '1' }], { query: { dryRun: 1 } });
  assert.deepEqual([done.state, done.dryRun, done.imported, done.refused], ['done', true, 1, 1]);
  assert.equal((await ok(server, 'GET', `/api/user-imports/${done.id}/errors`))[0].line, 2);
  assert.equal((await exported()).length, before);
});

test('what is exported can be imported, and is the same again', async () => {
  const users = await exported();
  const names = users.map((user) => user.id);
  assert.deepEqual(names, [...names].sort());
  assert.equal(Number((await call(server, 'GET', '/api/users')).headers['total-number']), users.length);
  for (const id of names) await ok(server, 'DELETE', `/api/users/${id}`, {}, 204);
  const done = await imported(users);
  assert.deepEqual([done.imported, done.refused], [users.length, 0]);
  assert.deepEqual(await exported(), users);
});

test('ten thousand lines in one request, and the count beside them', async () => {
  const total = async () => Number((await call(server, 'GET', '/api/users?page_size=1')).headers['total-number']);
  const before = await total();
  const name = word('many');
  const rows = Array.from({ length: 10_000 }, (_, i) => ({ username: `${name}_${i}`, customData: { text: 'x'.repeat(200) } }));
  const text = lines(rows);
  assert.ok(text.length > 2 << 20, 'more than other operations take');
  const answer = await send(text);
  assert.equal(answer.status, 202, answer.text);
  const done = await settled(answer.json.id);
  assert.deepEqual([done.state, done.bytes, done.lines, done.imported, done.refused], ['done', text.length, 10_000, 10_000, 0]);
  assert.equal(await total(), before + 10_000);
});

test('who may not import or export, and what is no file', async () => {
  const reader = await limited(server, 'read:users');
  const long = lines(Array.from({ length: 30_000 }, () => ({ name: 'x'.repeat(50) })));
  for (const text of ['{}', long]) {
    refused(await send(text, { token: reader.token }), 403, 'auth.forbidden');
    assert.equal((await send(text, { token: undefined, headers: { authorization: '' } })).status, 401);
  }
  refused(await call(server, 'GET', '/api/user-exports', { token: reader.token }), 403, 'auth.forbidden');
  refused(await send(''), 400, 'request.invalid_input');
  refused(await call(server, 'GET', '/api/user-imports/none'), 404, 'entity.not_exists_with_id');
  refused(await call(server, 'GET', '/api/user-imports/none/errors'), 404, 'entity.not_exists_with_id');
  refused(await call(server, 'GET', '/api/user-exports?limit=1001'), 400, 'guard.invalid_pagination');
  const tooLong = await call(server, 'POST', '/api/user-imports', { body: '{}', headers: { 'content-length': String(600 << 20) } }).catch((error) => error);
  if (tooLong.status) refused(tooLong, 413, 'request.body_too_large');
});

test('an import with an Idempotency-Key happens once', async () => {
  const text = lines([{ username: word('once') }]);
  const first = await send(text, { headers: { 'idempotency-key': 'import-1' } });
  const again = await send(text, { headers: { 'idempotency-key': 'import-1' } });
  assert.deepEqual([first.status, again.status], [202, 202]);
  assert.equal(first.json.id, again.json.id);
  assert.equal((await settled(first.json.id)).imported, 1);
});

test('an import goes on until the server ends, and tells how far it came', async () => {
  const name = word('cut');
  const rows = Array.from({ length: 10_000 }, (_, i) => ({ username: `${name}_${i}` }));
  const answer = await send(lines(rows));
  await server.restart();
  const cut = await settled(answer.json.id);
  if (cut.state === 'done') return; // it was faster
  assert.equal(cut.state, 'interrupted');
  const done = await imported(rows.slice(cut.lines));
  assert.deepEqual([done.imported, done.refused], [rows.length - cut.imported, 0]);
});
