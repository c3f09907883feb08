// Which pages there are, as the sources say: so that a page which no test looks at is noticed.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { repository } from './chabi.mjs';

/** The templates in a folder that are pages; others are parts of them. */
export async function templates(folder) {
  const found = [];
  for (const file of await readdir(join(repository, folder), { withFileTypes: true })) {
    if (!file.isFile()) continue;
    const text = await readFile(join(repository, folder, file.name), 'utf8');
    if (/\{% extends |<!doctype html>/i.test(text) && file.name !== 'frame.html') found.push(file.name);
  }
  return found.sort();
}

/** Routes of the console that answer a GET, such as `/admin/social/{id}/`; without those that lead elsewhere, and those that are no pages. */
export async function consoleRoutes() {
  const text = await readFile(join(repository, 'crates/console/src/router.rs'), 'utf8');
  const noPages = /to_list|to_console|chart\)|export\)|test::finish/;
  const routes = [...text.matchAll(/\.route\(\s*"([^"]+)",\s*([^\n]+)/g)];
  return routes.filter(([, , handlers]) => /get\(/.test(handlers) && !noPages.test(handlers)).map(([, path]) => path);
}

/** Those of `routes` that lead to none of the pages that were looked at. What stands apart from a place goes before it, as in the router. */
export function notVisited(routes, paths) {
  const bare = paths.map((path) => path.split('?')[0]);
  const places = (route) => route.split('{').length;
  const left = new Set(routes);
  for (const path of bare) {
    const fitting = routes.filter((route) => pattern(route).test(path)).sort((one, other) => places(one) - places(other));
    if (fitting.length) left.delete(fitting[0]);
  }
  return [...left];
}

function pattern(route) {
  const parts = route.split(/\{[^}]+\}/).map((part) => part.replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^/]+')}$`);
}
