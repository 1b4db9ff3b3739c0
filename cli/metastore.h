#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/thread_pool.hpp>

#include "cli/supervised_child.h"
#include "clusters/environment.h"
#include "clusters/jars.h"

namespace stoker::cli {

struct MetastoreSettings {
    clusters::SparkVersion spark_version;  // whose pyspark it comes from
    std::filesystem::path data_folder;
    std::filesystem::path dbfs_root;
    std::filesystem::path kernel_package;  // the folder that holds stoker_kernel/
    std::filesystem::path folder;          // owned by os_user, closed to all others: its home
    std::filesystem::path log_file;
    std::string database_url;       // postgresql://role@/database?host=…; without the password
    std::string database_password;  // handed over in the environment
    std::string database_user;      // OS user whose group reaches the database's socket; "" = nobody's needed
    std::string os_user;            // whose tables they are, since it makes and removes their folders; "" = ours
};

/// The catalog of tables that all clusters share: Hive's metastore, closed in by stoker_kernel.metastore, on a database
/// of its own. Its socket, on the loopback, listens from the beginning; the process is started when the first client
/// comes, and again whenever it ends. Used on the thread of `io`, which outlives it.
class Metastore {
  public:
    /// `children` and `environments` must outlive it.
    Metastore(boost::asio::io_context& io, clusters::Children& children, clusters::EnvironmentBuilder& environments,
              MetastoreSettings settings);
    ~Metastore();

    /// What clusters reach it by: thrift://127.0.0.1:<port>.
    std::string uri() const;
    boost::asio::awaitable<void> stop(std::chrono::seconds grace);

  private:
    /// What the process is made of.
    struct Parts {
        clusters::Environment environment;
        clusters::Jars jars;
    };
    boost::asio::awaitable<void> start_for_first_client();
    boost::asio::awaitable<Parts> make_parts();
    clusters::SpawnRequest command();
    void refuse_those_who_wait();

    clusters::Children& children_;
    clusters::EnvironmentBuilder& environments_;
    const MetastoreSettings settings_;
    clusters::JarResolver jars_;
    boost::asio::ip::tcp::acceptor socket_;
    std::stop_source stopping_;
    boost::asio::thread_pool building_{1};
    Parts parts_;  // held, so that they stay
    std::optional<SupervisedChild> process_;
};

}  // namespace stoker::cli
