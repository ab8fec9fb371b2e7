// Runs in the page, before its own scripts: what the browser test wants to know, as `probe`.

const violations = []
document.addEventListener('securitypolicyviolation', (event) => violations.push(event.violatedDirective))

globalThis.probe = { violations, contrasts, inks, widths }

/** Every text that is seen, with its contrast to what is behind it (WCAG 2). */
function contrasts() {
  const seen = [...document.querySelectorAll('body *')].filter(
    (element) => ownText(element) !== '' && element.getClientRects().length > 0 && !element.closest('script, title'),
  )
  return seen.map((element) => {
    const style = getComputedStyle(element)
    const drawn = element instanceof SVGElement
    const ink = parse(drawn ? style.fill : style.color)
    const ground = drawn ? behindSvg(element, style) : behind(element)
    return { text: ownText(element), ratio: ratio(ink, ground) }
  })
}

function ownText(element) {
  const nodes = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE)
  return nodes.map((node) => node.data.trim()).join('')
}

function behind(element) {
  if (element === null) return [255, 255, 255, 1]
  const colour = parse(getComputedStyle(element).backgroundColor)
  return colour[3] > 0 ? colour : behind(element.parentElement)
}

/** A halo, or the shape that it is written on. */
function behindSvg(text, style) {
  return parse(style.stroke === 'none' ? getComputedStyle(text.parentElement.querySelector('rect')).fill : style.stroke)
}

function parse(colour) {
  const [red, green, blue, alpha = 1] = colour.match(/[\d.]+/g).map(Number)
  return [red, green, blue, alpha]
}

function ratio(one, other) {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a)
  return (light + 0.05) / (dark + 0.05)
}

function luminance(colour) {
  const [red, green, blue] = colour.slice(0, 3).map((value) => {
    const share = value / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/** How many pixels each canvas of the page has of each outcome's colour. */
function inks() {
  const style = getComputedStyle(document.documentElement)
  const colours = ['ok', 'refused', 'verdict', 'lost'].map((name) => style.getPropertyValue(`--${name}`).trim())
  return [...document.querySelectorAll('canvas')].map((canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
    const counts = new Map()
    for (let i = 0; i < data.length; i += 4) {
      const hex = `#${[data[i], data[i + 1], data[i + 2]].map((value) => value.toString(16).padStart(2, '0')).join('')}`
      if (data[i + 3] === 255) counts.set(hex, (counts.get(hex) ?? 0) + 1)
    }
    return colours.map((colour) => counts.get(colour) ?? 0)
  })
}

/** The width of the page and of the window: the page scrolls sideways when they differ. */
function widths() {
  return { page: document.documentElement.scrollWidth, window: innerWidth }
}
