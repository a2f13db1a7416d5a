// The frame of the runtime: parts that define themselves, in a page, in Node, or in a worker
// that frame.js makes of their source; tensors; random numbers from a seed.
(function (root) {
  const parts = [];
  const define = (part) => {
    parts.push(part);
    part(root.play);
  };
  root.play = { parts, define };
})(globalThis);
play.define(function (play) {
  // A tensor: numbers in rows, the last dimension first
  play.tensor = (data, shape) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const numbers = data instanceof Float32Array ? data : Float32Array.from(data);
    if (numbers.length !== size) throw new Error(`${numbers.length} numbers as ${shape}`);
    return { data: numbers, shape };
  };
  play.zeros = (...shape) =>
    play.tensor(new Float32Array(shape.reduce((a, b) => a * b, 1)), shape);
  play.map = (x, f) => play.tensor(x.data.map((value) => f(value)), x.shape);
  play.add = (x, y) => play.tensor(x.data.map((v, i) => v + y.data[i]), x.shape);
  // Rows [start, end) of the first dimension, and two tensors on top of each other
  play.rows = (x, start, end) => {
    const width = x.data.length / x.shape[0];
    const part = x.data.subarray(start * width, end * width);
    return play.tensor(part, [end - start, ...x.shape.slice(1)]);
  };
  play.stack = (x, y) => {
    const data = new Float32Array(x.data.length + y.data.length);
    data.set(x.data);
    data.set(y.data, x.data.length);
    return play.tensor(data, [x.shape[0] + y.shape[0], ...x.shape.slice(1)]);
  };

  // Uniform numbers in [0, 1) from a whole number (mulberry32), and normal ones of them
  play.random = (seed) => {
    let a = seed >>> 0;
    return () => {
      a = (a + 0x6d2b79f5) >>> 0;
      let t = a;
      t = Math.imul(t ^ (t >>> 15), t | 1);
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
      return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
  };
  play.normal = (random) => {
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    return radius * Math.cos(2 * Math.PI * random());
  };
  play.normals = (random, ...shape) => {
    const x = play.zeros(...shape);
    for (let i = 0; i < x.data.length; i += 1) x.data[i] = play.normal(random);
    return x;
  };
});
