// Webhooks of what is no change through the Management API: sign-ins, locks and limits.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { api } from '../lib/api.js';
import { Browser, PASSWORD, authorizeUrl, createClient, createUser, exchange, pkce, refresh, signIn } from '../lib/browser.js';
import { admin, createResource, createScope, unique } from '../lib/fixtures.js';
import { startHttpMailbox } from '../lib/mailbox.js';
import { startServer } from '../lib/server.js';

let server, spa, user, hooks, mails;
const manage = async (method, path, body) => {
  const answer = await api(server, method, path, { token: await admin(server), body });
  assert.ok(answer.status < 300, answer.text);
  return answer.json;
};

before(async () => {
  server = await startServer({ env: { SIGNET_HOOK_PRIVATE_ADDRESSES: 'true', SIGNET_CONNECTOR_PRIVATE_ADDRESSES: 'true' } });
  [hooks, mails] = [await startHttpMailbox(), await startHttpMailbox()];
  server.secrets.add(PASSWORD);
  spa = await createClient(server, 'SPA', { name: 'One', description: 'first', customClientMetadata: { maxAllowedGrants: 2 } });
  user = await createUser(server);
  await manage('POST', '/api/connectors', { connectorId: 'http-email', config: { endpoint: mails.url } });
  await manage('PATCH', '/api/sign-in-exp', {
    signIn: { methods: [{ identifier: 'username', password: true, verificationCode: false, isPasswordPrimary: true }, { identifier: 'email', password: false, verificationCode: true, isPasswordPrimary: false }] },
    forgotPasswordMethods: ['EmailVerificationCode'],
  });
  const events = ['PostRegister', 'PostSignIn', 'PostResetPassword', 'User.Created', 'User.Data.Updated', 'User.Deleted', 'Identifier.Lockout', 'Message.RateLimited',
    'Grant.LimitExceeded', 'Role.Scopes.Updated', 'OrganizationRole.Scopes.Updated'];
  const hook = await manage('POST', '/api/hooks', { name: 'all', events, config: { url: hooks.url } });
  server.secrets.add(hook.signingKey);
});
after(async () => {
  hooks.close();
  mails.close();
  await server.stop();
});

const told = (event, check = () => true) => hooks.take((one) => one.event === event && check(one));
const body = (value, type = 'username') => ({ identifier: { type, value } });

async function begun(interactionEvent) {
  const tab = new Browser(server);
  await tab.page(authorizeUrl(spa, pkce()));
  assert.equal((await tab.step('PUT', '', { interactionEvent })).status, 204);
  return tab;
}

async function code(tab, email, interactionEvent) {
  const asked = await tab.step('POST', '/verification/verification-code', { ...body(email, 'email'), interactionEvent });
  if (asked.status !== 200) return asked;
  const message = await mails.take(({ to }) => to === email);
  const { verificationId } = asked.json;
  const answer = await tab.step('POST', '/verification/verification-code/verify', { ...body(email, 'email'), verificationId, code: message.payload.code });
  assert.equal(answer.status, 200, answer.text);
  return tab.step('POST', '/identification', { verificationId });
}

test('a sign-in, with the user and the application', async () => {
  await signIn(new Browser(server), spa, user);
  const { headers, createdAt, userAgent, userIp, sessionId, hookId, user: shown, ...rest } = await told('PostSignIn');
  assert.match(headers['logto-signature-sha-256'], /^[0-9a-f]{64}$/);
  assert.ok(Math.abs(Date.now() - Date.parse(createdAt)) < 60_000);
  assert.ok(sessionId && hookId && userIp);
  assert.deepEqual([shown.id, shown.username, 'passwordDigest' in shown], [user.id, user.username, false]);
  const application = { id: spa.id, type: 'SPA', name: 'One', description: 'first' };
  assert.deepEqual(rest, { event: 'PostSignIn', interactionEvent: 'SignIn', applicationId: spa.id, application, userId: user.id });
});

test('a new user', async () => {
  const tab = await begun('Register');
  const username = unique('new').replaceAll('-', '_');
  const { verificationId } = (await tab.step('POST', '/verification/new-password-identity', { ...body(username), password: PASSWORD })).json;
  assert.equal((await tab.step('POST', '/identification', { verificationId })).status, 201);
  const made = await told('User.Created', ({ data }) => data.username === username);
  assert.deepEqual([made.interactionEvent, made.application.id, made.path], ['Register', spa.id, undefined]);
  assert.equal((await tab.step('POST', '/submit')).status, 200);
  assert.equal((await told('PostRegister')).user.username, username);
  const other = await manage('POST', '/api/users', { username: unique('gone').replaceAll('-', '_') });
  await manage('DELETE', `/api/users/${other.id}`);
  assert.deepEqual((await told('User.Deleted')).data, other);
});

test('a forgotten password', async () => {
  const { id, primaryEmail } = await createUser(server, { primaryEmail: `${unique('forgot')}@example.com` });
  const tab = await begun('ForgotPassword');
  assert.equal((await code(tab, primaryEmail, 'ForgotPassword')).status, 204);
  assert.equal((await tab.step('PUT', '/profile/password', { password: `${PASSWORD}2` })).status, 204);
  assert.equal((await tab.step('POST', '/submit')).status, 204);
  assert.equal((await told('PostResetPassword')).user.id, id);
  assert.equal((await told('User.Data.Updated', ({ data }) => data.id === id)).interactionEvent, 'ForgotPassword');
});

test('an identifier that is locked, once', async () => {
  const locked = await createUser(server);
  await manage('PATCH', '/api/sign-in-exp', { sentinelPolicy: { maxAttempts: 3, lockoutDuration: 10 } });
  try {
    const tab = await begun('SignIn');
    for (let i = 0; i < 4; i += 1) assert.ok((await tab.step('POST', '/verification/password', { ...body(locked.username), password: 'wrong' })).status >= 400);
  } finally {
    await manage('PATCH', '/api/sign-in-exp', { sentinelPolicy: {} });
  }
  const { type, value } = await told('Identifier.Lockout');
  assert.deepEqual([type, value], ['username', locked.username]);
  await signIn(new Browser(server), spa, user);
  await told('PostSignIn');
  assert.ok(!hooks.messages.some(({ event }) => event === 'Identifier.Lockout'));
});

test('a recipient who has got too many messages; the last code stays good', async () => {
  const email = `${unique('many')}@example.com`;
  const tab = await begun('Register');
  const ask = () => tab.step('POST', '/verification/verification-code', { ...body(email, 'email'), interactionEvent: 'Register' });
  let last, message;
  for (let i = 0; i < 10; i += 1) {
    last = (await ask()).json;
    message = await mails.take(({ to }) => to === email);
  }
  for (let i = 0; i < 2; i += 1) assert.equal((await ask()).status, 429);
  const { action, recipient, application } = await told('Message.RateLimited');
  assert.deepEqual([action, recipient, application.id], ['VerificationCodeSend', email, spa.id]);
  const answer = await tab.step('POST', '/verification/verification-code/verify', { ...body(email, 'email'), verificationId: last.verificationId, code: message.payload.code });
  assert.equal(answer.status, 200, answer.text);
});

test('grants beyond what an application allows: the oldest end', async () => {
  const many = await createUser(server);
  const tokens = [];
  for (let i = 0; i < 3; i += 1) {
    tokens.push((await exchange(server, spa, await signIn(new Browser(server), spa, many))).json);
    for (const name of ['access_token', 'refresh_token']) server.secrets.add(tokens[i][name]);
  }
  const { revokedGrantIds, userId, applicationId, maxAllowedGrants, preRevocationActiveGrantCount } = await told('Grant.LimitExceeded');
  assert.equal(revokedGrantIds.length, 1);
  assert.deepEqual([userId, applicationId, maxAllowedGrants, preRevocationActiveGrantCount], [many.id, spa.id, 2, 3]);
  const answers = await Promise.all(tokens.map((one) => refresh(server, spa, one.refresh_token)));
  assert.deepEqual(answers.map(({ status }) => status), [400, 200, 200]);
  for (const { json } of answers) for (const name of ['access_token', 'refresh_token']) if (json[name]) server.secrets.add(json[name]);
});

test('roles that are made with scopes', async () => {
  const scope = await createScope(server, await createResource(server), 'read:x');
  const role = await manage('POST', '/api/roles', { name: unique('role'), description: 'd', scopeIds: [scope.id] });
  const changed = await told('Role.Scopes.Updated');
  assert.deepEqual([changed.roleId, changed.path, changed.data.map(({ id }) => id)], [role.id, '/roles', [scope.id]]);
  const of = await manage('POST', '/api/organization-roles', { name: unique('role'), resourceScopeIds: [scope.id] });
  const { organizationRoleId, data } = await told('OrganizationRole.Scopes.Updated');
  assert.deepEqual([organizationRoleId, data], [of.id, null]);
});

test('a webhook and an application that never answer keep no message waiting', async () => {
  let held = 0, closed = 0;
  const silent = http.createServer((request) => {
    held += 1;
    request.socket.once('close', () => (closed += 1));
    silent.emit('held');
  });
  await once(silent.listen(0, '127.0.0.1'), 'listening');
  const own = await startServer({ env: { SIGNET_HOOK_PRIVATE_ADDRESSES: 'true', SIGNET_CONNECTOR_PRIVATE_ADDRESSES: 'true' } });
  const mail = await startHttpMailbox();
  try {
    const token = await admin(own);
    const call = async (method, path, data) => {
      const answer = await api(own, method, path, { token, body: data });
      assert.ok(answer.status < 300, answer.text);
      return answer.json;
    };
    const url = `http://127.0.0.1:${silent.address().port}`;
    await call('POST', '/api/connectors', { connectorId: 'http-email', config: { endpoint: mail.url } });
    const client = await createClient(own, 'SPA', { oidcClientMetadata: { redirectUris: ['https://client.example/callback'], postLogoutRedirectUris: [], backchannelLogoutUri: url } });
    const who = await createUser(own);
    for (let i = 0; i < 16; i += 1) await exchange(own, client, await signIn(new Browser(own), client, who));
    await call('POST', '/api/hooks', { name: 'silent', events: ['User.Created'], config: { url } });
    for (let i = 0; i < 20; i += 1) await call('POST', '/api/users', { username: `nobody_waits_${i}` });
    await call('PATCH', `/api/users/${who.id}/is-suspended`, { isSuspended: true });
    while (held < 32) await once(silent, 'held');
    await call('POST', '/api/verification-codes', { email: 'waiting@mail.example' });
    assert.equal((await mail.take(({ to }) => to === 'waiting@mail.example')).to, 'waiting@mail.example');
    assert.equal(closed, 0, 'while all of them are still silent');
  } finally {
    mail.close();
    await own.stop();
    silent.closeAllConnections();
    silent.close();
  }
});
