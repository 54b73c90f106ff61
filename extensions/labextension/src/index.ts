/*
 * The academy in JupyterLab. One folder a part; each exports its plugins, this file lists them.
 *
 *   texts/       what people read, in three languages: en.ts has the keys
 *   academy/     what the parts share: the person's own server (api.ts), its answers (models.ts),
 *                language and notices
 *   curriculum/  the trainee's panel, result, receipt and custody
 *   instructor/  the instructor's panel
 *   direction/   which way each cell runs
 *
 * style/ has a sheet a part, imported by style/index.css. After a change: `make labextension`.
 */
import academy from './academy';
import curriculum from './curriculum';
import direction from './direction';
import instructor from './instructor';

export default [...academy, ...curriculum, ...direction, ...instructor];
