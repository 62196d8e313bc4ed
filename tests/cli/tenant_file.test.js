// The tenant as a file: signet config export, plan and apply.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { api } from '../lib/api.js';
import { admin, createApp, createResource, createRole, createScope, managementScope } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';
import { fails, home, ok, serve } from './support.js';

const SECRET = `github-${process.pid}-secret`;
const HEADER = `Bearer hook-${process.pid}`;
const SECRETS = { CONNECTORS_GITHUB_UNIVERSAL_CONFIG_CLIENTSECRET: SECRET, CONNECTORS_OIDC_FIRM_CONFIG_CLIENTSECRET: SECRET, HOOKS_TOLD_CONFIG_HEADERS_AUTHORIZATION: HEADER };

let first, second, user;

async function profile(server, name) {
  const { id, secret, resource } = server.client;
  await ok(user.run(['token', '--issuer', server.base, '--client-id', id, '--client-secret-stdin', '--scope', 'all', '--resource', resource, '--profile', name],
    { input: secret }));
}

const send = async (server, method, address, body) => {
  const answer = await api(server, method, address, { token: await admin(server), body });
  assert.ok(answer.status < 300, answer.text);
  return answer.json;
};
const list = (server, address) => send(server, 'GET', address);
const config = (name, args, env = {}) => user.run(['config', ...args, '--profile', name], { env });
const exported = (name) => ok(config(name, ['export']));
const file = (name, value) => user.file(name, typeof value === 'string' ? value : JSON.stringify(value));
const roles = (names) => ({ roles: names.map((name) => ({ name, description: 'd', type: 'User' })) });

/** Something of each kind, each with its lists. */
async function fill(server) {
  const resource = await createResource(server, { name: 'Orders', indicator: 'https://orders.example', accessTokenTtl: 1800 });
  const write = await createScope(server, resource, 'write');
  const read = await createScope(server, resource, 'read');
  await send(server, 'PATCH', `/api/resources/${resource.id}/is-default`, { isDefault: true });
  await createResource(server, { name: 'Alone', indicator: 'https://alone.example' });
  const machine = await createRole(server, { name: 'Writer', scopeIds: [write.id, read.id, await managementScope(server, 'read:users')] });
  await createRole(server, { name: 'Newcomer', type: 'User', isDefault: true });
  const scope = await send(server, 'POST', '/api/organization-scopes', { name: 'invite', description: 'Invites others' });
  await send(server, 'POST', '/api/organization-roles', { name: 'Owner', description: null, type: 'User', organizationScopeIds: [scope.id], resourceScopeIds: [read.id] });
  await createApp(server, { name: 'Worker', customData: { team: 'a', '{': 'b' } }, [machine.id]);
  const web = await createApp(server, { name: 'Web', type: 'Traditional', description: 'ä "quoted"', oidcClientMetadata: { redirectUris: ['https://b.example/cb', 'https://a.example/cb'], postLogoutRedirectUris: [] },
    customClientMetadata: { idTokenTtl: 600 } });
  await send(server, 'PUT', `/api/applications/${web.id}/sign-in-experience`, { displayName: 'The shop', color: { primaryColor: '#ff0000' } });
  await send(server, 'POST', '/api/hooks', { name: 'Told', events: ['User.Created'], config: { url: 'https://hook.example/x', headers: { Authorization: HEADER } } });
  await send(server, 'POST', '/api/connectors', { connectorId: 'github-universal', config: { clientId: 'an id', clientSecret: SECRET } });
  await send(server, 'POST', '/api/connectors', { connectorId: 'oidc', metadata: { target: 'firm', name: { en: 'Firm' } }, config: {
    scope: 'openid', clientId: 'an id', clientSecret: SECRET, authorizationEndpoint: 'https://firm.example/auth', tokenEndpoint: 'https://firm.example/token',
    idTokenVerificationConfig: { issuer: 'https://firm.example', jwksUri: 'https://firm.example/jwks' } } });
  await send(server, 'POST', '/api/custom-profile-fields', { name: 'team', type: 'Text', label: 'Team', required: true, config: { maxLength: 20 } });
  await send(server, 'POST', '/api/custom-profile-fields', { name: 'age', type: 'Number', required: false });
  await send(server, 'PUT', '/api/custom-phrases/de', { action: { sign_in: 'Los {{name}}' } });
  await send(server, 'PATCH', '/api/account-center', { enabled: true, fields: { name: 'Edit' }, profileFields: [{ name: 'team' }] });
  await send(server, 'PATCH', '/api/sign-in-exp', { signUpProfileFields: [{ name: 'team' }, { name: 'age' }], socialSignInConnectorTargets: ['github'], termsOfUseUrl: 'https://terms.example', passwordPolicy: { length: { min: 10 }, rejects: { words: ['signet'] } } });
}

before(async () => {
  [first, second] = [await startServer(), await startServer()];
  user = home();
  for (const value of [SECRET, HEADER]) for (const server of [first, second]) server.secrets.add(value);
  await profile(first, 'first');
  await profile(second, 'second');
  await fill(first);
});
after(async () => {
  user.remove();
  await first.stop();
  await second.stop();
});

test('without a verb there are the settings as before', async () => {
  assert.ok(Object.keys(JSON.parse(await ok(user.run(['config', '--json'])))).length > 10);
  assert.match(await ok(user.run(['config'])), /PORT/);
  await fails(user.run(['config', 'other']), 2, /unknown argument 'other'/);
});

test('a tenant goes to an empty server and comes back the same, byte for byte', async () => {
  const text = await exported('first');
  const value = JSON.parse(text);
  assert.deepEqual(Object.keys(value), ['resources', 'roles', 'organizationScopes', 'organizationRoles', 'applications', 'hooks', 'connectors', 'customProfileFields', 'customPhrases', 'signInExperience', 'accountCenter']);
  assert.ok(!/"(id|tenantId|createdAt|signingKey)"/.test(text), text);
  assert.ok(!text.includes(SECRET) && !text.includes(HEADER));
  assert.equal(value.connectors[0].config.clientSecret, '${env:CONNECTORS_GITHUB_UNIVERSAL_CONFIG_CLIENTSECRET}');
  assert.deepEqual(value.connectors[1].config.idTokenVerificationConfig, { issuer: 'https://firm.example', jwksUri: 'https://firm.example/jwks' });
  assert.deepEqual(value.resources.map((each) => each.indicator), ['https://alone.example', 'https://orders.example']);
  assert.deepEqual(value.resources[1].scopes, [{ name: 'read', description: null }, { name: 'write', description: null }]);
  assert.deepEqual(value.roles[1].scopes, ['https://default.logto.app/api read:users', 'https://orders.example read', 'https://orders.example write']);
  assert.deepEqual(value.organizationRoles[0], { name: 'Owner', description: null, type: 'User', scopes: ['invite'], resourceScopes: ['https://orders.example read'] });
  assert.deepEqual(value.applications.map((each) => [each.name, each.roles]), [['Signet quick start', ['Logto Management API access']], ['Web', undefined], ['Worker', ['Writer']]]);
  const name = path.join(user.folder, 'tenant.json');
  await ok(config('first', ['export', '-o', name]));
  assert.equal(fs.readFileSync(name, 'utf8'), text);
  assert.equal(await ok(config('first', ['plan', name])), 'no difference\n');
  assert.equal(await ok(config('first', ['plan', name], SECRETS)), 'no difference\n');

  const plan = await config('second', ['plan', name]);
  assert.equal(plan.code, 2, plan.stderr);
  assert.match(plan.stdout, /^\+ resources\/https:\/\/orders\.example$/m);
  assert.match(plan.stdout, /^\+ resources\/https:\/\/orders\.example\/scopes\/read$/m);
  assert.match(plan.stdout, /^~ signInExperience: .*passwordPolicy\.length/m);
  const missing = await config('second', ['apply', name, '--yes']);
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /^signet: the file refers to \$\{env:\w+\}, which is not set: nothing was sent\n$/);
  assert.deepEqual((await list(second, '/api/roles')).map((each) => each.name), ['Logto Management API access']);

  const done = await ok(config('second', ['apply', name, '--yes'], SECRETS));
  assert.match(done, /^done: 1\d created, 2 updated, 0 deleted$/m);
  assert.ok(!done.includes(SECRET) && !done.includes(HEADER));
  assert.equal(await exported('second'), text);
  assert.equal(await ok(config('second', ['apply', name, '--yes'], SECRETS)), 'no difference\n');
  assert.equal((await list(second, '/api/connectors'))[0].config.clientSecret, SECRET);
  assert.equal((await list(second, '/api/hooks'))[0].config.headers.Authorization, HEADER);
});

test('a changed secret is a difference when its variable is set, and shows nowhere', async () => {
  const name = file('secret.json', { connectors: JSON.parse(await exported('first')).connectors });
  const changed = { ...SECRETS, CONNECTORS_GITHUB_UNIVERSAL_CONFIG_CLIENTSECRET: 'another-one' };
  const plan = await config('first', ['plan', name], changed);
  assert.deepEqual([plan.code, plan.stdout], [2, '~ connectors/github-universal: config.clientSecret\n0 to create, 1 to update, 0 to delete\n']);
  const [operation] = JSON.parse((await config('first', ['plan', name, '--json'], changed)).stdout);
  assert.equal(operation.method, 'PATCH');
  assert.equal(operation.body.config.clientSecret, '${env:CONNECTORS_GITHUB_UNIVERSAL_CONFIG_CLIENTSECRET}');
  const clear = file('clear.json', { connectors: [{ connectorId: 'github-universal', config: { clientId: 'an id', clientSecret: 'written-out' } }] });
  for (const more of [[], ['--json']]) {
    const { stdout, stderr } = await config('first', ['plan', clear, ...more]);
    assert.ok(stdout.includes('lient') && !stdout.includes('written-out') && !stderr.includes('written-out'));
  }
});

test('changes, deletes, and what is kept', async () => {
  const name = file('roles.json', roles(['One', 'Two']));
  await ok(config('second', ['apply', name, '--yes', '--keep']));
  const names = async () => (await list(second, '/api/roles')).map((each) => each.name).sort();
  assert.deepEqual(await names(), ['Logto Management API access', 'Newcomer', 'One', 'Two', 'Writer']);
  const plan = await config('second', ['plan', name]);
  assert.deepEqual([plan.code, plan.stdout], [2, '- roles/Newcomer\n- roles/Writer\n0 to create, 0 to update, 2 to delete\n']);
  assert.equal(await ok(config('second', ['plan', name, '--keep'])), 'no difference\n');
  assert.match(await ok(config('second', ['apply', name, '--yes'])), /^done: 0 created, 0 updated, 2 deleted$/m);
  assert.deepEqual(await names(), ['Logto Management API access', 'One', 'Two']);
  assert.equal((await list(second, '/api/resources')).length, 3);
});

test('a file written by hand: lists change, scopes come and go, an application keeps its secret', async () => {
  const before = (await list(second, '/api/applications')).find((each) => each.name === 'Worker');
  const name = file('hand.json', {
    resources: [{ indicator: 'https://orders.example', name: 'Orders', scopes: [{ name: 'read', description: 'Reads' }, { name: 'list' }] }],
    roles: [{ name: 'One', description: 'd', scopes: ['https://orders.example list'], type: 'User' }, { name: 'Bot', description: 'b', type: 'MachineToMachine', scopes: ['https://orders.example read'] }],
    organizationScopes: [{ name: 'expel' }],
    organizationRoles: [{ name: 'Owner', scopes: ['expel'], resourceScopes: ['https://orders.example list'] }],
    applications: [{ name: 'Worker', type: 'MachineToMachine', description: 'works', roles: ['Bot'] }],
    hooks: [],
  });
  const plan = await config('second', ['plan', name]);
  assert.deepEqual(plan.stdout.trim().split('\n'), [
    '~ resources/https://orders.example/scopes/read: description',
    '+ resources/https://orders.example/scopes/list',
    '- resources/https://orders.example/scopes/write',
    '+ roles/Bot',
    '~ roles/One: scopes',
    '+ organizationScopes/expel',
    '~ organizationRoles/Owner: scopes, resourceScopes',
    '~ applications/Worker: description, roles',
    '- hooks/Told',
    '- applications/Web',
    '- organizationScopes/invite',
    '- roles/Two',
    '- resources/https://alone.example',
    '3 to create, 4 to update, 6 to delete',
  ]);
  await ok(config('second', ['apply', name, '--yes']));
  assert.equal(await ok(config('second', ['plan', name])), 'no difference\n');
  const apps = await list(second, '/api/applications');
  assert.deepEqual(apps.map((each) => each.name).sort(), ['Signet quick start', 'Worker'], 'the one that asks stays');
  assert.equal(apps.find((each) => each.name === 'Worker').id, before.id);
});

test('a refused operation changes nothing, and is named', async () => {
  const earlier = await exported('second');
  const name = file('refused.json', { ...roles(['One', 'Three']), applications: [{ name: 'Bad', type: 'SPA', oidcClientMetadata: { redirectUris: ['no address'], postLogoutRedirectUris: [] } }] });
  const { code, stderr } = await config('second', ['apply', name, '--yes', '--keep']);
  assert.equal(code, 6, stderr);
  assert.match(stderr, /operation 1: .*\nsignet: that is applications\/Bad\nsignet: nothing was changed\n$/);
  assert.equal(await exported('second'), earlier);
});

/** A way to the second server: whatever a request of this method and path meets is done before it is passed on. */
async function passing(method, address, meanwhile) {
  const token = await admin(second);
  return serve(async (request, response, body) => {
    if (request.method === method && request.url.startsWith(address)) await meanwhile();
    const answer = await api(second, request.method, request.url, { token, body: body || undefined, headers: { 'content-type': 'application/json' } });
    response.writeHead(answer.status, { 'content-type': 'application/json', etag: answer.headers.etag ?? '' });
    response.end(answer.text);
  });
}

test('what somebody else changes meanwhile is not overwritten', async () => {
  const role = (await list(second, '/api/roles')).find((each) => each.name === 'One');
  const change = (description) => () => send(second, 'PATCH', `/api/roles/${role.id}`, { description });
  const name = file('mine.json', { roles: [{ name: 'One', description: 'mine' }] });
  for (const [method, address, pattern] of [
    ['POST', '/api/batch', /^signet: someone else changed the tenant since the plan was made: run it again\nsignet: that is roles\/One\nsignet: nothing was changed\n$/],
    ['GET', `/api/roles/${role.id}/scopes`, /^signet: roles\/One was changed by someone else while it was read: run it again\n$/],
  ]) {
    const way = await passing(method, address, change(`theirs, before ${method}`));
    const { id, secret, resource } = second.client;
    await ok(user.run(['token', '--issuer', second.base, '--client-id', id, '--client-secret-stdin', '--scope', 'all', '--resource', resource, '--profile', 'way', '--api-url', way.url],
      { input: secret }));
    const { code, stderr } = await config('way', ['apply', name, '--yes', '--keep']);
    await way.close();
    assert.match(stderr, pattern);
    assert.ok(code === 6 || code === 1, `exit ${code}`);
    assert.equal((await list(second, '/api/roles')).find((each) => each.name === 'One').description, `theirs, before ${method}`);
  }
});

test('one way of sending takes the place of another', async () => {
  const mail = (connectorId, more) => ({ connectors: [{ connectorId, config: { endpoint: 'https://mail.example/send', ...more } }] });
  const only = async () => (await list(second, '/api/connectors')).map((each) => [each.connectorId, each.config]);
  await ok(config('second', ['apply', file('http.json', { ...mail('http-email', { authorization: '${env:MAIL_KEY}' }), signInExperience: { socialSignInConnectorTargets: [] } }), '--yes'], { MAIL_KEY: SECRET }));
  assert.deepEqual(await only(), [['http-email', { endpoint: 'https://mail.example/send', authorization: SECRET }]]);
  const text = await exported('second');
  assert.ok(text.includes('"${env:CONNECTORS_HTTP_EMAIL_CONFIG_AUTHORIZATION}"') && !text.includes(SECRET));
  const smtp = { host: 'mail.example', port: 25, auth: { type: 'login', user: 'u', pass: '${env:MAIL_KEY}' }, fromEmail: 'a@b.example', templates: [{ usageType: 'SignIn', contentType: 'text/plain', subject: 'Code', content: 'It is {{code}}.' }] };
  const plan = await ok(config('second', ['apply', file('smtp.json', { connectors: [{ connectorId: 'simple-mail-transfer-protocol', config: smtp }], signInExperience: { termsOfUseUrl: null } }), '--yes'], { MAIL_KEY: SECRET }));
  assert.match(plan, /^- connectors\/http-email\n\+ connectors\/simple-mail-transfer-protocol\n~ signInExperience: termsOfUseUrl\n/);
  assert.deepEqual(await only(), [['simple-mail-transfer-protocol', { ...smtp, auth: { ...smtp.auth, pass: SECRET } }]]);
});

test('nobody there to be asked', async () => {
  const earlier = await exported('second');
  const { code, stderr, stdout } = await config('second', ['apply', file('four.json', roles(['Four'])), '--keep']);
  assert.deepEqual([code, stdout], [2, '+ roles/Four\n1 to create, 0 to update, 0 to delete\n']);
  assert.match(stderr, /add --yes/);
  assert.equal(await exported('second'), earlier);
});

test('bad files are refused with the path of the member', async () => {
  const scope = { name: 'a', description: 'd', type: 'User', scopes: ['https://none.example read'] };
  for (const [value, pattern] of [
    ['{', /is no JSON object/],
    ['[]', /is no JSON object/],
    ['{"roles":[],"roles":[]}', /a member twice/],
    [{ role: [] }, /^signet: role: there is no such kind/],
    [{ roles: {} }, /^signet: roles: must be an array/],
    [{ signInExperience: [] }, /^signet: signInExperience: must be an object/],
    [{ signInExperience: { colour: 1 } }, /^signet: signInExperience\.colour: there is no such member/],
    [{ roles: [1] }, /^signet: roles\[0\]: must be an object/],
    [{ roles: [{ name: '' }] }, /^signet: roles\[0\]\.name: must be a text that is not empty/],
    [{ roles: [{ name: 'a', ids: [] }] }, /^signet: roles\[0\]\.ids: there is no such member/],
    [{ roles: [{ name: 'a', scopes: 'x' }] }, /^signet: roles\[0\]\.scopes: must be an array/],
    [{ roles: [{ name: 'a', scopes: ['x', 1] }] }, /^signet: roles\[0\]\.scopes\[1\]: must be a text/],
    [{ roles: [{ name: 'a', scopes: ['x', 'x'] }] }, /^signet: roles\[0\]\.scopes\[1\]: is there twice/],
    [roles(['a', 'b', 'a']), /^signet: roles: two are named 'a'/],
    [{ roles: [{ ...scope, name: 'b', scopes: [] }, scope] }, /^signet: roles\[1\]\.scopes\[0\]: no resource has the scope 'https:\/\/none\.example read'/],
    [{ applications: [{ name: 'n', type: 'MachineToMachine', roles: ['none'] }] }, /^signet: applications\[0\]\.roles\[0\]: there is no role 'none'/],
    [{ applications: [{ name: 'Worker', type: 'SPA' }] }, /^signet: applications\[0\]\.type: is settled when the object is made/],
    [{ resources: [{ indicator: 'https://x.example', scopes: [{ name: 'a' }, { name: 'a' }] }] }, /^signet: resources\[0\]\.scopes\[1\]\.name: 'a' is there twice/],
    [{ resources: [{ indicator: 'https://x.example', scopes: [{ name: 'a', id: 'b' }] }] }, /^signet: resources\[0\]\.scopes\[0\]\.id: there is no such member/],
    [{ resources: [{ indicator: 'https://x.example', scopes: ['a'] }] }, /^signet: resources\[0\]\.scopes\[0\]\.name: must be a text/],
    [{ resources: [{ indicator: 'https://x.example', isDefault: 1 }] }, /^signet: resources\[0\]\.isDefault: must be true or false/],
  ]) {
    await fails(config('second', ['apply', file('bad.json', value), '--yes', '--keep']), 1, pattern);
  }
  await fails(config('second', ['plan', path.join(user.folder, 'none')]), 1, /cannot open/);
  await fails(config('second', ['plan']), 2, /plan needs one file/);
  await fails(config('second', ['export', '--yes']), 2, /export does not take --yes/);
});

test('two applications of one name are refused by name', async () => {
  const twin = await createApp(second, { name: 'Worker' });
  await fails(config('second', ['export']), 1, /^signet: applications: two are named 'Worker'/);
  const { applications, roles: held } = JSON.parse(await exported('first'));
  await fails(config('second', ['plan', file('twins.json', { applications })]), 1, /^signet: applications: two are named 'Worker'/);
  const others = await config('second', ['plan', file('roles.json', { roles: held.map(({ name, description, type }) => ({ name, description, type })) })]);
  assert.deepEqual([others.stderr, /^\d+ to create, |no difference/m.test(others.stdout)], ['', true], others.stdout);
  await send(second, 'DELETE', `/api/applications/${twin.id}`);
});

test('fields of profiles, phrases, the account centre and an application\'s own page are changed and taken away', async () => {
  const value = JSON.parse(await exported('first'));
  const edited = {
    customProfileFields: [{ name: 'team', type: 'Text', label: 'Crew', required: true }],
    customPhrases: [{ languageTag: 'fr', translation: { action: { sign_in: 'Allons' } } }],
    accountCenter: { fields: { name: 'ReadOnly' } },
    applications: value.applications.map((each) => (each.name === 'Web' ? { ...each, signInExperience: { displayName: 'Shop' } } : each)),
  };
  const name = file('parts.json', edited);
  const plan = await config('first', ['plan', name]);
  assert.deepEqual(plan.stdout.trim().split('\n'), [
    '~ applications/Web: signInExperience.displayName', '~ customProfileFields/team: label', '+ customPhrases/fr', '~ accountCenter: fields.name',
    '- customPhrases/de', '- customProfileFields/age', '1 to create, 3 to update, 2 to delete',
  ].filter(Boolean));
  await ok(config('first', ['apply', name, '--yes']));
  assert.equal(await ok(config('first', ['plan', name])), 'no difference\n');
  const now = JSON.parse(await exported('first'));
  assert.deepEqual(now.customProfileFields, [{ name: 'team', type: 'Text', label: 'Crew', required: true, config: { maxLength: 20 } }]);
  assert.deepEqual(now.customPhrases, edited.customPhrases);
  assert.deepEqual(now.signInExperience.signUpProfileFields, [{ name: 'team' }]);
  assert.deepEqual(now.applications.find((each) => each.name === 'Web').signInExperience.color, { primaryColor: '#ff0000' });
  await fails(config('first', ['plan', file('bare.json', { customPhrases: [{ languageTag: 'de' }] })]), 1, /customPhrases\[0\]\.translation: must be an object/);
});
