/** Asking the person's own server, which asks the academy. */
import { PageConfig, URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

type Json = Record<string, unknown>;

/** Why something did not work: `kind` is a word of the server's, or one of our own. */
export class Problem extends Error {
  constructor(
    readonly kind: string,
    reason: string,
    readonly values: Readonly<Record<string, string>> = {}
  ) {
    super(reason);
  }
}

export interface Asking {
  body?: Json;
  signal?: AbortSignal;
  /** The kind of a Problem when the answer never came. */
  lost?: string;
}

/** The hub's part of the address: `/`, or what stands before `user/…/`. */
export function hubPrefix(): string {
  return PageConfig.getOption('hubPrefix').replace(/hub\/$/, '') || '/';
}

/** Send a request to `dalil/api/<path>`; returns the answer's JSON. Throws Problem. */
export async function ask<T>(method: string, path: string, asking: Asking = {}): Promise<T> {
  const settings = ServerConnection.makeSettings();
  const request: RequestInit = { method };
  if (asking.body) {
    request.body = JSON.stringify(asking.body);
  }
  if (asking.signal) {
    request.signal = asking.signal;
  }
  const lost = asking.lost ?? 'offline';
  let response: Response;
  let said: unknown;
  try {
    const address = URLExt.join(settings.baseUrl, 'dalil/api', path);
    response = await ServerConnection.makeRequest(address, request, settings);
    const text = await response.text();
    said = text.startsWith('{') ? JSON.parse(text) : null;
  } catch (error) {
    throw new Problem(lost, String(error));
  }
  if (response.ok && said !== null) {
    return said as T;
  }
  const told = (said ?? {}) as Json;
  if (typeof told.kind === 'string') {
    throw new Problem(told.kind, String(told.error), (told.values ?? {}) as Record<string, string>);
  }
  if (response.redirected || response.status === 401 || response.status === 403) {
    throw new Problem('sessionEnded', response.statusText);
  }
  // The hub's proxy answers so when the person's server has stopped.
  throw new Problem(lost, `${response.status} ${response.statusText}`);
}
