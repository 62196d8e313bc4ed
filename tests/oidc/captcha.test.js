// Captchas: where the tenant wants one, nobody signs in, registers or is sent a code without a token that the provider takes.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { api } from '../lib/api.js';
import { Browser, PASSWORD, authorizeUrl, createClient, createUser, pkce } from '../lib/browser.js';
import { admin, unique } from '../lib/fixtures.js';
import { startHttpMailbox } from '../lib/mailbox.js';
import { Provider } from '../lib/provider.js';
import { Receiver } from '../lib/receiver.js';
import { startServer } from '../lib/server.js';

const TURNSTILE = { type: 'Turnstile', siteKey: 'the site', secretKey: 'the secret + key of a site' };
const RECAPTCHA = { ...TURNSTILE, type: 'RecaptchaEnterprise', projectId: 'the project' };

let server, spa, user, provider;
async function manage(method, path, body, status = 200) {
  const answer = await api(server, method, path, { token: await admin(server), body });
  assert.equal(answer.status, status, answer.text);
  return answer.json;
}
const set = (config) => manage('PUT', '/api/captcha-provider', { config });

before(async () => {
  provider = await new Receiver().listen();
  server = await startServer({ env: { SIGNET_CAPTCHA_ENDPOINT: `http://127.0.0.1:${provider.port}`, SIGNET_CONNECTOR_PRIVATE_ADDRESSES: 'true' } });
  server.secrets.add(TURNSTILE.secretKey).add(PASSWORD);
  spa = await createClient(server, 'SPA');
  user = await createUser(server);
});
beforeEach(async () => {
  provider.got = [];
  provider.answer = JSON.stringify({ success: true });
  await set(TURNSTILE);
  await manage('PATCH', '/api/sign-in-exp', { captchaPolicy: { enabled: true } });
});
after(async () => {
  await provider.close();
  await server?.stop();
});

async function arrived() {
  const tab = new Browser(server);
  await tab.page(authorizeUrl(spa, pkce()));
  return tab;
}
const begin = (tab, interactionEvent, captchaToken) => tab.step('PUT', '', { interactionEvent, captchaToken });
const captcha = async (tab) => (await tab.step('GET', '/interaction')).json.captcha;

async function begun(event, token) {
  const tab = await arrived();
  const answer = await begin(tab, event, token);
  assert.equal(answer.status, 204, answer.text);
  return tab;
}

function refused(answer, code) {
  assert.equal(answer.status, 422, answer.text);
  assert.equal(answer.json.code, code);
}

async function prove(tab, kind, username) {
  const { json } = await tab.step('POST', `/verification/${kind}`, { identifier: { type: 'username', value: username }, password: PASSWORD });
  return tab.step('POST', '/identification', { verificationId: json.verificationId });
}

test('nobody signs in without a token', async () => {
  const tab = await begun('SignIn');
  assert.equal((await prove(tab, 'password', user.username)).status, 204);
  assert.deepEqual(await captcha(tab), { verified: false, skipped: false });
  refused(await tab.step('POST', '/submit'), 'session.captcha_required');
  await manage('PATCH', '/api/sign-in-exp', { captchaPolicy: { enabled: false } });
  assert.equal((await tab.step('POST', '/submit')).status, 200);
});

test('without a provider none is asked for: nobody could have one', async () => {
  await manage('DELETE', '/api/captcha-provider', undefined, 204);
  await manage('PATCH', '/api/sign-in-exp', { captchaPolicy: { enabled: true } });
  const [first, second] = [await begun('SignIn'), await begun('SignIn')];
  for (const tab of [first, second]) assert.equal((await prove(tab, 'password', user.username)).status, 204);
  assert.equal((await first.step('POST', '/submit')).status, 200);
  await set(TURNSTILE);
  refused(await second.step('POST', '/submit'), 'session.captcha_required');
});

test('a token that the provider takes is good for the sign-in that it began', async () => {
  const tab = await begun('SignIn', 'a token & more');
  const [{ url, headers, text }] = provider.got;
  assert.deepEqual([url, headers['content-type']], ['/turnstile/v0/siteverify', 'application/x-www-form-urlencoded']);
  assert.deepEqual(Object.fromEntries(new URLSearchParams(text)), { secret: TURNSTILE.secretKey, response: 'a token & more' });
  assert.deepEqual(await captcha(tab), { verified: true, skipped: false });
  assert.equal((await prove(tab, 'password', user.username)).status, 204);
  assert.equal((await begin(tab, 'SignIn')).status, 204); // begins anew, without one
  assert.equal((await captcha(tab)).verified, false);
  await begin(tab, 'SignIn', 'another');
  await prove(tab, 'password', user.username);
  assert.equal((await tab.step('POST', '/submit')).status, 200);
});

test('each token that is looked at is a row of the audit log', async () => {
  const rows = async () => (await manage('GET', '/api/logs?logKey=Interaction.Create.Captcha&page_size=2')).map(({ payload }) => [payload.result, payload.error]);
  await begun('SignIn', 'good');
  assert.deepEqual((await rows())[0], ['Success', undefined]);
  provider.answer = '{"success":false}';
  refused(await begin(await arrived(), 'SignIn', 'bad'), 'session.captcha_failed');
  assert.deepEqual(await rows(), [['Error', 'session.captcha_failed'], ['Success', undefined]]);
});

test('a token that the provider refuses begins nothing; nor does one that it says nothing of', async () => {
  for (const answer of ['{"success":false,"error-codes":["invalid-input-response"]}', '{}', '[]', 'true', 'not JSON', '']) {
    provider.answer = answer;
    const tab = await arrived();
    refused(await begin(tab, 'SignIn', 'wrong'), 'session.captcha_failed');
    assert.equal((await tab.step('GET', '/interaction')).json.code, 'session.interaction_not_found');
  }
  provider.answer = JSON.stringify({ success: true });
  provider.answers = [500];
  refused(await begin(await arrived(), 'SignIn', 'one'), 'session.captcha_failed');
  await manage('DELETE', '/api/captcha-provider', undefined, 204);
  refused(await begin(await arrived(), 'SignIn', 'one'), 'session.captcha_failed');
});

test('reCAPTCHA: what it is asked, and what score is enough', async () => {
  const outcome = async (valid, score, mode) => {
    await set({ ...RECAPTCHA, ...(mode && { mode }) });
    provider.answer = JSON.stringify({ tokenProperties: { valid }, riskAnalysis: { score } });
    const answer = await begin(await arrived(), 'SignIn', 'a token');
    return answer.json?.code ?? answer.status;
  };
  assert.equal(await outcome(true, 0.5), 204);
  const [{ url, text }] = provider.got;
  assert.equal(url, '/v1/projects/the%20project/assessments?key=the%20secret%20%2B%20key%20of%20a%20site');
  assert.deepEqual(JSON.parse(text), { event: { token: 'a token', siteKey: 'the site', expectedAction: 'interaction' } });
  assert.equal(await outcome(true, 0.49), 'session.captcha_failed');
  assert.equal(await outcome(false, 1), 'session.captcha_failed');
  assert.equal(await outcome(true, 0, 'checkbox'), 204);
  assert.equal(await outcome(false, 1, 'checkbox'), 'session.captcha_failed');
  assert.equal(await outcome(true, undefined, 'checkbox'), 'session.captcha_failed');
  assert.equal(await outcome(true, 1, 'invisible'), 204);
});

test('nobody registers without a token', async () => {
  const username = unique('new').replaceAll('-', '_');
  await manage('PATCH', '/api/sign-in-exp', { signUp: { identifiers: ['username'], password: true, verify: false } });
  refused(await prove(await begun('Register'), 'new-password-identity', username), 'session.captcha_required');
  assert.deepEqual(await manage('GET', `/api/users?search.username=${username}&mode=exact`), []);
  const tab = await begun('Register', 'a token');
  assert.equal((await prove(tab, 'new-password-identity', username)).status, 201);
  assert.equal((await tab.step('POST', '/submit')).status, 200);
});

test('no code is sent without a token', async () => {
  const box = await startHttpMailbox();
  await manage('POST', '/api/connectors', { connectorId: 'http-email', config: { endpoint: box.url } });
  const identifier = { type: 'email', value: `${unique('me')}@mail.example` };
  const send = (tab) => tab.step('POST', '/verification/verification-code', { identifier, interactionEvent: 'Register' });
  try {
    refused(await send(await begun('Register')), 'session.captcha_required');
    assert.equal((await send(await begun('Register', 'a token'))).status, 200);
    const { payload } = await box.take(({ to }) => to === identifier.value);
    server.secrets.add(`"code":"${payload.code}"`);
  } finally {
    box.close();
  }
});

test('whom another provider or a magic link vouches for needs none', async () => {
  const theirs = await new Provider().start();
  theirs.user = { sub: unique('person') };
  const config = { clientId: 'ours', clientSecret: 'the secret', authorizationEndpoint: `${theirs.base}/auth`, tokenEndpoint: `${theirs.base}/token`, userInfoEndpoint: `${theirs.base}/me`, scope: 'me', profileMap: { id: 'sub' } };
  const connector = await manage('POST', '/api/connectors', { connectorId: 'oauth2', metadata: { target: 'plain' }, config });
  await manage('PATCH', '/api/sign-in-exp', { signUp: { identifiers: [], password: false, verify: false }, socialSignIn: { skipRequiredIdentifiers: true } });
  try {
    const tab = await arrived();
    const { headers } = await tab.page(`/social/${connector.id}`);
    const { url } = await tab.follow(await tab.page(theirs.consent(headers.location)));
    assert.ok(url.searchParams.get('code'), url.href);

    const email = `${unique('me')}@mail.example`;
    const { token } = await manage('POST', '/api/one-time-tokens', { email }, 201);
    server.secrets.add(token);
    const other = await begun('Register');
    const { json } = await other.step('POST', '/verification/one-time-token/verify', { identifier: { type: 'email', value: email }, token });
    assert.deepEqual(await captcha(other), { verified: false, skipped: true });
    assert.equal((await other.step('POST', '/identification', { verificationId: json.verificationId })).status, 201);
    assert.equal((await other.step('POST', '/submit')).status, 200);
  } finally {
    await theirs.stop();
  }
});
