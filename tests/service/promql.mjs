// What a PromQL expression asks for. Prometheus has no interface for that which Debian 12's version knows.

const aggregations = new Set(['sum', 'min', 'max', 'avg', 'group', 'count', 'stddev', 'stdvar', 'topk', 'bottomk', 'quantile', 'count_values']);
const operators = new Set(['and', 'or', 'unless', 'bool', 'offset', 'inf', 'nan']);
const groupings = new Set(['by', 'without', 'on', 'ignoring', 'group_left', 'group_right']);
const token = /"(?:\\.|[^"\\])*"|\[[^\]]*\]|[a-zA-Z_:][a-zA-Z0-9_:]*|\d[\w.]*|[!=]~|[!=<>]=|\S/g;

/**
 * Returns the selectors as `{name, matchers: [{label, operator, value}]}`, and `labels`, those of by, on and the like. Fails if a
 * selector has no name.
 */
export function readExpression(text) {
  const tokens = text.match(token) ?? [];
  const selectors = [];
  const labels = [];
  for (let i = 0; i < tokens.length; i++) {
    const word = tokens[i];
    if (word === '{') throw new Error(`a selector without a name: ${text}`);
    if (!/^[a-zA-Z_:]/.test(word)) continue;
    if (groupings.has(word)) {
      if (tokens[i + 1] !== '(') continue;
      for (i += 2; tokens[i] !== ')'; i++) if (tokens[i] !== ',') labels.push(tokens[i]);
    } else if (!aggregations.has(word) && !operators.has(word.toLowerCase()) && tokens[i + 1] !== '(') {
      const matchers = [];
      if (tokens[i + 1] === '{') {
        for (i += 2; tokens[i] !== '}'; ) {
          const [label, operator, value] = tokens.slice(i, i + 3);
          matchers.push({ label, operator, value: JSON.parse(value) });
          i += tokens[i + 3] === ',' ? 4 : 3;
        }
      }
      selectors.push({ name: word, matchers });
    }
  }
  return { selectors, labels };
}

/** The samples of a page of metrics as `{name, labels}`. */
export const samplesOf = (page) =>
  page.split('\n').filter((line) => line && !line.startsWith('#')).map((line) => {
    const [, name, inner = ''] = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? /.exec(line);
    return { name, labels: Object.fromEntries([...inner.matchAll(/([a-z_]+)="((?:\\.|[^"\\])*)"/g)].map((m) => [m[1], m[2]])) };
  });

/** Whether a sample has what the matchers ask for. Labels that Prometheus adds are not looked at. */
export function matches(sample, { name, matchers }) {
  return sample.name === name && matchers.every(({ label, operator, value }) => {
    if (label === 'job' || label === 'instance') return true;
    if (!(label in sample.labels)) return false;
    const found = operator.endsWith('~') ? new RegExp(`^(?:${value})$`).test(sample.labels[label]) : sample.labels[label] === value;
    return found === !operator.startsWith('!');
  });
}
