/** An element of an XML text, with what is in it. */
export interface XmlElement {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly XmlElement[]
  readonly text: string
}

const TOKEN = /<\?xml [^?]*\?>|<\/([a-z]+)>|<([a-z]+)((?: [a-z]+="[^"<]*")*)(\/?)>|([^<]+)/gy
// biome-ignore lint/suspicious/noControlCharactersInRegex: the characters that XML 1.0 cannot hold
const FORBIDDEN = /[\u0000-\u0008\v\f\u000E-\u001F\uD800-\uDFFF\uFFFE\uFFFF]/u
const REFERENCE = /&(?:#(\d+);)?/g

/** Reads the XML that we write, strictly: throws at anything that is not well-formed. */
export function readXml(xml: string): XmlElement {
  if (FORBIDDEN.test(xml)) throw new Error('a character that XML cannot hold')
  type Open = { name: string; attributes: Record<string, string>; children: XmlElement[]; text: string }
  const root: Open = { name: '', attributes: {}, children: [], text: '' }
  const path = [root]
  let end = 0
  for (const token of xml.matchAll(TOKEN)) {
    const [all, closed, opened, attributes = '', empty, text = ''] = token
    const top = path.at(-1) as Open
    end = token.index + all.length
    if (closed !== undefined) {
      if (path.pop()?.name !== closed) throw new Error(`${closed} is not open at ${token.index}`)
    } else if (opened !== undefined) {
      const made: Open = { name: opened, attributes: attributesOf(attributes), children: [], text: '' }
      top.children.push(made)
      if (empty !== '/') path.push(made)
    } else {
      top.text += decode(text)
    }
  }
  const [element, ...more] = root.children
  if (end !== xml.length || path.length !== 1 || element === undefined || more.length > 0) {
    throw new Error(`not well-formed at ${end}: ${xml.slice(end, end + 40)}`)
  }
  return element
}

function attributesOf(text: string): Record<string, string> {
  const pairs = [...text.matchAll(/ ([a-z]+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, decode(value)])
  const attributes = Object.fromEntries(pairs) as Record<string, string>
  if (Object.keys(attributes).length !== pairs.length) throw new Error(`twice the same attribute: ${text}`)
  return attributes
}

function decode(text: string): string {
  return text.replace(REFERENCE, (all, code?: string) => {
    if (code === undefined) throw new Error(`a bare & in ${all}`)
    return String.fromCodePoint(Number(code))
  })
}
