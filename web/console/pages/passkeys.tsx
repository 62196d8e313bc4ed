// The passkeys of the operator who looks at the page: made and removed, each time with the password.
import { useState } from 'preact/hooks';
import { t } from '../../shared/text';
import { Card, Dialog, Empty, Field, Form, Notice, Problem, Table, Time, toast } from '../../shared/ui';
import { at, own, useLoad } from '../api';

interface Factor {
  id: string;
  type: string;
  name?: string | null;
  agent?: string;
  createdAt: string;
  lastUsedAt?: string;
}
type Options = PublicKeyCredentialCreationOptionsJSON;
const FACTORS = '/my-account/mfa-verifications';
const MAKING = '/verifications/web-authn/registration';
const nameOf = ({ name }: Factor) => name || t('Passkey');

const bytes = (text: string) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
const text = (buffer: ArrayBuffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

/** Has the browser make one; gives what the server takes of it. */
async function create(options: Options) {
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: options.excludeCredentials?.map((each) => ({ ...each, id: bytes(each.id) })),
  } as PublicKeyCredentialCreationOptions;
  const made = (await navigator.credentials.create({ publicKey }).catch(() => null)) as PublicKeyCredential | null;
  if (!made) throw new Error(t('The browser made no passkey: it was declined, or there is one on this device already.'));
  const { clientDataJSON, attestationObject, getTransports } = made.response as AuthenticatorAttestationResponse;
  const response = { clientDataJSON: text(clientDataJSON), attestationObject: text(attestationObject), transports: getTransports?.call(made.response) };
  return { type: 'WebAuthn', id: made.id, rawId: text(made.rawId), response, clientExtensionResults: {} };
}

const prove = async (password: string) => (await own<{ verificationRecordId: string }>('POST', '/verifications/password', { password })).verificationRecordId;

function Add({ close, added }: { close: () => void; added: () => void }) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const submit = async () => {
    const proof = await prove(password);
    const { verificationRecordId, registrationOptions } = await own<{ verificationRecordId: string; registrationOptions: Options }>('POST', MAKING);
    await own('POST', `${MAKING}/verify`, { verificationRecordId, payload: await create(registrationOptions) });
    await own('POST', FACTORS, { type: 'WebAuthn', newIdentifierVerificationRecordId: verificationRecordId, name: name || undefined }, proof);
    toast(t('The passkey is kept by your device.'));
    added();
    close();
  };
  return (
    <Dialog title={t('Add a passkey')} close={close}>
      <p class="quiet">{t('It signs you in without the password; who signs in with the password has to show it as well from then on.')}</p>
      <Form submit={submit} button={t('Add passkey')} reads cancel={<button type="button" onClick={close}>{t('Cancel')}</button>}>
        <Field label={t('Your password')} type="password" value={password} onValue={setPassword} required autofocus autocomplete="current-password" />
        <Field label={t('Name of the passkey')} value={name} onValue={setName} maxLength={128} help={t('For you to know it by, as the name of the device.')} />
      </Form>
    </Dialog>
  );
}

function Remove({ passkey, close, removed }: { passkey: Factor; close: () => void; removed: () => void }) {
  const [password, setPassword] = useState('');
  const submit = async () => {
    await own('DELETE', FACTORS + at(passkey.id), undefined, await prove(password));
    toast(t('Removed.'));
    removed();
    close();
  };
  return (
    <Dialog title={t('Remove {0}?', nameOf(passkey))} close={close}>
      <p>{t('It does not sign you in any more. Your device keeps it until you delete it there.')}</p>
      <Form submit={submit} button={t('Remove passkey')} reads cancel={<button type="button" onClick={close}>{t('Cancel')}</button>}>
        <Field label={t('Your password')} type="password" value={password} onValue={setPassword} required autofocus autocomplete="current-password" />
      </Form>
    </Dialog>
  );
}

export function Passkeys() {
  const { data, error, reload } = useLoad(async () => (await own<Factor[]>('GET', FACTORS)).filter(({ type }) => type === 'WebAuthn'), []);
  const { data: account, error: unread, reload: again } = useLoad(() => own<{ hasSecurityVerificationMethod: boolean }>('GET', '/my-account'), []);
  const keyOnly = account?.hasSecurityVerificationMethod === false;
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<Factor>();
  return (
    <Card title={t('Your passkeys')} actions={!keyOnly && <button type="button" onClick={() => setAdding(true)}>{t('Add a passkey…')}</button>}>
      <Problem error={error ?? unread} retry={() => { reload(); again(); }} />
      {keyOnly && <Notice><p>{t('This passkey is your only way in. Should its device be lost, another operator makes a new link for you here, or signet init prints one on the server.')}</p></Notice>}
      {data?.length === 0 && <Empty title={t('No passkey')}><p>{t('With one, a touch of your device signs you in, and nobody gets in with your password alone.')}</p></Empty>}
      {!!data?.length && (
        <Table caption={t('Your passkeys')} rows={data} columns={[
          ['Name', nameOf],
          ['Made', (row) => <Time ms={Date.parse(row.createdAt)} />],
          ['Last used', (row) => <Time ms={row.lastUsedAt ? Date.parse(row.lastUsedAt) : null} />],
          ['', (row) => !keyOnly && <button type="button" class="small bad" aria-label={t('Remove {0}', nameOf(row))} onClick={() => setRemoving(row)}>{t('Remove')}</button>],
        ]} />
      )}
      {adding && <Add close={() => setAdding(false)} added={reload} />}
      {removing && <Remove passkey={removing} close={() => setRemoving(undefined)} removed={reload} />}
    </Card>
  );
}
