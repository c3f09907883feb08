// What axe has against a page.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { repository } from './chabi.mjs';

const axe = await readFile(join(repository, 'tests/js/node_modules/axe-core/axe.min.js'), 'utf8');

/** Against WCAG 2.2 AA, a line each. */
export async function barriers(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(() =>
    // style sheets are not fetched once more for a rule that is none of these: a page in a sandbox may not
    axe.run({ preload: false, runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], resultTypes: ['violations'] }),
  );
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
}
