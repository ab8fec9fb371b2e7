const SHAPES: readonly (readonly [kind: string, mark: string, shape: RegExp])[] = [
  // With as much of its signature as a text that was cut short would have.
  ['a JWT with its signature', 'eyJ', /eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{16,}/],
  ['a refresh token', 'tfr_', /tfr_[A-Za-z0-9_-]{60,}/],
  ['a private key', 'PRIVATE KEY', /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY/],
]

/** Finds what is a secret by its looks alone, whoever it belongs to; gives what it is. */
export function findShape(text: string): string | undefined {
  return SHAPES.find(([, mark, shape]) => text.includes(mark) && shape.test(text))?.[0]
}
