import { setSourceMapsSupport } from 'node:module'

// Loaded into every test process, after what tap loads. Node runs our files as they are, and nobody needs the source maps
// of the packages: reading them takes a tenth of the time that it takes to load the application.
setSourceMapsSupport(true, { nodeModules: false, generatedCode: false })
