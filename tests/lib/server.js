// Starts the real binary on fresh ports with fresh data, and sees to it that it ends cleanly.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { returnPort, takePort } from './ports.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const SANITIZER = /(ERROR|WARNING|SUMMARY): (Address|Leak|Thread|Memory|UndefinedBehavior)Sanitizer|runtime error: /;
const START_MS = 60_000;
const STOP_MS = 30_000;

export const binary = path.resolve(root, process.env.SIGNET_BIN ?? 'build/asan/signet');

const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

// Runs a subcommand to its end: {code, stdout, stderr}; never throws for an exit code.
export async function signet(args, { env = {}, cwd, input } = {}) {
  const child = spawn(binary, args, { env: environment(env), cwd, stdio: 'pipe' });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) {
    child[name].setEncoding('utf8');
    child[name].on('data', (text) => (output[name] += text));
  }
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  assert.doesNotMatch(output.stderr, SANITIZER);
  return { code, ...output };
}

function environment(extra) {
  const names = ['PATH', 'HOME', 'TMPDIR', 'TSAN_OPTIONS', 'LSAN_OPTIONS'];
  const kept = Object.fromEntries(names.filter((n) => process.env[n]).map((n) => [n, process.env[n]]));
  return {
    ASAN_OPTIONS: 'detect_leaks=1:detect_stack_use_after_return=1',
    UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
    ...kept,
    ...extra,
  };
}

async function psql(sql) {
  await run('psql', [process.env.SIGNET_TEST_PG_URL, '-qXc', sql], { env: environment({}) });
}

// locale: of ICU; undefined: as the cluster, or the template, has it.
async function createDatabase(template, locale) {
  assert.ok(process.env.SIGNET_TEST_PG_URL, 'SIGNET_TEST_PG_URL names no PostgreSQL cluster');
  const name = `signet_${process.pid}_${Date.now().toString(36)}_${Math.random().toString(36).slice(2, 8)}`;
  const letters = locale ? ` TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE '${locale}' LOCALE 'C.UTF-8'` : '';
  await psql(`CREATE DATABASE ${name}${letters}${template ? ` TEMPLATE ${template} STRATEGY FILE_COPY` : ''}`);
  const url = new URL(process.env.SIGNET_TEST_PG_URL);
  url.pathname = `/${name}`;
  return { name, url: url.href };
}

// What `signet init` made for all tests of a run (see prepare), for those whose settings have no part in it:
// {data, database, client}, or undefined.
const OF_NO_PART = new Set(['SIGNET_CONNECTOR_PRIVATE_ADDRESSES', 'SIGNET_HOOK_PRIVATE_ADDRESSES', 'SIGNET_THREADS',
  'SIGNET_REVEAL_SECRETS', 'STATUS_API_KEY', 'TRUST_PROXY_HEADER', 'PORT', 'ADMIN_PORT']);
function prepared(db, env) {
  const file = process.env.SIGNET_TEST_PREPARED && path.join(process.env.SIGNET_TEST_PREPARED, `${db}.json`);
  if (!file || !Object.keys(env).every((name) => OF_NO_PART.has(name))) return undefined;
  return JSON.parse(fs.readFileSync(file, 'utf8'));
}

// Makes in a folder what prepared() gives: most of a start's time goes into the first making of the tables.
export async function prepare(folder, db) {
  const data = path.join(folder, db);
  fs.mkdirSync(data);
  const database = db === 'postgres' ? await createDatabase() : undefined;
  const env = { SIGNET_DATA: data, ...(database && { DB_URL: database.url }) };
  const client = await initialized(env);
  fs.writeFileSync(path.join(folder, `${db}.json`), JSON.stringify({ data, database: database?.name, client }));
}

// The first client, as `signet init` prints it.
async function initialized(env) {
  const result = await signet(['init', '--json'], { env });
  assert.equal(result.code, 0, result.stderr);
  const block = JSON.parse(result.stdout);
  return { id: block.clientId, secret: block.clientSecret, scope: block.scope, resource: block.resource, tokenUrl: block.tokenUrl };
}

// Resolves once the server says that it is ready; rejects when it ends first or takes too long.
async function announced(server, child, from) {
  const said = () => server.logs().includes('signet is ready', from);
  await new Promise((resolve, reject) => {
    const fail = (what) => reject(new Error(`the server ${what}:\n${server.logs()}`));
    const timer = setTimeout(() => fail('is not ready in time'), START_MS);
    const settle = (how, value) => (clearTimeout(timer), how(value));
    child.once('close', (code, signal) => settle(said() ? resolve : fail, `did not start (exit ${code ?? signal})`));
    for (const stream of [child.stdout, child.stderr]) stream.on('data', () => said() && settle(resolve));
  });
}

// Secrets that the test met must be neither in the log nor, in clear, in any file of the data folder.
function assertNothingLeaked(server) {
  const files = fs
    .readdirSync(server.data, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name));
  const texts = files.map((file) => [file, fs.readFileSync(file)]);
  texts.push(['log', Buffer.from(server.logs())]);
  for (const secret of server.secrets) {
    for (const [where, text] of texts) {
      assert.ok(!text.includes(secret), `a secret (${secret.slice(0, 4)}…) stands in clear in ${where}`);
    }
  }
}

class Server {
  #child;
  #closed;
  #log = '';
  #database;
  #ended; // by the test, not by itself

  // Fills what startServer describes.
  static async start({ env = {}, data, db = process.env.SIGNET_TEST_DB ?? 'sqlite', locale, init = true } = {}) {
    const server = new Server();
    server.db = db;
    server.ownsData = data === undefined;
    server.data = data ?? fs.mkdtempSync(path.join(os.tmpdir(), 'signet-test-'));
    server.port = Number(env.PORT ?? (await takePort()));
    server.adminPort = Number(env.ADMIN_PORT ?? (await takePort()));
    const scheme = env.HTTPS_CERT_PATH ? 'https' : 'http';
    server.base = `${scheme}://localhost:${server.port}`;
    server.adminBase = `${scheme}://localhost:${server.adminPort}`;
    server.secrets = new Set();
    server.env = { PORT: server.port, ADMIN_PORT: server.adminPort, SIGNET_DATA: server.data, ...env };
    const ready = init && server.ownsData && !locale ? prepared(db, env) : undefined;
    if (db === 'postgres' && !env.DB_URL) {
      server.#database = await createDatabase(ready?.database, locale);
      server.env.DB_URL = server.#database.url;
      server.env.DATABASE_POOL_SIZE ??= 3; // each connection costs PostgreSQL a process; three can still meet
    }
    if (init) await server.#init(ready);
    await server.#spawn();
    return server;
  }

  async #init(ready) {
    const tokenUrl = `${this.base}/oidc/token`;
    if (ready) fs.cpSync(ready.data, this.data, { recursive: true, preserveTimestamps: true });
    this.client = ready ? { ...ready.client, tokenUrl } : await initialized(this.env);
    this.secrets.add(this.client.secret);
  }

  async #spawn() {
    this.agent = new http.Agent({ keepAlive: true });
    const from = this.#log.length;
    const child = spawn(binary, ['serve'], { env: environment(this.env), stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    this.#closed = once(child, 'close');
    running.add(child);
    child.once('close', () => running.delete(child));
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text) => (this.#log += text));
    }
    await announced(this, child, from);
  }

  get pid() {
    return this.#child.pid;
  }

  // All that the server has printed so far, over restarts.
  logs() {
    return this.#log;
  }

  // Ends the process with a signal and gives {code, signal}; nothing is asserted or removed.
  async end(signal) {
    this.agent.destroy();
    this.#ended = this.#child.exitCode === null && this.#child.signalCode === null;
    this.#child.kill(signal);
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    const [code, ended] = await this.#closed;
    clearTimeout(timer);
    return { code, signal: ended };
  }

  // Ends as a power cut does for the process; data stays for restart().
  async kill() {
    await this.end('SIGKILL');
    this.#assertClean();
  }

  #assertClean() {
    assert.doesNotMatch(this.#log, SANITIZER, this.#log);
  }

  async #stopProcess() {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const { code, signal } = await this.end('SIGTERM');
      assert.equal(code, 0, `exit code ${code}, signal ${signal} after SIGTERM:\n${this.#log.slice(-4000)}`);
    }
    const { exitCode, signalCode } = this.#child;
    assert.ok(this.#ended, `ended by itself, exit code ${exitCode}, signal ${signalCode}:\n${this.#log.slice(-4000)}`);
    this.#assertClean();
  }

  // Stops the process when it runs, and starts it again on the same ports and data.
  async restart(env = {}) {
    await this.#stopProcess();
    Object.assign(this.env, env);
    await this.#spawn();
  }

  // Stops cleanly, checks what is left behind, and removes all that was made for the server.
  async stop() {
    try {
      await this.#stopProcess();
      assertNothingLeaked(this);
    } finally {
      if (this.#database) await psql(`DROP DATABASE IF EXISTS ${this.#database.name} WITH (FORCE)`);
      if (this.ownsData) fs.rmSync(this.data, { recursive: true, force: true });
      returnPort(this.port);
      returnPort(this.adminPort);
    }
  }
}

/**
 * Runs `signet init --json`, then `signet serve`, and waits until it answers.
 *
 * env: settings beside PORT, ADMIN_PORT, SIGNET_DATA. data: a folder to use and keep instead of a
 * fresh one. db: 'sqlite' or 'postgres' (a fresh database on SIGNET_TEST_PG_URL); SIGNET_TEST_DB is
 * the default. locale: of that database, as ICU names it; SQLite has none. init: false for data that is initialised already (then there is no `client`).
 *
 * Gives {base, adminBase, port, adminPort, data, db, env, client: {id, secret, scope, resource,
 * tokenUrl}, secrets, pid, stop(), kill(), restart(env), end(signal), logs()}. Whatever is added to
 * `secrets` must not be found in the log or the data folder when stop() runs.
 */
export const startServer = (options) => Server.start(options);
