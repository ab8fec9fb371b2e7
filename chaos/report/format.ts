/**
 * Numbers as people read them. The page's own script uses `milliseconds` and `decimal` as well (assets.ts puts their
 * text into it), so these two may call each other and nothing else.
 */

/** A number with about three digits that matter: `0.42`, `3.1`, `47`, `1,250`. */
export function decimal(value: number): string {
  const digits = value === 0 || Math.abs(value) >= 10 ? 0 : Math.abs(value) >= 1 ? 1 : 2
  return value.toLocaleString('en', { minimumFractionDigits: 0, maximumFractionDigits: digits })
}

/** A duration: `0.42 ms`, `47 ms`, `1.25 s`, `5 s`. */
export function milliseconds(ms: number): string {
  if (ms < 999.5) return `${decimal(ms)} ms`
  return `${(ms / 1000).toLocaleString('en', { maximumFractionDigits: ms < 9995 ? 2 : 1 })} s`
}

/** A whole number: `12,345`. */
export function count(value: number): string {
  return value.toLocaleString('en')
}

/** `1 claim`, `2 claims`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`
}

/** A moment since the scenario began: `12.5 s`. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

/** How long something long took: `48.2 s`, `12 min 5 s`. */
export function duration(ms: number): string {
  if (ms < 99_950) return seconds(ms)
  const whole = Math.round(ms / 1000)
  return `${count(Math.floor(whole / 60))} min ${whole % 60} s`
}
