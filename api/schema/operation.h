#pragma once
#include <string_view>

#include "api/schema/schema.h"

namespace stoker::api {

/// What the body of a request or an answer is. kForm: JSON, or the same fields as a form. kBytes: of a request, whose
/// parameters are then in the query; of an answer, instead of JSON when it has a schema. kAnything: passed through.
enum class Content { kJson, kForm, kText, kBytes, kEvents, kNone, kAnything };
/// Who holds a request against its schema.
enum class CheckedBy { kDispatch, kHandler };

/// What an endpoint takes and answers, for the dispatch and for the documents that are made of it.
struct Operation {
    std::string_view summary = {};    // empty: not documented, which a test refuses
    const Schema* request = nullptr;  // nullptr: it takes nothing
    const Schema* answer = nullptr;   // nullptr: {}
    Content takes = Content::kJson;
    Content gives = Content::kJson;
    CheckedBy checked_by = CheckedBy::kDispatch;
    bool can_wait = false;  // for the end of the run, with Prefer: wait=N

    constexpr Operation checked_by_handler() const {
        Operation operation = *this;
        operation.checked_by = CheckedBy::kHandler;
        return operation;
    }
    constexpr Operation taking(Content what) const {
        Operation operation = *this;
        operation.takes = what;
        return operation;
    }
    constexpr Operation giving(Content what) const {
        Operation operation = *this;
        operation.gives = what;
        return operation;
    }
    constexpr Operation waiting() const {
        Operation operation = *this;
        operation.can_wait = true;
        return operation;
    }
};

}  // namespace stoker::api
