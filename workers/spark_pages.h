#pragma once
#include <functional>

#include <boost/asio/awaitable.hpp>

#include "db/pool.h"
#include "db/spark_page_store.h"
#include "workers/driver.h"

namespace stoker::workers {

/// Brings pages of the driver's UI to the servers that ask for them (table spark_pages). On the I/O thread.
class SparkPages {
  public:
    SparkPages(KernelHost& host, db::Pool& pool, Driver& driver);
    /// Some may have been asked for.
    void look();

  private:
    boost::asio::awaitable<void> take();
    boost::asio::awaitable<void> answer(db::SparkPageRequest request);

    KernelHost& host_;
    db::Pool& pool_;
    Driver& driver_;
};

}  // namespace stoker::workers
