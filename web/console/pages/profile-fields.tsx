// What people are to be asked for when they register, beside what they sign in with.
import { useState } from 'preact/hooks';
import { toLines } from '../../shared/settings';
import { t } from '../../shared/text';
import { Action, Card, Check, Confirm, Dialog, Empty, Field, Form, Opener, Problem, Select, Table, TextArea, toast } from '../../shared/ui';
import type { Plain } from '../../shared/values';
import { at, call, useLoad } from '../api';
import { tellDeletion } from '../listing';

interface ProfileField {
  id: string;
  name: string;
  type: string;
  label: string;
  description: string | null;
  required: boolean;
  config: Plain;
}
const PATH = '/custom-profile-fields';
const TYPES: [string, string][] = [['Text', t('Text')], ['Number', t('Number')], ['Date', t('Date')], ['Checkbox', t('Box to check')], ['Select', t('Choice')], ['Url', t('Web address')], ['Regex', t('Text of a pattern')], ['Fullname', t('Full name in parts')], ['Address', t('Address in parts')]];
const PARTS: Record<string, string[]> = { Fullname: ['givenName', 'familyName'], Address: ['streetAddress', 'postalCode', 'locality', 'country'] };
const typeName = (type: string) => TYPES.find(([key]) => key === type)?.[1] ?? type;
const shownOptions = (config: Plain) => ((config.options ?? []) as { value: string; label?: string }[]).map(({ value, label }) => (label && label !== value ? `${value} = ${label}` : value)).join('\n');

function configOf(type: string, before: Plain, detail: string, required: boolean): Plain {
  const parts = (before.parts ?? PARTS[type]?.map((name) => ({ name, type: 'Text', enabled: true }))) as Plain[] | undefined;
  if (parts) return { ...before, parts: parts.map((part) => ({ ...part, required })) };
  if (type === 'Select') {
    const options = toLines(detail).map((line) => line.split('=').map((part) => part.trim())).map(([value, label = value]) => ({ value, label }));
    return { ...before, options };
  }
  if (type === 'Regex') return { ...before, format: detail };
  return type === 'Checkbox' ? { defaultValue: 'false', ...before } : type === 'Date' ? { format: 'yyyy-MM-dd', ...before } : before;
}

/** Makes a field, or changes one. */
function Edit({ field, close }: { field?: ProfileField; close: () => void }) {
  const [form, setForm] = useState({ name: field?.name ?? '', label: field?.label ?? '', description: field?.description ?? '', type: field?.type ?? 'Text', required: field?.required ?? false });
  const [detail, setDetail] = useState(field?.type === 'Regex' ? String(field.config.format ?? '') : shownOptions(field?.config ?? {}));
  const set = (key: keyof typeof form) => (value: string | boolean) => setForm({ ...form, [key]: value });
  const submit = async () => {
    const { name, label, description, type, required } = form;
    const body = { label, description, type, required, config: configOf(type, field?.type === type ? field.config : {}, detail, required) };
    if (field) await call('PUT', PATH + at(field.name), body);
    else await call('POST', PATH, { name, ...body });
    toast(t('Saved.'));
    close();
  };
  return (
    <Dialog title={field ? t('Change {0}', field.label) : t('New field')} close={close}>
      <Form submit={submit} button={field ? t('Save field') : t('Add field')} cancel={<button type="button" onClick={close}>{t('Cancel')}</button>}>
        {!field && <Field label={t('Key')} value={form.name} onValue={set('name')} required pattern="[A-Za-z0-9]+" title={t('Letters and digits')} maxLength={128} autofocus help={t('Letters and digits, such as birthdate or department: a claim of that name is filled, else it stands in the custom data. Cannot be changed later.')} />}
        <Field label={t('Shown name')} value={form.label} onValue={set('label')} required maxLength={128} />
        <Field label={t('Explanation')} value={form.description} onValue={set('description')} maxLength={256} />
        <Select label={t('Kind')} value={form.type} onValue={set('type')} options={TYPES} />
        {form.type === 'Select' && <TextArea label={t('Choices')} value={detail} onValue={setDetail} rows={4} required invalid={!!detail && !toLines(detail).length} help={t('One a line; VALUE = TEXT where they differ.')} />}
        {form.type === 'Regex' && <Field label={t('Pattern')} value={detail} onValue={setDetail} required help={t('A regular expression, such as ^[A-Z]{2}[0-9]+$.')} />}
        <Check label={t('It has to be filled in')} checked={form.required} onChecked={set('required')} />
      </Form>
    </Dialog>
  );
}

export function ProfileFields() {
  const { data, error, reload } = useLoad(() => call<ProfileField[]>('GET', PATH), []);
  const [editing, setEditing] = useState<ProfileField | 'new'>();
  const [deleting, setDeleting] = useState<ProfileField>();
  const move = async (from: number, to: number) => {
    const next = [...(data ?? [])];
    next.splice(to, 0, ...next.splice(from, 1));
    await call('POST', `${PATH}/properties/sie-order`, { order: next.map(({ name }, index) => ({ name, sieOrder: index })) });
    reload();
  };
  const actions = (row: ProfileField) => {
    const index = data?.indexOf(row) ?? 0;
    return (
      <span class="with-copy">
        {index > 0 && <Action run={() => move(index, index - 1)} kind="small" label={t('Move {0} up', row.label)}>↑</Action>}
        {index < (data?.length ?? 0) - 1 && <Action run={() => move(index, index + 1)} kind="small" label={t('Move {0} down', row.label)}>↓</Action>}
        <Opener class="small" aria-label={t('Change {0}', row.label)} onClick={() => setEditing(row)}>{t('Change')}</Opener>
        <Opener class="small bad" aria-label={t('Delete {0}', row.label)} onClick={() => setDeleting(row)}>{t('Delete')}</Opener>
      </span>
    );
  };
  return (
    <Card title={t('Collect user profile')} actions={<Opener onClick={() => setEditing('new')}>{t('New field…')}</Opener>}>
      <p class="quiet">{t('What people are to be asked for when they register, in this order.')}</p>
      <Problem error={error} retry={reload} />
      {data?.length === 0 && <Empty title={t('No field yet')}><p>{t('A field is a claim of the profile, or of the custom data.')}</p></Empty>}
      {!!data?.length && (
        <Table caption={t('Collect user profile')} rows={data} columns={[
          ['Shown name', (row) => row.label],
          ['Key', (row) => <code>{row.name}</code>],
          ['Kind', (row) => typeName(row.type)],
          ['Needed', (row) => (row.required ? t('Yes') : t('No'))],
          ['', actions],
        ]} />
      )}
      {editing && <Edit field={editing === 'new' ? undefined : editing} close={() => { setEditing(undefined); reload(); }} />}
      {deleting && (
        <Confirm title={t('Delete {0}?', deleting.label)} text={t('What users have filled in stays.')} button={t('Delete field')} close={() => setDeleting(undefined)}
          tell={tellDeletion(PATH + at(deleting.name))} run={async () => { await call('DELETE', PATH + at(deleting.name)); reload(); }} />
      )}
    </Card>
  );
}
