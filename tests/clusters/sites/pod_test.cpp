#include "clusters/sites/pod.h"

#include <fstream>

#include <gtest/gtest.h>
#include <stdlib.h>

namespace stoker::clusters {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

class PodTest : public testing::Test {
  protected:
    PodTest() {
        char name[] = "/tmp/stoker-pod-XXXXXX";
        folder = mkdtemp(name);
    }
    ~PodTest() override { fs::remove_all(folder); }

    std::string read(const std::string& text) {
        std::ofstream(folder / "pod.yaml") << text;
        return read_pod_template(folder / "pod.yaml");
    }
    std::string refusal(const std::string& text) {
        try {
            read(text);
            return "";
        } catch (const std::runtime_error& error) {
            return error.what();
        }
    }
    static WorkerLaunch launch() {
        WorkerLaunch launch;
        launch.worker_id = "w-1";
        launch.cluster_id = "c-1";
        launch.limits = {.memory_mb = 4096, .cores = 3};
        launch.data_folder = "/shared/stoker";
        launch.work_folder = "/shared/stoker/workers/w-1";
        return launch;
    }

    fs::path folder;
};

constexpr const char* kTemplate = R"(
apiVersion: v1
kind: Pod
metadata:
  labels: {team: data}
spec:
  serviceAccountName: stoker-worker
  tolerations:
    - {key: spot, operator: Exists, tolerationSeconds: 30}
  containers:
    - name: logs
      image: fluent
    - name: worker
      image: "stoker:1"
      args: [never]
      env:
        - {name: A, value: "1"}
        - {name: B, value: 'true'}
      resources: {limits: {ephemeral-storage: 10Gi, memory: 1Mi}}
      securityContext: {runAsUser: 1000, privileged: False}
  volumes:
    - {name: keys, secret: {secretName: keys, defaultMode: 0400}}
)";

TEST_F(PodTest, TheWorkerGoesIntoTheOperatorsTemplate) {
    WorkerLaunch with_gpus = launch();
    with_gpus.gpus = 2;
    const Json pod = make_pod(with_gpus, read(kTemplate), "node-a", "/opt/stoker");
    EXPECT_EQ(pod["apiVersion"], "v1");
    EXPECT_EQ(
        pod["metadata"],
        (Json{{"name", "stoker-w-1"},
              {"labels",
               {{"team", "data"}, {"stoker/node", "node-a"}, {"stoker/worker", "w-1"}, {"stoker/cluster", "c-1"}}},
              {"annotations", {{"stoker/container", "worker"}}}}));
    EXPECT_EQ(pod["spec"]["restartPolicy"], "Never");
    EXPECT_EQ(pod["spec"]["serviceAccountName"], "stoker-worker");
    EXPECT_EQ(pod["spec"]["containers"][0], (Json{{"name", "logs"}, {"image", "fluent"}}));
    const Json worker = pod["spec"]["containers"][1];
    EXPECT_EQ(worker["command"], (Json{"/bin/sh", "-c", "exec \"$@\" >>\"$0\" 2>&1", "/shared/stoker/logs/c-1.log",
                                       "/opt/stoker", "worker", "--launch", "/shared/stoker/workers/w-1/launch.json"}));
    EXPECT_FALSE(worker.contains("args"));
    EXPECT_EQ(worker["workingDir"], "/shared/stoker/workers/w-1");
    EXPECT_EQ(worker["resources"]["requests"], (Json{{"cpu", "3"}, {"memory", "4096Mi"}, {"nvidia.com/gpu", "2"}}));
    EXPECT_EQ(worker["resources"]["limits"],
              (Json{{"cpu", "3"}, {"memory", "4096Mi"}, {"nvidia.com/gpu", "2"}, {"ephemeral-storage", "10Gi"}}));
}

TEST_F(PodTest, ATemplateKeepsItsTexts) {
    const Json pod = Json::parse(read(kTemplate));
    EXPECT_EQ(pod["spec"]["tolerations"][0]["tolerationSeconds"], 30);
    EXPECT_EQ(pod["spec"]["volumes"][0]["secret"]["defaultMode"], 0400);
    EXPECT_EQ(pod["spec"]["containers"][1]["env"][0]["value"], "1");
    EXPECT_EQ(pod["spec"]["containers"][1]["env"][1]["value"], "true");
    EXPECT_EQ(pod["spec"]["containers"][1]["securityContext"], (Json{{"runAsUser", 1000}, {"privileged", false}}));
}

TEST_F(PodTest, TheOnlyContainerIsTheWorkerWhateverItsName) {
    const Json pod = make_pod(launch(), read("kind: Pod\nspec: {containers: [{name: main, image: x}]}"), "n", "/s");
    EXPECT_TRUE(pod["spec"]["containers"][0].contains("command"));
}

TEST_F(PodTest, AWrongTemplateIsRefusedWithFileAndLine) {
    EXPECT_NE(refusal("kind: Pod\nspec: [").find("pod.yaml:"), std::string::npos);
    EXPECT_NE(refusal("kind: Deployment").find("kind Pod"), std::string::npos);
    EXPECT_NE(refusal("kind: Pod").find("spec.containers"), std::string::npos);
    EXPECT_NE(refusal("kind: Pod\nspec: {containers: [x]}").find("spec.containers"), std::string::npos);
    EXPECT_NE(refusal("kind: 5").find("kind Pod"), std::string::npos);
    EXPECT_NE(refusal("kind: Pod\nmetadata: {labels: [a]}\nspec: {containers: [{name: w}]}").find("pod.yaml: "),
              std::string::npos);
    EXPECT_NE(refusal("kind: Pod\nspec: {containers: [{image: x}]}").find("'name'"), std::string::npos);
    EXPECT_THROW(read_pod_template(folder / "absent.yaml"), std::runtime_error);
}

SiteJob read_one(const Json& status) {
    const Json metadata{{"name", "stoker-w-1"},
                        {"resourceVersion", "7"},
                        {"labels", {{"stoker/worker", "w-1"}}},
                        {"annotations", {{"stoker/container", "worker"}}}};
    const Json pod{{"metadata", metadata}, {"status", status}};
    const auto jobs = read_pods({{"items", Json::array({pod})}});
    EXPECT_EQ(jobs.size(), 1U);
    return jobs.at(0);
}

TEST_F(PodTest, AWaitingPodSaysWhy) {
    const SiteJob unscheduled =
        read_one({{"phase", "Pending"},
                  {"conditions", {{{"type", "PodScheduled"}, {"status", "False"}, {"message", "0/3 nodes"}}}}});
    EXPECT_EQ(unscheduled.id, "stoker-w-1");
    EXPECT_EQ(unscheduled.worker_id, "w-1");
    EXPECT_EQ(unscheduled.version, "7");
    EXPECT_EQ(unscheduled.phase, SiteJob::Phase::kWaiting);
    EXPECT_EQ(unscheduled.state, "Pending");
    EXPECT_EQ(unscheduled.reason, "0/3 nodes");
    const Json waiting{{"waiting", {{"reason", "ImagePullBackOff"}, {"message", "no such image"}}}};
    EXPECT_EQ(
        read_one({{"phase", "Pending"}, {"containerStatuses", {{{"name", "worker"}, {"state", waiting}}}}}).reason,
        "ImagePullBackOff: no such image");
    EXPECT_EQ(read_one({{"phase", "Pending"}}).reason, "");
}

TEST_F(PodTest, APodThatRanSaysHowItEnded) {
    EXPECT_EQ(read_one({{"phase", "Running"}}).phase, SiteJob::Phase::kRunning);
    const Json sidecar{{"name", "logs"}, {"state", {{"running", Json::object()}}}};
    const Json killed{{"name", "worker"}, {"state", {{"terminated", {{"exitCode", 137}, {"reason", "OOMKilled"}}}}}};
    const SiteJob out_of_memory = read_one({{"phase", "Failed"}, {"containerStatuses", {sidecar, killed}}});
    EXPECT_EQ(out_of_memory.phase, SiteJob::Phase::kEnded);
    EXPECT_EQ(out_of_memory.exit_code, 137);
    EXPECT_EQ(out_of_memory.reason, "OOMKilled");
    const SiteJob beside_others = read_one({{"phase", "Running"}, {"containerStatuses", {sidecar, killed}}});
    EXPECT_EQ(beside_others.phase, SiteJob::Phase::kEnded);
    EXPECT_EQ(beside_others.state, "Failed");
    const SiteJob evicted = read_one({{"phase", "Failed"}, {"reason", "Evicted"}, {"message", "low on memory"}});
    EXPECT_EQ(evicted.exit_code, 1);
    EXPECT_EQ(evicted.reason, "Evicted: low on memory");
    EXPECT_EQ(read_one({{"phase", "Succeeded"}}).exit_code, 0);
}

TEST_F(PodTest, WhatIsNoListOfPodsHoldsNone) {
    EXPECT_TRUE(read_pods(Json::object()).empty());
    EXPECT_TRUE(read_pods({{"items", {{{"metadata", {{"name", "x"}}}}}}}).empty());
}

}  // namespace
}  // namespace stoker::clusters
