/** The plugin of "My curriculum": panel, command, card in the launcher. */
import {
  ILabShell,
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, IThemeManager } from '@jupyterlab/apputils';
import { ILauncher } from '@jupyterlab/launcher';
import { INotebookTracker } from '@jupyterlab/notebook';
import { LabIcon } from '@jupyterlab/ui-components';

import { IAcademy, type Academy } from '../academy/academy';
import { LANGUAGE } from '../academy/commands';
import { Actions } from './actions';
import { CurriculumModel } from './model';
import { CurriculumPanel } from './panel';

const OPEN = 'dalil:curriculum';

const icon = new LabIcon({
  name: 'dalil:curriculum',
  svgstr:
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="16">' +
    '<g class="jp-icon3" fill="#616161"><path d="M12 3 1 9l11 6 9-4.9V17h2V9z"/>' +
    '<path d="M5 13.2v4L12 21l7-3.8v-4L12 17z"/></g></svg>'
});

const curriculum: JupyterFrontEndPlugin<void> = {
  id: '@dalil/labextension:curriculum',
  description: 'My curriculum: modules, exhibits, submission, result.',
  autoStart: true,
  requires: [IAcademy, INotebookTracker],
  optional: [ILabShell, ILauncher, ICommandPalette, IThemeManager, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    academy: Academy,
    notebooks: INotebookTracker,
    shell: ILabShell | null,
    launcher: ILauncher | null,
    palette: ICommandPalette | null,
    themes: IThemeManager | null,
    restorer: ILayoutRestorer | null
  ) => {
    const model = new CurriculumModel(academy, new Actions(app, academy, notebooks, themes));
    const panel = new CurriculumPanel(
      model,
      language => void app.commands.execute(LANGUAGE, { language })
    );
    panel.title.icon = icon;
    app.shell.add(panel, 'left', { rank: 90, type: 'Dalil' });
    restorer?.add(panel, panel.id);
    app.commands.addCommand(OPEN, {
      label: () => academy.voice.text('openCurriculum'),
      icon: args => (args.isPalette ? undefined : icon),
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => {
        app.shell.activateById(panel.id);
      }
    });
    const category = academy.voice.text('launcherCategory');
    launcher?.add({ command: OPEN, category, rank: 0 });
    palette?.addItem({ command: OPEN, category: 'Dalil' });
    // Where the day begins, unless something stands there.
    const ready = app.restored.then(() => academy.laidOut);
    void Promise.all([ready, academy.greeted]).then(() => {
      const collapsed =
        academy.voice.direction === 'rtl' ? shell?.rightCollapsed : shell?.leftCollapsed;
      const free = notebooks.size === 0 || collapsed;
      if (academy.may('learn') && !academy.may('teach') && free) {
        app.shell.activateById(panel.id);
      }
    });
  }
};

export default [curriculum];
