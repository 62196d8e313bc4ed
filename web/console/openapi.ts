// The server's OpenAPI document as operations: what each takes, and which scopes open it.
import { useLoad } from './api';
import { reach } from './network';
import { endpoint } from './session';

export interface Schema {
  type?: string;
  enum?: string[];
  format?: string;
  minimum?: number;
  minItems?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  nullable?: boolean;
  description?: string;
}
export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  description?: string;
  schema?: Schema;
}
export interface Operation {
  id: string;
  method: string;
  path: string;
  tag: string;
  summary: string;
  description?: string;
  parameters: Parameter[];
  body?: Schema;
  scopes: string[];
}
export interface Api {
  operations: Operation[];
  /** Names of the scopes that open a part of the API, "all" first. */
  scopes: string[];
}

let loading: Promise<Api> | undefined;

async function load(): Promise<Api> {
  const answer = await reach(`${endpoint}/api/swagger.json`);
  const document = await answer.json();
  const operations: Operation[] = [];
  const resolve = (parameter: Parameter & { $ref?: string }): Parameter => (parameter.$ref ? document.components.parameters[parameter.$ref.split('/').pop()!] : parameter);
  for (const [path, item] of Object.entries<Record<string, any>>(document.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      operations.push({
        id: operation.operationId,
        method: method.toUpperCase(),
        path,
        tag: operation.tags?.[0] ?? '',
        summary: operation.summary,
        description: operation.description,
        parameters: (operation.parameters ?? []).map(resolve).filter((each: Parameter) => each.in !== 'header'),
        body: operation.requestBody?.content?.['application/json']?.schema,
        scopes: operation.security.flatMap(({ OAuth2 = [] }: { OAuth2?: string[] }) => OAuth2),
      });
    }
  }
  return { operations, scopes: Object.keys(document.components.securitySchemes.OAuth2.flows.clientCredentials.scopes) };
}

export function openApi() {
  loading ??= load().catch((error) => {
    loading = undefined;
    throw error;
  });
  return loading;
}
export const useOpenApi = () => useLoad(openApi, []);

/** The operations that each scope opens, beside those that need none. */
export const openedBy = ({ operations }: Api, scope: string) => operations.filter(({ scopes }) => scopes.includes(scope));

/** A value that holds what is required. */
export function example(schema: Schema | undefined, name = 'value'): unknown {
  switch (schema?.type) {
    case 'object': {
      const wanted = schema.required ?? [];
      return Object.fromEntries(wanted.map((key) => [key, example(schema.properties?.[key], key)]));
    }
    case 'array':
      return schema.minItems ? [example(schema.items, name)] : [];
    case 'integer':
    case 'number':
      return Math.max(schema.minimum ?? 0, 0);
    case 'boolean':
      return false;
    default:
      return schema?.enum?.[0] ?? (schema?.format === 'uri' || /indicator|url/i.test(name) ? 'https://example.com' : name);
  }
}

/** Operations whose method, path, summary or id hold all the words, the best first. */
export function search(operations: Operation[], text: string) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const rank = ({ method, path, summary, id }: Operation) => {
    const all = `${method} ${path} ${summary} ${id}`.toLowerCase();
    if (!words.every((word) => all.includes(word))) return 0;
    const segments = path.split('/');
    const whole = words.filter((word) => segments.includes(word) || word === method.toLowerCase()).length;
    const titled = summary.toLowerCase().startsWith(text.trim().toLowerCase()) ? 50 : 0;
    return 100 + titled + 10 * whole - segments.length - (method === 'GET' ? 0 : 1);
  };
  return operations
    .map((operation) => ({ operation, score: rank(operation) }))
    .filter(({ score }) => score)
    .sort((a, b) => b.score - a.score)
    .map(({ operation }) => operation);
}
