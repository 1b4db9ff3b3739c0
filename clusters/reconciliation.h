#pragma once
#include <string>
#include <variant>
#include <vector>

#include "core/ids.h"

namespace stoker::clusters {

/// How far this node is with the environment and jars that a cluster asks for.
enum class Preparation { kNone, kRunning, kDone };

/// One worker process of this node.
struct LivingWorker {
    WorkerId worker_id;
    std::int64_t generation = 0;
    bool is_head = false;
    bool draining = false;  // the database says that it is to leave
    bool retiring = false;  // told so: it ends its runs first
    bool stopping = false;  // told to end soon
    bool ready = false;     // it has said so
    bool lost = false;      // the database has given it up, and its place may be another's
    std::string libraries;  // that it was told of
};

/// What a decision about one cluster needs to know.
struct ClusterView {
    std::string state;  // of the database; "" = it asks for nothing any more
    std::int64_t generation = 0;
    bool head_placed = false;  // this node is to start it
    int workers_placed = 0;    // and as many further ones
    std::string libraries;
    Preparation preparation = Preparation::kNone;
    std::vector<LivingWorker> workers;  // of this node
    bool resting = false;               // a worker died at once: none is started before the pause is over
    bool hopeless = false;              // workers died at once too often
};

struct Prepare {
    bool operator==(const Prepare&) const = default;
};
struct CancelPreparation {
    bool operator==(const CancelPreparation&) const = default;
};
struct StartWorker {
    bool is_head = false;
    bool operator==(const StartWorker&) const = default;
};
struct StopWorker {
    WorkerId worker_id;
    bool operator==(const StopWorker&) const = default;
};
/// The cluster's libraries have changed: runs that begin on the worker from here on shall find them.
struct RenewWorker {
    WorkerId worker_id;
    bool operator==(const RenewWorker&) const = default;
};
/// As long as its runs take; nothing may be lost of them.
struct RetireWorker {
    WorkerId worker_id;
    bool operator==(const RetireWorker&) const = default;
};
/// No worker is left of a cluster that is to be down.
struct DeclareDown {
    bool operator==(const DeclareDown&) const = default;
};
/// Workers end right after they start here: another node may have more luck.
struct GiveUp {
    bool operator==(const GiveUp&) const = default;
};
using Action =
    std::variant<Prepare, CancelPreparation, StartWorker, StopWorker, RenewWorker, RetireWorker, DeclareDown, GiveUp>;

/// What brings the cluster nearer to what its row asks for. Pure; asked again after each event, so it names only what
/// can be done now.
std::vector<Action> decide(const ClusterView& cluster);

}  // namespace stoker::clusters
