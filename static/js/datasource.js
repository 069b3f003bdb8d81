/**
 * Where the page's numbers come from. Views only know this interface:
 *
 *   models()                        {models, any}: those on offer, and whether all of the Hub are too
 *   lesson()                        what the server teaches, or null
 *   model(id)                       one of them, as it stands now
 *   tokenize(request, signal)       {count, limit, tokens}
 *   analyse(request, signal, run)   the analysis document
 *   progress(run)                   {stage, done, total} of an analysis that is under way
 *   verify(id, selection)           the document again, compared with the model's eager attention
 *   attention(id, query, signal)    {data, shape, meta}: a block [layer][head][query][key]
 *   measures(id, query, signal)     each head in a few numbers, arrays [layer][head]
 *   arithmetic(id, query, signal)   how one query comes to its weights, number by number
 *   comparison(id, other, query, signal)  {data, shape, meta}: A, B and A - B [3][1][query][key]
 *   alignment(id, other, query, signal)   which positions of both are the same
 *   ranking(id, other, query, signal)     how far every head is from the same, or from one
 *   cost(request, signal)           what attention takes at one length, measured now
 *   file(id, call, query)           what a call about an analysis answers, as a Blob
 *
 * This is its implementation over HTTP. A saved page (embedded.js) has `analyse`, `attention` and `measures`;
 * what rests on the others is absent there.
 */
import { postJson, request } from "./api.js";
import { parseNpy } from "./npy.js";

export function createHttpSource(base) {
  const url = (path, query = {}) => {
    const address = new URL(path, base);
    for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value);
    return address;
  };
  const compareUrl = (id, other, below, query) => url(`analyses/${id}/compare/${other}${below}`, query);

  async function numbers(address, signal) {
    const response = await request(address, { signal });
    const meta = JSON.parse(response.headers.get("X-Headscope-Meta"));
    return { ...parseNpy(await response.arrayBuffer()), meta };
  }

  return {
    models: async () => (await request(url("models"))).json(),
    lesson: async () => (await (await request(url("lesson"))).json()).lesson,
    model: async (id) => (await request(url(`models/${id}`))).json(),
    tokenize: (body, signal) => postJson(url("tokenize"), body, signal),
    analyse: (body, signal, run) => postJson(url("analyses"), body, signal, run && { "Headscope-Run": run }),
    progress: async (run) => (await request(url(`runs/${run}`))).json(),
    verify: (id, selection) => postJson(url(`analyses/${id}/verify`), selection),

    attention: (id, query, signal) =>
      numbers(url(`analyses/${id}/attention`, { ...query, format: "npy" }), signal),

    measures: async (id, query, signal) => (await request(url(`analyses/${id}/measures`, query), { signal })).json(),
    arithmetic: async (id, query, signal) =>
      (await request(url(`analyses/${id}/arithmetic`, query), { signal })).json(),
    comparison: (id, other, query, signal) => numbers(compareUrl(id, other, "", { ...query, format: "npy" }), signal),
    alignment: async (id, other, query, signal) =>
      (await request(compareUrl(id, other, "/alignment", query), { signal })).json(),
    ranking: async (id, other, query, signal) =>
      (await request(compareUrl(id, other, "/heads", query), { signal })).json(),
    cost: (body, signal) => postJson(url("cost"), body, signal),

    file: async (id, call, query) => (await request(url(`analyses/${id}/${call}`, query))).blob(),
  };
}
