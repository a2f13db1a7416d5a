// Text to token ids by a tokenizer.json of Hugging Face tokenizers: WordPiece as BERT has
// it, byte pairs of characters or of bytes, and single characters.
play.define(function (play) {
  const WORDS = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;
  const CHINESE = /[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{2ceaf}]/gu;
  const isolated = (text) => text.split(/([!-/:-@[-`{-~]|\p{P})/u).filter(Boolean);
  // A printable character for each byte: itself, or one from 256 on
  const BYTES = Array.from({ length: 256 }, (_, byte) => byte);
  const printable = (b) => (b > 32 && b < 127) || (b > 160 && b !== 173);
  const others = BYTES.filter((byte) => !printable(byte));
  const sign = (b) => String.fromCodePoint(printable(b) ? b : 256 + others.indexOf(b));
  const SIGNS = BYTES.map(sign);
  const inBytes = (text) => [...new TextEncoder().encode(text)].map((b) => SIGNS[b]).join("");
  const NORMALIZERS = {
    Sequence: (text, { normalizers }) => normalizers.reduce(normalize, text),
    NFC: (text) => text.normalize("NFC"),
    BertNormalizer(text, { lowercase, strip_accents: strip }) {
      let clean = text.replace(/[^\P{C}\t\n\r]|\ufffd/gu, "").replace(/\s/gu, " ");
      clean = clean.replace(CHINESE, " $& ");
      if (strip ?? lowercase) clean = clean.normalize("NFD").replace(/\p{Mn}/gu, "");
      return lowercase ? [...clean].map((c) => c.toLowerCase()).join("") : clean;
    },
  };
  const normalize = (text, rule) => (rule ? NORMALIZERS[rule.type](text, rule) : text);
  const SPLITTERS = {
    Sequence: (words, { pretokenizers }) => pretokenizers.reduce(split, words),
    BertPreTokenizer: (words) =>
      words.flatMap((text) => text.split(/\s+/u).flatMap(isolated)),
    Punctuation: (words) => words.flatMap(isolated),
    Split: (words) => words.flatMap((text) => [...text]),
    ByteLevel: (words) => words.flatMap((text) => text.match(WORDS) || []).map(inBytes),
    Metaspace: (words) =>
      words.filter(Boolean).flatMap((text) =>
        text.replace(/^(?! )/u, " ").replaceAll(" ", "▁").split(/(?=▁)/u)),
  };
  const split = (words, rule) => (rule ? SPLITTERS[rule.type](words, rule) : words);
  const MODELS = {
    WordLevel: (word, { vocab, unk_token: unknown }) => [vocab[word] ?? vocab[unknown]],
    // The longest piece of the vocabulary, again and again; else the word is unknown
    WordPiece(word, { vocab, unk_token: unknown, continuing_subword_prefix: prefix }) {
      const letters = [...word];
      const ids = [];
      for (let start = 0; start < letters.length; ) {
        let end = letters.length;
        const piece = () => (start ? prefix : "") + letters.slice(start, end).join("");
        while (end > start && vocab[piece()] === undefined) end -= 1;
        if (end === start || letters.length > 100) return [vocab[unknown]];
        ids.push(vocab[piece()]);
        start = end;
      }
      return ids;
    },
    // The pair that was learned first is joined, again and again
    BPE(word, { vocab, ranks, unk_token: unknown }) {
      const pieces = [...word];
      for (;;) {
        let [best, place] = [Infinity, -1];
        for (let i = 0; i + 1 < pieces.length; i += 1) {
          const rank = ranks.get(`${pieces[i]} ${pieces[i + 1]}`) ?? Infinity;
          if (rank < best) [best, place] = [rank, i];
        }
        if (place < 0) break;
        pieces.splice(place, 2, pieces[place] + pieces[place + 1]);
      }
      const ids = pieces.map((piece) => vocab[piece] ?? vocab[unknown]);
      return ids.filter((id) => id !== undefined);
    },
  };

  // The contents of a tokenizer.json → encode, decode, and both ways of the vocabulary
  play.Tokenizer = ({ normalizer, pre_tokenizer: splitter, model, post_processor: post,
    decoder, added_tokens: added = [] }) => {
    const { vocab } = model;
    if (model.merges) {
      const pairs = model.merges.map((pair) => (pair.join ? pair.join(" ") : pair));
      model.ranks = new Map(pairs.map((pair, rank) => [pair, rank]));
    }
    const names = [];
    for (const [name, id] of Object.entries(vocab)) names[id] = name;
    for (const { content, id } of added) names[id] = content;
    const plain = (text) =>
      split([normalize(text, normalizer)], splitter)
        .flatMap((word) => MODELS[model.type](word, model));
    const joined = {
      WordPiece: (parts) => parts.join(" ").replaceAll(" ##", ""),
      Metaspace: (parts) => parts.join("").replaceAll("▁", " ").replace(/^ /u, ""),
      Fuse: (parts) => parts.join(""),
      ByteLevel: (parts) =>
        new TextDecoder().decode(Uint8Array.from(parts.join(""), (c) => SIGNS.indexOf(c))),
    };
    return {
      names,
      id: (name) => names.indexOf(name),
      // With `blank`, such as "[MASK]", that word is the special token
      encode(text, blank = null) {
        const parts = blank ? text.split(blank) : [text];
        const ids = parts.flatMap((part, i) => [...(i ? [vocab[blank]] : []), ...plain(part)]);
        return post ? [post.cls[1], ...ids, post.sep[1]] : ids;
      },
      decode(ids) {
        const special = new Set(added.map(({ id }) => id));
        const parts = ids.filter((id) => !special.has(id)).map((id) => names[id]);
        return joined[decoder.type](parts);
      },
    };
  };

  // A model and its tokenizer, from the bytes of their two files
  play.withTokenizer = (Model, [weights, tokenizer]) => [
    Model(play.readSafetensors(weights)),
    play.Tokenizer(JSON.parse(new TextDecoder().decode(tokenizer))),
  ];
});
