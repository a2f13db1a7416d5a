// How the search of the site ranks what it finds: first the chapter that explains the
// term, then its line in the glossary, then other chapters. The build puts the terms here:
// words without hyphens and spaces → the words to search for, and the chapter.
const TERMS = {};

const wordsOf = (text) => text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) || [];

// The longest run of the words that is a term, as [words, chapter], or null
function termOf(words) {
  for (let size = words.length; size > 0; size -= 1) {
    for (let start = 0; start + size <= words.length; start += 1) {
      const run = words.slice(start, start + size).join("");
      const found = TERMS[run] || TERMS[run.replace(/s$/u, "")];
      if (found) return { found, start, size };
    }
  }
  return null;
}

const asked = () =>
  termOf(wordsOf(new URLSearchParams(window.location.search).get("q") || ""));

// An abbreviation or another name is searched for by the words that the chapter has
var splitQuery = (query) => {
  const words = wordsOf(query);
  const term = termOf(words);
  if (!term || term.size < words.length) return words;
  return wordsOf(term.found[0]);
};

var Scorer = {
  score([page, , anchor, , score]) {
    const term = asked();
    if (term && page === term.found[1] && !anchor) return score + 1000;
    if (term && page === "00_notation") return score + 500;
    return score + (/^[0-5]\d_/u.test(page) ? 10 : 0);
  },
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};

// A page opened from a file may not read others, so the search shows no excerpts of them
if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
