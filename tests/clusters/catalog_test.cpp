#include "clusters/catalog.h"

#include <gtest/gtest.h>

namespace stoker::clusters {
namespace {

const Catalog kCatalog({8, 16384});

struct Known {
    const char* node_type_id;
    int cores;
    std::int64_t memory_mb;
};

TEST(Catalog, understands_cloud_names_by_cores_and_memory) {
    for (const Known& known :
         {Known{"local.small", 2, 4096}, Known{"local.medium", 4, 8192}, Known{"local.large", 8, 16384},
          Known{"i3.xlarge", 4, 31232}, Known{"m5d.large", 2, 8192}, Known{"r5d.4xlarge", 16, 131072},
          Known{"Standard_DS3_v2", 4, 14336}, Known{"Standard_DS13_v2", 8, 57344}, Known{"Standard_D4s_v3", 4, 16384},
          Known{"Standard_E8s_v3", 8, 65536}, Known{"n2-highmem-4", 4, 32768}, Known{"n1-standard-8", 8, 30720}}) {
        auto type = kCatalog.find_node_type(known.node_type_id);
        ASSERT_TRUE(type) << known.node_type_id;
        EXPECT_EQ(type->cores, known.cores) << known.node_type_id;
        EXPECT_EQ(type->memory_mb, known.memory_mb) << known.node_type_id;
    }
    for (const char* unknown : {"", "local.huge", "i3", "Standard_", "Standard_D0s", "n2-highmem-0", "z1.large"})
        EXPECT_FALSE(kCatalog.find_node_type(unknown)) << unknown;
}

TEST(Catalog, a_small_machine_has_at_least_one_core_each) {
    EXPECT_EQ(Catalog({1, 1024}).find_node_type("local.small")->cores, 1);
}

// What the SDK's select_node_type and select_spark_version look at.
TEST(Catalog, lists_what_clients_select_by) {
    auto types = node_types_json(kCatalog)["node_types"];
    ASSERT_GT(types.size(), 3U);
    for (const auto& type : types) {
        EXPECT_TRUE(type["num_cores"].is_number_float());
        EXPECT_FALSE(type["category"].get<std::string>().empty());
        EXPECT_GT(type["node_instance_type"]["local_disks"].get<int>(), 0);
        EXPECT_FALSE(type["is_deprecated"].get<bool>());
    }
    auto version = spark_versions_json(kCatalog)["versions"][0];
    EXPECT_EQ(version["key"], "15.4.x-scala2.12");
    EXPECT_NE(version["name"].get<std::string>().find("LTS"), std::string::npos);
    EXPECT_EQ(zones_json()["default_zone"], zones_json()["zones"][0]);
}

}  // namespace
}  // namespace stoker::clusters
