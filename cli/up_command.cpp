#include <CLI/CLI.hpp>

#include "cli/data_folder.h"
#include "cli/database_option.h"
#include "cli/node_options.h"
#include "cli/up.h"

namespace stoker::cli {

void add_up_command(CLI::App& app, Action& action) {
    auto options = std::make_shared<UpOptions>();
    options->data_folder = default_data_folder();
    options->user = kFirstUser;
    CLI::App* up = app.add_subcommand("up", "Everything for one machine: Postgres, API, scheduler, workers, MLflow");
    up->footer(
        "Writes DIR/connection.json {\"host\",\"token\"} when it serves, and a profile 'stoker' in the Databricks "
        "config file\n"
        "unless there is one. Ctrl-C drains and stops all of it; the data folder stays.\n\n"
        "Examples:\n"
        "  stoker up\n"
        "  stoker up --data-dir /srv/stoker --host 0.0.0.0 --port 8080 --log-format json\n"
        "  stoker up --data-dir /srv/stoker --host 0.0.0.0 --tls\n"
        "  stoker up --database-url postgresql://owner:…@db.example/stoker");
    up->add_option("--data-dir", options->data_folder, "where everything is kept")->capture_default_str();
    up->add_option("--host", options->host, "address to listen on")->capture_default_str();
    up->add_option("--port", options->port, "0 = any free one")->capture_default_str();
    options->tls.add_to(*up);
    up->add_flag("--tls", options->own_tls,
                 "the API speaks TLS, with a certificate of an authority that is made for this data folder; for the "
                 "address of --host and --nodes, the host of --server-url, this machine's name and the loopback")
        ->excludes("--tls-certificate")
        ->excludes("--tls-key")
        ->excludes("--tls-authority");
    up->add_option("--server-url", options->server_url,
                   "what notebooks call for MLflow and the API, where workers are on other machines; then links in "
                   "answers and messages begin with it, too");
    up->add_option("--database-url", options->database_url,
                   "a Postgres of yours (15 or later, its owner's URL) instead of the embedded one")
        ->envname("STOKER_DATABASE_URL");
    up->add_option(
        "--nodes", options->nodes,
        "ADDRESS[:PORT] of this machine at which nodes on others reach the embedded Postgres, with TLS; they "
        "need the API, too: --host");
    up->add_option("--user", options->user, "user of the first token, an admin")->capture_default_str();
    up->add_option("--service-user", options->service_user, "as root: OS user of Postgres")->capture_default_str();
    up->add_option("--kernel-user", options->kernel_user, "as root: OS user of notebooks and Spark")
        ->capture_default_str();
    up->add_option("--mlflow-user", options->mlflow_user, "as root: OS user of MLflow")->capture_default_str();
    up->add_option("--run-retention-days", options->run_retention_days, "runs that ended longer ago are removed")
        ->check(CLI::Range(1, 36'500))
        ->capture_default_str();
    up->add_option("--kept-days", options->kept_days,
                   "environments and jars that no cluster has used for longer are removed")
        ->check(CLI::Range(1, 36'500))
        ->capture_default_str();
    up->add_option("--uv-cache", options->uv_cache, "uv's cache of Python packages; else one that data folders share")
        ->envname("STOKER_UV_CACHE");
    up->add_flag("!--no-mlflow", options->mlflow, "without the MLflow server");
    up->add_flag("!--no-tables", options->tables, "without the catalog of tables that clusters share");
    add_labels_option(*up, options->labels);
    options->compute.add_to(*up);
    options->notifications.add_to(*up);
    options->log.add_to(*up);
    up->callback([options, &action] { action = [options] { return run_up(*options); }; });
}

}  // namespace stoker::cli
