// The subcommands around the server: help, config, keys, routes, backup, version.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { api, decodeJwt, token, tokenAnswer } from '../lib/api.js';
import { admin } from '../lib/fixtures.js';
import { takePort } from '../lib/ports.js';
import { signet, startServer } from '../lib/server.js';

const COMMANDS = ['serve', 'init', 'config', 'keys', 'routes', 'backup', 'restore', 'version'];

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

const run = (...args) => signet(args, { env: server.env });
async function ok(...args) {
  const result = await run(...args);
  assert.equal(result.code, 0, result.stderr);
  return result.stdout;
}
async function refused(status, pattern, ...args) {
  const result = await run(...args);
  assert.equal(result.code, status, result.stdout);
  assert.equal(result.stdout, '');
  assert.match(result.stderr, pattern);
}

async function until(condition) {
  for (const deadline = Date.now() + 20_000; ; ) {
    if (await condition()) return;
    assert.ok(Date.now() < deadline, 'the condition did not come true');
  }
}

const keys = async (...args) => JSON.parse(await ok('keys', 'list', '--json', ...args));
const published = async (base = server.base) => (await api(server, 'GET', `${base}/oidc/jwks`)).json.keys;
const signedBy = async () => decodeJwt(await token(server)).header;

test('help names each subcommand, and each explains itself', async () => {
  for (const flag of ['help', '--help', '-h']) {
    const text = await ok(flag);
    for (const name of COMMANDS) assert.match(text, new RegExp(`^  ${name} `, 'm'));
  }
  for (const name of COMMANDS) {
    assert.match(await ok(name, '--help'), new RegExp(`^signet ${name}: .+\\n\\nusage: signet ${name}`));
  }
});

test('what is not understood is refused with a hint', async () => {
  await refused(2, /usage: signet SUBCOMMAND/);
  await refused(2, /there is no subcommand 'fly'/, 'fly');
  await refused(2, /unknown argument '--fast'.*signet version --help/, 'version', '--fast');
  for (const name of ['init', 'config', 'routes']) {
    await refused(2, /unknown argument 'x'/, name, 'x');
  }
  await refused(2, /say list, rotate or delete/, 'keys');
  await refused(2, /say list, rotate or delete/, 'keys', 'burn');
  await refused(2, /name the key/, 'keys', 'delete');
  await refused(2, /--alg is/, 'keys', 'rotate', '--alg', 'HS256');
  await refused(2, /--alg is/, 'keys', 'rotate', '--alg');
  await refused(2, /--tenant is/, 'keys', 'list', '--tenant', 'other');
  await refused(2, /name the folder/, 'backup');
  await refused(2, /name the folder/, 'restore');
});

test('a setting that cannot be used ends every subcommand', async () => {
  for (const args of [['init'], ['config'], ['keys', 'list']]) {
    const result = await signet(args, { env: { ...server.env, PORT: 'x' } });
    assert.equal(result.code, 2);
    assert.match(result.stderr, /PORT/);
  }
});

test('a start that fails names the setting, in one line, and no secret', async () => {
  const pem = (name, ...args) => {
    const file = path.join(server.data, name);
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-subj', '/CN=localhost', '-keyout', `${file}.key`, '-out', file, ...args], { stdio: 'pipe' });
    return file;
  };
  const [one, other, sealed] = [pem('one.pem', '-nodes'), pem('other.pem', '-nodes'), pem('sealed.pem', '-passout', 'pass:hunter22')];
  const empty = path.join(server.data, 'empty.pem');
  fs.writeFileSync(empty, '');
  const port = await takePort();
  const data = path.join(server.data, 'other-data');
  const cases = [
    [/^signet: HTTPS_KEY_PATH: cannot use the private key '.*other\.pem\.key': it is not that of the certificate/, { HTTPS_CERT_PATH: one, HTTPS_KEY_PATH: `${other}.key` }],
    [/^signet: HTTPS_KEY_PATH: .*needs a passphrase/, { HTTPS_CERT_PATH: sealed, HTTPS_KEY_PATH: `${sealed}.key` }],
    [/^signet: HTTPS_KEY_PATH: .*none in PEM/, { HTTPS_CERT_PATH: one, HTTPS_KEY_PATH: empty }],
    [/^signet: HTTPS_CERT_PATH: cannot use the certificate/, { HTTPS_CERT_PATH: empty, HTTPS_KEY_PATH: `${one}.key` }],
    [/^signet: SIGNET_DATA: /, { SIGNET_DATA: '/dev/null' }],
    [/^signet: SIGNET_KEY_FILE: /, { SIGNET_KEY_FILE: '/dev/null' }],
    [/^signet: cannot listen on 192\.0\.2\.1 .*SIGNET_LISTEN/, { SIGNET_LISTEN: '192.0.2.1' }],
    [/^signet: DB_URL: cannot connect to PostgreSQL/, { DB_URL: `postgres://u:hunter22@localhost:${port}/x` }],
    [/^signet: DB_URL: it is malformed: percent-encode user and password/, { DB_URL: 'postgres://u@localhost/x?password=a&hunter22' }],
    [/^DB_URL \(environment\): is malformed: percent-encode user and password/, { DB_URL: 'postgres://u:hunt@er22@localhost/x' }],
  ];
  const ports = { PORT: await takePort(), ADMIN_PORT: await takePort() };
  for (const [pattern, setting] of cases) {
    const { code, stderr } = await signet(['serve'], { env: { SIGNET_DATA: data, SIGNET_LOG_LEVEL: 'error', ...ports, ...setting } });
    assert.notEqual(code, 0);
    assert.match(stderr, pattern);
    assert.equal(stderr.trim().split('\n').length, 1, stderr);
    assert.doesNotMatch(stderr, /hunter22|er22/);
  }
  fs.rmSync(data, { recursive: true });
});

test('version', async () => {
  assert.match(await ok('version'), /^signet \d+\.\d+\.\d+\n$/);
  assert.equal(await ok('--version'), await ok('version'));
});

test('config shows settings and hides secrets', async () => {
  const env = { ...server.env, STATUS_API_KEY: 'a-very-secret-status-key' };
  for (const args of [['config'], ['config', '--json']]) {
    const result = await signet(args, { env });
    assert.equal(result.code, 0, result.stderr);
    assert.match(result.stdout, new RegExp(`ADMIN_PORT.*${server.adminPort}`, 's'));
    assert.doesNotMatch(result.stdout, /very-secret/);
  }
});

test('routes lists each route once', async () => {
  const routes = JSON.parse(await ok('routes', '--json'));
  assert.ok(routes.some((route) => route.method === 'POST' && route.path === '/oidc/token'));
  const names = routes.map((route) => `${route.method} ${route.path} ${route.listener}`);
  assert.equal(new Set(names).size, names.length);
  const lines = (await ok('routes')).trimEnd().split('\n');
  assert.equal(lines.length, routes.length);
});

test('a rotated key signs at the running server, the one before verifies on', async () => {
  const old = await token(server);
  const before = await keys();
  const oldKid = decodeJwt(old).header.kid;
  await ok('keys', 'rotate', '--alg', 'EdDSA');
  await until(async () => (await signedBy()).alg === 'EdDSA');
  const after = await keys();
  assert.deepEqual(after.map((key) => [key.alg, key.state]), [['EdDSA', 'Current'], ['ES256', 'Previous']]);
  assert.equal(after[1].id, before[0].id);
  const { kid } = await signedBy();
  assert.deepEqual((await published()).map((key) => key.kid), [kid, oldKid]);
  assert.equal((await api(server, 'GET', '/api/roles', { token: old })).status, 200);
});

test('the admin tenant has keys of its own', async () => {
  const mine = await keys();
  await ok('keys', 'rotate', '--tenant=admin', '--alg=ES384');
  await until(async () => (await published(server.adminBase))[0].alg === 'ES384');
  assert.deepEqual(await keys(), mine);
});

test('a key with a grace period is published before it signs', async () => {
  const env = { ...server.env, PRIVATE_KEY_ROTATION_GRACE_PERIOD: '3600' };
  const { kid } = await signedBy();
  const result = await signet(['keys', 'rotate'], { env });
  assert.equal(result.code, 0, result.stderr);
  await until(async () => (await published()).length === 3);
  assert.equal((await signedBy()).kid, kid);
  const [next] = await keys();
  assert.equal(next.state, 'Next');
  assert.ok(next.signsAt > Date.now() + 3_500_000);
});

test('keys are deleted, but the one that signs', async () => {
  const [next, current, previous] = await keys();
  await refused(1, /key that signs cannot be deleted/, 'keys', 'delete', current.id);
  await ok('keys', 'delete', previous.id);
  await ok('keys', 'delete', next.id);
  await refused(1, /no signing key with the id/, 'keys', 'delete', next.id);
  await until(async () => (await published()).length === 1);
  assert.match(await ok('keys', 'list'), new RegExp(`^ID .*\\n${current.id} `));
});

test('a backup holds what was there, and another installation starts from it', async (t) => {
  const folder = path.join(server.data, 'copy');
  if (server.db === 'postgres') {
    await refused(1, /pg_dump/, 'backup', folder);
    await refused(1, /pg_restore/, 'restore', folder);
    return;
  }
  const applications = (await api(server, 'GET', '/api/applications', { token: await admin(server) })).json;
  await ok('backup', folder);
  fs.copyFileSync(path.join(server.data, 'secret.key'), path.join(folder, 'secret.key'));
  const second = await startServer({ data: folder, init: false });
  t.after(() => second.stop());
  second.client = { ...server.client, tokenUrl: `${second.base}/oidc/token` };
  const answer = await api(second, 'GET', '/api/applications', { token: await token(second) });
  assert.deepEqual(answer.json, applications);
});

test('a key file that does not fit is named as the reason', async () => {
  const env = { ...server.env, SIGNET_KEY: '00'.repeat(32) };
  const result = await signet(['keys', 'list'], { env });
  assert.equal(result.code, 1);
  assert.match(result.stderr, /SIGNET_KEY/);
  assert.equal((await tokenAnswer(server)).status, 200);
});

test('a key that is missing is not made anew beside databases that were sealed with it', async (t) => {
  if (server.db === 'postgres') return; // nothing tells of them before the key is read
  const folder = path.join(server.data, 'keyless');
  await ok('backup', folder);
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const elsewhere = path.join(server.data, 'elsewhere.key');
  for (const [setting, file] of [[{}, path.join(folder, 'secret.key')], [{ SIGNET_KEY_FILE: elsewhere }, elsewhere]]) {
    for (const command of [['serve'], ['init'], ['keys', 'list']]) {
      const { code, stderr } = await signet(command, { env: { ...server.env, SIGNET_DATA: folder, ...setting } });
      assert.equal(code, 1);
      assert.match(stderr, /is missing, but default\.db was sealed with one: put it back/);
      assert.equal(fs.existsSync(file), false);
    }
  }
});
