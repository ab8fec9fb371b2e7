import { type Html, html, type Piece } from '../html.ts'

/** A column: its name, and whether it has numbers. */
export interface Column {
  readonly name: string
  readonly numeric?: boolean
}

/** A row; its first cell is its header. */
export type Row = readonly [head: Piece, ...cells: Piece[]]

/** A table in a box of its own that scrolls when the screen is narrow; `label` names it for screen readers. */
export function table(label: string, columns: readonly Column[], rows: readonly Row[]): Html {
  const align = (i: number) => (columns[i]?.numeric ? html` class="number"` : null)
  return html`<div class="scroll" role="group" tabindex="0" aria-label="${label}"><table>
<thead><tr>${columns.map(({ name }, i) => html`<th scope="col"${align(i)}>${name}</th>`)}</tr></thead>
<tbody>${rows.map(
    ([head, ...cells]) => html`<tr><th scope="row">${head}</th>${cells.map(
      (cell, i) => html`<td${align(i + 1)}>${cell}</td>`,
    )}</tr>
`,
  )}</tbody></table></div>`
}
