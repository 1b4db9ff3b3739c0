#include "db/transaction.h"

#include "core/hash.h"
#include "db/query_catalog.h"
#include "db/text.h"

// Tells libpqxx how to send a Param.
namespace pqxx {
template <>
struct string_traits<stoker::db::Param> {
    static constexpr const char* name() noexcept { return "Param"; }
    static constexpr bool has_null() noexcept { return true; }
    static bool is_null(const stoker::db::Param& param) { return !param.text(); }
    static std::string to_string(const stoker::db::Param& param) { return *param.text(); }
};
}  // namespace pqxx

namespace stoker::db {

Param Param::bytes(std::string_view bytes) {
    return "\\x" + hex(bytes);
}

Param Param::array(const std::vector<std::string>& items) {
    return array(std::vector<std::optional<std::string>>(items.begin(), items.end()));
}

Param Param::array(const std::vector<std::optional<std::string>>& items) {
    return array_literal(items);
}

Transaction::Transaction(pqxx::connection& connection, Scope scope) : connection_(connection) {
    if (scope == Scope::kWhole)
        work_ = std::make_unique<pqxx::work>(connection);
    else
        work_ = std::make_unique<pqxx::nontransaction>(connection);
}

pqxx::result Transaction::query(std::string_view name, std::initializer_list<Param> params) {
    ++queries_;
    std::string statement(name);
    connection_.prepare(statement, std::string(query_text(name)));
    return work_->exec_prepared(statement, pqxx::prepare::make_dynamic_params(params.begin(), params.end()));
}

void Transaction::command(const char* statement) {
    ++queries_;
    work_->exec0(statement);
}

namespace {
/// Plans for the values at hand, until it leaves. In a transaction that fails Postgres itself takes the setting back.
struct CustomPlans {
    pqxx::transaction_base& work;
    explicit CustomPlans(pqxx::transaction_base& on) : work(on) {
        work.exec0("SET plan_cache_mode = force_custom_plan");
    }
    ~CustomPlans() {
        try {
            work.exec0("SET plan_cache_mode = force_generic_plan");
        } catch (const std::exception&) {  // the connection, or the transaction, is lost
        }
    }
};
}  // namespace

pqxx::result Transaction::query_once(std::string_view name, std::initializer_list<Param> params) {
    queries_ += 3;
    const CustomPlans plans(*work_);
    return work_->exec_params(std::string(query_text(name)),
                              pqxx::prepare::make_dynamic_params(params.begin(), params.end()));
}

std::string text_of(const pqxx::field& field) {
    return field.is_null() ? std::string() : std::string(field.c_str(), field.size());
}

std::optional<std::string> optional_text(const pqxx::field& field) {
    if (field.is_null()) return std::nullopt;
    return text_of(field);
}

std::string bytes_of(const pqxx::field& field) {
    return pqxx::binarystring(field).str();
}

std::int64_t number_of(const pqxx::field& field) {
    return field.is_null() ? 0 : field.as<std::int64_t>();
}

std::vector<std::string> texts_of(const pqxx::field& array) {
    std::vector<std::string> items;
    if (array.is_null()) return items;
    pqxx::array_parser parser(array.c_str());
    for (auto [kind, item] = parser.get_next(); kind != pqxx::array_parser::done;
         std::tie(kind, item) = parser.get_next())
        if (kind == pqxx::array_parser::string_value) items.push_back(item);
    return items;
}

std::vector<RunId> run_ids_of(const pqxx::field& array) {
    std::vector<RunId> ids;
    for (const std::string& text : texts_of(array)) ids.push_back(RunId{std::stoll(text)});
    return ids;
}

}  // namespace stoker::db
