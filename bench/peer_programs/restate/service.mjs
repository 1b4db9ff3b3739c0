// The handler that Restate calls: reads its parameter, and ends.
import * as restate from "@restatedev/restate-sdk";

// Its SDK is written for node 22.
Promise.withResolvers ??= function () {
  const handles = {};
  handles.promise = new this((resolve, reject) => Object.assign(handles, { resolve, reject }));
  return handles;
};

const bench = restate.service({
  name: "bench",
  handlers: { run: async (_context, request) => request.text.toUpperCase() },
});
restate.serve({ services: [bench], port: Number(process.env.SERVICE_PORT) });
