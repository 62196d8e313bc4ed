// The roles of a user or an application: given and taken.
import { useState } from 'preact/hooks';
import { Link } from '../../shared/router';
import { t } from '../../shared/text';
import { Action, Card, Empty, Field, Problem, Table, toast } from '../../shared/ui';
import { at, call, every, useLoad, type Role } from '../api';

const TITLES = { MachineToMachine: t('machines'), User: t('users') } as Record<string, string>;

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
    toast(t('{0} given.', role.name));
    reload();
  };
  const remove = async (role: Role) => {
    await call('DELETE', `${owner}/roles${at(role.id)}`);
    toast(t('{0} taken.', role.name));
    reload();
  };
  const matching = data.others.filter(({ name, description }) => `${name} ${description}`.toLowerCase().includes(filter.toLowerCase()));
  const name = (role: Role) => <Link to={`/roles/${role.id}`}>{role.name}</Link>;
  return (
    <>
      <Card title={t('Roles of {0}', of)}>
        {data.own.length === 0 && <Empty title={t('No role yet')}><p>{t('Roles carry the permissions: without one, tokens come without a scope.')}</p></Empty>}
        {data.own.length > 0 && (
          <Table caption={t('Roles of {0}', of)} rows={data.own} columns={[
            ['Role', name],
            ['Description', (role) => role.description],
            ['', (role) => <Action run={() => remove(role)} label={t('Take away {0}', role.name)} kind="small bad">{t('Take away')}</Action>],
          ]} />
        )}
      </Card>
      <Card title={t('Other roles for {0}', TITLES[type])}>
        <Field label={t('Filter')} value={filter} onValue={setFilter} type="search" />
        {matching.length === 0 && <p class="quiet">{data.others.length ? t('None matches.') : t('There is no other.')}</p>}
        {matching.length > 0 && (
          <Table caption={t('Other roles for {0}', TITLES[type])} rows={matching} columns={[
            ['Role', name],
            ['Description', (role) => role.description],
            ['', (role) => <Action run={() => add(role)} label={t('Give {0}', role.name)} kind="small">{t('Give')}</Action>],
          ]} />
        )}
      </Card>
    </>
  );
}
