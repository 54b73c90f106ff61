/** What all panels share: who the person is, the language, and how to speak to them. */
import { Notification } from '@jupyterlab/apputils';
import { PageConfig } from '@jupyterlab/coreutils';
import { Token } from '@lumino/coreutils';
import { Signal, type ISignal } from '@lumino/signaling';

import { isLanguage, Voice, type Key, type Language } from '../texts';
import { en } from '../texts/en';
import { ask, Problem } from './api';
import type { Me } from './models';

export const IAcademy = new Token<Academy>('@dalil/labextension:IAcademy', 'The academy.');

/** Texts for the words by which server and service refuse, where they are not texts' own keys, or
 * keys of something else. */
const KINDS: Readonly<Record<string, Key>> = {
  closed: 'failed',
  curriculum: 'failed',
  'log-in': 'sessionEnded',
  'not-found': 'forbidden',
  'too-large': 'tooLarge',
  records: 'offline'
};

export class Academy {
  /** Whether this JupyterLab belongs to an academy. */
  readonly connected = PageConfig.getOption('dalilAcademy') === '1';
  me: Me | null = null;
  /** Resolves once `me` is known, or known not to be. */
  readonly greeted: Promise<void>;
  /** Resolves once the side bars are where the language wants them. */
  laidOut: Promise<void> = Promise.resolve();

  private _voice: Voice;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _region = liveRegion();

  constructor(locale: string) {
    const spoken = locale.slice(0, 2);
    this._voice = new Voice(isLanguage(spoken) ? spoken : 'en');
    this.greeted = this.greet();
  }

  /** Speaks the person's language. */
  get voice(): Voice {
    return this._voice;
  }

  /** Emitted when the language or what is known of the person has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Find out who the person is; without an answer `me` stays null. */
  private async greet(): Promise<void> {
    if (this.connected) {
      try {
        this.me = await ask<Me>('GET', 'me');
        this.say(this.me.language);
      } catch (error) {
        console.warn('dalil:', error);
      }
    }
  }

  may(scope: 'learn' | 'teach' | 'administer'): boolean {
    return this.me?.scopes.includes(scope) ?? false;
  }

  /** Speak *language* from now on. */
  say(language: Language): void {
    if (language !== this._voice.language) {
      this._voice = new Voice(language);
    }
    this._changed.emit();
  }

  /** Say *text* to people and to screen readers. */
  tell(text: string, type: 'info' | 'success' | 'error' = 'info', action?: Notified): void {
    this._region.lang = this.voice.language;
    this._region.dir = this.voice.direction;
    this._region.textContent = text;
    Notification.emit(text, type, {
      autoClose: type === 'error' || action ? false : 8000,
      actions: action ? [{ ...action, displayType: 'accent' }] : []
    });
  }

  /** Say what went wrong; returns it too. */
  regret(error: unknown): string {
    const text = this.reason(error);
    const ended = error instanceof Problem && this.key(error.kind) === 'sessionEnded';
    const logIn = { label: this.voice.text('logIn'), callback: () => void openLogIn() };
    this.tell(text, 'error', ended ? logIn : undefined);
    return text;
  }

  /** What went wrong, in the person's language. */
  reason(error: unknown): string {
    if (error instanceof Problem) {
      const key = this.key(error.kind);
      // Other refusals are the service's own words, in the person's language already.
      return key ? this.voice.text(key, error.values) : error.message;
    }
    return this.voice.text('failed', { reason: String(error) });
  }

  private key(kind: string): Key | undefined {
    return KINDS[kind] ?? (kind in en ? (kind as Key) : undefined);
  }
}

interface Notified {
  label: string;
  callback: () => void;
}

/** The log-in page in a tab of its own, so that nothing here is lost. */
function openLogIn(): void {
  window.open(PageConfig.getBaseUrl(), '_blank', 'noopener');
}

function liveRegion(): HTMLElement {
  const node = document.createElement('div');
  node.className = 'dalil-Live';
  node.setAttribute('role', 'status');
  node.setAttribute('aria-live', 'polite');
  document.body.append(node);
  return node;
}
