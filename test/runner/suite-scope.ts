/** Where `runSuite` keeps tap's outermost test of its process: what ends with that is shared by the files of the suite. */
export const SUITE = Symbol.for('tokenforge.suite')
