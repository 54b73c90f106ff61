/** Changing the language: of the panels, of the person's notebooks, and of Lab itself. */
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { Setting } from '@jupyterlab/services';

import type { Language } from '../texts';
import type { Academy } from './academy';
import { ask } from './api';
import type { Curriculum, Reworded } from './models';

const LAB = '@jupyterlab/translation-extension:plugin';
const LOCALES: Readonly<Record<Language, string>> = { ar: 'ar_SA', fr: 'fr_FR', en: 'en' };

export class Switch {
  constructor(
    private readonly academy: Academy,
    private readonly notebooks: INotebookTracker,
    private readonly settings: Setting.IManager
  ) {}

  /** Speak *language* everywhere. Says what went wrong; what was changed until then stays so. */
  async to(language: Language): Promise<void> {
    const { academy } = this;
    try {
      if (academy.connected) {
        await ask('PUT', 'me/language', { body: { language } });
      }
      academy.say(language);
      // Not through Lab's registry of settings: it would ask in its own words to load the page anew.
      await this.settings.save(LAB, JSON.stringify({ locale: LOCALES[language] }));
      if (academy.connected) {
        await this.reword(language);
      }
    } catch (error) {
      academy.regret(error);
      return;
    }
    const { voice } = academy;
    academy.tell(`${voice.text('languageChanged')} ${voice.text('labReload')}`, 'success', {
      label: voice.text('reload'),
      callback: () => window.location.reload()
    });
  }

  /** Put the person's exercises and lessons into *language*, those that are open in place. */
  private async reword(language: Language): Promise<void> {
    const { modules } = await ask<Curriculum>('GET', 'curriculum');
    for (const { id } of modules) {
      try {
        await this.rewordModule(id, language);
      } catch (error) {
        const reason = this.academy.reason(error);
        this.academy.tell(this.academy.voice.text('notTranslated', { path: id, reason }), 'error');
      }
    }
  }

  private async rewordModule(id: string, language: Language): Promise<void> {
    const open = new Map<string, NotebookPanel>();
    for (const path of [`exercises/${id}/${id}.ipynb`, `lessons/${id}.ipynb`]) {
      const panel = this.notebooks.find(one => one.context.path === path);
      if (panel) {
        await saved(panel);
        open.set(path, panel);
      }
    }
    const body = { language, open: [...open.keys()] };
    const answer = await ask<{ notebooks: Reworded[] }>('POST', `files/${id}/language`, { body });
    for (const changed of answer.notebooks) {
      const panel = open.get(changed.path);
      if (panel && !changed.written) {
        apply(panel, changed);
        await saved(panel);
      }
    }
  }
}

/** Save a notebook if it has changed; throws what Lab throws. */
export async function saved(panel: NotebookPanel): Promise<boolean> {
  await panel.context.ready;
  if (panel.context.model.dirty) {
    await panel.context.save();
  }
  return !panel.context.model.dirty;
}

function apply(panel: NotebookPanel, changed: Reworded): void {
  const { model } = panel.content;
  if (!model) {
    return;
  }
  model.sharedModel.transact(() => {
    for (const cell of model.sharedModel.cells) {
      const change = changed.cells[cell.getId()];
      if (change) {
        cell.setSource(change.source);
        cell.setMetadata(change.metadata);
      }
    }
  }, false);
  model.setMetadata('dalil', changed.metadata);
}
