// The exported code is run, with the runtimes that Debian has.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { api } from '../lib/api.js';
import { admin, createApp } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';
import { AWKWARD, file, run, scratch, testsFolder } from './support.js';

// Debian's own Python has the packages that ./dev deps --test installs.
const python = '/usr/bin/python3';
// Where Debian keeps the sources of packages for Go.
const goPath = '/usr/share/gocode';

const snippets = [
  { format: 'curl', file: 'signet.sh', command: 'sh' },
  { format: 'node', file: 'list.mjs', command: process.execPath, parent: testsFolder },
  { format: 'python', file: 'list.py', command: python },
  { format: 'php', file: 'list.php', command: 'php' },
  { format: 'java', file: 'ListApplications.java', command: 'java' },
  {
    format: 'go', file: 'main.go', command: 'go', args: ['run'],
    env: { GOPATH: goPath, GO111MODULE: 'off', GOFLAGS: '' },
  },
];

const goCache = fs.mkdtempSync(path.join(os.tmpdir(), 'signet-go-'));

let server;
let awkward;
before(async () => {
  server = await startServer();
  const roles = await api(server, 'GET', `/api/applications/${server.client.id}/roles`, { token: await admin(server) });
  awkward = await createApp(server, { name: AWKWARD }, [roles.json[0].id]);
});
after(async () => {
  fs.rmSync(goCache, { recursive: true, force: true });
  await server.stop();
});

const own = () => ({ SIGNET_CLIENT_ID: server.client.id, SIGNET_CLIENT_SECRET: server.client.secret });

// Writes and runs the snippet; `settings` are what it may read from the environment.
async function runSnippet(t, snippet, { app = server.client, settings = own(), args = [], query } = {}) {
  const folder = scratch(t, snippet.parent);
  fs.writeFileSync(path.join(folder, snippet.file), await file(server, snippet.format, { app, query }));
  const env = { ...snippet.env, ...settings };
  if (snippet.format === 'go') env.GOCACHE = goCache;
  return run(snippet.command, [...(snippet.args ?? []), snippet.file, ...args], { cwd: folder, env });
}

for (const snippet of snippets) {
  test(`${snippet.format}: prints the applications, with id and secret from the environment`, async (t) => {
    const { code, stdout, stderr } = await runSnippet(t, snippet);
    assert.equal(code, 0, stderr);
    assert.ok(stdout.includes(server.client.id) && stdout.includes(awkward.id), stdout);
  });

  test(`${snippet.format}: an application's name can be anything, and the secret can be inside`, async (t) => {
    const { code, stdout, stderr } = await runSnippet(t, snippet, { app: awkward, settings: {}, query: { includeSecret: true } });
    assert.equal(code, 0, stderr);
    assert.ok(stdout.includes(server.client.id) && stdout.includes(awkward.id), stdout);
  });

  test(`${snippet.format}: without a secret, and with a wrong one, it fails and says so`, async (t) => {
    const none = await runSnippet(t, snippet, { settings: {} });
    assert.notEqual(none.code, 0);
    assert.match(none.stderr, /SIGNET_CLIENT_SECRET/);
    const wrong = await runSnippet(t, snippet, { settings: { SIGNET_CLIENT_SECRET: 'wrong' } });
    assert.notEqual(wrong.code, 0);
    assert.ok(!wrong.stdout.includes(awkward.id));
  });
}

test('curl: any request can be sent, and a refusal is an exit code', async (t) => {
  const [curl] = snippets;
  const one = await runSnippet(t, curl, { args: ['GET', `/api/applications/${awkward.id}`] });
  assert.equal(one.code, 0, one.stderr);
  assert.equal(JSON.parse(one.stdout).name, AWKWARD);
  const sent = await runSnippet(t, curl, { args: ['PATCH', `/api/applications/${awkward.id}`, '--json', '{"description":"it\'s changed"}'] });
  assert.equal(JSON.parse(sent.stdout).description, "it's changed");
  const missing = await runSnippet(t, curl, { args: ['GET', '/api/applications/nobody'] });
  assert.notEqual(missing.code, 0);
  assert.match(missing.stdout, /entity.not_exists_with_id/);
});

// What can be said of C# without its compiler: strings and comments end where they should, and
// brackets match.
test('csharp: literals are whole and brackets match', async () => {
  const text = await file(server, 'csharp', { app: awkward, query: { includeSecret: true } });
  assert.ok(text.includes(`"${awkward.secret}"`));
  assert.ok(text.startsWith('// ') && !text.includes('@'));
  const rest = text.replace(/\/\/[^\n]*/g, (line) => (line.includes('"') && !line.startsWith('// ') ? line : '')).replace(/"(?:[^"\\\n]|\\.)*"/g, '""');
  const open = [];
  const pairs = { ')': '(', ']': '[', '}': '{' };
  for (const c of rest) {
    if ('([{'.includes(c)) open.push(c);
    else if (pairs[c]) assert.equal(open.pop(), pairs[c]);
  }
  assert.deepEqual(open, []);
});
