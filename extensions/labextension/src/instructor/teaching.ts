/** What the instructor's panel knows, and what it asks of the academy. */
import { Signal, type ISignal } from '@lumino/signaling';

import type { Academy } from '../academy/academy';
import { ask, Problem } from '../academy/api';
import type { Laid } from '../academy/models';
import type { Language } from '../texts';
import {
  atWork,
  type Check,
  type Finding,
  type Module,
  type Queue,
  type Submission,
  type Translation
} from './models';

const WAIT = 25; // seconds that an answer about news may take
const PAUSE = 1000; // ms between two questions, at least
const AGAIN = 5000; // ms after one that was not answered

export class Teaching {
  modules: readonly Module[] = [];
  submissions: readonly Submission[] = [];
  loaded = false;
  /** Why the queue is not up to date; empty while it is. */
  lost = '';

  private readonly checks = new Map<string, Check>();
  private readonly followed = new Map<string, Promise<void>>();
  private readonly busy = new Map<string, string>();
  private readonly _changed = new Signal<this, void>(this);
  private known: Set<number> | null = null;
  private stopping: AbortController | null = null;

  constructor(private readonly academy: Academy) {}

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Load the modules and keep the queue up to date until `stop`. */
  start(): void {
    if (this.stopping === null) {
      this.stopping = new AbortController();
      void this.load();
      void this.watch(this.stopping.signal);
    }
  }

  stop(): void {
    this.stopping?.abort();
    this.stopping = null;
  }

  /** The newest check of a module. */
  check(id: string): Check | null {
    return this.checks.get(id) ?? null;
  }

  /** All findings, of all modules. */
  findings(): Finding[] {
    return [...this.checks.values()].flatMap(check => check.findings ?? []);
  }

  /** What is being done with a module (`release`, `preview`, …); empty while nothing is. */
  doing(id: string): string {
    return this.busy.get(id) ?? '';
  }

  async load(): Promise<void> {
    try {
      const { modules } = await ask<{ modules: Module[] }>('GET', `teach/modules?${this.lang}`);
      this.modules = modules;
      for (const { id, check } of modules) {
        const before = this.checks.get(id);
        if (check && check.state !== 'none' && check.serial !== before?.serial) {
          this.checks.set(id, { ...check, findings: before?.findings ?? [] });
          void this.follow(id, -1);
        } else if (check && before) {
          before.outdated = check.outdated;
        }
      }
    } catch (error) {
      this.academy.regret(error);
    }
    this.loaded = true;
    this._changed.emit();
  }

  /** Make a new module; returns whether it was. */
  async make(id: string, title: string): Promise<boolean> {
    return this.during(id, 'make', async () => {
      await ask('POST', 'teach/modules', { body: { id, title } });
      this.academy.tell(this.academy.voice.text('created', { id }), 'success');
      await this.load();
    });
  }

  /** Check a module, and say what came of it. */
  async look(id: string): Promise<void> {
    await this.during(id, 'check', async () => {
      const check = await ask<Check>('POST', `teach/modules/${id}/check`);
      this.checks.set(id, check);
      this._changed.emit();
      await this.follow(id, check.serial);
      this.conclude(id);
    });
  }

  async stopCheck(id: string): Promise<void> {
    try {
      await ask('DELETE', `teach/modules/${id}/check`);
    } catch (error) {
      this.academy.regret(error);
    }
  }

  async release(id: string): Promise<void> {
    await this.during(id, 'release', async () => {
      const done = ask('POST', `teach/modules/${id}/release`);
      void this.follow(id, this.checks.get(id)?.serial ?? 0); // it is checked first
      try {
        await done;
        this.academy.tell(this.academy.voice.text('released', { id }), 'success');
      } finally {
        await this.load();
      }
    });
  }

  /** Lay a module out as *trainee* gets it; returns where, null when that did not work. */
  async preview(id: string, trainee: string, language: Language): Promise<Laid | null> {
    let laid: Laid | null = null;
    await this.during(id, 'preview', async () => {
      laid = await ask<Laid>('POST', `files/${id}/preview`, { body: { trainee, language } });
      const text = this.academy.voice.text('previewReady', { id, folder: laid.folder });
      this.academy.tell(text, 'success');
    });
    return laid;
  }

  /** What is still to translate, language by language; *update* lets the catalogues follow. */
  async translations(id: string, update: boolean): Promise<Translation[] | null> {
    let found: Translation[] | null = null;
    await this.during(id, 'translations', async () => {
      const method = update ? 'POST' : 'GET';
      const path = `teach/modules/${id}/translations`;
      const answer = await ask<{ languages: Translation[]; changed?: string[] }>(method, path);
      found = answer.languages;
      if (answer.changed) {
        const n = answer.changed.length;
        this.academy.tell(this.academy.voice.text('translationsUpdated', { id, n }), 'success');
        await this.load();
      }
    });
    return found;
  }

  private get lang(): string {
    return `lang=${this.academy.voice.language}`;
  }

  /** Do *work* unless something is being done with that module; returns whether it succeeded. */
  private async during(id: string, what: string, work: () => Promise<void>): Promise<boolean> {
    if (this.busy.has(id)) {
      return false;
    }
    this.busy.set(id, what);
    this._changed.emit();
    try {
      await work();
      return true;
    } catch (error) {
      this.academy.regret(error);
      return false;
    } finally {
      this.busy.delete(id);
      this._changed.emit();
    }
  }

  /** Ask how far a module's check is until it has ended; whoever asks already is joined. */
  private async follow(id: string, after: number): Promise<void> {
    const before = this.followed.get(id);
    if (before) {
      await before;
      if (!atWork(this.check(id))) {
        return;
      }
    }
    const asking = this.askOn(id, after).finally(() => this.followed.delete(id));
    this.followed.set(id, asking);
    await asking;
  }

  private async askOn(id: string, after: number): Promise<void> {
    try {
      let serial = after;
      do {
        const query = serial < 0 ? 'wait=0' : `wait=${WAIT}&after=${serial}`;
        const check = await ask<Check>('GET', `teach/modules/${id}/check?${query}`);
        this.checks.set(id, check);
        serial = check.serial;
        this._changed.emit();
      } while (atWork(this.check(id)) || this.doing(id) === 'release');
    } catch (error) {
      if (this.doing(id) !== 'release') {
        this.academy.regret(error);
      }
    }
  }

  private conclude(id: string): void {
    const { voice } = this.academy;
    const check = this.check(id);
    if (check?.state === 'failed') {
      this.academy.tell(voice.text('failed', { reason: check.error }), 'error');
    } else if (check?.state === 'done') {
      const { errors, warnings } = check;
      const clean = errors + warnings === 0;
      const text = voice.text(clean ? 'checkClean' : 'checkFound', { id, errors, warnings });
      this.academy.tell(text, errors ? 'error' : 'success');
    }
  }

  private async watch(signal: AbortSignal): Promise<void> {
    let after = '';
    while (!signal.aborted) {
      try {
        const query = `${this.lang}&wait=${after ? WAIT : 0}&after=${encodeURIComponent(after)}`;
        const queue = await ask<Queue>('GET', `teach/queue?${query}`, { signal });
        this.take(queue);
        after = queue.serial;
        await pause(PAUSE);
      } catch (error) {
        if (signal.aborted) {
          return;
        }
        this.lost = this.academy.reason(error);
        this._changed.emit();
        if (error instanceof Problem && error.kind === 'forbidden') {
          return;
        }
        await pause(AGAIN);
      }
    }
  }

  private take(queue: Queue): void {
    const { voice } = this.academy;
    this.lost = '';
    this.submissions = queue.submissions;
    const seen = this.known;
    const fresh = seen ? queue.submissions.filter(one => !seen.has(one.serial)) : [];
    this.known = new Set(queue.submissions.map(one => one.serial));
    if (fresh.length === 1 && fresh[0]) {
      const { name, title } = fresh[0];
      this.academy.tell(voice.text('arrived', { trainee: name, module: title }));
    } else if (fresh.length > 1) {
      this.academy.tell(voice.text('arrivedMany', { n: fresh.length }));
    }
    this._changed.emit();
  }
}

function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms));
}
