#pragma once
#include <chrono>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "clusters/children.h"

namespace stoker::cli {

/// A child process that is started again when it ends by itself, after a RestartPause. Used on the executor's thread,
/// which must live as long as the process: the child dies with it.
class SupervisedChild {
  public:
    /// `children` must outlive it. Whenever the child has ended, what it left behind is ended too.
    SupervisedChild(boost::asio::any_io_executor executor, std::string name, clusters::SpawnRequest request,
                    clusters::Children& children);
    ~SupervisedChild();
    SupervisedChild(const SupervisedChild&) = delete;
    SupervisedChild& operator=(const SupervisedChild&) = delete;

    /// Throws std::system_error when the first start fails.
    void start();
    /// SIGTERM, then SIGKILL after `grace`; resumes when the process is gone.
    boost::asio::awaitable<void> stop(std::chrono::seconds grace);
    /// 0 while it is not running.
    pid_t pid() const;

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace stoker::cli
