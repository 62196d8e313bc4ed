// Email templates: what messages say, for each purpose and language.
import { useState } from 'preact/hooks';
import { Link, navigate } from '../../shared/router';
import { Settings, type SettingRow } from '../../shared/settings';
import { t } from '../../shared/text';
import { Confirm, Dialog, Empty, Field, Form, Opener, Page, Problem, Select, TextArea, Time, type Option } from '../../shared/ui';
import type { Plain } from '../../shared/values';
import { at, call, useLoad } from '../api';
import { ListPage, ShortList, tellDeletion } from '../listing';

interface Template {
  id: string;
  languageTag: string;
  templateType: string;
  details: { subject: string; content: string; contentType?: string; replyTo?: string; sendFrom?: string };
  createdAt: number;
}

const LIST = '/email-templates';
const PURPOSES: [string, string][] = [
  ['SignIn', t('Code for signing in')],
  ['Register', t('Code for registering')],
  ['ForgotPassword', t('Code for a forgotten password')],
  ['OrganizationInvitation', t('Invitation to an organization')],
  ['UserPermissionValidation', t('Code before a change of the account')],
  ['BindNewIdentifier', t('Code for a new address')],
  ['MfaVerification', t('Code as second factor')],
  ['BindMfa', t('Code for setting up the second factor')],
  ['AccountChanged', t('Notice of a change of the account')],
  ['Generic', t('Any other')],
];
const purposeName = (type: string) => PURPOSES.find(([key]) => key === type)?.[1] ?? type;
const VARIABLES = t('HTML, unless the kind says otherwise. {{code}}, {{link}}, {{application.name}} and {{organization.name}} are filled in.');

/** The whole list is read, so that what is put into it is put only while nobody else has changed it. */
const templates = () => call<Template[]>('GET', LIST);
const put = (template: Pick<Template, 'languageTag' | 'templateType' | 'details'>) => call<Template[]>('PUT', LIST, { templates: [template] });

function Create({ close }: { close: () => void }) {
  const [form, setForm] = useState({ templateType: 'SignIn', languageTag: 'en', subject: '', content: '' });
  const set = (key: keyof typeof form) => (value: string) => setForm({ ...form, [key]: value });
  const submit = async () => {
    const { templateType, languageTag, subject, content } = form;
    const there = (await templates()).some((each) => each.templateType === templateType && each.languageTag === languageTag);
    if (there) throw new Error(t('There is one for it in this language already: change that one.'));
    const [made] = await put({ templateType, languageTag, details: { subject, content } });
    navigate(`${LIST}/${made.id}`);
  };
  return (
    <Dialog title={t('New email template')} close={close}>
      <Form submit={submit} button={t('Create template')} cancel={<button type="button" onClick={close}>{t('Cancel')}</button>}>
        <Select label={t('Purpose')} value={form.templateType} onValue={set('templateType')} options={PURPOSES} />
        <Field label={t('Language')} value={form.languageTag} onValue={set('languageTag')} required maxLength={16} help={t('A tag, such as de.')} />
        <Field label={t('Subject')} value={form.subject} onValue={set('subject')} required />
        <TextArea label={t('Text')} value={form.content} onValue={set('content')} required help={VARIABLES} />
      </Form>
    </Dialog>
  );
}

export function EmailTemplates() {
  const { data, error, reload } = useLoad(templates, []);
  return (
    <ListPage title={t('Email templates')} lead={t('What messages say, in place of the texts of the email connector.')} button={t('New email template')} dialog={(close) => <Create close={close} />}>
      <Problem error={error} retry={reload} />
      {data && (
        <ShortList<Template> title={t('Email templates')} rows={data} looksIn={t('purpose, language and subject')} text={({ templateType, languageTag, details }) => `${purposeName(templateType)} ${templateType} ${languageTag} ${details.subject}`}
          columns={[
            ['Purpose', (row) => <Link to={`${LIST}/${row.id}`}>{purposeName(row.templateType)}</Link>, (row) => purposeName(row.templateType)],
            ['Language', (row) => row.languageTag, (row) => row.languageTag],
            ['Subject', (row) => row.details.subject, (row) => row.details.subject],
            ['Created', (row) => <Time ms={row.createdAt} />, (row) => row.createdAt],
          ]}
          empty={<Empty title={t('No email template yet')}><p>{t('A message is sent in the language of the page, or else in the usual one; where there is no template for it, as the email connector says.')}</p></Empty>} />
      )}
    </ListPage>
  );
}

const KINDS: Option[] = [['', 'HTML'], ['text/html', 'HTML (text/html)'], ['text/plain', t('Plain text')]];
const ROWS: SettingRow[] = [
  { key: 'details.subject', label: t('Subject'), required: true },
  { key: 'details.content', label: t('Text'), kind: 'code', lines: 14, help: VARIABLES },
  { key: 'details.contentType', label: t('Kind'), kind: 'choice', options: KINDS, nothing: undefined },
  { key: 'details.sendFrom', label: t('Sender'), nothing: undefined, help: t('As the connector says when empty.') },
  { key: 'details.replyTo', label: t('Answers go to'), nothing: undefined },
];

export function EmailTemplatePage({ id }: { id: string }) {
  const [deleting, setDeleting] = useState(false);
  const path = LIST + at(id);
  const read = async () => (await templates()).find((each) => each.id === id) ?? call<Template>('GET', path);
  const { data: template, error, reload } = useLoad(read, [id]);
  if (!template) return <Page title={t('Email template')} back={[LIST, t('Email templates')]}><Problem error={error} retry={reload} /></Page>;
  const { languageTag, templateType } = template;
  const save = (_: Plain, whole: Plain) => put({ languageTag, templateType, details: whole.details });
  return (
    <Page title={purposeName(templateType)} back={[LIST, t('Email templates')]} lead={<>{languageTag} · <code>{templateType}</code></>} actions={<Opener class="bad" onClick={() => setDeleting(true)}>{t('Delete template…')}</Opener>}>
      <Settings title={t('Settings')} value={template} rows={ROWS} reload={reload} save={save} fresh={read} />
      {deleting && (
        <Confirm title={t('Delete {0}?', purposeName(templateType))} text={t('Messages are then sent as the email connector says.')} button={t('Delete template')} close={() => setDeleting(false)}
          tell={tellDeletion(path)} run={async () => { await call('DELETE', path); navigate(LIST, { saved: true }); }} />
      )}
    </Page>
  );
}
