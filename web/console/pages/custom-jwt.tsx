// Custom JWT: the scripts that add claims to access tokens, with a trial.
import { useState } from 'preact/hooks';
import { Settings, type SettingRow } from '../../shared/settings';
import { t } from '../../shared/text';
import { Action, Card, Confirm, Opener, Page, Parts, Problem, TextArea, toast } from '../../shared/ui';
import type { Plain } from '../../shared/values';
import { ApiError, call, useLoad } from '../api';

const KINDS: [string, string][] = [['access-token', t('Users\' access tokens')], ['client-credentials', t('Machines\' access tokens')]];
const CLAIMS: SettingRow[] = [{
  key: 'enabledExtendedClaims', label: t('Claims'), kind: 'several',
  options: [['roles', t('Roles')], ['organizations', t('Organizations')], ['organization_roles', t('Roles in organizations')], ['organization_data', t('Data of organizations')], ['custom_data', t('Custom data')], ['identities', t('Linked accounts')], ['sso_identities', t('Enterprise accounts')]],
  help: t('Each needs its scope as well: a sign-in that does not ask for it gets it neither here nor from the userinfo endpoint.'),
}];
const ID_TOKEN = '/configs/id-token';
const readClaims = () => call<Plain>('GET', ID_TOKEN);
const START = 'const getCustomJwtClaims = async ({ token, context, environmentVariables }) => {\n  return {};\n};\n';
const ROWS: SettingRow[] = [
  { key: 'script', label: t('Script'), kind: 'code', lines: 14, help: t('getCustomJwtClaims returns the claims to add.') },
  { key: 'environmentVariables', label: t('Environment variables'), kind: 'json', help: t('Texts that the script reads.') },
  { key: 'blockIssuanceOnError', label: t('No token when the script fails'), kind: 'check' },
];

async function read(kind: string): Promise<{ saved: boolean; value: Plain }> {
  try {
    return { saved: true, value: await call<Plain>('GET', `/configs/jwt-customizer/${kind}`) };
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return { saved: false, value: { script: START, environmentVariables: {}, blockIssuanceOnError: false } };
    throw error;
  }
}

/** The script as it stands in the form, saved or not, with examples of what it gets. */
function Trial({ kind, draft }: { kind: string; draft: Plain }) {
  const machine = kind === 'client-credentials';
  const [token, setToken] = useState(JSON.stringify({ kind: machine ? 'ClientCredentials' : 'AccessToken', clientId: 'example', scope: 'read' }, null, 2));
  const [context, setContext] = useState(JSON.stringify(machine ? {} : { user: { id: 'example', username: 'ada' } }, null, 2));
  const [result, setResult] = useState('');
  const run = async () => {
    setResult('');
    const { script, environmentVariables } = draft;
    const claims = await call('POST', '/configs/jwt-customizer/test', { tokenType: kind, script, environmentVariables, token: JSON.parse(token), context: JSON.parse(context) });
    setResult(JSON.stringify(claims, null, 2));
  };
  return (
    <Card title={t('Try it')}>
      <TextArea label={t('Token')} value={token} onValue={setToken} rows={5} />
      <TextArea label={t('Context')} value={context} onValue={setContext} rows={5} />
      <div class="actions"><Action run={run}>{t('Run the script')}</Action></div>
      {result && <figure class="snippet" aria-live="polite"><figcaption>{t('Claims it adds')}</figcaption><pre tabIndex={0}>{result}</pre></figure>}
    </Card>
  );
}

function Customizer({ kind }: { kind: string }) {
  const { data, error, reload } = useLoad(() => read(kind), [kind]);
  const [draft, setDraft] = useState<Plain>();
  const [removing, setRemoving] = useState(false);
  if (!data) return <Problem error={error} retry={reload} />;
  const path = `/configs/jwt-customizer/${kind}`;
  return (
    <>
      <div class="pair">
        <Settings title={t('Script')} lead={data.saved ? undefined : t('There is none yet: tokens carry their own claims alone.')} value={data.value} rows={ROWS} reload={reload} onDraft={setDraft} fresh={async () => (await read(kind)).value} button={data.saved ? t('Save changes') : t('Save script')}
          save={(_, { script, environmentVariables, blockIssuanceOnError }) => call('PUT', path, { script, environmentVariables, blockIssuanceOnError })} />
        <Trial kind={kind} draft={draft ?? data.value} />
      </div>
      {data.saved && <div class="actions"><Opener class="bad" onClick={() => setRemoving(true)}>{t('Delete script…')}</Opener></div>}
      {removing && (
        <Confirm title={t('Delete the script?')} text={t('New tokens come without the claims that it adds.')} button={t('Delete script')} close={() => setRemoving(false)}
          run={async () => { await call('DELETE', path); toast(t('Deleted.')); reload(); }} />
      )}
    </>
  );
}

/** What ID tokens carry beside the claims of the standard. */
function IdTokens() {
  const { data, error, reload } = useLoad(readClaims, []);
  if (!data) return <Problem error={error} retry={reload} />;
  return <Settings title={t('ID tokens')} lead={t('Claims that ID tokens carry besides those of the standard. The userinfo endpoint gives all of them.')} value={data} rows={CLAIMS} reload={reload} fresh={readClaims} save={(changed) => call('PUT', ID_TOKEN, changed)} />;
}

export const CustomJwt = ({ kind = 'access-token' }: { kind?: string }) => (
  <Page title={t('Custom JWT')} lead={t('Scripts that add claims to access tokens, and what ID tokens carry.')}>
    <Parts base="/custom-jwt" parts={[...KINDS, ['id-token', t('ID tokens')]]} current={kind} />
    {kind === 'id-token' ? <IdTokens /> : <Customizer key={kind} kind={kind} />}
  </Page>
);
