// The hosted pages as they leave the server, consent for third-party applications, and two tabs at once.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, decodeJwt } from '../lib/api.js';
import { Browser, CALLBACK, authorizeUrl, createClient, createUser, enterPassword, exchange, pkce, refresh, signIn } from '../lib/browser.js';
import { admin, createResource, createRole, createScope } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';

let server, spa, web, third, user;
before(async () => {
  server = await startServer();
  spa = await createClient(server, 'SPA', { name: 'Shop <b>&"\'' });
  web = await createClient(server, 'Traditional');
  third = await createClient(server, 'Traditional', { isThirdParty: true, name: 'Third' });
  await allow({ userScopes: ['profile', 'email'] });
  user = await createUser(server);
});
after(() => server.stop());

async function waiting(client = spa, parameters = {}) {
  const tab = new Browser(server);
  tab.keys = pkce();
  const answer = await tab.page(authorizeUrl(client, tab.keys, parameters));
  tab.location = answer.headers.location;
  return tab;
}

test('checks 57, 115: headers of every page', async () => {
  const tab = await waiting();
  const asked = await tab.page('/oidc/session/end');
  const pages = [await tab.page(`/sign-in?app_id=${spa.id}`), await tab.page(`/register?app_id=${spa.id}`), await tab.page('/unknown-session'),
    await tab.page('/oidc/auth?client_id=nope'), asked];
  for (const page of pages) {
    assert.match(page.headers['content-type'], /^text\/html; charset=utf-8$/);
    const policy = page.headers['content-security-policy'];
    for (const part of ["default-src 'none'", "script-src 'self';", "style-src 'self';", "frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'", "form-action 'self'"]) {
      assert.ok(policy.includes(part), part);
    }
    assert.doesNotMatch(policy, /unsafe|\*/);
    assert.equal(page.headers['x-frame-options'], 'DENY');
    assert.equal(page.headers['x-content-type-options'], 'nosniff');
    assert.equal(page.headers['referrer-policy'], 'no-referrer');
    assert.equal(page.headers['cross-origin-opener-policy'], 'same-origin');
    assert.match(page.headers['permissions-policy'], /camera=\(\)/);
    assert.equal(page.headers['cache-control'], 'no-store');
    assert.equal(page.headers['access-control-allow-origin'], undefined);
    assert.doesNotMatch(page.text, /<script>|<style| on\w+=| style=|javascript:/i);
    assert.match(page.text, /<html lang="en">/);
    assert.equal(page.text.match(/<h1>/g).length, 1);
  }
});

test('where only one of signing in and registering is open, its page comes', async () => {
  const mode = async (signInMode) => assert.equal((await api(server, 'PATCH', '/api/sign-in-exp', { token: await admin(server), body: { signInMode } })).status, 200);
  const tab = await waiting();
  const query = `?app_id=${spa.id}`;
  try {
    await mode('Register');
    const sent = await tab.page(`/sign-in${query}`);
    assert.deepEqual([sent.status, sent.headers.location], [302, `${server.base}/register${query}`]);
    const page = await tab.page(`/register${query}`);
    assert.equal(page.status, 200);
    assert.doesNotMatch(page.text, /href="\/sign-in/);
    await mode('SignIn');
    const back = await tab.page(`/register${query}`);
    assert.deepEqual([back.status, back.headers.location], [302, `${server.base}/sign-in${query}`]);
    const other = await tab.page(`/sign-in${query}`);
    assert.equal(other.status, 200);
    assert.doesNotMatch(other.text, /href="\/register/);
  } finally {
    await mode('SignInAndRegister');
  }
});

test('the files of the pages: types, cached, and small', async () => {
  const tab = new Browser(server);
  let total = 0;
  const scripts = ['experience.js', 'captcha.js', 'codes.js', 'factors.js', 'passkeys.js', 'signed-in.js', 'account.js', 'demo.js'];
  for (const file of ['experience.css', ...scripts]) {
    const type = file.endsWith('.css') ? 'text/css' : 'text/javascript';
    const answer = await tab.request('GET', `/assets/${file}`);
    assert.equal(answer.status, 200);
    assert.ok(answer.headers['content-type'].startsWith(type));
    assert.match(answer.headers['cache-control'], /max-age/);
    const again = await tab.request('GET', `/assets/${file}`, { headers: { 'if-none-match': answer.headers.etag } });
    assert.equal(again.status, 304);
    total += answer.text.length;
  }
  assert.ok(total < 60_000);
  assert.equal((await tab.request('GET', '/assets/../../etc/passwd')).status, 404);
});

test('the account page: the tenant\'s own style, what the settings show, nothing while it is off', async () => {
  const set = async (body) => assert.equal((await api(server, 'PATCH', '/api/account-center', { token: await admin(server), body })).status, 200);
  const tab = new Browser(server);
  assert.equal((await tab.page('/account')).status, 404);
  await set({ enabled: true, fields: { name: 'Edit' }, customCss: 'h1 { color: teal; }' });
  try {
    const page = await tab.page('/account');
    assert.equal(page.status, 200);
    assert.match(page.text, /data-client="account-center" data-path="\/account"/);
    assert.match(page.text, /data-controls="\{&quot;name&quot;:&quot;Edit&quot;\}"/);
    const style = await tab.request('GET', '/assets/account-center.css');
    assert.equal(style.text.trim(), 'h1 { color: teal; }');
    assert.match(style.headers['content-type'], /^text\/css/);
  } finally {
    await set({ enabled: false, fields: {}, customCss: null });
  }
  assert.match((await tab.page('/demo-app')).text, /data-client="demo-app"/);
  assert.equal((await tab.request('GET', `${server.adminBase}/account`)).status, 404);
});

test('check 120: what comes from outside is escaped', async () => {
  const tab = await waiting(spa, { login_hint: '"><script>alert(1)</script>' });
  assert.match(tab.location, new RegExp(`^/sign-in\\?app_id=${spa.id}&login_hint=`));
  const page = await tab.page(tab.location);
  assert.ok(page.text.includes('Shop &lt;b&gt;&amp;&quot;&#39;'));
  assert.ok(page.text.includes('value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"'));
  assert.doesNotMatch(page.text, /<script>/);
  const crafted = await tab.page(`/sign-in?app_id=${spa.id}&x="><script>alert(1)</script>`);
  assert.doesNotMatch(crafted.text, /<script>/);
});

test('labels, roles and errors that assistive technology finds', async () => {
  for (const [first, path] of [['single_sign_on', '/single-sign-on'], ['reset_password', '/forgot-password']])
    assert.ok((await new Browser(server).page(authorizeUrl(spa, pkce(), { first_screen: first }))).headers.location.startsWith(`${path}?`), first);
  const tab = await waiting(spa, { first_screen: 'register' });
  assert.equal(tab.location, `/register?app_id=${spa.id}`);
  const { text } = await tab.page(tab.location);
  for (const id of ['username', 'password']) {
    assert.ok(text.includes(`<label for="${id}">`));
    assert.match(text, new RegExp(`<input id="${id}"[^>]* aria-describedby="${id}-help error"`));
  }
  assert.match(text, /<p role="alert" id="error"><\/p>/);
  assert.match(text, /autocomplete="new-password"/);
  assert.match(text, /<noscript>/);
});

test('a page without a sign-in leads to the one that says so', async () => {
  for (const path of ['/sign-in', '/register', '/consent', `/sign-in?app_id=${spa.id}`]) {
    const answer = await new Browser(server).page(path);
    assert.equal(answer.status, 302);
    assert.equal(answer.headers.location, `${server.base}/unknown-session`);
  }
  const other = await waiting(web);
  assert.equal((await other.page(`/sign-in?app_id=${spa.id}`)).status, 302, 'not that of another application');
});

test('check 56: two tabs with two clients do not disturb each other', async () => {
  const tab = new Browser(server);
  const other = await createUser(server);
  const keys = [pkce(), pkce()];
  await tab.page(authorizeUrl(spa, keys[0], { state: 'one' }));
  const [first] = tab.cookies.get('_interaction').split('.');
  const page = await tab.page(`/sign-in?app_id=${spa.id}`);
  const [, uid] = page.text.match(/data-interaction="([\w-]{43})"/);
  await tab.page(authorizeUrl(web, keys[1], { state: 'two' }));
  assert.ok(tab.cookies.get('_interaction').split('.').slice(1).includes(first));

  const newest = await enterPassword(tab, other);
  const older = await enterPassword(tab, user, { interaction: uid });
  assert.notEqual(newest, older);
  const reached = await tab.follow(await tab.page(older));
  assert.equal(reached.url.searchParams.get('state'), 'one');
  const tokens = await exchange(server, spa, { code: reached.url.searchParams.get('code'), verifier: keys[0].verifier });
  assert.equal(decodeJwt(tokens.json.id_token).claims.sub, user.id);
  const second = await tab.follow(await tab.page(newest));
  assert.equal(second.url.searchParams.get('state'), 'two');
});


async function allow(body) {
  const answer = await api(server, 'POST', `/api/applications/${third.id}/user-consent-scopes`, { token: await admin(server), body });
  assert.equal(answer.status, 201, answer.text);
}

test('a third-party application gets nothing before the user allows it', async () => {
  const resource = await createResource(server);
  const scope = await createScope(server, resource, 'read:x');
  const role = await createRole(server, { type: 'User', scopeIds: [scope.id] });
  await api(server, 'POST', `/api/users/${user.id}/roles`, { token: await admin(server), body: { roleIds: [role.id] } });
  await allow({ resourceScopes: [scope.id] });

  const tab = await waiting(third, { scope: 'openid profile offline_access read:x', resource: resource.indicator });
  const { answer } = await tab.follow(await tab.page(await enterPassword(tab, user)));
  assert.equal(answer.status, 200);
  for (const text of ['Third', user.username, 'https://client.example', `${resource.indicator}: read:x`]) assert.ok(answer.text.includes(text), text);
  const consent = (method, body, headers = {}) =>
    tab.request(method, '/api/interaction/consent', { body, headers: { origin: server.base, ...headers } });
  const info = (await consent('GET')).json;
  assert.deepEqual(info.application, { id: third.id, name: 'Third' });
  assert.equal(info.user.username, user.username);
  assert.deepEqual(info.missingOIDCScope, ['profile']);
  assert.deepEqual(info.missingResourceScopes.map((each) => [each.resource.indicator, each.scopes[0].name]), [[resource.indicator, 'read:x']]);
  assert.equal(info.redirectUri, CALLBACK);
  assert.equal((await consent('POST', {}, { origin: 'https://evil.example' })).status, 403);
  const [, uid] = answer.text.match(/data-interaction="([\w-]{43})"/);
  const early = await tab.page(`/oidc/auth/${uid}`);
  assert.equal(early.headers.location, `/consent?app_id=${third.id}`, 'not by going on without an answer');

  const { redirectTo } = (await consent('POST', {})).json;
  const { url } = await tab.follow(await tab.page(redirectTo));
  const tokens = await exchange(server, third, { code: url.searchParams.get('code'), verifier: tab.keys.verifier });
  assert.equal(tokens.status, 200, tokens.text);

  const silent = async (parameters) => {
    const got = await tab.request('GET', authorizeUrl(third, pkce(), { prompt: 'none', ...parameters }));
    return new URL(got.headers.location).searchParams;
  };
  assert.ok((await silent({ scope: 'openid profile' })).get('code'), 'what was allowed before');
  assert.equal((await silent({ scope: 'openid profile email' })).get('error'), 'consent_required', 'check 51');
  const more = await tab.page(authorizeUrl(third, pkce(), { scope: 'openid email', prompt: undefined }));
  assert.equal(more.headers.location, `/consent?app_id=${third.id}`);
});

test('consent that is denied, or asked of someone else', async () => {
  const tab = await waiting(third);
  const { answer } = await tab.follow(await tab.page(await enterPassword(tab, user)));
  assert.equal(answer.status, 200);
  const stranger = tab.clone();
  stranger.cookies.delete('_session');
  assert.equal((await stranger.page(`/consent?app_id=${third.id}`)).status, 302);
  assert.equal((await stranger.request('POST', '/api/interaction/consent', { body: {} })).status, 400);
  const { redirectTo } = (await tab.request('POST', '/api/interaction/consent', { body: { reject: true } })).json;
  const { url } = await tab.follow(await tab.page(redirectTo));
  assert.equal(url.searchParams.get('error'), 'access_denied');
  assert.equal(url.searchParams.get('state'), 'the state');
  assert.equal(url.searchParams.get('code'), null);
});

test('check 75: sign-out goes where it is registered, and asks unless the ID token shows who it is for', async () => {
  const bye = 'https://client.example/bye';
  const end = (tab, parameters) => tab.page(`/oidc/session/end?${new URLSearchParams(parameters)}`);
  const silent = async (tab) => new URL((await tab.request('GET', authorizeUrl(spa, pkce(), { prompt: 'none' }))).headers.location).searchParams;
  const fresh = async () => {
    const tab = new Browser(server);
    tab.tokens = (await exchange(server, spa, await signIn(tab, spa, user))).json;
    return tab;
  };
  const tab = await fresh();
  for (const [parameters, error] of [
    [{ id_token_hint: 'x' }, 'could not decode id_token_hint'],
    [{ id_token_hint: `${tab.tokens.id_token.slice(0, -4)}AAAA` }, 'could not decode id_token_hint'],
    [{ id_token_hint: tab.tokens.id_token, client_id: web.id }, 'client_id does not match the provided hint'],
    [{ id_token_hint: tab.tokens.id_token, post_logout_redirect_uri: 'https://evil.example/' }, 'post_logout_redirect_uri not registered'],
    [{ id_token_hint: tab.tokens.id_token, post_logout_redirect_uri: `${bye}?a=b` }, 'post_logout_redirect_uri not registered'],
    [{ post_logout_redirect_uri: bye }, 'post_logout_redirect_uri not registered'],
    [{ client_id: 'nope' }, 'invalid client nope'],
  ]) {
    const answer = await end(tab, parameters);
    assert.equal(answer.status, 400, error);
    assert.ok(answer.text.includes(error), error);
  }
  assert.ok((await silent(tab)).get('code'), 'still signed in');

  const asked = await end(tab, { client_id: spa.id, post_logout_redirect_uri: bye, state: 's&t' });
  assert.equal(asked.status, 200);
  assert.ok(asked.headers['content-security-policy'].includes("form-action 'self' https://client.example;"));
  const fields = Object.fromEntries([...asked.text.matchAll(/type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name, value]) => [name, value.replace('&amp;', '&')]));
  const confirm = (who, form) => who.request('POST', '/oidc/session/end/confirm', { body: new URLSearchParams(form), headers: { origin: server.base } });
  assert.equal((await confirm(tab, { ...fields, xsrf: 'x', logout: 'yes' })).status, 400);
  const stayed = await confirm(tab, fields);
  assert.equal(stayed.headers.location, `${bye}?state=s%26t`);
  assert.ok((await silent(tab)).get('code'), 'check 75: nobody is signed out unasked');

  const session = tab.cookies.get('_session');
  const done = await confirm(tab, { ...fields, logout: 'yes' });
  assert.equal(done.status, 303);
  assert.equal(done.headers.location, `${bye}?state=s%26t`);
  assert.equal(tab.cookies.get('_session'), undefined);
  tab.cookies.set('_session', session);
  assert.equal((await silent(tab)).get('error'), 'login_required', 'check 76: the old cookie is worth nothing');

  const direct = await fresh();
  const ended = await end(direct, { id_token_hint: direct.tokens.id_token, post_logout_redirect_uri: bye, state: 'x' });
  assert.equal(ended.headers.location, `${bye}?state=x`);
  assert.equal((await silent(direct)).get('error'), 'login_required');
  const plain = await end(new Browser(server), {});
  assert.ok(plain.text.includes('You are signed out'));
  const posted = await new Browser(server).request('POST', '/oidc/session/end', { body: new URLSearchParams({ client_id: spa.id }) });
  assert.equal(posted.status, 200);
});

test('check 76: what was granted without offline access ends with the session, the rest goes on', async () => {
  const tab = new Browser(server);
  const always = await createClient(server, 'Traditional', { customClientMetadata: { alwaysIssueRefreshToken: true } });
  const online = (await exchange(server, always, await signIn(tab, always, user, { prompt: undefined }))).json;
  const offline = (await exchange(server, spa, await signIn(tab, spa, user))).json;
  await tab.page(`/oidc/session/end?id_token_hint=${offline.id_token}`);
  assert.equal((await refresh(server, always, online.refresh_token)).status, 400);
  assert.equal((await refresh(server, spa, offline.refresh_token)).status, 200);
});

const LOOKS = {
  displayName: 'Shown & known', color: { primaryColor: '#ff0000' }, branding: { logoUrl: 'https://cdn.example/own.svg' }, customCss: 'main { outline: 3px solid }',
  termsOfUseUrl: 'https://cdn.example/terms', privacyPolicyUrl: 'https://cdn.example/privacy',
};
async function dress(client) {
  const path = `/api/applications/${client.id}/sign-in-experience`;
  assert.equal((await api(server, 'PUT', path, { token: await admin(server), body: LOOKS })).status, 201);
}

test('an application has its own looks, under those of an organization', async () => {
  const own = await createClient(server, 'SPA', { name: 'internal-7' });
  await dress(own);
  const tab = await waiting(own);
  const { text } = await tab.page(tab.location);
  assert.ok(text.includes('Shown &amp; known') && !text.includes('internal-7'), text);
  assert.ok(text.includes(`href="/assets/theme.css?app_id=${own.id}"`), text);
  const css = async (query) => (await api(server, 'GET', `/assets/theme.css?${query}`)).text;
  const dressed = await css(`app_id=${own.id}`);
  for (const part of ['--main:#ff0000', LOOKS.branding.logoUrl, LOOKS.customCss]) assert.ok(dressed.includes(part), dressed);
  const known = async (query) => (await api(server, 'GET', `/api/.well-known/sign-in-exp?${query}`)).json;
  const [plain, looks] = [await known(''), await known(`appId=${own.id}`)];
  assert.deepEqual([looks.color, looks.branding.logoUrl, looks.customCss], [{ ...plain.color, primaryColor: '#ff0000' }, LOOKS.branding.logoUrl, LOOKS.customCss]);
  assert.deepEqual(await known('appId=nobody'), plain);
  const organization = await api(server, 'POST', '/api/organizations', { token: await admin(server), body: { name: 'o', color: { primaryColor: '#00ff00' } } });
  const both = await known(`appId=${own.id}&organizationId=${organization.json.id}`);
  assert.deepEqual([both.color.primaryColor, both.customCss], ['#00ff00', LOOKS.customCss]);
});

test('a third-party application is named, and its terms linked, where it asks; the tenant\'s pages stay as they are', async () => {
  const stranger = await createClient(server, 'Traditional', { isThirdParty: true, name: 'internal-8' });
  const scopes = await api(server, 'POST', `/api/applications/${stranger.id}/user-consent-scopes`, { token: await admin(server), body: { userScopes: ['profile'] } });
  assert.equal(scopes.status, 201, scopes.text);
  await dress(stranger);
  const theme = async (query) => (await api(server, 'GET', `/assets/theme.css?${query}`)).text;
  assert.equal(await theme(`app_id=${stranger.id}`), await theme(''));
  const tab = await waiting(stranger, { scope: 'openid profile' });
  const { text } = (await tab.follow(await tab.page(await enterPassword(tab, user)))).answer;
  for (const part of ['Shown &amp; known', LOOKS.branding.logoUrl, LOOKS.termsOfUseUrl, LOOKS.privacyPolicyUrl]) assert.ok(text.includes(part), text);
  assert.ok(!text.includes('internal-8'));
});
