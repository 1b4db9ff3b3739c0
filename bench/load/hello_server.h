#pragma once
#include <cstdint>
#include <functional>

namespace stoker::bench {

/// The HTTP floor: Beast on one thread that answers every request with the same few bytes, over keep-alive connections.
/// Calls `listening` with its port, then serves until SIGTERM.
void serve_hello(const std::function<void(std::uint16_t port)>& listening);

}  // namespace stoker::bench
