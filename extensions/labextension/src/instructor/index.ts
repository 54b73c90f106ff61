/** The plugin of the instructor's panel: there for those who teach, and for nobody else. */
import {
  ILabShell,
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { ILauncher } from '@jupyterlab/launcher';
import { INotebookTracker } from '@jupyterlab/notebook';
import { LabIcon } from '@jupyterlab/ui-components';

import { IAcademy, type Academy } from '../academy/academy';
import { Beside } from './beside';
import { CURRICULUM } from './models';
import { InstructorPanel } from './panel';
import { Teaching } from './teaching';

const OPEN = 'dalil:instructor';
const SAVED = 500; // ms of quiet after a file of the curriculum was saved

const icon = new LabIcon({
  name: 'dalil:instructor',
  svgstr:
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="16">' +
    '<g class="jp-icon3" fill="#616161"><path d="M3 3h18v12h-7l4 6h-2.4l-3.6-5.4L8.4 21H6l4-6H3z' +
    'M5 5v8h14V5z"/><path d="M7 7h6v1.5H7zM7 10h9v1.5H7z"/></g></svg>'
});

const instructor: JupyterFrontEndPlugin<void> = {
  id: '@dalil/labextension:instructor',
  description: "The instructor's panel: modules, checks, previews, releases, submissions.",
  autoStart: true,
  requires: [IAcademy, INotebookTracker, IDocumentManager],
  optional: [ILabShell, ILauncher, ICommandPalette, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    academy: Academy,
    notebooks: INotebookTracker,
    documents: IDocumentManager,
    shell: ILabShell | null,
    launcher: ILauncher | null,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null
  ) => {
    let there = false;
    const appear = (): void => {
      if (there || !academy.may('teach')) {
        return;
      }
      there = true;
      const teaching = new Teaching(academy);
      const beside = new Beside(academy, teaching, notebooks, documents);
      const panel = new InstructorPanel(academy, teaching, beside, path => {
        documents.openOrReveal(path);
      });
      panel.title.icon = icon;
      app.shell.add(panel, 'left', { rank: 80, type: 'Dalil' });
      restorer?.add(panel, panel.id);
      app.commands.addCommand(OPEN, {
        label: () => academy.voice.text('openInstructor'),
        icon: args => (args.isPalette ? undefined : icon),
        describedBy: { args: { type: 'object', properties: {} } },
        execute: () => app.shell.activateById(panel.id)
      });
      const category = academy.voice.text('launcherCategory');
      launcher?.add({ command: OPEN, category, rank: 1 });
      palette?.addItem({ command: OPEN, category: 'Dalil' });
      let saved = 0;
      app.serviceManager.contents.fileChanged.connect((_, change) => {
        if (change.newValue?.path?.startsWith(`${CURRICULUM}/`)) {
          window.clearTimeout(saved);
          saved = window.setTimeout(() => void teaching.load(), SAVED);
        }
      });
      void app.restored.then(() => {
        if (shell?.isEmpty('main')) {
          shell.activateById(panel.id);
        }
      });
      teaching.start();
    };
    academy.changed.connect(appear);
    appear();
  }
};

export default [instructor];
