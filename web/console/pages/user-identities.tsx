// A user's accounts elsewhere: at social providers, linked and unlinked here, and at enterprise connectors.
import { useState } from 'preact/hooks';
import { t } from '../../shared/text';
import { Card, Confirm, Dialog, Empty, Field, Form, Opener, Problem, Table, toast } from '../../shared/ui';
import type { Plain } from '../../shared/values';
import { at, call, useLoad } from '../api';
import { rehearse } from '../listing';

interface Accounts {
  socialIdentities: { target: string; identity: { userId: string; details?: Plain } }[];
  ssoIdentities: Plain[];
}

/** What people know the account by. */
const shown = (details: Plain | undefined) => String(details?.email ?? details?.name ?? details?.phone ?? '–');

function Add({ base, close, added }: { base: string; close: () => void; added: () => void }) {
  const [target, setTarget] = useState('');
  const [userId, setUserId] = useState('');
  const submit = async () => {
    await call('PUT', base + at(target), { userId });
    toast(t('Linked.'));
    added();
    close();
  };
  return (
    <Dialog title={t('Link an account')} close={close}>
      <Form submit={submit} button={t('Link')} cancel={<button type="button" onClick={close}>{t('Cancel')}</button>}>
        <Field label={t('Provider')} value={target} onValue={setTarget} required autofocus help={t('The connector\'s target, as google or github.')} />
        <Field label={t('ID there')} value={userId} onValue={setUserId} required help={t('How the provider calls the account in its answers (sub, id). Who signs in with it there is this user here.')} />
      </Form>
    </Dialog>
  );
}

export function UserIdentities({ user }: { user: string }) {
  const base = `/users${at(user)}/identities`;
  const { data, error, reload } = useLoad(() => call<Accounts>('GET', `/users${at(user)}/all-identities`), [user]);
  const [adding, setAdding] = useState(false);
  const [ending, setEnding] = useState('');
  const social = data?.socialIdentities.map(({ target, identity }) => ({ id: target, there: identity.userId, known: shown(identity.details) }));
  const enterprise = data?.ssoIdentities.map((row) => {
    const identity: Plain = row.ssoIdentity ?? row;
    return { id: String(identity.id ?? identity.identityId), issuer: String(identity.issuer ?? '–'), there: String(identity.identityId ?? '–'), known: shown(identity.detail) };
  });
  return (
    <>
      <Card title={t('Linked accounts')} actions={<Opener onClick={() => setAdding(true)}>{t('Link an account…')}</Opener>}>
        <Problem error={error} retry={reload} />
        {social?.length === 0 && <Empty title={t('No linked account')}><p>{t('Users link one by signing in with it, or in their account; a connector for its provider has to be there.')}</p></Empty>}
        {!!social?.length && (
          <Table caption={t('Linked accounts')} rows={social} columns={[
            ['Provider', (row) => row.id],
            ['ID there', (row) => <code>{row.there}</code>],
            ['Known as', (row) => row.known],
            ['', (row) => <Opener class="small bad" aria-label={t('Unlink {0}', row.id)} onClick={() => setEnding(row.id)}>{t('Unlink')}</Opener>],
          ]} />
        )}
      </Card>
      {!!enterprise?.length && (
        <Card title={t('Enterprise accounts')}>
          <Table caption={t('Enterprise accounts')} rows={enterprise} columns={[
            ['Issuer', (row) => row.issuer],
            ['ID there', (row) => <code>{row.there}</code>],
            ['Known as', (row) => row.known],
          ]} />
        </Card>
      )}
      {adding && <Add base={base} close={() => setAdding(false)} added={reload} />}
      {ending && (
        <Confirm title={t('Unlink {0}?', ending)} text={t('The user cannot sign in with it any more.')} button={t('Unlink account')} close={() => setEnding('')}
          tell={async () => { await rehearse('DELETE', base + at(ending)); return null; }}
          run={async () => { await call('DELETE', base + at(ending)); toast(t('Unlinked.')); reload(); }} />
      )}
    </>
  );
}
