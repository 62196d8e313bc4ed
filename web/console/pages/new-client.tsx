// New API client, on one screen: name, access, and what that access opens.
import { useState } from 'preact/hooks';
import { Link, navigate, useUnsaved } from '../../shared/router';
import { t } from '../../shared/text';
import { Card, Check, Field, Form, Page, Problem, Radio, Select } from '../../shared/ui';
import { giveRole, machineRoles, roleFor, type Access } from '../access';
import { call, useLoad, type Application } from '../api';
import { openedBy, useOpenApi, type Api, type Operation } from '../openapi';

const areaTitle = (area: string) => area.replaceAll('-', ' ').replace(/^./, (first) => first.toUpperCase());

export const Operations = ({ operations }: { operations: Operation[] }) => (
  <ul class="operations">
    {operations.map(({ id, method, path, summary }) => (
      <li key={id}><span class={`method ${method.toLowerCase()}`}>{method}</span> <code>{path}</code> <span class="quiet">{summary}</span></li>
    ))}
  </ul>
);

function Areas({ api, picked, setPicked }: { api: Api; picked: string[]; setPicked: (scopes: string[]) => void }) {
  const areas = [...new Set(api.scopes.filter((scope) => scope.includes(':')).map((scope) => scope.split(':')[1]))];
  const set = (scope: string, on: boolean) => setPicked(on ? [...picked, scope] : picked.filter((each) => each !== scope));
  return (
    <div class="areas">
      {areas.map((area) => (
        <fieldset key={area}>
          <legend>{areaTitle(area)}</legend>
          {['read', 'write'].map((verb) => {
            const scope = `${verb}:${area}`;
            if (!api.scopes.includes(scope)) return null;
            const operations = openedBy(api, scope);
            return (
              <div key={verb}>
                <Check label={<code>{scope}</code>} name={scope} checked={picked.includes(scope)} onChecked={(on) => set(scope, on)} />
                {operations.length > 0 && (
                  <details>
                    <summary>{operations.length === 1 ? t('1 operation') : t('{0} operations', operations.length)}<span class="hidden"> {t('that')} {scope} {t('opens')}</span></summary>
                    <Operations operations={operations} />
                  </details>
                )}
              </div>
            );
          })}
        </fieldset>
      ))}
    </div>
  );
}

export function NewClient() {
  const [name, setName] = useState('');
  const [kind, setKind] = useState<Access['kind']>('all');
  const [picked, setPicked] = useState<string[]>([]);
  const [role, setRole] = useState('');
  const { data: api, error } = useOpenApi();
  const { data: roles, error: unread } = useLoad(machineRoles, []);
  useUnsaved(name !== '');

  const submit = async () => {
    if (kind === 'picked' && !picked.length) throw new Error(t('Pick at least one scope, or take another access.'));
    if (kind === 'role' && !role) throw new Error(t('Choose a role.'));
    const access = (kind === 'picked' ? { kind, scopes: picked } : kind === 'role' ? { kind, role } : { kind }) as Access;
    const roleId = await roleFor(access, name);
    const made = await call<Application>('POST', '/applications', { name, type: 'MachineToMachine' });
    await giveRole(made.id, roleId);
    navigate(`/applications/${made.id}`, { saved: true });
  };
  const reading = api ? api.operations.filter(({ method, scopes }) => method === 'GET' && scopes.length).length : 0;
  return (
    <Page title={t('New API client')} back={['/applications', t('Applications')]} lead={t('A machine-to-machine application: it gets tokens for the Management API with its ID and secret.')}>
      <Problem error={error ?? unread} />
      <Form submit={submit} button={t('Create client')} cancel={<Link to="/applications" class="button">{t('Cancel')}</Link>}>
        <Card title={t('Client')}>
          <Field label={t('Name')} value={name} onValue={setName} required maxLength={256} autofocus help={t('For people: what uses it, and where.')} />
        </Card>
        <Card title={t('Access to the Management API')}>
          <Radio name="access" label={t('Full access')} help={t('Scope all: every operation{0}.', api ? t(', {0} of them', api.operations.length) : '')} checked={kind === 'all'} onChecked={() => setKind('all')} />
          <Radio name="access" label={t('Read only')} help={t('All read: scopes{0}. Changes nothing and reads no secret.', reading ? t(', {0} operations', reading) : '')} checked={kind === 'read'} onChecked={() => setKind('read')} />
          <Radio name="access" label={t('Picked scopes')} help={t('By area, for reading or for changing.')} checked={kind === 'picked'} onChecked={() => setKind('picked')} />
          {kind === 'picked' && (api ? <Areas api={api} picked={picked} setPicked={setPicked} /> : <p class="quiet">{t('Loading the areas…')}</p>)}
          <Radio name="access" label={t('A role that is there')} checked={kind === 'role'} onChecked={() => setKind('role')} />
          {kind === 'role' && <Select label={t('Role')} value={role} onValue={setRole} options={[['', t('Choose…')], ...(roles ?? []).map(({ id, name: title }): [string, string] => [id, title])]} />}
          {kind !== 'role' && <p class="quiet">{t('The role that gives exactly this is taken; when there is none, it is made.')}</p>}
        </Card>
      </Form>
    </Page>
  );
}
