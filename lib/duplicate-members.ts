/** The strings of a JSON text, those before a colon being names of members, and the braces around members. */
const TOKENS = /"((?:[^"\\]|\\.)*)"(?:[ \t\r\n]*(:))?|[{}]/g

/**
 * The first member name that stands twice in one object of a valid JSON text, escapes resolved; null when there is none.
 * Parsers differ in which of the two they take (RFC 8259 section 4).
 */
export function duplicateMember(json: string): string | null {
  // Two members have two colons; most bodies have one.
  if (json.indexOf(':') === json.lastIndexOf(':')) return null
  const open: Set<string>[] = []
  for (const [token, text, colon] of json.matchAll(TOKENS)) {
    if (token === '{') open.push(new Set())
    else if (token === '}') open.pop()
    else if (colon !== undefined) {
      const name: string = JSON.parse(`"${text}"`)
      const names = open.at(-1)
      if (names?.has(name)) return name
      names?.add(name)
    }
  }
  return null
}
