// Applications: the list, and creating one that signs users in.
import { useState } from 'preact/hooks';
import { Link, navigate } from '../../shared/router';
import { t } from '../../shared/text';
import { Check, Copy, Dialog, Empty, Field, Form, Opener, Page, Select, Time } from '../../shared/ui';
import { call, type Application } from '../api';
import { Listing } from '../listing';

const OTHER_TYPES: [string, string][] = [['SAML', 'SAML'], ['Protected', t('Protected app')]];
export const TYPES: [string, string][] = [
  ['MachineToMachine', t('Machine-to-machine')],
  ['SPA', t('Single page app')],
  ['Traditional', t('Traditional web')],
  ['Native', t('Native app')],
];
export const typeName = (type: string) => [...TYPES, ...OTHER_TYPES].find(([key]) => key === type)?.[1] ?? type;

/** As they are offered; a device is a native application of its own kind. */
const DEVICE = 'Device';

function Create({ close }: { close: () => void }) {
  const [name, setName] = useState('');
  const [type, setType] = useState('SPA');
  const [redirect, setRedirect] = useState('');
  const [thirdParty, setThirdParty] = useState(false);
  const submit = async () => {
    const oidcClientMetadata = { redirectUris: redirect ? [redirect] : [], postLogoutRedirectUris: [] };
    const kind = type === DEVICE ? { type: 'Native', customClientMetadata: { isDeviceFlow: true } } : { type };
    const made = await call<Application>('POST', '/applications', { name, ...kind, oidcClientMetadata, ...(thirdParty ? { isThirdParty: true } : {}) });
    navigate(`/applications/${made.id}`);
  };
  return (
    <Dialog title={t('New application for users')} close={close}>
      <p class="quiet">{t('It signs users in. For a program that calls the Management API, take')} <em>{t('New API client')}</em>.</p>
      <Form submit={submit} button={t('Create application')} cancel={<button type="button" onClick={close}>{t('Cancel')}</button>}>
        <Field label={t('Name')} value={name} onValue={setName} required maxLength={256} autofocus />
        <Select label={t('Type')} value={type} onValue={setType} options={[...TYPES.slice(1), [DEVICE, t('Device without a browser')]]} />
        <Check label={t('Of someone else: users are asked before it gets their data')} checked={thirdParty} onChecked={setThirdParty} />
        {type !== DEVICE && <Field label={t('Redirect URI')} value={redirect} onValue={setRedirect} type="url" help={t('Where the browser returns to after signing in. Can be set later.')} />}
      </Form>
    </Dialog>
  );
}

export function Applications() {
  const [creating, setCreating] = useState(false);
  const actions = (
    <>
      <Opener onClick={() => setCreating(true)}>{t('New application for users')}</Opener>
      <Link to="/applications/new" class="button main">{t('New API client')}</Link>
    </>
  );
  return (
    <Page title={t('Applications')} lead={t('Programs that get tokens here.')} actions={actions}>
      <Listing<Application> title={t('Applications')} path="/applications" looksIn={t('name, description or ID')} filters={[
          { name: 'type', as: 'types', label: t('Type'), options: [['', t('All types')], ...TYPES, ...OTHER_TYPES] },
          { name: 'of', as: 'isThirdParty', label: t('Whose'), options: [['', t('All')], ['false', t('Ours')], ['true', t('Of others')]] },
        ]}
        columns={[
          ['Name', (row) => <Link to={`/applications/${row.id}`}>{row.name}</Link>, (row) => row.name],
          ['Type', (row) => <>{typeName(row.type)} {row.isThirdParty && <span class="tag">{t('of others')}</span>}</>, (row) => typeName(row.type)],
          ['ID', (row) => <span class="with-copy"><code>{row.id}</code> <Copy text={row.id} what={t('ID of {0}', row.name)} /></span>],
          ['Created', (row) => <Time ms={row.createdAt} />, (row) => row.createdAt],
        ]}
        empty={<Empty title={t('No application yet')}><p>{t('An API client gets a token for the Management API with its ID and secret: for scripts, Postman, or a service.')}</p><Link to="/applications/new" class="button main">{t('New API client')}</Link></Empty>} />
      {creating && <Create close={() => setCreating(false)} />}
    </Page>
  );
}
