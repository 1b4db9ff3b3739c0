#include "api/http/router.h"

#include <array>
#include <stdexcept>

#include "api/http/url.h"
#include "core/error.h"

namespace stoker::api {
namespace {
constexpr std::array<ApiVersion, 3> kAll{ApiVersion::k20, ApiVersion::k21, ApiVersion::k22};

std::vector<std::string_view> split(std::string_view path) {
    std::vector<std::string_view> segments;
    while (!path.empty()) {
        const std::size_t slash = path.find('/');
        if (std::string_view segment = path.substr(0, slash); !segment.empty()) segments.push_back(segment);
        if (slash == std::string_view::npos) break;
        path.remove_prefix(slash + 1);
    }
    return segments;
}
}  // namespace

std::span<const ApiVersion> each(Versions versions) {
    switch (versions) {
        case Versions::kNone:
            return {};
        case Versions::k20:
            return std::span(kAll).first(1);
        case Versions::kFrom20To21:
            return std::span(kAll).first(2);
        case Versions::kFrom20To22:
            return kAll;
    }
    return {};
}

std::string_view wire_name(ApiVersion version) {
    switch (version) {
        case ApiVersion::kNone:
            return "";
        case ApiVersion::k20:
            return "2.0";
        case ApiVersion::k21:
            return "2.1";
        case ApiVersion::k22:
            return "2.2";
    }
    return "";
}

struct Router::Node {
    struct Leaf {
        const Endpoint* endpoint;
        ApiVersion version;
    };
    std::map<std::string, std::unique_ptr<Node>, std::less<>> children;
    std::unique_ptr<Node> parameter;
    std::string parameter_name;
    std::string rest_name;
    std::map<std::string, Leaf, std::less<>> here;  // by method
    std::map<std::string, Leaf, std::less<>> rest;

    static const Leaf* find(const std::map<std::string, Leaf, std::less<>>& leaves, std::string_view method) {
        auto found = leaves.find(method);
        if (found == leaves.end() && method == "HEAD") found = leaves.find("GET");
        if (found == leaves.end()) found = leaves.find("*");
        return found == leaves.end() ? nullptr : &found->second;
    }

    /// Literal segments win over parameters, those over the rest.
    const Leaf* match(std::span<const std::string> segments, Request& request) const {
        if (segments.empty()) {
            if (const Leaf* leaf = find(here, request.method)) return leaf;
        } else {
            if (auto child = children.find(segments.front()); child != children.end())
                if (const Leaf* leaf = child->second->match(segments.subspan(1), request)) return leaf;
            if (parameter) {
                request.path_parameters.emplace_back(parameter_name, segments.front());
                if (const Leaf* leaf = parameter->match(segments.subspan(1), request)) return leaf;
                request.path_parameters.pop_back();
            }
        }
        const Leaf* leaf = find(rest, request.method);
        if (leaf) {
            std::string tail;
            for (const auto& segment : segments) tail += "/" + segment;
            request.path_parameters.emplace_back(rest_name, tail);
        }
        return leaf;
    }
};

Router::Router() : root_(std::make_unique<Node>()) {}
Router::~Router() = default;

void Router::add(std::span<const Endpoint> endpoints) {
    for (const Endpoint& endpoint : endpoints) add(endpoint);
}

void Router::add(const Endpoint& endpoint) {
    endpoints_.push_back(&endpoint);
    auto insert = [&](const std::string& path, ApiVersion version) {
        Node* node = root_.get();
        const Node::Leaf leaf{&endpoint, version};
        bool taken = false;
        bool placed = false;
        for (std::string_view segment : split(path)) {
            if (segment.front() == '{' && segment.ends_with("*}")) {
                node->rest_name = segment.substr(1, segment.size() - 3);
                taken = !node->rest.emplace(endpoint.method, leaf).second;
                placed = true;
                break;
            }
            if (segment.front() == '{') {
                if (!node->parameter) node->parameter = std::make_unique<Node>();
                node->parameter_name = segment.substr(1, segment.size() - 2);
                node = node->parameter.get();
            } else {
                auto& child = node->children[std::string(segment)];
                if (!child) child = std::make_unique<Node>();
                node = child.get();
            }
        }
        if (!placed) taken = !node->here.emplace(endpoint.method, leaf).second;
        if (taken) throw std::logic_error("route registered twice: " + std::string(endpoint.method) + " " + path);
    };
    if (endpoint.versions == Versions::kNone) insert(std::string(endpoint.path), ApiVersion::kNone);
    for (ApiVersion version : each(endpoint.versions))
        insert("/api/" + std::string(wire_name(version)) + "/" + std::string(endpoint.path), version);
}

void Router::route(Request& request) const {
    std::vector<std::string> segments;
    for (std::string_view segment : split(request.path)) {
        auto decoded = percent_decode(segment, PlusSign::kItself);
        if (!decoded || *decoded == ".." || *decoded == ".")
            throw ApiError(ErrorCode::kBadRequest, "The path of the request is not valid.");
        segments.push_back(std::move(*decoded));
    }
    const Node::Leaf* leaf = root_->match(segments, request);
    if (!leaf) {
        std::span<const std::string> shown(segments);
        if (shown.size() > 2 && shown[0] == "api") shown = shown.subspan(2);
        std::string path;
        for (const auto& segment : shown) path += "/" + segment;
        throw ApiError(ErrorCode::kEndpointNotFound,
                       "No API found for '" + request.method + " " + (path.empty() ? "/" : path) + "'");
    }
    request.endpoint = leaf->endpoint;
    request.version = leaf->version;
}

}  // namespace stoker::api
