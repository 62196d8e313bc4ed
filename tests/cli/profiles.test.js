// Profiles that cannot be read do not stand in the way of the others, and two commands at once lose nothing.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fails, home, json, ok, serve } from './support.js';

const SECRET = 'sesame-open-7431';
let server, user;
before(async () => {
  server = await serve((request, response) => json(response, { access_token: 'opaque', token_type: 'Bearer', refresh_token: 'again', expires_in: 3600 }));
});
after(() => server.close());

async function homeWith(...names) {
  user = home();
  for (const name of names) await ok(token(name));
  return user;
}
const token = (name) => user.run(['token', '--token-url', `${server.url}/token`, '--client-id', 'c', '--client-secret-stdin', '--profile', name], { input: SECRET });
const file = (name) => path.join(user.profiles, `${name}.profile`);
const read = (name) => fs.readFileSync(file(name), 'utf8');
const expire = (name) => fs.writeFileSync(file(name), read(name).replace(/^(expires-at = ).*$/m, '$11000'));
const profile = (...args) => user.run(['profile', ...args]);

test('without the key, profiles are listed, deleted and given their secrets anew', async (t) => {
  t.after((await homeWith('a', 'b', 'c')).remove);
  fs.rmSync(path.join(user.folder, 'signet', 'keyring'));
  let result = await profile('list');
  assert.equal(result.code, 2);
  assert.match(result.stdout, /^a +cannot be read[^]*^b +cannot be read[^]*^c +cannot be read/m);
  result = await profile('purge');
  assert.deepEqual([result.code, result.stdout], [2, '0 expired tokens deleted\n']);
  await ok(profile('delete', 'a'));
  await fails(user.run(['token', '--profile', 'b']), 2, /encrypted with another key/);
  assert.equal(await ok(user.run(['token', '--profile', 'b', '--client-secret-file', user.file('secret', SECRET)])), 'opaque\n');
  assert.equal(await ok(user.run(['token', '--profile', 'b', '--cached'])), 'opaque\n');
  assert.deepEqual(fs.readdirSync(user.profiles).filter((name) => name.startsWith('a.')), []);
});

test('a stray line in one profile hides no other', async (t) => {
  t.after((await homeWith('a', 'z')).remove);
  expire('z');
  fs.appendFileSync(file('a'), 'stray\n');
  const result = await profile('list', '--json');
  assert.equal(result.code, 2);
  assert.deepEqual(JSON.parse(result.stdout).map((each) => each.name), ['z']);
  assert.match(result.stderr, /a\.profile:\d+: a line looks like/);
  assert.match((await profile('purge')).stdout, /^1 expired token deleted/);
});

test('a purge waits for who renews a token, and keeps what that brought', { timeout: 60_000 }, async (t) => {
  t.after((await homeWith('a', 'b')).remove);
  const renewed = read('b');
  for (const name of ['a', 'b']) expire(name);
  const holder = spawn('flock', [path.join(user.profiles, 'b.lock'), 'sh', '-c', 'echo held; cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => holder.kill());
  await once(holder.stdout, 'data');
  const purge = profile('purge');
  while (/^access-token/m.test(read('a'))) await new Promise((resolve) => setImmediate(resolve));
  fs.writeFileSync(file('b'), renewed);
  holder.stdin.end();
  assert.match(await ok(purge), /^1 expired token deleted/);
  assert.equal(read('b'), renewed);
});

test('two renames at once, and a rename while the profile is in use', async (t) => {
  t.after((await homeWith('a', 'b')).remove);
  const results = await Promise.all([profile('rename', 'a', 'c'), profile('rename', 'b', 'c'), profile('delete', 'nobody')]);
  assert.deepEqual(results.map((each) => each.code).sort(), [0, 1, 2]);
  assert.equal(fs.readdirSync(user.profiles).filter((name) => name.endsWith('.profile')).length, 2);
});

test('what a killed writer left goes with the next save or purge', async (t) => {
  t.after((await homeWith('a', 'a.profile.X')).remove);
  for (const command of [['purge'], ['rename', 'a', 'd']]) {
    fs.writeFileSync(`${file('a')}.AbCd12`, 'half');
    await ok(profile(...command));
    assert.ok(!fs.existsSync(`${file('a')}.AbCd12`));
  }
  assert.ok(fs.existsSync(path.join(user.profiles, 'a.profile.X.lock')));
});
