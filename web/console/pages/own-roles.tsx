// The roles of a user or an application: given and taken.
import { useState } from 'preact/hooks';
import { Link } from '../../shared/router';
import { Action, Card, Empty, Field, Problem, Table, toast } from '../../shared/ui';
import { at, call, every, useLoad, type Role } from '../api';

const TITLES = { MachineToMachine: 'machines', User: 'users' } as Record<string, string>;

export function OwnRoles({ owner, type, of }: { owner: string; type: string; of: string }) {
  const [filter, setFilter] = useState('');
  const { data, error, reload } = useLoad(async () => {
    const [own, all] = await Promise.all([every<Role>(`${owner}/roles`), every<Role>('/roles', { type })]);
    const ids = new Set(own.map(({ id }) => id));
    return { own, others: all.filter(({ id }) => !ids.has(id)) };
  }, [owner]);
  if (!data) return <Problem error={error} retry={reload} />;
  const add = async (role: Role) => {
    await call('POST', `${owner}/roles`, { roleIds: [role.id] });
    toast(`${role.name} given.`);
    reload();
  };
  const remove = async (role: Role) => {
    await call('DELETE', `${owner}/roles${at(role.id)}`);
    toast(`${role.name} taken.`);
    reload();
  };
  const matching = data.others.filter(({ name, description }) => `${name} ${description}`.toLowerCase().includes(filter.toLowerCase()));
  const name = (role: Role) => <Link to={`/roles/${role.id}`}>{role.name}</Link>;
  return (
    <>
      <Card title={`Roles of ${of}`}>
        {data.own.length === 0 && <Empty title="No role yet"><p>Roles carry the permissions: without one, tokens come without a scope.</p></Empty>}
        {data.own.length > 0 && (
          <Table caption={`Roles of ${of}`} rows={data.own} columns={[
            ['Role', name],
            ['Description', (role) => role.description],
            ['', (role) => <Action run={() => remove(role)} label={`Take away ${role.name}`} kind="small bad">Take away</Action>],
          ]} />
        )}
      </Card>
      <Card title={`Other roles for ${TITLES[type]}`}>
        <Field label="Filter" value={filter} onValue={setFilter} type="search" />
        {matching.length === 0 && <p class="quiet">{data.others.length ? 'None matches.' : 'There is no other.'}</p>}
        {matching.length > 0 && (
          <Table caption={`Other roles for ${TITLES[type]}`} rows={matching} columns={[
            ['Role', name],
            ['Description', (role) => role.description],
            ['', (role) => <Action run={() => add(role)} label={`Give ${role.name}`} kind="small">Give</Action>],
          ]} />
        )}
      </Card>
    </>
  );
}
