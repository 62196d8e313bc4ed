// /api/applications: creating, reading, changing and deleting OAuth clients.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, tokenAnswer } from '../lib/api.js';
import { createApp, createResource, unique } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';
import { ID, call, custom, everything, invalid, links, ok, refused, required, tooLong, tooShort, wrongType } from './support.js';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

const post = (body) => call(server, 'POST', '/api/applications', { body });
const create = (body) => ok(server, 'POST', '/api/applications', { body: { name: unique('app'), type: 'SPA', ...body } });
const get = (id) => ok(server, 'GET', `/api/applications/${id}`);
const patch = (id, body) => call(server, 'PATCH', `/api/applications/${id}`, { body });
const TYPES = ['Native', 'SPA', 'Traditional', 'MachineToMachine', 'Protected', 'SAML'];
const KEYS = [
  'tenantId', 'id', 'name', 'description', 'type', 'oidcClientMetadata', 'customClientMetadata',
  'protectedAppMetadata', 'customData', 'isThirdParty', 'appLevelAccessControlEnabled', 'createdAt',
];

test('a new application has the defaults of Logto, in its order, with status 200', async () => {
  for (const type of ['Native', 'SPA', 'Traditional', 'MachineToMachine']) {
    const earliest = Date.now() - 1000;
    const answer = await post({ name: 'App', type });
    assert.equal(answer.status, 200, answer.text);
    const { id, createdAt, ...rest } = answer.json;
    assert.deepEqual(Object.keys(answer.json), KEYS);
    assert.match(id, ID);
    assert.ok(createdAt > earliest && createdAt <= Date.now() + 1000);
    assert.deepEqual(rest, {
      tenantId: 'default', name: 'App', description: null, type,
      oidcClientMetadata: { redirectUris: [], postLogoutRedirectUris: [] },
      customClientMetadata: {}, protectedAppMetadata: null, customData: {},
      isThirdParty: false, appLevelAccessControlEnabled: false,
    });
    assert.deepEqual(await get(id), { ...answer.json, isAdmin: false });
  }
});

test('all settings are kept, in the order of their declaration', async () => {
  const resource = await createResource(server);
  const body = {
    name: 'Full', description: 'desc', type: 'Traditional',
    oidcClientMetadata: {
      redirectUris: ['https://app.example/callback', 'http://localhost:9999/cb', 'io.logto://cb'],
      postLogoutRedirectUris: ['https://app.example/'],
      backchannelLogoutUri: 'https://app.example/bcl', backchannelLogoutSessionRequired: true,
      logoUri: 'https://app.example/logo.png',
    },
    customClientMetadata: {
      corsAllowedOrigins: ['https://app.example'], idTokenTtl: 1200, refreshTokenTtl: 3600, refreshTokenTtlInDays: 7,
      tenantId: 'x', alwaysIssueRefreshToken: true, rotateRefreshToken: false, allowTokenExchange: true,
      isDeviceFlow: false, maxAllowedGrants: 3, defaultResource: resource.indicator,
      defaultScopes: ['read:x', 'write:x'], refreshTokenForClientCredentials: true,
    },
    customData: { a: 1, b: { c: [1, 2] } },
  };
  const app = await create(body);
  for (const [key, value] of Object.entries(body)) assert.equal(JSON.stringify(app[key]), JSON.stringify(value), key);
});

test('check 140: members a client may not set are dropped, on creation and on change', async () => {
  const forged = {
    id: 'abc', tenantId: 'admin', createdAt: 1, secret: 's', isAdmin: true, appLevelAccessControlEnabled: true,
    passwordHash: 'x', oidcClientMetadata: { redirectUris: [], postLogoutRedirectUris: [], evil: 1 },
    customClientMetadata: { evil: true },
  };
  const app = await create({ type: 'MachineToMachine', ...forged });
  const stored = await get(app.id);
  assert.match(stored.id, ID);
  assert.equal(stored.tenantId, 'default');
  assert.ok(stored.createdAt > 1);
  assert.equal(stored.isAdmin, false);
  assert.equal(stored.appLevelAccessControlEnabled, false);
  assert.equal(stored.secret, undefined);
  assert.deepEqual(stored.oidcClientMetadata, { redirectUris: [], postLogoutRedirectUris: [] });
  assert.deepEqual(stored.customClientMetadata, {});
  const { isAdmin, appLevelAccessControlEnabled, ...immutable } = forged;
  const changed = await patch(app.id, { ...immutable, type: 'SPA', isThirdParty: true, name: 'renamed' });
  assert.equal(changed.status, 200, changed.text);
  assert.deepEqual(await get(app.id), { ...stored, name: 'renamed' });
});

test('what a body lacks or has too much of is said as zod says it', async () => {
  invalid(await post({ type: 'SPA' }), [required('string', 'name')]);
  invalid(await post({ name: '', type: 'SPA' }), [tooShort('name')]);
  invalid(await post({ name: 'n'.repeat(257), type: 'SPA' }), [tooLong(256, 'name')]);
  assert.equal((await post({ name: 'n'.repeat(256), type: 'SPA' })).status, 200);
  const unknown = `Invalid enum value. Expected ${TYPES.map((type) => `'${type}'`).join(' | ')}, received 'Foo'`;
  invalid(await post({ name: 'x', type: 'Foo' }), [
    { received: 'Foo', code: 'invalid_enum_value', options: TYPES, path: ['type'], message: unknown },
  ]);
  invalid(await post({ name: 'x', type: 'SPA', customClientMetadata: { idTokenTtl: 'a' } }), [
    wrongType('number', 'string', 'customClientMetadata', 'idTokenTtl'),
  ]);
  invalid(await call(server, 'POST', '/api/applications', { body: '[1]', headers: { 'content-type': 'application/json' } }), [
    wrongType('object', 'array'),
  ]);
  const several = await post({ name: 5, type: 'SPA', customData: [] });
  invalid(several, [wrongType('string', 'number', 'name'), wrongType('object', 'array', 'customData')]);
  assert.match(several.json.details, /^Error in key path "name": \(invalid_type\) Expected string but received number\.\n/);
});

test('check 40: redirect addresses: absolute, without fragment, and no scheme that runs script', async () => {
  const at = (uri) => post({ name: 'x', type: 'SPA', oidcClientMetadata: { redirectUris: [uri], postLogoutRedirectUris: [] } });
  const good = [
    'https://a.example/cb', 'http://localhost:9999/cb', 'http://127.0.0.1/cb', 'http://[::1]:5000/cb', 'http://127.0.0.2:1', 'http://app.localhost:1/cb', 'http://localhost?x', 'io.logto://cb',
    'com.example.app:/oauth2redirect', 'https://*.example.com/cb', 'https://a.example/*/cb', 'https://a.example/cb?x=1',
    'https://a.example', 'HTTPS://a.example/cb',
  ];
  for (const uri of good) assert.equal((await at(uri)).status, 200, uri);
  const bad = [
    'not a uri', '/relative', '//a.example/cb', '', 'https://', 'https:/a.example', 'https:///cb', 'https://a.example/cb#fragment',
    'io.logto://cb#x', 'javascript:alert(1)', 'JavaScript:alert(1)', 'data:text/html,x', 'vbscript:x', 'file:///etc/passwd',
    'blob:https://a.example/x', 'https://user@a.example/cb', 'https://user:pw@a.example/cb', 'https://a.example/../cb',
    'https://a.example/%2e%2E/cb', 'https://a%2eb.example/cb', 'https://*.a%2Eexample/cb', 'https://a.example\\@evil.example/', 'https://*/cb', 'https://*:80/cb', 'https://a.example:*/',
    'https://a.example:99999/', 'https://a.example/cb?x=*', 'https://a.example/ cb', 'https://a.example/\ncb', 'a.example/cb', ':x',
    '1a://x', 'app:', 'http://a.example/cb', 'HTTP://a.example/cb', 'http://192.168.0.1/cb', 'http://127.0.0.1.evil.example/cb',
    'http://localhost.evil.example/cb', 'http://evil-localhost/cb', 'http://[::2]/cb', 'http://0x7f.1/cb', 'http://*.example.com/cb',
    'http://a.example?/localhost', 'http://10.0.0.1:8080/cb',
  ];
  for (const uri of bad) invalid(await at(uri), [custom('oidcClientMetadata', 'redirectUris', 0)]);
  const logout = { redirectUris: [], postLogoutRedirectUris: ['https://ok.example/', 'javascript:1'] };
  invalid(await post({ name: 'x', type: 'SPA', oidcClientMetadata: logout }), [custom('oidcClientMetadata', 'postLogoutRedirectUris', 1)]);
});

test('check 40: addresses in clear on other machines need a setting; one to sign out at does not', async () => {
  const body = (uri, bye = uri) => ({ name: 'x', type: 'SPA', oidcClientMetadata: { redirectUris: [uri], postLogoutRedirectUris: [bye] } });
  assert.equal((await post(body('https://a.example/cb', 'http://a.example/bye'))).status, 200);
  await server.restart({ SIGNET_HTTP_REDIRECTS: 'true' });
  try {
    assert.equal((await post(body('http://a.example/cb'))).status, 200);
    assert.equal((await post(body('http://user@a.example/cb'))).status, 400);
  } finally {
    await server.restart({ SIGNET_HTTP_REDIRECTS: 'false' });
  }
});

test('types that cannot be made, and what third-party applications cannot be', async () => {
  refused(await post({ name: 'x', type: 'SAML' }), 400, 'application.saml.use_saml_app_api');
  refused(await post({ name: 'x', type: 'Protected' }), 400, 'application.protected_app_metadata_is_required');
  const metadata = { subDomain: 'a', origin: 'https://example.com' };
  refused(await post({ name: 'x', type: 'Protected', protectedAppMetadata: metadata }), 501, 'application.protected_app_not_configured');
  refused(await post({ name: 'x', type: 'MachineToMachine', isThirdParty: true }), 400, 'application.invalid_third_party_application_type');
  const exchange = { name: 'x', type: 'SPA', isThirdParty: true, customClientMetadata: { allowTokenExchange: true } };
  refused(await post(exchange), 422, 'application.third_party_application_cannot_enable_token_exchange');
  for (const type of ['Native', 'SPA', 'Traditional']) assert.equal((await create({ type, isThirdParty: true })).isThirdParty, true);
  refused(await post({ name: 'x', type: 'SPA', customClientMetadata: { isDeviceFlow: true } }), 422, 'application.device_flow_native_only');
  const device = await create({ type: 'Native', customClientMetadata: { isDeviceFlow: true } });
  refused(await patch(device.id, { customClientMetadata: {} }), 422, 'application.device_flow_not_changeable');
});

test('a default resource has to exist, default scopes have to be scopes', async () => {
  const missing = await post({ name: 'x', type: 'MachineToMachine', customClientMetadata: { defaultResource: 'https://nowhere.example' } });
  refused(missing, 400, 'request.invalid_input');
  assert.match(missing.json.message, /https:\/\/nowhere\.example/);
  const app = await create({ type: 'MachineToMachine' });
  refused(await patch(app.id, { customClientMetadata: { defaultResource: 'https://nowhere.example' } }), 400, 'request.invalid_input');
  for (const scope of ['a b', '', 'quo"te', 'back\\slash', 'ü']) {
    invalid(await patch(app.id, { customClientMetadata: { defaultScopes: [scope] } }), [custom('customClientMetadata', 'defaultScopes', 0)]);
  }
  const changed = await patch(app.id, { customClientMetadata: { defaultResource: server.client.resource, defaultScopes: ['all'] } });
  assert.deepEqual(changed.json.customClientMetadata, { defaultResource: server.client.resource, defaultScopes: ['all'] });
});

test('one application: unknown ids, the demo application, other tenants', async () => {
  for (const id of ['nonexistent0000000000', 'admin-console', 'x'.repeat(500), "' OR 1=1 --", '%00'.repeat(2)]) {
    const answer = await call(server, 'GET', `/api/applications/${id.includes('%') ? id : encodeURIComponent(id)}`);
    assert.equal(answer.status, 404, answer.text);
    if (!id.includes('%')) refused(answer, 404, 'entity.not_exists_with_id');
  }
  const demo = await get('demo-app');
  assert.equal(JSON.stringify(demo), JSON.stringify({
    tenantId: 'default', id: 'demo-app', name: 'Live Preview', secret: 'N/A', description: 'Preview for Sign-in Experience.', type: 'SPA',
    oidcClientMetadata: { redirectUris: [], postLogoutRedirectUris: [] }, customClientMetadata: {}, protectedAppMetadata: null,
    customData: {}, isThirdParty: false, appLevelAccessControlEnabled: false, createdAt: 0, isAdmin: false,
  }));
  assert.deepEqual(await get('account-center'), { ...demo, id: 'account-center', name: 'Account Center', description: 'Placeholder application for Account Center.' });
});

test('a change sets what it names and replaces objects whole', async () => {
  const app = await create({
    type: 'Traditional', description: 'desc', customData: { a: 1 }, customClientMetadata: { idTokenTtl: 60, refreshTokenTtlInDays: 7 },
    oidcClientMetadata: { redirectUris: ['https://a.example/cb'], postLogoutRedirectUris: [], logoUri: 'x' },
  });
  const expected = { ...app };
  const change = async (body, more = body) => {
    Object.assign(expected, more);
    const answer = await patch(app.id, body);
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(answer.json, expected);
    assert.deepEqual(Object.keys(answer.json), KEYS);
  };
  await change({ name: 'Full2' });
  await change({ oidcClientMetadata: { redirectUris: ['https://new.example/cb'], postLogoutRedirectUris: [] } });
  await change({ customClientMetadata: { refreshTokenTtlInDays: 30 } });
  await change({ customData: { z: 9 } });
  await change({ description: '' }, { description: null });
  await change({ description: 'again' });
  await change({ description: null });
  await change({});
  await change({ protectedAppMetadata: null });
  assert.deepEqual(await get(app.id), { ...expected, isAdmin: false });
});

test('changes that are refused leave the application as it was', async () => {
  const app = await create({ type: 'SPA' });
  const path = ['oidcClientMetadata', 'postLogoutRedirectUris'];
  invalid(await patch(app.id, { oidcClientMetadata: { redirectUris: [] } }), [required('array', ...path)]);
  invalid(await patch(app.id, { name: '' }), [tooShort('name')]);
  refused(await patch('nonexistent0000000000', { name: 'x' }), 404, 'entity.not_exists_with_id');
  refused(await patch(app.id, { protectedAppMetadata: { origin: 'https://a.b' } }), 400, 'application.protected_application_only');
  refused(await patch(app.id, { appLevelAccessControlEnabled: true }), 422, 'request.invalid_input');
  refused(await patch(app.id, { isAdmin: true, name: 'stays' }), 422, 'application.invalid_type');
  assert.deepEqual(await get(app.id), { ...app, isAdmin: false });
});

test('isAdmin gives and takes the role that opens the Management API', async () => {
  const app = await createApp(server);
  const scope = async () => (await tokenAnswer(server, { id: app.id, secret: app.secret, scope: 'all' })).json.scope;
  const roles = async () => (await ok(server, 'GET', `/api/applications/${app.id}/roles`)).map((role) => role.name);
  assert.equal(await scope(), undefined);
  for (let times = 0; times < 2; times += 1) {
    const answer = await patch(app.id, { isAdmin: true });
    assert.equal(answer.status, 200);
    assert.equal(answer.json.isAdmin, undefined);
    assert.equal((await get(app.id)).isAdmin, true);
    assert.deepEqual(await roles(), ['Logto Management API access']);
    assert.equal(await scope(), 'all');
  }
  for (let times = 0; times < 2; times += 1) {
    assert.equal((await patch(app.id, { isAdmin: false })).status, 200);
    assert.equal((await get(app.id)).isAdmin, false);
    assert.deepEqual(await roles(), []);
    assert.equal(await scope(), undefined);
  }
});

test('custom data merges member by member, shorter names first', async () => {
  const app = await create({ customData: { z: 9 } });
  const merge = (body) => call(server, 'PATCH', `/api/applications/${app.id}/custom-data`, { body });
  assert.equal((await merge({ n: { m: 1 }, k: 'v' })).text, '{"k":"v","n":{"m":1},"z":9}');
  assert.equal((await merge({ n: { o: 2 } })).text, '{"k":"v","n":{"o":2},"z":9}');
  assert.equal((await merge({ long: null, 'é"\\': 1 })).text, '{"k":"v","n":{"o":2},"z":9,"long":null,"é\\"\\\\":1}');
  assert.deepEqual((await get(app.id)).customData, { k: 'v', n: { o: 2 }, z: 9, long: null, 'é"\\': 1 });
  invalid(await call(server, 'PATCH', `/api/applications/${app.id}/custom-data`, { body: [1] }), [wrongType('object', 'array')]);
  const unknown = await call(server, 'PATCH', '/api/applications/nonexistent0000000000/custom-data', { body: {} });
  refused(unknown, 404, 'entity.not_exists_with_id');
  let status = 200;
  for (let i = 0; status === 200 && i < 100; i += 1) ({ status } = await merge({ [`big${i}`]: 'x'.repeat(40_000) }));
  assert.equal(status, 400);
});

test('deleting: 204 without a body, then 404; secrets and tokens end with it', async () => {
  const app = await createApp(server);
  const answer = await call(server, 'DELETE', `/api/applications/${app.id}`);
  assert.equal(answer.status, 204);
  assert.equal(answer.text, '');
  refused(await call(server, 'DELETE', `/api/applications/${app.id}`), 404, 'entity.not_exists_with_id');
  refused(await call(server, 'GET', `/api/applications/${app.id}`), 404, 'entity.not_exists_with_id');
  assert.equal((await tokenAnswer(server, { id: app.id, secret: app.secret })).status, 400);
  refused(await call(server, 'DELETE', '/api/applications/demo-app'), 404, 'entity.not_exists_with_id');
});

test('organizations of an application: none, 404 for an unknown one', async () => {
  const app = await create();
  assert.deepEqual(await ok(server, 'GET', `/api/applications/${app.id}/organizations`), []);
  const paged = await call(server, 'GET', `/api/applications/${app.id}/organizations?page=1`);
  assert.equal(paged.headers['total-number'], '0');
  refused(await call(server, 'GET', '/api/applications/nonexistent0000000000/organizations'), 404, 'entity.not_exists_with_id');
});

test('the list is whole without paging, and in pages with links and a total', async () => {
  const mark = unique('paged');
  for (let i = 0; i < 25; i += 1) await create({ name: `${mark} ${i}` });
  const search = `%${mark}%`;
  const whole = await call(server, 'GET', '/api/applications', { query: { search } });
  assert.equal(whole.json.length, 25);
  assert.equal(whole.headers['total-number'], undefined);
  assert.equal(whole.headers.link, undefined);
  const times = whole.json.map((app) => app.createdAt);
  assert.deepEqual(times, [...times].sort((a, b) => b - a));
  const first = await call(server, 'GET', '/api/applications', { query: { search, page: 1 } });
  assert.equal(first.json.length, 20);
  const pages = [];
  for (let page = 1; page <= 4; page += 1) {
    const answer = await call(server, 'GET', '/api/applications', { query: { search, page, page_size: 7 } });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['total-number'], '25');
    const url = (to) => `${server.base}/applications?search=%25${mark}%25&page=${to}&page_size=7`;
    const expected = { first: url(1), last: url(4), ...(page > 1 && { prev: url(page - 1) }), ...(page < 4 && { next: url(page + 1) }) };
    assert.deepEqual(links(answer), expected);
    pages.push(...answer.json);
  }
  assert.deepEqual(pages, whole.json);
  const beyond = await call(server, 'GET', '/api/applications', { query: { search, page: 99, page_size: 7 } });
  assert.deepEqual(beyond.json, []);
  assert.deepEqual(Object.keys(links(beyond)).sort(), ['first', 'last', 'prev']);
  for (const query of ['page=0', 'page=abc', 'page=-1', 'page=1&page_size=0', 'page_size=101', 'page_size=x']) {
    refused(await call(server, 'GET', `/api/applications?${query}`), 400, 'guard.invalid_pagination');
  }
  const onlySize = await call(server, 'GET', '/api/applications?page_size=3');
  assert.equal(onlySize.json.length, 3);
  assert.match(links(onlySize).next, /\/applications\?page_size=3&page=2$/);
});

test('a query of thousands of bytes gives the link to the next page alone: heads stay as small as clients read them', async () => {
  for (let i = 0; i < 3; i += 1) await create({ name: unique('long') });
  const answer = await call(server, 'GET', '/api/applications', { query: { page: 2, page_size: 1, unknown: 'x'.repeat(5000) } });
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(Object.keys(links(answer)), ['next']);
  const more = await call(server, 'GET', links(answer).next.replace(server.base, '/api'));
  assert.notEqual(more.json[0].id, answer.json[0].id);
});

test('filters: types, third party, a role that is not held, search', async () => {
  const mark = unique('filter');
  const made = {};
  for (const type of ['Native', 'SPA', 'Traditional', 'MachineToMachine']) made[type] = await create({ name: `${mark} ${type}`, type });
  made.third = await create({ name: `${mark} third`, type: 'SPA', isThirdParty: true, description: `about ${mark}` });
  const list = async (query) => {
    const answer = await call(server, 'GET', `/api/applications?search=%25${mark}%25&${query}`);
    assert.equal(answer.status, 200, answer.text);
    return answer.json.map((app) => app.name.slice(mark.length + 1)).sort();
  };
  assert.deepEqual(await list('types=SPA&types=Native'), ['Native', 'SPA', 'third']);
  assert.deepEqual(await list('types=SPA&types=SPA'), ['SPA', 'third']);
  assert.deepEqual(await list(TYPES.map((type) => `types=${type}`).join('&')), ['MachineToMachine', 'Native', 'SPA', 'Traditional', 'third']);
  assert.deepEqual(await list('types=MachineToMachine'), ['MachineToMachine']);
  assert.deepEqual(await list('isThirdParty=true'), ['third']);
  assert.deepEqual(await list('isThirdParty=false&types=SPA'), ['SPA']);
  assert.deepEqual(await list('excludeOrganizationId=nope&types=SPA&isThirdParty=false'), ['SPA']);
  const role = (await everything(server, '/api/roles')).find((one) => one.name === 'Logto Management API access');
  await patch(made.MachineToMachine.id, { isAdmin: true });
  assert.deepEqual(await list(`excludeRoleId=${role.id}`), ['Native', 'SPA', 'Traditional', 'third']);
  refused(await call(server, 'GET', `/api/applications?excludeRoleId=${role.id}&excludeOrganizationId=x`), 400, 'request.invalid_input');
  assert.equal((await call(server, 'GET', '/api/applications?types=Foo')).status, 400);
  assert.equal((await call(server, 'GET', '/api/applications?isThirdParty=maybe')).status, 400);
  const search = async (query) => (await ok(server, 'GET', `/api/applications?${query}`)).map((app) => app.id);
  assert.deepEqual(await search(`search.name=${encodeURIComponent(`${mark} SPA`)}&mode.name=exact`), [made.SPA.id]);
  assert.deepEqual(await search(`search=${made.third.id}`), [made.third.id]);
  const abroad = await create({ name: `${mark} Überschlag` });
  assert.deepEqual(await search(encodeURI(`search=${mark} üBERSCH%`)), [abroad.id]);
  assert.deepEqual(await search(`search.description=%25about ${mark}%25`), [made.third.id]);
  refused(await call(server, 'GET', '/api/applications?search.foo=Full'), 400, 'request.invalid_input');
});

test('check 138: a search cannot become SQL', async () => {
  for (const text of ["'; DROP TABLE applications; --", "%' OR '1'='1", '\\', '%_%', '"', "x' UNION SELECT sealed FROM application_secrets --"]) {
    const answer = await call(server, 'GET', '/api/applications', { query: { search: text, page: 1 } });
    assert.ok([200, 400].includes(answer.status), `${text}: ${answer.text}`);
  }
  assert.equal((await call(server, 'GET', '/api/applications', { query: { page: "1; DROP TABLE applications" } })).status, 400);
  assert.ok((await ok(server, 'GET', '/api/applications')).length > 0);
});

test('reading: ETag and 304, HEAD, methods that do not exist', async () => {
  const app = await create();
  const path = `/api/applications/${app.id}`;
  const first = await call(server, 'GET', path);
  assert.match(first.headers.etag, /^"[0-9a-f]+-[A-Za-z0-9+/]{27}"$/);
  for (const header of [first.headers.etag, `"other", ${first.headers.etag}`, '*']) {
    const again = await call(server, 'GET', path, { headers: { 'if-none-match': header } });
    assert.equal(again.status, 304);
    assert.equal(again.text, '');
    assert.equal(again.headers.etag, first.headers.etag);
  }
  assert.equal((await call(server, 'GET', path, { headers: { 'if-none-match': '"other"' } })).status, 200);
  await patch(app.id, { name: 'changed' });
  const changed = await call(server, 'GET', path, { headers: { 'if-none-match': first.headers.etag } });
  assert.equal(changed.status, 200);
  assert.notEqual(changed.headers.etag, first.headers.etag);
  const head = await call(server, 'HEAD', path);
  assert.equal(head.status, 200);
  assert.equal(head.text, '');
  assert.equal(head.headers['content-length'], changed.headers['content-length']);
  const put = await call(server, 'PUT', '/api/applications', { body: {} });
  assert.equal(put.status, 405);
  assert.equal(put.headers.allow, 'HEAD, GET, POST');
  const options = await api(server, 'OPTIONS', '/api/applications');
  assert.equal(options.status, 200);
  assert.equal(options.headers.allow, 'HEAD, GET, POST');
  assert.equal((await call(server, 'GET', '/api/applications/')).status, 200);
});

test('check 141: empty, repeated and endless lists are answered or refused, never an error of ours', async () => {
  const redirect = (count) => Array.from({ length: count }, (_, i) => `https://a.example/${i}`);
  const bodies = [
    { redirectUris: [], postLogoutRedirectUris: [] },
    { redirectUris: ['https://a.example/', 'https://a.example/'], postLogoutRedirectUris: [] },
    { redirectUris: redirect(10_000), postLogoutRedirectUris: [] },
    { redirectUris: Array(10_000).fill('bad'), postLogoutRedirectUris: [] },
  ];
  for (const oidcClientMetadata of bodies) {
    const answer = await post({ name: 'x', type: 'SPA', oidcClientMetadata });
    assert.ok(answer.status >= 200 && answer.status < 500, answer.text.slice(0, 200));
  }
  for (const defaultScopes of [[], ['a', 'a'], Array.from({ length: 10_000 }, (_, i) => `s${i}`)]) {
    const answer = await post({ name: 'x', type: 'MachineToMachine', customClientMetadata: { defaultScopes } });
    assert.ok(answer.status >= 200 && answer.status < 500, answer.text.slice(0, 200));
  }
  const many = new URLSearchParams(Array.from({ length: 10_000 }, () => ['types', 'SPA']));
  const filtered = await call(server, 'GET', `/api/applications?${many}`);
  assert.ok(filtered.status >= 200 && filtered.status < 500, filtered.text.slice(0, 200));
  const deep = `{"name":"x","type":"SPA","customData":${'{"a":'.repeat(200)}1${'}'.repeat(201)}`;
  const nested = await call(server, 'POST', '/api/applications', { body: deep, headers: { 'content-type': 'application/json' } });
  assert.ok(nested.status >= 400 && nested.status < 500, nested.text.slice(0, 200));
});
