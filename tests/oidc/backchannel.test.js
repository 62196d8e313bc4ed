// Back-channel logout: applications are told that a session has ended.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { api, decodeJwt } from '../lib/api.js';
import { Browser, createClient, createUser, exchange, refresh, signIn } from '../lib/browser.js';
import { admin } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const BYE = 'https://client.example/bye';

// Keeps what it is told; answers with the next of `answers`, or 200, once `open` is true.
class Receiver {
  got = [];
  answers = [];
  waiting = [];
  held = [];
  open = true;

  async listen() {
    this.server = http.createServer(async (request, response) => {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      const text = Buffer.concat(chunks).toString();
      this.got.push({ method: request.method, path: request.url, type: request.headers['content-type'], form: new URLSearchParams(text) });
      const answer = () => response.writeHead(this.answers.shift() ?? 200).end();
      if (this.open) answer();
      else this.held.push(answer);
      this.waiting = this.waiting.filter((check) => !check());
    });
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return this;
  }

  url = (path) => `http://127.0.0.1:${this.server.address().port}${path}`;
  at = (path) => this.got.filter((each) => each.path === path);

  has(path, count) {
    return new Promise((resolve) => {
      const check = () => this.at(path).length >= count && (resolve(this.at(path)), true);
      if (!check()) this.waiting.push(check);
    });
  }

  close() {
    for (const answer of this.held) answer();
    this.server.closeAllConnections();
    this.server.close();
  }
}

let server, receiver, counter = 0;
before(async () => {
  receiver = await new Receiver().listen();
  server = await startServer({ env: { SIGNET_HOOK_PRIVATE_ADDRESSES: 'true' } });
});
after(async () => {
  receiver.close();
  await server.stop();
});

async function call(method, path, body, status = 200) {
  const answer = await api(server, method, path, { token: await admin(server), body });
  assert.equal(answer.status, status, `${method} ${path}: ${answer.text}`);
  return answer.json;
}

async function createTold(named = true) {
  const path = `/told-${(counter += 1)}`;
  const client = await createClient(server, 'Traditional', {
    oidcClientMetadata: { redirectUris: ['https://client.example/callback'], postLogoutRedirectUris: [BYE], backchannelLogoutUri: receiver.url(path), backchannelLogoutSessionRequired: named },
  });
  return { ...client, path };
}

async function enter(tab, client, user) {
  const answer = await exchange(server, client, await signIn(tab, client, user));
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}
const leave = (tab, idToken) => tab.page(`/oidc/session/end?${new URLSearchParams({ id_token_hint: idToken, post_logout_redirect_uri: BYE })}`);

test('checks 77, 78: sign-out tells every application of the session, with a token of its own', async () => {
  const [tab, user, named, plain, untold] = [new Browser(server), await createUser(server), await createTold(), await createTold(false), await createClient(server)];
  const idToken = (await enter(tab, named, user)).id_token;
  const other = (await enter(tab, plain, user)).id_token;
  await enter(tab, untold, user);
  const { sid } = decodeJwt(idToken).claims;
  assert.match(sid, /^[\w-]{43}$/);
  assert.equal(decodeJwt(other).claims.sid, undefined, 'not asked for');
  assert.equal((await leave(tab, idToken)).headers.location, BYE);

  const keys = createRemoteJWKSet(new URL(`${server.base}/oidc/jwks`));
  for (const client of [named, plain]) {
    const [told] = await receiver.has(client.path, 1);
    assert.deepEqual([told.method, told.type, [...told.form.keys()]], ['POST', 'application/x-www-form-urlencoded', ['logout_token']]);
    const { payload, protectedHeader } = await jwtVerify(told.form.get('logout_token'), keys, { issuer: `${server.base}/oidc`, audience: client.id, typ: 'logout+jwt' });
    assert.equal(protectedHeader.typ, 'logout+jwt');
    const { iat, exp, jti, ...rest } = payload;
    assert.ok(exp - iat === 120 && jti.length === 43);
    assert.deepEqual(rest, { iss: `${server.base}/oidc`, aud: client.id, events: { [EVENT]: {} }, sub: user.id, ...(client === named && { sid }) });
    assert.equal(told.form.get('logout_token').includes('nonce'), false);
  }
});

test('sid stays the same over refreshes, and is another for each application and session', async () => {
  const [tab, user, one, two] = [new Browser(server), await createUser(server), await createTold(), await createTold()];
  const first = await enter(tab, one, user);
  const sidOf = (token) => decodeJwt(token).claims.sid;
  const renewed = await refresh(server, one, first.refresh_token);
  assert.equal(sidOf(renewed.json.id_token), sidOf(first.id_token));
  const others = [await enter(tab, two, user), await enter(new Browser(server), one, user)].map((each) => sidOf(each.id_token));
  assert.equal(new Set([sidOf(first.id_token), ...others]).size, 3);
  const { sessions } = await call('GET', `/api/users/${user.id}/sessions`);
  assert.equal(sessions[0].payload.authorizations[one.id].sid, sidOf(first.id_token));
});

test('so do the end of a session by the Management API, a suspension, and the end of the account', async () => {
  for (const how of ['session', 'suspension', 'deletion']) {
    const [user, client] = [await createUser(server), await createTold()];
    const sid = decodeJwt((await enter(new Browser(server), client, user)).id_token).claims.sid;
    const { sessions: [{ payload }] } = await call('GET', `/api/users/${user.id}/sessions`);
    if (how === 'session') await call('DELETE', `/api/users/${user.id}/sessions/${payload.uid}?revokeGrantsTarget=all`, undefined, 204);
    else if (how === 'suspension') await call('PATCH', `/api/users/${user.id}/is-suspended`, { isSuspended: true });
    else await call('DELETE', `/api/users/${user.id}`, undefined, 204);
    const [told] = await receiver.has(client.path, 1);
    const { claims } = decodeJwt(told.form.get('logout_token'));
    assert.deepEqual([claims.sub, claims.sid], [user.id, sid], how);
  }
});

test('check 77: an application that fails is told again; one that is slow keeps nobody waiting', async () => {
  const [tab, user, client] = [new Browser(server), await createUser(server), await createTold()];
  const { id_token: idToken } = await enter(tab, client, user);
  receiver.answers.push(500);
  assert.equal((await leave(tab, idToken)).status, 303);
  const [first, second] = (await receiver.has(client.path, 2)).map(({ form }) => decodeJwt(form.get('logout_token')).claims);
  assert.equal(first.sid, second.sid);
  assert.notEqual(first.jti, second.jti);

  receiver.open = false;
  const [slow, again] = [await createTold(), new Browser(server)];
  const held = await enter(again, slow, user);
  assert.equal((await leave(again, held.id_token)).status, 303);
  await receiver.has(slow.path, 1);
  receiver.open = true;
  for (const answer of receiver.held.splice(0)) answer();
});

test('check 52: a session that the same user renews has not ended', async () => {
  const [tab, user, client] = [new Browser(server), await createUser(server), await createTold()];
  await enter(tab, client, user);
  const again = await exchange(server, client, await signIn(tab, client, user, { prompt: 'login consent' }));
  assert.equal(again.status, 200, again.text);
  await leave(tab, again.json.id_token);
  assert.equal((await receiver.has(client.path, 1)).length, 1);
});

test('addresses of one\'s own network are not asked unless they are allowed', async () => {
  const guarded = await startServer();
  try {
    const path = '/never';
    const token = await admin(guarded);
    const body = { name: 'told', type: 'Traditional', oidcClientMetadata: { redirectUris: ['https://client.example/callback'], postLogoutRedirectUris: [BYE], backchannelLogoutUri: receiver.url(path) } };
    const client = (await api(guarded, 'POST', '/api/applications', { token, body })).json;
    const [secret] = (await api(guarded, 'GET', `/api/applications/${client.id}/secrets`, { token })).json;
    const [tab, user] = [new Browser(guarded), await createUser(guarded)];
    const entered = await exchange(guarded, { ...client, secret: secret.value }, await signIn(tab, client, user));
    const bye = await tab.page(`/oidc/session/end?${new URLSearchParams({ id_token_hint: entered.json.id_token, post_logout_redirect_uri: BYE })}`);
    assert.equal(bye.status, 303, bye.text);
    const told = await createTold();
    const own = new Browser(server);
    await leave(own, (await enter(own, told, await createUser(server))).id_token);
    await receiver.has(told.path, 1);
    assert.deepEqual(receiver.at(path), []);
  } finally {
    await guarded.stop();
  }
});
