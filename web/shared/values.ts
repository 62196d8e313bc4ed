// Values inside of objects by dotted path, and what differs between two objects.
import { t } from './text';

export type Plain = Record<string, any>;

export const valueAt = (object: unknown, path: string): any => path.split('.').reduce<any>((value, key) => value?.[key], object);

/** A copy with the value in its place; undefined takes it away. */
export function withValue<T>(object: T, path: string, value: unknown): T {
  const [key, ...rest] = path.split('.');
  const copy: Plain = { ...(object as Plain) };
  copy[key] = rest.length ? withValue(copy[key] ?? {}, rest.join('.'), value) : value;
  if (copy[key] === undefined) delete copy[key];
  return copy as T;
}

const isPlain = (value: unknown): value is Plain => typeof value === 'object' && value !== null && !Array.isArray(value);
/** A copy in which what is not set is as in the other. */
export function filled(object: Plain, unset: Plain): Plain {
  const copy: Plain = { ...unset, ...object };
  for (const key of Object.keys(unset)) if (isPlain(unset[key]) && isPlain(copy[key])) copy[key] = filled(copy[key], unset[key]);
  return copy;
}

export const same = (a: unknown, b: unknown) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);

export interface Difference {
  path: string;
  before: unknown;
  after: unknown;
}

/** Each value that is not the same, named by its path. */
export function differences(before: unknown, after: unknown, path = ''): Difference[] {
  if (same(before, after)) return [];
  if (!isPlain(before) || !isPlain(after)) return [{ path, before, after }];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key) => differences(before[key], after[key], path ? `${path}.${key}` : key));
}

/** What to send so that before becomes after: its members that differ, whole. */
export const changedMembers = (before: Plain, after: Plain): Plain =>
  Object.fromEntries(Object.keys(after).filter((key) => !same(before[key], after[key])).map((key) => [key, after[key]]));

export function shown(value: unknown): string {
  if (value === undefined || value === null || value === '') return t('nothing');
  if (typeof value === 'boolean') return value ? t('on') : t('off');
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}
