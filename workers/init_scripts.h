#pragma once
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include "clusters/confinement.h"
#include "clusters/init_script.h"
#include "clusters/library_files.h"
#include "db/pool.h"
#include "workers/kernel_host.h"

namespace stoker::workers {

/// How one script went.
struct InitScriptResult {
    clusters::InitScript script;
    std::string status = "NOT_EXECUTED";  // SUCCEEDED, FAILED_EXECUTION, FAILED_FETCH, in the reference's words
    std::string error_message;            // a sentence for the user; "" = none
    std::string last_lines;               // that it printed, of one that failed
    std::chrono::seconds duration{0};
};
/// What events tell of them: EventDetails.init_scripts of the reference.
nlohmann::json init_scripts_details(const std::vector<InitScriptResult>& results, const WorkerId& worker_id);

/// The init scripts of the worker's cluster. They run one after the other as the kernels' user, in a Landlock domain
/// that can write what notebooks of the worker can; what a script leaves running ends with it.
class InitScripts {
  public:
    InitScripts(KernelHost& host, db::Pool& pool);
    ~InitScripts();

    /// Runs them all, or until one fails, whose result is the last; the others were not executed. Throws
    /// clusters::Stopped after `stop`.
    boost::asio::awaitable<std::vector<InitScriptResult>> run(std::vector<clusters::InitScript> scripts);
    void stop() { stopping_.request_stop(); }

  private:
    boost::asio::awaitable<void> run_on_thread(std::vector<InitScriptResult>& results);
    void run_one(int place, InitScriptResult& result);
    std::filesystem::path fetch(int place, const clusters::InitScript& script);
    void execute(const std::filesystem::path& file, InitScriptResult& result);

    KernelHost& host_;
    const clusters::LibrarySources sources_;
    const clusters::Confinement confinement_;
    std::stop_source stopping_;
    boost::asio::thread_pool thread_{1};
};

}  // namespace stoker::workers
