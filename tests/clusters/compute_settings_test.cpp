#include "clusters/compute_settings.h"

#include <fstream>

#include <gtest/gtest.h>
#include <stdlib.h>

namespace stoker::clusters {
namespace {

namespace fs = std::filesystem;

/// A folder with a settings file, and what belongs beside it.
class ComputeSettingsTest : public testing::Test {
  protected:
    ComputeSettingsTest() {
        char name[] = "/tmp/stoker-settings-XXXXXX";
        folder = mkdtemp(name);
        std::ofstream(folder / "packages.txt") << "ipython==8.0\n";
        std::ofstream(folder / "empty.txt").flush();
    }
    ~ComputeSettingsTest() override { fs::remove_all(folder); }

    ComputeSettings read(const std::string& text, Interpreters interpreters = Interpreters::kHere) {
        std::ofstream(folder / "compute.yaml") << text;
        return read_compute_settings(folder / "compute.yaml", interpreters);
    }
    /// After the file's name.
    std::string refusal(const std::string& text) {
        try {
            read(text);
            return "";
        } catch (const SettingsError& error) {
            const std::string what = error.what(), file = (folder / "compute.yaml").string();
            EXPECT_TRUE(what.starts_with(file)) << what;
            return what.substr(file.size());
        }
    }

    fs::path folder;
};

constexpr const char* kWhole = R"(
default_node_type: etl.large
node_types:
  etl.large: {cores: 16, memory_mb: 65536, gpus: 2, labels: {rack: a, disk: 1}, description: the big ones}
  i3.xlarge: {cores: 3, memory_mb: 3000, category: Storage Optimized}
spark_versions:
  16.4.x-scala2.13:
    name: 16.4 LTS (includes Apache Spark 3.5.2, Scala 2.13)
    requirements: packages.txt
    delta_lake: io.delta:delta-spark_2.13:3.3.3
    python: /usr/bin/python3
  15.4.x-scala2.12:
    python: /usr/bin/env
)";

TEST_F(ComputeSettingsTest, node_types_come_beside_and_in_the_place_of_the_well_known_ones) {
    const Catalog catalog({8, 16384}, read(kWhole));
    EXPECT_EQ(catalog.default_node_type(), "etl.large");
    const NodeType large = catalog.find_node_type("etl.large").value();
    EXPECT_EQ(large.cores, 16);
    EXPECT_EQ(large.memory_mb, 65536);
    EXPECT_EQ(large.gpus, 2);
    EXPECT_EQ(large.labels, (std::map<std::string, std::string>{{"rack", "a"}, {"disk", "1"}}));
    EXPECT_EQ(catalog.find_node_type("i3.xlarge")->cores, 3);
    EXPECT_EQ(catalog.find_node_type("i3.2xlarge")->cores, 8);
    EXPECT_EQ(catalog.find_node_type("local.large")->cores, 8);

    const auto shown = node_types_json(catalog)["node_types"];
    EXPECT_EQ(shown[0]["node_type_id"], "etl.large");
    EXPECT_EQ(shown[0]["num_gpus"], 2);
    EXPECT_EQ(shown[0]["stoker_labels"]["rack"], "a");
    EXPECT_EQ(
        std::count_if(shown.begin(), shown.end(), [](const auto& type) { return type["node_type_id"] == "i3.xlarge"; }),
        1);
}

TEST_F(ComputeSettingsTest, spark_versions_are_added_and_changed) {
    const Catalog catalog({8, 16384}, read(kWhole));
    ASSERT_EQ(catalog.spark_versions().size(), own_spark_versions().size() + 1);
    const SparkVersion& added = *catalog.find_spark_version("16.4.x-scala2.13");
    EXPECT_EQ(added.runtime, "16.4");
    EXPECT_EQ(added.requirements, "ipython==8.0\n");
    EXPECT_EQ(added.delta_lake, "io.delta:delta-spark_2.13:3.3.3");
    EXPECT_EQ(added.python, "/usr/bin/python3");
    const SparkVersion& changed = *catalog.find_spark_version("15.4.x-scala2.12");
    EXPECT_EQ(changed.python, "/usr/bin/env");
    EXPECT_EQ(changed.requirements, own_spark_versions().front().requirements);
    EXPECT_EQ(spark_versions_json(catalog)["versions"].back()["key"], "16.4.x-scala2.13");
}

TEST_F(ComputeSettingsTest, an_empty_file_changes_nothing) {
    const Catalog catalog({8, 16384}, read("# nothing yet\n"));
    EXPECT_EQ(catalog.default_node_type(), kDefaultNodeType);
    EXPECT_EQ(catalog.listed_node_types().size(), Catalog({8, 16384}).listed_node_types().size());
}

TEST_F(ComputeSettingsTest, what_is_wrong_is_named_with_its_line_and_field) {
    struct Row {
        const char* text;
        const char* refusal;
    };
    const std::vector<Row> rows{
        {"node_types:\n  a: {cores: many, memory_mb: 512}\n",
         ":2: node_types.a.cores: expected a number from 1 to 1024, got 'many'."},
        {"node_types:\n  a:\n    cores: 0\n    memory_mb: 512\n",
         ":3: node_types.a.cores: expected a number from 1 to 1024, got '0'."},
        {"node_types:\n  a:\n    cores: 1\n    memory_mb: [1]\n",
         ":4: node_types.a.memory_mb: expected a number from 256 to 1073741824."},
        {"node_types:\n  a: {cores: 1}\n", ":2: node_types.a: 'memory_mb' is required."},
        {"node_types:\n  a: {cores: 1, memory_mb: 512, gpu: 1}\n",
         ":2: node_types.a.gpu: there is no setting 'gpu'; known are cores, memory_mb, gpus, labels, category and "
         "description."},
        {"node_types:\n  a b: {cores: 1, memory_mb: 512}\n",
         ":2: node_types.a b: expected a name of up to 64 letters, digits, '.', '_' and '-'."},
        {"node_types:\n  a: {cores: 1, memory_mb: 512}\n  a: {cores: 2, memory_mb: 512}\n",
         ":3: node_types.a: stands here twice."},
        {"node_types: [a]\n", ":1: node_types: expected a map of names to values."},
        {"node_types:\n  a: {cores: 1, memory_mb: 512, labels: {x: [y]}}\n",
         ":2: node_types.a.labels.x: expected a text."},
        {"default_node_type: none\n",
         ":1: default_node_type: node type 'none' is neither among node_types nor a well-known name."},
        {"nodes: {}\n",
         ":1: nodes: there is no setting 'nodes'; known are node_types, spark_versions, default_node_type and "
         "kubernetes."},
        {"node_types:\n  a: {cores: 1\n", ":3: "},
        {"just text\n", ":1: expected a map of names to values."},
        {"spark_versions:\n  16.4.x: {name: n}\n", ":2: spark_versions.16.4.x: 'requirements' is required."},
        {"spark_versions:\n  x: {name: n}\n", ":2: spark_versions.x: 'runtime' is required."},
        {"spark_versions:\n  16.4.x:\n    requirements: none.txt\n", ":3: spark_versions.16.4.x.requirements: /tmp/"},
        {"spark_versions:\n  16.4.x:\n    requirements: empty.txt\n", ":3: spark_versions.16.4.x.requirements: /tmp/"},
        {"spark_versions:\n  16.4.x:\n    delta_lake: 3.3.3\n",
         ":3: spark_versions.16.4.x.delta_lake: expected group:artifact:version, got '3.3.3'."},
        {"spark_versions:\n  15.4.x-scala2.12:\n    python: python3\n",
         ":3: spark_versions.15.4.x-scala2.12.python: expected an absolute path, got 'python3'."},
        {"spark_versions:\n  15.4.x-scala2.12:\n    python: /usr/bin/no-python\n",
         ":3: spark_versions.15.4.x-scala2.12.python: there is no program /usr/bin/no-python."},
    };
    for (const Row& row : rows) {
        const std::string found = refusal(row.text);
        EXPECT_TRUE(found.starts_with(row.refusal)) << row.text << found;
    }
    EXPECT_THROW(read_compute_settings(folder / "none.yaml", Interpreters::kHere), SettingsError);
    EXPECT_THROW(read_compute_settings(folder, Interpreters::kHere), SettingsError);
}

TEST_F(ComputeSettingsTest, a_server_apart_from_its_nodes_needs_no_interpreters) {
    const auto settings =
        read("spark_versions:\n  15.4.x-scala2.12: {python: /usr/bin/no-python}\n", Interpreters::kElsewhere);
    EXPECT_EQ(settings.spark_versions.front().python, "/usr/bin/no-python");
}

TEST_F(ComputeSettingsTest, kubernetes_is_reached_by_a_kubeconfig_and_gets_pods_like_the_templates) {
    std::ofstream(folder / "pod.yaml") << "kind: Pod\nspec: {containers: [{name: worker, image: stoker}]}\n";
    const ComputeSettings settings =
        read("kubernetes: {kubeconfig: config, namespace: data, pod_templates: {default: pod.yaml, gpu: pod.yaml}}");
    EXPECT_EQ(settings.kubernetes.kubeconfig, folder / "config");
    EXPECT_EQ(settings.kubernetes.namespace_name, "data");
    EXPECT_EQ(settings.kubernetes.pod_templates.size(), 2U);
    EXPECT_TRUE(Catalog({}, settings).has_pod_template("gpu"));
    EXPECT_FALSE(Catalog({}, settings).has_pod_template("cpu"));
    EXPECT_NE(refusal("kubernetes: {pod_templates: {default: empty.txt}}").find(":1: kubernetes.pod_templates.default"),
              std::string::npos);
    EXPECT_NE(refusal("kubernetes: {image: x}").find("there is no setting 'image'"), std::string::npos);
}

}  // namespace
}  // namespace stoker::clusters
