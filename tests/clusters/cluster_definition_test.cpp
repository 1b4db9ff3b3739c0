#include "clusters/cluster_definition.h"

#include <gtest/gtest.h>

#include "core/error.h"

namespace stoker::clusters {
namespace {

using Json = nlohmann::json;
const Catalog kCatalog({8, 16384});

ClusterDefinition parse(const Json& json) {
    return parse_cluster_definition(JsonReader(json), kCatalog);
}

Json definition() {
    return {
        {"cluster_name", "nlp"},
        {"spark_version", "15.4.x-scala2.12"},
        {"node_type_id", "i3.xlarge"},
        {"num_workers", 2},
        {"autotermination_minutes", 30},
        {"spark_conf", {{"spark.jars.packages", "com.x:a_2.12:1.0, com.x:b:2"}, {"spark.sql.shuffle.partitions", 2}}},
        {"spark_env_vars", {{"MODE", "fast"}}},
        {"custom_tags", {{"team", "nlp"}, {"stoker.slots", "6"}}},
        {"libraries", {{{"pypi", {{"package", "six==1.16.0"}}}}}},
        {"aws_attributes", {{"zone_id", "auto"}}}};
}

TEST(ClusterDefinition, reads_every_part) {
    ClusterDefinition parsed = parse(definition());
    EXPECT_EQ(parsed.cluster_name, "nlp");
    EXPECT_EQ(parsed.num_workers, 2);
    EXPECT_EQ(parsed.autotermination_minutes, 30);
    EXPECT_EQ(parsed.spark_conf.at("spark.sql.shuffle.partitions"), "2");
    EXPECT_EQ(parsed.slots, 6);
    ASSERT_EQ(parsed.libraries.size(), 1U);
    EXPECT_EQ(parsed.libraries[0].name, "six==1.16.0");
}

TEST(ClusterDefinition, echoes_what_was_sent_without_libraries) {
    Json sent = definition();
    Json expected = sent;
    expected.erase("libraries");
    EXPECT_EQ(to_json(parse(sent)), expected);
    EXPECT_EQ(libraries_json(parse(sent).libraries), sent["libraries"]);
}

TEST(ClusterDefinition, survives_the_database) {
    ClusterDefinition parsed = parse(definition());
    ClusterDefinition again =
        stored_definition(to_json(parsed).dump(), libraries_json(parsed.libraries).dump(), kCatalog);
    EXPECT_EQ(to_json(again), to_json(parsed));
    EXPECT_EQ(again.libraries, parsed.libraries);
}

TEST(ClusterDefinition, needs_only_a_spark_version_and_takes_numbers_as_strings) {
    ClusterDefinition parsed = parse({{"spark_version", "15.4.x-cpu-ml-scala2.12"}, {"num_workers", "1"}});
    EXPECT_EQ(parsed.num_workers, 1);
    EXPECT_EQ(parsed.node_type_id, kDefaultNodeType);
    EXPECT_EQ(parsed.autotermination_minutes, 0);
}

TEST(ClusterDefinition, reads_where_workers_run) {
    Json json = definition();
    EXPECT_EQ(parse(json).provider, kLocalProvider);
    json["custom_tags"] = {{"stoker.provider", "slurm"},
                           {"stoker.slurm_partition", "gpu"},
                           {"stoker.slurm_account", "nlp"},
                           {"stoker.slurm_options", "--gres=gpu:1 --time=02:00:00"}};
    const ClusterDefinition parsed = parse(json);
    EXPECT_EQ(parsed.provider, kSlurmProvider);
    EXPECT_EQ(parsed.slurm.partition, "gpu");
    EXPECT_EQ(parsed.slurm.account, "nlp");
    EXPECT_EQ(parsed.slurm.further, (std::vector<std::string>{"--gres=gpu:1", "--time=02:00:00"}));
}

TEST(ClusterDefinition, refuses_what_slurm_must_not_be_told) {
    auto refusal = [](const Json& tags) {
        Json json = definition();
        json["custom_tags"] = tags;
        try {
            parse(json);
        } catch (const ApiError& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    EXPECT_NE(refusal({{"stoker.provider", "cloud"}}).find("custom_tags.stoker.provider"), std::string::npos);
    EXPECT_NE(refusal({{"stoker.slurm_partition", "gpu"}}).find("stoker.provider too"), std::string::npos);
    EXPECT_NE(refusal({{"stoker.provider", "slurm"}, {"stoker.pod_template", "gpu"}}).find("as kubernetes"),
              std::string::npos);
    EXPECT_NE(refusal({{"stoker.provider", "kubernetes"}}).find("no pod template 'default'"), std::string::npos);
    EXPECT_NE(refusal({{"stoker.provider", "slurm"}, {"stoker.slurm_account", "a;id"}}).find("slurm_account"),
              std::string::npos);
    EXPECT_NE(refusal({{"stoker.provider", "slurm"}, {"stoker.slurm_options", "--wrap=id"}}).find("'--wrap=id'"),
              std::string::npos);
}

TEST(ClusterDefinition, passes_over_empty_options_and_foreign_fields) {
    Json json = definition();
    json["init_scripts"] = Json::array();
    json["docker_image"] = nullptr;
    json["cluster_id"] = "0101-000000-abcdefgh";
    json["new_field_of_next_year"] = 1;
    Json echoed = to_json(parse(json));
    EXPECT_FALSE(echoed.contains("cluster_id"));
    EXPECT_FALSE(echoed.contains("new_field_of_next_year"));
}

TEST(ClusterDefinition, begins_an_autoscaled_pool_with_its_least_workers) {
    Json json = definition();
    json.erase("num_workers");
    json["autoscale"] = {{"min_workers", 2}, {"max_workers", 8}};
    const ClusterDefinition parsed = parse(json);
    ASSERT_TRUE(parsed.autoscale);
    EXPECT_EQ(parsed.autoscale->max_workers, 8);
    EXPECT_EQ(parsed.num_workers, 2);
    EXPECT_EQ(to_json(parsed)["autoscale"], json["autoscale"]);
}

TEST(ClusterDefinition, reads_init_scripts_in_order_and_where_logs_go) {
    Json json = definition();
    json["init_scripts"] = {{{"workspace", {{"destination", "/Users/ann/a.sh"}}}},
                            {{"dbfs", {{"destination", "dbfs:/b.sh"}}}},
                            {{"volumes", {{"destination", "/Volumes/c/d/e/f.sh"}}}},
                            {{"file", {{"destination", "file:/opt/g.sh"}}}}};
    json["cluster_log_conf"] = {{"dbfs", {{"destination", "dbfs:/logs//here/"}}}};
    const ClusterDefinition parsed = parse(json);
    EXPECT_EQ(init_scripts_json(parsed.init_scripts), json["init_scripts"]);
    EXPECT_EQ(parsed.log_folder, "logs/here/");
    EXPECT_EQ(to_json(parsed)["cluster_log_conf"], json["cluster_log_conf"]);
    json["cluster_log_conf"] = {{"volumes", {{"destination", "/Volumes/a/b"}}}};
    EXPECT_EQ(parse(json).log_folder, "Volumes/a/b");
}

struct BadCase {
    std::string name;
    Json change;  // merged over the good definition
    std::string message_begins;
};

class BadDefinition : public testing::TestWithParam<BadCase> {};

TEST_P(BadDefinition, is_refused_naming_the_path) {
    Json json = definition();
    json.merge_patch(GetParam().change);
    try {
        parse(json);
        FAIL() << "accepted";
    } catch (const ApiError& error) {
        EXPECT_EQ(error.code(), ErrorCode::kInvalidParameterValue);
        EXPECT_TRUE(std::string(error.what()).starts_with(GetParam().message_begins)) << error.what();
    }
}

Json tags(int count) {
    Json all = Json::object();
    for (int i = 0; i < count; ++i) all["tag" + std::to_string(i)] = "x";
    return all;
}

Json library(const Json& element) {
    return {{"libraries", {element}}};
}

Json autoscale(const Json& bounds) {
    return {{"num_workers", nullptr}, {"autoscale", bounds}};
}

Json script(const std::string& source, const std::string& destination) {
    return {{"init_scripts", {{{source, {{"destination", destination}}}}}}};
}

Json logs(const Json& conf) {
    return {{"cluster_log_conf", conf}};
}

INSTANTIATE_TEST_SUITE_P(
    Table, BadDefinition,
    testing::Values(
        BadCase{"no_version", {{"spark_version", nullptr}}, "spark_version: "},
        BadCase{
            "unknown_version",
            {{"spark_version", "9.1.x"}},
            "spark_version: Spark version '9.1.x' is not known; there are 15.4.x-scala2.12, 15.4.x-cpu-ml-scala2.12."},
        BadCase{"unknown_node_type",
                {{"node_type_id", "huge"}},
                "node_type_id: node type 'huge' is not known; there are local.small, "},
        BadCase{"unknown_driver_type", {{"driver_node_type_id", "x"}}, "driver_node_type_id: "},
        BadCase{"negative_workers", {{"num_workers", -1}}, "num_workers: "},
        BadCase{"text_workers", {{"num_workers", "many"}}, "num_workers: "},
        BadCase{"float_workers", {{"num_workers", 1.5}}, "num_workers: "},
        BadCase{"single_node_with_workers", {{"is_single_node", true}}, "num_workers: "},
        BadCase{"short_autotermination", {{"autotermination_minutes", 5}}, "autotermination_minutes: "},
        BadCase{"long_autotermination", {{"autotermination_minutes", 10001}}, "autotermination_minutes: "},
        BadCase{"both_sizes", {{"autoscale", {{"min_workers", 1}, {"max_workers", 2}}}}, "num_workers: send either"},
        BadCase{"max_below_min", autoscale({{"min_workers", 3}, {"max_workers", 2}}), "autoscale.max_workers: "},
        BadCase{"max_is_zero", autoscale({{"min_workers", 0}, {"max_workers", 0}}), "autoscale.max_workers: "},
        BadCase{"negative_min", autoscale({{"min_workers", -1}, {"max_workers", 2}}), "autoscale.min_workers: "},
        BadCase{"no_max", autoscale({{"min_workers", 1}}), "autoscale.max_workers: "},
        BadCase{"single_node_that_scales",
                {{"num_workers", nullptr},
                 {"is_single_node", true},
                 {"autoscale", {{"min_workers", 0}, {"max_workers", 2}}}},
                "autoscale: a single-node"},
        BadCase{
            "bad_scale_down", {{"custom_tags", {{"stoker.scale_down_seconds", "0"}}}}, "custom_tags.stoker.scale_down"},
        BadCase{"driver_pool_alone", {{"driver_instance_pool_id", "p"}}, "driver_instance_pool_id: send"},
        BadCase{"cloud_script", script("s3", "s3://b/x.sh"), "init_scripts[0].s3: scripts of cloud storage"},
        BadCase{
            "no_script", {{"init_scripts", {Json::object()}}}, "init_scripts[0]: expected exactly one of workspace"},
        BadCase{"empty_script", script("dbfs", ""), "init_scripts[0].dbfs.destination: "},
        BadCase{"script_elsewhere", script("dbfs", "/x.sh"), "init_scripts[0].dbfs.destination: expected the path"},
        BadCase{"workspace_notebook", script("workspace", "/Shared/setup"),
                "init_scripts[0].workspace.destination: a script"},
        BadCase{"script_is_folder", script("volumes", "/Volumes/a/"), "init_scripts[0].volumes.destination: "},
        BadCase{"script_of_two_lines", script("file", "file:/a\nb"), "init_scripts[0].file.destination: "},
        BadCase{"cloud_logs", logs({{"s3", {{"destination", "s3://b"}}}}), "cluster_log_conf.s3: cloud storage"},
        BadCase{"logs_twice",
                logs({{"dbfs", {{"destination", "dbfs:/a"}}}, {"volumes", {{"destination", "/Volumes/a"}}}}),
                "cluster_log_conf: expected one of"},
        BadCase{"logs_outside", logs({{"dbfs", {{"destination", "dbfs:/../a"}}}}),
                "cluster_log_conf.dbfs.destination: "},
        BadCase{"logs_nowhere", logs({{"dbfs", {{"destination", "/a"}}}}),
                "cluster_log_conf.dbfs.destination: expected"},
        BadCase{"docker", {{"docker_image", {{"url", "x"}}}}, "docker_image: "},
        BadCase{"conf_is_list", {{"spark_conf", Json::array({"a"})}}, "spark_conf: "},
        BadCase{"conf_of_objects", {{"spark_conf", {{"a", {{"b", 1}}}}}}, "spark_conf: "},
        BadCase{"bad_package",
                {{"spark_conf", {{"spark.jars.packages", "nonsense"}}}},
                "spark_conf.spark.jars.packages: expected group:artifact:version"},
        BadCase{"bad_variable_name", {{"spark_env_vars", {{"A=B", "1"}}}}, "spark_env_vars.A=B: "},
        BadCase{"many_tags", {{"custom_tags", tags(45)}}, "custom_tags: at most 45"},
        BadCase{"unknown_stoker_tag", {{"custom_tags", {{"stoker.speed", "1"}}}}, "custom_tags.stoker.speed: "},
        BadCase{"bad_slots", {{"custom_tags", {{"stoker.slots", "0"}}}}, "custom_tags.stoker.slots: "},
        BadCase{"libraries_is_object", {{"libraries", {{"pypi", "x"}}}}, "libraries: "},
        BadCase{"empty_library", library(Json::object()), "libraries[0]"},
        BadCase{"two_kinds", library({{"whl", "dbfs:/a.whl"}, {"jar", "dbfs:/a.jar"}}), "libraries[0]"},
        BadCase{"egg", library({{"egg", "dbfs:/a.egg"}}), "libraries[0].egg: "},
        BadCase{"cran", library({{"cran", {{"package", "x"}}}}), "libraries[0].cran: "},
        BadCase{"pypi_is_text", library({{"pypi", "six"}}), "libraries[0].pypi: "},
        BadCase{"pypi_without_package", library({{"pypi", Json::object()}}), "libraries[0].pypi.package: "},
        BadCase{"pypi_option", library({{"pypi", {{"package", "--index-url=x"}}}}), "libraries[0].pypi.package: "},
        BadCase{"pypi_two_lines", library({{"pypi", {{"package", "six\n-r x"}}}}), "libraries[0].pypi.package: "},
        BadCase{"pypi_bad_repo", library({{"pypi", {{"package", "six"}, {"repo", "x"}}}}), "libraries[0].pypi.repo: "},
        BadCase{"whl_ending", library({{"whl", "dbfs:/a.zip"}}), "libraries[0].whl: "},
        BadCase{"jar_relative", library({{"jar", "a.jar"}}), "libraries[0].jar: "},
        BadCase{"coordinates", library({{"maven", {{"coordinates", "a:b"}}}}), "libraries[0].maven.coordinates: "},
        BadCase{"exclusion", library({{"maven", {{"coordinates", "a:b:1"}, {"exclusions", {"x"}}}}}),
                "libraries[0].maven.exclusions[0]: "}),
    [](const auto& tested) { return tested.param.name; });

TEST(MavenCoordinates, have_three_to_five_parts) {
    EXPECT_EQ(parse_maven_coordinates("g:a:1"), (MavenCoordinates{"g", "a", "1", "jar", ""}));
    EXPECT_EQ(parse_maven_coordinates("g:a:pom:1"), (MavenCoordinates{"g", "a", "1", "pom", ""}));
    EXPECT_EQ(parse_maven_coordinates("g:a:jar:linux:1"), (MavenCoordinates{"g", "a", "1", "jar", "linux"}));
    for (const char* bad : {"", "g:a", "g::1", "g:a:1:2:3:4", "g:a:1 2", "g:<a>:1"})
        EXPECT_FALSE(parse_maven_coordinates(bad)) << bad;
}

}  // namespace
}  // namespace stoker::clusters
