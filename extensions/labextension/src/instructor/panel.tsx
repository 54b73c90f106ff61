/** The instructor's panel, in Lab's left side bar. */
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { Academy } from '../academy/academy';
import { hubPrefix } from '../academy/api';
import type { Beside } from './beside';
import { askForModule, askForPreview, askForRelease } from './dialogs';
import type { Module, Translation } from './models';
import { ModuleView, type Doing } from './module';
import { QueueView } from './queue';
import type { Teaching } from './teaching';

export class InstructorPanel extends ReactWidget {
  /** Modules whose translations are shown. */
  private readonly shown = new Map<string, readonly Translation[]>();

  constructor(
    private readonly academy: Academy,
    private readonly teaching: Teaching,
    private readonly beside: Beside,
    private readonly openPath: (path: string) => void
  ) {
    super();
    this.id = 'dalil-instructor';
    this.addClass('dalil-Panel');
    this.node.setAttribute('role', 'region');
    teaching.changed.connect(() => this.update());
    academy.changed.connect(() => this.named());
    this.named();
  }

  protected override render(): React.ReactElement {
    const { academy, teaching } = this;
    const { voice } = academy;
    return (
      <div className="dalil-Panel-inner">
        <header className="dalil-Header">
          <h2>{voice.text('instructor')}</h2>
          <button type="button" className="dalil-Button" onClick={() => void teaching.load()}>
            {voice.text('refresh')}
          </button>
          {academy.me && (
            <a
              className="dalil-Link"
              href={`${hubPrefix()}services/${academy.me.course}/formgrader`}
              target="_blank"
              rel="noopener"
            >
              {voice.text('formgrader')}
            </a>
          )}
        </header>
        <section aria-labelledby="dalil-modules">
          <h3 id="dalil-modules">{voice.text('modules')}</h3>
          <div className="dalil-Buttons">
            <button type="button" className="dalil-Button" onClick={() => void this.make()}>
              {voice.text('newModule')}
            </button>
          </div>
          {!teaching.loaded && <p>{voice.text('loading')}</p>}
          <ul className="dalil-Cards">
            {teaching.modules.map(module => (
              <ModuleView
                key={module.id}
                module={module}
                check={teaching.check(module.id)}
                busy={teaching.doing(module.id)}
                translations={this.shown.get(module.id)}
                voice={voice}
                act={(doing, chosen) => void this.act(doing, chosen)}
                open={concerns => void this.beside.open(concerns)}
              />
            ))}
          </ul>
        </section>
        <QueueView submissions={teaching.submissions} lost={teaching.lost} voice={voice} />
      </div>
    );
  }

  private async make(): Promise<void> {
    const wanted = await askForModule(this.academy.voice);
    if (wanted && (await this.teaching.make(wanted.id, wanted.title))) {
      await this.beside.open(exercise(wanted.id));
    }
  }

  private async act(doing: Doing, module: Module): Promise<void> {
    const { teaching } = this;
    const { id } = module;
    switch (doing) {
      case 'source':
        return this.beside.open(exercise(id));
      case 'check':
        return teaching.look(id);
      case 'stop':
        return teaching.stopCheck(id);
      case 'preview':
        return this.preview(module);
      case 'translations':
        return this.translate(id, this.shown.has(id) ? 'hide' : 'show');
      case 'update':
        return this.translate(id, 'update');
      case 'release':
        if (await askForRelease(this.academy.voice, id)) {
          await teaching.release(id);
        }
    }
  }

  private async preview(module: Module): Promise<void> {
    const { academy, teaching } = this;
    const known = new Map(teaching.submissions.map(({ trainee, name }) => [trainee, name]));
    const trainees = [...known].map(([id, name]) => ({ id, name }));
    const wanted = await askForPreview(academy.voice, module.title, trainees);
    if (wanted) {
      const laid = await teaching.preview(module.id, wanted.trainee, wanted.language);
      if (laid) {
        this.openPath(laid.notebook);
      }
    }
  }

  private async translate(id: string, how: 'show' | 'hide' | 'update'): Promise<void> {
    if (how === 'hide') {
      this.shown.delete(id);
    } else {
      const found = await this.teaching.translations(id, how === 'update');
      if (found) {
        this.shown.set(id, found);
      }
    }
    this.update();
  }

  /** Name the tab and the panel in the person's language. */
  private named(): void {
    const { voice } = this.academy;
    this.title.caption = voice.text('instructor');
    this.node.setAttribute('aria-label', voice.text('instructor'));
    this.node.lang = voice.language;
    this.node.dir = voice.direction;
    this.update();
  }
}

function exercise(id: string): { file: string; cell: string } {
  return { file: `exercises/${id}/${id}.ipynb`, cell: '' };
}
