// The way of a newcomer through signet alone: get a token, look at it, use it, refresh it.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { basic, decodeJwt, api } from '../lib/api.js';
import { admin, createApp } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';
import { limited } from '../api/support.js';
import { fails, home, ok } from './support.js';

let server, user, app;
before(async () => {
  server = await startServer();
  const roles = await api(server, 'GET', '/api/roles', { token: await admin(server) });
  app = await createApp(server, { customClientMetadata: { refreshTokenForClientCredentials: true } }, [roles.json[0].id]);
  user = home();
});
after(async () => {
  user.remove();
  await server.stop();
});

const client = (more = []) => ['token', '--issuer', server.base, '--client-id', app.id, '--client-secret-stdin', '--scope', 'all', '--resource', server.client.resource, ...more];
const get = (more, options = {}) => user.run(client(more), { input: app.secret, ...options });

test('a pipe gets the token alone, and nothing is kept without a name', async () => {
  const output = await ok(get());
  const { claims } = decodeJwt(output.trim());
  assert.equal(output.trim().split('\n').length, 1);
  assert.equal(claims.aud, server.client.resource);
  assert.ok(!fs.existsSync(user.profiles));
});

test('from a bare address to the list of applications, and a refresh', async () => {
  const first = (await ok(get(['--token-name', 'blog']))).trim();
  const decoded = await ok(user.run(['token', '--profile', 'blog', '--cached', '--decode']));
  assert.match(decoded, /requested +all\ngranted +all\nrefresh +by refresh token\nsignature +verified/);
  assert.match(decoded, /exp +\d+ {2}\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ, in \d+ (min|h)/);
  assert.equal((await ok(user.run(['token', '--profile', 'blog', '--cached']))).trim(), first);
  const list = JSON.parse(await ok(user.run(['api', 'GET', '/api/applications', '--profile', 'blog'])));
  assert.ok(list.some((each) => each.id === app.id));
  const second = (await ok(user.run(['token', '--profile', 'blog', '--refresh']))).trim();
  assert.notEqual(second, first);
  assert.equal(decodeJwt(second).claims.aud, server.client.resource);
  assert.equal(decodeJwt(second).claims.scope, 'all');
  await ok(user.run(['token', '--profile', 'blog', '--refresh']));
});

test('refreshed as Postman does it: Basic, a field "client", no resource', async () => {
  const answer = JSON.parse(await ok(get(['--json', '--client-auth', 'body'])));
  assert.ok(answer.refresh_token);
  server.secrets.add(answer.refresh_token);
  const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: answer.refresh_token, client: app.id });
  const refreshed = await api(server, 'POST', '/oidc/token', { body, headers: { authorization: basic(app.id, app.secret) } });
  assert.equal(refreshed.status, 200, refreshed.text);
  server.secrets.add(refreshed.json.refresh_token);
  assert.equal(decodeJwt(refreshed.json.access_token).claims.aud, answer.claims.aud);
  assert.equal(decodeJwt(refreshed.json.access_token).claims.scope, answer.claims.scope);
});

test('json holds the answer, the decoded token, the verdict and what was not granted', async () => {
  const answer = JSON.parse(await ok(get(['--json', '--scope', 'all more'])));
  assert.deepEqual(answer.missing_scopes, ['more']);
  assert.equal(answer.scope, 'all');
  assert.equal(answer.header.alg, 'ES256');
  assert.deepEqual(answer.claims, decodeJwt(answer.access_token).claims);
  assert.equal(answer.signature.verified, true);
  assert.ok(Date.parse(answer.expires_at) > Date.now());
  const { stderr } = await get(['--scope', 'all more']);
  assert.equal(stderr, 'signet: warning: not granted: more\n');
});

test('without an issuer the signature stays unchecked, and the reason is said', async () => {
  const options = ['token', '--token-url', server.client.tokenUrl, '--client-id', app.id, '--client-secret-env', 'SECRET', '--scope', 'all',
    '--resource', server.client.resource, '--decode'];
  const output = await ok(user.run(options, { env: { SECRET: app.secret } }));
  assert.match(output, /signature +not verified: no issuer is known: give --issuer/);
});

test('profile file, every way of giving a secret, and no way through an argument', async () => {
  const file = user.file('ci.profile', `# a comment\nissuer = ${server.base}/oidc\nclient-id = ${app.id}\nscope = all\n` +
    `token-param = resource=${server.client.resource},in=body\nclient-secret-env = FROM_ENV\n`);
  await ok(user.run(['token', '--profile-file', file], { env: { FROM_ENV: app.secret } }));
  const secret = user.file('secret', `${app.secret}\n`);
  await ok(user.run([...client().filter((each) => each !== '--client-secret-stdin'), '--client-secret-file', secret]));
  await fails(user.run(['token', '--client-secret', app.secret]), 2, /process list.*--client-secret-stdin/, [app.secret]);
  await fails(user.run(['token', `--client-secret=${app.secret}`]), 2, /process list/, [app.secret]);
  await fails(user.run(client().filter((each) => each !== '--client-secret-stdin')), 5, /secret is missing.*--client-secret-stdin/);
  const wrong = user.file('wrong.profile', 'issuer = x\nnonsense = 1\n');
  await fails(user.run(['token', '--profile-file', wrong]), 2, /wrong\.profile:2: there is no setting 'nonsense'/);
});

test('the profile file tells its secrets to nobody, nor without the key', async () => {
  await ok(get(['--profile', 'closed']));
  const file = path.join(user.profiles, 'closed.profile');
  const text = fs.readFileSync(file, 'utf8');
  const mode = (name) => fs.statSync(name).mode & 0o777;
  assert.equal(mode(file), 0o600);
  assert.equal(mode(user.profiles), 0o700);
  assert.equal(mode(path.join(user.folder, 'signet', 'keyring')), 0o600);
  assert.ok(!text.includes(app.secret) && !text.includes('eyJ'));
  assert.match(text, /^client-secret = sealed:/m);
  fs.renameSync(path.join(user.folder, 'signet', 'keyring'), path.join(user.folder, 'other'));
  await fails(user.run(['token', '--profile', 'closed']), 2, /encrypted with another key/);
  fs.renameSync(path.join(user.folder, 'other'), path.join(user.folder, 'signet', 'keyring'));
});

test('profiles are listed, shown, renamed, purged, exported and deleted', async () => {
  const own = home();
  try {
    const run = (...args) => own.run(['profile', ...args]);
    await ok(own.run(client(['--profile', 'one']), { input: app.secret }));
    assert.match(await ok(run('list')), /^one +valid until \d{4}-/);
    const [row] = JSON.parse(await ok(run('list', '--json')));
    assert.equal(row.client_id, app.id);
    assert.equal(row.has_refresh_token, true);
    const shown = await ok(run('show', 'one'));
    assert.match(shown, new RegExp(`client-id = ${app.id}\n# client-secret: `));
    assert.ok(!shown.includes(app.secret) && !shown.includes('eyJ'));
    await ok(run('rename', 'one', 'two'));
    await ok(own.run(['api', 'GET', '/api/applications', '--profile', 'two']));
    await fails(run('show', 'one'), 2, /there is no profile 'one'/);
    await fails(run('rename', 'two', '../x'), 2, /a name is letters/);
    assert.equal(await ok(run('purge')), '0 expired tokens deleted\n');
    const file = path.join(own.profiles, 'two.profile');
    fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace(/expires-at = \d+/, 'expires-at = 1000'));
    assert.match(await ok(run('list')), /^two +expired 1970-/);
    assert.equal(await ok(run('purge')), '1 expired token deleted\n');
    assert.match(await ok(run('list')), /^two +no token/);
    const again = own.file('again.profile', await ok(run('export-file', 'two')));
    await ok(own.run(['token', '--profile-file', again, '--client-secret-stdin'], { input: app.secret }));
    await ok(run('delete', 'two'));
    assert.equal(await ok(run('list')), '');
  } finally {
    own.remove();
  }
});

test('an expired token is renewed before the request, and a revoked one after the 401', async () => {
  const first = (await ok(get(['--profile', 'old']))).trim();
  const file = path.join(user.profiles, 'old.profile');
  fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace(/expires-at = \d+/, 'expires-at = 1000'));
  await ok(user.run(['api', 'GET', '/api/roles', '--profile', 'old']));
  const second = (await ok(user.run(['token', '--profile', 'old', '--cached']))).trim();
  assert.notEqual(second, first);
  const body = new URLSearchParams({ token: second });
  const revoked = await api(server, 'POST', '/oidc/token/revocation', { body, headers: { authorization: basic(app.id, app.secret) } });
  assert.equal(revoked.status, 200, revoked.text);
  await ok(user.run(['api', 'GET', '/api/roles', '--profile', 'old']));
  assert.notEqual((await ok(user.run(['token', '--profile', 'old', '--cached']))).trim(), second);
});

test('requests at once renew the token once, and all succeed', async () => {
  await ok(get(['--profile', 'many']));
  const file = path.join(user.profiles, 'many.profile');
  fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace(/expires-at = \d+/, 'expires-at = 1000'));
  const before = await api(server, 'GET', '/api/logs', { token: await admin(server), query: { applicationId: app.id } });
  await Promise.all([1, 2, 3, 4].map(() => ok(user.run(['api', 'GET', '/api/roles', '--profile', 'many']))));
  const afterwards = await api(server, 'GET', '/api/logs', { token: await admin(server), query: { applicationId: app.id } });
  assert.equal(Number(afterwards.headers['total-number']) - Number(before.headers['total-number']), 1);
});

test('a body from an argument, a file and standard input; a 422 is an exit status', async () => {
  await ok(get(['--profile', 'write']));
  const create = (data, options) => user.run(['api', 'POST', '/api/roles', '--profile', 'write', '-d', data], options);
  const body = (name) => JSON.stringify({ name, description: 'made here', type: 'MachineToMachine' });
  await ok(create(body('from argument')));
  await ok(create(`@${user.file('body.json', body('from file'))}`));
  await ok(create('-', { input: body('from input') }));
  const { code, stdout, stderr } = await create(body('from input'));
  assert.equal(code, 6);
  assert.equal(JSON.parse(stdout).code, 'role.name_in_use');
  assert.match(stderr, /^signet: 422 role\.name_in_use: .*\n$/);
  const missing = await user.run(['api', 'GET', '/api/applications/none', '--profile', 'write']);
  assert.equal(missing.code, 6);
});

test('all pages as one array or as lines', async () => {
  await ok(get(['--profile', 'pages']));
  const token = await admin(server);
  for (let i = 0; i < 3; i += 1) await createApp(server);
  const whole = (await api(server, 'GET', '/api/applications', { token })).json.map((each) => each.id);
  const all = (...more) => ok(user.run(['api', 'GET', '/api/applications', '--profile', 'pages', '--query', 'page=1', '--query', 'page_size=2', '--all', ...more]));
  assert.deepEqual(JSON.parse(await all()).map((each) => each.id), whole);
  const lines = (await all('--jsonl')).trim().split('\n');
  assert.deepEqual(lines.map((line) => JSON.parse(line).id), whole);
});

test('a 403 names the scope, and the role when it may be read', async () => {
  const reader = await limited(server, 'read:applications', 'read:roles');
  const writer = await limited(server, 'write:applications');
  const options = (scope) => ['token', '--issuer', server.base, '--client-id', reader.app.id, '--client-secret-stdin', '--scope', scope,
    '--resource', server.client.resource, '--profile', 'reader'];
  await ok(user.run(options('read:applications read:roles'), { input: reader.app.secret }));
  const change = () => user.run(['api', 'PATCH', `/api/applications/${app.id}`, '-d', '{}', '--profile', 'reader']);
  let result = await change();
  assert.equal(result.code, 6);
  assert.match(result.stderr, new RegExp(`^signet: 403: the token lacks the scope 'write:applications' \\(it is in the role .*'${writer.role.name}'.*\n$`));
  await ok(user.run(options('read:applications'), { input: reader.app.secret }));
  result = await change();
  assert.match(result.stderr, /'write:applications' \(the token may not read roles, so ask which one has it\)/);
});

test('the curl line does the same, and hides the token unless asked', async () => {
  await ok(get(['--profile', 'curl']));
  const token = (await ok(user.run(['token', '--profile', 'curl', '--cached']))).trim();
  const dry = (...more) => ok(user.run(['api', 'GET', '/api/applications', '--query', 'search=%a b%', '--profile', 'curl', '--dry-run', ...more]));
  const hidden = await dry();
  assert.equal(hidden, `curl -X GET -H "Authorization: Bearer $TOKEN" -H 'Accept: application/json, */*' '${server.base}/api/applications?search=%25a%20b%25'\n`);
  assert.ok((await dry('--show-secrets')).includes(token));
});

test('the token goes to its own API only', async () => {
  await ok(get(['--profile', 'own']));
  const { stderr } = await fails(user.run(['api', 'GET', 'http://localhost:1/x', '--profile', 'own']), 2, /is not sent elsewhere/);
  assert.ok(!stderr.includes('eyJ'));
});
