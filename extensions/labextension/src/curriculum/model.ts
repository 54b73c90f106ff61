/** What "My curriculum" knows, and how it comes to know it. */
import { Signal, type ISignal } from '@lumino/signaling';

import type { Academy } from '../academy/academy';
import { ask, Problem } from '../academy/api';
import type { Curriculum, History, Module, Receipt, Result } from '../academy/models';
import type { Actions } from './actions';
import type { Doing, Shown } from './card';

const WAIT_SECONDS = 25; // how long the academy holds a question for a result
const PAUSE_MS = 5000; // before asking again when nobody answered

export class CurriculumModel {
  curriculum: Curriculum | null = null;
  trouble = '';
  readonly shown = new Map<string, Shown>();
  readonly busy = new Map<string, Doing>();

  private readonly _changed = new Signal<this, void>(this);
  private readonly _waiting = new Set<string>();
  private readonly _newest = new Map<string, number>();
  private readonly _regretted = new Set<number>(); // serials of work that could not be marked
  private _disposed = false;

  constructor(
    readonly academy: Academy,
    private readonly actions: Actions
  ) {
    academy.changed.connect(() => void this.load());
    // The academy says that it has changed when it knows the person: that may be past already, for
    // Lab starts plugins as soon as all that they need is there.
    if (academy.me) {
      void this.load();
    } else {
      void academy.greeted.then(() => (academy.me ? undefined : this.load()));
    }
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  dispose(): void {
    this._disposed = true;
    Signal.clearData(this);
  }

  /** Ask the academy anew, and wait for the results that are still to come. */
  async load(): Promise<void> {
    const modules = await this.fetch();
    for (const module of modules) {
      if (module.state === 'submitted') {
        void this.waitFor(module);
      }
    }
  }

  /** Ask for the curriculum and all that is shown of it; without an answer there is nothing. */
  private async fetch(): Promise<Module[]> {
    if (!this.academy.connected) {
      return [];
    }
    try {
      this.curriculum = await ask<Curriculum>('GET', `curriculum${this.spoken('?')}`);
      this.trouble = '';
      this._changed.emit();
      for (const [id, shown] of this.shown) {
        await this.reload(id, shown);
      }
      return this.curriculum.modules;
    } catch (error) {
      this.trouble = this.academy.reason(error);
      this._changed.emit();
      return [];
    }
  }

  /** Do what a button says. */
  async act(doing: Doing, module: Module): Promise<void> {
    this.busy.set(module.id, doing);
    this._changed.emit();
    try {
      await this.done(doing, module);
    } catch (error) {
      this.academy.regret(error);
    } finally {
      this.busy.delete(module.id);
      this._changed.emit();
    }
  }

  private async done(doing: Doing, module: Module): Promise<void> {
    switch (doing) {
      case 'lesson':
        return this.actions.lesson(module);
      case 'app':
        return this.actions.application(module);
      case 'issue':
      case 'attempt':
        if (await this.actions.exhibits(module, doing === 'attempt')) {
          this.shown.delete(module.id);
          await this.load();
        }
        return;
      case 'submit':
        this.handedIn(module, await this.actions.submit(module));
        return this.load();
      case 'result':
        return this.toggle(module, 'result');
      case 'custody':
        return this.toggle(module, 'history');
    }
  }

  private async toggle(module: Module, part: keyof Shown): Promise<void> {
    const { [part]: old, ...rest } = this.shown.get(module.id) ?? {};
    if (old !== undefined) {
      this.shown.set(module.id, rest);
      return;
    }
    this.show(module.id, { [part]: 'loading' });
    try {
      await this.reload(module.id, { [part]: 'loading' });
    } catch (error) {
      this.shown.set(module.id, rest);
      throw error;
    }
  }

  /** Fetch what is shown of a module. */
  private async reload(id: string, shown: Shown): Promise<void> {
    if (shown.result !== undefined) {
      this.show(id, { result: await ask<Result>('GET', this.path(id, 'result')) });
    }
    if (shown.history !== undefined) {
      this.show(id, { history: await ask<History>('GET', this.path(id, 'history')) });
    }
  }

  /** Show that work was received, and its result as soon as there is one. */
  private handedIn(module: Module, receipt: Receipt): void {
    this._newest.set(module.id, receipt.serial);
    this.show(module.id, { result: 'loading' });
    void this.waitFor(module);
  }

  /** Wait until what was submitted is marked, and show it. */
  private async waitFor(module: Module): Promise<void> {
    if (this._waiting.has(module.id)) {
      return;
    }
    this._waiting.add(module.id);
    try {
      for (let wait = 0; !this._disposed; wait = WAIT_SECONDS) {
        const result = await this.asked(module.id, wait);
        if (result === null) {
          await new Promise(resolve => window.setTimeout(resolve, PAUSE_MS));
          continue;
        }
        this.show(module.id, { result });
        // An answer about earlier work can still be on its way when newer work was handed in.
        const known = result.receipt === null || result.receipt.serial >= this.newest(module.id);
        if (known && (result.state === 'graded' || result.state === 'failed')) {
          this.announce(module, result);
          await this.fetch();
          break;
        }
        if (result.state === 'nothing') {
          break;
        }
      }
    } catch (error) {
      this.academy.regret(error);
    } finally {
      this._waiting.delete(module.id);
    }
  }

  /** A result, or null if nobody answered. */
  private async asked(id: string, wait: number): Promise<Result | null> {
    try {
      return await ask<Result>('GET', `${this.path(id, 'result')}&wait=${wait}&after=${this.newest(id)}`);
    } catch (error) {
      if (error instanceof Problem && error.kind === 'offline') {
        return null;
      }
      throw error;
    }
  }

  /** The serial of the newest work handed in from here; 0 if there is none. */
  private newest(id: string): number {
    return this._newest.get(id) ?? 0;
  }

  private announce(module: Module, result: Result): void {
    const { voice } = this.academy;
    const { points, max_points: max, receipt } = result;
    if (result.state === 'failed') {
      const serial = receipt?.serial ?? 0;
      if (!this._regretted.has(serial)) {
        this._regretted.add(serial);
        this.academy.tell(voice.text('resultFailed', { title: module.title }), 'error');
      }
    } else if (points !== null && max !== null) {
      this.academy.tell(
        voice.text('resultReady', { title: module.title, points, max }),
        'success'
      );
    }
  }

  private show(id: string, part: Shown): void {
    this.shown.set(id, { ...this.shown.get(id), ...part });
    this._changed.emit();
  }

  private path(id: string, what: string): string {
    return `modules/${id}/${what}${this.spoken('?')}`;
  }

  private spoken(sign: string): string {
    return `${sign}lang=${this.academy.voice.language}`;
  }
}
