import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { decimal, milliseconds } from './format.ts'
import { Html } from './html.ts'

/** A script or style sheet inside of the page, and the source expression by which its policy allows just that text. */
export interface Asset {
  readonly element: Html
  readonly hash: string
}

const UPLOT = join(dirname(createRequire(import.meta.url).resolve('uplot/package.json')), 'dist')

/** The style sheets, in the order in which one may overrule another. */
const STYLES = [
  'colours.css',
  'base.css',
  'header.css',
  'cards.css',
  'tables.css',
  'timeline.css',
  'lanes.css',
  'print.css',
]

/** The modules of the page's script, each after those that it needs. */
const CLIENT = ['palette.js', 'background.js', 'plots.js', 'scrubber.js', 'main.js']

/** The style sheets. */
export function styles(): Asset {
  const own = STYLES.map((name) => join(import.meta.dirname, 'style', name))
  const css = [join(UPLOT, 'uPlot.min.css'), ...own].map(read)
  return inline('style', css.join('\n'))
}

/** uPlot, then the page's own script. */
export function scripts(): readonly Asset[] {
  return [inline('script', read(join(UPLOT, 'uPlot.iife.min.js'))), inline('script', client())]
}

/** One script of several modules: what they import from each other stands in the same function. */
function client(): string {
  // Node has erased the types of these functions: their text is plain JavaScript.
  const shared = [decimal, milliseconds].map(String)
  const modules = CLIENT.map((name) => read(join(import.meta.dirname, 'client', name)))
  const bodies = modules.map((text) => text.replace(/^import .*\n/gm, '').replace(/^export /gm, ''))
  return `(() => {\n'use strict'\n${[...shared, ...bodies].join('\n')}})()`
}

function inline(tag: 'script' | 'style', text: string): Asset {
  // A hash is of the very text; a text that could end its own element has no place here.
  if (/<\/(script|style)|<!--|\r/i.test(text)) throw new Error(`this ${tag} cannot stand inside of a page`)
  const hash = `'sha256-${createHash('sha256').update(text).digest('base64')}'`
  return { element: new Html(`<${tag}>${text}</${tag}>`), hash }
}

function read(file: string): string {
  return readFileSync(file, 'utf8')
}
