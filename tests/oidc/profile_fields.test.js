// What registering asks for beside what one signs in with: profile fields, of the profile or the custom data.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api } from '../lib/api.js';
import { Browser, PASSWORD, authorizeUrl, createClient, createUser, enterPassword, exchange, pkce, userinfo } from '../lib/browser.js';
import { admin, unique } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';

let server, spa;
const management = async (method, path, body, status = 200) => {
  const answer = await api(server, method, path, { token: await admin(server), body });
  assert.equal(answer.status, status, answer.text);
  return answer.json;
};
const part = (name, required = false, enabled = true) => ({ name, type: 'Text', required, enabled });
const FIELDS = [
  { name: 'fullname', type: 'Fullname', required: true, config: { parts: [part('givenName', true), part('middleName'), part('familyName', false, false)] } },
  { name: 'nickname', type: 'Text', required: true, config: { minLength: 2, maxLength: 20 } },
  { name: 'address', type: 'Address', required: false, config: { parts: [part('locality', true), part('country')] } },
  { name: 'department', type: 'Select', required: true, label: 'Department', config: { options: [{ value: 'sales' }] } },
  { name: 'newsletter', type: 'Checkbox', required: false, config: { defaultValue: 'false' } },
  { name: 'website', type: 'Url', required: false },
  { name: 'name', type: 'Text', required: false },
  { name: 'avatar', type: 'Url', required: false },
  { name: 'floor', type: 'Number', required: false, config: { minValue: -2, maxValue: 40 } },
  { name: 'joined', type: 'Date', required: false, config: { format: 'dd/MM/yyyy' } },
  { name: 'motto', type: 'Text', required: false, config: { minLength: 3, maxLength: 6 } },
];

before(async () => {
  server = await startServer();
  spa = await createClient(server, 'SPA');
  await management('POST', '/api/custom-profile-fields/batch', FIELDS, 201);
});
after(() => server.stop());

function refused(answer, status, code, data) {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.json.code, code);
  if (data) assert.deepEqual(answer.json.data, data);
}

const LACKS = [422, 'user.missing_profile', { missingProfile: ['extraProfile'] }];

async function registering() {
  const tab = new Browser(server);
  tab.keys = pkce();
  await tab.page(authorizeUrl(spa, tab.keys, { scope: 'openid profile address custom_data' }));
  assert.equal((await tab.step('PUT', '', { interactionEvent: 'Register' })).status, 204);
  const identifier = { type: 'username', value: unique('new').replaceAll('-', '_') };
  const proven = await tab.step('POST', '/verification/new-password-identity', { identifier, password: PASSWORD });
  assert.equal(proven.status, 200, proven.text);
  tab.make = (body = {}) => tab.step('POST', '/identification', body);
  tab.fill = (values) => tab.step('POST', '/profile', { type: 'extraProfile', values });
  tab.username = identifier.value;
  tab.first = await tab.make({ verificationId: proven.json.verificationId });
  return tab;
}

async function finished(tab) {
  const submitted = await tab.step('POST', '/submit');
  assert.equal(submitted.status, 200, submitted.text);
  const { url } = await tab.follow(await tab.page(submitted.json.redirectTo));
  return (await exchange(server, spa, { code: url.searchParams.get('code'), verifier: tab.keys.verifier })).json;
}

const ALL = { givenName: 'Ada', nickname: 'ada', department: 'sales', newsletter: 'true', website: 'https://ada.example', name: 'Ada L', avatar: 'https://ada.example/a.png', address: { locality: 'London', planet: 'Earth' } };

test('what the tenant asks for is asked of who registers; claims go into the profile, the rest into the custom data', async () => {
  const tab = await registering();
  refused(tab.first, ...LACKS);
  refused(await tab.make(), ...LACKS);
  assert.equal((await tab.fill({ ...ALL, nickname: undefined })).status, 204);
  refused(await tab.make(), ...LACKS);
  assert.equal((await tab.fill(ALL)).status, 204);
  const shown = (await tab.step('GET', '/interaction')).json.profile;
  assert.deepEqual([shown.name, shown.profile.nickname, shown.customData], ['Ada L', 'ada', { department: 'sales', newsletter: 'true' }]);
  const made = await tab.make();
  assert.equal(made.status, 201, made.text);
  const { userId } = (await tab.step('GET', '/interaction')).json;
  const user = await management('GET', `/api/users/${userId}`);
  const claims = { givenName: 'Ada', nickname: 'ada', website: 'https://ada.example', address: { locality: 'London' } };
  assert.deepEqual([user.name, user.avatar, user.profile, user.customData], ['Ada L', 'https://ada.example/a.png', claims, { department: 'sales', newsletter: 'true' }]);
  assert.equal((await tab.fill({ nickname: 'lady ada', floor: 3 })).status, 204);
  const tokens = await finished(tab);
  const later = await management('GET', `/api/users/${userId}`);
  assert.deepEqual([later.profile, later.customData], [{ ...claims, nickname: 'lady ada' }, { department: 'sales', newsletter: 'true', floor: 3 }]);
  const seen = (await userinfo(server, tokens.access_token)).json;
  assert.deepEqual([seen.given_name, seen.nickname, seen.address.locality, seen.custom_data.department], ['Ada', 'lady ada', 'London', 'sales']);
});

test('what the sign-up does not ask for is not taken; who signs in fills in what they lack and changes nothing', async () => {
  const tab = await registering();
  assert.equal((await tab.fill({ ...ALL, familyName: 'L', gender: 'f', plan: 'enterprise', blocked: false })).status, 204);
  assert.equal((await tab.make()).status, 201);
  await finished(tab);
  const [made] = await management('GET', `/api/users?search.username=${tab.username}`);
  assert.deepEqual([Object.keys(made.profile).sort(), made.customData], [['address', 'givenName', 'nickname', 'website'], { department: 'sales', newsletter: 'true' }]);

  const customData = { blocked: true, plan: 'free', department: 'support' };
  const old = await createUser(server, { name: 'Old Name', customData, profile: { nickname: 'old' } });
  const back = new Browser(server);
  await back.page(authorizeUrl(spa, pkce()));
  assert.equal((await back.step('PUT', '', { interactionEvent: 'SignIn' })).status, 204);
  const { verificationId } = (await back.step('POST', '/verification/password', { identifier: { type: 'username', value: old.username }, password: PASSWORD })).json;
  assert.equal((await back.step('POST', '/identification', { verificationId })).status, 204);
  const values = { blocked: false, plan: 'enterprise', department: 'sales', floor: 3, name: 'New Name', nickname: 'new', givenName: 'Ada' };
  assert.equal((await back.step('POST', '/profile', { type: 'extraProfile', values })).status, 204);
  assert.equal((await back.step('POST', '/submit')).status, 200);
  const seen = await management('GET', `/api/users/${old.id}`);
  assert.deepEqual([seen.name, seen.profile, seen.customData], ['Old Name', { nickname: 'old', givenName: 'Ada' }, { ...customData, floor: 3 }]);
});

test('what is not required may be left out; an empty text is nothing; who signs in is not asked', async () => {
  const tab = await registering();
  const least = { givenName: 'Al', nickname: 'al', department: 'sales' };
  for (const values of [{ ...least, nickname: '' }, { ...least, givenName: '' }, { ...least, department: null }]) {
    assert.equal((await tab.fill(values)).status, 204);
    refused(await tab.make(), ...LACKS);
  }
  assert.equal((await tab.fill(least)).status, 204);
  assert.equal((await tab.make()).status, 201);
  await finished(tab);
  const old = new Browser(server);
  await old.page(authorizeUrl(spa, pkce()));
  assert.ok(await enterPassword(old, await createUser(server)));
});

test('a value that is none of its field is refused', async () => {
  const tab = await registering();
  const wrong = { department: ['zzz', 1], newsletter: ['maybe', 1], floor: ['abc', '0x10', '41', -3, true, '3 '], joined: ['2020-01-02', '45/01/2020', '1/2/2020', 5], motto: ['ab', 'abcdefg', 7], website: ['nowhere', 7], avatar: ['nowhere'], address: [{ locality: 7 }] };
  for (const [name, values] of Object.entries(wrong)) for (const value of values) refused(await tab.fill({ [name]: value }), 400, 'guard.invalid_input');
  const right = { department: ['sales', '', null], newsletter: [true, 'false'], floor: ['3', 40, '-2', 1.5], joined: ['31/12/2020', ''], motto: ['héllo', ''], address: [{ locality: 'Rome', country: '' }] };
  for (const [name, values] of Object.entries(right)) for (const value of values) assert.equal((await tab.fill({ [name]: value })).status, 204, `${name} ${value}`);
});

test('a pattern that is none is refused; texts must be as theirs has it', async () => {
  const code = (format) => ({ name: unique('code').replaceAll(/\W/g, ''), type: 'Regex', required: false, config: { format } });
  const ask = async (method, path, body) => api(server, method, `/api/custom-profile-fields${path}`, { token: await admin(server), body });
  const NONE = [400, 'custom_profile_fields.invalid_regex_format'];
  for (const format of ['(', '[z-a]']) refused(await ask('POST', '', code(format)), ...NONE);
  refused(await ask('POST', '/batch', [code('^a$'), code('(')]), ...NONE);
  const parts = [{ ...code('['), name: 'locality', enabled: true }];
  refused(await ask('POST', '', { name: unique('there').replaceAll(/\W/g, ''), type: 'Address', required: false, config: { parts } }), ...NONE);
  const { name } = await management('POST', '/api/custom-profile-fields', code('^\\d{2}(?!00)[a-c]+$'), 201);
  refused(await ask('PUT', `/${name}`, { type: 'Regex', required: false, config: { format: ')' } }), ...NONE);
  const tab = await registering();
  for (const text of ['12', '12d', 'x12a']) refused(await tab.fill({ [name]: text }), 400, 'guard.invalid_input');
  for (const text of ['12abc', '']) assert.equal((await tab.fill({ [name]: text })).status, 204);
  await management('DELETE', `/api/custom-profile-fields/${name}`, undefined, 204);
});

test('what cannot be a field is refused, and so is a claim of another type', async () => {
  const tab = await registering();
  for (const [values, code] of [
    [{ preferredUsername: 'x' }, 'custom_profile_fields.name_conflict_built_in_prop'],
    [{ username: 'x' }, 'custom_profile_fields.name_conflict_sign_in_identifier'],
    [{ email: 'a@b.co' }, 'custom_profile_fields.name_conflict_sign_in_identifier'],
    [{ guideRequests: 'x' }, 'custom_profile_fields.name_conflict_custom_data'],
    [{ 'a-b': 'x' }, 'guard.invalid_input'],
    [{ '': 'x' }, 'guard.invalid_input'],
    [{ nickname: 1 }, 'guard.invalid_input'],
    [{ name: null }, 'guard.invalid_input'],
    [{ avatar: 'no address' }, 'guard.invalid_input'],
    [{ address: 'London' }, 'guard.invalid_input'],
    [{ long: 'x'.repeat(20_000) }, 'guard.invalid_input'],
    [undefined, 'guard.invalid_input'],
  ]) refused(await tab.fill(values), 400, code);
  refused(await tab.make(), ...LACKS);
});

test('the sign-in experience chooses among the fields', async () => {
  await management('PATCH', '/api/sign-in-exp', { signUpProfileFields: [{ name: 'department' }] });
  const some = await registering();
  refused(some.first, ...LACKS);
  assert.equal((await some.fill({ department: 'sales' })).status, 204);
  assert.equal((await some.make()).status, 201);
  await management('PATCH', '/api/sign-in-exp', { signUpProfileFields: [] });
  const none = await registering();
  assert.equal(none.first.status, 201, none.first.text);
  await finished(none);
});
