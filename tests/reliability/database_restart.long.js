// PostgreSQL that is stopped, restarted, frozen, replaced by its replica and loses its connections under load: nothing
// acknowledged is lost, nothing but 503 in the gap, no request hangs, and work goes on soon after.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as passed } from 'node:timers/promises';
import { api, tokenAnswer } from '../lib/api.js';
import { admin, unique } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';

const ROUNDS = Number(process.env.ROUNDS ?? 3);
// Sanitizers make everything slow; the promise is about the release build.
const slow = (process.env.SIGNET_BIN ?? 'build/asan/signet').includes('san');
const RECOVERY_MS = slow ? 15_000 : 2000;
const LATE_MS = slow ? 20_000 : 5500;
const FROZEN_MS = 10_000;
// A server with a database of its own has none to lose.
const engines = process.env.SIGNET_TEST_DB === 'postgres' ? ['postgres'] : [];

const psql = (sql, url = process.env.SIGNET_TEST_PG_URL) =>
  execFileSync('psql', [url, '-qXAtc', sql], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();

// Where PostgreSQL's programs are, and who owns the cluster: they do not run as root.
function cluster() {
  const folder = psql('SHOW data_directory');
  const options = fs.readFileSync(`${folder}/postmaster.opts`, 'utf8').trim();
  const { uid, gid } = fs.statSync(folder);
  return { folder, options, programs: path.dirname(options.split(' ')[0]), owner: { uid, gid, cwd: '/', stdio: 'ignore' } };
}

function restart(mode) {
  const { folder, options, programs, owner } = cluster();
  const given = options.split(' ').slice(1).map((word) => word.replace(/^"|"$/g, ''));
  const text = given.filter((word, i, all) => word !== '-D' && all[i - 1] !== '-D').join(' ');
  execFileSync(path.join(programs, 'pg_ctl'), ['-D', folder, '-m', mode, '-s', '-w', '-l', `${folder}/../server.log`, '-o', text, 'restart'], owner);
}

// The postmaster and all its children stand still for a while.
async function freeze() {
  const { folder } = cluster();
  const [postmaster] = fs.readFileSync(`${folder}/postmaster.pid`, 'utf8').split('\n');
  const children = execFileSync('ps', ['-o', 'pid=', '--ppid', postmaster], { encoding: 'utf8' }).trim().split(/\s+/);
  for (const pid of [postmaster, ...children]) process.kill(Number(pid), 'SIGSTOP');
  await passed(FROZEN_MS);
  for (const pid of [...children, postmaster]) process.kill(Number(pid), 'SIGCONT');
}

// Works on the server from before the trouble until after it; gives how it was answered, and keeps the names of the roles
// that were acknowledged.
async function through(server, trouble, kept) {
  const ends = {};
  let stop = false;
  let longest = 0;
  const create = async () => {
    const role = unique('role');
    const since = performance.now();
    const made = await api(server, 'POST', '/api/roles', { token: server.adminToken, body: { name: role, description: 'd' } });
    longest = Math.max(longest, performance.now() - since);
    if (made.status === 200) kept.push(role);
    return made;
  };
  const work = async (i) => {
    while (!stop) {
      const made = i % 2 ? await tokenAnswer(server) : await create();
      ends[made.status] = (ends[made.status] ?? 0) + 1;
      assert.ok([200, 503].includes(made.status), `${made.status} ${made.text}`);
      if (made.status === 503) assert.ok(made.headers['retry-after']);
    }
  };
  const working = Promise.all(Array.from({ length: 12 }, (_, i) => work(i)));
  while ((ends[200] ?? 0) < 20) await passed(1);
  await trouble();
  const since = performance.now();
  while ((await create()).status !== 200);
  const recovered = performance.now() - since;
  stop = true;
  await working;
  assert.ok(recovered < RECOVERY_MS, `again after ${recovered} ms`);
  assert.ok(longest < LATE_MS, `a request took ${longest} ms`);
  return `${JSON.stringify(ends)}, the longest request ${Math.round(longest)} ms, again after ${Math.round(recovered)} ms`;
}

async function assertKept(server, kept) {
  const roles = new Set();
  for (let page = 1; ; page += 1) {
    const { json } = await api(server, 'GET', `/api/roles?page_size=100&page=${page}`, { token: server.adminToken });
    for (const { name } of json) roles.add(name);
    if (json.length < 100) break;
  }
  for (const name of kept) assert.ok(roles.has(name), `${name} was acknowledged`);
}

for (const db of engines) {
  test(`${ROUNDS} rounds of trouble`, async (t) => {
    const server = await startServer({ db });
    t.after(() => server.stop());
    const kept = [];
    const troubles = {
      'connections are killed': () => psql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname LIKE 'signet%'"),
      'a fast restart': () => restart('fast'),
      'a crash': () => restart('immediate'),
      [`frozen for ${FROZEN_MS / 1000} s`]: freeze,
    };
    await admin(server);
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [name, trouble] of Object.entries(troubles)) t.diagnostic(`${name}: ${await through(server, trouble, kept)}`);
    }
    await assertKept(server, kept);
  });
}

// A primary that tells its replica of each COMMIT before it acknowledges it, and that replica.
class Pair {
  #programs;
  #owner;

  constructor() {
    ({ programs: this.#programs, owner: this.#owner } = cluster());
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'signet-replica-'));
    fs.chownSync(this.folder, this.#owner.uid, this.#owner.gid);
  }

  #run(program, ...args) {
    execFileSync(path.join(this.#programs, program), args, this.#owner);
  }

  async #launch(name, port, ...options) {
    const common = ['-p', port, '-k', this.folder, '-c', 'listen_addresses=127.0.0.1', ...options];
    this.#run('pg_ctl', '-D', path.join(this.folder, name), '-l', path.join(this.folder, `${name}.log`), '-s', '-w', '-o', common.join(' '), 'start');
  }

  async start() {
    this.ports = [await freePort(), await freePort()];
    const [primary, replica] = this.ports;
    this.#run('initdb', '-D', path.join(this.folder, 'primary'), '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C');
    await this.#launch('primary', primary, '-c', "synchronous_standby_names='*'", '-c', 'synchronous_commit=local');
    this.#run('pg_basebackup', '-h', '127.0.0.1', '-p', String(primary), '-U', 'postgres', '-R', '-c', 'fast', '-D', path.join(this.folder, 'replica'));
    await this.#launch('replica', replica);
    psql('CREATE DATABASE signet', this.url(primary, 'postgres'));
  }

  url = (port, database) => `postgres://postgres@127.0.0.1:${port}/${database}`;

  // For a client of whichever of both takes writes; each COMMIT waits for the replica.
  get both() {
    const hosts = this.ports.map((port) => `127.0.0.1:${port}`).join(',');
    return `postgres://postgres@${hosts}/signet?target_session_attrs=read-write&connect_timeout=2&options=-csynchronous_commit%3Don`;
  }

  failOver() {
    this.#run('pg_ctl', '-D', path.join(this.folder, 'primary'), '-m', 'immediate', '-s', '-w', 'stop');
    this.#run('pg_ctl', '-D', path.join(this.folder, 'replica'), '-s', '-w', 'promote');
  }

  stop() {
    for (const name of ['primary', 'replica']) {
      if (fs.existsSync(path.join(this.folder, name, 'postmaster.pid'))) this.#run('pg_ctl', '-D', path.join(this.folder, name), '-m', 'immediate', '-s', '-w', 'stop');
    }
    fs.rmSync(this.folder, { recursive: true });
  }
}

function freePort() {
  return new Promise((resolve) => {
    const probe = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

for (const db of engines) {
  test('the primary dies and its replica takes over', async (t) => {
    const pair = new Pair();
    t.after(() => pair.stop());
    await pair.start();
    const server = await startServer({ db, env: { DB_URL: pair.both } });
    t.after(() => server.stop());
    const kept = [];
    await admin(server);
    t.diagnostic(await through(server, () => pair.failOver(), kept));
    await assertKept(server, kept);
  });
}
