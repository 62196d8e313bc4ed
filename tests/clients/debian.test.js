// Clients that Debian packages, unchanged: Authlib, Apache's mod_auth_openidc, oidc-agent.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { certificate } from '../cli/support.js';
import { request } from '../lib/api.js';
import { Browser, CALLBACK, createClient, createUser, enterPassword } from '../lib/browser.js';
import { takePort } from '../lib/ports.js';
import { startServer } from '../lib/server.js';
import { createWorld, open, press, register } from './apps.js';

const run = promisify(execFile);
let world;
before(async () => (world = await createWorld()));
after(() => world.close());

function scratch(t) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'signet-debian-'));
  fs.chmodSync(folder, 0o755);
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('python3-authlib: sign-in, userinfo, tokens for a resource and an organization, revocation', async () => {
  const client = await createClient(world.server, 'Traditional');
  const script = fileURLToPath(new URL('authlib/app.py', import.meta.url));
  const child = spawn('/usr/bin/python3', [script, `${world.server.base}/oidc`, client.id, client.secret, CALLBACK, world.resource.indicator, world.organization.id]);
  let errors = '';
  child.stderr.on('data', (text) => (errors += text));
  const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const { value: url } = await lines.next();
  assert.ok(url, errors);
  const browser = new Browser(world.server);
  await browser.follow(await browser.page(url));
  const back = await browser.follow(await browser.page(await enterPassword(browser, world.user)));
  child.stdin.end(`${back.url.href}\n`);
  const { value: text } = await lines.next();
  assert.ok(text, errors);
  const seen = JSON.parse(text);
  assert.deepEqual([seen.sub, seen.info.sub, seen.info.email], [world.user.id, world.user.id, 'ann@example.com']);
  assert.deepEqual([seen.token.aud, seen.token.scope], [world.resource.indicator, 'read']);
  assert.equal(seen.organization.aud, `urn:logto:organization:${world.organization.id}`);
});

// A web server whose one page is for users who are signed in, and which has the module's own page for sessions.
function apacheConfiguration(folder, port, client) {
  const modules = ['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'dir', 'auth_openidc'];
  return `ServerRoot "${folder}"
ServerName 127.0.0.1
Listen 127.0.0.1:${port}
PidFile "${folder}/pid"
DefaultRuntimeDir "${folder}"
ErrorLog "${folder}/error.log"
${process.getuid() === 0 ? 'User www-data\nGroup www-data' : ''}
${modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
DocumentRoot "${folder}/pages"
OIDCProviderMetadataURL ${world.server.base}/oidc/.well-known/openid-configuration
OIDCClientID ${client.id}
OIDCClientSecret ${client.secret}
OIDCRedirectURI http://127.0.0.1:${port}/callback
OIDCCryptoPassphrase of-this-test
OIDCScope "openid profile email offline_access"
OIDCAuthRequestParams prompt=consent
OIDCPKCEMethod S256
OIDCRemoteUserClaim sub
OIDCInfoHook access_token refresh_token id_token userinfo
OIDCRefreshAccessTokenBeforeExpiry 10000
OIDCSSLValidateServer Off
<Location />
  AuthType openid-connect
  Require valid-user
</Location>
<Location /bye.html>
  AuthType None
  Require all granted
</Location>
`;
}

async function startApache(t, client, port) {
  const folder = scratch(t);
  fs.mkdirSync(path.join(folder, 'pages'));
  fs.writeFileSync(path.join(folder, 'pages', 'index.html'), '<title>members</title><h1>Members</h1>');
  fs.writeFileSync(path.join(folder, 'pages', 'bye.html'), '<title>bye</title><h1>Bye</h1>');
  const file = path.join(folder, 'apache.conf');
  fs.writeFileSync(file, apacheConfiguration(folder, port, client));
  const child = spawn('/usr/sbin/apache2', ['-DFOREGROUND', '-f', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (text) => (errors += text));
  const ended = once(child, 'close');
  t.after(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  const ready = () => request(`http://127.0.0.1:${port}/bye.html`).then(({ status }) => status === 200, () => false);
  while (!(await ready())) assert.equal(child.exitCode, null, errors);
  return () => `${errors}${fs.readFileSync(path.join(folder, 'error.log'), 'utf8')}`;
}

test('libapache2-mod-auth-openidc: a page for members, refresh, userinfo, sign-out', async (t) => {
  const port = await takePort();
  const base = `http://127.0.0.1:${port}`;
  const client = await register(world, 'Traditional', base, { bye: '/bye.html' });
  const log = await startApache(t, client, port);
  const page = await open(world, base);
  await page.getByLabel('Username').fill(world.user.username);
  await page.getByLabel('Password').fill(world.user.password);
  await press(page, 'Sign in');
  await page.getByRole('heading', { name: 'Members' }).waitFor().catch((error) => assert.fail(`${error} ${log()}`));

  const info = async () => JSON.parse(await page.evaluate(() => fetch('/callback?info=json').then((answer) => answer.text())));
  const first = await info();
  assert.deepEqual([first.userinfo.sub, first.userinfo.email, first.id_token.sub], [world.user.id, 'ann@example.com', world.user.id], log());
  assert.ok(first.refresh_token);
  const query = new URLSearchParams({ refresh: `${base}/`, access_token: first.access_token });
  await page.goto(`${base}/callback?${query}`);
  const second = await info();
  assert.notEqual(second.access_token, first.access_token, log());

  await page.goto(`${base}/callback?${new URLSearchParams({ logout: `${base}/bye.html` })}`);
  await page.getByRole('heading', { name: 'Bye' }).waitFor().catch((error) => assert.fail(`${error} ${page.url()} ${log()}`));
  await page.goto(base);
  await page.getByLabel('Password').waitFor();
});

// The agent speaks HTTPS alone, and keeps its own files at home.
async function startAgent(t, home) {
  const socket = path.join(home, 'agent');
  const env = { PATH: process.env.PATH, HOME: home, OIDC_SOCK: socket };
  const agent = spawn('oidc-agent', ['-d', '-a', socket], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(agent, 'close');
  t.after(async () => {
    agent.kill('SIGTERM');
    await ended;
  });
  const listening = () => fs.existsSync(socket);
  while (!listening()) {
    assert.equal(agent.exitCode, null);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return env;
}

test('oidc-agent-cli: a device flow in the terminal, then tokens from its refresh token', { timeout: 120_000 }, async (t) => {
  const home = scratch(t);
  const now = Date.now();
  const at = (days) => `${new Date(now + days * 86_400_000).toISOString().replace(/[-:T]|\..*/g, '')}Z`;
  const { cert, file } = certificate(home, at(-1), at(1));
  const server = await startServer({ env: { HTTPS_CERT_PATH: file, HTTPS_KEY_PATH: path.join(home, 'key.pem') } });
  t.after(() => server.stop());
  server.ca = cert;
  const user = await createUser(server);
  const client = await createClient(server, 'Native', { customClientMetadata: { isDeviceFlow: true } });
  const env = await startAgent(t, home);

  const password = path.join(home, 'password');
  fs.writeFileSync(password, 'of this test');
  const gen = spawn('oidc-gen', [
    'signet', '--flow=device', `--client-id=${client.id}`, '--client-secret=', `--issuer=${server.base}/oidc`, `--cert-path=${file}`,
    '--scope=openid profile offline_access', `--pw-file=${password}`, '--no-url-call', '--prompt=none', '--confirm-default', '--no-scheme',
  ], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(gen, 'close');
  let output = '';
  const code = await new Promise((resolve, reject) => {
    for (const stream of [gen.stdout, gen.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
        const found = /enter the code: +(\S+)/i.exec(output.replace(/\x1b\[[\d;]*m/g, ''));
        if (found) resolve(found[1]);
      });
    }
    ended.then(() => reject(new Error(output)));
  });

  const browser = new Browser(server);
  const page = await browser.page(`/oidc/device?user_code=${encodeURIComponent(code)}`);
  const [, xsrf] = /name="xsrf" value="([^"]+)"/.exec(page.text);
  const entered = await browser.request('POST', '/oidc/device', { body: new URLSearchParams({ xsrf, user_code: code, confirm: 'yes' }), headers: { accept: 'text/html' } });
  await browser.follow(entered);
  const { answer } = await browser.follow(await browser.page(await enterPassword(browser, user)));
  assert.match(answer.text, /Your device is connected/);
  const [status] = await ended;
  assert.equal(status, 0, output);

  const token = async (...more) => (await run('oidc-token', ['signet', ...more], { env })).stdout.trim();
  const [first, second] = [await token(), await token('--force-new')];
  assert.notEqual(first, second);
  const info = await request(`${server.base}/oidc/me`, { headers: { authorization: `Bearer ${second}` }, ca: server.ca });
  assert.equal(info.json.sub, user.id, info.text);
});
