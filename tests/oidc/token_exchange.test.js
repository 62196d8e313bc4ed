// Token exchange: what stands for a user, what is made of it, and who acts.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, basic, decodeJwt, token as machineToken } from '../lib/api.js';
import { Browser, authorizeUrl, createClient, createUser, exchange as exchangeCode, pkce, refresh, signIn, tokenRequest, userinfo } from '../lib/browser.js';
import { admin, createApp, createResource, createRole, createScope, patchApp, unique } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';

const GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
const IMPERSONATION = 'urn:logto:token-type:impersonation_token';
const PERSONAL = 'urn:logto:token-type:personal_access_token';

let server, web, spa, resource, role, user;
before(async () => {
  server = await startServer();
  web = await createClient(server, 'Traditional', { customClientMetadata: { allowTokenExchange: true } });
  spa = await createClient(server, 'SPA');
  resource = await createResource(server, { accessTokenTtl: 7200 });
  role = await createRole(server, { type: 'User', scopeIds: [(await createScope(server, resource, 'read:x')).id] });
  await createScope(server, resource, 'write:x');
  user = await createMember();
});
after(() => server.stop());

async function call(method, path, body, status = 200) {
  const answer = await api(server, method, path, { token: await admin(server), body });
  assert.equal(answer.status, status, `${method} ${path}: ${answer.text}`);
  return answer.json;
}

async function createMember() {
  const made = await createUser(server);
  await call('POST', `/api/users/${made.id}/roles`, { roleIds: [role.id] }, 201);
  return made;
}

const keep = (text) => (server.secrets.add(text), text);
const subjectToken = async (who = user) => keep((await call('POST', '/api/subject-tokens', { userId: who.id }, 201)).subjectToken);
const personalToken = async (who = user, more = {}) =>
  keep((await call('POST', `/api/users/${who.id}/personal-access-tokens`, { name: unique('pat'), ...more }, 201)).value);
async function signedIn(who = user, client = spa, parameters = {}, form = {}) {
  const answer = await exchangeCode(server, client, await signIn(new Browser(server), client, who, parameters), form);
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}
const jwtOf = async (who = user, client = spa) =>
  (await signedIn(who, client, { resource: resource.indicator, scope: 'openid read:x' }, { resource: resource.indicator })).access_token;

const trade = (token, type = ACCESS_TOKEN, form = {}, client = web) =>
  tokenRequest(server, client, { grant_type: GRANT, subject_token: token, subject_token_type: type, ...form });
const forApi = (form = {}) => ({ resource: resource.indicator, scope: 'read:x write:x nonsense', ...form });

function refused(answer, status = 400, error = 'invalid_grant') {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.json.error, error);
  assert.equal(answer.json.access_token, undefined);
  if (error === 'invalid_grant') assert.equal(answer.json.error_description, 'grant request is invalid');
}
function given(answer) {
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

test('a subject token of either type gives what the roles give, once', async () => {
  for (const type of [ACCESS_TOKEN, IMPERSONATION]) {
    const token = await subjectToken();
    const json = given(await trade(token, type, forApi()));
    assert.deepEqual(Object.keys(json), ['access_token', 'expires_in', 'scope', 'token_type', 'issued_token_type']);
    assert.deepEqual([json.scope, json.expires_in, json.token_type, json.issued_token_type], ['read:x', 7200, 'Bearer', ACCESS_TOKEN]);
    const { claims, header } = decodeJwt(json.access_token);
    assert.equal(header.typ, 'at+jwt');
    assert.deepEqual(Object.keys(claims), ['jti', 'sub', 'iat', 'exp', 'scope', 'client_id', 'iss', 'aud']);
    assert.deepEqual([claims.sub, claims.client_id, claims.aud, claims.scope], [user.id, web.id, resource.indicator, 'read:x']);
    refused(await trade(token, type, forApi()));
  }
});

test('of 20 exchanges with one subject token at once, one succeeds', async () => {
  const token = await subjectToken();
  const answers = await Promise.all(Array.from({ length: 20 }, () => trade(token, IMPERSONATION, forApi())));
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
  for (const answer of answers.filter(({ status }) => status !== 200)) refused(answer);
});

test('a refused exchange does not use the subject token up', async () => {
  const token = await subjectToken();
  refused(await trade(token, IMPERSONATION, forApi({ resource: 'https://nope.example' })), 400, 'invalid_target');
  refused(await trade(token, IMPERSONATION, forApi({ organization_id: 'nope' })), 403, 'access_denied');
  given(await trade(token, IMPERSONATION, forApi()));
});

test('a personal access token is exchanged again and again, until it ends', async () => {
  const token = await personalToken();
  for (const scope of ['read:x', 'write:x read:x']) assert.equal(given(await trade(token, PERSONAL, forApi({ scope }))).scope, 'read:x');
  assert.equal(given(await trade(token, PERSONAL, { resource: resource.indicator })).scope, '');
  const [{ name }] = await call('GET', `/api/users/${user.id}/personal-access-tokens`);
  await call('DELETE', `/api/users/${user.id}/personal-access-tokens/${name}`, undefined, 204);
  refused(await trade(token, PERSONAL, forApi()));
  const soon = await personalToken(user, { expiresAt: Date.now() + 700 });
  const deadline = Date.now() + 20_000;
  let answer = await trade(soon, PERSONAL, forApi());
  for (; answer.status === 200; answer = await trade(soon, PERSONAL, forApi())) assert.ok(Date.now() < deadline);
  refused(answer);
});

test('without a resource: an opaque token for userinfo, behind a grant that can be revoked', async () => {
  const who = await createMember();
  const json = given(await trade(await personalToken(who), PERSONAL, { scope: 'openid profile read:x' }));
  assert.match(json.access_token, /^[\w-]{43}$/);
  assert.deepEqual([json.scope, json.expires_in, json.id_token, json.refresh_token], ['openid profile', 3600, undefined, undefined]);
  const info = (await userinfo(server, json.access_token)).json;
  assert.deepEqual([info.sub, info.username], [who.id, who.username]);
  const { grants: [grant] } = await call('GET', `/api/users/${who.id}/grants`);
  assert.deepEqual([grant.application.id, grant.payload.openid], [web.id, { scope: 'openid profile' }]);
  await call('DELETE', `/api/users/${who.id}/grants/${grant.id}`, undefined, 204);
  assert.equal((await userinfo(server, json.access_token)).status, 401);
});

test('check 84: access tokens, opaque or JWTs, of first-party applications; nothing else is one', async () => {
  const tokens = await signedIn(user, spa, { scope: 'openid offline_access' });
  for (const token of [tokens.access_token, await jwtOf()]) {
    for (let i = 0; i < 2; i += 1) assert.equal(decodeJwt(given(await trade(token, ACCESS_TOKEN, forApi())).access_token).claims.sub, user.id);
    for (const type of [IMPERSONATION, PERSONAL]) refused(await trade(token, type, forApi()));
  }
  const [personal, machine] = [await personalToken(), await machineToken(server)];
  for (const token of [tokens.id_token, tokens.refresh_token, personal, machine, 'x', 'sub_x', 'a.b.c']) refused(await trade(token, ACCESS_TOKEN, forApi()));
  for (const type of ['urn:ietf:params:oauth:token-type:id_token', 'urn:ietf:params:oauth:token-type:jwt', 'x']) {
    for (const token of [tokens.access_token, tokens.id_token, personal]) refused(await trade(token, type, forApi()));
  }
  refused(await trade(await subjectToken(), PERSONAL, forApi()));
  refused(await trade(personal, IMPERSONATION, forApi()));
});

test('check 84: what a third-party application was given is no subject', async () => {
  const client = await createClient(server, 'Traditional');
  const [opaque, jwt] = [(await signedIn(user, client)).access_token, await jwtOf(user, client)];
  for (const token of [opaque, jwt]) given(await trade(token, ACCESS_TOKEN, forApi()));
  const third = await createClient(server, 'Traditional', { isThirdParty: true });
  const tab = new Browser(server);
  await signIn(tab, client, user);
  const keys = pkce();
  await tab.follow(await tab.page(authorizeUrl(third, keys, { scope: 'openid read:x', resource: resource.indicator })));
  const { redirectTo } = (await tab.request('POST', '/api/interaction/consent', { headers: { origin: server.base }, body: {} })).json;
  const { url } = await tab.follow(await tab.page(redirectTo));
  const got = await exchangeCode(server, third, { code: url.searchParams.get('code'), verifier: keys.verifier });
  refused(await trade(given(got).access_token, ACCESS_TOKEN, forApi()));
  await call('DELETE', `/api/applications/${client.id}`, undefined, 204);
  for (const token of [opaque, jwt]) refused(await trade(token, ACCESS_TOKEN, forApi()));
});

test('check 85: no token outlives the access token that it was made from', async () => {
  const first = await signedIn(user, spa, { scope: 'openid' });
  const next = given(await trade(first.access_token, ACCESS_TOKEN, forApi()));
  assert.ok(next.expires_in <= 3600, 'less than the 7200 of the resource');
  const { exp } = decodeJwt(next.access_token).claims;
  for (const form of [forApi(), { scope: 'openid' }]) {
    const last = given(await trade(next.access_token, ACCESS_TOKEN, form));
    assert.ok(last.expires_in <= next.expires_in);
    if (form.resource) assert.ok(decodeJwt(last.access_token).claims.exp <= exp);
  }
});

test('checks 34, 86: a user who is suspended, deleted, or kept out by access rules', async () => {
  for (const end of ['suspended', 'deleted', 'kept out']) {
    const who = await createMember();
    const client = await createClient(server, 'Traditional', { customClientMetadata: { allowTokenExchange: true } });
    const subjects = [[await subjectToken(who), IMPERSONATION], [await personalToken(who), PERSONAL], [(await signedIn(who)).access_token, ACCESS_TOKEN], [await jwtOf(who), ACCESS_TOKEN]];
    if (end === 'suspended') await call('PATCH', `/api/users/${who.id}/is-suspended`, { isSuspended: true });
    if (end === 'deleted') await call('DELETE', `/api/users/${who.id}`, undefined, 204);
    if (end === 'kept out') {
      await call('PUT', `/api/applications/${client.id}/access-control`, { userIds: [user.id], userRoleIds: [], organizationIds: [], organizationRoleRules: [] });
      await patchApp(server, client.id, { appLevelAccessControlEnabled: true });
    }
    for (const [token, type] of subjects) {
      const answer = await trade(token, type, forApi(), client);
      if (end === 'kept out') refused(answer, 400, 'access_denied');
      else refused(answer);
    }
  }
});

test('the application must be let exchange; of any type but third-party ones', async () => {
  const token = await personalToken();
  for (const type of ['SPA', 'Native', 'Traditional', 'MachineToMachine']) {
    const client = type === 'MachineToMachine' ? await createApp(server) : await createClient(server, type);
    const ask = () => trade(token, PERSONAL, forApi(client.secret ? { client_secret: client.secret } : {}), client);
    const closed = await ask();
    refused(closed, 400, 'invalid_request');
    assert.equal(closed.json.error_description, 'requested grant type is not allowed for this client', type);
    await patchApp(server, client.id, { customClientMetadata: { allowTokenExchange: true } });
    assert.equal(given(await ask()).scope, 'read:x', type);
  }
  const wrong = await api(server, 'POST', '/oidc/token', {
    headers: { authorization: basic(web.id, 'wrong') },
    body: new URLSearchParams({ grant_type: GRANT, subject_token: token, subject_token_type: PERSONAL }),
  });
  refused(wrong, 401, 'invalid_client');
});

test('in an organization: its roles, its claim, and its second factor', async () => {
  const who = await createMember();
  const scope = await call('POST', '/api/organization-scopes', { name: unique('invite') }, 201);
  const theirs = await call('POST', '/api/organization-roles', { name: unique('role'), organizationScopeIds: [scope.id] }, 201);
  const { id } = await call('POST', '/api/organizations', { name: 'o' }, 201);
  const token = await personalToken(who);
  const form = { organization_id: id, scope: `${scope.name} read:x` };
  refused(await trade(token, PERSONAL, form), 403, 'access_denied');
  await call('POST', `/api/organizations/${id}/users`, { userIds: [who.id] }, 201);
  await call('POST', `/api/organizations/${id}/users/${who.id}/roles`, { organizationRoleIds: [theirs.id] }, 201);
  const own = given(await trade(token, PERSONAL, form));
  const { claims } = decodeJwt(own.access_token);
  assert.deepEqual([own.scope, claims.aud], [scope.name, `urn:logto:organization:${id}`]);
  const within = decodeJwt(given(await trade(token, PERSONAL, { ...form, resource: resource.indicator })).access_token).claims;
  assert.deepEqual([within.organization_id, within.aud, within.scope], [id, resource.indicator, 'read:x']);
  await call('PATCH', `/api/organizations/${id}`, { isMfaRequired: true });
  refused(await trade(token, PERSONAL, form), 403, 'access_denied');
});

test('checks 85, 86: the actor is in the token and in its introspection, and in what is made of it', async () => {
  const [agent, other] = [await createUser(server), await createUser(server)];
  const [actor, second] = [(await signedIn(agent)).access_token, (await signedIn(other)).access_token];
  const acting = (token, by, more = {}) => trade(token, ACCESS_TOKEN, forApi({ actor_token: by, actor_token_type: ACCESS_TOKEN, ...more }));
  const json = given(await acting(await subjectToken(), actor));
  const { claims } = decodeJwt(json.access_token);
  assert.equal(Object.keys(claims)[0], 'act');
  assert.deepEqual([claims.act, claims.sub], [{ sub: agent.id }, user.id]);
  const body = new URLSearchParams({ token: json.access_token });
  const seen = await api(server, 'POST', '/oidc/token/introspection', { body, headers: { authorization: basic(web.id, web.secret) } });
  assert.deepEqual(seen.json.act, { sub: agent.id });
  assert.deepEqual(decodeJwt(given(await trade(json.access_token, ACCESS_TOKEN, forApi())).access_token).claims.act, { sub: agent.id });
  assert.deepEqual(decodeJwt(given(await acting(json.access_token, second)).access_token).claims.act, { sub: other.id, act: { sub: agent.id } });

  const token = await personalToken();
  const bad = (form) => trade(token, PERSONAL, forApi(form));
  refused(await bad({ actor_token: actor }));
  refused(await bad({ actor_token: actor, actor_token_type: PERSONAL }));
  const narrow = await signedIn(agent, spa, { scope: 'profile' });
  for (const wrong of ['x', token, await jwtOf(agent), narrow.access_token]) refused(await bad({ actor_token: wrong, actor_token_type: ACCESS_TOKEN }));
  await call('PATCH', `/api/users/${agent.id}/is-suspended`, { isSuspended: true });
  refused(await bad({ actor_token: actor, actor_token_type: ACCESS_TOKEN }));
  await call('DELETE', `/api/users/${other.id}`, undefined, 204);
  refused(await bad({ actor_token: second, actor_token_type: ACCESS_TOKEN }));
});

test('check 86: the actor stays in opaque tokens, in their introspection and in what is made of them', async () => {
  const [agent, second] = [await createUser(server), await createUser(server)];
  const by = async (who) => ({ actor_token: (await signedIn(who)).access_token, actor_token_type: ACCESS_TOKEN });
  const see = async (token) => (await api(server, 'POST', '/oidc/token/introspection', { body: new URLSearchParams({ token }), headers: { authorization: basic(web.id, web.secret) } })).json;
  const opaque = given(await trade(await subjectToken(), ACCESS_TOKEN, { scope: 'openid', ...(await by(agent)) })).access_token;
  keep(opaque);
  assert.deepEqual((await see(opaque)).act, { sub: agent.id });
  assert.deepEqual(decodeJwt(given(await trade(opaque, ACCESS_TOKEN, forApi())).access_token).claims.act, { sub: agent.id });
  const again = keep(given(await trade(opaque, ACCESS_TOKEN, { scope: 'openid', ...(await by(second)) })).access_token);
  const chain = { sub: second.id, act: { sub: agent.id } };
  assert.deepEqual((await see(again)).act, chain);
  assert.deepEqual(decodeJwt(given(await trade(again, ACCESS_TOKEN, forApi())).access_token).claims.act, chain);
  assert.equal('act' in (await see((await signedIn()).access_token)), false);
});

test('parameters that are missing or repeated, and tokens in no log', async () => {
  for (const name of ['subject_token', 'subject_token_type']) {
    const form = { grant_type: GRANT, subject_token: 'x', subject_token_type: ACCESS_TOKEN };
    delete form[name];
    const answer = await tokenRequest(server, web, form);
    refused(answer, 400, 'invalid_request');
    assert.equal(answer.json.error_description, `missing required parameter '${name}'`);
  }
  const asking = async (type) => tokenRequest(server, web, { grant_type: GRANT, subject_token: await personalToken(), subject_token_type: PERSONAL, requested_token_type: type });
  refused(await asking('urn:ietf:params:oauth:token-type:id_token'), 400, 'invalid_request');
  assert.equal((await asking(ACCESS_TOKEN)).json.issued_token_type, ACCESS_TOKEN);
  const body = new URLSearchParams({ client_id: web.id, client_secret: web.secret, grant_type: GRANT, subject_token: 'x', subject_token_type: ACCESS_TOKEN });
  body.append('subject_token', 'y');
  refused(await api(server, 'POST', '/oidc/token', { body }), 400, 'invalid_request');
  const token = await personalToken();
  given(await trade(token, PERSONAL, forApi()));
  const logs = await call('GET', '/api/logs?logKey=ExchangeTokenBy.TokenExchange&page_size=100');
  const row = logs.find(({ payload }) => payload.userId === user.id && payload.result === 'Success');
  assert.deepEqual([row.payload.params.subject_token, row.payload.params.subject_token_type], ['******', PERSONAL]);
  assert.equal(JSON.stringify(logs).includes(token), false);
  const tokens = await signedIn();
  assert.equal((await refresh(server, spa, tokens.refresh_token)).status, 200, 'other grants go on');
});
