// `signet init`: a working client and an invitation, once, while the server runs or not, attended or not.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { api, token, tokenAnswer } from '../lib/api.js';
import { admin, createApp } from '../lib/fixtures.js';
import { signet, startServer } from '../lib/server.js';

const KEYS = ['endpoint', 'adminEndpoint', 'tokenUrl', 'clientId', 'clientSecret', 'scope', 'resource', 'invitationUrl'];
const LONG = 'correct-horse-battery-staple-0123456789';
const OTHER = 'another-secret-of-more-than-32-characters';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

async function init(env = {}, ...args) {
  const result = await signet(['init', '--json', ...args], { env: { ...server.env, ...env } });
  assert.equal(result.code, 0, result.stderr);
  const block = JSON.parse(result.stdout);
  assert.deepEqual(Object.keys(block), KEYS);
  if (block.clientSecret) server.secrets.add(block.clientSecret);
  if (block.invitationUrl) server.secrets.add(new URL(block.invitationUrl).searchParams.get('token'));
  return block;
}

async function refusedInit(env, pattern, status = 1) {
  const result = await signet(['init', '--json'], { env: { ...server.env, ...env } });
  assert.equal(result.code, status, result.stdout);
  assert.equal(result.stdout, '');
  assert.match(result.stderr, pattern);
  assert.doesNotMatch(result.stderr, /too-short-secret/);
}

function bootstrapFile(content) {
  const file = path.join(server.data, 'bootstrap.json');
  fs.writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return { SIGNET_BOOTSTRAP: file };
}

// The file itself holds its secrets in clear: it is not part of what the server stores.
const removeBootstrapFile = () => fs.rmSync(path.join(server.data, 'bootstrap.json'), { force: true });

async function until(condition) {
  for (const deadline = Date.now() + 20_000; ; ) {
    const value = await condition();
    if (value) return value;
    assert.ok(Date.now() < deadline, 'the condition did not come true');
  }
}

const list = async (what) => (await api(server, 'GET', `/api/${what}`, { token: await admin(server) })).json;

test('the first client has full access', async () => {
  const answer = await tokenAnswer(server);
  assert.equal(answer.json.scope, 'all');
  assert.equal(answer.json.refresh_token, undefined);
  const applications = await list('applications');
  const [mine] = applications.filter((each) => each.id === server.client.id);
  assert.equal(mine.name, 'Signet quick start');
  assert.equal(mine.type, 'MachineToMachine');
  const roles = await list(`applications/${mine.id}/roles`);
  assert.deepEqual(roles.map((role) => role.name), ['Logto Management API access']);
});

test('a second run keeps the client and makes the invitation anew', async () => {
  const [first, second] = [await init(), await init()];
  assert.equal(second.clientId, server.client.id);
  assert.equal(second.clientSecret, null);
  assert.equal(second.endpoint, server.base);
  assert.equal(second.adminEndpoint, server.adminBase);
  assert.equal(second.tokenUrl, `${server.base}/oidc/token`);
  assert.equal(second.resource, 'https://default.logto.app/api');
  assert.match(second.invitationUrl, new RegExp(`^${server.adminBase}/console/register\\?token=[\\w-]{43}$`));
  assert.notEqual(first.invitationUrl, second.invitationUrl);
  assert.equal((await list('applications')).filter((each) => each.name === 'Signet quick start').length, 1);
});

test('--new-secret adds a secret that the running server takes within a second', async () => {
  const [one, two] = [await init({}, '--new-secret'), await init({}, '--new-secret')];
  assert.notEqual(one.clientSecret, two.clientSecret);
  for (const { clientSecret } of [one, two]) {
    await until(async () => (await tokenAnswer(server, { secret: clientSecret })).status === 200);
  }
  assert.equal((await tokenAnswer(server)).status, 200, 'the first secret works, too');
  const secrets = await list(`applications/${server.client.id}/secrets`);
  assert.equal(new Set(secrets.map((secret) => secret.name)).size, 3);
});

test('the lines for a shell work when pasted', async () => {
  const result = await signet(['init', '--new-secret'], { env: server.env });
  assert.equal(result.code, 0, result.stderr);
  const rows = ['Access Token URL', 'Client ID', 'Client Secret', 'Scope', 'resource'].map((name) => {
    const [, value] = result.stdout.match(new RegExp(`^ +${name} +(\\S+)$`, 'm'));
    return value;
  });
  assert.deepEqual([rows[0], rows[1], rows[3], rows[4]], [`${server.base}/oidc/token`, server.client.id, 'all', 'https://default.logto.app/api']);
  server.secrets.add(rows[2]);
  assert.match(result.stdout, new RegExp(`${server.adminBase}/console/register\\?token=`));
  await until(async () => (await tokenAnswer(server, { secret: rows[2] })).status === 200);
  const lines = result.stdout.split('\n').filter((line) => line.includes('curl -s'));
  assert.equal(lines.length, 2);
  const { stdout } = await promisify(execFile)('sh', ['-c', lines.join('\n')]);
  assert.ok(JSON.parse(stdout).some((each) => each.id === server.client.id));
});

test('a re-run for people says that the secret was made earlier', async () => {
  const result = await signet(['init'], { env: server.env });
  assert.equal(result.code, 0, result.stderr);
  assert.match(result.stdout, /Client Secret +\(made earlier; signet init --new-secret adds one\)/);
});

test('clients of the bootstrap file', async () => {
  const client = { id: 'ci-client', name: 'CI', secret: LONG, scopes: ['read:applications'], roles: [] };
  server.secrets.add(LONG).add(OTHER);
  await init(bootstrapFile({ tenant: {}, clients: [client] }));
  await until(async () => (await tokenAnswer(server, { id: client.id, secret: LONG })).status === 200);
  const answer = await tokenAnswer(server, { id: client.id, secret: LONG, scope: 'read:applications write:applications all' });
  assert.equal(answer.json.scope, 'read:applications');
  const before = [await list('applications'), await list('roles')];
  await init(bootstrapFile({ clients: [client] }));
  assert.deepEqual([await list('applications'), await list('roles')], before, 'twice is as once');

  client.secret = OTHER;
  client.scopes = ['all'];
  await init(bootstrapFile({ clients: [client] }));
  await until(async () => (await tokenAnswer(server, { id: client.id, secret: OTHER })).status === 200);
  assert.equal((await tokenAnswer(server, { id: client.id, secret: LONG })).status, 401, 'the replaced secret');
  const full = await tokenAnswer(server, { id: client.id, secret: OTHER, scope: 'read:applications all' });
  assert.equal(full.json.scope, 'all');
  const roles = await list(`applications/${client.id}/roles`);
  assert.deepEqual(roles.map((role) => role.name), ['Logto Management API access']);

  const granted = async () => {
    const { status, json } = await tokenAnswer(server, { id: client.id, secret: OTHER, scope: 'read:applications all' });
    assert.equal(status, 200, json.error_description);
    return json.scope ?? '';
  };
  for (const [scopes, roles, scope] of [[['read:applications'], [], 'read:applications'], [[], ['Logto Management API access'], 'all'], [[], [], ''], [['all'], [], 'all']]) {
    await init(bootstrapFile({ clients: [{ ...client, scopes, roles }] }));
    await until(async () => (await granted()) === scope);
  }
  removeBootstrapFile();
});

test('the operator invitation of the bootstrap file', async () => {
  const env = bootstrapFile({ operatorInvitation: { token: LONG, expiresIn: 60 } });
  for (let run = 0; run < 2; run += 1) {
    assert.equal((await init(env)).invitationUrl, `${server.adminBase}/console/register?token=${LONG}`);
  }
  removeBootstrapFile();
});

test('a given id and secret of the quick-start client', async () => {
  const env = { SIGNET_BOOTSTRAP_CLIENT_ID: 'given-client', SIGNET_BOOTSTRAP_CLIENT_SECRET: LONG };
  server.secrets.add(LONG).add(OTHER);
  assert.equal((await init(env)).clientId, 'given-client');
  assert.equal((await init(env)).clientSecret, null);
  await until(async () => (await tokenAnswer(server, { id: 'given-client', secret: LONG })).status === 200);
  await init({ ...env, SIGNET_BOOTSTRAP_CLIENT_SECRET: OTHER });
  await until(async () => (await tokenAnswer(server, { id: 'given-client', secret: OTHER })).status === 200);
  assert.equal((await tokenAnswer(server, { id: 'given-client', secret: LONG })).status, 401);
});

test('what init says of access is so; --new-secret gives it again when its role was deleted', async (t) => {
  const own = await startServer();
  t.after(() => own.stop());
  const run = async (...args) => {
    const result = await signet(['init', ...args], { env: own.env });
    assert.equal(result.code, 0, result.stderr);
    return result.stdout;
  };
  const [role] = (await api(own, 'GET', '/api/roles', { token: await token(own) })).json;
  assert.equal(role.name, 'Logto Management API access');
  assert.equal((await api(own, 'DELETE', `/api/roles/${role.id}`, { token: await token(own) })).status, 204);
  assert.equal(JSON.parse(await run('--json')).scope, null);
  const text = await run();
  assert.match(text, /Scope +\(none any more; signet init --new-secret gives it access again\)/);
  assert.doesNotMatch(text, /curl/);
  const again = JSON.parse(await run('--json', '--new-secret'));
  own.secrets.add(again.clientSecret);
  assert.equal(again.scope, 'all');
  await until(async () => (await tokenAnswer(own, { secret: again.clientSecret })).json.scope === 'all');
  assert.equal(JSON.parse(await run('--json')).scope, 'all');
});

test('a deleted quick-start client stays deleted until it is asked for', async () => {
  const { clientId } = await init();
  const answer = await api(server, 'DELETE', `/api/applications/${clientId}`, { token: await token(server) });
  assert.equal(answer.status, 204, answer.text);
  const later = await init();
  assert.deepEqual([later.clientId, later.clientSecret], [null, null]);
  const result = await signet(['init'], { env: server.env });
  assert.match(result.stdout, /quick-start client was deleted/);
  const again = await init({}, '--new-secret');
  assert.ok(again.clientId && again.clientSecret);
  await until(async () => (await tokenAnswer(server, { id: again.clientId, secret: again.clientSecret })).status === 200);
});

test('a client of the admin tenant manages that tenant, and no other client does', async () => {
  const client = { id: 'operators', name: 'Operators', secret: OTHER, scopes: ['all'], tenant: 'admin' };
  await init(bootstrapFile({ clients: [client] }));
  removeBootstrapFile();
  const resource = 'https://admin.logto.app/api';
  const asked = { id: client.id, secret: client.secret, resource };
  await until(async () => (await tokenAnswer(server, { ...asked, tokenUrl: `${server.adminBase}/oidc/token` })).status === 200);
  const bearer = await token(server, { ...asked, tokenUrl: `${server.adminBase}/oidc/token` });
  const users = await api(server, 'GET', `${server.adminBase}/api/users`, { token: bearer });
  assert.equal(users.status, 200, users.text);
  assert.equal((await api(server, 'GET', '/api/users', { token: bearer })).status, 401);
  assert.equal((await tokenAnswer(server, asked)).json.error_description, `invalid client ${client.id}`);
  assert.equal((await api(server, 'GET', `${server.adminBase}/api/users`, { token: await token(server) })).status, 401);
});

test('mistakes in the bootstrap file are named, and nothing is made', async () => {
  const app = await createApp(server, { type: 'SPA' });
  const before = (await list('applications')).length;
  const good = { id: 'x', name: 'X', secret: LONG };
  const cases = [
    ['not json', /SIGNET_BOOTSTRAP: .*bootstrap\.json: the file is not JSON/],
    [[], /the file must be an object/],
    [{ client: [] }, /the file has an unknown member "client"/],
    [{ tenant: { id: 'admin' } }, /tenant\.id must be "default"/],
    [{ clients: {} }, /clients must be an array/],
    [{ clients: [{ name: 'X', secret: LONG }] }, /clients\[0\]\.id must be a string/],
    [{ clients: [{ ...good, id: 'a b' }] }, /clients\[0\]\.id must be 1 to 64 characters/],
    [{ clients: [{ ...good, secret: 'too-short-secret' }] }, /clients\[0\]\.secret must have at least 32 characters/],
    [{ clients: [{ ...good, secret: `${LONG} ` }] }, /clients\[0\]\.secret must be of printable ASCII/],
    [{ clients: [good, { ...good, extra: 1 }] }, /clients\[1\] has an unknown member "extra"/],
    [{ clients: [good, good] }, /clients\[1\]\.id is another client's/],
    [{ clients: [{ ...good, tenant: 'other' }] }, /clients\[0\]\.tenant must be "default" or "admin"/],
    [{ clients: [{ ...good, scopes: 'all' }] }, /clients\[0\]\.scopes must be an array/],
    [{ clients: [{ ...good, scopes: ['fly'] }] }, /there is no Management API scope 'fly'/],
    [{ clients: [{ ...good, roles: ['Nobody'] }] }, /there is no role for machines 'Nobody'/],
    [{ clients: [{ ...good, id: app.id }] }, /SIGNET_BOOTSTRAP: an application of another type has the id/],
    [{ clients: [{ ...good, name: 'X\0' }] }, /clients\[0\]\.name has a NUL character in it/],
    [{ clients: [{ ...good, scopes: ['all\0'] }] }, /clients\[0\]\.scopes has a NUL character in it/],
    [{ clients: [good, { ...good, id: 'y', tenant: 'admin', scopes: ['fly'] }] }, /there is no Management API scope 'fly'/],
    [{ operatorInvitation: { token: 'too-short-secret' } }, /operatorInvitation\.token must have at least 32/],
    [{ operatorInvitation: { token: LONG, expiresIn: 0 } }, /operatorInvitation\.expiresIn must be 1 to/],
  ];
  for (const [content, pattern] of cases) await refusedInit(bootstrapFile(content), pattern);
  removeBootstrapFile();
  await refusedInit({ SIGNET_BOOTSTRAP: '/nowhere.json' }, /SIGNET_BOOTSTRAP/, 2);
  assert.equal((await list('applications')).length, before);
});

test('a mistake in one tenant\'s clients costs the other no secret', async () => {
  const fresh = fs.mkdtempSync(path.join(server.data, 'fresh-'));
  // PostgreSQL's data is not in a folder: there the client is made already.
  const made = server.db !== 'postgres';
  const env = made ? { SIGNET_DATA: fresh } : {};
  const client = { id: 'x', name: 'X', secret: LONG, tenant: 'admin' };
  await refusedInit({ ...bootstrapFile({ clients: [{ ...client, scopes: ['fly'] }] }), ...env }, /there is no Management API scope 'fly'/);
  const block = await init({ ...bootstrapFile({ clients: [client] }), ...env });
  assert.equal(Boolean(block.clientSecret), made);
  removeBootstrapFile();
  fs.rmSync(fresh, { recursive: true });
});

test('the quick start takes no application of another type', async () => {
  const app = await createApp(server, { type: 'SPA' });
  await refusedInit({ SIGNET_BOOTSTRAP_CLIENT_ID: app.id }, /SIGNET_BOOTSTRAP_CLIENT_ID: an application of another type has the id/);
});

test('the server does not start with a bootstrap file that signet init would refuse', async () => {
  const env = { ...server.env, ...bootstrapFile({ clients: {} }) };
  const result = await signet(['serve'], { env });
  assert.equal(result.code, 1);
  assert.match(result.stderr, /SIGNET_BOOTSTRAP: .*: clients must be an array/);
  removeBootstrapFile();
});

test('the server does not start with names that signet init does not find, on new data and on old', async (t) => {
  const app = await createApp(server, { type: 'SPA' });
  const good = { id: 'x', name: 'X', secret: LONG };
  const fresh = fs.mkdtempSync(path.join(server.data, 'fresh-'));
  t.after(() => (removeBootstrapFile(), fs.rmSync(fresh, { recursive: true })));
  const cases = [
    [{ clients: [good, { ...good, id: 'y', scopes: ['nope'] }] }, /^signet: SIGNET_BOOTSTRAP: there is no Management API scope 'nope'$/m],
    [{ clients: [{ ...good, roles: ['nope'] }] }, /^signet: SIGNET_BOOTSTRAP: there is no role for machines 'nope'$/m],
    [{ clients: [{ ...good, tenant: 'admin', scopes: ['nope'] }] }, /there is no Management API scope 'nope'/],
    [{ clients: [{ ...good, id: app.id }] }, /an application of another type has the id/],
  ];
  for (const [content, pattern] of cases) {
    const { code, stderr } = await signet(['serve'], { env: { ...server.env, ...bootstrapFile(content) } });
    assert.equal(code, 1);
    assert.match(stderr, pattern);
  }
  if (server.db === 'postgres') return; // there the data is not in a folder
  const env = { ...server.env, SIGNET_DATA: fresh, ...bootstrapFile(cases[0][0]) };
  const { code, stderr } = await signet(['serve'], { env });
  assert.equal(code, 1);
  assert.match(stderr, cases[0][1]);
});

test('a short secret or an odd id in the environment is refused', async () => {
  await refusedInit({ SIGNET_BOOTSTRAP_CLIENT_SECRET: 'too-short-secret' }, /SIGNET_BOOTSTRAP_CLIENT_SECRET \(environment\): must have at least 32/, 2);
  await refusedInit({ SIGNET_BOOTSTRAP_CLIENT_ID: 'a:b' }, /SIGNET_BOOTSTRAP_CLIENT_ID \(environment\): "a:b" must be 1 to 64/, 2);
});

test('several inits at once make one client', async () => {
  const fresh = fs.mkdtempSync(path.join(server.data, 'fresh-'));
  // PostgreSQL's data is not in a folder: there the client is made already.
  const made = server.db === 'postgres' ? 0 : 1;
  const env = made ? { ...server.env, SIGNET_DATA: fresh } : server.env;
  const results = await Promise.all([1, 2, 3, 4].map(() => signet(['init', '--json'], { env })));
  const blocks = results.map((result) => {
    assert.equal(result.code, 0, result.stderr);
    return JSON.parse(result.stdout);
  });
  assert.equal(new Set(blocks.map((block) => block.clientId)).size, 1);
  assert.equal(blocks.filter((block) => block.clientSecret).length, made);
  fs.rmSync(fresh, { recursive: true });
});
