// /api/experience: what is proven is stored, never inferred from the step that was reached.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api } from '../lib/api.js';
import { Browser, PASSWORD, authorizeUrl, createClient, createUser, enterPassword, exchange, pkce, signIn } from '../lib/browser.js';
import { admin, unique } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';

let server, spa, user;
before(async () => {
  server = await startServer();
  spa = await createClient(server, 'SPA');
  user = await createUser(server);
  server.secrets.add(PASSWORD);
});
after(() => server.stop());

const named = () => unique('name').replaceAll('-', '_');
const identifier = (value, type = 'username') => ({ type, value });

async function begun(event = 'SignIn', parameters = {}) {
  const tab = new Browser(server);
  tab.keys = pkce();
  assert.equal((await tab.page(authorizeUrl(spa, tab.keys, parameters))).status, 303);
  if (event) assert.equal((await tab.step('PUT', '', { interactionEvent: event })).status, 204);
  return tab;
}

const verify = (tab, value, password, type) =>
  tab.step('POST', '/verification/password', { identifier: identifier(value, type), password });
const propose = (tab, value, password) =>
  tab.step('POST', '/verification/new-password-identity', { identifier: identifier(value), password });

function refused(answer, status, code) {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.json.code, code);
}

test('without a sign-in under way', async () => {
  const tab = new Browser(server);
  for (const [method, path, body] of [['GET', '/interaction'], ['PUT', '', { interactionEvent: 'SignIn' }], ['POST', '/submit']]) {
    const answer = await tab.step(method, path, body);
    refused(answer, 400, 'session.not_found');
    assert.equal(answer.json.error, 'invalid_request');
  }
  const waiting = await begun(null);
  refused(await waiting.step('GET', '/interaction'), 404, 'session.interaction_not_found');
  refused(await verify(waiting, user.username, PASSWORD), 404, 'session.interaction_not_found');
});

test('the steps of a sign-in, and what the state shows of them', async () => {
  const tab = await begun();
  const { signInContext, ...start } = (await tab.step('GET', '/interaction')).json;
  assert.deepEqual(start, { interactionEvent: 'SignIn', profile: {}, verificationRecords: [], mfa: {}, captcha: { verified: false, skipped: false } });
  assert.ok(['127.0.0.1', '::1'].includes(signInContext.ip), signInContext.ip); // as the client resolves localhost
  assert.deepEqual(Object.keys(signInContext), ['ip']);
  refused(await tab.step('POST', '/submit'), 404, 'session.identifier_not_found');
  refused(await tab.step('POST', '/identification', { verificationId: 'nope' }), 404, 'session.verification_session_not_found');
  refused(await tab.step('POST', '/identification', {}), 404, 'session.verification_session_not_found');
  const { verificationId } = (await verify(tab, user.username, PASSWORD)).json;
  refused(await tab.step('POST', '/submit'), 404, 'session.identifier_not_found');
  assert.equal((await tab.step('POST', '/identification', { verificationId })).status, 204);
  const state = (await tab.step('GET', '/interaction')).json;
  assert.equal(state.userId, user.id);
  assert.deepEqual(state.verificationRecords, [{ id: verificationId, type: 'Password', identifier: identifier(user.username), verified: true }]);
  const { redirectTo } = (await tab.step('POST', '/submit')).json;
  assert.ok(redirectTo.startsWith(`${server.base}/oidc/auth/`));
  const seen = await api(server, 'GET', `/api/users/${user.id}`, { token: await admin(server) });
  assert.ok(Math.abs(seen.json.lastSignInAt - Date.now()) < 60_000);
  assert.equal(seen.json.applicationId, spa.id);
});

test('a verification of one browser is worth nothing in another', async () => {
  const [mine, other] = [await begun(), await begun()];
  const { verificationId } = (await verify(mine, user.username, PASSWORD)).json;
  refused(await other.step('POST', '/identification', { verificationId }), 404, 'session.verification_session_not_found');
});

test('a password that was changed meanwhile lets nobody in, however far the sign-in was', async () => {
  const own = await createUser(server);
  const change = async (password) =>
    assert.equal((await api(server, 'PATCH', `/api/users/${own.id}/password`, { token: await admin(server), body: { password } })).status, 200);
  const identify = (tab, id) => tab.step('POST', '/identification', { verificationId: id });
  const [one, two, three] = [await begun(), await begun(), await begun()];
  for (const tab of [one, two, three]) tab.id = (await verify(tab, own.username, PASSWORD)).json.verificationId;
  for (const tab of [two, three]) assert.equal((await identify(tab, tab.id)).status, 204);
  const submitted = await three.step('POST', '/submit');
  assert.equal(submitted.status, 200, submitted.text);
  await change('Other7!password');
  refused(await identify(one, one.id), 400, 'session.verification_failed');
  refused(await two.step('POST', '/submit'), 400, 'session.verification_failed');
  const resumed = await three.follow(await three.page(submitted.json.redirectTo));
  assert.ok(!resumed.url?.searchParams.get('code'), String(resumed.url));
  const again = await begun();
  const { verificationId } = (await verify(again, own.username, 'Other7!password')).json;
  assert.equal((await identify(again, verificationId)).status, 204);
  assert.equal((await again.step('POST', '/submit')).status, 200);
});

test('a second user cannot slip into a sign-in', async () => {
  const tab = await begun();
  const other = await createUser(server);
  const first = (await verify(tab, user.username, PASSWORD)).json.verificationId;
  await tab.step('POST', '/identification', { verificationId: first });
  const second = (await verify(tab, other.username, PASSWORD)).json.verificationId;
  refused(await tab.step('POST', '/identification', { verificationId: second }), 409, 'session.identity_conflict');
});

test('check 126: an unknown user, a wrong password and a suspended account read alike', async () => {
  const suspended = await createUser(server);
  await api(server, 'PATCH', `/api/users/${suspended.id}/is-suspended`, { token: await admin(server), body: { isSuspended: true } });
  const without = await createUser(server, { password: undefined });
  const tab = await begun();
  const answers = [];
  for (const name of ['nobody_here', user.username, suspended.username, without.username]) answers.push(await verify(tab, name, 'wrong password'));
  for (const answer of answers) {
    refused(answer, 422, 'session.invalid_credentials');
    assert.equal(answer.text, answers[0].text);
  }
  refused(await verify(tab, suspended.username, PASSWORD), 401, 'user.suspended');
  refused(await verify(tab, 'a@b.example', PASSWORD, 'email'), 422, 'session.invalid_credentials');
  const { primaryEmail } = await createUser(server, { primaryEmail: `${unique('mail')}@b.example` });
  const { verificationId } = (await verify(tab, primaryEmail, PASSWORD, 'email')).json;
  refused(await tab.step('POST', '/identification', { verificationId }), 422, 'user.sign_in_method_not_enabled');
});

test('check 126: an unknown user takes as long as a wrong password', async () => {
  const tab = await begun();
  const time = async (name) => {
    const start = process.hrtime.bigint();
    await verify(tab, name, 'wrong password');
    return Number(process.hrtime.bigint() - start) / 1e6;
  };
  const rounds = { known: [], unknown: [] };
  const subject = await createUser(server);
  for (let i = 0; i < 30; i += 1) {
    rounds.known.push(await time(subject.username));
    rounds.unknown.push(await time(`nobody_${i}`));
  }
  const median = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)];
  const [known, unknown] = [median(rounds.known), median(rounds.unknown)];
  assert.ok(Math.abs(known - unknown) < 0.5 * known, `${known} ms and ${unknown} ms`);
});

test('checks 116, 113: requests from other sites are refused and change nothing; the cookies', async () => {
  const tab = await begun();
  const body = { identifier: identifier(user.username), password: PASSWORD };
  for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }, { 'sec-fetch-site': 'same-origin', origin: 'https://evil.example' }, { origin: 'null' }, { origin: 'null', 'sec-fetch-site': 'cross-site' }]) {
    const answer = await tab.request('POST', '/api/experience/verification/password', { body, headers });
    assert.equal(answer.status, 403, JSON.stringify(headers));
    assert.equal(answer.headers['access-control-allow-origin'], undefined);
  }
  assert.deepEqual((await tab.step('GET', '/interaction')).json.verificationRecords, []);
  const first = await new Browser(server).page(authorizeUrl(spa, pkce()));
  assert.match(first.headers['set-cookie'][0], /^_interaction=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=3600$/);
  await tab.follow(await tab.page(await enterPassword(tab, user)));
  assert.match(tab.cookies.get('_session'), /^[\w-]{43}$/);
  server.secrets.add(tab.cookies.get('_session')).add(tab.cookies.get('_interaction'));
});

test('check 113: behind TLS the cookies are __Host- and Secure', async () => {
  const proxied = await startServer({ env: { TRUST_PROXY_HEADER: '1' } });
  try {
    const client = await createClient(proxied, 'SPA');
    const headers = { 'x-forwarded-host': 'id.example', 'x-forwarded-proto': 'https' };
    const answer = await api(proxied, 'GET', authorizeUrl(client, pkce()), { headers });
    assert.match(answer.headers['set-cookie'][0], /^__Host-_interaction=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=3600; Secure$/);
    assert.match(answer.headers['strict-transport-security'], /max-age=\d{8}/);
    // Each proxy of a chain adds to the lists; what is no host counts as nothing.
    const origin = async (host, proto) => {
      const chain = { 'x-forwarded-host': host, 'x-forwarded-proto': proto };
      const { json } = await api(proxied, 'GET', '/oidc/.well-known/openid-configuration', { headers: chain });
      return json.token_endpoint.replace('/oidc/token', '');
    };
    assert.equal(await origin('id.example, inner.example', 'https,http'), 'https://id.example');
    for (const host of [']][', 'a:b:c', '']) assert.equal(await origin(host, 'https'), proxied.base);
  } finally {
    await proxied.stop();
  }
});

test('registering with a username and a password', async () => {
  const tab = await begun('Register');
  const username = named();
  const other = (await verify(tab, user.username, PASSWORD)).json.verificationId;
  refused(await tab.step('POST', '/identification', { verificationId: other }), 400, 'session.verification_failed');
  refused(await propose(tab, user.username, PASSWORD), 422, 'user.username_already_in_use');
  refused(await propose(tab, '1x', PASSWORD), 400, 'guard.invalid_input');
  const { verificationId } = (await propose(tab, username, PASSWORD)).json;
  refused(await tab.step('POST', '/submit'), 404, 'session.identifier_not_found');
  const made = await tab.step('POST', '/identification', { verificationId });
  assert.equal(made.status, 201, made.text);
  assert.equal(made.text, 'Created');
  refused(await tab.step('POST', '/identification', { verificationId }), 409, 'session.identity_conflict');
  const { redirectTo } = (await tab.step('POST', '/submit')).json;
  const { url } = await tab.follow(await tab.page(redirectTo));
  const tokens = await exchange(server, spa, { code: url.searchParams.get('code'), verifier: tab.keys.verifier });
  assert.equal(tokens.status, 200, tokens.text);
  assert.ok((await signIn(new Browser(server), spa, { username, password: PASSWORD })).code, 'and later with the password');
});

test('registering in two steps, and a name that someone takes meanwhile', async () => {
  const [one, two] = [await begun('Register'), await begun('Register')];
  const username = named();
  for (const tab of [one, two]) {
    refused(await tab.step('POST', '/identification', {}), 422, 'user.missing_profile');
    assert.equal((await tab.step('POST', '/profile', { type: 'username', value: username })).status, 204);
    assert.equal((await tab.step('POST', '/profile', { type: 'password', value: PASSWORD })).status, 204);
  }
  assert.equal((await one.step('POST', '/identification', {})).status, 201);
  refused(await two.step('POST', '/identification', {}), 422, 'user.username_already_in_use');
  refused(await one.step('POST', '/profile', { type: 'username', value: named() }), 422, 'user.username_exists_in_profile');
});

test('changing what the sign-in is for', async () => {
  const tab = await begun();
  assert.equal((await tab.step('PUT', '/interaction-event', { interactionEvent: 'Register' })).status, 204);
  assert.equal((await tab.step('GET', '/interaction')).json.interactionEvent, 'Register');
  refused(await tab.step('PUT', '/interaction-event', { interactionEvent: 'ForgotPassword' }), 400, 'session.not_supported_for_forgot_password');
  refused(await tab.step('PUT', '/interaction-event', { interactionEvent: 'Nothing' }), 400, 'guard.invalid_input');
});

test('checks 121, 122, 123: which passwords are taken', async () => {
  const tab = await begun('Register');
  const name = named();
  const reasons = async (password, username = name) => {
    const answer = await propose(tab, username, password);
    if (answer.status === 200) return [];
    refused(answer, 422, 'password.rejected');
    return answer.json.data.map(({ code }) => code.replace('password_rejected.', ''));
  };
  assert.deepEqual(await reasons('123'), ['too_short', 'restricted.sequence']);
  assert.deepEqual(await reasons('1'), ['too_short']);
  assert.deepEqual(await reasons('Passw0rd'), ['pwned']);
  assert.deepEqual(await reasons('aaaaaaaaaaaa'), ['restricted.repetition']);
  assert.deepEqual(await reasons('quokka_fan12', 'quokka_fan'), ['restricted.user_info']);
  assert.deepEqual(await reasons('x'.repeat(20) + 'y'.repeat(237)), ['too_long', 'restricted.repetition']);
  assert.deepEqual(await reasons('tango uniform 8 kilo'), []);
  assert.deepEqual(await reasons('ключ от дома 🗝 и сада'), []);
  refused(await propose(tab, name, 'x'.repeat(4096)), 400, 'guard.invalid_input');
  refused(await propose(tab, name, ''), 400, 'guard.invalid_input');
  const spaced = '  tangö uniform kilo  ';
  const { verificationId } = (await propose(tab, name, spaced)).json;
  await tab.step('POST', '/identification', { verificationId });
  const check = await begun();
  refused(await verify(check, name, spaced.trim()), 422, 'session.invalid_credentials');
  refused(await verify(check, name, spaced.toUpperCase()), 422, 'session.invalid_credentials');
  assert.equal((await verify(check, name, spaced.normalize('NFD'))).status, 200);
});

test('check 127: a hundred failures lock an account for a time, counted exactly and over a restart', async () => {
  const victim = await createUser(server);
  const known = new Browser(server);
  await signIn(known, spa, victim);
  const tab = await begun();
  const guess = () => verify(tab, victim.username, 'wrong password');
  for (let i = 0; i < 90; i += 30) await Promise.all(Array.from({ length: 30 }, guess));
  assert.equal((await verify(tab, victim.username, PASSWORD)).status, 200, 'not yet');
  const answers = [];
  for (let i = 0; i < 150; i += 30) answers.push(...(await Promise.all(Array.from({ length: 30 }, guess))));
  assert.equal(answers.filter(({ json }) => json.code === 'session.invalid_credentials').length, 99, 'the hundredth is told of the lock');
  refused(await verify(tab, victim.username, PASSWORD), 400, 'session.verification_blocked_too_many_attempts');
  await server.restart();
  refused(await verify(tab, victim.username, PASSWORD), 400, 'session.verification_blocked_too_many_attempts');
  await known.page(authorizeUrl(spa, pkce(), { prompt: 'login' }));
  assert.ok(await enterPassword(known, victim), 'the browser that the user is signed in with is not locked out');
});

test('a stranger locks nobody out of a browser that they have signed in with, signed out or not', async () => {
  const [owner, other] = [await createUser(server), await createUser(server)];
  const mine = new Browser(server);
  await signIn(mine, spa, owner);
  assert.ok(mine.cookies.get('_known'));
  const theirs = new Browser(server);
  await signIn(theirs, spa, other);
  for (const browser of [mine, theirs]) browser.cookies = new Map([['_known', browser.cookies.get('_known')]]);
  const policy = async (sentinelPolicy) => {
    const answer = await api(server, 'PATCH', '/api/sign-in-exp', { token: await admin(server), body: { sentinelPolicy } });
    assert.equal(answer.status, 200, answer.text);
  };
  await policy({ maxAttempts: 3, lockoutDuration: 10 });
  const stranger = await begun();
  for (let i = 0; i < 3; i += 1) await verify(stranger, owner.username, 'wrong password');
  refused(await verify(stranger, owner.username, PASSWORD), 400, 'session.verification_blocked_too_many_attempts');
  const attempt = async (browser, cookie = browser.cookies.get('_known')) => {
    const tab = await begun();
    tab.cookies.set('_known', cookie);
    return verify(tab, owner.username, PASSWORD);
  };
  refused(await attempt(theirs), 400, 'session.verification_blocked_too_many_attempts');
  refused(await attempt(mine, `${mine.cookies.get('_known').slice(0, -2)}AA`), 400, 'session.verification_blocked_too_many_attempts');
  assert.equal((await attempt(mine)).status, 200);
  await policy({});
});

test('check 125: many sign-ins at once neither fail nor keep the keys from others', async () => {
  const tabs = await Promise.all(Array.from({ length: 40 }, () => begun()));
  const signed = Promise.all(tabs.map((tab) => verify(tab, user.username, PASSWORD)));
  const keys = await api(server, 'GET', '/oidc/jwks');
  assert.equal(keys.status, 200);
  for (const answer of await signed) assert.equal(answer.status, 200, answer.text);
});

test('sign-ins are in the audit log', async () => {
  const tab = await begun();
  await verify(tab, user.username, 'wrong password');
  await enterPassword(tab, user);
  const logs = await api(server, 'GET', `/api/logs?userId=${user.id}&page_size=100`, { token: await admin(server) });
  const keys = logs.json.map(({ key, payload }) => `${key} ${payload.result}`);
  for (const key of ['Interaction.SignIn.Verification.Password.Submit Error', 'Interaction.SignIn.Verification.Password.Submit Success', 'Interaction.SignIn.Submit Success']) {
    assert.ok(keys.includes(key), key);
  }
});

test('names and passwords that are proposed for new accounts are in the audit log, without the password', async () => {
  const tab = await begun('Register');
  refused(await propose(tab, user.username, PASSWORD), 422, 'user.username_already_in_use');
  assert.equal((await propose(tab, unique('new').replaceAll('-', '_'), PASSWORD)).status, 200);
  const logs = await api(server, 'GET', '/api/logs?logKey=Interaction.Register.Verification.NewPasswordIdentity.Submit&page_size=2', { token: await admin(server) });
  assert.deepEqual(logs.json.map(({ payload: { result, error } }) => [result, error]), [['Success', undefined], ['Error', 'user.username_already_in_use']]);
  assert.ok(!logs.text.includes(PASSWORD));
});

test('the sign-in experience decides: modes, ways to sign in, passwords, lockout', async () => {
  const set = async (body) => {
    const answer = await api(server, 'PATCH', '/api/sign-in-exp', { token: await admin(server), body });
    assert.equal(answer.status, 200, answer.text);
  };
  await set({ signInMode: 'SignIn', sentinelPolicy: { maxAttempts: 3, lockoutDuration: 10 } });
  const tab = await begun();
  refused(await tab.step('PUT', '/interaction-event', { interactionEvent: 'Register' }), 403, 'auth.forbidden');
  assert.equal((await tab.page(`/register?app_id=${spa.id}`)).status, 302);
  const victim = await createUser(server);
  for (let i = 0; i < 2; i += 1) refused(await verify(tab, victim.username, 'wrong password'), 422, 'session.invalid_credentials');
  refused(await verify(tab, victim.username, 'wrong password'), 400, 'session.verification_blocked_too_many_attempts');
  refused(await verify(tab, victim.username, PASSWORD), 400, 'session.verification_blocked_too_many_attempts');
  await set({ sentinelPolicy: { maxAttempts: 1, lockoutDuration: 10 } });
  const another = await createUser(server);
  refused(await verify(tab, another.username, 'wrong password'), 400, 'session.verification_blocked_too_many_attempts');
  refused(await verify(tab, another.username, PASSWORD), 400, 'session.verification_blocked_too_many_attempts');

  await set({ sentinelPolicy: { maxAttempts: 3, lockoutDuration: 10 }, signInMode: 'Register', passwordPolicy: { length: { min: 12 }, characterTypes: { min: 2 }, rejects: { words: ['Signet'] } } });
  const closed = await begun();
  const { verificationId } = (await verify(closed, (await createUser(server)).username, PASSWORD)).json;
  refused(await closed.step('POST', '/identification', { verificationId }), 403, 'auth.forbidden');
  const fresh = await begun('Register');
  const codes = async (password) => (await propose(fresh, named(), password)).json.data.map(({ code }) => code);
  assert.deepEqual(await codes('tangouni'), ['password_rejected.too_short', 'password_rejected.character_types']);
  assert.deepEqual(await codes('sIgnetsignetSIGNET'), ['password_rejected.restricted.words']);
  await set({ signInMode: 'SignInAndRegister' });
});

test('where the case of usernames does not count, a name signs in in any case', async () => {
  const usernamePolicy = { caseSensitive: true, minLength: 1, maxLength: 128, allowedChars: { lowercase: true, uppercase: true, numbers: true, underscore: true } };
  const set = async (more) => {
    const answer = await api(server, 'PATCH', '/api/sign-in-exp', { token: await admin(server), body: { usernamePolicy: { ...usernamePolicy, ...more } } });
    assert.equal(answer.status, 200, answer.text);
  };
  const { username } = await createUser(server, { username: `Jo_${unique('x').replace(/\W/g, '')}` });
  const enter = async (name) => verify(await begun(), name, PASSWORD);
  try {
    refused(await enter(username.toLowerCase()), 422, 'session.invalid_credentials');
    await set({ caseSensitive: false });
    assert.equal((await enter(username.toLowerCase())).status, 200);
    refused(await enter(`${username}x`), 422, 'session.invalid_credentials');
  } finally {
    await set({});
  }
});

test('new usernames keep to the policy, old ones stay', async () => {
  const set = async (usernamePolicy) => {
    const answer = await api(server, 'PATCH', '/api/sign-in-exp', { token: await admin(server), body: { usernamePolicy } });
    assert.equal(answer.status, 200, answer.text);
  };
  const { username } = await createUser(server, { username: `Jo_${unique('x').replace(/\W/g, '')}` });
  try {
    await set({ caseSensitive: true, minLength: 4, maxLength: 12, allowedChars: { lowercase: true, uppercase: false, numbers: false, underscore: true } });
    const tab = await begun('Register');
    const rules = { abc: 'too_short', abcdefghijklm: 'too_long', Abcde: 'uppercase_not_allowed', abcd1: 'numbers_not_allowed' };
    for (const [value, rule] of Object.entries(rules)) refused(await propose(tab, value, PASSWORD), 422, `user.username_${rule}`);
    refused(await tab.step('POST', '/profile', { type: 'username', value: 'Abcde' }), 422, 'user.username_uppercase_not_allowed');
    assert.equal((await propose(tab, 'ab_cde', PASSWORD)).status, 200);
    assert.equal((await verify(await begun(), username, PASSWORD)).status, 200);
  } finally {
    await set({ caseSensitive: true, minLength: 1, maxLength: 128, allowedChars: { lowercase: true, uppercase: true, numbers: true, underscore: true } });
  }
});
