/** The plugins of what all panels share. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator } from '@jupyterlab/translation';

import { isLanguage, LANGUAGES } from '../texts';
import { Academy, IAcademy } from './academy';
import { LANGUAGE } from './commands';
import { Switch } from './language';


const academy: JupyterFrontEndPlugin<Academy> = {
  id: '@dalil/labextension:academy',
  description: 'Who the person is and which language they speak.',
  autoStart: true,
  provides: IAcademy,
  requires: [ITranslator],
  activate: (_app: JupyterFrontEnd, translator: ITranslator) =>
    new Academy(translator.languageCode)
};

const language: JupyterFrontEndPlugin<void> = {
  id: '@dalil/labextension:language',
  description: 'Arabic, French or English, for panels, exercises and Lab.',
  autoStart: true,
  requires: [IAcademy, INotebookTracker],
  optional: [ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    found: Academy,
    notebooks: INotebookTracker,
    palette: ICommandPalette | null
  ) => {
    const change = new Switch(found, notebooks, app.serviceManager.settings);
    const named = new Map(LANGUAGES);
    app.commands.addCommand(LANGUAGE, {
      label: args =>
        isLanguage(args.language)
          ? `${found.voice.text('language')}: ${named.get(args.language)}`
          : found.voice.text('language'),
      describedBy: {
        args: { type: 'object', properties: { language: { enum: [...named.keys()] } } }
      },
      execute: args => (isLanguage(args.language) ? change.to(args.language) : undefined)
    });
    for (const [code] of LANGUAGES) {
      palette?.addItem({ command: LANGUAGE, args: { language: code }, category: 'Dalil' });
    }
  }
};

export default [academy, language];
