// Signing in on a device without a browser: its codes, the page where its user enters one, and what it gets. RFC 8628
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, test } from 'node:test';
import * as openid from 'openid-client';
import { api, decodeJwt } from '../lib/api.js';
import { Browser, createClient, createUser, enterPassword, pkce, refresh, tokenRequest, userinfo } from '../lib/browser.js';
import { admin, createApp, createResource } from '../lib/fixtures.js';
import { binary, startServer } from '../lib/server.js';

const GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

let server, tv, user;
const management = async (method, path, body) => api(server, method, path, { token: await admin(server), body });
const createDevice = (body = {}) => createApp(server, { type: 'Native', name: 'Television', customClientMetadata: { isDeviceFlow: true }, ...body });

before(async () => {
  server = await startServer();
  tv = await createDevice();
  user = await createUser(server);
});
after(() => server.stop());

async function begin(client = tv, form = {}) {
  const answer = await api(server, 'POST', '/oidc/device/auth', { body: new URLSearchParams({ client_id: client.id, scope: 'openid profile offline_access', ...form }) });
  if (answer.json?.device_code) server.secrets.add(answer.json.device_code);
  return answer;
}

const poll = (code, client = tv, form = {}) => tokenRequest(server, client, { grant_type: GRANT, device_code: code, ...form });

function refused(answer, status, error) {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.json.error, error, answer.text);
}

// Enters a code on the page; gives the answer to it.
async function enter(tab, userCode, decision = {}) {
  const page = await tab.page(`/oidc/device?user_code=${encodeURIComponent(userCode)}`);
  assert.equal(page.status, 200, page.text);
  const [, xsrf] = page.text.match(/name="xsrf" value="([^"]+)"/);
  return tab.request('POST', '/oidc/device', { body: new URLSearchParams({ xsrf, user_code: userCode, ...decision }), headers: { accept: 'text/html' } });
}

// On the sign-in page already.
const approveHere = async (tab, who = user) => (await tab.follow(await tab.page(await enterPassword(tab, who)))).answer;

// The whole of it, up to the page that says that the device is connected.
async function approve(tab, userCode, who = user) {
  const reached = await tab.follow(await enter(tab, userCode, { confirm: 'yes' }));
  if (!/name="password"/.test(reached.answer.text)) return reached.answer;
  return approveHere(tab, who);
}

test('checks 88, 89: codes, waiting, the page, and tokens once', async () => {
  const answer = await begin();
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.headers['cache-control'], 'no-store');
  const { device_code: code, user_code: userCode, ...rest } = answer.json;
  assert.match(code, /^[\w-]{43}$/);
  assert.match(userCode, /^[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}$/);
  assert.deepEqual(rest, { verification_uri: `${server.base}/device`, verification_uri_complete: `${server.base}/device?user_code=${userCode}`, expires_in: 600, interval: 5 });

  refused(await poll(code), 400, 'authorization_pending');
  refused(await poll(code), 400, 'slow_down');

  const tab = new Browser(server);
  const short = await tab.page('/device?user_code=x');
  assert.deepEqual([short.status, short.headers.location], [302, '/oidc/device?user_code=x']);
  const asked = await enter(tab, userCode.toLowerCase().replace('-', ' '));
  assert.equal(asked.status, 200, asked.text);
  assert.match(asked.text, /<strong>Television<\/strong>/);
  assert.match(asked.text, /<li>Know who you are<\/li>\s*<li>Stay connected/, 'check 91: what it asks for');
  const done = await approve(tab, userCode);
  assert.match(done.text, /Your device is connected/);

  const tokens = await poll(code);
  assert.equal(tokens.status, 200, tokens.text);
  assert.equal(decodeJwt(tokens.json.id_token).claims.sub, user.id);
  assert.equal((await userinfo(server, tokens.json.access_token)).json.sub, user.id);
  const renewed = await refresh(server, tv, tokens.json.refresh_token);
  assert.equal(renewed.status, 200, renewed.text);
  refused(await poll(code), 400, 'invalid_grant');
  refused(await refresh(server, tv, renewed.json.refresh_token), 400, 'invalid_grant');
  const log = (await management('GET', '/api/logs?logKey=ExchangeTokenBy.DeviceCode&page_size=1')).json[0];
  assert.equal(log.payload.params.device_code, '******');
});

test('check 91: the code may be typed in any case and width; the page shows it as the device does', async () => {
  const { user_code: userCode } = (await begin()).json;
  const wide = userCode.replace(/[A-Z]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0));
  const tab = new Browser(server);
  for (const typed of [userCode.toLowerCase(), userCode.replace('-', ''), ` ${userCode.replace('-', '_')} `, wide, wide.toLowerCase().replace('-', '\u3000')]) {
    const page = await enter(tab, typed);
    assert.equal(page.status, 200, typed);
    assert.ok(page.text.includes(`<code>${userCode}</code>`), typed);
  }
  for (const wrong of [`${userCode}B`, userCode.slice(0, -1), `${userCode} ${'-'.repeat(64)}`]) assert.match((await enter(tab, wrong)).text, /no such code/, wrong);
});

test('who is signed in confirms alone; a resource and an ID token with the nonce', async () => {
  const resource = await createResource(server);
  const tab = new Browser(server);
  await approve(tab, (await begin()).json.user_code);
  const { device_code: code, user_code: userCode } = (await begin(tv, { resource: resource.indicator, scope: 'openid', nonce: 'mine' })).json;
  const reached = await tab.follow(await enter(tab, userCode, { confirm: 'yes' }));
  assert.match(reached.answer.text, /Your device is connected/);
  const strict = (await begin(tv, { max_age: '0' })).json;
  assert.match((await tab.follow(await enter(tab, strict.user_code, { confirm: 'yes' }))).answer.text, /name="password"/, 'max_age asks anew');
  assert.match((await approveHere(tab)).text, /Your device is connected/);
  assert.ok(decodeJwt((await poll(strict.device_code)).json.id_token).claims.auth_time);
  const anew = (await begin(tv, { prompt: 'login' })).json;
  assert.match((await tab.follow(await enter(tab, anew.user_code, { confirm: 'yes' }))).answer.text, /name="password"/, 'and so does prompt');
  assert.match((await approveHere(tab)).text, /Your device is connected/);
  const tokens = (await poll(code, tv, { resource: resource.indicator })).json;
  assert.equal(decodeJwt(tokens.access_token).claims.aud, resource.indicator);
  assert.equal(decodeJwt(tokens.id_token).claims.nonce, 'mine');
  assert.equal(tokens.refresh_token, undefined);
});

test('refused by its user: on the page, at once for good', async () => {
  const { device_code: code, user_code: userCode } = (await begin()).json;
  const tab = new Browser(server);
  const reached = await tab.follow(await enter(tab, userCode, { abort: 'yes' }));
  assert.match(reached.answer.text, /Your device was refused/);
  refused(await poll(code), 400, 'access_denied');
  refused(await poll(code), 400, 'invalid_grant');
  assert.match((await enter(tab, userCode)).text, /was used already/);
});

test('check 90: another client, other applications, and another who is faster', async () => {
  const other = await createDevice();
  const { device_code: code, user_code: userCode } = (await begin()).json;
  refused(await poll(code, other), 400, 'invalid_grant');
  for (const client of [await createClient(server, 'Native'), await createClient(server, 'SPA')]) {
    const answer = await begin(client);
    refused(answer, 400, 'invalid_request');
    assert.equal(answer.json.error_description, `${GRANT} is not allowed for this client`);
    refused(await poll(code, client), 400, 'invalid_request');
  }
  refused(await begin({ id: 'nobody' }), 400, 'invalid_client');
  refused(await begin(tv, { resource: 'https://unknown.example' }), 400, 'invalid_target');
  refused(await poll('nothing'), 400, 'invalid_grant');
  const [one, two] = [new Browser(server), new Browser(server)];
  assert.equal((await enter(one, userCode, { confirm: 'yes' })).status, 303);
  const late = await enter(two, userCode, { confirm: 'yes' });
  assert.equal(late.status, 400);
  assert.match(late.text, /was used already/);
});

test('check 90: a request that began with PKCE is proven with its verifier', async () => {
  const { verifier, challenge } = pkce();
  const ask = async (form) => {
    const { json } = await begin(tv, form);
    await approve(new Browser(server), json.user_code);
    return json.device_code;
  };
  const bound = await ask({ code_challenge: challenge, code_challenge_method: 'S256' });
  refused(await poll(bound), 400, 'invalid_grant');
  refused(await poll(bound, tv, { code_verifier: pkce().verifier }), 400, 'invalid_grant');
  refused(await poll(bound, tv, { code_verifier: 'short' }), 400, 'invalid_request');
  const proven = await poll(bound, tv, { code_verifier: verifier });
  assert.equal(proven.status, 200, proven.text);
  refused(await poll(await ask({}), tv, { code_verifier: verifier }), 400, 'invalid_grant');
});

test('a request whose code no verifier could match, or with an unknown prompt, gets no code', async () => {
  const challenge = pkce().challenge;
  for (const form of [{ code_challenge: 'x', code_challenge_method: 'S256' }, { code_challenge: challenge, code_challenge_method: 'plain' }, { code_challenge: challenge }, { code_challenge_method: 'S256' }, { prompt: 'create' }, { prompt: 'none login' }])
    refused(await begin(tv, form), 400, 'invalid_request');
});

test('check 34: a user who is suspended, or gone, gets the device nothing', async () => {
  for (const how of ['suspended', 'deleted']) {
    const who = await createUser(server);
    const { device_code: code, user_code: userCode } = (await begin()).json;
    assert.match((await approve(new Browser(server), userCode, who)).text, /Your device is connected/);
    const ended = how === 'deleted' ? await management('DELETE', `/api/users/${who.id}`) : await management('PATCH', `/api/users/${who.id}/is-suspended`, { isSuspended: true });
    assert.ok(ended.status < 300, ended.text);
    refused(await poll(code), 400, 'invalid_grant');
  }
});

test('of many requests at once for one code one gets tokens', async () => {
  const { device_code: code, user_code: userCode } = (await begin()).json;
  await approve(new Browser(server), userCode);
  const answers = await Promise.all(Array.from({ length: 20 }, () => poll(code)));
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
});

test('a third-party application asks for consent, which may be refused', async () => {
  const third = await createDevice({ isThirdParty: true, name: 'Third' });
  await management('POST', `/api/applications/${third.id}/user-consent-scopes`, { userScopes: ['profile'] });
  const { device_code: code, user_code: userCode } = (await begin(third, { scope: 'openid profile' })).json;
  const tab = new Browser(server);
  const consent = await approve(tab, userCode);
  assert.match(consent.text, /Allow access/);
  assert.doesNotMatch(consent.text, /You will be sent to/);
  const { json } = await tab.request('POST', '/api/interaction/consent', { body: { reject: true }, headers: { origin: server.base, 'sec-fetch-site': 'same-origin' } });
  const reached = await tab.follow(await tab.page(json.redirectTo));
  assert.match(reached.answer.text, /Your device was refused/);
  refused(await poll(code, third), 400, 'access_denied');
});

test('openid-client signs a device in', async () => {
  const config = await openid.discovery(new URL(`${server.base}/oidc`), tv.id, undefined, openid.None(), { execute: [openid.allowInsecureRequests] });
  assert.equal(config.serverMetadata().device_authorization_endpoint, `${server.base}/oidc/device/auth`);
  assert.ok(config.serverMetadata().grant_types_supported.includes(GRANT));
  const begun = await openid.initiateDeviceAuthorization(config, { scope: 'openid' });
  server.secrets.add(begun.device_code);
  assert.match((await approve(new Browser(server), begun.user_code)).text, /Your device is connected/);
  const tokens = await openid.pollDeviceAuthorizationGrant(config, begun);
  assert.equal(tokens.claims().sub, user.id);
  assert.equal((await openid.fetchUserInfo(config, tokens.access_token, user.id)).sub, user.id);
});

test('signet token signs a device in', async () => {
  const program = spawn(binary, ['token', '--issuer', `${server.base}/oidc`, '--client-id', tv.id, '--grant', 'device_code', '--scope', 'openid', '--browser', 'none', '--json']);
  let [told, output] = ['', ''];
  program.stdout.setEncoding('utf8').on('data', (part) => (output += part));
  const ended = new Promise((resolve) => program.on('close', resolve));
  const userCode = await new Promise((resolve, reject) => {
    program.stderr.setEncoding('utf8').on('data', (part) => {
      told += part;
      const found = told.match(/code to enter is ([A-Z]{4}-[A-Z]{4})/);
      if (found) resolve(found[1]);
    });
    program.on('close', () => reject(new Error(told)));
  });
  await approve(new Browser(server), userCode);
  assert.equal(await ended, 0, told);
  assert.equal((await userinfo(server, JSON.parse(output).access_token)).json.sub, user.id);
});

test('check 91: the form is the server\'s own, and wrong codes are counted', async () => {
  const { user_code: userCode } = (await begin()).json;
  const tab = new Browser(server);
  const planted = await tab.request('POST', '/oidc/device', { body: new URLSearchParams({ user_code: userCode, confirm: 'yes', xsrf: 'x' }) });
  assert.equal(planted.status, 400);
  assert.match(planted.text, /open for too long/);
  const empty = await enter(tab, ' ');
  assert.match(empty.text, /no such code/);
  const strict = await management('PATCH', '/api/sign-in-exp', { sentinelPolicy: { maxAttempts: 3, lockoutDuration: 10 } });
  assert.equal(strict.status, 200, strict.text);
  for (let i = 0; i < 3; i += 1) assert.match((await enter(tab, 'BBBB-BBBB')).text, /no such code|Too many/);
  assert.match((await enter(tab, userCode)).text, /Too many failed attempts/);
});
