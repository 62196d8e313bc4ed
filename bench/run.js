// Measures a release build: CPU of the whole server a request, rate, latency and memory, and the CPU's
// ratio to one bare ES256 signature measured in the same run.
//
//   ./dev bench [start] [scenario …] [--seconds N] [--connections 1,16,64] [--json FILE]
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

process.env.SIGNET_BIN ??= 'build/signet';
const { signet, startServer } = await import('../tests/lib/server.js');
const { api, token } = await import('../tests/lib/api.js');
const { cpuMicroseconds, load, residentMiB, signatureMicroseconds, tokenRequest } = await import('./load.js');

const root = fileURLToPath(new URL('..', import.meta.url));

const options = { seconds: 4, connections: [1, 16, 64], json: path.join(root, 'build/bench.json'), only: [] };
for (let args = process.argv.slice(2); args.length; ) {
  const arg = args.shift();
  if (arg === '--seconds') options.seconds = Number(args.shift());
  else if (arg === '--connections') options.connections = args.shift().split(',').map(Number);
  else if (arg === '--json') options.json = args.shift();
  else options.only.push(arg);
}

const machineToken = ({ client }) => tokenRequest('/oidc/token', client.id, client.secret, { scope: 'all', resource: client.resource });
const bearer = async (server) => ({ authorization: `Bearer ${await token(server)}` });

// As many at once as keep the group-committing writer busy.
async function createApplications(server, count, secrets = 1) {
  const call = await caller(server);
  let next = 0;
  const work = async () => {
    while (next < count) {
      const { id } = await call('POST', '/api/applications', { name: `app ${(next += 1)}`, type: 'MachineToMachine' });
      for (let i = 1; i < secrets; i += 1) await call('POST', `/api/applications/${id}/secrets`, { name: `secret ${i}` });
    }
  };
  await Promise.all(Array.from({ length: 32 }, work));
}

const get = (path) => async (server) => ({ method: 'GET', path, headers: await bearer(server) });

const caller = async (server) => {
  const bearerToken = await token(server);
  return async (method, path, body, headers) => {
    const answer = await api(server, method, path, { token: bearerToken, body, headers });
    if (answer.status >= 300) throw new Error(answer.text);
    return answer.json;
  };
};

const userId = (i) => `u${String(i).padStart(11, '0')}`;

// Through one import.
async function importUsers(server, from, count) {
  const call = await caller(server);
  const lines = Array.from({ length: count }, (_, at) => at + from).map((i) => JSON.stringify({
    id: userId(i), username: `user_${i}`, primaryEmail: `user.${i}@example.com`, name: `Given${i % 977} Family${i}`, createdAt: 1700000000000 + i,
    customData: { plan: 'free', seats: i % 10 }, profile: { givenName: `Given${i % 977}`, familyName: `Family${i}` },
  }));
  const start = performance.now();
  const cpu = cpuMicroseconds(server.pid);
  let job = await call('POST', '/api/user-imports', lines.join('\n'), { 'content-type': 'application/x-ndjson' });
  while (job.state === 'running') job = await call('GET', `/api/user-imports/${job.id}`);
  if (job.imported !== count) throw new Error(JSON.stringify(job));
  if (count >= 10_000) console.log(`  imported ${count} users in ${((performance.now() - start) / 1000).toFixed(1)} s, ${((cpuMicroseconds(server.pid) - cpu) / count).toFixed(0)} µs of CPU each, RSS ${residentMiB(server.pid).toFixed(0)} MiB`);
}

// Users; organizations with members, and roles, in batches.
async function fill(server, { users, organizations = 0, members = 100, roles = 0 }) {
  await importUsers(server, 0, users);
  const call = await caller(server);
  const ids = Array.from({ length: users }, (_, i) => userId(i));
  const batch = (operations) => call('POST', '/api/batch', { operations });
  if (roles) await batch(Array.from({ length: roles }, (_, i) => ({ method: 'POST', path: '/api/roles', body: { name: `role ${i}`, description: 'bench', type: 'User' } })));
  for (let at = 0; at < organizations; at += 20) {
    const operations = [];
    for (let i = at; i < at + 20; i += 1) {
      operations.push({ method: 'POST', path: '/api/organizations', body: { name: `organization ${i}` } });
      const userIds = Array.from({ length: members }, (_, m) => ids[(i * members + m) % users]);
      operations.push({ method: 'POST', path: `/api/organizations/{{${operations.length - 1}.id}}/users`, body: { userIds } });
    }
    await batch(operations);
  }
}

// As many users, applications and rows of the audit log.
async function grow(server, { users, applications, logs }) {
  for (let from = 0; from < users; from += 100_000) await importUsers(server, from, Math.min(users - from, 100_000));
  await createApplications(server, applications);
  const request = machineToken(server);
  for (let rows = 0; rows < logs;) rows += (await load(server.pid, server.base, request, 64, Math.min(10, Math.ceil((logs - rows) / 40_000)))).requests;
}

const GROWN = {
  'token, audit': machineToken,
  'user by id': get('/api/users/u00000005000'),
  'users: page of 20': get('/api/users?page_size=20&page=1'),
  'logs: page of 20': get('/api/logs?page_size=20&page=1'),
  'logs of an application: page of 20': async (server) => get(`/api/logs?page_size=20&page=1&applicationId=${server.client.id}`)(server),
};
const named = (suffix) => Object.fromEntries(Object.entries(GROWN).map(([name, make]) => [`${name}, ${suffix}`, make]));

// Signed with another algorithm, from now on.
async function rotateTo(server, alg) {
  const { code, stderr } = await signet(['keys', 'rotate', `--alg=${alg}`], { env: server.env });
  if (code) throw new Error(stderr);
  for (;;) {
    const [head] = (await token(server)).split('.');
    if (JSON.parse(Buffer.from(head, 'base64url')).alg === alg) return;
  }
}

// A certificate for localhost, as settings.
function certificate() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'signet-bench-'));
  process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
  const [cert, key] = ['cert.pem', 'key.pem'].map((name) => path.join(folder, name));
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=localhost', '-days', '2', '-keyout', key, '-out', cert], { stdio: 'ignore' });
  return { HTTPS_CERT_PATH: cert, HTTPS_KEY_PATH: key };
}

const LARGE = { users: 100_000, organizations: 1000, roles: 200 };

// name, how the server is set up, and the request that is repeated.
const scenarios = [
  { name: 'token, audit', request: machineToken },
  { name: 'token, audit after', env: { SIGNET_AUDIT: 'after' }, request: machineToken },
  { name: 'token, no audit', env: { SIGNET_AUDIT: 'off' }, request: machineToken },
  { name: 'token, no audit, one loop thread', env: { SIGNET_AUDIT: 'off', SIGNET_THREADS: '1' }, request: machineToken },
  { name: 'token, no audit, TLS', env: { SIGNET_AUDIT: 'off', ...certificate() }, request: machineToken },
  { name: 'token, no audit, ES384', env: { SIGNET_AUDIT: 'off' }, prepare: (server) => rotateTo(server, 'ES384'), request: machineToken },
  { name: 'token, audit, PostgreSQL', db: 'postgres', request: machineToken },
  { name: 'token, 10,000 applications', prepare: (server) => createApplications(server, 10_000, 3), request: machineToken },
  { name: 'list 20 applications', prepare: (server) => createApplications(server, 25), request: async (server) => ({ method: 'GET', path: '/api/applications?page=1&page_size=20', headers: await bearer(server) }) },
  { name: 'list 20 applications, PostgreSQL', db: 'postgres', prepare: (server) => createApplications(server, 25), request: async (server) => ({ method: 'GET', path: '/api/applications?page=1&page_size=20', headers: await bearer(server) }) },
  { name: 'get application', request: async (server) => ({ method: 'GET', path: `/api/applications/${server.client.id}`, headers: await bearer(server) }) },
  { name: 'create application', request: async (server) => ({ method: 'POST', path: '/api/applications', headers: { ...(await bearer(server)), 'content-type': 'application/json' }, body: JSON.stringify({ name: 'bench', type: 'MachineToMachine' }) }) },
  { name: 'create application, PostgreSQL', db: 'postgres', request: async (server) => ({ method: 'POST', path: '/api/applications', headers: { ...(await bearer(server)), 'content-type': 'application/json' }, body: JSON.stringify({ name: 'bench', type: 'MachineToMachine' }) }) },
  { name: 'users: 20 of 1,000', prepare: (server) => fill(server, { users: 1000 }), request: get('/api/users?page_size=20') },
  {
    name: 'users: 100,000 of them',
    prepare: (server) => fill(server, LARGE),
    requests: {
      'users: 20 of 100,000': get('/api/users?page_size=20'),
      'users: page 2,500 of 100,000': get('/api/users?page_size=20&page=2500'),
      'users: 20 behind a cursor': async (server) => {
        const after = Buffer.from(JSON.stringify(['users', 1700000050000, 'u00000050000'])).toString('base64url');
        return get(`/api/users?limit=20&after=${after}`)(server);
      },
      'users: search by part of a name': get('/api/users?search=%25Family7777%25&page_size=20'),
      'users: search of four letters': get('/api/users?search=%25n976%25&page_size=20'),
      'users: one of 100,000': get('/api/users/u00000050000'),
      'users: 20 members of an organization': async (server) => {
        const answer = await api(server, 'GET', '/api/organizations?page_size=1', { token: await token(server) });
        return get(`/api/organizations/${answer.json[0].id}/users?page_size=20`)(server);
      },
      'users: create beside 100,000': async (server) => ({ method: 'POST', path: '/api/users', headers: { ...(await bearer(server)), 'content-type': 'application/json' }, body: JSON.stringify({ name: 'Bench User' }) }),
    },
  },
  { name: 'million: a hundredth', asked: true, prepare: (server) => grow(server, { users: 10_000, applications: 1000, logs: 100_000 }), requests: named('a hundredth') },
  { name: 'million', asked: true, prepare: (server) => grow(server, { users: 1_000_000, applications: 100_000, logs: 10_000_000 }), requests: named('a million') },
  { name: 'JWKS', request: () => ({ method: 'GET', path: '/oidc/jwks', headers: {} }) },
];

function row(cells) {
  const widths = [38, 6, 9, 8, 10, 8, 8, 8];
  return cells.map((cell, i) => (i ? String(cell).padStart(widths[i]) : String(cell).padEnd(widths[i]))).join(' ');
}

// From exec to the last byte of the first token's answer, with a database that is there already.
async function firstToken(db) {
  const server = await startServer({ db });
  const times = [];
  const { body, headers, path: target } = machineToken(server);
  for (let i = 0; i < 9; i += 1) {
    await server.end('SIGTERM');
    const start = performance.now();
    await server.restart();
    const answer = await fetch(server.base.replace('localhost', '127.0.0.1') + target, { method: 'POST', headers, body });
    await answer.arrayBuffer();
    if (answer.status !== 200) throw new Error(`the first token: ${answer.status}`);
    times.push(performance.now() - start);
  }
  const idle = residentMiB(server.pid);
  await server.stop();
  times.sort((a, b) => a - b);
  return { scenario: 'first token', db, ms: times[4], best_ms: times[0], rss_mib: idle };
}

const results = [];
const starts = [];
if (!options.only.length || options.only.includes('start')) {
  for (const db of ['sqlite', ...(process.env.SIGNET_TEST_PG_URL ? ['postgres'] : [])]) {
    const start = await firstToken(db);
    starts.push(start);
    console.log(`start to first token (${db}): ${start.ms.toFixed(0)} ms, median of 9 (best ${start.best_ms.toFixed(0)}); RSS then ${start.rss_mib.toFixed(1)} MiB`);
  }
}
const wanted = scenarios.filter(({ name, asked }) => (!asked && !options.only.length) || options.only.some((part) => name.startsWith(part)));
console.log(row(['scenario', 'conns', 'CPU µs', '÷ sign', 'req/s', 'p50 ms', 'p99 ms', 'RSS MiB']));
for (const scenario of wanted) {
  if (scenario.db === 'postgres' && !process.env.SIGNET_TEST_PG_URL) {
    console.log(row([scenario.name, 'skipped: no PostgreSQL cluster']));
    continue;
  }
  const server = await startServer({ env: scenario.env, db: scenario.db ?? 'sqlite' });
  await scenario.prepare?.(server);
  for (const [name, make] of Object.entries(scenario.requests ?? { [scenario.name]: scenario.request })) {
    const request = await make(server);
    await load(server.pid, server.base, request, 16, 1);
    for (const connections of options.connections) {
      const sign = signatureMicroseconds();
      const result = { scenario: name, sign_us: sign, ...(await load(server.pid, server.base, request, connections, options.seconds)) };
      result.ratio = result.cpu_us / sign;
      results.push(result);
      console.log(row([name, connections, result.cpu_us.toFixed(1), result.ratio.toFixed(2), Math.round(result.per_second), result.p50_ms.toFixed(2), result.p99_ms.toFixed(2), result.rss_mib.toFixed(1)]));
    }
  }
  await server.end('SIGTERM');
  fs.rmSync(server.data, { recursive: true }); // too large to be looked through for secrets
  fs.mkdirSync(server.data);
  await server.stop();
}
if (results.length) console.log(`one bare ES256 signature: ${(results.reduce((sum, { sign_us: us }) => sum + us, 0) / results.length).toFixed(1)} µs of CPU (mean over the run)`);
fs.mkdirSync(path.dirname(options.json), { recursive: true });
fs.writeFileSync(options.json, `${JSON.stringify({ node: process.version, cpus: os.cpus().length, cpu: os.cpus()[0].model, starts, results }, null, 2)}\n`);
