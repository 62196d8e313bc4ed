// Magic links: a one-time token with an authorization request signs the owner of its address in.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api } from '../lib/api.js';
import { Browser, authorizeUrl, createClient, createUser, enterPassword, exchange, pkce, userinfo } from '../lib/browser.js';
import { admin, unique } from '../lib/fixtures.js';
import { startHttpMailbox } from '../lib/mailbox.js';
import { startServer } from '../lib/server.js';

let server, spa, told;
before(async () => {
  server = await startServer({ env: { SIGNET_HOOK_PRIVATE_ADDRESSES: 'true' } });
  told = await startHttpMailbox();
  spa = await createClient(server, 'SPA');
  await manage('PATCH', '/api/sign-in-exp', { signUp: { identifiers: [], password: false, verify: false } });
});
after(async () => {
  told.close();
  await server.stop();
});

async function manage(method, path, body, status = 200) {
  const answer = await api(server, method, path, { token: await admin(server), body });
  assert.equal(answer.status, status, answer.text);
  return answer.json;
}
async function createToken(email, context) {
  const made = await manage('POST', '/api/one-time-tokens', { email, ...(context && { context }) }, 201);
  server.secrets.add(made.token);
  return made.token;
}
const address = () => `${unique('user')}@example.com`;

async function begun(interactionEvent = 'SignIn', parameters = {}) {
  const tab = new Browser(server);
  tab.keys = pkce();
  const answer = await tab.page(authorizeUrl(spa, tab.keys, parameters));
  tab.location = answer.headers.location;
  assert.equal((await tab.step('PUT', '', { interactionEvent })).status, 204);
  return tab;
}
const verify = (tab, value, token) => tab.step('POST', '/verification/one-time-token/verify', { identifier: { type: 'email', value }, token });
const identify = (tab, verificationId) => tab.step('POST', '/identification', { verificationId });

async function finished(tab) {
  const { redirectTo } = (await tab.step('POST', '/submit')).json;
  const { url } = await tab.follow(await tab.page(redirectTo));
  const tokens = await exchange(server, spa, { code: url.searchParams.get('code'), verifier: tab.keys.verifier });
  assert.equal(tokens.status, 200, tokens.text);
  return (await userinfo(server, tokens.json.access_token)).json.sub;
}

function refused(answer, status, code) {
  assert.deepEqual([answer.status, answer.json?.code], [status, code], answer.text);
}

test('a link sets a forgotten password anew, also where there is no other way to', async () => {
  const email = address();
  const user = await createUser(server, { primaryEmail: email });
  const token = await createToken(email, { interactionEvent: 'ForgotPassword' });
  const tab = await begun('SignIn', { one_time_token: token, first_screen: 'reset_password' });
  assert.match(tab.location, /^\/one-time-token\?app_id=/);
  assert.ok((await tab.page(tab.location)).text.includes('value="ForgotPassword"'));
  refused(await verify(tab, email, token), 400, 'one_time_token.interaction_event_mismatch');
  const reset = await begun('ForgotPassword');
  refused(await verify(reset, address(), token), 400, 'one_time_token.email_mismatch');
  const verified = await verify(reset, email, token);
  assert.equal(verified.status, 200, verified.text);
  assert.equal((await identify(reset, verified.json.verificationId)).status, 204);
  const password = 'tango uniform 8 kilo';
  assert.equal((await reset.step('PUT', '/profile/password', { password })).status, 204);
  assert.equal((await reset.step('POST', '/submit')).status, 204);
  const later = new Browser(server);
  await later.page(authorizeUrl(spa, pkce()));
  assert.ok(await enterPassword(later, { username: user.username, password }));
  const other = await begun('ForgotPassword');
  refused(await verify(other, email, token), 400, 'one_time_token.token_consumed');
  refused(await verify(other, email, await createToken(email, { interactionEvent: 'SignIn' })), 400, 'one_time_token.interaction_event_mismatch');
  refused(await other.step('PUT', '/profile/password', { password }), 404, 'session.identifier_not_found');
});

test('a link signs a user in, once, and into the organizations of its token', async () => {
  const email = address();
  const user = await createUser(server, { primaryEmail: email });
  const role = await manage('POST', '/api/organization-roles', { name: unique('member') }, 201);
  const machines = await manage('POST', '/api/organization-roles', { name: unique('machines'), type: 'MachineToMachine' }, 201);
  const organization = await manage('POST', '/api/organizations', { name: 'Ours' }, 201);
  await manage('POST', `/api/organizations/${organization.id}/jit/roles`, { organizationRoleIds: [role.id, machines.id] }, 201);
  await manage('POST', '/api/hooks', { name: 'joins', events: ['Organization.Membership.Updated'], config: { url: told.url } }, 201);
  const token = await createToken(email, { jitOrganizationIds: [organization.id] });
  const tab = await begun('SignIn', { one_time_token: token, login_hint: email });
  assert.match(tab.location, /^\/one-time-token\?app_id=/);
  const page = await tab.page(tab.location);
  assert.ok(page.text.includes(`<strong>${email}</strong>`), page.text);
  assert.ok(page.text.includes(`value="${token}"`) && !tab.location.includes(token), page.text);
  const verified = await verify(tab, email, token);
  assert.equal(verified.status, 200, verified.text);
  refused(await verify(tab, email, token), 400, 'one_time_token.token_consumed');
  assert.equal((await identify(tab, verified.json.verificationId)).status, 204);
  assert.deepEqual(await manage('GET', `/api/users/${user.id}/organizations`), [], 'not before the end');
  assert.equal(await finished(tab), user.id);
  const [joined] = await manage('GET', `/api/users/${user.id}/organizations`);
  assert.deepEqual([joined.id, joined.organizationRoles.map(({ id }) => id)], [organization.id, [role.id]]);
  assert.deepEqual((await told.take(({ organizationId }) => organizationId === organization.id)).addedUserIds, [user.id]);
});

test('a link makes an account for an address that nobody has', async () => {
  const email = address();
  const organization = await manage('POST', '/api/organizations', { name: 'Theirs' }, 201);
  const tab = await begun();
  const { verificationId } = (await verify(tab, email, await createToken(email, { jitOrganizationIds: [organization.id] }))).json;
  refused(await identify(tab, verificationId), 404, 'user.user_not_exist');
  assert.equal((await tab.step('PUT', '/interaction-event', { interactionEvent: 'Register' })).status, 204);
  const made = await identify(tab, verificationId);
  assert.equal(made.status, 201, made.text);
  const id = await finished(tab);
  assert.equal((await manage('GET', `/api/users/${id}`)).primaryEmail, email);
  assert.deepEqual((await manage('GET', `/api/users/${id}/organizations`)).map((each) => each.id), [organization.id]);
});

test('tokens that are not good: unknown, another address\'s, for something else, used twice at once', async () => {
  const email = address();
  await createUser(server, { primaryEmail: email });
  const tab = await begun();
  refused(await verify(tab, email, 'nothing'), 404, 'one_time_token.token_not_found');
  refused(await verify(tab, address(), await createToken(email)), 400, 'one_time_token.email_mismatch');
  const forRegister = await createToken(email, { interactionEvent: 'Register' });
  refused(await verify(tab, email, forRegister), 400, 'one_time_token.interaction_event_mismatch');
  assert.equal((await verify(await begun('Register'), email, forRegister)).status, 200);
  const token = await createToken(email);
  const tabs = await Promise.all(Array.from({ length: 10 }, () => begun()));
  const answers = await Promise.all(tabs.map((each) => verify(each, email, token)));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, ...Array(9).fill(400)]);
});

test('where accounts cannot be created, a link still makes that of its address, and no other', async () => {
  await manage('PATCH', '/api/sign-in-exp', { signInMode: 'SignIn' });
  try {
    refused(await (await begun()).step('PUT', '/interaction-event', { interactionEvent: 'Register' }), 403, 'auth.forbidden');
    const email = address();
    const tab = await begun();
    const { verificationId } = (await verify(tab, email, await createToken(email))).json;
    refused(await identify(tab, verificationId), 404, 'user.user_not_exist');
    assert.equal((await tab.step('PUT', '/interaction-event', { interactionEvent: 'Register' })).status, 204);
    const proposed = await tab.step('POST', '/verification/new-password-identity', { identifier: { type: 'username', value: unique('x').replaceAll('-', '_') }, password: 'Zq8#fjw0pLm2' });
    assert.equal((await identify(tab, verificationId)).status, 201, proposed.text);
    assert.equal((await manage('GET', `/api/users/${await finished(tab)}`)).primaryEmail, email);
  } finally {
    await manage('PATCH', '/api/sign-in-exp', { signInMode: 'SignInAndRegister' });
  }
});
