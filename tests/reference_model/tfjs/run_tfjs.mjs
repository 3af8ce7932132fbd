// What TensorFlow.js itself makes of these networks: `npm install @tensorflow/tfjs; node run_tfjs.mjs [FOLDER]`.
// FOLDER holds faceres and mobileface; without it only the small graph beside this file is run.
import * as tf from "@tensorflow/tfjs";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

async function run(folder, name, output, side) {
  const model = JSON.parse(readFileSync(`${folder}/${name}.json`));
  const bytes = readFileSync(`${folder}/${name}.bin`);
  const network = await tf.loadGraphModel({
    load: async () => ({
      modelTopology: model.modelTopology,
      weightSpecs: model.weightsManifest.flatMap((group) => group.weights),
      weightData: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
    }),
  });
  // a disc that anybody can draw again: N×H×W×C, the second one smaller
  const pixels = new Float32Array(2 * side * side * 3);
  for (let i = 0; i < pixels.length; i++) {
    const [n, y, x, c] = [3 * side * side, 3 * side, 3, 1].map((step, axis) => Math.floor(i / step) % [2, side, side, 3][axis]);
    const inside = (2 * x - side) ** 2 + (2 * y - side) ** 2 < (side * (n ? 0.5 : 0.75)) ** 2;
    pixels[i] = inside ? 90 - 30 * c : 20 * c - 80 + y / 2;
  }
  const image = tf.tensor(pixels, [2, side, side, 3]);
  const result = network.execute(image, output);
  return { name, output, side, shape: result.shape, values: Array.from(result.dataSync()).slice(0, 200) };
}

const here = fileURLToPath(new URL(".", import.meta.url));
const cases = [await run(here, "small", "pooled", 13), await run(here, "small", "embedding", 13)];
if (process.argv[2]) {
  cases.push(await run(process.argv[2], "faceres", "global_pooling/Mean", 224));
  cases.push(await run(process.argv[2], "mobileface", "batchnorm0/add_1", 112));
}
console.log(JSON.stringify(cases, null, 1));
