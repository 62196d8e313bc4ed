// Check 133: who is meant is the same in every way of writing an identifier, when it is stored and when it is looked for.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api } from '../lib/api.js';
import { Browser, PASSWORD, authorizeUrl, createClient, createUser, pkce, signIn } from '../lib/browser.js';
import { admin, unique } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';

let server, spa;
before(async () => {
  server = await startServer();
  spa = await createClient(server);
  const methods = ['username', 'email', 'phone'].map((identifier) => ({ identifier, password: true, verificationCode: false, isPasswordPrimary: true }));
  const answer = await api(server, 'PATCH', '/api/sign-in-exp', { token: await admin(server), body: { signIn: { methods } } });
  assert.equal(answer.status, 200, answer.text);
});
after(() => server.stop());

const post = async (body) => api(server, 'POST', '/api/users', { token: await admin(server), body });

// The user that a password with this identifier signs in; undefined: nobody.
async function signedInBy(type, value) {
  const tab = new Browser(server);
  await tab.page(authorizeUrl(spa, pkce()));
  assert.equal((await tab.step('PUT', '', { interactionEvent: 'SignIn' })).status, 204);
  const { status, json } = await tab.step('POST', '/verification/password', { identifier: { type, value }, password: PASSWORD });
  if (status !== 200) return undefined;
  assert.equal((await tab.step('POST', '/identification', { verificationId: json.verificationId })).status, 204);
  return (await tab.step('GET', '/interaction')).json.userId;
}

test('check 133: an email address is one in upper and lower case', async () => {
  const name = unique('Mixed').replaceAll('-', '.');
  const user = await createUser(server, { primaryEmail: `${name}@Mail.Example` });
  for (const written of [`${name}@Mail.Example`, `${name}@mail.example`.toLowerCase(), `${name}@mail.example`.toUpperCase()]) {
    assert.equal(await signedInBy('email', written), user.id, written);
    const again = await post({ primaryEmail: written });
    assert.deepEqual([again.status, again.json.code], [422, 'user.email_already_in_use'], written);
  }
});

test('check 133: letters that are another width, or another sign of the same letter, make no second account', async () => {
  const name = unique('kelvin').replaceAll('-', '.');
  const user = await createUser(server, { primaryEmail: `${name}@mail.example` });
  // The Kelvin sign, whose lower case is k, and a fullwidth letter.
  for (const written of [name.replace('k', '\u212a'), name.replace('k', '\uff4b')]) {
    const other = await post({ primaryEmail: `${written}@mail.example` });
    assert.ok(other.status >= 400 && other.status < 500, `${written}: ${other.status}`);
    assert.ok([undefined, user.id].includes(await signedInBy('email', `${written}@mail.example`)), written);
  }
  const username = `Jo${unique('x').replace(/\W/g, '')}`;
  await createUser(server, { username });
  for (const written of [username.replace('J', '\uff2a'), username.replace('o', '\u043e')]) assert.equal((await post({ username: written })).status, 400, written);
});

test('check 133: an address that is read as another one is nobody\'s', async () => {
  const name = unique('coco').replaceAll('-', '.');
  const others = [
    name.replace('o', '\u043e'), // one Cyrillic letter in a Latin word
    name.replace('o', '\u03bf'), // one Greek letter
    '\u0441\u043e\u0441\u043e', // Cyrillic alone, and no letter of it looks so
    '\u0421\u041e\u0421\u041e', // in capitals
    '\u03bf\u03c1\u03bf',
    '\u0438\u03bf', // Cyrillic and Greek
  ].map((local) => `${local}@mail.example`);
  others.push(`${name}@m\u0430il.example`, `${name}@\u0435\u0445.example`);
  for (const primaryEmail of others) {
    const refused = await post({ primaryEmail });
    assert.deepEqual([refused.status, refused.json.code], [400, 'guard.invalid_input'], primaryEmail);
    const tab = new Browser(server);
    await tab.page(authorizeUrl(spa, pkce()));
    await tab.step('PUT', '', { interactionEvent: 'Register' });
    const asked = await tab.step('POST', '/verification/verification-code', { identifier: { type: 'email', value: primaryEmail }, interactionEvent: 'Register' });
    assert.equal(asked.status, 400, asked.text);
  }
  const letters = name.replace(/[^0-9]/g, '');
  for (const local of [`m\u00fcller${letters}`, `\u0438\u0432\u0430\u043d${letters}`, `\u4f50\u85e4taro${letters}`, `\u03b4\u03ae\u03bc\u03bf\u03c2${letters}`])
    assert.equal((await post({ primaryEmail: `${local}@\u043f\u0440\u0438\u043c\u0435\u0440.example` })).status, 200, local);
});

test('check 133: a telephone number is one with and without its plus sign', async () => {
  const digits = `1202555${String(process.pid % 10_000).padStart(4, '0')}`;
  const user = await createUser(server, { primaryPhone: digits });
  assert.equal(await signedInBy('phone', digits), user.id);
  assert.ok([undefined, user.id].includes(await signedInBy('phone', `+${digits}`)));
  const again = await post({ primaryPhone: digits });
  assert.deepEqual([again.status, again.json.code], [422, 'user.phone_already_in_use']);
});

test('check 127: failures of a telephone number are counted for it, however it is written', async () => {
  const set = async (sentinelPolicy) => assert.equal((await api(server, 'PATCH', '/api/sign-in-exp', { token: await admin(server), body: { sentinelPolicy } })).status, 200);
  await set({ maxAttempts: 3, lockoutDuration: 10 });
  try {
    const national = `202557${String(process.pid % 10_000).padStart(4, '0')}`;
    await createUser(server, { primaryPhone: `1${national}` });
    const tab = new Browser(server);
    await tab.page(authorizeUrl(spa, pkce()));
    assert.equal((await tab.step('PUT', '', { interactionEvent: 'SignIn' })).status, 204);
    const guess = async (value, password) => (await tab.step('POST', '/verification/password', { identifier: { type: 'phone', value }, password })).json.code;
    for (const value of [`1${national}`, `10${national}`]) assert.equal(await guess(value, 'wrong password'), 'session.invalid_credentials');
    for (const [value, password] of [[`1${national}`, 'wrong password'], [`1${national}`, PASSWORD], [`10${national}`, PASSWORD]])
      assert.equal(await guess(value, password), 'session.verification_blocked_too_many_attempts');
  } finally {
    await set({ maxAttempts: 100, lockoutDuration: 60 });
  }
});

const LOCKED = 'session.verification_blocked_too_many_attempts';
const WRONG = 'session.invalid_credentials';

// A user who can be called by three names, and the guessing of passwords with each of them.
async function guessed() {
  const number = `1202559${String(Math.floor(Math.random() * 10_000)).padStart(4, '0')}`;
  const user = await createUser(server, { primaryEmail: `${unique('many')}@mail.example`, primaryPhone: number });
  const names = { username: user.username, email: user.primaryEmail, phone: number };
  const guess = async (type, password = 'wrong password', value = names[type], cookies = []) => {
    const tab = new Browser(server);
    tab.cookies = new Map(cookies);
    await tab.page(authorizeUrl(spa, pkce(), { prompt: 'login' }));
    assert.equal((await tab.step('PUT', '', { interactionEvent: 'SignIn' })).status, 204);
    return (await tab.step('POST', '/verification/password', { identifier: { type, value }, password })).json.code;
  };
  return { user, guess };
}

async function withPolicy(sentinelPolicy, run) {
  const set = async (body) => assert.equal((await api(server, 'PATCH', '/api/sign-in-exp', { token: await admin(server), body })).status, 200);
  await set({ sentinelPolicy });
  try {
    await run();
  } finally {
    await set({ sentinelPolicy: { maxAttempts: 100, lockoutDuration: 60 } });
  }
}
const forget = async (...targets) => assert.equal((await api(server, 'POST', '/api/sentinel-activities/delete', { token: await admin(server), body: { targetType: 'User', targets } })).status, 204);

test('check 127: a password is guessed no more often for a user who has three identifiers', () =>
  withPolicy({ maxAttempts: 4, lockoutDuration: 10 }, async () => {
    const { user, guess } = await guessed();
    for (const type of ['username', 'email']) for (let i = 0; i < 2; i += 1) assert.equal(await guess(type), WRONG);
    for (const type of ['username', 'email', 'phone']) assert.equal(await guess(type, PASSWORD), WRONG, `${type}: the right one is not told from a wrong one`);
    await forget(user.primaryEmail);
    assert.equal(await guess('phone', PASSWORD), undefined);
  }));

test('check 127: a lock does not tell that two identifiers are of one user, or of anybody', () =>
  withPolicy({ maxAttempts: 3, lockoutDuration: 10 }, async () => {
    const { guess } = await guessed();
    const answers = async (type, value) => {
      const seen = [];
      for (let i = 0; i < 4; i += 1) seen.push(await guess(type, 'wrong password', value));
      return seen;
    };
    const expected = [WRONG, WRONG, LOCKED, LOCKED];
    assert.deepEqual(await answers('username'), expected);
    assert.deepEqual(await answers('email', `${unique('nobody')}@mail.example`), expected);
    assert.deepEqual(await answers('email'), expected, 'of the user whose username is locked');
    assert.deepEqual(await answers('phone'), expected);
  }));

test('check 127: a lock of a user\'s password leaves the browser that they have signed in with, by any identifier', () =>
  withPolicy({ maxAttempts: 3, lockoutDuration: 10 }, async () => {
    const { user, guess } = await guessed();
    const mine = new Browser(server);
    await signIn(mine, spa, user);
    for (let i = 0; i < 3; i += 1) await guess('username');
    assert.equal(await guess('email', PASSWORD), WRONG);
    const known = [['_known', mine.cookies.get('_known')]];
    assert.equal(await guess('email', PASSWORD, undefined, known), undefined, 'known by another identifier');
    for (let i = 0; i < 3; i += 1) assert.equal(await guess(['username', 'email', 'phone'][i], 'wrong password', undefined, known), i < 2 ? WRONG : LOCKED);
    assert.equal(await guess('phone', PASSWORD, undefined, known), LOCKED, 'one count for all identifiers there, too');
    await forget(user.username);
    assert.equal(await guess('phone', PASSWORD, undefined, known), undefined);
  }));
