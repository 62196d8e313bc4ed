// SDKs of Next.js, unchanged, in one application that is built as for production, with Chromium as the user's browser: sign in
// through the hosted page, user information, refresh, tokens for a resource and an organization, sign out.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { after, before, test } from 'node:test';
import { returnPort, takePort } from '../lib/ports.js';
import { createWorld, open, register, state, walk } from './apps.js';

const folder = fileURLToPath(new URL('next', import.meta.url));
const program = fileURLToPath(new URL('../node_modules/next/dist/bin/next', import.meta.url));
const settings = { ...process.env, NEXT_TELEMETRY_DISABLED: '1', NEXT_DIST: '../../node_modules/.cache/next', NODE_ENV: 'production' };

let world;
let application;

// The application's server, once it listens.
async function serve(port, env) {
  const child = spawn(process.execPath, [program, 'start', '-p', port, '-H', '127.0.0.1'], { cwd: folder, env: { ...settings, ...env } });
  let said = '';
  const ended = once(child, 'close').then(() => assert.fail(`the application ended: ${said}`));
  ended.catch(() => {});
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += data));
  while (!said.includes('Ready in')) await Promise.race([once(child.stdout, 'data'), ended]);
  return child;
}

before(async () => {
  await promisify(execFile)(process.execPath, [program, 'build'], { cwd: folder, env: settings });
  world = await createWorld();
  const port = await takePort();
  const base = `http://127.0.0.1:${port}`;
  const logto = await register(world, 'Traditional', base, { callback: '/api/logto/sign-in-callback', bye: '/' });
  const auth = await register(world, 'Traditional', base, { callback: '/api/auth/callback/signet', bye: '/auth' });
  const child = await serve(port, {
    ENDPOINT: world.server.base, BASE: base, RESOURCE: world.resource.indicator, ORGANIZATION: world.organization.id, NEXTAUTH_URL: base,
    LOGTO_ID: logto.id, LOGTO_SECRET: logto.secret, AUTH_ID: auth.id, AUTH_SECRET: auth.secret,
  });
  application = { base, child, port };
});

after(async () => {
  application?.child.kill();
  if (application) returnPort(application.port);
  await world?.close();
});

async function visit(path, { asked }) {
  const page = await open(world, `${application.base}${path}`);
  await state(page, ({ signedIn }) => signedIn === false);
  await walk(world, page, { asked });
  assert.deepEqual(page.complaints, []);
}

test('@logto/next', () => visit('/', { asked: true }));
test('next-auth', () => visit('/auth', { asked: false }));
