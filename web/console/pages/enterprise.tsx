// Enterprise SSO: the identity providers of companies, whose people sign in there.
import { useMemo, useState } from 'preact/hooks';
import { Link, navigate } from '../../shared/router';
import { Settings, type SettingRow } from '../../shared/settings';
import { t } from '../../shared/text';
import { Action, Card, Confirm, CopyRow, Empty, Notice, Opener, Page, Problem, Time, toast } from '../../shared/ui';
import type { Plain } from '../../shared/values';
import { at, call, useLoad } from '../api';
import { ShortList, tellDeletion } from '../listing';
import { endpoint } from '../session';

interface Provider {
  providerName: string;
  providerType: string;
  name: string;
  description: string;
}
export interface EnterpriseConnector extends Plain {
  id: string;
  connectorName: string;
  providerName: string;
  providerType?: string;
  name?: string;
  domains: string[];
  config: Plain;
  createdAt: number;
}
const PATH = '/sso-connectors';
const BACK: [string, string] = ['/enterprise-sso', t('Enterprise SSO')];

/* ---- Forms ---- */

const setting = (name: string, label: string, more: Partial<SettingRow> = {}): SettingRow => ({ key: `config.${name}`, label, nothing: undefined, ...more });
const CLIENT: SettingRow[] = [setting('clientId', t('Client ID'), { required: true }), setting('clientSecret', t('Client Secret'), { required: true })];
const ISSUER = setting('issuer', t('Issuer'), { required: true, type: 'url', help: t('As the provider names it; addresses and keys are read from there.') });
const OPENID: SettingRow[] = [
  setting('scope', t('Scope'), { help: t('openid profile email when empty.') }),
  setting('trustUnverifiedEmail', t('Trust addresses that the provider has not verified'), { kind: 'check' }),
];
const SAML: SettingRow[] = [
  setting('metadataUrl', t('Metadata URL'), { type: 'url', help: t('Of the provider. Or give the metadata itself, or its parts, below.') }),
  setting('metadata', t('Metadata (XML)'), { kind: 'long', lines: 5 }),
  setting('signInEndpoint', t('Sign-on URL'), { type: 'url' }),
  setting('entityId', t('Issuer (entity ID)')),
  setting('x509Certificate', t('Signing certificate'), { kind: 'long', lines: 4 }),
  setting('attributeMapping', t('Attributes'), { kind: 'json', help: t('Which attribute of the answer is what, such as {"email": "mail", "name": "displayName"}.') }),
];
const configRows = (provider: string, type: string | undefined) => (type === 'saml' ? SAML : provider === 'GoogleWorkspace' ? [...CLIENT, ...OPENID] : [ISSUER, ...CLIENT, ...OPENID]);
const rowsOf = (provider: string, type: string | undefined): SettingRow[] => [
  { key: 'connectorName', label: t('Name'), required: true, max: 128, help: t('For operators: the company, say.') },
  { key: 'domains', label: t('Email domains'), kind: 'lines', lines: 2, help: t('One a line, such as acme.example: people with such an address sign in at the provider, and in no other way. Without one the sign-in page offers the connector to nobody.') },
  ...configRows(provider, type),
  { key: 'branding.displayName', label: t('Name on the button'), nothing: undefined },
  { key: 'branding.logo', label: t('Logo'), type: 'url', nothing: undefined },
  { key: 'branding.darkLogo', label: t('Logo in the dark'), type: 'url', nothing: undefined },
  { key: 'syncProfile', label: t('Take name and picture over at each sign-in'), kind: 'check' },
];
const MEMBERS = ['connectorName', 'domains', 'config', 'branding', 'syncProfile'];
const sent = (value: Plain) => Object.fromEntries(MEMBERS.filter((name) => value[name] !== undefined).map((name) => [name, value[name]]));

const SamlWarning = () => <Notice kind="warn"><p>{t('Nobody can sign in by SAML yet: such a connector can be set up, but the sign-in page does not offer it.')}</p></Notice>;

/* ---- The list ---- */

/** Whether the sign-in page lets people in by them at all. */
function Switch() {
  const { data, error, reload } = useLoad(() => call<Plain>('GET', '/sign-in-exp'), []);
  if (!data || data.singleSignOnEnabled) return <Problem error={error} retry={reload} />;
  const on = async () => {
    await call('PATCH', '/sign-in-exp', { singleSignOnEnabled: true });
    toast(t('Single sign-on is on.'));
    reload();
  };
  return (
    <Notice kind="warn">
      <p>{t('Single sign-on is off: the sign-in page does not offer these connectors.')}</p>
      <Action run={on}>{t('Turn it on')}</Action>
    </Notice>
  );
}

export function Enterprise() {
  const { data, error, reload } = useLoad(async () => {
    const [own, providers] = await Promise.all([call<EnterpriseConnector[]>('GET', PATH), call<Provider[]>('GET', '/sso-connector-providers')]);
    return { own, providers };
  }, []);
  return (
    <Page title={t('Enterprise SSO')} lead={t('Companies\' own identity providers: their people sign in there, with the account they have at work.')}>
      <Problem error={error} retry={reload} />
      {!!data?.own.length && <Switch />}
      {data && (
        <ShortList<EnterpriseConnector> title={t('Enterprise connectors')} rows={data.own} looksIn={t('name and domain')} text={({ connectorName, domains }) => `${connectorName} ${domains.join(' ')}`}
          empty={<Empty title={t('No enterprise connector yet')}><p>{t('One connects one company. Choose what it signs in with:')}</p></Empty>}
          columns={[
            ['Name', (row) => <Link to={`/enterprise-sso/${row.id}`}>{row.connectorName}</Link>, (row) => row.connectorName],
            ['Kind', (row) => row.name ?? row.providerName, (row) => row.name],
            ['Email domains', (row) => row.domains.join(', ') || '–'],
            ['Created', (row) => <Time ms={row.createdAt} />, (row) => row.createdAt],
          ]} />
      )}
      {data && (
        <Card title={t('Connect a company')}>
          <div class="actions">
            {data.providers.map(({ providerName, name, description }) => <Link key={providerName} to={`/enterprise-sso/new/${providerName}`} class="button" title={description}>{name}<span class="hidden">{t(': set up')}</span></Link>)}
          </div>
        </Card>
      )}
    </Page>
  );
}

/* ---- One ---- */

export function NewEnterprise({ provider: name }: { provider: string }) {
  const { data, error } = useLoad(() => call<Provider[]>('GET', '/sso-connector-providers'), []);
  const start = useMemo(() => ({ domains: [], config: {}, branding: {}, syncProfile: false }), []);
  const provider = data?.find(({ providerName }) => providerName === name);
  if (!provider) return <Page title={t('New enterprise connector')} back={BACK}><Problem error={error} /></Page>;
  const saml = provider.providerType === 'saml';
  const save = async (_: Plain, whole: Plain) => {
    const made = await call<EnterpriseConnector>('POST', PATH, { providerName: name, ...sent(whole) });
    navigate(`/enterprise-sso/${made.id}`, { saved: true });
  };
  return (
    <Page title={t('New connector: {0}', provider.name)} back={BACK} lead={saml ? undefined : t('What the provider has to be told is shown once it is made.')}>
      {saml && <SamlWarning />}
      <Settings title={t('Set up')} value={start} rows={rowsOf(name, provider.providerType)} save={save} reload={() => {}} button={t('Create connector')} />
    </Page>
  );
}

function ForProvider({ connector }: { connector: EnterpriseConnector }) {
  return (
    <Card title={t('For the provider')}>
      <p class="quiet">{t('Enter these there.')}</p>
      <dl class="rows">
        <CopyRow name={t('Redirect URI')} value={`${endpoint}/callback/${connector.id}`} />
      </dl>
    </Card>
  );
}

export function EnterprisePage({ id }: { id: string }) {
  const path = PATH + at(id);
  const [deleting, setDeleting] = useState(false);
  const { data: connector, error, reload } = useLoad(() => call<EnterpriseConnector>('GET', path), [id]);
  if (!connector) return <Page title={t('Enterprise connector')} back={BACK}><Problem error={error} retry={reload} /></Page>;
  return (
    <Page title={connector.connectorName} back={BACK} lead={<>{connector.name} · <code>{id}</code></>} actions={<Opener class="bad" onClick={() => setDeleting(true)}>{t('Delete connector…')}</Opener>}>
      {connector.providerType === 'saml' ? <SamlWarning /> : <ForProvider connector={connector} />}
      <Settings title={t('Settings')} value={connector} rows={rowsOf(connector.providerName, connector.providerType)} reload={reload} fresh={() => call('GET', path)} save={(changed) => call('PATCH', path, sent(changed))} />
      {deleting && (
        <Confirm title={t('Delete {0}?', connector.connectorName)} text={t('Nobody signs in with it from now on; its people can sign in in other ways again.')} button={t('Delete connector')} close={() => setDeleting(false)}
          tell={tellDeletion(path)} run={async () => { await call('DELETE', path); navigate('/enterprise-sso', { saved: true }); }} />
      )}
    </Page>
  );
}
