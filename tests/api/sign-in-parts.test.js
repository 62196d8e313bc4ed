// Phrases, profile fields, the account center and email templates.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api } from '../lib/api.js';
import { startServer } from '../lib/server.js';
import { call, ID, invalid, ok, refused, required } from './support.js';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

const phrases = (query = '', language) =>
  api(server, 'GET', `/api/.well-known/phrases${query}`, { headers: language ? { 'accept-language': language } : {} });
const username = (answer) => [answer.headers['content-language'], answer.json.translation.input.username];

test('custom phrases: set, read, listed, deleted', async () => {
  const BASE = '/api/custom-phrases';
  assert.deepEqual(await ok(server, 'GET', BASE), []);
  const put = (tag, body) => call(server, 'PUT', `${BASE}/${tag}`, { body });
  const made = await put('af-ZA', { input: { username: 'Gebruikersnaam', password: '' }, mfa: {} });
  assert.equal(made.status, 201, made.text);
  const { id, ...rest } = made.json;
  assert.match(id, ID);
  assert.deepEqual(rest, { tenantId: 'default', languageTag: 'af-ZA', translation: { input: { username: 'Gebruikersnaam' } } });
  await put('en', { input: { username: 'User name!' }, error: { password_rejected: { restricted: { words: 'w' } } } });
  assert.equal((await put('af-ZA', { input: { username: 'Naam' } })).json.id, id);
  assert.deepEqual((await ok(server, 'GET', BASE)).map((one) => one.languageTag), ['af-ZA', 'en']);
  assert.deepEqual((await ok(server, 'GET', `${BASE}/af-ZA`)).translation, { input: { username: 'Naam' } });
  for (const body of [{ zzz: { q: 'x' } }, { input: { zzz: 'x' } }, { input: { username: { deep: 'x' } } }]) {
    refused(await put('en', body), 422, 'localization.invalid_translation_structure');
  }
  refused(await put('klingon', {}), 400, 'guard.invalid_input');
  refused(await put('en', { input: 'x' }), 400, 'guard.invalid_input');
  refused(await call(server, 'DELETE', `${BASE}/en`), 409, 'localization.cannot_delete_default_language');
  assert.deepEqual(username(await phrases('?lng=af-ZA')), ['af-ZA', 'Naam']);
  assert.equal((await call(server, 'DELETE', `${BASE}/af-ZA`)).status, 204);
  refused(await call(server, 'DELETE', `${BASE}/af-ZA`), 404, 'entity.not_found');
  refused(await call(server, 'GET', `${BASE}/af-ZA`), 404, 'entity.not_found');
});

test('phrases are chosen by the query, then by the browser, then by the fallback', async () => {
  const put = (tag, name) => ok(server, 'PUT', `/api/custom-phrases/${tag}`, { body: { input: { username: name } } }, 201);
  await put('en', 'English');
  await put('fr-CA', 'Québec');
  assert.deepEqual(username(await phrases()), ['en', 'English']);
  assert.deepEqual(username(await phrases('?lng=fr-ca')), ['fr-CA', 'Québec']);
  assert.deepEqual(username(await phrases('?lng=xx-YY')), ['en', 'English']);
  assert.deepEqual(username(await phrases('', 'xx, en;q=0.3, fr-CA;q=0.8')), ['fr-CA', 'Québec']);
  assert.deepEqual(username(await phrases('', 'de-DE')), ['de', 'Username']);
  const { json } = await phrases('?lng=de');
  assert.deepEqual(Object.keys(json.translation), [
    'input', 'secondary', 'action', 'description', 'error', 'list', 'mfa', 'development_tenant', 'user_scopes', 'profile', 'account_center', 'passkey_sign_in',
  ]);
  assert.equal(typeof json.translation.error.password_rejected.restricted.words, 'string');
  await ok(server, 'PATCH', '/api/sign-in-exp', { body: { languageInfo: { autoDetect: false, fallbackLanguage: 'fr-CA' } } });
  assert.deepEqual(username(await phrases('', 'en')), ['fr-CA', 'Québec']);
});

test('the account center', async () => {
  const PATH = '/api/account-center';
  const fresh = { tenantId: 'default', id: 'default', enabled: false, fields: {}, webauthnRelatedOrigins: [], deleteAccountUrl: null, customCss: null, profileFields: null };
  assert.deepEqual(await ok(server, 'GET', PATH), fresh);
  const body = { enabled: true, fields: { name: 'Edit', mfa: 'ReadOnly' }, deleteAccountUrl: 'https://a.example/x', customCss: 'a { }' };
  const origins = ['https://a.example', 'https://b.example', 'https://a.example'];
  const changed = await ok(server, 'PATCH', PATH, { body: { ...body, webauthnRelatedOrigins: origins, profileFields: [{ name: 'nobody' }] } });
  assert.deepEqual(changed, { ...fresh, ...body, webauthnRelatedOrigins: origins.slice(0, 2), profileFields: [] });
  assert.deepEqual((await api(server, 'GET', '/api/.well-known/account-center')).json, changed);
  assert.deepEqual((await api(server, 'GET', '/.well-known/webauthn')).json, { origins: origins.slice(0, 2) });
  const patch = (wrong) => call(server, 'PATCH', PATH, { body: wrong });
  refused(await patch({ fields: { name: 'Foo' } }), 400, 'guard.invalid_input');
  refused(await patch({ deleteAccountUrl: 'ftp://a.example' }), 400, 'guard.invalid_input');
  refused(await patch({ profileFields: [{ name: 'x' }, { name: 'x' }] }), 400, 'request.invalid_input');
  refused(await patch({}), 422, 'entity.invalid_input');
  assert.equal((await ok(server, 'PATCH', PATH, { body: { deleteAccountUrl: '' } })).deleteAccountUrl, null);
});

test('custom profile fields', async () => {
  const BASE = '/api/custom-profile-fields';
  const post = (body, path = BASE) => call(server, 'POST', path, { body });
  assert.deepEqual(await ok(server, 'GET', BASE), []);
  const company = await ok(server, 'POST', BASE, { body: { name: 'company', type: 'Text', label: 'Company', required: true, config: { minLength: 1, x: 1 } } }, 201);
  const { id, createdAt, ...rest } = company;
  assert.match(id, ID);
  assert.ok(Math.abs(Date.now() - createdAt) < 60_000);
  assert.deepEqual(rest, { tenantId: 'default', name: 'company', type: 'Text', label: 'Company', description: null, required: true, config: { minLength: 1 }, sieOrder: 1 });
  assert.deepEqual(await ok(server, 'GET', `${BASE}/company`), company);
  const batch = await post([{ name: 'b1', type: 'Text', required: false }, { name: 'b2', type: 'Number', required: false }], `${BASE}/batch`);
  assert.deepEqual([batch.status, batch.json.map((one) => [one.name, one.sieOrder])], [201, [['b1', 2], ['b2', 3]]]);
  refused(await post([{ name: 'b3', type: 'Text', required: false }, { name: 'b4', type: 'None', required: false }], `${BASE}/batch`), 400, 'guard.invalid_input');
  refused(await post({ name: 'b3' }, `${BASE}/batch`), 400, 'guard.invalid_input');
  refused(await call(server, 'GET', `${BASE}/b3`), 404, 'entity.not_found');
  const text = { type: 'Text', required: false };
  const codes = [
    [{ ...text, name: 'username' }, 'name_conflict_sign_in_identifier'], [{ ...text, name: 'preferredUsername' }, 'name_conflict_built_in_prop'],
    [{ ...text, name: 'onboarding' }, 'name_conflict_custom_data'], [{ ...text, name: 'a b' }, 'invalid_name'],
    [{ ...text, name: 'x', config: { minLength: 3, maxLength: 2 } }, 'invalid_min_max_input'],
    [{ ...text, name: 'x', type: 'Address', config: { parts: [] } }, 'invalid_address_components'],
    [{ ...text, name: 'x', type: 'Fullname', config: { parts: [{ enabled: true, name: 'givenName', type: 'Address', required: true }] } }, 'invalid_sub_component_type'],
  ];
  for (const [body, code] of codes) refused(await post(body), 400, `custom_profile_fields.${code}`);
  refused(await post({ ...text, name: 'company' }), 422, 'custom_profile_fields.name_exists');
  const many = await post(Array.from({ length: 21 }, (_, i) => ({ ...text, name: `many${i}` })), `${BASE}/batch`);
  refused(many, 400, 'guard.invalid_input');
  assert.deepEqual(many.json.data.issues, [{ code: 'too_big', maximum: 20, type: 'array', inclusive: true, exact: false, message: 'Array must contain at most 20 element(s)', path: [] }]);
  for (const more of [{ type: 'Select' }, { type: 'Date', config: {} }, { type: 'Date', config: { placeholder: 'p' } }, { type: 'Checkbox', required: true }]) {
    refused(await post({ ...text, name: 'x', ...more }), 400, 'guard.invalid_input');
  }
  invalid(await post({ type: 'Text', required: true }), [required('string', 'name')]);
  const put = (name, body) => call(server, 'PUT', `${BASE}/${name}`, { body });
  assert.deepEqual((await put('company', { type: 'Text', label: 'Comp', required: false })).json, { ...company, label: 'Comp', required: false });
  refused(await put('company', { type: 'Checkbox', required: false }), 400, 'custom_profile_fields.invalid_default_value');
  refused(await put('nobody', text), 404, 'entity.not_exists');
  const order = await post({ order: [{ name: 'company', sieOrder: 5 }, { name: 'b1', sieOrder: 1 }] }, `${BASE}/properties/sie-order`);
  assert.deepEqual(order.json.map((one) => [one.name, one.sieOrder]), [['b1', 1], ['company', 5]]);
  refused(await post({ order: [{ name: 'nobody', sieOrder: 1 }] }, `${BASE}/properties/sie-order`), 400, 'custom_profile_fields.entity_not_exists_with_names');
  await ok(server, 'PATCH', '/api/sign-in-exp', { body: { signUpProfileFields: [{ name: 'company' }, { name: 'b1' }] } });
  const shown = async () => {
    const { customProfileFields, customProfileFieldCatalog } = (await api(server, 'GET', '/api/.well-known/sign-in-exp')).json;
    return [customProfileFields, customProfileFieldCatalog].map((list) => list.map((one) => one.name).join());
  };
  assert.deepEqual(await shown(), ['company,b1', 'b1,b2,company']);
  assert.equal((await call(server, 'DELETE', `${BASE}/company`)).status, 204);
  refused(await call(server, 'DELETE', `${BASE}/company`), 404, 'entity.not_found');
  assert.deepEqual(await shown(), ['b1', 'b1,b2']);
  assert.deepEqual((await ok(server, 'GET', '/api/sign-in-exp')).signUpProfileFields, [{ name: 'b1' }]);
});

test('email templates', async () => {
  const BASE = '/api/email-templates';
  const details = { subject: 's', content: 'c {{code}}', contentType: 'text/html' };
  const put = (templates) => call(server, 'PUT', BASE, { body: { templates } });
  const made = await put([{ languageTag: 'en', templateType: 'SignIn', details }, { languageTag: 'fr', templateType: 'SignIn', details: { subject: 's', content: 'c' } }]);
  assert.equal(made.status, 200, made.text);
  const [english, french] = made.json;
  assert.deepEqual(english, { tenantId: 'default', id: english.id, languageTag: 'en', templateType: 'SignIn', details, createdAt: english.createdAt });
  assert.deepEqual((await put([{ languageTag: 'en', templateType: 'SignIn', details: { ...details, subject: 't' } }])).json[0], { ...english, details: { ...details, subject: 't' } });
  for (const languageTag of ['a language', 'e', 'en_US', 'en-', '-en', '1a', 'abcdefghi', 'en-é', '<b>']) {
    refused(await put([{ languageTag, templateType: 'SignIn', details }]), 400, 'guard.invalid_input');
  }
  const patched = await ok(server, 'PATCH', `${BASE}/${english.id}/details`, { body: { subject: 's2' } });
  assert.deepEqual(patched.details, { ...details, subject: 's2' });
  assert.deepEqual(await ok(server, 'GET', `${BASE}/${english.id}`), patched);
  assert.deepEqual(await ok(server, 'GET', BASE), [patched, french]);
  assert.deepEqual(await ok(server, 'GET', `${BASE}?languageTag=fr`), [french]);
  assert.deepEqual(await ok(server, 'GET', `${BASE}?templateType=Register`), []);
  refused(await put([]), 400, 'guard.invalid_input');
  const bad = await put([{ languageTag: 'en' }]);
  refused(bad, 400, 'guard.invalid_input');
  assert.deepEqual(bad.json.data.issues.map((one) => one.path.join('.')), ['templates.0.templateType', 'templates.0.details']);
  refused(await call(server, 'DELETE', BASE), 422, 'connector.email_connector.bulk_deletion_no_filter');
  assert.deepEqual(await ok(server, 'DELETE', `${BASE}?languageTag=fr`), { rowCount: 1 });
  assert.equal((await call(server, 'DELETE', `${BASE}/${english.id}`)).status, 204);
  for (const [method, path] of [['GET', ''], ['DELETE', ''], ['PATCH', '/details']]) {
    refused(await call(server, method, `${BASE}/${english.id}${path}`, { body: {} }), 404, 'entity.not_exists_with_id');
  }
});
