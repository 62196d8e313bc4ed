// /api/organization-invitations.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { unique } from '../lib/fixtures.js';
import { startHttpMailbox } from '../lib/mailbox.js';
import { startServer } from '../lib/server.js';
import { ID, call, invalid, ok, refused, required } from './support.js';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

const NONE = 'nonexistent0000000000';
const BASE = '/api/organization-invitations';
const LATER = 4102444800000;
let serial = 0;
const address = () => `invitee-${process.pid}-${(serial += 1)}@mail.example`;
const createUser = (primaryEmail) => ok(server, 'POST', '/api/users', { body: { primaryEmail } });
const createOrganization = () => ok(server, 'POST', '/api/organizations', { body: { name: unique('organization') } }, 201);
const createRole = (body) => ok(server, 'POST', '/api/organization-roles', { body: { name: unique('role'), ...body } }, 201);
const post = (body) => call(server, 'POST', BASE, { body: { expiresAt: LATER, messagePayload: false, ...body } });
const setStatus = (id, body) => call(server, 'PUT', `${BASE}/${id}/status`, { body });
const membersOf = ({ id }) => `/api/organizations/${id}/users`;

async function invite(body = {}) {
  const organizationId = body.organizationId ?? (await createOrganization()).id;
  const answer = await post({ invitee: address(), ...body, organizationId });
  assert.equal(answer.status, 201, answer.text);
  return answer.json;
}

// Until the server's clock has passed a moment.
async function passed(moment) {
  while (Date.now() <= moment) await new Promise(setImmediate);
}

test('a new invitation', async () => {
  const [organization, role, inviter] = [await createOrganization(), await createRole(), await createUser(address())];
  const invitee = address();
  const invitation = await invite({ invitee, organizationId: organization.id, organizationRoleIds: [role.id, role.id], inviterId: inviter.id });
  const { id, createdAt, updatedAt, ...rest } = invitation;
  assert.match(id, ID);
  assert.equal(createdAt, updatedAt);
  assert.deepEqual(Object.keys(invitation), [
    'tenantId', 'id', 'inviterId', 'invitee', 'acceptedUserId', 'organizationId', 'status', 'createdAt', 'updatedAt', 'expiresAt', 'organizationRoles',
  ]);
  assert.deepEqual(rest, {
    tenantId: 'default', inviterId: inviter.id, invitee, acceptedUserId: null, organizationId: organization.id,
    status: 'Pending', expiresAt: LATER, organizationRoles: [{ id: role.id, name: role.name }],
  });
  assert.deepEqual(await ok(server, 'GET', `${BASE}/${id}`), invitation);
  const bare = await call(server, 'POST', BASE, { body: { invitee: address(), organizationId: organization.id, expiresAt: LATER } });
  assert.equal(bare.status, 201, bare.text);
  assert.deepEqual([bare.json.inviterId, bare.json.organizationRoles], [null, []]);
});

test('what is refused leaves no invitation behind', async () => {
  const { id: organizationId } = await createOrganization();
  const invitee = address();
  refused(await post({ invitee, organizationId: NONE }), 422, 'entity.relation_foreign_key_not_found');
  refused(await post({ invitee, organizationId, inviterId: NONE }), 422, 'entity.relation_foreign_key_not_found');
  refused(await post({ invitee, organizationId, organizationRoleIds: [NONE] }), 422, 'entity.relation_foreign_key_not_found');
  refused(await post({ invitee, organizationId, expiresAt: Date.now() - 1 }), 400, 'request.invalid_input');
  refused(await post({ invitee, organizationId, messagePayload: { code: '1' } }), 501, 'connector.not_found');
  refused(await post({ invitee, organizationId, messagePayload: true }), 400, 'guard.invalid_input');
  invalid(await post({ invitee: 'q', organizationId }), [{ validation: 'email', code: 'invalid_string', message: 'Invalid email', path: ['invitee'] }]);
  invalid(await call(server, 'POST', BASE, { body: {} }), [required('string', 'invitee'), required('string', 'organizationId'), required('number', 'expiresAt')]);
  assert.deepEqual(await ok(server, 'GET', `${BASE}?organizationId=${organizationId}`), []);
});

test('one open invitation of an address to an organization; members are not invited', async () => {
  const [organization, invitee] = [await createOrganization(), address()];
  const first = await invite({ invitee, organizationId: organization.id });
  refused(await post({ invitee, organizationId: organization.id }), 422, 'entity.unique_integrity_violation');
  await invite({ invitee });
  await setStatus(first.id, { status: 'Revoked' });
  await invite({ invitee, organizationId: organization.id });
  const user = await createUser(address());
  await ok(server, 'POST', membersOf(organization), { body: { userIds: [user.id] } }, 201);
  refused(await post({ invitee: user.primaryEmail, organizationId: organization.id }), 422, 'request.invalid_input');
});

test('the list: newest first, by organization, inviter and invitee', async () => {
  const [organization, inviter] = [await createOrganization(), await createUser(address())];
  const one = await invite({ organizationId: organization.id });
  await passed(one.createdAt);
  const two = await invite({ organizationId: organization.id, inviterId: inviter.id });
  const list = (query) => ok(server, 'GET', BASE, { query });
  assert.deepEqual(await list({ organizationId: organization.id }), [two, one]);
  assert.deepEqual(await list({ inviterId: inviter.id }), [two]);
  assert.deepEqual(await list({ invitee: one.invitee.toUpperCase() }), [one]);
  assert.deepEqual(await list({ organizationId: organization.id, inviterId: inviter.id, invitee: one.invitee }), []);
  const all = await call(server, 'GET', BASE);
  assert.equal(all.headers['total-number'], undefined);
  assert.ok(all.json.some(({ id }) => id === one.id));
});

test('accepting makes a member with the roles of the invitation, once', async () => {
  const [organization, roles, invitee] = [await createOrganization(), [await createRole(), await createRole()], address()];
  const invitation = await invite({ invitee, organizationId: organization.id, organizationRoleIds: roles.map(({ id }) => id) });
  const [user, other] = [await createUser(invitee), await createUser(address())];
  refused(await setStatus(invitation.id, { status: 'Accepted' }), 422, 'request.invalid_input');
  refused(await setStatus(invitation.id, { status: 'Accepted', acceptedUserId: other.id }), 422, 'request.invalid_input');
  refused(await setStatus(invitation.id, { status: 'Accepted', acceptedUserId: NONE }), 404, 'entity.not_found');
  assert.deepEqual(await ok(server, 'GET', `${BASE}/${invitation.id}`), invitation);
  const answers = await Promise.all(Array.from({ length: 5 }, () => setStatus(invitation.id, { status: 'Accepted', acceptedUserId: user.id })));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 422, 422, 422, 422]);
  const accepted = answers.find(({ status }) => status === 200).json;
  assert.ok(accepted.updatedAt >= invitation.updatedAt);
  assert.deepEqual(accepted, { ...invitation, status: 'Accepted', acceptedUserId: user.id, updatedAt: accepted.updatedAt });
  const members = await ok(server, 'GET', membersOf(organization));
  assert.deepEqual(members.map(({ id }) => id), [user.id]);
  assert.deepEqual(members[0].organizationRoles.map(({ id }) => id).sort(), roles.map(({ id }) => id).sort());
  refused(await setStatus(invitation.id, { status: 'Revoked' }), 422, 'request.invalid_input');
});

test('revoking and deleting', async () => {
  const invitation = await invite();
  const revoked = await setStatus(invitation.id, { status: 'Revoked', acceptedUserId: NONE });
  assert.equal(revoked.status, 200, revoked.text);
  assert.deepEqual(revoked.json, { ...invitation, status: 'Revoked', updatedAt: revoked.json.updatedAt });
  refused(await setStatus(invitation.id, { status: 'Revoked' }), 422, 'request.invalid_input');
  refused(await setStatus(invitation.id, { status: 'Foo' }), 400, 'guard.invalid_input');
  refused(await setStatus(NONE, { status: 'Revoked' }), 404, 'entity.not_found');
  assert.equal((await call(server, 'DELETE', `${BASE}/${invitation.id}`)).status, 204);
  refused(await call(server, 'DELETE', `${BASE}/${invitation.id}`), 404, 'entity.not_found');
  refused(await call(server, 'GET', `${BASE}/${invitation.id}`), 404, 'entity.not_found');
});

test('time runs out: the invitation reads as expired, is over, and makes room for another', async () => {
  const [organization, invitee, expiresAt] = [await createOrganization(), address(), Date.now() + 2000];
  const user = await createUser(invitee);
  const invitation = await invite({ invitee, organizationId: organization.id, expiresAt });
  await passed(expiresAt);
  assert.deepEqual(await ok(server, 'GET', `${BASE}/${invitation.id}`), { ...invitation, status: 'Expired' });
  refused(await setStatus(invitation.id, { status: 'Accepted', acceptedUserId: user.id }), 422, 'request.invalid_input');
  refused(await setStatus(invitation.id, { status: 'Revoked' }), 422, 'request.invalid_input');
  await invite({ invitee, organizationId: organization.id });
  assert.deepEqual((await ok(server, 'GET', `${BASE}?invitee=${encodeURIComponent(invitee)}`)).map(({ status }) => status), ['Pending', 'Expired']);
});

test('sending the message again needs a connector', async () => {
  const { id } = await invite();
  refused(await call(server, 'POST', `${BASE}/${id}/message`, { body: { code: '1' } }), 501, 'connector.not_found');
  refused(await call(server, 'POST', `${BASE}/${NONE}/message`, { body: {} }), 404, 'entity.not_found');
});

test('a message goes to the invitee, with the texts that it is given, and again when asked', async () => {
  const mails = await startHttpMailbox();
  const shared = server;
  try {
    server = await startServer({ env: { SIGNET_CONNECTOR_PRIVATE_ADDRESSES: 'true' } });
    await ok(server, 'POST', '/api/connectors', { body: { connectorId: 'http-email', config: { endpoint: mails.url } } });
    const [organization, invitee] = [await createOrganization(), address()];
    const payload = { link: 'https://app.example/join', inviter: 'Ada', organization: 'forged' };
    const made = await post({ invitee, organizationId: organization.id, messagePayload: payload });
    assert.equal(made.status, 201, made.text);
    const first = await mails.take(({ to }) => to === invitee);
    assert.equal(first.type, 'OrganizationInvitation');
    assert.deepEqual([first.payload.link, first.payload.inviter, first.payload.organization], [payload.link, 'Ada', { id: organization.id, name: organization.name }]);
    const inviter = await ok(server, 'POST', '/api/users', { body: { name: 'Grace', username: unique('grace').replaceAll('-', '_') } });
    await ok(server, 'POST', membersOf(organization), { body: { userIds: [inviter.id] } }, 201);
    const guest = address();
    const named = await post({ invitee: guest, inviterId: inviter.id, organizationId: organization.id, messagePayload: payload });
    assert.equal(named.status, 201, named.text);
    assert.deepEqual((await mails.take(({ to }) => to === guest)).payload.inviter, { id: inviter.id, name: 'Grace', username: inviter.username });
    const again = await call(server, 'POST', `${BASE}/${made.json.id}/message`, { body: { link: 'https://app.example/again' } });
    assert.equal(again.status, 204, again.text);
    assert.equal((await mails.take(({ to }) => to === invitee)).payload.link, 'https://app.example/again');
    assert.equal((await post({ invitee: address(), organizationId: organization.id })).status, 201);
    assert.equal(mails.messages.length, 0, 'without messagePayload there is no message');
  } finally {
    mails.close();
    await server.stop();
    server = shared;
  }
});
