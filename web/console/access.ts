// Access to the Management API: which scopes a client has, and the role that gives it what is asked.
import { at, call, every, type Role, type Scope } from './api';

export const MANAGEMENT = 'management-api';
const READ_ROLE = 'Management API: read only';

export type Access = { kind: 'all' } | { kind: 'read' } | { kind: 'picked'; scopes: string[] } | { kind: 'role'; role: string };

export const scopesOf = (role: string) => call<Scope[]>('GET', `/roles${at(role)}/scopes`);
export const machineRoles = () => every<Role>('/roles', { type: 'MachineToMachine' });

/** In Postman's field: all by itself, or the names with blanks between. */
export function scopeText(scopes: Scope[]) {
  const names = [...new Set(scopes.filter(({ resourceId }) => resourceId === MANAGEMENT).map(({ name }) => name))];
  return names.includes('all') ? 'all' : names.sort().join(' ');
}

async function findRole(wanted: string[]) {
  const key = [...wanted].sort().join(' ');
  for (const role of await machineRoles()) {
    const names = (await scopesOf(role.id)).map(({ name }) => name);
    if (names.sort().join(' ') === key) return role.id;
  }
  return undefined;
}

async function freeName(name: string) {
  const taken = new Set((await machineRoles()).map((role) => role.name));
  let free = name;
  for (let count = 2; taken.has(free); count++) free = `${name} ${count}`;
  return free;
}

/** The id of a role that opens exactly this; made when there is none. */
export async function roleFor(access: Access, client: string): Promise<string> {
  if (access.kind === 'role') return access.role;
  const known = await every<Scope>(`/resources/${MANAGEMENT}/scopes`);
  const readable = known.filter(({ name }) => name.startsWith('read:') && name !== 'read:secrets');
  const wanted = access.kind === 'all' ? ['all'] : access.kind === 'read' ? readable.map(({ name }) => name) : access.scopes;
  const found = await findRole(wanted);
  if (found) return found;
  const role = await call<Role>('POST', '/roles', {
    name: await freeName(access.kind === 'read' ? READ_ROLE : `Management API: ${client}`.slice(0, 120)),
    description: access.kind === 'read' ? 'Reads everything, changes nothing.' : `Made for the client ${client}.`.slice(0, 128),
    type: 'MachineToMachine',
    scopeIds: known.filter(({ name }) => wanted.includes(name)).map(({ id }) => id),
  });
  return role.id;
}

export const giveRole = (application: string, role: string) => call('POST', `/applications${at(application)}/roles`, { roleIds: [role] });
