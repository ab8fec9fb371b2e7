import { decimal, milliseconds } from '../format.ts'

/** Lets a pointer or the slider name a moment: a line through all, a dot on each curve, its numbers in the legend. */
export function scrubber(figure, data, plots) {
  const stack = figure.querySelector('.stack')
  const hair = figure.querySelector('.hair')
  const slider = figure.querySelector('.scrubber')
  const legend = readout(figure, data)

  function show(bucket) {
    const left = plots[0].valToPos(plots[0].data[0][bucket], 'x')
    for (const plot of plots) plot.setCursor({ left, top: 0 })
    hair.hidden = false
    hair.style.left = `${plots[0].over.offsetLeft + left}px`
    slider.value = bucket
    slider.setAttribute('aria-valuetext', legend.show(bucket))
  }

  function hide() {
    for (const plot of plots) plot.setCursor({ left: -10, top: -10 })
    hair.hidden = true
    legend.reset()
  }

  stack.addEventListener('pointermove', (event) => {
    if (event.target === slider) return
    const { left } = plots[0].over.getBoundingClientRect()
    show(plots[0].posToIdx(event.clientX - left))
  })
  stack.addEventListener('pointerleave', hide)
  slider.addEventListener('input', () => show(Number(slider.value)))
  slider.addEventListener('focus', () => slider.matches(':focus-visible') && show(Number(slider.value)))
  slider.addEventListener('blur', hide)
  slider.hidden = false
  figure.querySelector('.hint').hidden = false
}

/** The legend's cells: what they said of the whole scenario, and what they say of one bucket. */
function readout(figure, data) {
  const heading = figure.querySelector('.moment')
  const rows = [...figure.querySelectorAll('.key tbody tr')].map((row) => [...row.querySelectorAll('td')])
  const cells = [heading, ...rows.flat()]
  const whole = cells.map((cell) => cell.textContent)
  const time = (ms) => (ms === null ? '–' : milliseconds(ms))

  function show(bucket) {
    const [from, to] = [data.edges[bucket], data.edges[bucket + 1]]
    heading.textContent = `${from.toFixed(2)} to ${to.toFixed(2)} s`
    for (const [i, row] of rows.entries()) {
      const values = [data.p50, data.p99, data.max].map((lists) => time(lists[i][bucket]))
      const texts = [decimal(data.rates[i][bucket]), ...values]
      for (const [j, cell] of row.entries()) cell.textContent = texts[j]
    }
    const names = ['OK', 'refused', '4xx', 'lost']
    const spoken = names.map((name, i) => `${name} ${decimal(data.rates[i][bucket])} per second`)
    return `${from.toFixed(2)} seconds: ${spoken.join(', ')}; p99 of OK ${time(data.p99[0][bucket])}`
  }

  function reset() {
    for (const [i, cell] of cells.entries()) cell.textContent = whole[i]
  }

  return { show, reset }
}
