#include <string>

#include <gtest/gtest.h>

#include "tests/workers/worker_fixture.h"

namespace stoker::test {
namespace {

/// A notebook's code has its kernel's socket, and may write to it what a kernel never would.
constexpr const char* kSend = R"(
import json, os, socket, stat, struct
fd = next(fd for fd in range(3, 1000) if os.path.exists(f'/proc/self/fd/{fd}') and stat.S_ISSOCK(os.fstat(fd).st_mode))
worker = socket.socket(fileno=fd)
def send(frame):
    body = frame if isinstance(frame, bytes) else json.dumps(frame).encode()
    worker.sendall(struct.pack('>I', len(body)) + body)
)";

class HostileKernelTest : public WorkerTest {
  protected:
    /// How the run ends of a notebook that goes on to do this; the worker lives on.
    std::string end_of(const std::string& code) {
        const RunId run_id = run_notebook(kSend + code);
        wait_for_end(run_id);
        const RunId next = run_notebook("dbutils.notebook.exit('lives')");
        wait_for_end(next);
        EXPECT_EQ(result(next), "lives");
        return state(run_id) + ": " + last_try(run_id, "only").state_message;
    }
};

TEST_F(HostileKernelTest, AFrameThatIsNoneEndsItsKernelOnly) {
    start_worker();
    const std::string deep =
        "b'{\"event\":\"ask\",\"what\":\"notebook_run\",\"path\":' + b'[' * 200000 + b']' * 200000 + b'}'";
    for (const std::string frame : {deep.c_str(), "b'[1]'", "b'?'", "{'event': 5}", "{'event': 'ask', 'what': []}",
                                    "{'event': 'model_wanted', 'model_uri': 1, 'key': 2}"}) {
        EXPECT_EQ(end_of("send(" + frame + ")\nwhile True: pass"),
                  "INTERNAL_ERROR FAILED: The Python process of the run was ended by SIGKILL.")
            << frame;
    }
}

TEST_F(HostileKernelTest, WhatComesAfterTheEndIsNotHeard) {
    start_worker();
    EXPECT_EQ(end_of("send({'event': 'finished', 'state': 'SUCCESS'})\n"
                     "while True: send({'event': 'ask', 'id': 1, 'what': 'anything'})"),
              "TERMINATED SUCCESS: ");
}

TEST_F(HostileKernelTest, AnEndOfWrongTypesIsAnEnd) {
    start_worker();
    EXPECT_EQ(end_of("send({'event': 'finished', 'state': 'SUCCESS', 'used': {'modules': [{}]}, 'truncated': 'x',\n"
                     "      'details': 'no object', 'notebook': '{'})\nwhile True: pass"),
              "TERMINATED SUCCESS: ");
    EXPECT_EQ(end_of("send({'event': 'finished', 'state': []})\nwhile True: pass"),
              "INTERNAL_ERROR FAILED: Workload failed, see run output for details");
}

}  // namespace
}  // namespace stoker::test
