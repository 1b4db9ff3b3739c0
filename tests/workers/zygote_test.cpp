#include "workers/zygote.h"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <unistd.h>

#include "workers/zygote_tree.h"

namespace stoker::workers {
namespace {

using Json = nlohmann::json;

/// What becomes of the zygote of a model once it says which key the model has.
Zygote::State state_after_ready(const Json& model_key) {
    boost::asio::io_context io;
    WorkerSettings settings;
    settings.launch.worker_id = "worker-1";
    settings.launch.work_folder =
        std::filesystem::temp_directory_path() / ("zygote-test-" + std::to_string(::getpid()));
    KernelHost host(io.get_executor(), settings, system_clock());
    host.prepare_folders();
    FrameChannel::Pair pair = FrameChannel::make(io.get_executor());
    Zygote::Spec spec;
    spec.id = "model-1";
    spec.model = ModelUse{"models:/m/1", "models:/m/1#5"};
    Zygote::State state = Zygote::State::kStarting;
    const auto zygote = std::make_shared<Zygote>(host, spec, std::move(pair.channel), [] {});
    host.tasks.spawn("zygote", Zygote::serve(zygote));
    const std::string ready = encode_frame({{"event", "ready"}, {"modules", Json::array()}, {"model_key", model_key}});
    EXPECT_EQ(::write(pair.peer.get(), ready.data(), ready.size()), static_cast<ssize_t>(ready.size()));
    while (zygote->state() == Zygote::State::kStarting) io.run_one();
    state = zygote->state();
    pair.peer.reset();
    io.run();
    std::filesystem::remove_all(settings.launch.work_folder);
    return state;
}

TEST(ZygoteTest, OneOfAModelServesOnlyWhatItWasMadeFor) {
    EXPECT_EQ(state_after_ready("models:/m/1#5"), Zygote::State::kReady);
    EXPECT_EQ(state_after_ready("models:/m/2#6"), Zygote::State::kDead);
    EXPECT_EQ(state_after_ready(nullptr), Zygote::State::kDead);
}

TEST(ZygoteTest, OneOfAModelHasNoExperimentOfTheRunThatWantedIt) {
    const Json environ = model_environ({{"DATABRICKS_HOST", "h"}, {"MLFLOW_EXPERIMENT_NAME", "/me/nb"}}, "/f");
    EXPECT_EQ(environ,
              (Json{{"DATABRICKS_HOST", "h"}, {"HOME", "/f"}, {"TMPDIR", "/f"}, {"MLFLOW_DFS_TMP", "/f/mlflow"}}));
}

}  // namespace
}  // namespace stoker::workers
