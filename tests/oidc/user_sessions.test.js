// Sessions and grants of users as the Management API shows and ends them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api } from '../lib/api.js';
import { Browser, authorizeUrl, createClient, createUser, enterPassword, exchange, pkce, refresh, signIn, userinfo } from '../lib/browser.js';
import { admin, createResource, createRole, createScope } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';

let server, spa, web, resource, role;
before(async () => {
  server = await startServer();
  [spa, web] = [await createClient(server, 'SPA', { name: 'One' }), await createClient(server, 'Traditional', { name: 'Two' })];
  resource = await createResource(server);
  role = await createRole(server, { type: 'User', scopeIds: [(await createScope(server, resource, 'read:x')).id] });
});
after(() => server.stop());

async function call(method, path, body, status = 200) {
  const answer = await api(server, method, path, { token: await admin(server), body });
  assert.equal(answer.status, status, `${method} ${path}: ${answer.text}`);
  return answer.json;
}
const refused = async (method, path, code) => assert.equal((await call(method, path, undefined, 404)).code, code);
const sessionsOf = async (user) => (await call('GET', `/api/users/${user.id}/sessions`)).sessions;
const grantsOf = async (user, query = '') => (await call('GET', `/api/users/${user.id}/grants${query}`)).grants;

async function enter(tab, client, user, parameters = {}) {
  const answer = await exchange(server, client, await signIn(tab, client, user, parameters));
  assert.equal(answer.status, 200, answer.text);
  for (const name of ['access_token', 'refresh_token']) if (answer.json[name]) server.secrets.add(answer.json[name]);
  return answer.json;
}

// A third-party application that the user consents to in a tab that is signed in or not.
async function consent(tab, user, scope = 'openid profile offline_access') {
  const client = await createClient(server, 'Traditional', { isThirdParty: true, name: 'Third' });
  await call('POST', `/api/applications/${client.id}/user-consent-scopes`, { userScopes: ['profile'] }, 201);
  const keys = pkce();
  const asked = await tab.follow(await tab.page(authorizeUrl(client, keys, { scope })));
  if (!asked.answer.text.includes('data-flow="consent"')) await tab.follow(await tab.page(await enterPassword(tab, user)));
  const { redirectTo } = (await tab.request('POST', '/api/interaction/consent', { headers: { origin: server.base }, body: {} })).json;
  const { url } = await tab.follow(await tab.page(redirectTo));
  const answer = await exchange(server, client, { code: url.searchParams.get('code'), verifier: keys.verifier });
  assert.equal(answer.status, 200, answer.text);
  return { client, tokens: answer.json };
}

const silent = async (tab, client, parameters = {}) => {
  const answer = await tab.request('GET', authorizeUrl(client, pkce(), { prompt: 'none', ...parameters }));
  return new URL(answer.headers.location).searchParams;
};
const alive = async (tokens, client) => {
  const info = await userinfo(server, tokens.access_token);
  const renewed = tokens.refresh_token && (await refresh(server, client, tokens.refresh_token));
  return [info.status, ...(renewed ? [renewed.json.error ?? 'renewed'] : [])];
};

test('sessions: one a browser, with the grants of each application', async () => {
  const [user, first, second] = [await createUser(server), new Browser(server), new Browser(server)];
  const before = Date.now();
  await enter(first, spa, user);
  await enter(first, web, user, { scope: 'openid', prompt: undefined });
  await enter(second, web, user);
  const sessions = await sessionsOf(user);
  assert.deepEqual(sessions.map(({ clientId }) => clientId), [spa.id, web.id]);
  const [{ payload, lastSubmission, accountId, expiresAt }] = sessions;
  assert.deepEqual([lastSubmission, accountId, payload.accountId, payload.kind], [null, user.id, user.id, 'Session']);
  assert.ok(expiresAt > before && Math.floor(expiresAt / 1000) === payload.exp && payload.loginTs >= Math.floor(before / 1000));
  const grants = await grantsOf(user);
  assert.equal(grants.length, 3);
  const sids = Object.values(payload.authorizations).map(({ sid }) => sid);
  for (const sid of sids) assert.match(sid, /^[\w-]{43}$/);
  assert.notEqual(sids[0], sids[1]);
  assert.deepEqual(payload.authorizations, {
    [spa.id]: { sid: sids[0], grantId: grants[0].id, persistsLogout: true },
    [web.id]: { sid: sids[1], grantId: grants[1].id, persistsLogout: false },
  });
  assert.deepEqual(await call('GET', `/api/users/${user.id}/sessions/${payload.uid}`), sessions[0]);
  assert.deepEqual(Object.keys(sessions[0]), ['payload', 'lastSubmission', 'clientId', 'accountId', 'expiresAt']);
  for (const cookie of first.cookies.values()) assert.equal(JSON.stringify(sessions).includes(cookie), false, 'no cookie is shown');
});

test('a sign-in lasts as long as the tenant says, from the next one on', async () => {
  const [user, tab] = [await createUser(server), new Browser(server)];
  const lasts = async () => {
    const [{ payload }] = await sessionsOf(user);
    return payload.exp - payload.loginTs;
  };
  const maxAge = [];
  const { request } = tab;
  tab.request = async (...all) => {
    const answer = await request.apply(tab, all);
    for (const cookie of [answer.headers['set-cookie'] ?? []].flat()) if (cookie.startsWith('_session=')) maxAge.push(/Max-Age=(\d+)/.exec(cookie)?.[1]);
    return answer;
  };
  await enter(tab, spa, user);
  assert.deepEqual([await lasts(), maxAge.pop()], [1_209_600, '1209600']);
  assert.deepEqual(await call('PATCH', '/api/configs/oidc/session', { ttl: 60 }), { ttl: 60 });
  try {
    await enter(tab, spa, user, { prompt: 'login' });
    assert.deepEqual([await lasts(), maxAge.pop()], [60, '60']);
    const other = await createUser(server);
    await enter(new Browser(server), spa, other);
    const [{ payload }] = await sessionsOf(other);
    assert.equal(payload.exp - payload.loginTs, 60);
  } finally {
    await call('PATCH', '/api/configs/oidc/session', { ttl: 1_209_600 });
  }
});

test('grants: what was granted to which application; by kind of application', async () => {
  const [user, tab] = [await createUser(server), new Browser(server)];
  await call('POST', `/api/users/${user.id}/roles`, { roleIds: [role.id] }, 201);
  await enter(tab, spa, user, { scope: 'openid profile offline_access read:x other', resource: resource.indicator });
  const { client } = await consent(tab, user);
  const [own, foreign] = await grantsOf(user);
  const { exp, iat, jti, ...payload } = own.payload;
  assert.deepEqual(payload, { kind: 'Grant', clientId: spa.id, accountId: user.id, openid: { scope: 'openid profile offline_access' }, resources: { [resource.indicator]: 'read:x' } });
  assert.deepEqual([own.id, exp - iat, Math.floor(own.expiresAt / 1000)], [jti, 180 * 24 * 3600, exp]);
  assert.deepEqual(own.application, { id: spa.id, name: 'One' });
  assert.deepEqual(foreign.application, { id: client.id, name: 'Third' });
  assert.deepEqual((await grantsOf(user, '?appType=firstParty')).map(({ id }) => id), [own.id]);
  assert.deepEqual((await grantsOf(user, '?appType=thirdParty')).map(({ id }) => id), [foreign.id]);
});

test('checks 34, 76: a session that is ended signs nobody in; only what was granted offline lives on', async () => {
  const [user, tab, other] = [await createUser(server), new Browser(server), new Browser(server)];
  const offline = await enter(tab, spa, user);
  const online = await enter(tab, web, user, { scope: 'openid', prompt: undefined });
  await enter(other, spa, user);
  const [{ payload }] = await sessionsOf(user);
  await call('DELETE', `/api/users/${user.id}/sessions/${payload.uid}`, undefined, 204);
  assert.equal((await silent(tab, spa)).get('error'), 'login_required');
  assert.ok((await silent(other, spa)).get('code'));
  assert.deepEqual(await alive(offline, spa), [200, 'renewed']);
  assert.deepEqual(await alive(online, web), [401]);
  assert.equal((await sessionsOf(user)).length, 1);
  await refused('DELETE', `/api/users/${user.id}/sessions/${payload.uid}`, 'oidc.session_not_found');
  await refused('GET', `/api/users/${user.id}/sessions/${payload.uid}`, 'oidc.session_not_found');
});

test('which grants end with a session: all, or those of one\'s own applications', async () => {
  for (const target of ['all', 'firstParty']) {
    const [user, tab] = [await createUser(server), new Browser(server)];
    const own = await enter(tab, spa, user);
    const { client, tokens } = await consent(tab, user);
    const [{ payload }] = await sessionsOf(user);
    await call('DELETE', `/api/users/${user.id}/sessions/${payload.uid}?revokeGrantsTarget=${target}`, undefined, 204);
    assert.deepEqual(await alive(own, spa), [401, 'invalid_grant'], target);
    assert.deepEqual(await alive(tokens, client), target === 'all' ? [401, 'invalid_grant'] : [200, 'renewed'], target);
    assert.deepEqual((await grantsOf(user)).map(({ application }) => application.name), target === 'all' ? [] : ['Third']);
  }
});

test('checks 34, 74: a grant that is revoked ends its code and tokens, and consent is asked for again', async () => {
  const [user, tab] = [await createUser(server), new Browser(server)];
  const own = await enter(tab, spa, user);
  const waiting = await signIn(tab, spa, user);
  const { client, tokens } = await consent(tab, user);
  const [mine, theirs] = await grantsOf(user);
  await call('DELETE', `/api/users/${user.id}/grants/${mine.id}`, undefined, 204);
  assert.deepEqual(await alive(own, spa), [401, 'invalid_grant']);
  assert.equal((await exchange(server, spa, waiting)).json.error, 'invalid_grant');
  assert.deepEqual(await alive(tokens, client), [200, 'renewed']);
  assert.ok((await silent(tab, client, { scope: 'openid profile' })).get('code'));
  await call('DELETE', `/api/users/${user.id}/grants/${theirs.id}`, undefined, 204);
  assert.equal((await silent(tab, client, { scope: 'openid profile' })).get('error'), 'consent_required');
  assert.ok((await silent(tab, spa)).get('code'), 'still signed in');
  await refused('DELETE', `/api/users/${user.id}/grants/${theirs.id}`, 'oidc.invalid_grant');
});

test('check 137: through another user neither is reached', async () => {
  const [user, stranger] = [await createUser(server), await createUser(server)];
  await enter(new Browser(server), spa, user);
  const [[{ payload }], [grant]] = [await sessionsOf(user), await grantsOf(user)];
  await refused('GET', `/api/users/${stranger.id}/sessions/${payload.uid}`, 'oidc.session_not_found');
  await refused('DELETE', `/api/users/${stranger.id}/sessions/${payload.uid}?revokeGrantsTarget=all`, 'oidc.session_not_found');
  await refused('DELETE', `/api/users/${stranger.id}/grants/${grant.id}`, 'oidc.invalid_grant');
  assert.deepEqual([(await sessionsOf(user)).length, (await grantsOf(user)).length], [1, 1]);
  assert.deepEqual([await sessionsOf(stranger), await grantsOf(stranger)], [[], []]);
});
