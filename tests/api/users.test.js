// /api/users: users themselves, their data, and how they are searched for.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer } from '../lib/server.js';
import { createRole, unique } from '../lib/fixtures.js';
import { call, invalid, limited, links, ok, refused, required, tooLong, tooShort, wrongType } from './support.js';

const NONE = 'nonexistent0';
const KEYS = ['id', 'username', 'primaryEmail', 'primaryPhone', 'name', 'avatar', 'customData', 'identities', 'lastSignInAt', 'createdAt',
  'updatedAt', 'profile', 'applicationId', 'cimdClientId', 'isSuspended', 'hasPassword'];
const regex = (...path) => ({ validation: 'regex', code: 'invalid_string', message: 'Invalid', path });
let server;
let phones = 12025550100;

before(async () => { server = await startServer(); });
after(() => server.stop());

const post = (body) => call(server, 'POST', '/api/users', { body });
const patch = (id, body, part = '') => call(server, 'PATCH', `/api/users/${id}${part}`, { body });
const create = (body = {}) => ok(server, 'POST', '/api/users', { body });
const list = (query) => ok(server, 'GET', `/api/users?${query}`);
const word = (prefix) => unique(prefix).replaceAll('-', '_');
const phone = () => String((phones += 1));

test('a user without anything, and one with everything', async () => {
  const bare = await create();
  assert.deepEqual(Object.keys(bare), KEYS);
  assert.match(bare.id, /^[a-z0-9]{12}$/);
  assert.deepEqual({ ...bare, id: 0, createdAt: 0, updatedAt: 0 }, {
    id: 0, username: null, primaryEmail: null, primaryPhone: null, name: null, avatar: null, customData: {}, identities: {}, lastSignInAt: null,
    createdAt: 0, updatedAt: 0, profile: {}, applicationId: null, cimdClientId: null, isSuspended: false, hasPassword: false,
  });
  assert.ok(Math.abs(bare.createdAt - Date.now()) < 60_000);
  const body = {
    username: word('alice'), primaryEmail: `${word('Alice')}@Example.com`, primaryPhone: phone(), name: 'Alice A', avatar: 'https://a.example/a.png',
    customData: { k: 1, deep: { a: [] } }, profile: { givenName: 'Alice', address: { country: 'SE' } },
  };
  const full = await create({ ...body, password: 'Passw0rd!x9' });
  assert.equal(full.hasPassword, true);
  for (const [key, value] of Object.entries(body)) assert.deepEqual(full[key], value, key);
  assert.deepEqual(await ok(server, 'GET', `/api/users/${full.id}`), full);
});

test('what cannot be set is passed over', async () => {
  const user = await create({ id: 'mine', tenantId: 'x', isSuspended: true, createdAt: 1, applicationId: 'x', identities: { a: { userId: 'b' } }, profile: { nope: 1, nickname: 'N' } });
  assert.notEqual(user.id, 'mine');
  assert.ok(user.createdAt > 1);
  assert.equal(user.isSuspended, false);
  assert.equal(user.applicationId, null);
  assert.deepEqual(user.identities, {});
  assert.deepEqual(user.profile, { nickname: 'N' });
  const readOnly = { id: 'mine', createdAt: 1, hasPassword: true, isSuspended: true };
  const changed = await patch(user.id, { ...readOnly, name: 'N' });
  assert.deepEqual({ ...changed.json, updatedAt: 0 }, { ...user, name: 'N', updatedAt: 0 });
  for (const nothing of [{}, readOnly]) refused(await patch(user.id, nothing), 422, 'entity.invalid_input');
});

for (const locale of [undefined, 'tr-TR'])
  test(`usernames that differ only in case are one where the policy says so${locale ? ', also in a Turkish database' : ''}`, async () => {
    const own = await startServer({ locale });
    const at = (method, path, body) => call(own, method, path, { body });
    try {
      const policy = (await ok(own, 'GET', '/api/sign-in-exp')).usernamePolicy;
      const change = (caseSensitive) => ok(own, 'PATCH', '/api/sign-in-exp', { body: { usernamePolicy: { ...policy, caseSensitive } } });
      await change(false);
      const first = (await at('POST', '/api/users', { username: 'Mixed' })).json;
      refused(await at('POST', '/api/users', { username: 'mIXED' }), 422, 'user.username_already_in_use');
      const other = (await at('POST', '/api/users', { username: 'other' })).json;
      refused(await at('PATCH', `/api/users/${other.id}`, { username: 'MIXED' }), 422, 'user.username_already_in_use');
      assert.equal((await at('PATCH', `/api/users/${first.id}`, { username: 'MIXED' })).json.username, 'MIXED');
      await change(true);
      assert.equal((await at('POST', '/api/users', { username: 'mixed' })).status, 200);
    } finally {
      await own.stop();
    }
  });

test('identifiers are unique in one form', async () => {
  const [username, email, number] = [word('one'), `${word('One')}@Straße.example`, phone()];
  const first = await create({ username, primaryEmail: email, primaryPhone: number });
  refused(await post({ username }), 422, 'user.username_already_in_use');
  await create({ username: username.toUpperCase() });
  for (const same of [email, email.toUpperCase(), email.replace('ß', 'ss'), email.replace('example', 'ｅxample')])
    refused(await post({ primaryEmail: same }), 422, 'user.email_already_in_use');
  refused(await post({ primaryPhone: number }), 422, 'user.phone_already_in_use');
  const other = await create({ username: word('two') });
  refused(await patch(other.id, { username }), 422, 'user.username_already_in_use');
  refused(await patch(other.id, { primaryEmail: email.toLowerCase() }), 422, 'user.email_already_in_use');
  refused(await patch(other.id, { primaryPhone: number }), 422, 'user.phone_already_in_use');
  assert.equal((await patch(first.id, { username, primaryEmail: email, primaryPhone: number })).status, 200);
  await ok(server, 'DELETE', `/api/users/${first.id}`, {}, 204);
  assert.equal((await patch(other.id, { username, primaryEmail: email, primaryPhone: number })).status, 200);
});

test('a phone number has one form: without the zero behind the country code', async () => {
  const local = `4${phone().slice(-8)}`;
  const user = await create({ primaryPhone: `610${local}` });
  assert.equal(user.primaryPhone, `61${local}`);
  refused(await post({ primaryPhone: `61${local}` }), 422, 'user.phone_already_in_use');
  refused(await post({ primaryPhone: `610${local}` }), 422, 'user.phone_already_in_use');
  assert.equal((await create({ primaryPhone: `390${local}` })).primaryPhone, `390${local}`);
  for (const wrong of ['0', '999123456', '1', '12', `1${'2'.repeat(18)}`]) refused(await post({ primaryPhone: wrong }), 422, 'user.invalid_phone');
});

test('the rules for identifiers and texts', async () => {
  for (const username of ['1abc', 'a b', 'a-b', 'é', '']) invalid(await post({ username }), [regex('username')]);
  for (const primaryEmail of ['nope', 'a@b', 'a@.c', '@a.b', 'a@b.', 'a b@c.d', 'a\u00a0@c.d', '']) invalid(await post({ primaryEmail }), [regex('primaryEmail')]);
  for (const primaryPhone of ['abc', '+12025550102', '1 2', '']) invalid(await post({ primaryPhone }), [regex('primaryPhone')]);
  for (const primaryEmail of ['a@b@c.d', '@@b.c', 'ü@x.y.z']) assert.equal((await post({ primaryEmail })).status, 200, primaryEmail);
  invalid(await post({ password: '' }), [tooShort('password')]);
  invalid(await post({ password: 'x'.repeat(4096) }), [tooLong(1024, 'password')]);
  invalid(await post({ name: 1 }), [wrongType('string', 'number', 'name')]);
  invalid(await post({ avatar: 'nope' }), [{ validation: 'url', code: 'invalid_string', message: 'Invalid url', path: ['avatar'] }]);
  invalid(await post({ customData: 'x' }), [wrongType('object', 'string', 'customData')]);
  invalid(await post({ profile: { givenName: 1 } }), [wrongType('string', 'number', 'profile', 'givenName')]);
  invalid(await post({ username: 'x'.repeat(129) }), [tooLong(128, 'username')]);
  assert.equal((await post({ name: 'a\u0000b' })).status, 400);
});

test('an empty text or null takes an identifier away', async () => {
  const user = await create({ username: word('gone'), primaryEmail: `${word('gone')}@x.example`, primaryPhone: phone(), name: 'N', avatar: 'https://a.example/b' });
  const emptied = await patch(user.id, { username: '', primaryEmail: '', primaryPhone: '', name: '', avatar: '' });
  for (const key of ['username', 'primaryEmail', 'primaryPhone', 'name', 'avatar']) assert.equal(emptied.json[key], null, key);
  const other = await create({ username: user.username, primaryEmail: user.primaryEmail, primaryPhone: user.primaryPhone });
  const nulled = await patch(other.id, { username: null, primaryEmail: null, primaryPhone: null });
  assert.equal(nulled.json.primaryPhone, null);
  await create({ username: user.username, primaryEmail: user.primaryEmail.toUpperCase(), primaryPhone: user.primaryPhone });
  const bare = await create({ name: '', avatar: null });
  assert.equal(bare.name, null);
});

test('a patch replaces objects; custom-data and profile set members', async () => {
  const user = await create({ customData: { a: { b: 1 }, k: 1 }, profile: { nickname: 'N' } });
  const replaced = await patch(user.id, { customData: { a: { c: 2 } }, profile: { locale: 'sv' } });
  assert.deepEqual(replaced.json.customData, { a: { c: 2 } });
  assert.deepEqual(replaced.json.profile, { locale: 'sv' });
  assert.ok(replaced.json.updatedAt >= user.updatedAt);
  const data = await patch(user.id, { customData: { a: { d: 3 }, n: null } }, '/custom-data');
  assert.deepEqual(data.json, { a: { d: 3 }, n: null });
  assert.deepEqual((await patch(user.id, { customData: { 'quo"te': 1 } }, '/custom-data')).json, { a: { d: 3 }, n: null, 'quo"te': 1 });
  assert.deepEqual(await ok(server, 'GET', `/api/users/${user.id}/custom-data`), { a: { d: 3 }, n: null, 'quo"te': 1 });
  const profile = await patch(user.id, { profile: { nickname: '', address: { locality: 'X' }, foo: 'x' } }, '/profile');
  assert.deepEqual(profile.json, { locale: 'sv', nickname: '', address: { locality: 'X' } });
  invalid(await patch(user.id, { profile: { nickname: 3 } }, '/profile'), [wrongType('string', 'number', 'profile', 'nickname')]);
  invalid(await patch(user.id, {}, '/custom-data'), [required('object', 'customData')]);
});

test('what a user has settled about factors', async () => {
  const user = await create();
  const path = `/api/users/${user.id}/logto-configs`;
  assert.deepEqual(await ok(server, 'GET', path), { mfa: { skipped: false, skipMfaOnSignIn: false }, passkeySignIn: { skipped: false } });
  assert.deepEqual(await ok(server, 'PATCH', path, { body: { mfa: { skipped: true } } }),
    { mfa: { skipped: true, skipMfaOnSignIn: false }, passkeySignIn: { skipped: false } });
  const both = await ok(server, 'PATCH', path, { body: { mfa: { enabled: true }, passkeySignIn: { skipped: true } } });
  assert.deepEqual(both, { mfa: { enabled: true, skipped: true, skipMfaOnSignIn: false }, passkeySignIn: { skipped: true } });
  assert.deepEqual(await ok(server, 'GET', path), both);
});

test('suspension', async () => {
  const user = await create();
  assert.equal((await patch(user.id, { isSuspended: true }, '/is-suspended')).json.isSuspended, true);
  assert.equal((await ok(server, 'GET', `/api/users/${user.id}`)).isSuspended, true);
  assert.equal((await patch(user.id, { isSuspended: false }, '/is-suspended')).json.isSuspended, false);
  invalid(await patch(user.id, { isSuspended: 'yes' }, '/is-suspended'), [wrongType('boolean', 'string', 'isSuspended')]);
});

test('whoever does not exist is not found, whatever is asked', async () => {
  const base = `/api/users/${NONE}`;
  const asked = [
    ['GET', ''], ['PATCH', '', {}], ['DELETE', ''], ['GET', '/custom-data'], ['PATCH', '/custom-data', { customData: {} }],
    ['PATCH', '/profile', { profile: {} }], ['GET', '/logto-configs'], ['PATCH', '/logto-configs', {}], ['PATCH', '/is-suspended', { isSuspended: true }],
    ['GET', '/has-password'], ['PATCH', '/password', { password: 'x' }], ['POST', '/password/verify', { password: 'x' }],
    ['PATCH', '/password/expiration', { isExpired: false }],
  ];
  for (const [method, part, body] of asked) refused(await call(server, method, base + part, { body }), 404, 'entity.not_found');
});

test('the list: newest first, always paged, with the total of all', async () => {
  const own = await startServer();
  try {
    const at = (query) => call(own, 'GET', `/api/users${query}`);
    assert.equal((await at('')).headers['total-number'], '0');
    const made = [];
    for (let i = 0; i < 25; i += 1) made.unshift((await ok(own, 'POST', '/api/users', { body: { name: `u${i}` } })));
    const first = await at('');
    assert.equal(first.headers['total-number'], '25');
    assert.equal(first.json.length, 20);
    assert.deepEqual(Object.keys(links(first)).sort(), ['first', 'last', 'next']);
    assert.match(links(first).next, /\/users\?page=2$/);
    const second = await at('?page=2');
    const all = [...first.json, ...second.json];
    assert.deepEqual(new Set(all.map((user) => user.id)), new Set(made.map((user) => user.id)));
    for (let i = 1; i < all.length; i += 1) assert.ok(all[i - 1].createdAt >= all[i].createdAt);
    await ok(own, 'DELETE', `/api/users/${made[0].id}`, {}, 204);
    refused(await call(own, 'DELETE', `/api/users/${made[0].id}`), 404, 'entity.not_found');
    assert.equal((await at('?page_size=5')).headers['total-number'], '24');
    await own.restart();
    assert.equal((await at('?page_size=5')).headers['total-number'], '24');
    refused(await at('?page_size=101'), 400, 'guard.invalid_pagination');
  } finally {
    await own.stop();
  }
});

test('search in every mode', async () => {
  const mark = word('find');
  const [ann, bob] = [
    await create({ username: `${mark}_Ann`, name: `${mark} Ann Example`, primaryEmail: `${mark}.ann@one.example` }),
    await create({ username: `${mark}_bob`, name: `${mark} Bob`, primaryEmail: `${mark}.bob@two.example`, primaryPhone: phone() }),
  ];
  const names = { [ann.id]: 'ann', [bob.id]: 'bob' };
  const found = async (query) => (await list(query)).map((user) => names[user.id] ?? user.id).sort().join(',');
  const cases = [
    [`search=%25${mark}%25`, 'ann,bob'], [`search=%25${mark.toUpperCase()}%25`, 'ann,bob'], [`search=%25${mark}_ANN&isCaseSensitive=true`, ''],
    [`search.name=%25${mark}%25ann%25`, 'ann'], [`search.primaryEmail=${mark}%25two.example`, 'bob'], [`search.primary_email=${mark}%25two.example`, 'bob'],
    [`search.id=${ann.id}&mode=exact`, 'ann'], [`search.id=${ann.id}&search.id=${bob.id}&mode.id=exact`, 'ann,bob'], [`search=${bob.primaryPhone}`, 'bob'],
    [`search.name=${mark}%25&search.username=%25bob&joint=and`, 'bob'], [`search.name=${mark}%20bob&search.username=${mark}_ann&joint=or`, 'ann,bob'],
    [`search.username=%5E${mark}_(ann%7Ccid)$&mode.username=posix`, 'ann'], [`search.username=%5E${mark}_ann&mode=posix&isCaseSensitive=true`, ''],
    [`search.username=${mark}_(Ann%7Cbob)&mode=similar_to&isCaseSensitive=true`, 'ann,bob'],
  ];
  for (const [query, expected] of cases) assert.equal(await found(query), expected, query);
  await ok(server, 'PATCH', `/api/users/${bob.id}`, { body: { name: `${mark} Robért "Bob" O'Hara*` } });
  const renamed = [[`search.name=${mark}%20Bob`, ''], ['search.name=%25ért%20"Bob"%25O\'Hara*', 'bob'], [`search.name=%25${mark}%25%5C%25%25`, '']];
  for (const [query, expected] of renamed) assert.equal(await found(query), expected, query);
  await ok(server, 'DELETE', `/api/users/${ann.id}`, {}, 204);
  assert.equal(await found(`search=%25${mark}%25`), 'bob');
  const refusals = ['search.username=ali&mode.username=similar_to', 'joint=foo&search=a', 'mode=foo&search=a', 'search.foo=a', 'search=', 'search=(&mode=posix',
    'search=a&search=b', 'search=(a)%5C1&mode=posix', 'search=((a{99}){99}){99}&mode=posix'];
  for (const query of refusals) {
    const answer = await call(server, 'GET', `/api/users?${query}`);
    refused(answer, 400, 'request.invalid_input');
    assert.deepEqual(answer.json.data, {});
  }
});

// Query texts are written as they are; what is not ASCII is escaped when they are sent.
test('search takes small and capital letters of every alphabet for the same', async () => {
  const mark = word('alphabet');
  const people = { ue: 'Übermüller', ru: 'ЁЖИКОВ', gr: 'ΟΔΥΣΣΕΥΣ', tr: 'İZMİR', ge: 'ᲗᲐᲛᲐᲠᲘ', pl: 'ŁUCJA', am: 'ԱՐԱՄ' };
  const names = {};
  for (const [key, name] of Object.entries(people)) names[(await create({ username: `${mark}_${key}`, name: `${mark} ${name}` })).id] = key;
  const found = async (query) => (await list(encodeURI(query))).map(({ id }) => names[id] ?? id).sort().join(',');
  const cases = [
    ['search=%über%', 'ue'], ['search=%ÜBERMÜLLER', 'ue'], ['search=%ü%MÜL_ER', 'ue'], ['search=%ёжик%', 'ru'], ['search=%οδυσσευς%', 'gr'], ['search=%δυσ%', 'gr'],
    ['search=%ΣΕΥσ', 'gr'], ['search=%izmir', 'tr'], ['search=%İzmİr', 'tr'], ['search=%თამარი%', 'ge'], ['search=%łucja', 'pl'], ['search=%արամ%', 'am'],
    ['search=%über%&isCaseSensitive=true', ''], ['search=%Über%&isCaseSensitive=true', 'ue'], 
    [`search.name=${mark} łucja&mode.name=exact`, 'pl'], ['search.name=müLLer$&mode.name=posix', 'ue'], ['search.name=^[a-z0-9_-]* ёжиков$&mode.name=posix', 'ru'],
    ['search.name=MÜLLER$&mode.name=posix&isCaseSensitive=true', ''], [`search.name=%łucja&search.username=${mark}%&joint=and`, 'pl'],
  ];
  for (const [query, expected] of cases) assert.equal(await found(query), expected, query);
  const [id] = Object.keys(names);
  await ok(server, 'PATCH', `/api/users/${id}`, { body: { name: `${mark} Ångström` } });
  assert.deepEqual([await found('search=%über%'), await found('search=%åNGSTRÖM')], ['', 'ue']);
  await ok(server, 'DELETE', `/api/users/${id}`, {}, 204);
  assert.equal(await found('search=%ångström'), '');
});

test('the list by role', async () => {
  const mark = word('roled');
  const role = await createRole(server, { type: 'User' });
  const [with_, without] = [await create({ username: `${mark}a` }), await create({ username: `${mark}b` })];
  await ok(server, 'POST', `/api/users/${with_.id}/roles`, { body: { roleIds: [role.id] } }, 201);
  const ids = async (query) => (await list(`search=${mark}%25&${query}`)).map((user) => user.id);
  assert.deepEqual(await ids(`excludeRoleId=${role.id}`), [without.id]);
  assert.deepEqual(await ids(`hasRoleId=${role.id}`), [with_.id]);
  assert.equal((await ids('excludeOrganizationId=none')).length, 2);
  refused(await call(server, 'GET', '/api/users?excludeRoleId=a&excludeOrganizationId=b'), 400, 'request.invalid_input');
});

test('users are for tokens with a scope of theirs', async () => {
  const reader = await limited(server, 'read:users');
  const writer = await limited(server, 'write:users');
  const stranger = await limited(server, 'read:roles', 'write:roles');
  const user = await create({ password: 'something' });
  const as = (who, method, path, body) => call(server, method, path, { token: who.token, body });
  assert.equal((await as(reader, 'GET', `/api/users/${user.id}`)).status, 200);
  refused(await as(reader, 'PATCH', `/api/users/${user.id}`, {}), 403, 'auth.forbidden');
  refused(await as(reader, 'POST', `/api/users/${user.id}/password/verify`, { password: 'something' }), 403, 'auth.forbidden');
  refused(await as(stranger, 'GET', '/api/users'), 403, 'auth.forbidden');
  refused(await as(writer, 'GET', '/api/users'), 403, 'auth.forbidden');
  refused(await as(reader, 'GET', `/api/users/${user.id}?includePasswordHash=true`), 403, 'auth.forbidden');
  refused(await as(reader, 'GET', '/api/users?includePasswordHash=true'), 403, 'auth.forbidden');
  assert.equal((await call(server, 'GET', '/api/users', { token: null })).status, 401);
});

test('many at once get identifiers of their own', async () => {
  const username = word('race');
  const answers = await Promise.all(Array.from({ length: 8 }, () => post({ username })));
  assert.equal(answers.filter((answer) => answer.status === 200).length, 1);
  for (const answer of answers.filter(({ status }) => status !== 200)) refused(answer, 422, 'user.username_already_in_use');
  const made = await Promise.all(Array.from({ length: 40 }, (_, i) => create({ username: `${username}${i}` })));
  assert.equal((await call(server, 'GET', `/api/users?search.username=${username}%25`)).headers['total-number'], '41');
  assert.equal(new Set(made.map((user) => user.id)).size, 40);
});
