#pragma once
#include <concepts>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <pqxx/pqxx>

#include "core/ids.h"

// Only the .cpp files of db/ include this: libpqxx is seen nowhere else.
namespace stoker::db {

/// One value for a query; SQL casts it to what it needs.
class Param {
  public:
    Param(std::nullopt_t) {}
    Param(std::string text) : text_(std::move(text)) {}
    Param(std::string_view text) : text_(text) {}
    Param(const char* text) : text_(text) {}
    template <std::integral Number>
    Param(Number number) : text_(std::to_string(number)) {}
    Param(bool value) : text_(value ? "t" : "f") {}
    template <class Tag>
    Param(Id<Tag> id) : text_(to_string(id)) {}
    template <class Value>
    Param(const std::optional<Value>& value) {
        if (value) *this = Param(*value);
    }

    /// "" = NULL.
    static Param or_null(const std::string& text) { return text.empty() ? Param(std::nullopt) : Param(text); }
    static Param bytes(std::string_view bytes);
    static Param array(const std::vector<std::string>& items);
    static Param array(const std::vector<std::optional<std::string>>& items);
    template <class Tag>
    static Param array(const std::vector<Id<Tag>>& ids) {
        std::vector<std::string> items;
        for (auto id : ids) items.push_back(to_string(id));
        return array(items);
    }

    const std::optional<std::string>& text() const { return text_; }

  private:
    std::optional<std::string> text_;
};

/// Queries on one connection: one open transaction, or each query a transaction of its own. Queries are named in
/// db/queries/*.sql.
class Transaction {
  public:
    enum class Scope { kWhole, kEachQuery };
    Transaction(pqxx::connection& connection, Scope scope);

    /// Prepared on the connection at its first use there.
    pqxx::result query(std::string_view name, std::initializer_list<Param> params = {});
    /// Planned anew for these values: for filters of which most are absent.
    pqxx::result query_once(std::string_view name, std::initializer_list<Param> params = {});
    /// One that has no values and no answer (SAVEPOINT).
    void command(const char* statement);
    void commit() { work_->commit(); }
    int queries() const { return queries_; }
    int socket() const { return connection_.sock(); }

  private:
    pqxx::connection& connection_;
    std::unique_ptr<pqxx::transaction_base> work_;
    int queries_ = 0;
};

std::string text_of(const pqxx::field& field);  // NULL = ""
std::optional<std::string> optional_text(const pqxx::field& field);
std::string bytes_of(const pqxx::field& field);  // of a bytea
std::int64_t number_of(const pqxx::field& field);
template <class Tag>
void read_id(const pqxx::field& field, Id<Tag>& id) {
    id.value = number_of(field);
}
std::vector<std::string> texts_of(const pqxx::field& array);  // NULL = none
std::vector<RunId> run_ids_of(const pqxx::field& array);

}  // namespace stoker::db
