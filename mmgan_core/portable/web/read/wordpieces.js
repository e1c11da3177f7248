// Texts as the ids of word pieces, as BERT divides them (Devlin et al. 2018).

import { composed } from "./text.js";

const HAN =
  /[\u{4e00}-\u{9fff}\u{3400}-\u{4dbf}\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\u{f900}-\u{faff}\u{2f800}-\u{2fa1f}]/u;
const PUNCTUATION = /[!-/:-@[-`{-~]|\p{P}/u;
const DROPPED = /[\0\ufffd]|(?![\t\n\r])[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Cs}]/gu;

export function read(value, settings, files) {
  const ids = files.json(settings.vocabulary, (names) => new Map(names.map((name, id) => [name, id])));
  const found = [settings.first];
  for (const word of words(composed(value, settings), settings)) {
    found.push(...pieces(word, ids, settings));
  }
  found.length = Math.min(found.length, settings.most - 1);
  found.push(settings.last);
  const size = Math.max(settings.least, found.length);
  const row = new Int32Array(size).fill(settings.padding);
  row.set(found);
  return { ids: row, mask: Int32Array.from({ length: size }, (_, at) => Number(at < found.length)) };
}

function words(text, { uncased, without_accents: bare }) {
  let clean = Array.from(text.replace(DROPPED, ""), (sign) => (HAN.test(sign) ? ` ${sign} ` : sign));
  clean = clean.join("");
  if (bare) clean = clean.normalize("NFD").replace(/\p{Mn}/gu, "");
  if (uncased) clean = Array.from(clean, (sign) => sign.toLowerCase()).join("");
  const found = [];
  for (const word of clean.split(/\s+/u).filter(Boolean)) {
    let own = "";
    for (const sign of word) {
      if (PUNCTUATION.test(sign)) {
        if (own) found.push(own);
        found.push(sign);
        own = "";
      } else own += sign;
    }
    if (own) found.push(own);
  }
  return found;
}

function pieces(word, ids, { continued, longest_word: longest, unknown }) {
  const signs = Array.from(word);
  if (signs.length > longest) return [unknown];
  const found = [];
  for (let start = 0; start < signs.length; ) {
    let end = signs.length;
    let id;
    for (; end > start && id === undefined; end -= 1) {
      id = ids.get((start ? continued : "") + signs.slice(start, end).join(""));
    }
    if (id === undefined) return [unknown];
    found.push(id);
    start = end + 1;
  }
  return found;
}
