// SDKs that run on an application's server, unchanged, with Chromium as the user's browser: sign in through the hosted page,
// user information, refresh, tokens for a resource and an organization, sign out.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createWorld, listen, open, register, signIn, signOut, walk } from './apps.js';
import logtoExpress from './express/app.js';
import expressOpenidConnect from './express-openid-connect/app.js';
import passportOpenidconnect from './passport/app.js';

let world;
before(async () => (world = await createWorld()));
after(() => world.close());

async function serve(t, make, callback) {
  const application = await listen(t);
  const client = await register(world, 'Traditional', application.base, { callback });
  const settings = { endpoint: world.server.base, appId: client.id, appSecret: client.secret, resource: world.resource.indicator, organizationId: world.organization.id };
  application.handle = make(application.base, settings);
  return open(world, application.base);
}

test('@logto/express', async (t) => {
  await walk(world, await serve(t, logtoExpress, '/logto/sign-in-callback'), { asked: true });
});

test('express-openid-connect', async (t) => {
  await walk(world, await serve(t, expressOpenidConnect), { asked: false });
});

test('passport-openidconnect: it signs in and reads userinfo', async (t) => {
  const page = await serve(t, passportOpenidconnect);
  const { sub, info, idToken } = await signIn(page, world.user);
  assert.deepEqual([sub, info.displayName, info.emails], [world.user.id, 'Ann', [{ value: 'ann@example.com' }]]);
  assert.equal(idToken.split('.').length, 3);
  await signOut(page, { asked: false });
});
