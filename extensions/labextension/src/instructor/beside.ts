/** Findings beside the cells that they concern, in every notebook of the curriculum that is open. */
import type { Cell } from '@jupyterlab/cells';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { type PanelLayout, Widget } from '@lumino/widgets';

import type { Academy } from '../academy/academy';
import { place, type Finding } from './models';
import type { Teaching } from './teaching';

const NOTE = 'dalil-CellFindings';
const MARKED = 'dalil-mod-finding';

/** Shows the findings of `teaching` in the notebooks of `tracker`. */
export class Beside {
  constructor(
    private readonly academy: Academy,
    private readonly teaching: Teaching,
    private readonly tracker: INotebookTracker,
    private readonly documents: IDocumentManager
  ) {
    tracker.widgetAdded.connect((_, panel) => this.attend(panel));
    tracker.forEach(panel => this.attend(panel));
    teaching.changed.connect(() => this.refresh());
    academy.changed.connect(() => this.refresh());
  }

  /** Open what a finding concerns, go to its cell and give it the focus. */
  async open(finding: { file: string; cell: string }): Promise<void> {
    const { path, cell } = place(finding);
    const widget = this.documents.openOrReveal(path);
    if (!widget) {
      this.academy.tell(this.academy.voice.text('failed', { reason: path }), 'error');
      return;
    }
    await widget.context.ready;
    const panel = this.tracker.find(one => one === (widget as unknown));
    if (!panel) {
      widget.activate();
      return;
    }
    await panel.revealed;
    this.show(panel);
    const { content } = panel;
    const index = content.widgets.findIndex(one => isNamed(one, cell));
    if (index >= 0) {
      content.activeCellIndex = index;
      await content.scrollToItem(index, 'center');
    }
    content.mode = 'command';
    content.activate();
  }

  private attend(panel: NotebookPanel): void {
    void panel.revealed.then(() => {
      this.show(panel);
      panel.content.modelContentChanged.connect(() => this.show(panel));
    });
  }

  private refresh(): void {
    this.tracker.forEach(panel => this.show(panel));
  }

  private show(panel: NotebookPanel): void {
    const here = this.teaching
      .findings()
      .map(finding => ({ finding, ...place(finding) }))
      .filter(one => one.cell !== '' && one.path === panel.context.path);
    for (const cell of panel.content.widgets) {
      const own = here.filter(one => isNamed(cell, one.cell)).map(one => one.finding);
      this.note(cell, own);
    }
  }

  /** Let *cell* have a note with just these findings, none without any. */
  private note(cell: Cell, findings: Finding[]): void {
    const layout = cell.layout as PanelLayout | null;
    const before = layout?.widgets.find(one => one.hasClass(NOTE));
    const said = JSON.stringify([this.academy.voice.language, findings]);
    if (before?.node.dataset.said === said || (!before && findings.length === 0)) {
      return;
    }
    before?.dispose();
    cell.toggleClass(MARKED, findings.length > 0);
    if (findings.length > 0) {
      layout?.addWidget(new Note(this.academy, findings, said));
    }
  }
}

/** The findings of one cell, as text. */
class Note extends Widget {
  constructor(academy: Academy, findings: Finding[], said: string) {
    super();
    const { voice } = academy;
    this.addClass(NOTE);
    this.node.dataset.said = said;
    this.node.lang = voice.language;
    this.node.dir = voice.direction;
    this.node.setAttribute('role', 'note');
    this.node.setAttribute('aria-label', voice.text('findings'));
    const list = document.createElement('ul');
    for (const finding of findings) {
      const item = document.createElement('li');
      const severity = document.createElement('strong');
      const key = finding.severity === 'error' ? 'severityError' : 'severityWarning';
      severity.textContent = voice.text(key);
      severity.className = `dalil-mod-${finding.severity}`;
      // The contract speaks English.
      const message = document.createElement('span');
      message.lang = 'en';
      message.dir = 'ltr';
      message.textContent = `${finding.message} (${finding.hint})`;
      item.append(severity, ' ', message);
      list.append(item);
    }
    this.node.append(list);
  }
}

/** Whether *name* is the id of *cell*, or what nbgrader calls it. */
function isNamed(cell: Cell, name: string): boolean {
  const marks = cell.model.getMetadata('nbgrader') as { grade_id?: unknown } | undefined;
  return cell.model.id === name || marks?.grade_id === name;
}
