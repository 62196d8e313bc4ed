// signet restore: what a killed server left behind gives way to the backup, whole or not at all.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { api } from '../lib/api.js';
import { admin } from '../lib/fixtures.js';
import { signet, startServer } from '../lib/server.js';
import { fails, ok } from './support.js';

const DATABASES = ['default.db', 'default-audit.db', 'admin.db', 'admin-audit.db'];

let server, folder, backup;
const run = (...args) => signet(args, { env: server.env });
const at = (name) => path.join(server.data, name);
const addRole = async (name) =>
  assert.equal((await api(server, 'POST', '/api/roles', { token: await admin(server), body: { name, description: name } })).status, 200);
const roles = async () =>
  (await api(server, 'GET', '/api/roles', { token: await admin(server) })).json.map(({ name }) => name).sort();
async function killed() {
  await server.kill();
  server.adminToken = undefined;
}
async function started() {
  await server.restart();
  server.adminToken = undefined;
}
// One line, and the server as it was before.
const refused = (pattern, from = backup) => fails(run('restore', from), 1, pattern);
const copied = () => {
  const copy = fs.mkdtempSync(path.join(folder, 'copy-'));
  fs.cpSync(backup, copy, { recursive: true });
  return copy;
};

before(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'signet-restore-'));
  server = await startServer({ db: 'sqlite' });
  await addRole('in the backup');
  backup = path.join(folder, 'backup');
  await ok(run('backup', backup));
  await addRole('after the backup');
});
after(async () => {
  await server.stop();
  fs.rmSync(folder, { recursive: true });
});

test('a server that runs is left alone', async () => {
  await refused(/\.db is in use: stop the server/);
  assert.ok((await roles()).includes('after the backup'));
});

test('copies that are damaged, newer, not whole or missing are refused, and nothing is changed', async () => {
  await server.end('SIGTERM');
  const was = fs.readFileSync(at('default.db'));
  const damaged = copied();
  const file = fs.openSync(path.join(damaged, 'admin-audit.db'), 'r+');
  fs.writeSync(file, Buffer.alloc(8192, 0xa5), 0, 8192, 4096);
  fs.closeSync(file);
  await refused(/admin-audit\.db of the backup is damaged/, damaged);
  const other = copied();
  fs.writeFileSync(path.join(other, 'default.db'), 'no database');
  await refused(/default\.db/, other);
  const halves = copied();
  fs.writeFileSync(path.join(halves, 'admin.db-wal'), 'a log');
  await refused(/admin\.db-wal is there/, halves);
  const incomplete = copied();
  fs.rmSync(path.join(incomplete, 'admin.db'));
  await refused(/cannot read .*admin\.db/, incomplete);
  const mixed = copied();
  fs.copyFileSync(path.join(mixed, 'admin.db'), path.join(mixed, 'default.db'));
  await refused(/default\.db of the backup is another tenant's: it serves https:\/\/admin\.logto\.app\/api/, mixed);
  assert.deepEqual(fs.readFileSync(at('default.db')), was);
  assert.deepEqual(fs.readdirSync(server.data).filter((name) => /part|restoring|replaced/.test(name)), []);
  await started();
  assert.ok((await roles()).includes('after the backup'));
});

test('after a kill the state is that of the backup, and what was there is kept', async () => {
  await addRole('in the log alone');
  await killed();
  assert.ok(fs.statSync(at('default.db-wal')).size > 0);
  assert.match(await ok(run('restore', backup)), /in place.* is in .*replaced-.*\n.*key file is not part/s);
  for (const name of DATABASES) assert.equal(fs.statSync(at(name)).mode & 0o777, 0o600);
  await started();
  assert.ok((await roles()).includes('in the backup'));
  assert.ok(!(await roles()).includes('after the backup') && !(await roles()).includes('in the log alone'));
  await addRole('after the restore');
  const [replaced] = fs.readdirSync(at('backup')).filter((name) => name.startsWith('replaced-'));
  assert.ok(fs.statSync(at(`backup/${replaced}/default.db-wal`)).size > 0);
});

test('a backup without its key is not put where there is none; with it both come', async () => {
  await server.end('SIGTERM');
  fs.renameSync(at('secret.key'), at('kept.key'));
  await refused(/neither .*secret\.key nor .*secret\.key/);
  const whole = copied();
  fs.copyFileSync(at('kept.key'), path.join(whole, 'secret.key'));
  assert.match(await ok(run('restore', whole)), /the databases and the key file/);
  await started();
  assert.ok((await roles()).includes('in the backup'));
});

test('a restore that was broken off keeps servers from starting until one came to its end', async () => {
  await server.end('SIGTERM');
  fs.writeFileSync(at('restoring'), '');
  fs.rmSync(at('default.db'));
  await fails(run('serve'), 1, /SIGNET_DATA: a restore into .* run signet restore again/);
  assert.ok(!fs.existsSync(at('default.db')));
  await ok(run('restore', backup));
  await started();
  assert.ok((await roles()).includes('in the backup'));
});

test('a start on a damaged database is refused, and says what helps', async () => {
  const says = /signet: SIGNET_DATA: .*default\.db is damaged: restore a backup of it \(signet restore FOLDER\)/;
  const broken = (from, size) => {
    const file = fs.openSync(at('default.db'), 'r+');
    fs.writeSync(file, Buffer.alloc(size, 0xa5), 0, size, from);
    fs.closeSync(file);
  };
  await addRole('one');
  await killed();
  broken(10 * 4096, fs.statSync(at('default.db')).size - 10 * 4096);
  await assert.rejects(server.restart(), says);
  await ok(run('restore', backup));
  broken(0, 4096);
  await assert.rejects(server.restart(), says);
  await ok(run('restore', backup));
  await started();
  assert.ok((await roles()).includes('in the backup'));
});
