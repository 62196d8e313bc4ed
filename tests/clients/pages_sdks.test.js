// SDKs that run in a page, unchanged, in Chromium: sign in through the hosted page, tokens for a resource and an organization,
// user information, refresh, sign out.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createWorld, open, pageApplication, press, signIn, signOut, state } from './apps.js';

// asked: the SDK ends the session without an ID token, so the user is asked whether that is meant.
const applications = [
  { name: '@logto/browser', file: 'browser/app.js', asked: true },
  { name: '@logto/react', file: 'react/app.jsx', asked: true },
  { name: '@logto/vue', file: 'vue/app.js', asked: true },
  { name: 'oidc-client-ts', file: 'oidc-client-ts/app.js', asked: false },
];

let world;
before(async () => (world = await createWorld()));
after(() => world.close());

function known({ sub, token, organization, info }) {
  assert.equal(sub, world.user.id);
  assert.deepEqual([token.aud, token.scope, token.sub], [world.resource.indicator, 'read', world.user.id]);
  assert.equal(organization.aud, `urn:logto:organization:${world.organization.id}`);
  assert.deepEqual([info.sub, info.name, info.email, info.organizations], [world.user.id, 'Ann', 'ann@example.com', [world.organization.id]]);
}

for (const { name, file, asked } of applications) {
  test(name, async (t) => {
    const application = await pageApplication(t, world, file);
    const page = await open(world, application.base);
    await state(page, ({ signedIn }) => signedIn === false);
    const first = await signIn(page, world.user);
    known(first);
    await press(page, 'Refresh');
    const second = await state(page, ({ refreshToken, sub }) => sub && refreshToken !== first.refreshToken);
    known(second);
    assert.notEqual(second.token.jti, first.token.jti);
    await page.reload();
    known(await state(page, ({ sub }) => sub));
    await signOut(page, { asked });
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  });
}
