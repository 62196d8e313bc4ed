// One application: its head and parts.
import { useState } from 'preact/hooks';
import { navigate, useUnsaved } from '../../shared/router';
import { t } from '../../shared/text';
import { Card, Confirm, Copy, Field, Form, Page, Parts, Problem, TextArea, toast } from '../../shared/ui';
import { at, call, useLoad, type Application } from '../api';
import { typeName } from './applications';
import { Credentials } from './credentials';
import { LogTable } from './logs';
import { OwnOrganizations } from './organizations';
import { OwnRoles } from './own-roles';

const lines = (text: string) => text.split('\n').map((line) => line.trim()).filter(Boolean);

function Settings({ app, reload }: { app: Application; reload: () => void }) {
  const metadata = app.oidcClientMetadata;
  const start = { name: app.name, description: app.description ?? '', redirect: metadata.redirectUris.join('\n'), logout: metadata.postLogoutRedirectUris.join('\n') };
  const [form, setForm] = useState(start);
  const [deleting, setDeleting] = useState(false);
  const set = (key: keyof typeof start) => (value: string) => setForm({ ...form, [key]: value });
  const dirty = JSON.stringify(form) !== JSON.stringify(start);
  useUnsaved(dirty);
  const submit = async () => {
    const machine = app.type === 'MachineToMachine';
    const uris = { ...metadata, redirectUris: lines(form.redirect), postLogoutRedirectUris: lines(form.logout) };
    await call('PATCH', `/applications${at(app.id)}`, { name: form.name, description: form.description, ...(machine ? {} : { oidcClientMetadata: uris }) });
    toast(t('Saved.'));
    reload();
  };
  return (
    <>
      <Card title={t('Settings')}>
        <Form submit={submit} button={t('Save changes')} cancel={dirty && <button type="button" onClick={() => setForm(start)}>{t('Discard')}</button>}>
          <Field label={t('Name')} value={form.name} onValue={set('name')} required maxLength={256} />
          <Field label={t('Description')} value={form.description} onValue={set('description')} />
          {app.type !== 'MachineToMachine' && (
            <>
              <TextArea label={t('Redirect URIs')} value={form.redirect} onValue={set('redirect')} rows={3} help={t('One a line: where the browser may return to after signing in.')} />
              <TextArea label={t('Post sign-out redirect URIs')} value={form.logout} onValue={set('logout')} rows={2} help={t('One a line.')} />
            </>
          )}
        </Form>
      </Card>
      <Card title={t('Delete')}>
        <p>{t('Its secrets and tokens stop working at once.')}</p>
        <button type="button" class="bad" onClick={() => setDeleting(true)}>{t('Delete application…')}</button>
      </Card>
      {deleting && (
        <Confirm title={t('Delete {0}?', app.name)} text={t('Programs that use it get no token from now on. This cannot be undone.')} button={t('Delete application')} close={() => setDeleting(false)}
          run={async () => { await call('DELETE', `/applications${at(app.id)}`); toast(t('Deleted.')); navigate('/applications', { saved: true }); }} />
      )}
    </>
  );
}

export function ApplicationPage({ id, part = 'credentials' }: { id: string; part?: string }) {
  const { data: app, error, reload } = useLoad(() => call<Application>('GET', `/applications${at(id)}`), [id]);
  if (!app) return <Page title={t('Application')} back={['/applications', t('Applications')]}><Problem error={error} retry={reload} /></Page>;
  const machine = app.type === 'MachineToMachine';
  const parts: [string, string][] = [['credentials', t('Credentials')], ...(machine ? [['roles', t('Roles')], ['organizations', t('Organizations')]] as [string, string][] : []), ['settings', t('Settings')], ['logs', t('Log')]];
  const lead = <>{typeName(app.type)} · <code>{app.id}</code> <Copy text={app.id} what={t('application ID')} /></>;
  return (
    <Page title={app.name} back={['/applications', t('Applications')]} lead={lead}>
      <Parts base={`/applications/${id}`} parts={parts} current={part} />
      {part === 'credentials' && <Credentials app={app} />}
      {part === 'roles' && <OwnRoles owner={`/applications${at(id)}`} type="MachineToMachine" of={app.name} />}
      {part === 'organizations' && <OwnOrganizations owner={`/applications${at(id)}`} />}
      {part === 'settings' && <Settings key={JSON.stringify(app)} app={app} reload={reload} />}
      {part === 'logs' && <LogTable fixed={{ applicationId: id }} />}
    </Page>
  );
}
