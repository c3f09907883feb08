// Every page and mail of the gallery, which has samples of all, under axe, with those that no journey comes to: what broke, what expired,
// what posts itself. A page that is added without a sample fails.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

import { barriers } from './lib/axe.mjs';
import { launch } from './lib/browser.mjs';
import { binary } from './lib/chabi.mjs';
import { templates } from './lib/pages.mjs';

let folder;
let browser;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chabi-gallery-'));
  await promisify(execFile)(join(dirname(binary), 'examples/gallery'), [folder], { maxBuffer: 1 << 24 });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  if (folder) await rm(folder, { recursive: true, force: true });
});

test('the gallery has a sample of every page', async () => {
  const shown = new Set(JSON.parse(await readFile(join(folder, 'templates.json'), 'utf8')));
  const all = [...(await templates('crates/pages/templates')), 'admin/screen.html'];
  assert.ok(all.length > 30, all.join());
  assert.deepEqual(all.filter((template) => !shown.has(template)), []);
});

test('axe finds nothing on any page or mail of the gallery, in any language', { timeout: 300_000 }, async () => {
  const context = await browser.newContext({ reducedMotion: 'reduce' });
  const page = await context.newPage();
  const found = [];
  let seen = 0;
  for (const file of (await readdir(folder)).filter((name) => name.endsWith('.html')).sort()) {
    const path = join(folder, file);
    // the page that posts itself stays, to be looked at
    if (file.startsWith('form_post.')) await writeFile(path, (await readFile(path, 'utf8')).replace(/<script nonce[^]*?<\/script>/, ''));
    await page.goto(pathToFileURL(path).href);
    // one of the four looks each: the journeys go through all of them
    const [width, colorScheme] = file.endsWith('.en.html') ? [1280, 'light'] : [320, 'dark'];
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme });
    found.push(...(await barriers(page)).map((line) => `${file} ${width} px ${colorScheme}: ${line}`));
    seen++;
  }
  assert.ok(seen > 100, `${seen} pages`);
  assert.deepEqual(found, []);
  await context.close();
});
