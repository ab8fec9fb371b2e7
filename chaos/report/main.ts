import { writeReport } from './write.ts'

// Makes the report of a run again: node chaos/report/main.ts chaos/results/RUN

const [folder, ...more] = process.argv.slice(2)
if (folder === undefined || folder.startsWith('-') || more.length > 0) {
  process.stderr.write('usage: node chaos/report/main.ts FOLDER\n')
  process.exitCode = 1
} else {
  try {
    for (const file of Object.values(writeReport(folder))) process.stdout.write(`${file}\n`)
  } catch (error) {
    process.stderr.write(`no report could be made: ${(error as Error).message}\n`)
    process.exitCode = 1
  }
}
