/** What the buttons of "My curriculum" do. */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Dialog, IThemeManager, showDialog } from '@jupyterlab/apputils';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';

import type { Academy } from '../academy/academy';
import { ask, hubPrefix, Problem } from '../academy/api';
import { saved } from '../academy/language';
import type { Laid, Me, Module, Receipt } from '../academy/models';

export class Actions {
  constructor(
    private readonly app: JupyterFrontEnd,
    private readonly academy: Academy,
    private readonly notebooks: INotebookTracker,
    private readonly themes: IThemeManager | null
  ) {}

  /** Get the lesson, if it is not there yet, and open it. */
  async lesson(module: Module): Promise<void> {
    const body = { language: this.academy.voice.language };
    const { notebook } = await this.post<Laid>(module, 'lesson', body);
    await this.open(notebook);
  }

  /** Open the module's app in a tab of the browser, in the person's language and theme. */
  application(module: Module): void {
    const light = this.themes?.theme ? this.themes.isLight(this.themes.theme) : true;
    const query = new URLSearchParams({ lang: this.academy.voice.language });
    if (!light) {
      query.set('theme', 'dark');
    }
    const address = `${hubPrefix()}services/apps/${module.id}?${query}`;
    window.open(address, '_blank', 'noopener');
  }

  /** Get exhibits and notebook; with *anew* those of a new attempt, if the person agrees. */
  async exhibits(module: Module, anew = false): Promise<boolean> {
    const { voice } = this.academy;
    if (anew) {
      const answer = await showDialog({
        title: voice.text('newAttemptTitle'),
        body: voice.text('newAttemptBody'),
        buttons: [
          Dialog.cancelButton({ label: voice.text('cancel') }),
          Dialog.okButton({ label: voice.text('newAttempt') })
        ]
      });
      if (!answer.button.accept) {
        return false;
      }
    }
    // Should another case come, the notebook that is open will lie in another folder.
    await this.save(module);
    const body = { language: voice.language, new: anew };
    const laid = await this.post<Laid>(module, 'issue', body);
    const said = [voice.text('fetched', { title: module.title, folder: laid.folder })];
    if (laid.aside !== null) {
      this.panel(module)?.dispose();
      said.push(voice.text('fetchedAside', { folder: laid.aside }));
    }
    this.academy.tell(said.join(' '), 'success');
    await this.open(laid.notebook);
    return true;
  }

  /** Save the notebook if it is open, and hand it in as it lies on disk. */
  async submit(module: Module): Promise<Receipt> {
    await this.save(module);
    const receipt = await ask<Receipt>('POST', `files/${module.id}/submit`, {
      body: {},
      lost: 'lostSubmit'
    });
    const { voice } = this.academy;
    const when = voice.moment(receipt.received);
    this.academy.tell(voice.text('received', { title: module.title, when }), 'success');
    return receipt;
  }

  private post<T>(module: Module, action: string, body: Record<string, unknown>): Promise<T> {
    return ask<T>('POST', `files/${module.id}/${action}`, { body });
  }

  private async open(path: string): Promise<void> {
    await this.app.commands.execute('docmanager:open', { path });
  }

  private panel(module: Module): NotebookPanel | undefined {
    const path = `exercises/${module.id}/${module.id}.ipynb`;
    return this.notebooks.find(one => one.context.path === path);
  }

  /** Save the notebook if it is open. Throws Problem if that fails. */
  private async save(module: Module): Promise<void> {
    const panel = this.panel(module);
    if (panel && !(await saved(panel).catch(() => false))) {
      throw await this.unsaved();
    }
  }

  /** Why the notebook could not be saved: where the session has ended, that. */
  private async unsaved(): Promise<Problem> {
    const why: unknown = await ask<Me>('GET', 'me').catch((error: unknown) => error);
    return why instanceof Problem && why.kind === 'sessionEnded'
      ? why
      : new Problem('unsaved', 'the notebook could not be saved');
  }
}
