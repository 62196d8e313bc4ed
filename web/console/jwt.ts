// JWTs taken apart, and their signatures checked against the issuer's keys with WebCrypto.
import { t } from '../shared/text';
import { reach } from './network';
export interface Jwt {
  header: Record<string, unknown>;
  claims: Record<string, unknown>;
}

const bytesOf = (part: string) => Uint8Array.from(atob(part.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
const object = (part: string) => JSON.parse(new TextDecoder().decode(bytesOf(part)));

/** Undefined for a token that is none, such as an opaque one. */
export function decode(token: string): Jwt | undefined {
  const parts = token.split('.');
  if (parts.length !== 3) return undefined;
  try {
    return { header: object(parts[0]), claims: object(parts[1]) };
  } catch {
    return undefined;
  }
}

type Algorithm = { name: string; hash?: string; namedCurve?: string };
const ALGORITHMS: Record<string, Algorithm> = {
  ES256: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  ES384: { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' },
  ES512: { name: 'ECDSA', namedCurve: 'P-521', hash: 'SHA-512' },
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  RS384: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-384' },
  RS512: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-512' },
};

/** A sentence about the signature, and whether it is good. */
export async function verify(token: string, jwksUri: string): Promise<{ good: boolean; text: string }> {
  const jwt = decode(token);
  const algorithm = ALGORITHMS[String(jwt?.header.alg)];
  if (!jwt || !algorithm) return { good: false, text: t('This browser cannot check the algorithm {0}.', String(jwt?.header.alg)) };
  const { keys } = await (await reach(jwksUri)).json();
  const jwk = keys.find(({ kid }: { kid: string }) => kid === jwt.header.kid);
  if (!jwk) return { good: false, text: t('No key of {0} has the ID {1}.', jwksUri, String(jwt.header.kid)) };
  const key = await crypto.subtle.importKey('jwk', { ...jwk, use: undefined, key_ops: undefined }, algorithm, false, ['verify']);
  const [header, claims, signature] = token.split('.');
  const good = await crypto.subtle.verify(algorithm, key, bytesOf(signature), new TextEncoder().encode(`${header}.${claims}`));
  return { good, text: good ? t('Verified with the keys of {0}', jwksUri) : t('Not signed by the key of {0}', jwksUri) };
}
