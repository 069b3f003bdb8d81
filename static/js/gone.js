/** Does `call`; analyses that the server let go are posted again: the same request has the same id. */
export async function again(source, requests, call, signal) {
  try {
    return await call();
  } catch (error) {
    if (error.name !== "analysis-gone") throw error;
    for (const request of requests) await source.analyse(request, signal);
    return call();
  }
}
