// Builds the web applications ahead of time, for images whose files are read-only: `node bin/build-faces.mjs`.
import { builtFace, FACES } from '../apps/souk/faces/face-builds.ts'

const root = new URL('../', import.meta.url)
for (const face of Object.values(FACES)) console.log(await builtFace(face, root, () => console.log(`building ${face.name}`)))
