// Reads safetensors files as genmodels writes them: F32, F16, BF16, and I8 with the scale of
// each row under NAME.scale; and U8: pairs of four bits, with a scale for each part of a row.
play.define(function (play) {
  function half(bits) {
    const sign = bits & 0x8000 ? -1 : 1;
    const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
    if (exponent === 0) return sign * fraction * 2 ** -24;
    if (exponent === 31) return fraction ? NaN : sign * Infinity;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  }

  const halves = Float32Array.from({ length: 65536 }, (_, bits) => half(bits));
  const READERS = {
    F32: (buffer) => new Float32Array(buffer),
    F16: (buffer) => Float32Array.from(new Uint16Array(buffer), (bits) => halves[bits]),
    BF16: (buffer) => new Float32Array(
      Uint32Array.from(new Uint16Array(buffer), (bits) => bits << 16).buffer),
    I8: (buffer) => Float32Array.from(new Int8Array(buffer)),
    U8: (buffer) => Float32Array.from(
      [...new Uint8Array(buffer)].flatMap((pair) => [(pair & 15) - 8, (pair >> 4) - 8])),
    I64: (buffer) => Float32Array.from(new BigInt64Array(buffer), Number),
  };

  // An ArrayBuffer → { config, tensors: name → tensor }
  play.readSafetensors = (buffer) => {
    const length = Number(new DataView(buffer).getBigUint64(0, true));
    if (!(length < buffer.byteLength)) throw new Error("this is no safetensors file");
    const text = new TextDecoder().decode(new Uint8Array(buffer, 8, length));
    const { __metadata__: words = {}, ...entries } = JSON.parse(text);
    const tensors = {};
    for (const [name, { dtype, shape, data_offsets: at }] of Object.entries(entries)) {
      if (!READERS[dtype]) throw new Error(`${name} is ${dtype}, which is not read here`);
      const part = buffer.slice(...at.map((place) => 8 + length + place));
      if (dtype === "U8") shape[shape.length - 1] *= 2;
      tensors[name] = play.tensor(READERS[dtype](part), shape);
    }
    for (const [name, { data }] of Object.entries(tensors)) {
      const scale = tensors[`${name}.scale`];
      const size = scale && data.length / scale.data.length; // numbers that share it
      if (scale) data.forEach((v, i) => (data[i] = v * scale.data[Math.floor(i / size)]));
    }
    for (const [alias, name] of Object.entries(words)) {
      if (tensors[name]) tensors[alias] = tensors[name];
    }
    return { config: JSON.parse(words.config || "{}"), tensors };
  };
});
