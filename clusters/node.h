#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "clusters/catalog.h"
#include "clusters/children.h"
#include "core/ids.h"

namespace stoker::clusters {

/// What `stoker node` is told.
struct NodeSettings {
    NodeId node_id;       // stable over restarts: the node's old workers are found by it
    std::string host;     // as shown; "" = the machine's name
    std::string address;  // by which other nodes reach this machine; "" = by which it reaches Postgres
    std::filesystem::path data_folder;
    std::filesystem::path dsn_file;          // connection string of the role stoker_worker
    std::filesystem::path sealing_key_file;  // of the servers; where it is empty they are asked, with node_token_file
    std::filesystem::path node_token_file;   // of a node that joined; "" = it did not
    std::filesystem::path dbfs_root;
    std::filesystem::path kernel_path;       // folder that holds stoker_kernel/
    std::string server_url;                  // what kernels call
    std::filesystem::path server_authority;  // the one that vouches for it (PEM); "" = the machine's own do
    std::filesystem::path ca_bundle;         // whom kernels trust (PEM); "" = the machine's own
    std::string metastore_uri;       // thrift://… of the catalog of tables; "" = each driver has one of its own
    std::string tables_door;         // likewise, for workers on this machine alone
    std::string workspace_id = "0";  // as clients see it
    std::string kernel_user;         // "" = the node's own user
    std::filesystem::path python;    // "" = search
    std::filesystem::path uv;        // "" = search
    std::map<std::string, std::string> labels;  // by which node types find this machine
    std::filesystem::path uv_cache;             // "" = shared by data folders
    ComputeSettings compute;                    // as the servers have it
    int kept_days = 7;                          // environments and jars that nobody uses
    int drain_seconds = 30;                     // what a worker that is to stop gets before it is killed
};

/// Begins what a node needs beside it, before its first worker, and completes the settings by it; what it returns is
/// kept until the last worker has gone.
using Companion = std::function<std::shared_ptr<void>(boost::asio::any_io_executor, Children&, NodeSettings&)>;

/// Serves clusters until SIGTERM or SIGINT: prepares their environments and jars, keeps their workers alive and ends
/// them. Call from the main thread (workers die with the thread that spawned them). Leaves nothing running. Returns the
/// exit status of the process. Throws db::Unavailable when Postgres cannot be reached at start.
int run_node(NodeSettings settings, const std::vector<Companion>& companions = {});

}  // namespace stoker::clusters
