// Parts of a user's page: second factors, sessions, grants, personal access tokens.
import { useState } from 'preact/hooks';
import { Link } from '../../shared/router';
import { t } from '../../shared/text';
import { Card, Confirm, Copy, Dialog, Empty, Field, Form, Notice, Opener, Problem, Select, Table, Time, toast } from '../../shared/ui';
import type { Plain } from '../../shared/values';
import { at, call, useLoad } from '../api';
import { rehearse } from '../listing';

const DAY = 86_400_000;
type Ending = { id: string; title: string; text: string };

/** Rows that can be ended one by one; path is that of one. */
function useEnding(base: string, button: string, reload: () => void) {
  const [ending, setEnding] = useState<Ending>();
  const dialog = ending && (
    <Confirm title={ending.title} text={ending.text} button={button} close={() => setEnding(undefined)}
      tell={async () => { await rehearse('DELETE', base + at(ending.id)); return null; }}
      run={async () => { await call('DELETE', base + at(ending.id)); toast(t('Done.')); reload(); }} />
  );
  return { setEnding, dialog };
}

/* ---- Second factors ---- */

interface Factor {
  id: string;
  type: string;
  createdAt: string;
  lastUsedAt?: string;
  remainCodes?: number;
}
const FACTORS: Record<string, string> = { Totp: t('Authenticator app'), WebAuthn: t('Passkey'), BackupCode: t('Backup codes'), EmailVerificationCode: t('Code by email'), PhoneVerificationCode: t('Code by SMS') };

type Made = { type: string; codes?: string[]; secret?: string; secretQrCode?: string };
const KINDS: Record<string, { button: string; text: string; run: string }> = {
  Totp: { button: t('Add authenticator app…'), text: t('Its secret is shown once, for you to hand over; the user is asked for its codes from the next sign-in.'), run: t('Add app') },
  BackupCode: { button: t('Make backup codes…'), text: t('They are shown once, for you to hand over. Each of them works once, in the place of another factor.'), run: t('Make codes') },
};
const factorName = (type: string) => FACTORS[type] ?? type;

function ShownOnce({ made }: { made: Made }) {
  if (made.codes) return <Notice><p>{t('Backup codes, shown once:')} <code>{made.codes.join(' ')}</code> <Copy text={made.codes.join('\n')} what={t('backup codes')} /></p></Notice>;
  if (!made.secret) return null;
  return (
    <Notice>
      <p>{t('Secret of the authenticator app, shown once:')} <code>{made.secret}</code> <Copy text={made.secret} what={t('secret')} /></p>
      {made.secretQrCode && <img src={made.secretQrCode} alt={t('The same as a code to be scanned')} width={180} height={180} />}
    </Notice>
  );
}

/** Backup codes stand in for another factor, so that comes first; one of each kind is enough. */
const mayAdd = (type: string, factors: Factor[]) =>
  (type === 'BackupCode' ? factors.some((row) => row.type !== type) && !factors.some(({ remainCodes }) => remainCodes) : !factors.some((row) => row.type === type));

export function UserFactors({ user }: { user: string }) {
  const base = `/users${at(user)}/mfa-verifications`;
  const { data, error, reload } = useLoad(() => call<Factor[]>('GET', base), [user]);
  const { setEnding, dialog } = useEnding(base, t('Remove factor'), reload);
  const [adding, setAdding] = useState<string>();
  const [made, setMade] = useState<Made>();
  const add = async (type: string) => {
    setMade(await call<Made>('POST', base, { type }));
    reload();
  };
  const buttons = data && Object.entries(KINDS).filter(([type]) => mayAdd(type, data)).map(([type, { button }]) => <button key={type} type="button" onClick={() => setAdding(type)}>{button}</button>);
  return (
    <Card title={t('Second factors')} actions={<div class="actions">{buttons}</div>}>
      <Problem error={error} retry={reload} />
      {made && <ShownOnce made={made} />}
      {data?.length === 0 && <Empty title={t('No second factor')}><p>{t('Users set one up when they sign in, as')} <Link to="/mfa">{t('Multi-factor auth')}</Link> {t('says, or you add an authenticator app for them.')}</p></Empty>}
      {!!data?.length && (
        <Table caption={t('Second factors')} rows={data} columns={[
          ['Factor', (row) => factorName(row.type)],
          ['Left', (row) => row.remainCodes ?? '–'],
          ['Made', (row) => <Time ms={Date.parse(row.createdAt)} />],
          ['Last used', (row) => <Time ms={row.lastUsedAt ? Date.parse(row.lastUsedAt) : null} />],
          ['', (row) => <Opener class="small bad" aria-label={t('Remove {0}', factorName(row.type))} onClick={() => setEnding({ id: row.id, title: t('Remove {0}?', factorName(row.type)), text: t('The user signs in without it from now on.') })}>{t('Remove')}</Opener>],
        ]} />
      )}
      {adding && <Confirm title={KINDS[adding].button.replace('…', '?')} text={KINDS[adding].text} button={KINDS[adding].run} close={() => setAdding(undefined)} run={() => add(adding)} />}
      {dialog}
    </Card>
  );
}

/* ---- Sessions and grants ---- */

interface Session {
  payload: Plain;
  lastSubmission: Plain | null;
  clientId: string | null;
  expiresAt: number;
}

export function UserSessions({ user }: { user: string }) {
  const base = `/users${at(user)}/sessions`;
  const { data, error, reload } = useLoad(async () => (await call<{ sessions: Session[] }>('GET', base)).sessions.map((row) => ({ ...row, id: String(row.payload.uid) })), [user]);
  const { setEnding, dialog } = useEnding(base, t('End session'), reload);
  return (
    <Card title={t('Sessions')}>
      <Problem error={error} retry={reload} />
      {data?.length === 0 && <Empty title={t('No session')}><p>{t('The user is signed in nowhere.')}</p></Empty>}
      {!!data?.length && (
        <Table caption={t('Sessions')} rows={data} columns={[
          ['Session', (row) => <code>{row.id}</code>],
          ['Signed in', (row) => <Time ms={Number(row.payload.loginTs ?? 0) * 1000} />],
          ['Application', (row) => (row.clientId ? <Link to={`/applications/${row.clientId}`}>{row.clientId}</Link> : '–')],
          ['Expires', (row) => <Time ms={row.expiresAt} />],
          ['', (row) => <Opener class="small bad" aria-label={t('End session {0}', row.id)} onClick={() => setEnding({ id: row.id, title: t('End the session?'), text: t('The browser has to sign in again.') })}>{t('End')}</Opener>],
        ]} />
      )}
      {dialog}
    </Card>
  );
}

interface Device {
  id: string;
  userAgent: string | null;
  lastUsedAt: number;
  expiresAt: number;
}

export function UserDevices({ user }: { user: string }) {
  const base = `/users${at(user)}/trusted-devices`;
  const { data, error, reload } = useLoad(() => call<Device[]>('GET', `${base}?page_size=100`), [user]);
  const { setEnding, dialog } = useEnding(base, t('Forget browser'), reload);
  if (!error && !data?.length) return null;
  return (
    <Card title={t('Trusted browsers')}>
      <Problem error={error} retry={reload} />
      {!!data?.length && (
        <Table caption={t('Trusted browsers')} rows={data} columns={[
          ['Browser', (row) => row.userAgent ?? <code>{row.id}</code>],
          ['Last used', (row) => <Time ms={row.lastUsedAt} />],
          ['Expires', (row) => <Time ms={row.expiresAt} />],
          ['', (row) => <Opener class="small bad" aria-label={t('Forget browser {0}', row.id)} onClick={() => setEnding({ id: row.id, title: t('Forget the browser?'), text: t('A sign-in in it needs a second factor again.') })}>{t('Forget')}</Opener>],
        ]} />
      )}
      {dialog}
    </Card>
  );
}

interface Grant {
  id: string;
  payload: Plain;
  expiresAt: number;
  application: { id?: string; name?: string } | null;
}

export function UserGrants({ user }: { user: string }) {
  const base = `/users${at(user)}/grants`;
  const { data, error, reload } = useLoad(async () => (await call<{ grants: Grant[] }>('GET', base)).grants, [user]);
  const { setEnding, dialog } = useEnding(base, t('Revoke grant'), reload);
  return (
    <Card title={t('Grants')}>
      <Problem error={error} retry={reload} />
      {data?.length === 0 && <Empty title={t('No grant')}><p>{t('A grant is what an application may do for the user; one comes with the first sign-in to it.')}</p></Empty>}
      {!!data?.length && (
        <Table caption={t('Grants')} rows={data} columns={[
          ['Application', (row) => row.application?.name ?? String(row.payload.clientId ?? '–')],
          ['Expires', (row) => <Time ms={row.expiresAt} />],
          ['', (row) => <Opener class="small bad" aria-label={t('Revoke grant {0}', row.id)} onClick={() => setEnding({ id: row.id, title: t('Revoke the grant?'), text: t('Tokens that came of it stop working.') })}>{t('Revoke')}</Opener>],
        ]} />
      )}
      {dialog}
    </Card>
  );
}

/* ---- Personal access tokens ---- */

interface PersonalToken {
  name: string;
  value?: string;
  createdAt: number;
  expiresAt: number | null;
}

function NewToken({ base, close, made }: { base: string; close: () => void; made: (token: PersonalToken) => void }) {
  const [name, setName] = useState('');
  const [days, setDays] = useState('30');
  const submit = async () => {
    made(await call<PersonalToken>('POST', base, { name, expiresAt: days ? Date.now() + Number(days) * DAY : null }));
    close();
  };
  return (
    <Dialog title={t('New personal access token')} close={close}>
      <Form submit={submit} button={t('Create token')} cancel={<button type="button" onClick={close}>{t('Cancel')}</button>}>
        <Field label={t('Name')} value={name} onValue={setName} required maxLength={256} autofocus />
        <Select label={t('Expires')} value={days} onValue={setDays} options={[['7', t('In 7 days')], ['30', t('In 30 days')], ['180', t('In 180 days')], ['365', t('In 365 days')], ['', t('Never')]]} />
      </Form>
    </Dialog>
  );
}

export function UserTokens({ user }: { user: string }) {
  const base = `/users${at(user)}/personal-access-tokens`;
  const { data, error, reload } = useLoad(() => call<PersonalToken[]>('GET', base), [user]);
  const { setEnding, dialog } = useEnding(base, t('Delete token'), reload);
  const [creating, setCreating] = useState(false);
  const [made, setMade] = useState<PersonalToken>();
  return (
    <Card title={t('Personal access tokens')} actions={<Opener onClick={() => setCreating(true)}>{t('New token…')}</Opener>}>
      <Problem error={error} retry={reload} />
      {made?.value && <Notice><p>{t('The token')} {made.name}{t(', shown once:')} <code>{made.value}</code> <Copy text={made.value} what={t('token')} /></p></Notice>}
      {data?.length === 0 && <Empty title={t('No personal access token')}><p>{t('A program of the user exchanges one for access tokens, without a browser.')}</p></Empty>}
      {!!data?.length && (
        <Table caption={t('Personal access tokens')} rows={data} columns={[
          ['Name', (row) => row.name],
          ['Created', (row) => <Time ms={row.createdAt} />],
          ['Expires', (row) => <Time ms={row.expiresAt} />],
          ['', (row) => <Opener class="small bad" aria-label={t('Delete token {0}', row.name)} onClick={() => setEnding({ id: row.name, title: t('Delete {0}?', row.name), text: t('Programs that use it are refused from now on.') })}>{t('Delete')}</Opener>],
        ]} />
      )}
      {creating && <NewToken base={base} close={() => { setCreating(false); reload(); }} made={setMade} />}
      {dialog}
    </Card>
  );
}
