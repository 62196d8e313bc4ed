// A machine's token from Signet and from other OpenID providers, one after the other in one run: CPU of the whole process,
// beside one bare ES256 signature, requests/s and memory. Each signs access tokens with ES256.
//
//   ./dev bench peers [--seconds N] [--json FILE]
import { execFileSync, spawn } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

process.env.SIGNET_BIN ??= 'build/signet';
const { startServer } = await import('../tests/lib/server.js');
const { load, signatureMicroseconds, tokenRequest } = await import('./load.js');

const options = { seconds: 4, json: fileURLToPath(new URL('../build/bench-peers.json', import.meta.url)) };
for (let args = process.argv.slice(2); args.length; ) {
  const name = args.shift();
  if (name === '--seconds') options.seconds = Number(args.shift());
  else if (name === '--json') options.json = args.shift();
  else throw new Error(`unknown option ${name}; there are --seconds and --json`);
}

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'signet-peers-'));
const RESOURCE = 'https://api.example.com';

function freePort() {
  return new Promise((resolve) => {
    const probe = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

// A started program; stop() ends it. The promise resolves when it has written what it says when it listens.
function program(command, args, env, ready) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: { PATH: process.env.PATH, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    const hear = (chunk) => {
      said += chunk;
      if (said.includes(ready)) resolve({ pid: child.pid, stop: () => child.kill() });
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('error', reject);
    child.on('exit', () => reject(new Error(`${command}: ${said}`)));
  });
}

async function signet(env) {
  const server = await startServer({ env: { LOG_LEVEL: 'warn', ...env } });
  const { id, secret, resource } = server.client;
  return { pid: server.pid, base: server.base, stop: () => server.stop(), request: tokenRequest('/oidc/token', id, secret, { scope: 'all', resource }) };
}

async function oidcProvider() {
  const env = { PORT: String(await freePort()), CLIENT_ID: 'bench', CLIENT_SECRET: crypto.randomBytes(24).toString('hex'), RESOURCE, NODE_ENV: 'production' };
  const file = fileURLToPath(new URL('oidc_provider.js', import.meta.url));
  const running = await program(process.execPath, [file], env, 'ready');
  return { ...running, base: `http://127.0.0.1:${env.PORT}`, request: tokenRequest('/token', env.CLIENT_ID, env.CLIENT_SECRET, { scope: 'all', resource: RESOURCE }) };
}

// Debian's, with its database in SQLite as the package's own files make it.
async function glewlwyd() {
  const tables = '/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3';
  if (!fs.existsSync('/usr/bin/glewlwyd')) throw new Skipped('Debian\'s package glewlwyd is not installed');
  const database = path.join(folder, 'glewlwyd.db');
  execFileSync('sqlite3', [database], { input: fs.readFileSync(tables) });
  const port = String(await freePort());
  const base = `http://127.0.0.1:${port}`;
  const modules = '/usr/lib/glewlwyd';
  const running = await program('glewlwyd', ['--env-variables'], {
    GLWD_PORT: port, GLWD_BIND_ADDRESS: '127.0.0.1', GLWD_EXTERNAL_URL: base, GLWD_API_PREFIX: 'api', GLWD_LOG_MODE: 'console', GLWD_LOG_LEVEL: 'INFO',
    GLWD_DATABASE_TYPE: 'sqlite3', GLWD_DATABASE_SQLITE3_PATH: database, GLWD_HASH_ALGORITHM: 'SHA512',
    GLWD_USER_MODULE_PATH: `${modules}/user`, GLWD_USER_MIDDLEWARE_MODULE_PATH: folder, GLWD_CLIENT_MODULE_PATH: `${modules}/client`,
    GLWD_AUTH_SCHEME_MODULE_PATH: `${modules}/scheme`, GLWD_PLUGIN_MODULE_PATH: `${modules}/plugin`,
    GLWD_ADMIN_SCOPE: 'g_admin', GLWD_PROFILE_SCOPE: 'g_profile',
  }, 'Glewlwyd started');
  while (!(await fetch(base).catch(() => undefined))); // it says so a moment before it listens
  let cookie;
  const call = async (method, url, body) => {
    const answer = await fetch(`${base}/api/${url}`, { method, headers: { 'content-type': 'application/json', ...(cookie && { cookie }) }, body: body && JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`);
    return answer;
  };
  const session = await call('POST', 'auth/', { username: 'admin', password: 'password' });
  cookie = session.headers.getSetCookie().map((one) => one.split(';')[0]).join('; ');
  const keys = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await call('POST', 'mod/plugin/', {
    module: 'oidc', name: 'oidc', display_name: 'oidc', order_rank: 0,
    parameters: {
      iss: `${base}/api/oidc`, 'jwt-type': 'ecdsa', 'jwt-key-size': '256',
      key: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }), cert: keys.publicKey.export({ type: 'spki', format: 'pem' }),
      'access-token-duration': 3600, 'refresh-token-duration': 1209600, 'code-duration': 600, 'refresh-token-rolling': true,
      'allow-non-oidc': true, 'auth-type-client-enabled': true, 'auth-type-code-enabled': true, 'auth-type-token-enabled': false,
      'auth-type-id-token-enabled': true, 'auth-type-none-enabled': false, 'auth-type-password-enabled': false, 'auth-type-refresh-enabled': true,
      scope: [],
    },
  });
  const secret = crypto.randomBytes(24).toString('hex');
  await call('POST', 'scope/', { name: 'all', display_name: 'all', password_required: false });
  await call('POST', 'client/', { client_id: 'bench', name: 'bench', enabled: true, confidential: true, password: secret, authorization_type: ['client_credentials'], token_endpoint_auth_method: ['client_secret_basic'], scope: ['all'], redirect_uri: [] });
  return { ...running, base, request: tokenRequest('/api/oidc/token', 'bench', secret, { scope: 'all' }) };
}

class Skipped extends Error {}

const peers = {
  'Signet, audit before the answer': () => signet({}),
  'Signet, no audit': () => signet({ SIGNET_AUDIT: 'off' }),
  'oidc-provider, adapter in memory': oidcProvider,
  'glewlwyd, SQLite': glewlwyd,
};

// What a token is signed with, from its head; the answer must have one.
async function assertToken({ base, request }) {
  const answer = await fetch(base + request.path, request);
  const text = await answer.text();
  const { access_token: token } = answer.ok ? JSON.parse(text) : {};
  const { alg } = token ? JSON.parse(Buffer.from(token.split('.')[0], 'base64url')) : {};
  if (alg !== 'ES256') throw new Error(`${base}: ${answer.status}, not a token signed with ES256: ${text}`);
}

const results = [];
console.log('server                               CPU µs   ÷ sign    tokens/s   p50 ms   p99 ms  RSS MiB');
for (const [name, start] of Object.entries(peers)) {
  let peer;
  try {
    peer = await start();
  } catch (error) {
    if (!(error instanceof Skipped)) throw error;
    console.log(`${name.padEnd(34)} skipped: ${error.message}`);
    continue;
  }
  await assertToken(peer);
  await load(peer.pid, peer.base, peer.request, 16, 1);
  const sign = signatureMicroseconds();
  const result = { server: name, sign_us: sign, ...(await load(peer.pid, peer.base, peer.request, 64, options.seconds)) };
  await peer.stop();
  results.push(result);
  const cells = [result.cpu_us.toFixed(1), (result.cpu_us / sign).toFixed(1), Math.round(result.per_second), result.p50_ms.toFixed(2), result.p99_ms.toFixed(2), result.rss_mib.toFixed(0)];
  console.log(name.padEnd(34) + cells.map((cell, i) => String(cell).padStart([9, 9, 12, 9, 9, 9][i])).join(''));
}
fs.writeFileSync(options.json, `${JSON.stringify(results, null, 2)}\n`);
fs.rmSync(folder, { recursive: true });
