// Signing keys: what signs tokens and cookies, and putting a new one in place.
import { useState } from 'preact/hooks';
import { t } from '../../shared/text';
import { Card, Confirm, Opener, Page, Problem, Select, Table, Time, distance, toast, type Column } from '../../shared/ui';
import { at, call, useLoad, type SigningKey } from '../api';

type Kind = 'private-keys' | 'cookie-keys';

function Keys({ kind, title, lead }: { kind: Kind; title: string; lead: string }) {
  const { data, error, reload } = useLoad(() => call<SigningKey[]>('GET', `/configs/oidc/${kind}`), [kind]);
  const [rotating, setRotating] = useState(false);
  const [deleting, setDeleting] = useState('');
  const [algorithm, setAlgorithm] = useState('EC');
  const signing = kind === 'private-keys';
  const rotate = async () => {
    await call('POST', `/configs/oidc/${kind}/rotate`, signing ? { signingKeyAlgorithm: algorithm } : {});
    toast(t('A new key is in place.'));
    reload();
  };
  // The newest is the first of cookie keys; private keys say their state.
  const inUse = (key: SigningKey) => (signing ? key.status === 'Current' : key.id === data?.[0].id);
  return (
    <Card title={title} actions={<Opener onClick={() => setRotating(true)}>{t('Rotate…')}</Opener>}>
      <p class="quiet">{lead}</p>
      <Problem error={error} retry={reload} />
      {data && (
        <Table caption={title} rows={data} columns={[
          ['ID', (row) => <code>{row.id}</code>],
          ...(signing ? [['Kind', (row: SigningKey) => row.signingKeyAlgorithm] as Column<SigningKey>] : []),
          ['State', (row) => <span class={inUse(row) ? 'tag good' : 'tag'}>{row.status ?? (inUse(row) ? t('Current') : t('Previous'))}</span>],
          ['Made', (row) => <><Time ms={row.createdAt * 1000} /> <span class="quiet">{distance(row.createdAt * 1000)}</span></>],
          ['', (row) => (inUse(row) ? null : <Opener class="small bad" aria-label={t('Delete key {0}', row.id)} onClick={() => setDeleting(row.id)}>{t('Delete')}</Opener>)],
        ]} />
      )}
      {rotating && (
        <Confirm title={t('Rotate {0}?', title.toLowerCase())} button={t('Rotate')} close={() => setRotating(false)} run={rotate}
          text={signing
            ? <>{t('A new key signs from now on; the present one is published on, so that tokens it signed stay valid.')} <Select label={t('Kind of the new key')} value={algorithm} onValue={setAlgorithm} options={[['EC', 'EC (ES256)'], ['RSA', 'RSA (RS256)']]} /></>
            : t('A new key signs cookies from now on; those that the present one signed stay good.')} />
      )}
      {deleting && (
        <Confirm title={t('Delete this key?')} text={signing ? t('Tokens that it signed are refused from now on.') : t('Sessions whose cookies it signed end.')} button={t('Delete key')} close={() => setDeleting('')}
          run={async () => { await call('DELETE', `/configs/oidc/${kind}${at(deleting)}`); reload(); }} />
      )}
    </Card>
  );
}

export const SigningKeys = () => (
  <Page title={t('Signing keys')} lead={t('Private keys never leave the server; their public halves are in the JWKS.')}>
    <Keys kind="private-keys" title={t('Private keys')} lead={t('They sign access tokens and ID tokens.')} />
    <Keys kind="cookie-keys" title={t('Cookie keys')} lead={t('They sign the cookies of sign-ins.')} />
  </Page>
);
