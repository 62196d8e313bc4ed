// GET and POST /oidc/auth: what is refused and where it is said, and what a code is good for.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, decodeJwt } from '../lib/api.js';
import { Browser, CALLBACK, authorizeUrl, createClient, createUser, enterPassword, exchange, pkce, signIn, userinfo } from '../lib/browser.js';
import { admin, patchApp } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';

let server, spa, web, native, user;
before(async () => {
  server = await startServer();
  spa = await createClient(server, 'SPA');
  web = await createClient(server, 'Traditional');
  native = await createClient(server, 'Native', {
    oidcClientMetadata: { redirectUris: ['http://127.0.0.1/cb', 'http://[::1]:7777/cb', 'com.example.app://cb', 'http://localhost:9/cb'], postLogoutRedirectUris: [] },
  });
  user = await createUser(server);
});
after(() => server.stop());

const browser = () => new Browser(server);

async function refusedWith(client, parameters, keys = pkce()) {
  const answer = await browser().request('GET', authorizeUrl(client, keys, parameters));
  if (answer.status !== 303) return { shown: answer };
  const url = new URL(answer.headers.location);
  assert.equal(url.origin + url.pathname, CALLBACK);
  return Object.fromEntries(url.searchParams.size ? url.searchParams : new URLSearchParams(url.hash.slice(1)));
}

test('check 37: without a proven client and address the error is shown, escaped, and never redirected', async () => {
  const evil = 'https://evil.example/"><script>alert(1)</script>';
  const cases = [
    [{ client_id: '<script>x</script>' }, 'invalid_client'],
    [{ client_id: undefined }, 'invalid_request'],
    [{ redirect_uri: undefined }, 'invalid_request'],
    [{ redirect_uri: evil }, 'invalid_redirect_uri'],
    [{ redirect_uri: 'not a uri' }, 'invalid_redirect_uri'],
    [{ redirect_uri: [CALLBACK, CALLBACK] }, 'invalid_request'],
  ];
  for (const [parameters, error] of cases) {
    const url = authorizeUrl(spa, pkce(), parameters);
    const data = await browser().request('GET', url);
    assert.equal(data.status, 400, url);
    assert.equal(data.json.error, error);
    assert.equal(data.json.iss, `${server.base}/oidc`);
    const page = await browser().page(url);
    assert.equal(page.status, 400);
    assert.equal(page.headers.location, undefined);
    assert.match(page.headers['content-type'], /^text\/html/);
    assert.doesNotMatch(page.text, /<script>/);
    assert.ok(page.text.includes(error));
  }
});

test('check 38: an address is compared byte for byte', async () => {
  const variants = [
    'https://client.example/callback/', 'https://client.example/callback/x', 'https://client.example/callback/..',
    'https://client.example/x/../callback', 'https://client.example/%2e%2e/callback', 'https://client.example/callback%2f',
    'https://client.example/call%62ack', 'https://client.example/callback;x', 'https://client.example/;/..;/callback',
    'https://client.example/callback?', 'https://client.example/callback?a=b', 'https://client.example/callback#',
    'https://client.example/callback#x', 'https://client.example//callback', 'https://client.example/Callback',
    'https://client.example/CALLBACK', 'https://CLIENT.example/callback', 'HTTPS://client.example/callback',
    'https://client.example./callback', 'https://client.example:443/callback', 'https://client.example:444/callback',
    'https://client.example@evil.example/callback', 'https://evil@client.example/callback', 'https://client.example\\@evil.example/callback',
    'https://client.example\\callback', 'https://client.example%2fevil/callback', 'https://client.example%00.evil/callback',
    'https://evil.example/callback', 'https://client.example.evil.example/callback', 'https://xclient.example/callback',
    'http://client.example/callback', '//client.example/callback', 'client.example/callback', '/callback',
    'javascript:alert(1)//client.example/callback', 'data:text/html,x', 'https://client.example/callback ', ' https://client.example/callback',
    'https://client.example/callback\t', 'https://client.example/callback\n', 'https://cl\u0456ent.example/callback',
    'https://client.example/*', 'https://*.example/callback', 'https://client.example/callback%252f..',
  ];
  assert.ok(variants.length >= 40);
  for (const redirect_uri of variants) {
    const { shown } = await refusedWith(spa, { redirect_uri });
    assert.equal(shown?.status, 400, redirect_uri);
    assert.equal(shown.json.error, 'invalid_redirect_uri', redirect_uri);
  }
});

test('check 39: a native client has any port of its loopback address, and nothing else', async () => {
  const ask = async (client, redirect_uri) =>
    (await browser().request('GET', authorizeUrl(client, pkce(), { redirect_uri }))).status;
  for (const good of ['http://127.0.0.1:49152/cb', 'http://127.0.0.1/cb', 'http://[::1]:1/cb', 'http://localhost:9/cb', 'com.example.app://cb']) {
    assert.equal(await ask(native, good), 303, good);
  }
  for (const bad of ['http://127.0.0.1:49152/other', 'http://127.0.0.1:x/cb', 'http://127.0.0.1:1@evil/cb', 'http://127.0.0.1.evil/cb',
    'https://127.0.0.1:5/cb', 'http://localhost:10/cb', 'http://[::2]:1/cb', 'http://127.0.0.2:1/cb', 'http://127.0.0.1:123456/cb', 'com.example.app://cb2']) {
    assert.equal(await ask(native, bad), 400, bad);
  }
  const page = await createClient(server, 'SPA', { oidcClientMetadata: { redirectUris: ['http://127.0.0.1/cb'], postLogoutRedirectUris: [] } });
  assert.equal(await ask(page, 'http://127.0.0.1:5/cb'), 400, 'not of a page');
});

test('check 41: a star stands for part of one label or one segment', async () => {
  const starred = await createClient(server, 'SPA', {
    oidcClientMetadata: { redirectUris: ['https://*.preview.example/cb', 'https://fix.example/a/*/cb'], postLogoutRedirectUris: [] },
  });
  const ask = async (redirect_uri) => (await browser().request('GET', authorizeUrl(starred, pkce(), { redirect_uri }))).status;
  for (const good of ['https://x.preview.example/cb', 'https://fix.example/a/b/cb']) assert.equal(await ask(good), 303, good);
  for (const bad of ['https://a.b.preview.example/cb', 'https://.preview.example/cb', 'https://preview.example/cb', 'https://x.preview.example/cb/..',
    'https://evil.example/.preview.example/cb', 'https://evil.example?.preview.example/cb', 'https://x@y.preview.example/cb',
    'https://a%2eb.preview.example/cb', 'https://a%2Fb.preview.example/cb',
    'https://fix.example/a/../cb', 'https://fix.example/a/b/c/cb', 'https://fix.example/a/%2e%2e/cb', 'https://*.preview.example/cb']) {
    assert.equal(await ask(bad), 400, bad);
  }
});

test('response_mode: the fragment, and a form that its page sends, with values escaped', async () => {
  const keys = pkce();
  const tab = browser();
  const { url } = await tab.follow(await tab.page(authorizeUrl(spa, keys, { response_mode: 'fragment' }))).then(async () => tab.follow(await tab.page(await enterPassword(tab, user))));
  assert.deepEqual([url.origin + url.pathname, url.search], [CALLBACK, '']);
  const given = Object.fromEntries(new URLSearchParams(url.hash.slice(1)));
  assert.deepEqual([given.state, given.iss], ['the state', `${server.base}/oidc`]);
  assert.equal((await exchange(server, spa, { code: given.code, verifier: keys.verifier })).status, 200);

  const state = '"><script>alert(1)</script>';
  for (const [parameters, expected, status] of [[{}, 'code', 200], [{ max_age: 'x' }, 'error', 400]]) {
    const { answer: page } = await tab.follow(await tab.page(authorizeUrl(spa, keys, { response_mode: 'form_post', state, ...parameters })));
    assert.deepEqual([page.status, page.headers['cache-control']], [status, 'no-store']);
    assert.match(page.headers['content-security-policy'], /script-src 'self';.* form-action 'self' https:\/\/client\.example;/);
    assert.doesNotMatch(page.text, /<script>| on\w+=/);
    assert.ok(page.text.includes(`<form method="post" action="${CALLBACK}">`));
    assert.match(page.text, new RegExp(`<input type="hidden" name="${expected}" value="[^"]+">`));
    assert.ok(page.text.includes('name="state" value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"'));
  }
  const script = await api(server, 'GET', '/assets/post.js');
  assert.match(script.headers['content-type'], /^text\/javascript/);
});

test('a repeated state is refused at the client, which gets none', async () => {
  const got = await refusedWith(spa, { state: ['one', 'two'] });
  assert.deepEqual([got.error, got.state], ['invalid_request', undefined]);
});

test('checks 42, 45, 48, 53: a refused request is redirected with error, state and iss, and no code', async () => {
  const cases = [
    [{ response_type: undefined }, 'invalid_request', "missing required parameter 'response_type'"],
    [{ response_type: 'token' }, 'unsupported_response_type', 'unsupported response_type requested'],
    [{ response_type: 'id_token code' }, 'unsupported_response_type', 'unsupported response_type requested'],
    [{ response_mode: 'web_message' }, 'unsupported_response_mode', 'unsupported response_mode requested'],
    [{ registration: '{}' }, 'registration_not_supported', 'registration parameter provided but not supported'],
    [{ max_age: '9007199254740993' }, 'invalid_request', 'invalid max_age parameter value'],
    [{ code_challenge_method: 'plain' }, 'invalid_request', 'not supported value of code_challenge_method'],
    [{ code_challenge_method: undefined }, 'invalid_request', 'not supported value of code_challenge_method'],
    [{ code_challenge: 'short' }, 'invalid_request', 'code_challenge must be 43 characters of base64url'],
    [{ code_challenge: ['a'.repeat(43), 'b'.repeat(43)] }, 'invalid_request', "'code_challenge' parameter must not be provided twice"],
    [{ prompt: 'foo' }, 'invalid_request', 'unsupported prompt value requested'],
    [{ prompt: 'none login' }, 'invalid_request', 'prompt none must only be used alone'],
    [{ prompt: 'none' }, 'login_required', 'End-User authentication is required'],
    [{ resource: 'https://nope.example' }, 'invalid_target', 'resource indicator is missing, or unknown'],
    [{ max_age: '-1' }, 'invalid_request', 'invalid max_age parameter value'],
    [{ request: 'x' }, 'request_not_supported', 'request parameter provided but not supported'],
    [{ request_uri: 'https://x.example' }, 'request_uri_not_supported', 'request_uri parameter provided but not supported'],
    [{ id_token_hint: 'x.y.z' }, 'invalid_request', 'could not validate id_token_hint'],
  ];
  const state = 'a b&c=d#e+f/%41"<é';
  for (const [parameters, error, description] of cases) {
    const got = await refusedWith(spa, { state, ...parameters });
    assert.equal(got.error, error, JSON.stringify(parameters));
    assert.equal(got.error_description, description);
    assert.equal(got.state, state);
    assert.equal(got.iss, `${server.base}/oidc`);
    assert.equal(got.code, undefined);
  }
});

test('check 47: a public client needs PKCE, a confidential one may go without', async () => {
  assert.equal((await refusedWith(spa, {}, null)).error_description, 'Authorization Server policy requires PKCE to be used for this request');
  assert.equal((await browser().request('GET', authorizeUrl(web, null))).headers.location, `/sign-in?app_id=${web.id}`);
});

test('check 43: a code comes with state and iss; check 44: by a 303', async () => {
  const tab = browser();
  const signed = await signIn(tab, spa, user, { state: 'x&y z' });
  assert.equal(signed.state, 'x&y z');
  assert.equal(signed.iss, `${server.base}/oidc`);
  assert.match(signed.code, /^[\w-]{43}$/);
  const discovery = await tab.request('GET', '/oidc/.well-known/openid-configuration');
  assert.equal(discovery.json.authorization_response_iss_parameter_supported, true);
  assert.equal(discovery.json.issuer, signed.iss);
});

test('check 46: POST works as GET does', async () => {
  const tab = browser();
  const [path, query] = authorizeUrl(spa, pkce()).split('?');
  const headers = { 'content-type': 'application/x-www-form-urlencoded', origin: 'https://client.example', 'sec-fetch-site': 'cross-site' };
  const answer = await tab.request('POST', path, { body: query, headers });
  assert.equal(answer.status, 303, answer.text);
  assert.equal(answer.headers.location, `/sign-in?app_id=${spa.id}`);
  assert.equal(answer.headers['access-control-allow-origin'], undefined, 'check 117');
});

test('check 59: a state and a nonce of 8,000 characters come back', async () => {
  const long = 'x'.repeat(8000);
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const keys = pkce();
  const [path, query] = authorizeUrl(spa, keys, { state: long, nonce: long, scope: 'openid' }).split('?');
  const tab = browser();
  await tab.request('POST', path, { body: query, headers });
  const { url } = await tab.follow(await tab.page(await enterPassword(tab, user)));
  assert.equal(url.searchParams.get('state'), long);
  const tokens = await exchange(server, spa, { code: url.searchParams.get('code'), verifier: keys.verifier });
  assert.equal(decodeJwt(tokens.json.id_token).claims.nonce, long);
});

test('checks 51, 54, 55: silent requests, max_age and hints', async () => {
  const tab = browser();
  const first = await signIn(tab, spa, user);
  const { id_token: mine } = (await exchange(server, spa, first)).json;
  const silent = (parameters) => tab.request('GET', authorizeUrl(spa, pkce(), { prompt: 'none', scope: 'openid', ...parameters }));
  const outcome = async (parameters) => new URL((await silent(parameters)).headers.location).searchParams;
  assert.ok((await outcome({})).get('code'), 'signed in: a code without a page');
  assert.ok((await outcome({ id_token_hint: mine })).get('code'));
  assert.equal((await outcome({ max_age: '0' })).get('error'), 'login_required');
  assert.ok((await outcome({ max_age: '1000' })).get('code'));

  const other = await createUser(server);
  const { id_token: theirs } = (await exchange(server, spa, await signIn(browser(), spa, other))).json;
  assert.equal((await outcome({ id_token_hint: theirs })).get('error'), 'login_required');
  const asked = await tab.request('GET', authorizeUrl(spa, pkce(), { id_token_hint: theirs }));
  assert.equal(asked.headers.location, `/sign-in?app_id=${spa.id}`);
  const hinted = async (who) => {
    const fresh = browser();
    await fresh.follow(await fresh.page(authorizeUrl(spa, pkce(), { id_token_hint: theirs })));
    return (await fresh.follow(await fresh.page(await enterPassword(fresh, who)))).url.searchParams;
  };
  assert.equal((await hinted(user)).get('error'), 'login_required', 'somebody else has signed in');
  assert.ok((await hinted(other)).get('code'));

  const again = await signIn(tab, spa, user, { max_age: '0', scope: 'openid' });
  const { claims } = decodeJwt((await exchange(server, spa, again)).json.id_token);
  assert.ok(Math.abs(claims.auth_time - Date.now() / 1000) < 30);
  assert.equal(decodeJwt(mine).claims.auth_time, undefined, 'only when it was asked for');
});

test('check 52: prompt=login asks again, and an abandoned one leaves the session as it was', async () => {
  const tab = browser();
  await signIn(tab, spa, user);
  const cookie = tab.cookies.get('_session');
  const asked = await tab.page(authorizeUrl(spa, pkce(), { prompt: 'login' }));
  assert.equal(asked.headers.location, `/sign-in?app_id=${spa.id}`);
  assert.equal(tab.cookies.get('_session'), cookie);
  const silent = await tab.request('GET', authorizeUrl(spa, pkce(), { prompt: 'none' }));
  assert.ok(new URL(silent.headers.location).searchParams.get('code'));
  const redirectTo = await enterPassword(tab, user);
  await tab.follow(await tab.page(redirectTo));
  assert.notEqual(tab.cookies.get('_session'), cookie, 'check 114: a new id with each sign-in');
  const old = tab.clone();
  old.cookies.set('_session', cookie);
  const replayed = await old.request('GET', authorizeUrl(spa, pkce(), { prompt: 'none' }));
  assert.equal(new URL(replayed.headers.location).searchParams.get('error'), 'login_required');
});

test('a code is bound to the browser that asked for it', async () => {
  const tab = browser();
  await tab.page(authorizeUrl(spa, pkce()));
  const redirectTo = await enterPassword(tab, user);
  const stranger = await browser().page(redirectTo);
  assert.equal(stranger.status, 400);
  const reached = await tab.follow(await tab.page(redirectTo));
  assert.ok(reached.url.searchParams.get('code'));
  assert.equal((await tab.page(redirectTo)).status, 400, 'once');
});

test('a user who is suspended between the page and the code gets none', async () => {
  const victim = await createUser(server);
  const tab = browser();
  await tab.page(authorizeUrl(spa, pkce()));
  const redirectTo = await enterPassword(tab, victim);
  await api(server, 'PATCH', `/api/users/${victim.id}/is-suspended`, { token: await admin(server), body: { isSuspended: true } });
  const { url } = await tab.follow(await tab.page(redirectTo));
  assert.equal(url.searchParams.get('error'), 'access_denied');
});

test('an application that is changed or deleted meanwhile', async () => {
  const client = await createClient(server, 'SPA');
  const signed = await signIn(browser(), client, user);
  await patchApp(server, client.id, { oidcClientMetadata: { redirectUris: ['https://moved.example/cb'], postLogoutRedirectUris: [] } });
  assert.equal((await browser().request('GET', authorizeUrl(client, pkce()))).status, 400);
  assert.equal((await userinfo(server, (await exchange(server, client, signed)).json.access_token)).status, 200);
});
